"""Sets up a library with sample photos, shows what was recognised, and serves it.

    python -m config.demo [--bind 127.0.0.1:8000] [--no-serve]

What `make demo` runs. May be repeated at any time: what is there already is kept, only the two
users get new passwords. With --no-serve the exit status is 0 only if every photo was recognised.
"""

import argparse
import os
import sys

import django

from config.serve import DEFAULT_BIND, ServeError, address, check_port_is_free


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m config.demo",
        description="Sets up a library with sample photos, shows their tags, and serves it.",
    )
    parser.add_argument("--bind", default=DEFAULT_BIND, type=address, metavar="HOST:PORT")
    parser.add_argument("--no-serve", action="store_true", help="end when the photos are in")
    options = parser.parse_args(arguments)
    host, port = options.bind
    if options.no_serve:
        return 0 if set_up() else 1
    try:
        check_port_is_free(host, port)  # before minutes of work, not after them
    except ServeError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    set_up()
    sys.stdout.write(f"\n  Bromo is at http://{host}:{port}/ until you press Ctrl-C.\n\n")
    sys.stdout.flush()
    # In place of this process, which has the models in its memory.
    serve = [sys.executable, "-m", "config.serve", "--bind", f"{host}:{port}"]
    return os.execv(sys.executable, serve)  # noqa: S606 - our own command


def set_up() -> bool:
    """Fills the library, prints what is in it, and answers whether every photo was recognised."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    from config import demo_library  # models can be imported only now

    passwords = demo_library.prepare()
    photos = demo_library.import_photos()
    sys.stdout.write(demo_library.report(photos, passwords))
    unrecognised = [photo.name for photo in photos if not photo.is_recognised]
    if unrecognised:
        sys.stderr.write(f"Not recognised: {', '.join(unrecognised)}\n")
    return not unrecognised


if __name__ == "__main__":
    sys.exit(main())
