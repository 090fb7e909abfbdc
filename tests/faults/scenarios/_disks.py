"""Disks that fill up while people upload."""

import time
from pathlib import Path

from tests.faults.installation import Installation
from tests.faults.judge import Findings
from tests.faults.people import People
from tests.faults.small_disk import SmallDisk, small_disk
from tests.faults.trial import CannotRunError, Row, Scenario, Trial

FULL_SECONDS = 8.0
PHOTO_BYTES = 300_000
MEDIA = ("originals", "renditions")


def fill_media(trial: Trial) -> Row:
    """The disk of originals and renditions is full; what is left is less than a photo needs."""
    with small_disk(trial.folder / "disk", megabytes=160) as disk:
        data = trial.folder / "data"
        _move(MEDIA, data, disk.folder)
        with trial.installation(data=data) as here:
            return _play(trial, here, disk, leaving=PHOTO_BYTES // 2)


def fill_database(trial: Trial) -> Row:
    """The disk of the database is full; all else of the data folder lies elsewhere."""
    if trial.is_on_postgresql:
        msg = "it is about the files of SQLite"
        raise CannotRunError(msg)
    with small_disk(trial.folder / "disk", megabytes=24) as disk:
        _move((*MEDIA, "files", "models", "incoming"), disk.folder, trial.folder / "elsewhere")
        with trial.installation(data=disk.folder) as here:
            return _play(trial, here, disk, leaving=0)


def _move(names: tuple[str, ...], data: Path, elsewhere: Path) -> None:
    """Has folders of a data folder lie elsewhere."""
    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    for name in names:
        (elsewhere / name).mkdir(parents=True)
        (data / name).symlink_to(elsewhere / name)


def _play(trial: Trial, here: Installation, disk: SmallDisk, *, leaving: int) -> Row:
    photos = trial.photos(trial.pick(small=30, full=200), size=PHOTO_BYTES)
    with People(here.client, photos, trial.ledger):
        trial.wait_until_amid(here, photos)
        disk.fill(leaving=leaving)
        time.sleep(FULL_SECONDS)
        disk.make_space()
        over = time.monotonic()
    assert trial.ledger.refusals, "the disk was full, so that uploads were refused"
    rude = {why: n for why, n in trial.ledger.refusals.items() if why != "HTTP 503"}
    told = tuple(f"{n} uploads were answered with {why}, not 503." for why, n in rude.items())
    return trial.row(here, since=over, extra=Findings(stuck=told))


SCENARIOS = (
    Scenario(name="media-full", title="the disk of the originals full", play=fill_media),
    Scenario(name="database-full", title="the disk of the database full", play=fill_database),
)
