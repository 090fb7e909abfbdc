"""Files that nobody has vetted, and the processes that look at them."""

import io
import os
import signal
import struct
import threading
import time
import zlib
from pathlib import Path

import pytest
from PIL import Image

from dam.renditions.decode import UnknownFormat, UnreadableImage
from dam.sandbox import Examined, Limits, SandboxError, TooCostly, TooManyPixels, _slots, examine
from tests import images
from tests.programs import same_everywhere

pytestmark = same_everywhere
PIXELS = 150_000_000
LIMITS = Limits(cpu_seconds=15, memory_bytes=3_000_000_000)


@pytest.fixture
def look(tmp_path):
    """Looks at content as at an uploaded file."""

    def look(content, limits=LIMITS, max_pixels=PIXELS):
        folder = tmp_path / f"{threading.get_ident()}-{time.monotonic_ns()}"
        folder.mkdir()
        (folder / "content").write_bytes(content)
        try:
            return examine(folder / "content", limits=limits, max_pixels=max_pixels)
        finally:
            assert [path.name for path in folder.iterdir()] == ["content"], "nothing stays behind"

    return look


def slow_jpeg(scans=400):
    """A small progressive JPEG that refines the same pixels over and over."""
    content = images.image_bytes(Image.new("L", (6000, 6000), 128), "JPEG", progressive=True)
    start = content.rindex(b"\xff\xda")
    end = content.rindex(b"\xff\xd9")
    return content[:end] + content[start:end] * scans + b"\xff\xd9"


def swollen_png(side):
    """A PNG of few bytes that takes three bytes of memory a pixel."""
    rows = zlib.compress(bytes((3 * side + 1) * side), 9)
    chunks = (
        (b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)),
        (b"IDAT", rows),
        (b"IEND", b""),
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in chunks
    )


class TestAGoodFile:
    def test_gives_all_that_decoding_it_gives(self, look):
        examined = look(images.oriented(6, size=(640, 320)))
        assert isinstance(examined, Examined)
        assert (examined.header.width, examined.header.height) == (640, 320)
        with Image.open(io.BytesIO(examined.proxy)) as proxy:
            assert (proxy.format, proxy.size) == ("JPEG", (640, 320))
        with Image.open(io.BytesIO(examined.picture)) as picture:
            assert picture.format == "WEBP"

    def test_may_be_one_of_many_at_once(self, look):
        contents = [images.jpeg_bytes((200 + n, 100)) for n in range(12)]
        widths = []
        threads = [
            threading.Thread(target=lambda c=content: widths.append(look(c).header.width))
            for content in contents
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(120)
        assert sorted(widths) == [200 + n for n in range(12)]


class TestAFaultyFile:
    def test_is_told_by_its_fault(self, look):
        with pytest.raises(UnknownFormat) as caught:
            look(b"%PDF-1.4")
        assert caught.value.look == "a PDF document"
        with pytest.raises(UnreadableImage, match="too early"):
            look(images.jpeg_bytes((400, 300))[:-2000])
        with pytest.raises(TooManyPixels) as many:
            look(images.jpeg_bytes((400, 300)), max_pixels=100_000)
        assert many.value.header.pixels == 120_000


class TestAHostileFile:
    def test_that_computes_without_end_is_ended_and_not_called_damaged(self, look):
        with pytest.raises(TooCostly, match="more than 1 seconds of computing") as caught:
            look(slow_jpeg(), limits=Limits(cpu_seconds=1, memory_bytes=3_000_000_000))
        assert caught.value.kind == "cpu"
        assert "damaged" not in str(caught.value)

    def test_that_takes_too_much_memory_is_ended_and_not_called_damaged(self, look):
        small = Limits(cpu_seconds=15, memory_bytes=400_000_000)
        with pytest.raises(TooCostly, match="400 MB of memory") as caught:
            look(swollen_png(12_000), limits=small)
        assert caught.value.kind == "memory"

    def test_does_not_keep_others_waiting(self, look):
        start_all(look)
        slow = slow_jpeg()
        limits = Limits(cpu_seconds=3, memory_bytes=3_000_000_000)
        outcomes = []

        def suffer():
            with pytest.raises(TooCostly):
                look(slow, limits=limits)
            outcomes.append("slow")

        thread = threading.Thread(target=suffer)
        thread.start()
        for _ in range(5):
            look(images.jpeg_bytes((300, 200)))
            outcomes.append("good")
        thread.join(120)
        assert outcomes == ["good"] * 5 + ["slow"]

    def test_finds_no_secret_in_the_process_that_looks_at_it(self, look, monkeypatch):
        monkeypatch.setenv("BROMO_SECRET_KEY", "not-for-files")
        _slots._reset()
        look(images.jpeg_bytes((30, 20)))
        for slot in _slots._slots._idle:
            if slot._server is not None:
                environment = Path(f"/proc/{slot._server.pid}/environ").read_bytes()
                assert b"not-for-files" not in environment

    def test_is_looked_at_within_limits_that_the_kernel_knows(self, look):
        slots, seen = list(_slots._slots._idle), []

        def watch():
            while not seen:
                for slot in slots:
                    seen.extend(limits_of_children(slot))

        watcher = threading.Thread(target=watch, daemon=True)
        watcher.start()
        with pytest.raises(TooCostly):
            look(slow_jpeg(), limits=Limits(cpu_seconds=2, memory_bytes=1_000_000_000))
        seen.append("")
        told = seen[0]
        assert "Max cpu time              2 " in told
        assert "Max address space         1000000000 " in told
        assert "Max open files            32 " in told
        assert "Max file size             64000000 " in told


def start_all(look):
    """Has every server run, so that no look has to wait until one is there."""
    number = len(_slots._slots._idle)
    threads = [
        threading.Thread(target=look, args=(images.jpeg_bytes((40 + n, 30)),))
        for n in range(number)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)


def limits_of_children(slot):
    """The limits of the processes that a slot's server has forked and limited already."""
    if slot._server is None:
        return []
    pid = slot._server.pid
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        told = [Path(f"/proc/{child}/limits").read_text() for child in children]
    except OSError:  # it has just ended
        return []
    return [text for text in told if "Max open files            32 " in text]


class TestALostServer:
    def test_costs_one_look_and_is_replaced(self, look):
        look(images.jpeg_bytes((30, 20)))
        slot = _slots._slots._idle[-1]
        slot._server.kill()
        slot._server.wait()
        assert look(images.jpeg_bytes((30, 20))).header.width == 30

    def test_says_nothing_about_the_file(self, look):
        look(images.jpeg_bytes((30, 20)))
        slot = _slots._slots._idle[-1]
        os.kill(slot._server.pid, signal.SIGSTOP)
        try:
            with pytest.raises(SandboxError, match="lost, or silent"):
                slot.run({"path": "", "folder": "", "max_pixels": 1, "limits": {}}, 0.5)
        finally:
            assert slot._server is None
