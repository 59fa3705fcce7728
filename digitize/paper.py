"""The paper twin: counted and received once, put into boxes, lent, returned; moves are kept."""

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.domain.account import Actor
from archive_service.domain.case_file import CaseFile, CaseState, complete_case_file
from archive_service.domain.paper import PaperBox, PaperHandover, PaperMovement, PaperPart
from archive_service.errors import ConflictError, InputError, NotFoundError

EVENTS = {
    "received": "paper:received",
    "put": "paper:put",
    "moved": "paper:moved",
    "lent": "paper:lent",
    "returned": "paper:returned",
}
LABEL_VERSION = "AB1"
_LONGEST_CODE = 60


class PaperBoxNotFoundError(NotFoundError):
    """No box bears this code."""

    code = "paper-box-not-found"


class PaperNotFoundError(NotFoundError):
    """No paper of this case file was received."""

    code = "paper-not-found"


class PaperCaseFileNotFoundError(NotFoundError):
    """No case file that the account may know of bears this code."""

    code = "paper-case-file-not-found"


class PaperBoxCodeError(InputError):
    """A code that no label of ours can carry."""

    code = "paper-box-code"


class PaperCountError(InputError):
    """The sheets counted are not those that the case file tells of, and nobody said why."""

    code = "paper-count-differs"


class PaperWordsError(InputError):
    """Who gives, who borrows, or how many: something that has to be said is missing."""

    code = "paper-words-missing"


class PaperCountedError(InputError):
    """Not a code and a number of sheets."""

    code = "paper-counted"


class PaperReceivedError(ConflictError):
    """The paper of this case file was received before."""

    code = "paper-received-already"


class PaperLentError(ConflictError):
    """It is lent, or it is not: the act does not fit."""

    code = "paper-lent"


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


def add_box(
    session: Session, code: str, *, store: str, shelf: str, note: str, actor: Actor
) -> PaperBox:
    """A new box; one that is there stays, and goes to the shelf that is told."""
    access.require(actor, "paper:keep")
    code = code.strip()
    if not 1 <= len(code) <= _LONGEST_CODE or any(one in code for one in "|: \t\n"):
        raise PaperBoxCodeError(code=code, most=_LONGEST_CODE)
    found = session.scalar(select(PaperBox).where(PaperBox.code == code))
    if found is not None:
        return move_box(session, found, store=store, shelf=shelf, reason=note, actor=actor)
    box = PaperBox(
        code=code,
        store=store.strip(),
        shelf=shelf.strip(),
        note=note.strip(),
        created_by=actor.account,
        created_at=clock.now(),
    )
    session.add(box)
    session.flush()
    record_event(
        session, "paper:box-added", subject_id=box.id, actor=actor, data={"place": box.place}
    )
    return box


def move_box(
    session: Session, box: PaperBox, *, store: str, shelf: str, reason: str, actor: Actor
) -> PaperBox:
    """Put a box on another shelf; what is not told stays."""
    access.require(actor, "paper:keep")
    before = box.place
    box.store, box.shelf = store.strip() or box.store, shelf.strip() or box.shelf
    if box.place != before:
        _note(session, "moved", actor, box, origin=before, target=box.place, reason=reason)
    return box


def find_box(session: Session, code: str) -> PaperBox:
    """The box; ``PaperBoxNotFoundError`` where there is none."""
    box = session.scalar(select(PaperBox).where(PaperBox.code == code.strip()))
    if box is None:
        raise PaperBoxNotFoundError(code=code)
    return box


def case_files_of(session: Session, codes: Iterable[str], *, actor: Actor) -> dict[str, CaseFile]:
    """The case files by code, in custody and visible to the account.

    Raises:
        PaperCaseFileNotFoundError: one is not there.
    """
    wanted = list(dict.fromkeys(codes))
    visible = access.visible(actor, "case-file:list", CaseFile.agency_id)
    held = CaseFile.state.in_((CaseState.ACCEPTED, CaseState.STORED))
    rows = session.scalars(select(CaseFile).where(CaseFile.code.in_(wanted), visible, held))
    found = {row.code: row for row in rows}
    for code in wanted:
        if code not in found:
            raise PaperCaseFileNotFoundError(code=code)
    return found


def counted_rows(
    session: Session, counted: Sequence[Counted], *, reason: str, actor: Actor
) -> list[dict[str, Any]]:
    """The rows of the minutes, where all of it can be received; nothing is written.

    Raises:
        PaperCaseFileNotFoundError, PaperBoxNotFoundError, PaperReceivedError
        PaperWordsError: nothing was counted.
        PaperCountError: a count differs from the case file's, without a reason.
    """
    access.require(actor, "paper:keep")
    if not counted or any(one.sheets < 1 for one in counted):
        raise PaperWordsError(missing="sheets")
    found = case_files_of(session, (one.code for one in counted), actor=actor)
    totals: dict[str, int] = {}
    for one in counted:
        totals[one.code] = totals.get(one.code, 0) + one.sheets
        if one.box:
            find_box(session, one.box)
    for code, row in found.items():
        access.require(actor, "paper:keep", row)
        if row.papers:
            raise PaperReceivedError(code=code, number=row.papers[0].handover.number)
        declared = row.number_of_paper
        if declared and declared != totals[code] and not reason.strip():
            raise PaperCountError(code=code, declared=declared, counted=totals[code])
    return [
        {
            "code": one.code,
            "title": found[one.code].title,
            "paper_file_code": found[one.code].paper_file_code or "",
            "sheets": one.sheets,
            "declared": found[one.code].number_of_paper,
            "box": one.box,
        }
        for one in counted
    ]


