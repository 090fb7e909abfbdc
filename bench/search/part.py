"""One part of the benchmark, in a process of its own on the library of its environment.

    python -m bench.search.part NAME [OPTIONS AS JSON]

It is `measure` of the module NAME in bench/search/parts; what that gives is printed as JSON.
"""

import json
import sys
from importlib import import_module


def main() -> None:
    import django

    django.setup()
    name, *options = sys.argv[1:]
    module = import_module(f"bench.search.parts.{name}")
    given = json.loads(options[0]) if options else {}
    print(json.dumps(module.measure(**given)), flush=True)


if __name__ == "__main__":
    main()
