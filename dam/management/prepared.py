"""Commands that need the database as this version of Bromo has it."""

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.migrations import Migration
from django.db.migrations.executor import MigrationExecutor
from django.template.defaultfilters import pluralize


def missing_migrations(connection: BaseDatabaseWrapper) -> list[Migration]:
    """What a database lacks of this version of Bromo, in the order of its making."""
    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return [migration for migration, _is_backwards in plan]


class PreparedCommand(BaseCommand):
    """Says what to do, and does nothing, where the database has not been migrated."""

    requires_migrations_checks = True

    def check_migrations(self) -> None:
        if missing := len(missing_migrations(connection)):
            msg = (
                f"The database {connection.settings_dict['NAME']} has not been prepared: it lacks "
                f"{missing} migration{pluralize(missing)} of this version of Bromo. Run "
                "python -m config.prepare, then this command again."
            )
            raise CommandError(msg)
