import hashlib

import pytest

from recognition.manifest import Group, get_model, load_manifest, parse_manifest
from recognition.recognisers.local.recogniser import MODELS

CONTENT = b"what a model is made of"
ENTRY = f"""
[[wheel]]
group = "models"
package = "carrier"
version = "1.2.3"
licence = "Apache-2.0"
upstream = "https://example.org/model"

[[wheel.file]]
name = "model.bin"
member = "carrier/model.bin"
sha256 = "{hashlib.sha256(CONTENT).hexdigest()}"
size = {len(CONTENT)}
"""


class TestTheManifest:
    def test_names_every_model_that_the_local_recogniser_loads(self):
        assert {get_model(name).group for name in MODELS} == {Group.MODELS}

    def test_gives_every_file_a_licence_and_where_it_comes_from(self):
        for file in load_manifest():
            assert file.licence
            assert file.upstream.startswith("https://")

    def test_has_photos_for_the_demo_and_for_benchmarks(self):
        names = {file.name for file in load_manifest() if file.group is Group.DEMO_PHOTOS}
        assert names == {
            "astronaut.png",
            "coffee.png",
            "chelsea.png",
            "rocket.jpg",
            "motorcycle_left.png",
            "hubble_deep_field.jpg",
            "china.jpg",
            "flower.jpg",
        }
        assert sum(file.group is Group.BENCH_PHOTOS for file in load_manifest()) >= 60

    def test_keeps_the_members_of_a_wheel_together(self):
        wheels = [file.wheel for file in load_manifest()]
        runs = [w for w, before in zip(wheels, [None, *wheels], strict=False) if w != before]
        assert len(runs) == len(set(runs))


class TestParseManifest:
    def test_lets_a_file_inherit_from_its_wheel(self):
        (file,) = parse_manifest(ENTRY)
        assert file.licence == "Apache-2.0"
        assert file.wheel.requirement == "carrier==1.2.3"
        assert str(file.path) == "models/model.bin"

    def test_lets_a_file_overrule_its_wheel(self):
        (file,) = parse_manifest(ENTRY + 'licence = "CC0-1.0"\n')
        assert file.licence == "CC0-1.0"

    @pytest.mark.parametrize(
        ("old", "new"),
        [
            ('name = "model.bin"', 'name = "../model.bin"'),
            ('name = "model.bin"', 'name = "/model.bin"'),
            ('sha256 = "', 'sha256 = "0'),
            (f"size = {len(CONTENT)}", "size = 0"),
            ('group = "models"', 'group = "toys"'),
        ],
    )
    def test_refuses_an_entry_that_is_not_as_it_should_be(self, old, new):
        with pytest.raises(ValueError, match=r"."):
            parse_manifest(ENTRY.replace(old, new))

    def test_refuses_two_files_of_one_name(self):
        with pytest.raises(ValueError, match="twice"):
            parse_manifest(ENTRY + ENTRY)


class TestPinnedFile:
    def test_knows_its_content_again(self, tmp_path):
        (file,) = parse_manifest(ENTRY)
        path = tmp_path / "model.bin"
        assert not file.is_at(path)
        path.write_bytes(CONTENT)
        assert file.is_at(path)
        assert file.is_content(CONTENT)
        path.write_bytes(CONTENT.upper())
        assert not file.is_at(path)
