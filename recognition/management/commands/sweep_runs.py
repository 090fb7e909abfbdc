"""Looks for runs that nobody works on, as the beat has workers do again and again."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from recognition.management.commands._work import work_off
from recognition.models import RecognitionRun
from recognition.tasks import sweep


class Command(BaseCommand):
    help = (
        "Tells workers again of runs whose message or worker was lost; without BROKER_URL does "
        "all runs that are due itself."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if settings.BROKER_URL:
            self.stdout.write(f"{sweep()} runs were published.")
            return
        due = RecognitionRun.objects.due().order_by("pk").values_list("pk", flat=True)
        self.stdout.write(f"{sum(1 for _ in work_off(due.iterator()))} runs were done.")
