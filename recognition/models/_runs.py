"""Recognition runs: who asked what of which original, and how it went."""

import random
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q, Value
from django.db.models.functions import Greatest
from django.utils import timezone
from structlog.contextvars import get_contextvars

from dam.durability import unless_power_fails
from dam.models import Original
from recognition.calls import Answers, SentAs
from recognition.models._detections import Detection
from recognition.models._pauses import Pause
from recognition.predictions import Outcome

MAX_ATTEMPTS = 3
LONGEST_POSTPONED = timedelta(days=1)
"""How long a run waits for a storage or a service that is away."""
RETRY_AFTER = (timedelta(seconds=10), timedelta(minutes=1))
"""How long a run waits at most after its first and second transient error, and at least half."""
SHORTEST_WAIT, LONGEST_WAIT = timedelta(seconds=2), timedelta(seconds=30)
"""How long a run waits for what is away: as long again as it did so far, within these bounds."""


def current_request_id() -> str:
    """The id of the request that is being answered, as the log names it; empty without one."""
    return str(get_contextvars().get("request_id", ""))


class RunQuerySet(models.QuerySet["RecognitionRun"]):
    def due(self) -> "RunQuerySet":
        """Runs that somebody should work on now: waiting ones, and those whose lease ran out.

        Those of a paused recogniser wait, however old they are.
        """
        now = timezone.now()
        return self.exclude(recogniser__in=Pause.objects.order_by().values("recogniser")).filter(
            Q(state=RecognitionRun.State.QUEUED, next_try_at__lte=now)
            | Q(state=RecognitionRun.State.RUNNING, lease_until__lt=now)
        )

    def forgotten(self) -> "RunQuerySet":
        """Due runs that were tried before and whose last message is old: it must have been lost.

        Those never tried may just have to wait for their turn.
        """
        patience = timedelta(seconds=settings.BROMO_LEASE_SECONDS)
        began = self.due().filter(started_at__isnull=False)
        return began.filter(published_at__lt=timezone.now() - patience)

    def scheduled(self, until: datetime) -> "RunQuerySet":
        """Runs that wait for a moment, which comes before `until`, and have no message for it."""
        return self.filter(
            state=RecognitionRun.State.QUEUED,
            next_try_at__lte=until,
            published_at__lt=F("next_try_at"),
        ).exclude(recogniser__in=Pause.objects.order_by().values("recogniser"))

    def unfinished(self) -> "RunQuerySet":
        return self.filter(state__in=RecognitionRun.UNFINISHED)

    def newest(self) -> "RunQuerySet":
        """One run for each original and recogniser: the latest asked for."""
        later = RecognitionRun.objects.filter(
            original=models.OuterRef("original"),
            recogniser=models.OuterRef("recogniser"),
            pk__gt=models.OuterRef("pk"),
        )
        return self.filter(~models.Exists(later))

    def retry(self) -> int:
        """Queues the failed ones again, as if they had never been tried; answers how many."""
        now = timezone.now()
        asked_by = {"request_id": request_id} if (request_id := current_request_id()) else {}
        return self.filter(state__in=RecognitionRun.UNSUCCESSFUL).update(
            state=RecognitionRun.State.QUEUED,
            attempts=0,
            error="",
            next_try_at=now,
            published_at=now,
            started_at=None,
            finished_at=None,
            postponed_since=None,
            **asked_by,
        )

    def up_to_date(self) -> "RunQuerySet":
        """Those after which their recogniser was not asked everything anew about the original."""
        anew = _asked_anew(
            original=models.OuterRef("original"),
            recogniser=models.OuterRef("recogniser"),
            pk__gt=models.OuterRef("pk"),
        )
        return self.filter(~models.Exists(anew))

    def done_on(self, original: Original) -> "RunQuerySet":
        return self.filter(original=original, state=RecognitionRun.State.DONE)

    def newest_on(self, original: Original, aliases: Iterable[str]) -> "RunQuerySet":
        return self.newest().filter(original=original, recogniser__in=list(aliases)).defer("raw")


