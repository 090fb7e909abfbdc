"""How names are compared and sorted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dam.models import Asset
from dam.names import LONGEST_SORT_KEY, sort_key
from tests.factories import make_asset

IN_ORDER = [
    "2 cats.jpg", "ÄPFEL.jpg", "apfelmus.jpg", "Straße.jpg", "strassen.jpg", "zoë.jpg", "火山.jpg",
]  # fmt: skip


class TestASortKey:
    @pytest.mark.parametrize(
        ("one", "other"),
        [("CAFÉ.jpg", "cafe.JPG"), ("Straße", "STRASSE"), ("\uff46ull", "full"), ("e\u0301", "é")],
    )
    def test_is_one_for_spellings_that_stand_side_by_side(self, one, other):
        assert sort_key(one) == sort_key(other)

    @given(st.integers(0, 10**12), st.integers(0, 10**12))
    def test_has_numbers_come_by_their_size(self, one, other):
        keys = [sort_key(f"IMG_{number:04}.jpg") for number in (one, other)]
        assert (keys[0] < keys[1]) is (one < other)

    def test_keeps_the_marks_that_make_other_letters(self):
        assert sort_key("が") != sort_key("か")

    @given(st.text())
    def test_is_of_a_length_that_an_index_takes(self, name):
        assert len(sort_key(name.encode("utf-8", "replace").decode() * 50)) <= LONGEST_SORT_KEY


@pytest.mark.django_db
class TestFileNames:
    def test_are_sorted_alike_on_every_database(self):
        for name in reversed(IN_ORDER):
            make_asset(name)
        sorted_names = Asset.objects.order_by("name_key").values_list("file_name", flat=True)
        assert list(sorted_names) == IN_ORDER

    @pytest.mark.parametrize("rest", [{}, {"update_fields": ["file_name"]}])
    def test_are_sorted_by_the_new_name_once_they_are_changed(self, rest):
        asset = make_asset("zebra.jpg")
        asset.file_name = "Ape.jpg"
        asset.save(**rest)
        asset.refresh_from_db()
        assert bytes(asset.name_key) == b"ape.jpg"

    @pytest.mark.parametrize("rest", [{}, {"update_fields": ["title"]}])
    def test_give_way_to_titles_as_they_do_on_the_page(self, rest):
        asset = make_asset("zebra.jpg")
        asset.title = "Ape"
        asset.save(**rest)
        asset.refresh_from_db()
        assert bytes(asset.name_key) == b"ape"

    def test_are_left_alone_by_a_change_of_something_else(self):
        asset = make_asset("zebra.jpg")
        asset.file_name = "ape.jpg"
        asset.save(update_fields=["description"])
        asset.refresh_from_db()
        assert bytes(asset.name_key) == b"zebra.jpg"
