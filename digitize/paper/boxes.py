"""Boxes of paper: added, put on another shelf, found by code or by what a label's QR says."""

import re
from collections.abc import Iterable

from sqlalchemy import ColumnElement, func, select, update
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.db.words import has_words
from archive_service.domain.digitization.paper import PaperBox, PaperMovement, PaperPart
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, InputError, NotFoundError
from digitize.paper.moves import note_box_move

_LABEL = "AB1|"  # begins the text of a label: its version
_LONGEST_CODE = 60
# Our own rule: what any keyboard types and any label prints. A box of an older code keeps it.
_CODE = re.compile(r"[0-9A-Za-z]+(?:[-._/][0-9A-Za-z]+)*")
_AMOUNTS = (
    func.count(PaperPart.case_code.distinct()),
    func.coalesce(func.sum(PaperPart.sheets), 0),
)


class PaperBoxNotFoundError(NotFoundError):
    """No box bears this code."""


class PaperBoxCodeError(InputError):
    """Empty, too long, or with other letters than those of ``_CODE``."""


class PaperBoxTakenError(ConflictError):
    """Another box bears this code."""


class PaperBoxFilledError(ConflictError):
    """Paper that was signed for lies in it: its code stands in the minutes and on its label."""


def add_box(
    session: Session, code: str, *, store: str, shelf: str, note: str, actor: Actor
) -> PaperBox:
    """A new box; one that is there stays, and goes to the shelf that is told.

    Raises:
        ActNotAllowedError, PaperBoxCodeError
    """
    access.require(actor, "paper:keep")
    code = code.strip()
    found = session.scalar(select(PaperBox).where(PaperBox.code == code))
    if found is not None:
        return move_box(session, found, store=store, shelf=shelf, reason=note, actor=actor)
    _require_code(code)
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
    _record(session, "paper:box-added", box, actor, {"place": box.place})
    return box


def move_box(
    session: Session, box: PaperBox, *, store: str, shelf: str, reason: str, actor: Actor
) -> PaperBox:
    """Put a box on another shelf; what is not told stays."""
    access.require(actor, "paper:keep")
    before = box.place
    box.store, box.shelf = store.strip() or box.store, shelf.strip() or box.shelf
    if box.place != before:
        note_box_move(session, box, origin=before, reason=reason, actor=actor)
    return box


def rename_box(
    session: Session, code: str, new_code: str, *, reason: str, actor: Actor
) -> PaperBox:
    """Give an empty box the code that was meant.

    Raises:
        ActNotAllowedError, PaperBoxNotFoundError, PaperBoxCodeError
        PaperBoxTakenError: another box bears the new code.
        PaperBoxFilledError: something lies in it.
    """
    access.require(actor, "paper:keep")
    box, new_code = _empty_box(session, code), new_code.strip()
    _require_code(new_code)
    if new_code == box.code:
        return box
    if session.scalar(select(PaperBox.id).where(PaperBox.code == new_code)) is not None:
        raise PaperBoxTakenError(code=new_code)
    before, box.code = box.code, new_code
    _record(session, "paper:box-renamed", box, actor, {"from": before, "reason": reason})
    return box


def remove_box(session: Session, code: str, *, reason: str, actor: Actor) -> None:
    """Take an empty box out of the list; its moves stay, and so do minutes that name it.

    Raises:
        ActNotAllowedError, PaperBoxNotFoundError
        PaperBoxFilledError: something lies in it.
    """
    access.require(actor, "paper:keep")
    box = _empty_box(session, code)
    moved = update(PaperMovement).where(PaperMovement.box_id == box.id)
    session.execute(moved.values(box_id=None))
    session.delete(box)
    _record(session, "paper:box-removed", box, actor, {"place": box.place, "reason": reason})


def find_box(session: Session, code: str) -> PaperBox:
    """The box; ``PaperBoxNotFoundError`` where there is none."""
    return find_boxes(session, [code])[code.strip()]


def find_boxes(session: Session, codes: Iterable[str]) -> dict[str, PaperBox]:
    """Boxes by code, in the order asked for; ``PaperBoxNotFoundError`` of all that are none."""
    wanted = list(dict.fromkeys(code.strip() for code in codes))
    rows = session.scalars(select(PaperBox).where(PaperBox.code.in_(wanted)))
    found = {box.code: box for box in rows}
    if unknown := [code for code in wanted if code not in found]:
        raise PaperBoxNotFoundError(code=", ".join(unknown))
    return {code: found[code] for code in wanted}


def boxes_with_sheets(
    session: Session, *, text: str = "", limit: int | None = None
) -> list[tuple[PaperBox, int, int]]:
    """Each box with its case files and sheets, by its code; ``text`` as ``box_named``."""
    query = (
        select(PaperBox, *_AMOUNTS)
        .outerjoin(PaperPart, PaperPart.box_id == PaperBox.id)
        .where(box_named(text))
        .group_by(PaperBox.id)
        .order_by(PaperBox.code)
        .limit(limit)
    )
    return [(box, int(cases), int(sheets)) for box, cases, sheets in session.execute(query)]


def amounts_in(session: Session, box: PaperBox) -> tuple[int, int]:
    """Case files and sheets in a box."""
    cases, sheets = session.execute(select(*_AMOUNTS).where(PaperPart.box_id == box.id)).one()
    return int(cases), int(sheets)


def count_boxes(session: Session, *, text: str = "") -> int:
    """How many ``boxes_with_sheets`` would give without a limit."""
    counted = select(func.count()).select_from(PaperBox).where(box_named(text))
    return session.scalar(counted) or 0


def label_text(box: PaperBox) -> str:
    """What the QR on a box's label holds."""
    return f"{_LABEL}{box.code}"


def box_named(text: str) -> ColumnElement[bool]:
    """Whether ``text`` is what the box's label says, or part of its code, shelf or store."""
    wanted = text.strip()
    if wanted.startswith(_LABEL):
        return PaperBox.code == wanted.removeprefix(_LABEL)
    return has_words(wanted, PaperBox.code, PaperBox.shelf, PaperBox.store)


def _require_code(code: str) -> None:
    if len(code) > _LONGEST_CODE or _CODE.fullmatch(code) is None:
        raise PaperBoxCodeError(code=code, most=_LONGEST_CODE)


def _empty_box(session: Session, code: str) -> PaperBox:
    """The box, held until the commit: nothing can be put into it meanwhile."""
    box = find_box(session, code)
    session.refresh(box, with_for_update=True)
    cases, _ = amounts_in(session, box)
    if cases:
        raise PaperBoxFilledError(code=box.code, cases=cases)
    return box


def _record(session: Session, tag: str, box: PaperBox, actor: Actor, data: dict[str, str]) -> None:
    facts = {"code": box.code} | {name: value.strip() for name, value in data.items() if value}
    record_event(session, tag, subject_id=box.id, actor=actor, data=facts)
