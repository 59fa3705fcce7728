"""Giấy tiếp nhận: numbered once, printed, signed, and only then promised."""

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import clock, messages
from archive_service.db.numbers import draw_number
from archive_service.db.unit_of_work import Database, UnitOfWork
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import DigitalObject, Document, is_received_file
from archive_service.domain.intake.finding import Severity
from archive_service.domain.intake.submission import Submission
from archive_service.domain.people.account import WORKER, Account, Role
from archive_service.evidence.check_codes import note_handed_out
from archive_service.forms.numbers import format_number, parse_number
from archive_service.forms.typst_form import Press
from archive_service.settings import ArchiveSettings
from archive_service.signing.port import Signer
from archive_service.storage.copies.enrolment import active_names
from archive_service.storage.staging import Staging
from archive_service.storage.work_folder import work_place
from archive_service.text import nfc
from ingest.acceptance.receipt_paper import SYMBOL, PaperHalf, Receipt, VerifiedCopy, make_receipt
from ingest.checks.each.drafts import LEFT_OUT

FORM = "receipt"


@dataclass(frozen=True, slots=True)
class IssuedReceipt:
    """A signed receipt; its bytes lie in staging under ``sha256``."""

    number: str
    year: int | None
    sha256: str
    size_bytes: int
    issued_at: dt.datetime
    version: int
    inventory_sha256: str
    submission_id: UUID
    check: str  # the code by which anybody asks whether it is ours

    def as_document(self, case_file: CaseFile) -> dict[str, Any]:
        """What the act and the audit event say."""
        return {
            "number": self.number,
            "year": self.year,
            "code": case_file.code,
            "ocfl_id": case_file.ocfl_id,
            "version": self.version,
            "inventory_sha256": self.inventory_sha256,
            "sha256": self.sha256,
            "size_bytes": self.size_bytes,
            "issued_at": clock.iso(self.issued_at),
            "submission": str(self.submission_id),
        }


def receipt_due(session: Session, case_file_id: UUID) -> UUID:
    """The accepted submission that has no receipt: that of the case file, else what was added."""
    case_file = session.get_one(CaseFile, case_file_id)
    if not case_file.is_acknowledged or case_file.receipt_due_in is None:
        return case_file_id
    return session.scalars(
        select(Submission.id).where(
            Submission.case_file_id == case_file_id,
            Submission.version == case_file.receipt_due_in,
        )
    ).one()


def number_receipt(submission_id: UUID, *, uow: UnitOfWork) -> str:
    """The receipt's number; drawn at the first call for a submission, the same ever after.

    The counter and the row change in the caller's one transaction: no gap, no double.
    """
    row = _bearer(uow.session, submission_id)
    if row.receipt_number is None:
        year = clock.today().year
        number = draw_number(uow.session, FORM, year)
        row.receipt_number, row.receipt_year = format_number(number, SYMBOL), year
    return row.receipt_number


def note_issued(session: Session, case_file: CaseFile, issued: IssuedReceipt) -> None:
    """Keep its digest where its number stands; what was added waits for none any more."""
    row = _bearer(session, issued.submission_id)
    row.receipt_sha256 = issued.sha256
    handed = {"kind": FORM, "sha256": issued.sha256}
    agency = case_file.agency_id
    if issued.check:
        note_handed_out(session, issued.check, handed, actor=WORKER, agency_id=agency)
    if issued.submission_id != case_file.id:
        case_file.receipt_due_in = None


def _bearer(session: Session, submission_id: UUID) -> CaseFile | Submission:
    """Whose row holds the receipt: the case file that a submission became, else its own."""
    case_file = session.get(CaseFile, submission_id, with_for_update=True)
    if case_file is not None:
        return case_file
    return session.get_one(Submission, submission_id, with_for_update=True)


def last_numbers(receipts: Iterable[Mapping[str, Any]]) -> dict[int, int]:
    """Year → the last number that its counter gave, by what the acts say.

    A receipt may be signed in the year after its number was drawn; old acts do not tell the year.
    """
    last: dict[int, int] = {}
    for receipt in receipts:
        year = receipt.get("year") or clock.local(clock.parse_iso(receipt["issued_at"])).year
        last[year] = max(last.get(year, 0), parse_number(receipt["number"]).number)
    return last


