"""Archives that hold case files, an application over one, and those who ask."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from archive_service.app import create_app
from archive_service.domain.people.account import Role
from archive_service.services import Services
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import copy_home, new_home, open_home, person
from tests.worlds.clients import (
    OPEN_CODE,
    RESTRICTED_CODE,
    Program,
    add_person,
    do_all,
    program_of,
    restricted_case,
)
from tests.worlds.damage.warm_process import WarmProcess
from tests.worlds.door import Door, open_door
from tests.worlds.main_job import Held, main_job
from tests.worlds.papers.bad_input import small_case
from tests.worlds.transfer.transfers import NewArchives, two_archives


@pytest.fixture(scope="session")
def held_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two case files stored, indexed, with their receipts; one of them open on conditions."""
    place = tmp_path_factory.mktemp("held")
    home = new_home(place / "home")
    with open_home(home) as services:
        add_person(services, "quan", Role.ADMIN)
        add_person(services, "kiem", Role.AUDITOR)
        small_case(place / "open", code=OPEN_CODE)
        restricted_case(place / "restricted", code=RESTRICTED_CODE)
        for name in ("open", "restricted"):
            (submission,) = submit(place / name, actor=person(services, "bach"), services=services)
            do_all(services)
            accept(services, submission, actor=person(services, "lan"))
        do_all(services)
    return home


@pytest.fixture
def home(held_home: Path, tmp_path: Path) -> Path:
    """A copy of that home of the test's own; files that begin with an empty one say so here."""
    return copy_home(held_home, tmp_path / "home")


@pytest.fixture
def services(home: Path) -> Iterator[Services]:
    """The services of the home."""
    with open_home(home) as opened:
        yield opened


@pytest.fixture
def two(held_home: Path, tmp_path: Path) -> Iterator[NewArchives]:
    """That archive, and a historical one that holds nothing yet."""
    with two_archives(held_home, tmp_path) as both:
        yield both


@pytest.fixture
def app(services: Services) -> Flask:
    """The application of one process over it."""
    return create_app(services)


@pytest.fixture
def archivist(app: Flask, services: Services) -> Program:
    """A program that acts for the archivist."""
    return program_of(app, services, "lan")


@pytest.fixture
def officer(app: Flask, services: Services) -> Program:
    """A program that acts for the officer."""
    return program_of(app, services, "bach")


@pytest.fixture
def reader(app: Flask, services: Services) -> Program:
    """A program that acts for the reader."""
    return program_of(app, services, "binh")


@pytest.fixture(scope="session")
def held(tmp_path_factory: pytest.TempPathFactory) -> Held:
    """The main job done on the samples. Only to be read: take ``spoilt`` to change it."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent  # the same for all workers of one run
    return main_job(folder / "main-job").copied(tmp_path_factory.mktemp("main-job") / "home")


@pytest.fixture
def spoilt(held: Held, tmp_path: Path) -> Held:
    """A copy of that archive for one test, which may do with it what it likes."""
    return held.copied(tmp_path / "home")


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    """The door of a new archive."""
    with open_door(tmp_path / "home") as opened:
        yield opened


@pytest.fixture(scope="module")
def warm() -> Iterator[WarmProcess]:
    """A process of its own for the tests of one file, to be killed again and again."""
    with WarmProcess() as process:
        yield process
