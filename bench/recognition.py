"""Throughput of the recognition step beside the same models in a plain loop; cost of ingest.

    python -m bench.recognition [--photos 60] [--seed 1] [--json]

Makes photos of about one megapixel from the demonstration photos (`fetch_models --group
demo-photos`), in a library of its own that is thrown away. The plain loop opens, decodes and
resizes each file and runs the three models on it, with as many threads as the recogniser uses. The
recognition step does what a worker does for one run: lease, image, models, detections, rules, tags.
Both take turns over the same files, so that a noisy machine is noisy for both.
"""

import argparse
import json
import os
import platform
import random
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from PIL import Image

SIDE = 1000
ROUNDS = 3


def make_photos(source: Path, target: Path, number: int, seed: int) -> list[Path]:
    """Random crops of the photos in a folder, about a megapixel each, as JPEG files."""
    rng = random.Random(seed)
    photos = sorted(p for p in source.iterdir() if p.suffix in {".png", ".jpg"})
    if not photos:
        msg = f"{source} has no photos: run manage.py fetch_models --group demo-photos."
        raise SystemExit(msg)
    made = []
    for index in range(number):
        image = Image.open(rng.choice(photos)).convert("RGB")
        width, height = image.size
        share = rng.uniform(0.7, 1.0)
        left, top = rng.uniform(0, (1 - share) * width), rng.uniform(0, (1 - share) * height)
        crop = (left, top, left + share * width, top + share * height)
        size = (SIDE * 4 // 3 - SIDE // 6, SIDE - SIDE // 7)
        path = target / f"{index:04}.jpg"
        image.resize(size, Image.Resampling.LANCZOS, crop).save(path, quality=90)
        made.append(path)
    return made


@contextmanager
def library(models: Path) -> Iterator[Path]:
    """A library of this run's own, with the models of the real one."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {
            "BROMO_DATA_DIR": folder,
            "DATABASE_URL": "",
            "BROKER_URL": "",
            "BROMO_LOG_LEVEL": "ERROR",
            "BROMO_RECOGNISERS": "local",
            "DJANGO_SETTINGS_MODULE": "config.settings",
        }
        del os.environ["DATABASE_URL"]
        (Path(folder) / "models").symlink_to(models.absolute())
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        yield Path(folder)


def timed(action: Callable[[], Any]) -> float:
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def measure(photos: list[Path]) -> dict[str, Any]:
    from dam.ingest import ingest
    from recognition.models import RecognitionRun
    from recognition.pipeline import recognise, request_runs
    from recognition.recognisers.local import LocalRecogniser
    from recognition.registry import recognisers

    recogniser = recognisers["local"]
    assert isinstance(recogniser, LocalRecogniser)
    recogniser.warm_up()

    def plain(path: Path) -> None:
        with Image.open(path) as file:
            image = file.convert("RGB")
        recogniser.classifier.classify(image)
        recogniser.detector.detect(image)
        recogniser.unsafe.rate(image)

    assets, ingest_times = [], []
    for path in photos:
        start = time.perf_counter()
        with path.open("rb") as content:
            assets.append(ingest(content, file_name=path.name).asset)
        ingest_times.append(time.perf_counter() - start)

    plain_times: list[float] = []
    step_times: list[float] = []
    for round_number in range(ROUNDS):
        for path, asset in zip(photos, assets, strict=True):
            (run,) = request_runs(asset, ["local"], again=round_number > 0)
            plain_times.append(timed(lambda path=path: plain(path)))  # type: ignore[misc] # bound now
            step_times.append(timed(lambda run=run: recognise(run.pk)))  # type: ignore[misc] # bound now
    states = set(RecognitionRun.objects.values_list("state", flat=True))
    assert states == {RecognitionRun.State.DONE}, states
    plain_rate, step_rate = (1 / statistics.fmean(t) for t in (plain_times, step_times))
    pixels = (asset.original.width * asset.original.height for asset in assets)
    return {
        "photos": len(photos),
        "rounds": ROUNDS,
        "megapixels": round(statistics.fmean(pixels) / 1e6, 2),
        "plain_loop_images_per_second": round(plain_rate, 2),
        "recognition_step_images_per_second": round(step_rate, 2),
        "ratio": round(step_rate / plain_rate, 3),
        "goal_ratio": 0.7,
        "ingest_ms_mean": round(1000 * statistics.fmean(ingest_times), 1),
        "ingest_ms_median": round(1000 * statistics.median(ingest_times), 1),
        "threads": recogniser.classifier.session.threads,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--data", type=Path, default=Path(os.environ.get("BROMO_DATA_DIR", "var")))
    parser.add_argument("--json", action="store_true", help="one line instead of a table")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, library(options.data / "models"):
        source = options.data / "photos" / "demo-photos"
        photos = make_photos(source, Path(folder), options.photos, options.seed)
        figures = measure(photos)
    figures |= {
        "seed": options.seed,
        "machine": platform.machine(),
        "cores": os.cpu_count(),
        "python": platform.python_version(),
    }
    print(json.dumps(figures, indent=None if options.json else 2))


if __name__ == "__main__":
    main()
