"""Copies SQLite's database while others use it."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from dam.database_copy import CannotCopyError, copy_database


class Command(BaseCommand):
    help = "Copies SQLite's database, as it is at one moment, while others read and write."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE", help="the copy, which is new")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            copy_database(options["file"])
        except CannotCopyError as error:
            raise CommandError(str(error)) from error
