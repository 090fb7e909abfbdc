"""Publishes messages for runs as asked.

python -m tests.faults.inside.deliver '[[key, message id], ...]'
"""

import json
import sys

import django


def main() -> None:
    django.setup()
    from recognition.tasks import recognise_run  # needs the settings

    for key, message in json.loads(sys.argv[1]):
        recognise_run.apply_async((key,), task_id=message, retry=False)


if __name__ == "__main__":
    main()
