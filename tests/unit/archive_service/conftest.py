"""An archive that holds nothing yet."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive_service.services import Services
from tests.worlds.archive import new_home, open_home


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    """Its services: two agencies, their people, two copies."""
    with open_home(new_home(tmp_path / "home")) as opened:
        yield opened