def receive(session: Session, handover: PaperHandover, *, actor: Actor) -> None:
    """Enter what the minutes say; the case files are complete from here on.

    Raises:
        PaperReceivedError: another took them in meanwhile.
    """
    found = case_files_of(session, (row["code"] for row in handover.rows), actor=actor)
    session.add(handover)
    ordinals: dict[str, int] = {}
    for row in handover.rows:
        code = row["code"]
        case_file = found[code]
        if code not in ordinals and case_file.papers:
            raise PaperReceivedError(code=code, number=case_file.papers[0].handover.number)
        ordinals[code] = ordinals.get(code, 0) + 1
        box = find_box(session, row["box"]) if row["box"] else None
        part = PaperPart(
            id=uuid4(),
            case_code=code,
            agency_id=case_file.agency_id,
            ordinal=ordinals[code],
            box_id=box and box.id,
            handover_id=handover.id,
            sheets=row["sheets"],
            received_at=handover.at,
        )
        session.add(part)
        session.flush()
        target = box.place if box else ""
        _note(
            session, "received", actor, part, origin=handover.giver, target=target,
            reason=handover.number,
        )  # fmt: skip


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


def put(
    session: Session, code: str, box: PaperBox, *, ordinal: int | None, reason: str, actor: Actor
) -> list[PaperPart]:
    """Put the paper of a case file, or one part of it, into a box."""
    access.require(actor, "paper:keep")
    found = [
        part
        for part in parts_of(session, code, actor=actor)
        if ordinal is None or part.ordinal == ordinal
    ]
    if not found:
        raise PaperNotFoundError(code=code)
    for part in found:
        if part.lent_to:
            raise PaperLentError(code=code, lent_to=part.lent_to)
        before = part.box.place if part.box else ""
        if part.box_id != box.id:
            part.box = box
            _note(session, "put", actor, part, origin=before, target=box.place, reason=reason)
    return found


def lend(
    session: Session, code: str, *, to: str, until: dt.date | None, reason: str, actor: Actor
) -> list[PaperPart]:
    """Let somebody take the paper of a case file away for a time.

    Raises:
        PaperNotFoundError
        PaperLentError: it is lent already.
        PaperWordsError: nobody is named, or the day is over.
    """
    access.require(actor, "paper:keep")
    if not to.strip() or (until is not None and until < clock.today()):
        raise PaperWordsError(missing="to" if not to.strip() else "until")
    found = parts_of(session, code, actor=actor)
    for part in found:
        if part.lent_to:
            raise PaperLentError(code=code, lent_to=part.lent_to)
        part.lent_to, part.lent_at, part.due_on = to.strip(), clock.now(), until
        place = part.box.place if part.box else ""
        _note(session, "lent", actor, part, origin=place, target=to.strip(), reason=reason)
    return found


def give_back(session: Session, code: str, *, reason: str, actor: Actor) -> list[PaperPart]:
    """Take the paper of a case file back into its boxes.

    Raises:
        PaperNotFoundError
        PaperLentError: it is not lent.
    """
    access.require(actor, "paper:keep")
    found = parts_of(session, code, actor=actor)
    if not any(part.lent_to for part in found):
        raise PaperLentError(code=code, lent_to="")
    for part in found:
        if part.lent_to:
            origin, place = part.lent_to, part.box.place if part.box else ""
            part.lent_to = part.lent_at = part.due_on = None
            _note(session, "returned", actor, part, origin=origin, target=place, reason=reason)
    return found


def boxes_with_sheets(session: Session, *, text: str = "") -> list[tuple[PaperBox, int, int]]:
    """Each box with its case files and sheets, by its code; ``text`` is part of a code or place."""
    query = (
        select(
            PaperBox,
            func.count(PaperPart.case_code.distinct()),
            func.coalesce(func.sum(PaperPart.sheets), 0),
        )
        .outerjoin(PaperPart, PaperPart.box_id == PaperBox.id)
        .group_by(PaperBox.id)
        .order_by(PaperBox.code)
    )
    if text.strip():
        like = f"%{text.strip()}%"
        query = query.where(
            PaperBox.code.ilike(like) | PaperBox.shelf.ilike(like) | PaperBox.store.ilike(like)
        )
    return [(box, int(count), int(sheets)) for box, count, sheets in session.execute(query)]


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


def label_text(box: PaperBox) -> str:
    """What the QR on a box's label holds."""
    return f"{LABEL_VERSION}|{box.code}"


def _note(
    session: Session,
    kind: str,
    actor: Actor,
    about: PaperPart | PaperBox,
    *,
    origin: str = "",
    target: str = "",
    reason: str = "",
) -> None:
    part = about if isinstance(about, PaperPart) else None
    code = part.case_code if part else ""
    session.add(
        PaperMovement(
            part_id=part and part.id,
            box_id=None if part else about.id,
            case_code=code,
            kind=kind,
            origin=origin,
            target=target,
            reason=reason.strip(),
            account=actor.account,
            at=clock.now(),
        )
    )
    of_case = select(CaseFile.id).where(CaseFile.code == code)
    told = {"code": code, "from": origin, "to": target, "reason": reason.strip()}
    record_event(
        session,
        EVENTS[kind],
        subject_id=(session.scalar(of_case) if part else None) or about.id,
        actor=actor,
        agency_id=part.agency_id if part else None,
        data={name: value for name, value in told.items() if value},
    )