class RecognitionRun(models.Model):
    """One recogniser on one original. The row is the truth; the queue only wakes workers up."""

    class State(models.TextChoices):
        QUEUED = "queued", "queued"
        RUNNING = "running", "running"
        DONE = "done", "done"
        FAILED = "failed", "failed"
        QUARANTINED = "quarantined", "quarantined"

    UNFINISHED = (State.QUEUED, State.RUNNING)
    UNSUCCESSFUL = (State.FAILED, State.QUARANTINED)

    original = models.ForeignKey(Original, on_delete=models.CASCADE, related_name="runs")
    recogniser = models.CharField(max_length=50, help_text="Its alias in RECOGNISERS.")
    fingerprint = models.CharField(
        max_length=64, help_text="Names everything about the recogniser that can change its answer."
    )
    generation = models.PositiveIntegerField(
        default=1, help_text="Counts how often the same question was asked on purpose."
    )
    state = models.CharField(max_length=12, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(
        default=timezone.now, help_text="When a worker was last told of it, or should have been."
    )
    postponed_since = models.DateTimeField(
        null=True,
        blank=True,
        help_text="Since when a storage or a service that is away has kept it from being done.",
    )
    lease_until = models.DateTimeField(
        null=True, blank=True, help_text="A worker holds the run until then."
    )
    holder = models.CharField(
        max_length=100, blank=True, help_text="Who holds the lease: a message, or a process."
    )
    request_id = models.CharField(
        max_length=64, blank=True, help_text="The request that asked for it, as the log names it."
    )
    error = models.TextField(blank=True)
    model_version = models.CharField(max_length=200, blank=True)
    is_forced = models.BooleanField(
        default=False, help_text="Asks everything anew, whatever was answered before."
    )
    is_asking = models.BooleanField(
        default=False, help_text="It asks a service, and others wait for the answers."
    )
    sent_as = models.CharField(
        max_length=9,
        blank=True,
        choices=[(SentAs.REFERENCE.value, "by reference"), (SentAs.BYTES.value, "as JPEG")],
        help_text="How a service got to see the image.",
    )
    sent_reason = models.CharField(max_length=200, blank=True, help_text="Why it was sent so.")
    calls = models.PositiveIntegerField(default=0, help_text="Billable calls made.")
    cost = models.DecimalField(max_digits=12, decimal_places=6, default=0)
    raw = models.JSONField(null=True, blank=True, help_text="The recogniser's own answer.")
    looked_for = models.JSONField(
        default=list,
        blank=True,
        help_text="Kinds that were looked for: one without a detection is not in the picture.",
    )
    remark = models.CharField(
        max_length=200, blank=True, help_text="What to know of how the answer came about."
    )
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-pk"]
        indexes = [
            models.Index(fields=["state", "next_try_at"], name="run_due"),
            models.Index(fields=["created_at"], name="run_newest"),
            # What one recogniser has in each state: how many, since when, and the latest of them.
            models.Index(fields=["recogniser", "state", "next_try_at"], name="run_waiting"),
            models.Index(fields=["recogniser", "state", "finished_at"], name="run_finished"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["original", "recogniser", "fingerprint", "generation"],
                name="run_once_a_generation",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.recogniser} on {self.original_id}: {self.state}"

    @property
    def is_finished(self) -> bool:
        return self.state not in self.UNFINISHED

    @property
    def is_retriable(self) -> bool:
        return self.state in self.UNSUCCESSFUL

    @classmethod
    def claim(cls, pk: int, holder: str = "") -> "RecognitionRun | None":
        """Takes the lease on a due run.

        Answers None where it is gone, finished or somebody else's, or was tried too often.
        """
        run = cls.objects.due().filter(pk=pk).select_related("original").first()
        if run is None or run.attempts >= MAX_ATTEMPTS:
            return None
        # Whoever took it since it was read, or asked for it again, has left other values here.
        as_read = cls.objects.filter(
            pk=pk,
            state=run.state,
            attempts=run.attempts,
            started_at=run.started_at,
            lease_until=run.lease_until,
            is_forced=run.is_forced,
        )
        now = timezone.now()
        lease = {
            "state": cls.State.RUNNING,
            "attempts": run.attempts + 1,
            "holder": holder,
            "started_at": now,
            "lease_until": now + timedelta(seconds=settings.BROMO_LEASE_SECONDS),
            "is_asking": False,
        }
        # One statement, as all wait for each other that write to SQLite. Where a power cut may undo
        # a lease, it ends all who hold one too.
        with unless_power_fails():
            if not as_read.update(**lease):
                return None
        for name, value in lease.items():
            setattr(run, name, value)
        return run

    @classmethod
    def release(cls, pk: int, holder: str, *, counts: bool = True) -> bool:
        """Ends the lease of a holder that is dead; False where it does not hold the run.

        The attempt counts unless it ended for what is no fault of image or recogniser.
        """
        held = cls.objects.filter(pk=pk, state=cls.State.RUNNING, holder=holder)
        ended = timezone.now() - timedelta(milliseconds=1)
        return bool(held.update(lease_until=ended, attempts=F("attempts") - int(not counts)))

    def _settle(self, **values: Any) -> bool:
        """Writes an outcome if this attempt still holds the run, and answers whether it did.

        Attempts begin anew where a person retries, so the moment is part of who holds it.
        """
        return self._note(lease_until=None, is_asking=False, **values)

    def _note(self, **values: Any) -> bool:
        """Writes something if this attempt still holds the run, and answers whether it did."""
        mine = RecognitionRun.objects.filter(
            pk=self.pk,
            state=self.State.RUNNING,
            attempts=self.attempts,
            started_at=self.started_at,
        )
        sent = {"sent_as": self.sent_as, "sent_reason": self.sent_reason}
        return bool(mine.update(**sent, **values))

    def finish(self, outcome: Outcome, detections: Sequence[Detection] | None = None) -> bool:
        """Stores what the recogniser found; False where another attempt took over meanwhile.

        `detections` are new rows of the outcome's predictions, where somebody has made them before.
        """
        if detections is None:
            detections = self.detections_of(outcome)
        # What is stored already, as answers are, is not written again.
        raw = {} if outcome.raw == self.raw else {"raw": outcome.raw}
        if not self._settle(
            state=self.State.DONE,
            error="",
            model_version=outcome.model_version[:200],
            looked_for=sorted(outcome.looked_for),
            remark=outcome.remark[:200],
            finished_at=timezone.now(),
            **raw,
        ):
            return False
        Detection.objects.bulk_create(detections)
        return True

    def detections_of(self, outcome: Outcome) -> list[Detection]:
        """New rows of an outcome's predictions."""
        return [
            Detection.from_prediction(self.pk, prediction) for prediction in outcome.predictions
        ]

    def fail(self, error: str) -> bool:
        """Ends the run; only a person or a new fingerprint starts it again."""
        return self._settle(state=self.State.FAILED, error=error, finished_at=timezone.now())

    def put_back(self, error: str) -> bool:
        """Queues the run again for later; quarantines it where it was tried often enough."""
        if self.attempts >= MAX_ATTEMPTS:
            return self.quarantine(f"Tried {self.attempts} times in vain. {error}")
        next_try_at = timezone.now() + _jittered(RETRY_AFTER[self.attempts - 1])
        return self._settle(state=self.State.QUEUED, error=error, next_try_at=next_try_at)

    def quarantine(self, error: str) -> bool:
        """Ends a run that was tried often enough; only a person starts it again."""
        return self._settle(state=self.State.QUARANTINED, error=error, finished_at=timezone.now())

    def abandon(self) -> bool:
        """Quarantines a due run whose attempts all ended without an answer."""
        return self.quarantine(
            f"{self.attempts} attempts ended without an answer: the worker stopped or took longer "
            f"than {settings.BROMO_LEASE_SECONDS} seconds each time. {self.error}".strip()
        )

    def postpone(self, error: str) -> bool:
        """Queues the run again for what is no fault of image or recogniser: it does not count.

        After a day it fails: what lasts that long does not pass by itself.
        """
        now = timezone.now()
        since = self.postponed_since or now
        if now - since > LONGEST_POSTPONED:
            return self.fail(error)
        wait = min(max(now - since, SHORTEST_WAIT), LONGEST_WAIT)
        return self._wait(_jittered(wait), error=error, postponed_since=since)

    def defer(self, wait: timedelta = timedelta(0), *, error: str = "") -> bool:
        """Queues the run again, as its turn has not come; nothing has gone wrong with it."""
        return self._wait(wait, error=error, postponed_since=None)

    def _wait(self, wait: timedelta, **values: Any) -> bool:
        return self._settle(
            state=self.State.QUEUED,
            # The next claim has this number again: whoever had it before has just let go.
            attempts=self.attempts - 1,
            # Later than its message, whatever the clocks, or no sweep would send another one.
            next_try_at=max(timezone.now() + wait, self.published_at + timedelta(milliseconds=1)),
            **values,
        )

    @classmethod
    def miss(cls, pk: int) -> None:
        """Takes down that a message came for a due run and nobody could begin it, as for a pause.

        It needs another message then, which the sweep sends once it can be begun.
        """
        now = timezone.now()
        cls.objects.filter(pk=pk, state=cls.State.QUEUED, next_try_at__lte=now).update(
            next_try_at=Greatest(Value(now), F("published_at") + timedelta(milliseconds=1))
        )

    def tell_sent(self, sent_as: SentAs, reason: str) -> None:
        """Has whatever is written next say how a service got to see the image."""
        self.sent_as, self.sent_reason = sent_as.value, reason[:200]

    def keep_answers(self, answers: Answers, *, price: Decimal) -> bool:
        """Stores what a call gave and cost, so that no later attempt pays for it again.

        False where another attempt took over meanwhile; it may still make use of them.
        """
        paid = {"calls": F("calls") + 1, "cost": F("cost") + price}
        if self._note(raw={**(self.raw or {}), **answers}, postponed_since=None, **paid):
            self.raw, self.postponed_since = {**(self.raw or {}), **answers}, None
            return True
        with transaction.atomic():
            late = RecognitionRun.objects.select_for_update().filter(pk=self.pk)
            for raw in late.values_list("raw", flat=True):
                late.update(raw={**answers, **(raw or {})}, **paid)
        return False

    def count_unanswered(self, price: Decimal) -> None:
        """Takes down a call that may have been billed although no answer came.

        Whoever holds the run by now, it is what the run cost.
        """
        runs = RecognitionRun.objects.filter(pk=self.pk)
        runs.update(calls=F("calls") + 1, cost=F("cost") + price)

    def begin_asking(self, aliases: Iterable[str]) -> bool:
        """Has the others of some recognisers wait until this run has asked; False if one does.

        They may ask the same of the same content, which is to be paid once.
        """
        with transaction.atomic():
            Original.hold(self.original_id)
            others = RecognitionRun.objects.filter(
                original=self.original_id,
                recogniser__in=list(aliases),
                state=self.State.RUNNING,
                lease_until__gte=timezone.now(),
                is_asking=True,
            )
            return not others.exclude(pk=self.pk).exists() and self._note(is_asking=True)

    def known_answers(self) -> Answers:
        """What was answered about this content before, the latest answer to each question.

        Nothing that other runs were answered counts where this one asks everything anew.
        """
        asked = RecognitionRun.objects.filter(original=self.original_id, raw__isnull=False)
        if self.is_forced:
            asked = asked.filter(pk=self.pk)
        known: dict[str, Any] = {}
        for raw in asked.order_by("pk").values_list("raw", flat=True):
            known |= raw if isinstance(raw, dict) else {}
        return known

    def is_outdated(self) -> bool:
        """Whether something that it was answered was asked anew later, among other questions."""
        anew = _asked_anew(
            original=self.original_id, recogniser=self.recogniser, pk__gt=self.pk
        ).exclude(fingerprint=self.fingerprint)
        return any(
            _questions(self.raw) & _questions(raw) for raw in anew.values_list("raw", flat=True)
        )

    def retry(self) -> bool:
        """Queues a failed run again, as if it had never been tried; False if it has not failed."""
        is_mine = RecognitionRun.objects.filter(pk=self.pk).retry()
        self.refresh_from_db()
        return bool(is_mine)

    def drop(self, fingerprint: str) -> bool:
        """Deletes a run that has nothing left to ask; False if it is not this attempt's.

        What it was answered and has cost goes to the run under that fingerprint.
        """
        mine = RecognitionRun.objects.filter(
            pk=self.pk, state=self.State.RUNNING, started_at=self.started_at
        )
        stays = self._under(fingerprint).order_by("-generation").first()
        deleted, _ = mine.delete()
        if deleted and stays and self.calls:
            RecognitionRun.objects.filter(pk=stays.pk).update(
                raw={**(self.raw or {}), **(stays.raw or {})},
                calls=F("calls") + self.calls,
                cost=F("cost") + self.cost,
            )
        return bool(deleted)

    def refile(self, fingerprint: str) -> bool:
        """Files a claimed run under the fingerprint of the recogniser that will answer it.

        The recogniser may have changed since it was asked for. False where that one has answered
        already, or is to: then nothing is left to ask.
        """
        if self.fingerprint == fingerprint:
            return True
        same = self._under(fingerprint)
        if not self.is_forced and same.exclude(state__in=self.UNSUCCESSFUL).exists():
            return False
        newest = same.aggregate(models.Max("generation"))["generation__max"] or 0
        self.fingerprint, self.generation = fingerprint, newest + 1
        with transaction.atomic():  # what was paid for is always on one of the rows
            if not self.is_forced:
                self._take_over(same.filter(state__in=self.UNSUCCESSFUL))
            self.save(update_fields=["fingerprint", "generation", "raw", "calls", "cost"])
        return True

    def _take_over(self, failed: RunQuerySet) -> None:
        """Stands in for runs that failed at the same question, whatever they were answered."""
        for run in failed:
            self.raw = {**(run.raw or {}), **(self.raw or {})} or None
            self.calls, self.cost = self.calls + run.calls, self.cost + run.cost
        failed.delete()

    def _under(self, fingerprint: str) -> RunQuerySet:
        """The runs of the same recogniser on the same original under a fingerprint."""
        return RecognitionRun.objects.filter(
            original=self.original_id, recogniser=self.recogniser, fingerprint=fingerprint
        )


def _asked_anew(**which: Any) -> RunQuerySet:
    """Done runs that had everything answered anew."""
    done = RecognitionRun.State.DONE
    return RecognitionRun.objects.order_by().filter(state=done, is_forced=True, **which)


def _questions(raw: Any) -> set[str]:
    """The questions that a run's answers answer."""
    return set(raw) if isinstance(raw, dict) else set()


def _jittered(wait: timedelta) -> timedelta:
    """Between half of a wait and all of it: what failed together does not come back together."""
    return wait * random.uniform(0.5, 1)  # noqa: S311 - nothing secret about it
