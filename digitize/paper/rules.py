"""The paper twin: counted and received once, put into boxes, lent, returned."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session, selectinload

from archive_service import access, clock
from archive_service.domain.case_files.case_file import CaseFile, CaseState, complete_case_file
from archive_service.domain.digitization.paper import PaperBox, PaperHandover, PaperPart
from archive_service.domain.digitization.scan_batch import (
    BatchState,
    ScanBatch,
    ScanDocument,
    ScanPage,
)
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.removal import CaseFileBeingDestroyedError
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.text import telling
from digitize.paper.boxes import find_boxes
from digitize.paper.moves import note_move


class PaperNotFoundError(NotFoundError):
    """No paper of this case file was received."""


class PaperCaseFileNotFoundError(NotFoundError):
    """No case file that the account may know of bears this code."""


class PaperCountError(InputError):
    """The sheets counted are not those that the case file tells of, and nobody said why."""

    code = "paper-count-differs"


class PaperScannedError(InputError):
    """The sheets counted cannot be those that were scanned, and nobody said why."""

    code = "paper-scanned-differs"


class PaperSheetsError(InputError):
    """Nothing was counted."""

    code = "paper-sheets-missing"


class PaperPersonError(InputError):
    """Who gives the paper, or who borrows it, is not said."""

    code = "paper-person-missing"


class PaperDayError(InputError):
    """A day of return that is over."""

    code = "paper-day-over"


class PaperCountedError(InputError):
    """Not a code and a number of sheets."""


class PaperReceivedError(ConflictError):
    """The paper of this case file was received before."""

    code = "paper-received-already"


class PaperLentError(ConflictError):
    """It is away."""


class PaperNotLentError(ConflictError):
    """It is here, so it cannot come back."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted of one case file; ``box`` is a box's code, "": not in a box yet."""

    code: str
    sheets: int
    box: str = ""


def read_counted(text: str) -> Counted:
    """``CODE:SHEETS`` or ``CODE:SHEETS:BOX``; ``PaperCountedError`` for anything else."""
    code, _, rest = text.strip().partition(":")
    sheets, _, box = rest.partition(":")
    if not code or not sheets.strip().isdecimal():
        raise PaperCountedError(text=text)
    return Counted(code.strip(), int(sheets), box.strip())


def _case_files_of(
    session: Session, codes: Iterable[str], *, actor: Actor, locked: bool = False
) -> dict[str, CaseFile]:
    """The case files by code, in custody and visible to the account, with their paper.

    Raises:
        PaperCaseFileNotFoundError: some are not there.
        CaseFileBeingDestroyedError: the gate has claimed one.
    """
    wanted = list(dict.fromkeys(codes))
    visible = access.visible(actor, "case-file:list", CaseFile.agency_id)
    held = CaseFile.state.in_((CaseState.ACCEPTED, CaseState.STORED))
    query = (
        select(CaseFile)
        .where(CaseFile.code.in_(wanted), visible, held)
        .order_by(CaseFile.code)
        .options(selectinload(CaseFile.papers))
    )
    if locked:  # who hands over the same paper at this moment waits, and is refused
        query = query.with_for_update(key_share=True)
    found = {row.code: row for row in session.scalars(query)}
    if unknown := [code for code in wanted if code not in found]:
        raise PaperCaseFileNotFoundError(code=", ".join(unknown))
    for code in wanted:
        since = found[code].removing_since
        if since is not None:  # what comes now would be missing from the certificate
            raise CaseFileBeingDestroyedError(code=code, since=clock.iso(since))
    return found


def counted_rows(
    session: Session, counted: Sequence[Counted], *, reason: str, actor: Actor
) -> list[dict[str, Any]]:
    """The rows of the minutes, where all of it can be received; nothing is written.

    Raises:
        PaperCaseFileNotFoundError, PaperBoxNotFoundError, PaperReceivedError
        PaperSheetsError: nothing was counted.
        PaperCountError, PaperScannedError: a count that does not fit, without a reason.
    """
    access.require(actor, "paper:keep")
    if not counted or any(line.sheets < 1 for line in counted):
        raise PaperSheetsError
    found = _case_files_of(session, (line.code for line in counted), actor=actor)
    find_boxes(session, (line.box for line in counted if line.box))
    totals: dict[str, int] = {}
    for line in counted:
        totals[line.code] = totals.get(line.code, 0) + line.sheets
    scanned = _scanned_pages(session, found)
    for code, row in found.items():
        access.require(actor, "paper:keep", row)
        if row.papers:
            raise PaperReceivedError(code=code, number=row.papers[0].handover.number)
        declared = row.number_of_paper
        if declared and declared != totals[code] and not telling(reason):
            raise PaperCountError(code=code, declared=declared, counted=totals[code])
        pages = scanned.get(code, 0)
        if pages and not pages <= 2 * totals[code] <= 2 * pages and not telling(reason):
            raise PaperScannedError(code=code, pages=pages, counted=totals[code])
    return [
        {
            "code": line.code,
            "title": found[line.code].title,
            "paper_file_code": found[line.code].paper_file_code or "",
            "sheets": line.sheets,
            "declared": found[line.code].number_of_paper,
            "box": line.box,
        }
        for line in counted
    ]


def _scanned_pages(session: Session, codes: Iterable[str]) -> dict[str, int]:
    """How many pages of each case file came from paper; one or two are a sheet."""
    counted = session.execute(
        select(ScanDocument.case_code, func.count(ScanPage.id))
        .join(ScanPage, ScanPage.document_id == ScanDocument.id)
        .join(ScanBatch, ScanBatch.id == ScanPage.batch_id)
        .where(
            ScanDocument.case_code.in_(codes),
            ScanBatch.state == BatchState.RELEASED,
            ScanPage.is_sheet.is_(False),
            ScanPage.removed_at.is_(None),
        )
        .group_by(ScanDocument.case_code)
    )
    return {code: pages for code, pages in counted}


