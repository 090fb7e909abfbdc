"""Numbers to sort by keep their order however narrow they are kept."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from search.index._columns import NumberColumn

numbers = st.one_of(
    st.just(0),
    st.integers(1, 300),
    st.integers(63_000_000_000, 64_000_000_000),
    st.integers(1, 2**62),
)
edits = st.lists(st.tuples(st.integers(0, 40), numbers), max_size=30)


class TestAColumn:
    @given(first=st.lists(numbers, max_size=20), edits=edits)
    def test_tells_the_order_of_what_was_given_and_set(self, first, edits):
        column, expected = NumberColumn(np.array(first, dtype=np.int64)), dict(enumerate(first))
        for asset, number in edits:
            column.set(asset, number)
            expected[asset] = number
        keys = sorted(expected)
        told = column.of(np.array(keys, dtype=np.uint32)).tolist()
        by_number = sorted((expected[key], kept) for key, kept in zip(keys, told, strict=True))
        assert [kept for _number, kept in by_number] == sorted(told)
        assert len({*by_number}) == len({*told}) == len({*expected.values()})

    def test_takes_four_bytes_for_moments_and_two_for_confidences(self):
        moments = NumberColumn(np.array([0, 63_000_000_000, 63_500_000_000], dtype=np.int64))
        shares = NumberColumn(np.array([0, 7_000, 10_000], dtype=np.int64))
        keys = np.array([0, 1, 2], dtype=np.uint32)
        assert (moments.of(keys).itemsize, shares.of(keys).itemsize) == (4, 2)
