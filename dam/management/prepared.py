"""Commands that need the database as this version of Bromo has it."""

from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.template.defaultfilters import pluralize


class PreparedCommand(BaseCommand):
    """Says what to do, and does nothing, where the database has not been migrated."""

    requires_migrations_checks = True

    def check_migrations(self) -> None:
        executor = MigrationExecutor(connection)
        missing = len(executor.migration_plan(executor.loader.graph.leaf_nodes()))
        if missing:
            msg = (
                f"The database {connection.settings_dict['NAME']} has not been prepared: it lacks "
                f"{missing} migration{pluralize(missing)} of this version of Bromo. Run "
                "python -m config.prepare, then this command again."
            )
            raise CommandError(msg)
