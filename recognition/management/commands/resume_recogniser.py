"""Lets recognisers go on that stand still."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError

from dam.management.prepared import PreparedCommand
from dam.permissions import SYSTEM
from recognition.budgets import has_room
from recognition.models import Pause
from recognition.pausing import resume
from recognition.registry import recognisers


class Command(PreparedCommand):
    help = "Lets recognisers go on that somebody paused, or that stand still by themselves."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("recognisers", nargs="+", metavar="ALIAS")

    def handle(self, *args: Any, **options: Any) -> None:
        paused = set(Pause.objects.values_list("recogniser", flat=True))
        if unknown := set(options["recognisers"]) - paused - set(recognisers.aliases):
            named = ", ".join(sorted(unknown))
            msg = f"There is no recogniser “{named}”: choose from {', '.join(recognisers.aliases)}."
            raise CommandError(msg)
        for alias in options["recognisers"]:
            pause = Pause.objects.filter(recogniser=alias).first()
            if pause is None or not resume(alias, user=SYSTEM):
                self.stdout.write(f"{alias} was not paused.")
            else:
                reason = f" ({pause.reason})" if pause.reason else ""
                self.stdout.write(f"{alias} goes on. It was paused{reason}.")
                if not has_room(alias):
                    self.stdout.write("Its budget has no room: at its next call it pauses again.")
