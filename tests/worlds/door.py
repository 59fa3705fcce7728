"""A door to submit at: a new database, staging and ledger, with the sample's agency and plan."""

import datetime as dt
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from archive_service import clock
from archive_service.domain.agencies.agency import Agency, AgencyIdentifier
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanEntry, FilePlanState
from archive_service.domain.intake.finding import FindingRow, Severity
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Actor, Role
from archive_service.formats.malware import NoScanner, Scanner
from archive_service.jobs.ledger import JobLedger
from archive_service.jobs.port import RetryPolicy
from archive_service.settings import LimitSettings, load_settings
from archive_service.signing.trust.roots import Trust
from archive_service.storage.staging import FolderStaging, Staging
from ingest.channels.parcel import Parcel
from ingest.checks.examine import Examiner
from ingest.receiving.take_in import receive_submission
from ingest.submissions.check import check_submission
from retention.terms.rules import RetentionRule, schedules
from tests.worlds.servers.databases import make_tables, opened

OLD_CODE, NEW_CODE = "000.00.18.H40", "H40.18"
OFFICER = "bach"
FIRST_CODE = "H40.18.2025.08.QLCT"


class Door:
    """Everything that receiving and checking need, on a disk of its own."""

    def __init__(self, home: Path, url: str = "") -> None:
        self.home = home
        self.limits: LimitSettings = load_settings(home).limits
        address = url or f"sqlite:///{home / 'archive.db'}"
        make_tables(address)
        self.database = opened(address)
        self.staging: Staging = FolderStaging(home / "staging")
        self.jobs = JobLedger(self.database, RetryPolicy(60, 3, 1))
        self.scanner: Scanner = NoScanner()
        self.trust = Trust.none()
        self.agency_id = self._agency_id() or self.add_agency([OLD_CODE, NEW_CODE])
        self.officer = Actor(OFFICER, Role.OFFICER, self.agency_id)
        self.archivist = Actor("lan", Role.ARCHIVIST)

    def _agency_id(self) -> UUID | None:
        with self.database.read_only() as session:
            return session.scalar(select(Agency.id).where(Agency.code == NEW_CODE))

    def add_agency(self, codes: Sequence[str], *, served: bool = True) -> UUID:
        """An agency with its identifiers, the last one in use."""
        with self.database.unit_of_work() as uow:
            agency = Agency(code=codes[-1], name="Sở Công trình tỉnh Sơn Lam", served=served)
            agency.identifiers = [
                AgencyIdentifier(code=code, form="old" if code[0] == "0" else "new", level=2)
                for code in codes
            ]
            uow.session.add(agency)
            uow.commit()
            return agency.id

    def add_plan(self, year: int, *notations: str, approved: bool = True) -> None:
        """The agency's file plan of a year."""
        state = FilePlanState.APPROVED if approved else FilePlanState.DRAFT
        entries = [
            FilePlanEntry(ordinal=ordinal, notation=notation, title="Hồ sơ", term="20 năm")
            for ordinal, notation in enumerate(notations, start=1)
        ]
        with self.database.writing() as session:
            session.add(FilePlan(agency_id=self.agency_id, year=year, state=state, entries=entries))

    def receive(self, source: Path | Parcel, *, actor: Actor | None = None) -> list[UUID]:
        """Hand it in as the officer, or as ``actor``."""
        return receive_submission(
            source,
            actor=actor or self.officer,
            database=self.database,
            staging=self.staging,
            jobs=self.jobs,
            limits=self.limits,
        )

    def check(self, submission_id: UUID) -> Submission:
        """Check it, as a worker would."""
        examiner = Examiner(
            self.staging, scanner=self.scanner, trust=self.trust, limits=self.limits
        )
        check_submission(
            submission_id, database=self.database, examiner=examiner, find_rule=rule_of_today
        )
        return self.submission(submission_id)

    def checked(self, source: Path | Parcel, *, actor: Actor | None = None) -> Submission:
        """Hand in what is one submission, and check it."""
        (submission_id,) = self.receive(source, actor=actor)
        return self.check(submission_id)

    def submission(self, submission_id: UUID) -> Submission:
        """As it stands now, with its files and findings."""
        loaded = (selectinload(Submission.files), selectinload(Submission.findings))
        with self.database.read_only() as session:
            found = session.scalars(
                select(Submission).where(Submission.id == submission_id).options(*loaded)
            ).one()
            session.expunge_all()
            return found

    def submissions(self) -> list[Submission]:
        """All that there are."""
        with self.database.read_only() as session:
            ids = list(session.scalars(select(Submission.id).order_by(Submission.received_at)))
        return [self.submission(submission_id) for submission_id in ids]

    def events(self) -> list[str]:
        """The tags of the audit trail, in order."""
        with self.database.read_only() as session:
            return list(session.scalars(select(AuditEvent.tag).order_by(AuditEvent.number)))

    def staged(self) -> set[str]:
        """Digests of what lies in staging."""
        return set(self.staging.iter_digests())


