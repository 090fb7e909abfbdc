"""Having a recogniser stand still for a while, and go on."""

import logging

from django.db import transaction
from django.utils import timezone

from dam.permissions import SYSTEM, Viewer, account_of
from recognition.models import Pause, RecognitionRun
from recognition.queue import publish_after_commit

logger = logging.getLogger(__name__)

AT_ONCE = 200
"""Runs that workers are told of when a recogniser goes on; the sweep tells them of the others."""


def pause(alias: str, *, reason: str, user: Viewer) -> bool:
    """Keeps a recogniser from starting runs; False where somebody has paused it already.

    What is being worked on is finished, and uploads are queued as ever.
    """
    mine = {"cause": Pause.Cause.PERSON, "reason": reason, "paused_by": account_of(user)}
    _, is_new = Pause.objects.get_or_create(recogniser=alias, defaults=mine)
    if not is_new:
        # What stands still by itself, and might go on by itself, is now paused by a person.
        itself = Pause.objects.filter(recogniser=alias).exclude(cause=Pause.Cause.PERSON)
        is_new = bool(itself.update(**mine))
    if is_new:
        logger.info("%s was paused by %s", alias, _who(user))
    return is_new


def resume(alias: str, *, user: Viewer) -> bool:
    """Lets a paused recogniser go on with what is due; False where it is not paused."""
    with transaction.atomic():
        deleted, _ = Pause.objects.filter(recogniser=alias).delete()
        if not deleted:
            return False
        due = RecognitionRun.objects.filter(
            recogniser=alias, state=RecognitionRun.State.QUEUED, next_try_at__lte=timezone.now()
        )
        first = list(due.order_by("next_try_at", "pk").defer("raw")[:AT_ONCE])
        RecognitionRun.objects.filter(pk__in=[run.pk for run in first]).update(
            published_at=timezone.now()
        )
        publish_after_commit(first)
    logger.info("%s was resumed by %s", alias, _who(user))
    return True


def _who(user: Viewer) -> str:
    """What the log calls somebody: it holds no names, and a reason may hold some too."""
    if user is SYSTEM:
        return "a command"
    account = account_of(user)
    return f"user {account.pk}" if account else "nobody who is signed in"
