"""A home whose case files are arranged."""

from pathlib import Path

import pytest

from ingest.submissions.acts import accept, submit
from tests.worlds.archive import copy_home, open_home, person
from tests.worlds.clients import do_all
from tests.worlds.ingest.three_documents import three_documents

NEW = "H40.18.2025.12.QLCT"


@pytest.fixture(scope="module")
def arranged_home(held_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home with one more case file, of three documents."""
    place = tmp_path_factory.mktemp("arranged")
    home = copy_home(held_home, place / "home")
    with open_home(home) as opened:
        (submission,) = submit(
            three_documents(place / "three"), actor=person(opened, "bach"), services=opened
        )
        do_all(opened)
        accept(opened, submission, actor=person(opened, "lan"))
        do_all(opened)
    return home


@pytest.fixture
def home(arranged_home: Path, tmp_path: Path) -> Path:
    """A copy of it of the test's own."""
    return copy_home(arranged_home, tmp_path / "home")