def receive(session: Session, handover: PaperHandover, *, actor: Actor) -> None:
    """Enter what the minutes say; the case files are complete from here on.

    Raises:
        PaperReceivedError: another took them in meanwhile.
    """
    rows = handover.rows
    found = _case_files_of(session, (row["code"] for row in rows), actor=actor, locked=True)
    for code, case_file in found.items():
        if case_file.papers:
            raise PaperReceivedError(code=code, number=case_file.papers[0].handover.number)
    boxes = find_boxes(session, (row["box"] for row in rows if row["box"]))
    session.add(handover)
    ordinals = dict.fromkeys(found, 0)
    parts = []
    for row in rows:
        case_file = found[row["code"]]
        ordinals[case_file.code] += 1
        part = PaperPart(
            case_code=case_file.code,
            agency_id=case_file.agency_id,
            ordinal=ordinals[case_file.code],
            box=boxes[row["box"]] if row["box"] else None,
            handover=handover,
            sheets=row["sheets"],
            received_at=handover.at,
        )
        parts.append(part)
    session.add_all(parts)
    session.flush()
    for part in parts:
        facts = {"origin": handover.giver, "target": part.place, "reason": handover.number}
        subject_id = found[part.case_code].id
        note_move(session, "received", part, subject_id=subject_id, actor=actor, **facts)


def parts_of(session: Session, code: str, *, actor: Actor) -> list[PaperPart]:
    """What was received of a case file.

    Raises:
        PaperNotFoundError: nothing, or nothing that the account may know of.
    """
    visible = access.visible(actor, "paper:list", PaperPart.agency_id)
    query = select(PaperPart).where(PaperPart.case_code == code.strip(), visible)
    found = list(session.scalars(query.order_by(PaperPart.ordinal)))
    if not found:
        raise PaperNotFoundError(code=code)
    return found


def parts_in_other_boxes(
    session: Session, code: str, box: PaperBox, *, part: int | None, actor: Actor
) -> list[PaperPart]:
    """Those of a case file, or the one part of it, that lie in a box already and not in this one.

    Raises:
        PaperNotFoundError
    """
    of_case = parts_of(session, code, actor=actor)
    wanted = [paper_part for paper_part in of_case if part is None or paper_part.ordinal == part]
    return [paper_part for paper_part in wanted if paper_part.box_id not in (None, box.id)]


def put(
    session: Session, code: str, box: PaperBox, *, ordinal: int | None, reason: str, actor: Actor
) -> list[PaperPart]:
    """Put the paper of a case file, or one part of it, into a box.

    Raises:
        PaperNotFoundError
        PaperLentError: it is away.
    """
    access.require(actor, "paper:keep")
    found = [
        part
        for part in parts_of(session, code, actor=actor)
        if ordinal is None or part.ordinal == ordinal
    ]
    if not found:
        raise PaperNotFoundError(code=code)
    _require_here(found)
    subject_id = _case_file_id(session, code)
    for part in found:
        before = part.place
        if part.box_id != box.id:
            part.box = box
            facts = {"origin": before, "target": box.place, "reason": reason}
            note_move(session, "put", part, subject_id=subject_id, actor=actor, **facts)
    return found


def lend(
    session: Session, code: str, *, to: str, until: dt.date | None, reason: str, actor: Actor
) -> list[PaperPart]:
    """Let somebody take the paper of a case file away for a time.

    Raises:
        PaperNotFoundError
        PaperLentError: it is lent already.
        PaperPersonError: nobody is named.
        PaperDayError: the day is over.
    """
    access.require(actor, "paper:keep")
    if not to.strip():
        raise PaperPersonError
    if until is not None and until < clock.today():
        raise PaperDayError(day=until)
    found = parts_of(session, code, actor=actor)
    _require_here(found)
    subject_id = _case_file_id(session, code)
    for part in found:
        part.lent_to, part.lent_at, part.due_on = to.strip(), clock.now(), until
        facts = {"origin": part.place, "target": part.lent_to, "reason": reason}
        note_move(session, "lent", part, subject_id=subject_id, actor=actor, **facts)
    return found


def give_back(session: Session, code: str, *, reason: str, actor: Actor) -> list[PaperPart]:
    """Take the paper of a case file back into its boxes.

    Raises:
        PaperNotFoundError
        PaperNotLentError
    """
    access.require(actor, "paper:keep")
    found = [part for part in parts_of(session, code, actor=actor) if part.lent_to]
    if not found:
        raise PaperNotLentError(code=code)
    subject_id = _case_file_id(session, code)
    for part in found:
        facts = {"origin": part.lent_to or "", "target": part.place, "reason": reason}
        part.lent_to = part.lent_at = part.due_on = None
        note_move(session, "returned", part, subject_id=subject_id, actor=actor, **facts)
    return found


def awaiting_paper(*, actor: Actor) -> Select[CaseFile]:
    """Case files that were digitized or are mixed, and whose paper nobody received."""
    return (
        select(CaseFile)
        .where(
            ~complete_case_file(),
            CaseFile.state.in_((CaseState.ACCEPTED, CaseState.STORED)),
            access.visible(actor, "case-file:list", CaseFile.agency_id),
        )
        .order_by(CaseFile.accepted_at, CaseFile.code)
    )


def _require_here(parts: Iterable[PaperPart]) -> None:
    for part in parts:
        if part.lent_to:
            raise PaperLentError(code=part.case_code, lent_to=part.lent_to)


def _case_file_id(session: Session, code: str) -> UUID | None:
    return session.scalar(select(CaseFile.id).where(CaseFile.code == code.strip()))
