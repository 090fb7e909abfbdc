"""Breaks what real installations break of, and counts what is lost, duplicated or stuck afterwards.

    python -m tests.faults [--size small|full] [--database postgresql] [--json] [SCENARIO ...]

Every scenario has an installation of its own, made of the programs that people run: gunicorn,
Celery's workers and beat, a Valkey, and where it is about them a PostgreSQL or an S3 server.
docs/explanation/nothing-lost.md says what is promised and how it is counted.
"""
