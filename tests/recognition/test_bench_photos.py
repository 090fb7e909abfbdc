import tomllib

from bench.photos import LABELS, load_entries
from bench.tagging import SPLITS
from recognition.manifest import Group, load_manifest
from recognition.recognisers.local.taxonomy import load_taxonomy

ENTRIES = load_entries()


class TestTheLabelledPhotos:
    def test_use_words_of_the_taxonomy(self):
        words = {
            word
            for entry in ENTRIES.values()
            for word in [*entry["subject"], *entry.get("also", [])]
        }
        assert words <= set(load_taxonomy().labels)

    def test_come_from_a_pinned_file_or_a_named_package(self):
        pinned = {f.name for f in load_manifest() if f.group is Group.BENCH_PHOTOS}
        others = {name for name in ENTRIES if not name.startswith(("opencv-doc/", "flowers/"))}
        assert others <= pinned
        assert "flower_images.zip" in pinned

    def test_are_named_once(self):
        files = [tomllib.loads(path.read_text(encoding="utf-8")) for path in LABELS]
        assert sum(map(len, files)) == len(ENTRIES)

    def test_are_for_tuning_or_reporting_in_equal_parts_or_held_out(self):
        splits = [entry["split"] for entry in ENTRIES.values()]
        assert set(splits) == set(SPLITS)
        assert abs(splits.count("tune") - splits.count("report")) <= 5

    def test_hold_out_all_stock_photos_and_no_others(self):
        pinned = {f.name for f in load_manifest() if f.name.startswith("stock/")}
        assert len(pinned) == 100
        assert {name for name, entry in ENTRIES.items() if entry["split"] == "stock"} == pinned

    def test_leave_the_demo_photos_out(self):
        demo = {f.name for f in load_manifest() if f.group is Group.DEMO_PHOTOS}
        assert not demo & {name.split("/")[-1] for name in ENTRIES}
