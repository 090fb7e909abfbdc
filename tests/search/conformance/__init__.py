"""What every index has to answer, whichever engine is behind it."""

import pytest

pytest.register_assert_rewrite("tests.search.conformance.suite")
