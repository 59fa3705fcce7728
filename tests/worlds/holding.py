"""An archive at work: case files coming in while copies come, fail and leave."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import select

from archive_service.bootstrap import open_services
from archive_service.catalogue.holdings.rows import get_case_file
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.services import Services
from archive_service.settings import load_settings
from archive_service.storage.port import ObjectStore
from archive_service.worker import run_one, work
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import Backends, new_home, open_home, person, small_pdf_case
from tests.worlds.door import many_cases

_TRIES = 300


@contextmanager
def opened(home: Path, *copies: str, reserve: Sequence[str] = ()) -> Iterator[Services]:
    """The services of a home with these copies in its settings."""
    found = load_settings(home, home / "archive.toml")
    storage = found.storage.model_copy(update={"copies": list(copies), "reserve": list(reserve)})
    services = open_services(found.model_copy(update={"storage": storage}))
    try:
        yield services
    finally:
        services.close()


@contextmanager
def one_stored(folder: Path, backends: Backends) -> Iterator[Services]:
    """A new archive on these backends, with one case file stored in every copy."""
    with open_home(new_home(folder / "home", backends)) as services:
        source = small_pdf_case(folder / "source")
        (submission,) = submit(source, actor=person(services, "bach"), services=services)
        work(services, until_empty=True)
        accept(services, submission, actor=person(services, "lan"))
        work(services, until_empty=True)
        yield services


def take_in(services: Services, folder: Path, numbers: range) -> None:
    """Submit and accept a case file for each number; their bytes are not stored yet."""
    officer, archivist = person(services, "bach"), person(services, "lan")
    for submission in submit(many_cases(folder, numbers), actor=officer, services=services):
        while run_one(services, subject_id=submission, names=("check-submission",)):
            pass
        accept(services, submission, actor=archivist)


def try_all(services: Services) -> None:
    """Try every job that is due; those that have to wait are left for later."""
    for _ in range(_TRIES):
        if run_one(services) is None:
            return


def case_files(services: Services) -> list[CaseFile]:
    """All that are held."""
    with services.read_only() as session:
        return list(session.scalars(select(CaseFile).order_by(CaseFile.code)))


def bytes_of(copy: ObjectStore) -> dict[str, bytes]:
    """Every file of a copy but its own identity."""
    found = {}
    for key in copy.iter_keys():
        if key != "copy.json":
            with copy.open(key) as source:
                found[key] = source.read()
    return found


def take_away(folder: Path) -> Path:
    """As a disk that was pulled out; where it went."""
    return Path(shutil.move(folder, folder.with_name(f"{folder.name}-away")))


def case_of(services: Services, code: str) -> CaseFile:
    """The whole case file of this code, to be looked at when the session is closed."""
    with services.read_only() as session:
        return get_case_file(session, code, actor=person(services, "lan"))
