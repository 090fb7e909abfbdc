import pytest

from search.index import Index, RoaringIndex, fold
from tests.search.conformance.suite import IndexConformance


class TestAProcessThatHearsOfEveryEdit(IndexConformance):
    @pytest.fixture
    def index(self):
        index = RoaringIndex()
        index.warm_up()
        return index


class TestAProcessThatReadsWhatIsStored(IndexConformance):
    """Changes are folded after each edit; every other time the process begins anew too."""

    @pytest.fixture
    def index(self):
        self.settled = 0
        return RoaringIndex()

    def settle(self, index: Index) -> None:
        fold(even_few=True)
        self.settled += 1
        if self.settled % 2:
            index.forget()
