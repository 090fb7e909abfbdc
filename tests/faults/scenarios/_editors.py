"""People who change and delete what is being recognised just then."""

import random
import threading
import time
from dataclasses import dataclass, field

from tests.faults.client import Client, NoAnswerError
from tests.faults.installation import Installation
from tests.faults.judge import Findings
from tests.faults.people import People
from tests.faults.trial import Row, Scenario, Trial

EDITORS = 20
SHARED = "Everybody's"
TREATMENTS = ("trash", "restore", "delete", "sweep")
LONG_AGO = "2020-01-01 00:00:00+00:00"
_WITHOUT = "id NOT IN (SELECT original_id FROM dam_asset)"
"""Holds for originals that no asset has any more."""
_RUNNING = (
    "SELECT dam_asset.id FROM dam_asset JOIN recognition_recognitionrun AS run"
    " ON run.original_id = dam_asset.original_id WHERE run.state = 'running' ORDER BY dam_asset.id"
)


def delete_amid_recognition(trial: Trial) -> Row:
    """One is trashed, one comes back, one is deleted, one is swept away and sent again; and on."""
    photos = trial.photos(trial.pick(small=16, full=100))
    with trial.installation(delay=2.5) as here:
        with People(here.client, photos, trial.ledger):
            pass
        treated = _treat_all(here)
        assert set(treated.values()) == set(TREATMENTS), "each was tried on what was recognised"
        swept = [p.photo for p in trial.ledger.promises if treated.get(p.asset) == "sweep"]
        with People(here.client, swept, trial.ledger):
            pass
        return trial.row(
            here,
            since=time.monotonic(),
            n=len(treated),
            of="assets",
            deleted=frozenset(pk for pk, what in treated.items() if what in {"delete", "sweep"}),
            trashed=frozenset(pk for pk, what in treated.items() if what == "trash"),
        )


def _treat_all(here: Installation) -> dict[int, str]:
    """Does something to each asset that is met while it is recognised; tells what, by asset."""
    treated: dict[int, str] = {}
    while not here.is_settled():
        running = [pk for (pk,) in here.query(_RUNNING) if pk not in treated]
        if not running:
            time.sleep(0.1)
            continue
        what = TREATMENTS[len(treated) % len(TREATMENTS)]
        treated[running[-1]] = what  # the one that has the most left to do
        _treat(here, running[-1], what)
    return treated


def _treat(here: Installation, asset: int, what: str) -> None:
    here.client.order(f"/assets/{asset}/trash/")
    if what == "restore":
        here.client.order(f"/assets/{asset}/restore/")
    if what in {"delete", "sweep"}:
        here.client.order(f"/assets/{asset}/delete/")
    if what == "sweep":
        here.query(f"UPDATE dam_original SET unreferenced_since = '{LONG_AGO}' WHERE {_WITHOUT}")
        here.wait_until(lambda: _sweep(here), what="the sweep has taken what no asset has")


def _sweep(here: Installation) -> bool:
    """Sweeps, and answers whether all is gone: what a worker holds just then stays for the next."""
    here.manage("sweep_storage")
    return not here.query(f"SELECT id FROM dam_original WHERE {_WITHOUT}")


@dataclass(slots=True)
class Editor:
    """Changes its mind about a word of its own, and is firm about one of the recogniser's."""

    client: Client
    asset: int
    number: int
    rng: random.Random
    refused: str = ""
    """The recogniser's tag that this one takes away."""
    complaints: list[str] = field(default_factory=list)
    edits: int = 0

    @property
    def word(self) -> str:
        return f"Word {self.number}"

    @property
    def ends_with_yes(self) -> bool:
        return self.number % 2 == 0

    def work(self, is_over: threading.Event) -> None:
        if self.refused:
            self._remove(self.refused)
        while not is_over.is_set():
            self._add(self.word)
            self._add(SHARED)
            time.sleep(self.rng.uniform(0, 0.05))
            self._remove(self.word)
        if self.ends_with_yes:
            self._add(self.word)

    def _add(self, word: str) -> None:
        self._post(f"/assets/{self.asset}/tags/", {"names": word})

    def _remove(self, word: str) -> None:
        key = self.client.tags_of(self.asset).get(word)
        if key is None:
            self.complaints.append(f"“{word}” was added and is gone.")
            return
        self._post(f"/assets/{self.asset}/tags/{key}/remove/", {})

    def _post(self, path: str, fields: dict[str, str]) -> None:
        self.edits += 1
        try:
            answer = self.client.post(path, fields)
        except NoAnswerError as error:
            self.complaints.append(str(error))
            return
        if not answer.is_yes:
            self.complaints.append(f"{path}: {answer}")


def edit_tags(trial: Trial) -> Row:
    """All of them at one asset, while recognisers are asked about it again and again."""
    photo, times = trial.photos(1)[0], trial.pick(small=3, full=10)
    with trial.installation(delay=0.2) as here:
        with People(here.client, [photo], trial.ledger):
            pass
        here.wait_until(here.is_settled, what="the photo is recognised")
        asset = trial.ledger.promises[0].asset
        editors = [
            Editor(here.client, asset, n, random.Random(trial.rng.random())) for n in range(EDITORS)
        ]
        for editor, tag in zip(editors, sorted(photo.tags)[:2], strict=False):
            editor.refused = tag
        _edit_while(here, editors, times)
        wanted = photo.tags - {e.refused for e in editors} | {SHARED}
        wanted |= {editor.word for editor in editors if editor.ends_with_yes}
        complaints = tuple(text for editor in editors for text in editor.complaints)
        return trial.row(
            here,
            since=time.monotonic(),
            n=sum(editor.edits for editor in editors),
            of="edits",
            tags={asset: frozenset(wanted)},
            generations=1 + times,
            extra=Findings(lost=complaints),
        )


def _edit_while(here: Installation, editors: list[Editor], times: int) -> None:
    """Has editors work until recognisers were asked again so many times."""
    is_over = threading.Event()
    threads = [threading.Thread(target=e.work, args=(is_over,), daemon=True) for e in editors]
    for thread in threads:
        thread.start()
    try:
        for _ in range(times):
            here.manage("retag_assets", "--recognise")
            here.wait_until(here.is_settled, what="the photo is recognised again")
    finally:
        is_over.set()
    for thread in threads:
        thread.join()


SCENARIOS = (
    Scenario(
        name="deleted",
        title="assets trashed, deleted or swept away while they are recognised",
        play=delete_amid_recognition,
    ),
    Scenario(
        name="edited",
        title=f"{EDITORS} threads edit tags against the recogniser on one asset",
        play=edit_tags,
    ),
)
