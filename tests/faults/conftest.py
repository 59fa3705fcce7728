"""What loops of kills start from."""

from collections.abc import Iterator

import pytest

from tests.worlds.damage.warm_process import WarmProcess


@pytest.fixture(scope="module")
def warm() -> Iterator[WarmProcess]:
    """A process of its own for the tests of one file, to be killed again and again."""
    with WarmProcess() as process:
        yield process
