"""A home that holds something."""

from pathlib import Path

import pytest

from tests.worlds.backed_up import stocked_home


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """One case file stored, another at the desk."""
    return stocked_home(tmp_path / "home")
