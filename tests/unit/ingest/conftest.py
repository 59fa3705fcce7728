"""What tests of the way in start from."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.worlds.door import Door, open_door


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """The door of a new archive."""
    with open_door(tmp_path / "home") as opened:
        yield opened
