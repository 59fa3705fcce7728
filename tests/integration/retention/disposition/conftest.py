"""Case files whose terms are over: made so once, and copied for each test that asks for it."""

from pathlib import Path

import pytest

from tests.worlds.archive import copy_home, open_home
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.retention.dispositions import make_due


@pytest.fixture(scope="session")
def due_home(held_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Both case files are due."""
    home = copy_home(held_home, tmp_path_factory.mktemp("due") / "home")
    with open_home(home) as services:
        make_due(services, OPEN_CODE, RESTRICTED_CODE)
    return home


@pytest.fixture
def both_due() -> None:
    """Whoever asks for it has a home where both are due."""


@pytest.fixture
def home(request: pytest.FixtureRequest, held_home: Path, tmp_path: Path) -> Path:
    """A copy of the home with two case files, or of the one where they are due."""
    due = "both_due" in request.fixturenames
    return copy_home(request.getfixturevalue("due_home") if due else held_home, tmp_path / "home")