def rule_of_today(code: str) -> RetentionRule | None:
    """The rule of a schedule in force."""
    return schedules().find(code, clock.today())


@contextmanager
def open_door(home: Path, url: str = "") -> Iterator[Door]:
    """A door, closed afterwards; ``url`` of a new database, if it is not to be a file."""
    home.mkdir(parents=True, exist_ok=True)
    door = Door(home, url)
    try:
        yield door
    finally:
        door.database.close()


def codes(submission: Submission, severity: Severity | None = None) -> list[str]:
    """Codes of its findings, of one severity or all."""
    rows: list[FindingRow] = submission.findings
    return [row.code for row in rows if severity is None or row.severity is severity]


def finding(submission: Submission, code: str) -> FindingRow:
    """The one finding with this code."""
    (found,) = [row for row in submission.findings if row.code == code]
    return found


def write_sheet(
    target: Path,
    case_files: Sequence[dict[str, Any]],
    documents: Sequence[dict[str, Any]],
    more: Mapping[str, Sequence[dict[str, Any]]] | None = None,
) -> Path:
    """A submission's spreadsheet with just these fields, by their names in the circular.

    ``more``: rows of sheets for photographs or recordings, by the sheet's name.
    """
    import xlsxwriter

    book = xlsxwriter.Workbook(str(target))
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    for name, rows in (("Hồ sơ", case_files), ("Văn bản", documents), *(more or {}).items()):
        sheet = book.add_worksheet(name)
        headings = list(dict.fromkeys(key for row in rows for key in row))
        sheet.write_row(0, 0, headings)
        for number, row in enumerate(rows, start=1):
            for column, key in enumerate(headings):
                value = row.get(key, "")
                if isinstance(value, dt.date):
                    sheet.write_datetime(number, column, value, day)
                elif isinstance(value, str):
                    sheet.write_string(number, column, value)
                else:
                    sheet.write(number, column, value)
    book.close()
    return target


def case_row(code: str = FIRST_CODE, **changed: Any) -> dict[str, Any]:
    """A good row of sheet Hồ sơ."""
    return {
        "fileCode": code,
        "title": "Hồ sơ bàn giao Trạm bơm Khe Lạnh",
        "maintenance": "05",
        "mode": "01",
        "language": "01",
        "startDate": "01/03/2025",
        "endDate": "30/06/2025",
        "confidenceLevel": "01",
    } | changed


def document_row(files: str, code: str = FIRST_CODE, **changed: Any) -> dict[str, Any]:
    """A good row of sheet Văn bản; its number tells documents of several case files apart."""
    return {
        "fileCode": code,
        "files": files,
        "typeName": "Biên bản",
        "codeNumber": "12" if code == FIRST_CODE else code.split(".")[-2:][0][-8:],
        "codeNotation": "BB-SCT",
        "issuedDate": dt.date(2025, 4, 12),
        "organName": "Sở Công trình tỉnh Sơn Lam",
        "subject": "Biên bản bàn giao",
    } | changed


def many_cases(folder: Path, numbers: Iterable[int]) -> Path:
    """One sheet with a case file for each number, ``H40.18.2025.{number}.QLCT``; one PDF each."""
    named = [f"H40.18.2025.{number}.QLCT" for number in numbers]
    for code in named:
        write_pdf(folder / f"{code}.pdf", words=code)
    documents = [document_row(f"{code}.pdf", code) for code in named]
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(code) for code in named], documents)
    return folder


def write_pdf(target: Path, *, words: str = "", pages: int = 1) -> Path:
    """A small PDF of blank pages; ``words`` in its title make its bytes differ."""
    import pikepdf

    pdf = pikepdf.new()
    for _ in range(pages):
        pdf.add_blank_page(page_size=(595, 842))
    pdf.docinfo["/Title"] = pikepdf.String(words or target.name)
    target.parent.mkdir(parents=True, exist_ok=True)
    pdf.save(target, min_version="1.7", deterministic_id=True)
    return target


def sha256_of(path: Path) -> str:
    """Digest of a small file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def one_case(folder: Path, **changed: str) -> Path:
    """A folder with one case file of one document."""
    write_pdf(folder / "van-ban" / "01.pdf")
    write_sheet(folder / "danh-sach.xlsx", [case_row(**changed)], [document_row("van-ban/01.pdf")])
    return folder
