"""Looks for runs that nobody works on, as the beat has workers do again and again."""

from collections import Counter
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django.template.defaultfilters import pluralize
from kombu.exceptions import OperationalError

from dam.management.prepared import PreparedCommand
from recognition.management.commands._work import tell_of_pauses, work_off
from recognition.models import RecognitionRun
from recognition.tasks import sweep


class Command(PreparedCommand):
    help = (
        "Tells workers again of runs whose message or worker was lost; without BROKER_URL does "
        "all runs that are due itself."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.BROKER_URL:
            self._tell(self._publish(), "published")
            return
        due = RecognitionRun.objects.due().order_by("pk").values_list("pk", flat=True)
        left: Counter[str] = Counter()
        number = sum(1 for _ in work_off(due.iterator(), left, self.stderr))
        tell_of_pauses(left, self.stderr)
        self._tell(number - left.total(), "done")

    def _publish(self) -> int:
        try:
            return sweep()
        except OperationalError as error:
            msg = (
                f"The broker takes no message ({str(error).rstrip('.')}). No run is lost. See that "
                "the server at BROKER_URL runs and lets Bromo in, then run sweep_runs again."
            )
            raise CommandError(msg) from error

    def _tell(self, number: int, what: str) -> None:
        self.stdout.write(f"{number} run{pluralize(number, ' was,s were')} {what}.")
