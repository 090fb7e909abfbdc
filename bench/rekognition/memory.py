"""What recognising takes of a worker's memory, and what it reads of S3: by reference, and not."""

import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.rekognition.library import Library, Worker
from bench.rekognition.loopback import CountingProxy, Rekognition, rekognition, sent_by
from bench.rekognition.pictures import make_originals
from tests.s3 import S3Server

GOAL_MEGABYTES = 20
"""A process of a worker may grow by less than that while it recognises by reference."""
_ROWS = {
    "by_reference": ("labels", True),
    "by_reference_labels_faces": ("labels,faces", True),
    "as_bytes": ("labels", False),
    "as_bytes_labels_faces": ("labels,faces", False),
}
_LOOKS, _LOOK_SECONDS = 12, 0.25
"""So often in a row a process has to be found the same before it counts as idle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A library whose originals are in a bucket, and all that looks at what passes."""

    library: Library
    server: S3Server
    proxy: CountingProxy
    service: Rekognition


def measure(root: Path, *, photos: int, seed: int) -> dict[str, Any]:
    """The figures of all ways of sending, over the same originals."""
    paths = make_originals(root / "photos", photos, seed)
    sizes = [path.stat().st_size for path in paths]
    with _place(root, paths) as place:
        rows = {
            name: _row(place, name, features=features, by_reference=by_reference)
            for name, (features, by_reference) in _ROWS.items()
        }
    return {
        "photos": photos,
        "seed": seed,
        "original_bytes": {"least": min(sizes), "most": max(sizes), "all": sum(sizes)},
        "goal_growth_megabytes": GOAL_MEGABYTES,
        "goal_is_met": all(
            rows[name]["growth_megabytes"] < GOAL_MEGABYTES and not rows[name]["s3_bytes_sent"]
            for name, (_, by_reference) in _ROWS.items()
            if by_reference
        ),
        **rows,
    }


@contextmanager
def _place(root: Path, paths: list[Path]) -> Iterator[Place]:
    """Imports files into a bucket; afterwards the library reaches that through the proxy alone."""
    (root / "s3").mkdir()
    with S3Server(root / "s3").running() as server, rekognition(root) as service:
        proxy = CountingProxy(server.url)
        rates = {"BROMO_REKOGNITION_RATES": "default=1000"}
        library = Library(root / "library", service.environment | server.environment | rates)
        with library.running(), proxy.running() as way:
            library.import_files(paths, recognisers="")
            library.env |= {"AWS_ENDPOINT_URL_S3": way, "BROMO_RECOGNISERS": "rekognition"}
            yield Place(library=library, server=server, proxy=proxy, service=service)


def _row(place: Place, name: str, *, features: str, by_reference: bool) -> dict[str, Any]:
    """The figures of one way, with a worker of one process of its own."""
    place.library.env |= {
        "BROMO_REKOGNITION_FEATURES": features,
        "BROMO_REKOGNITION_BY_REFERENCE": str(by_reference),
    }
    with place.library.worker(name, processes=1) as worker:
        first = _round(place, worker)
        again = _round(place, worker)
    expected = {"reference" if by_reference else "bytes"}
    assert {request.sent_as for request in place.service.requests()} == expected
    return first | {"growth_again_megabytes": again["growth_megabytes"]}


def _round(place: Place, worker: Worker) -> dict[str, Any]:
    """Has everything recognised once more by a worker that is idle before."""
    (pid,) = worker.pool
    idle = _idle_memory(pid)
    _forget_peak(pid)
    place.service.change(reset=True)
    place.proxy.requests.clear()
    sent_before = sent_by(place.server)
    place.library.ask_again("rekognition")
    place.library.wait_until_left()
    assert place.library.states().keys() == {"done"}, place.library.states()
    requests = place.service.requests()
    return {
        "idle_megabytes": _megabytes(idle),
        "growth_megabytes": _megabytes(_memory(pid, "VmHWM") - idle),
        "calls": len(requests),
        "bytes_sent_to_service": sum(request.size for request in requests),
        "s3_requests": dict(Counter(request.method for request in place.proxy.requests)),
        "s3_bytes_sent": sent_by(place.server) - sent_before,
        "s3_bytes_seen_by_proxy": sum(request.sent for request in place.proxy.requests),
    }


def _idle_memory(pid: int) -> int:
    """Bytes that a process has in memory once it does nothing any more."""
    seen = [0]
    while len(seen) < _LOOKS or len(set(seen[-_LOOKS:])) > 1:
        time.sleep(_LOOK_SECONDS)
        seen.append(_memory(pid, "VmRSS"))
    return seen[-1]


def _forget_peak(pid: int) -> None:
    """Has the most that a process ever had in memory be what it has now."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def _memory(pid: int, name: str) -> int:
    """Bytes by the name that Linux has for them: VmRSS in memory now, VmHWM at the most."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    told = dict(line.split(":", 1) for line in lines)
    return int(told[name].split()[0]) * 1024


def _megabytes(number: int) -> float:
    return round(number / 1e6, 2)
