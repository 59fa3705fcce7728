"""A holding that was misread, and where the way of its new reading leads; each made once a file."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from archive_service.services import Services
from digitize.rereading import acts as rereading_acts
from digitize.rereading.given import AdoptIn
from tests.worlds.archive import copy_home, open_home, person
from tests.worlds.clients import do_all
from tests.worlds.digitize.misread import misread_home


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case file of paper and one of a PDF, misread."""
    return misread_home(tmp_path_factory.mktemp("again"))


@pytest.fixture
def home(kept: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return copy_home(kept, tmp_path / "home")


@pytest.fixture(scope="module")
def first_asked(kept: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, UUID]:
    """The home where a proposal for both case files waits, and the proposal."""
    place = copy_home(kept, tmp_path_factory.mktemp("asked") / "home")
    with open_home(place) as services:
        made = rereading_acts.propose(services, actor=person(services, "lan"))
        do_all(services)
    return place, made


@pytest.fixture(scope="module")
def first_adopted(first_asked: tuple[Path, UUID], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The home where it was adopted."""
    place = copy_home(first_asked[0], tmp_path_factory.mktemp("adopted") / "home")
    with open_home(place) as services:
        rereading_acts.adopt(services, first_asked[1], AdoptIn(), actor=person(services, "lan"))
        do_all(services)
    return place


@pytest.fixture
def asked(first_asked: tuple[Path, UUID], tmp_path: Path) -> Iterator[tuple[Services, UUID]]:
    """Both case files were read again, and the proposal waits."""
    with open_home(copy_home(first_asked[0], tmp_path / "asked")) as services:
        yield services, first_asked[1]


@pytest.fixture
def adopted(first_adopted: Path, tmp_path: Path) -> Iterator[Services]:
    """The proposal was adopted."""
    with open_home(copy_home(first_adopted, tmp_path / "adopted")) as services:
        yield services