def issue_receipt(
    submission_id: UUID,
    *,
    number: str,
    database: Database,
    staging: Staging,
    signer: Signer,
    archive: ArchiveSettings,
    folder: Path,
    press: Press,
) -> IssuedReceipt:
    """Print and sign the receipt of what is stored of a submission; the PDF goes into staging.

    It bears the code of ``press``. Nothing of it counts until the caller has committed its digest.
    """
    issued_at = clock.now().replace(microsecond=0)  # a PDF states whole seconds
    with database.read_only() as session:
        submission = session.get_one(Submission, submission_id)
        case_file = session.get_one(CaseFile, submission.case_file_id or submission_id)
        agency = session.get_one(Agency, case_file.agency_id)
        people = {
            account.name: account
            for account in session.scalars(
                select(Account).where(
                    Account.name.in_(
                        [submission.submitted_by, submission.decided_by, case_file.accepted_by]
                    )
                )
            )
        }
        counting = active_names(session)
        files = _handed_in(session, case_file, submission)
        receipt = _receipt(case_file, submission, agency, archive, people, number, counting, files)
        version = case_file.versions[(submission.version or 1) - 1]
        year = submission.receipt_year if submission.is_addition else case_file.receipt_year
    with work_place(folder, "receipt-") as place:
        target = place / "receipt.pdf"
        make_receipt(receipt, target, signer=signer, at=issued_at, press=press)
        with target.open("rb") as source:
            staged = staging.receive(source)
    return IssuedReceipt(
        number=number,
        year=year,
        sha256=staged.sha256,
        size_bytes=staged.size_bytes,
        issued_at=issued_at,
        version=version.number,
        inventory_sha256=version.inventory_sha256,
        submission_id=submission_id,
        check=press.check.code if press.check else "",
    )


def _receipt(
    case_file: CaseFile,
    submission: Submission,
    agency: Agency,
    archive: ArchiveSettings,
    people: dict[str, Account],
    number: str,
    counting: set[str],
    files: tuple[int, int],
) -> Receipt:
    version = case_file.versions[(submission.version or 1) - 1]
    decider = submission.decided_by or case_file.accepted_by
    accepter = people.get(decider)
    documents = _documents(case_file, submission)
    return Receipt(
        number=number,
        issuer_above=nfc(archive.superior),
        issuer=nfc(archive.name),
        place=archive.place,
        archive=archive.name,
        submitter=f"{_name(people, submission.submitted_by)}, {agency.name}",
        submitted_on=clock.local(submission.received_at).date(),
        code=case_file.code,
        title=case_file.title,
        started_on=_day(case_file.start_date),
        ended_on=_day(case_file.end_date),
        term=_term(case_file),
        documents=len(documents),
        pages=sum(document.number_of_page for document in documents),
        files=files[0],
        size_bytes=files[1],
        package_sha256=version.inventory_sha256,
        copies=[
            VerifiedCopy(copy.copy, copy.verified_at, copy.version)
            for copy in case_file.copies
            if copy.copy in counting
        ],
        recipients=(agency.name, archive.name),
        signer_position=messages.text(
            f"labels.roles.{accepter.role if accepter is not None else Role.ARCHIVIST}"
        ),
        signer_name=_name(people, decider),
        notes=list(
            dict.fromkeys(
                messages.finding(row.code, "vi", row.facts).message
                for row in submission.findings
                if row.severity is Severity.WARNING or row.code == LEFT_OUT
            )
        ),
        paper=_paper(case_file),
    )


def _documents(case_file: CaseFile, submission: Submission) -> list[Document]:
    """The documents that came with it."""
    came = submission.version or 1
    return [document for document in case_file.documents if document.added_in == came]


def _handed_in(session: Session, case_file: CaseFile, submission: Submission) -> tuple[int, int]:
    """How many files came with it, as minutes count them, and their bytes; none of the package."""
    query = (
        select(func.count(), func.coalesce(func.sum(DigitalObject.size_bytes), 0))
        .join(Document, Document.id == DigitalObject.document_id)
        .where(
            Document.case_file_id == case_file.id,
            Document.added_in == (submission.version or 1),
            is_received_file(),
        )
    )
    count, size_bytes = session.execute(query).one()
    return count, int(size_bytes)


def _paper(case_file: CaseFile) -> PaperHalf | None:
    if parts := case_file.papers:
        return PaperHalf(sum(part.sheets for part in parts), parts[0].handover.number)
    return None if case_file.is_complete else PaperHalf(case_file.number_of_paper)


def _name(people: dict[str, Account], account: str) -> str:
    return people[account].display_name if account in people else account


def _term(case_file: CaseFile) -> str:
    if case_file.permanent:
        return messages.text("forms.receipt.permanent")
    if case_file.ends_on is None and (event := case_file.rule.get("event")):
        event = messages.text(f"labels.retention-event.{event}")
        return messages.text("forms.receipt.waits", event=event)
    return messages.text(
        "forms.receipt.term", years=case_file.rule.get("years", ""), on=case_file.ends_on or ""
    )


def _day(text: str) -> dt.date | None:
    """A whole date; a year or a month alone is told by the code and the data, not here."""
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        return None
