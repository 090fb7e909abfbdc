"""Counting sets of assets."""

from hypothesis import given
from hypothesis import strategies as st
from pyroaring import BitMap

from search.index._matching import Faces

SETS = st.dictionaries(st.integers(1, 4), st.sets(st.integers(0, 12)).map(BitMap))


class TestFaces:
    @given(assets=SETS, having=SETS)
    def test_count_an_asset_once_on_however_many_of_them_it_has_a_value(self, assets, having):
        expected = {
            key for face, of_face in assets.items() for key in of_face & having.get(face, BitMap())
        }
        assert Faces(assets).count(lambda face: having.get(face, BitMap())) == len(expected)
