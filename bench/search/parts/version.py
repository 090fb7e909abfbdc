"""Which database it is."""

from django.db import connection


def measure() -> str:
    """The name and the version."""
    is_sqlite = connection.vendor == "sqlite"
    with connection.cursor() as cursor:
        cursor.execute("SELECT sqlite_version()" if is_sqlite else "SHOW server_version")
        return f"{connection.vendor} {cursor.fetchone()[0]}"
