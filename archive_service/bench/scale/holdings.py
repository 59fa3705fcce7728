"""An archive that holds so many case files: a few real ones, and the rest by rows and index."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from archive_service import worker
from archive_service.bench import home as homes
from archive_service.bench.people import People
from archive_service.bench.seed import Seeds, gather_statistics
from archive_service.db.engine import WRITING
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.submission import CHECK_JOB, Submission, SubmissionState
from archive_service.services import Services
from archive_service.workflow.case_file import STEPS
from ingest.submissions import acts as submissions_acts
from search.port import Entry

WORD = "giay"  # stands in every one that is found
_AT_ONCE = 500
_YEARS = 20
_DISTINCT = 1000  # words of which each stands in one of so many


@dataclass(frozen=True, slots=True)
class Holdings:
    """One archive, whom it answers, and how many it holds."""

    services: Services
    people: People
    held: int

    def take(self, folder: Path) -> None:
        """One case file from its folder to its receipt and the index."""
        homes.accept_folder(folder, self.services)
        _work(self.services, folder)

    def size_bytes(self) -> dict[str, int]:
        """Of all rows, and of the index where that is a file of the home."""
        home = self.services.settings.home
        index = [path for path in home.glob("*search*") if path.is_file()]
        sizes = {"rows": _size_of_rows(self.services)}
        return sizes | ({"index": sum(path.stat().st_size for path in index)} if index else {})


def fill(services: Services, people: People, folders: list[Path], target: int) -> Holdings:
    """The folders, the last of them left waiting on the desk; then copies until ``target`` is held.

    The copies have rows and stand in the index, but have no bytes.
    """
    *kept, waiting = folders
    for folder in kept:
        homes.accept_folder(folder, services)
        _work(services, folder)
    _leave_on_desk(services, people, waiting)
    with services.database.engine.connect() as connection:
        seeds = Seeds(connection)
    times = max(0, target // seeds.case_files - 1)
    if times:
        engine = services.database.engine.execution_options(**{WRITING: True})
        with engine.begin() as connection:
            seeds.add(connection, times)
    gather_statistics(services)
    with services.read_only() as session:
        entries_of = _entries(session)
        while entries := list(itertools.islice(entries_of, _AT_ONCE)):
            services.index.replace_many([entry.case_file_id for entry in entries], entries)
        held = session.scalar(select(func.count()).select_from(CaseFile)) or 0
    return Holdings(services, people, held)


def _entries(session: Session) -> Iterator[Entry]:
    """What search knows of each case file: years and words as they would be spread."""
    columns = (CaseFile.id, CaseFile.code, CaseFile.agency_id, CaseFile.mode)
    whole = Entry(UUID(int=0), "", WORD, UUID(int=0), 0, "", fonds="")
    query = select(*columns).execution_options(yield_per=_AT_ONCE)
    for number, row in enumerate(session.execute(query)):
        yield replace(
            whole,
            case_file_id=row.id,
            code=row.code,
            text=f"{WORD} so{number % _DISTINCT}",
            agency_id=row.agency_id,
            year=2025 - number % _YEARS,
            mode=row.mode,
        )


def _leave_on_desk(services: Services, people: People, folder: Path) -> None:
    """Received from the officer and checked, not decided."""
    (submission,) = submissions_acts.submit(folder, actor=people.officer, services=services)
    worker.run_one(services, subject_id=submission, names=(CHECK_JOB,))
    with services.read_only() as session:
        found = session.get_one(Submission, submission).state
    if found is not SubmissionState.CHECKED:
        raise homes.BenchFolderError(folder=folder, found=found)


def _work(services: Services, folder: Path) -> None:
    while outcome := worker.run_one(services, names=STEPS.keys()):
        if outcome != "done":
            raise homes.BenchFolderError(folder=folder, found=outcome)


def _size_of_rows(services: Services) -> int:
    engine = services.database.engine
    with engine.connect() as connection:
        if engine.dialect.name == "postgresql":
            return connection.scalar(text("SELECT pg_database_size(current_database())")) or 0
        pages, each = (
            connection.scalar(text(f"PRAGMA {name}")) or 0 for name in ("page_count", "page_size")
        )
        return int(pages) * int(each)
