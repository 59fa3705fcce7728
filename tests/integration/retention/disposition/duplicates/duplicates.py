"""Case files that hold the same bytes, on an archive of their own."""

import datetime as dt
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from archive_service.bench.decided import decided_list
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.retention.disposition import DispositionItem, DispositionState, Ground
from archive_service.services import Services
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import PDF_NAME, Backends, new_home, open_home, person
from tests.worlds.clients import do_all
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.retention.packaged import package_anew

FIRST, SECOND, OTHER = (f"H40.18.2025.{number}.QLCT" for number in (31, 32, 33))
BYTES = "Chinchorro"  # stands in the document that both hold
ENDS_ON = dt.date(2040, 12, 31)


def doubled_home(place: Path, backends: Backends | None = None) -> Path:
    """A home with two case files of the same one document, and a third with another one."""
    home = new_home(place / "home", backends or Backends())
    with open_home(home) as services:
        for code, words in ((FIRST, BYTES), (SECOND, BYTES), (OTHER, OTHER)):
            folder = place / code
            write_pdf(folder / PDF_NAME, words=words)
            write_sheet(folder / "Hồ sơ.xlsx", [case_row(code)], [document_row(PDF_NAME, code)])
            (identifier,) = submit(folder, actor=person(services, "bach"), services=services)
            do_all(services)
            accept(services, identifier, actor=person(services, "lan"))
            do_all(services)
        last(services, FIRST, ENDS_ON)
        last(services, SECOND, ENDS_ON)
        last(services, OTHER, ENDS_ON)
        package_anew(services, FIRST, SECOND, OTHER)
    return home


def last(
    services: Services, code: str, ends_on: dt.date | None, *, permanent: bool = False
) -> None:
    """The last day of its term, as events would have it."""
    with services.writing() as session:
        row = case_row_of(services, code)
        found = session.get_one(CaseFile, row.id)
        found.permanent, found.ends_on = permanent, ends_on
        found.starts_on = dt.date(2020, 1, 1)


def case_row_of(services: Services, code: str) -> CaseFile:
    """The case file's own row."""
    with services.read_only() as session:
        return session.scalars(select(CaseFile).where(CaseFile.code == code)).one()


def decided_as_duplicate(
    services: Services,
    code: str,
    keeper: str,
    *,
    number: int = 1,
    ground: Ground = Ground.DUPLICATE,
) -> UUID:
    """The item of a list that was decided on: one case file, since another keeps the same."""
    with services.writing() as session:
        kept = case_row_of(services, keeper)
        decided = decided_list(
            [case_row_of(services, code)], number=number, state=DispositionState.EXECUTING
        )
        (item,) = decided.items
        item.ground, item.keeper_id, item.keeper_code = ground, kept.id, keeper
        session.add(decided)
        session.flush()
        decided.list_sha256 = decided.digest_of_list()
        made: DispositionItem = item
    return made.id
