"""A transfer on its way: what the giver built, made once and copied for each test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.worlds.archive import copy_home, open_home
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.transfer.transfers import TwoArchives, built, two_archives


@pytest.fixture(scope="session")
def handing_over(held_home: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``giver``, who built a transfer of both case files, and with it in ``out``."""
    folder = tmp_path_factory.mktemp("handing-over")
    with open_home(copy_home(held_home, folder / "giver")) as services:
        built(services, folder / "out", OPEN_CODE, RESTRICTED_CODE)
    return folder


@pytest.fixture
def two(handing_over: Path, tmp_path: Path) -> Iterator[TwoArchives]:
    """That giver, and a historical archive that holds nothing yet."""
    with two_archives(handing_over / "giver", tmp_path) as both:
        yield both


@pytest.fixture
def disk(handing_over: Path, tmp_path: Path) -> Path:
    """A folder with both case files, as the giver built it."""
    return Path(shutil.copytree(handing_over / "out", tmp_path / "out"))
