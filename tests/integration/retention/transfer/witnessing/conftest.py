"""Two archives with a log each."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.worlds.transfer.transfers import TwoArchives
from tests.worlds.transfer.witnesses import two_small


@pytest.fixture
def two(tmp_path: Path) -> Iterator[TwoArchives]:
    with two_small(tmp_path) as both:
        yield both
