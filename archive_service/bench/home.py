"""The home of a bench: case files received, checked and accepted, ready to be timed many times."""

import re
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select

from archive_service import worker
from archive_service.bench.backends import Backends
from archive_service.bootstrap import open_services
from archive_service.catalogue.agencies.acts import enlist_agency
from archive_service.demo.home import mark_home
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.submission import CHECK_JOB, Submission
from archive_service.domain.keeping.job import Job, JobState
from archive_service.domain.people.account import Actor, Role
from archive_service.errors import InputError
from archive_service.services import Services
from archive_service.settings import HOME_FILE, load_settings
from archive_service.setup import acts as setup_acts
from ingest.channels.opening import open_parcel
from ingest.channels.spreadsheet import read_declaration
from ingest.submissions import acts as submissions_acts
from ingest.submissions.held_since_check import HeldSinceError

OPERATOR = Actor(account="bench", role=Role.OPERATOR)
ARCHIVIST = Actor(account="bench", role=Role.ARCHIVIST)
HISTORICAL_CODE = "H40.98"
STORING = ("build-version", "publish-version")
_STAMPS = '[timestamp]\nurl = "demo:"\n[destruction]\nunsigned = "bench"\n'
_LOOK_AGAIN_S = 0.02  # the last jobs are in the hands of others
_AGENCY = re.compile(r"(.+?)\.(?:19|20)\d\d\.")  # what stands before the year


class BenchFolderError(InputError):
    """The folder holds a submission that cannot be accepted or stored."""


class BenchFolderEmptyError(InputError):
    """The folder is not there or holds no submission folder."""


def submission_folders(folder: Path) -> list[Path]:
    """The folders in ``folder`` that hold a spreadsheet, in name order; or ``folder`` itself.

    Raises:
        BenchFolderEmptyError: there are none.
    """
    inside = sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
    found = [path for path in [folder, *inside] if any(path.glob("*.xlsx"))]
    if not found:
        raise BenchFolderEmptyError(folder=folder)
    return found


@contextmanager
def opened(home: Path) -> Iterator[Services]:
    """The services of a home, closed afterwards."""
    services = open_services(load_settings(home))
    try:
        yield services
    finally:
        services.close()


def make_home(
    home: Path, folders: Sequence[Path], backends: Backends, *, historical: bool = False
) -> None:
    """An archive that knows the agencies of these submissions.

    ``historical``: the one that others hand over to, under a code of its own.
    """
    mark_home(home)  # what it signs is nobody's evidence
    code = HISTORICAL_CODE if historical else "H40.99"
    role = "historical" if historical else "current"
    text = f'[archive]\ncode = "{code}"\nname = "Bench"\nrole = "{role}"\n'
    (home / HOME_FILE).write_text(f"{text}{_STAMPS}{backends.as_toml()}", encoding="utf-8")
    services = open_services(load_settings(home))
    try:
        setup_acts.init_archive(services, actor=OPERATOR)
        for code in _agencies(folders, services):
            enlist_agency(services, code, code, actor=OPERATOR)
    finally:
        services.close()


def accept_folder(folder: Path, services: Services) -> list[UUID]:
    """Receive, check and accept what a folder holds.

    Raises:
        BenchFolderError: a submission has faults.
    """
    ids = submissions_acts.submit(folder, actor=ARCHIVIST, services=services)
    for submission_id in ids:
        worker.run_one(services, subject_id=submission_id, names=(CHECK_JOB,))
        with services.read_only() as session:
            row = session.get_one(Submission, submission_id)
            faults = [finding.code for finding in row.findings if finding.severity.value == "error"]
        if faults:
            raise BenchFolderError(folder=folder, found=faults)
        try:
            submissions_acts.accept(services, submission_id, actor=ARCHIVIST)
        except HeldSinceError:  # who was told of a document that is held may take it
            submissions_acts.accept(services, submission_id, actor=ARCHIVIST)
    return ids


def make_accepted(home: Path, folders: Sequence[Path], backends: Backends) -> int:
    """Receive, check and accept all; returns how many bytes of originals wait to be stored.

    Raises:
        BenchFolderError: a submission has faults.
    """
    make_home(home, folders, backends)
    services = open_services(load_settings(home))
    try:
        for folder in folders:
            accept_folder(folder, services)
        with services.read_only() as session:
            size = session.scalar(select(func.sum(Submission.size_bytes)))
    finally:
        services.close()
    return int(size or 0)


def copy_home(home: Path, target: Path) -> Path:
    """The same home once more; staged bytes are shared, since nobody changes them in place."""

    def laid(source: str, to: str) -> str:
        if "/staging/" in source:
            Path(to).hardlink_to(source)
            return to
        return str(shutil.copy2(source, to))

    shutil.copytree(home, target, copy_function=laid)
    return target


def store_all(services: Services) -> None:
    """Build and publish until no case file waits for its copies, beside other processes."""
    while True:
        if worker.run_one(services, names=STORING):
            continue
        if not _open_jobs(services):
            return
        time.sleep(_LOOK_AGAIN_S)


def require_stored(home: Path) -> None:
    """``BenchFolderError`` unless every case file of the home is stored."""
    services = open_services(load_settings(home))
    try:
        with services.read_only() as session:
            left = list(session.scalars(select(CaseFile.code).where(CaseFile.version_stored == 0)))
    finally:
        services.close()
    if left:
        raise BenchFolderError(folder=home, found=left)


def _open_jobs(services: Services) -> bool:
    open_states = (JobState.WAITING, JobState.RUNNING)
    with services.read_only() as session:
        query = select(Job.id).where(Job.name.in_(STORING), Job.state.in_(open_states))
        return session.scalar(query.limit(1)) is not None


def _agencies(folders: Sequence[Path], services: Services) -> list[str]:
    """Identifiers before the year of every code in the spreadsheets."""
    limits, found = services.settings.limits, set()
    for folder in folders:
        with open_parcel(folder, limits) as parcel:
            declaration, _ = read_declaration(parcel, limits)
            for declared in declaration.case_files:
                if known := _AGENCY.match(declared.fields.get("fileCode", "")):
                    found.add(known[1])
    return sorted(found)
