"""Ends the whole service when supervisord could not keep one of its programs running.

A supervisord event listener: http://supervisord.org/events.html describes what it reads and writes.
Without it, supervisord would wait for ever with a part of the service missing.
"""

import os
import signal
import sys


def main() -> None:
    sys.stdout.write("READY\n")
    sys.stdout.flush()
    if sys.stdin.readline():
        os.kill(os.getppid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
