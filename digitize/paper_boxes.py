"""Boxes of paper: added, put on another shelf, found by code or by what a label's QR says."""

from collections.abc import Iterable

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.domain.account import Actor
from archive_service.domain.paper import PaperBox, PaperPart
from archive_service.errors import InputError, NotFoundError
from digitize.paper_moves import note_box_move

_LABEL = "AB1|"  # begins the text of a label: its version
_LONGEST_CODE = 60
_AMOUNTS = (
    func.count(PaperPart.case_code.distinct()),
    func.coalesce(func.sum(PaperPart.sheets), 0),
)


class PaperBoxNotFoundError(NotFoundError):
    """No box bears this code."""

    code = "paper-box-not-found"


class PaperBoxCodeError(InputError):
    """A code that no label of ours can carry."""

    code = "paper-box-code"


def add_box(
    session: Session, code: str, *, store: str, shelf: str, note: str, actor: Actor
) -> PaperBox:
    """A new box; one that is there stays, and goes to the shelf that is told.

    Raises:
        ActNotAllowedError, PaperBoxCodeError
    """
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
        note_box_move(session, box, origin=before, reason=reason, actor=actor)
    return box


def find_box(session: Session, code: str) -> PaperBox:
    """The box; ``PaperBoxNotFoundError`` where there is none."""
    return find_boxes(session, [code])[code.strip()]


def find_boxes(session: Session, codes: Iterable[str]) -> dict[str, PaperBox]:
    """Boxes by code, in the order asked for; ``PaperBoxNotFoundError`` for the first not there."""
    wanted = list(dict.fromkeys(code.strip() for code in codes))
    rows = session.scalars(select(PaperBox).where(PaperBox.code.in_(wanted)))
    found = {box.code: box for box in rows}
    for code in wanted:
        if code not in found:
            raise PaperBoxNotFoundError(code=code)
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
    columns = (PaperBox.code, PaperBox.shelf, PaperBox.store)
    return or_(*(column.icontains(wanted, autoescape=True) for column in columns))
