"""Brings an installation up to date before web and worker start; safe to repeat.

    python -m config.prepare

Migrates the database, fetches the models, makes the bucket where there is none, and brings the
stored search index up to date.
"""

import os
import sys

import django
from django.core.management import call_command


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from django.conf import settings  # settings can be read only now

    call_command("migrate", interactive=False)
    call_command("fetch_models")
    if settings.BROMO_S3_BUCKET:
        make_bucket()
    index_library()
    return 0


def index_library() -> None:
    """Takes what the library holds into the search index, for the first time after an upgrade."""
    from search.index import IndexBusyError, fold  # has models

    try:
        fold(even_few=True)
    except IndexBusyError as error:
        sys.stdout.write(f"The search index was left as it is: {error}.\n")


def make_bucket() -> None:
    """Makes the bucket if the store does not have it."""
    from django.core.files.storage import storages  # reads the settings

    bucket = storages["originals"].bucket  # type: ignore[attr-defined] # only S3 storages have one
    client = bucket.meta.client
    try:
        client.head_bucket(Bucket=bucket.name)
    except client.exceptions.ClientError as error:
        # Whoever may use the bucket but not look at it gets another answer than "not found".
        if error.response["Error"]["Code"] in {"404", "NoSuchBucket"}:
            bucket.create()
            sys.stdout.write(f"Made the bucket {bucket.name}.\n")


if __name__ == "__main__":
    sys.exit(main())
