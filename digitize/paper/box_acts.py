"""Boxes of paper: put on shelves, listed with what is in them, labelled."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.domain.digitization.paper import PaperBox, PaperPart
from archive_service.domain.people.account import Actor
from archive_service.services import Services
from digitize.batches.separators import qr_svg
from digitize.paper import boxes as paper_boxes
from digitize.paper.documents import BoxDocument, MoveDocument
from digitize.paper.given import BoxIn, MoveIn, RenameIn
from digitize.paper.moves import moves_of_box
from digitize.paper.papers import print_labels

_CODES_ON_LABEL = 4


def add_box(services: Services, given: BoxIn, *, actor: Actor) -> BoxDocument:
    """Add a box, or move one that is there to another shelf."""
    with services.writing() as session:
        box = paper_boxes.add_box(session, actor=actor, **dict(given))
        return _box(box, *paper_boxes.amounts_in(session, box))


def move_box(services: Services, code: str, given: MoveIn, *, actor: Actor) -> BoxDocument:
    """Move a box with all that is in it to another shelf."""
    access.require(actor, "paper:keep")
    with services.writing() as session:
        box = paper_boxes.find_box(session, code)
        paper_boxes.move_box(session, box, actor=actor, **dict(given))
        return _box(box, *paper_boxes.amounts_in(session, box))


def rename_box(services: Services, code: str, given: RenameIn, *, actor: Actor) -> BoxDocument:
    """Give a box the code that was meant, while nothing lies in it."""
    with services.writing() as session:
        box = paper_boxes.rename_box(session, code, given.code, reason=given.reason, actor=actor)
        session.flush()
        return _box(box, 0, 0)


def remove_box(services: Services, code: str, *, reason: str = "", actor: Actor) -> None:
    """Take an empty box out of the list."""
    with services.writing() as session:
        paper_boxes.remove_box(session, code, reason=reason, actor=actor)


def list_boxes(
    services: Services, *, text: str = "", limit: int | None = None, actor: Actor
) -> tuple[list[BoxDocument], int]:
    """Each box by code, and how many there are.

    ``text`` is part of a box's code, shelf or store, or what its label says.
    """
    access.require(actor, "paper:list")
    with services.read_only() as session:
        found = paper_boxes.boxes_with_sheets(session, text=text, limit=limit)
        return [_box(*row) for row in found], paper_boxes.count_boxes(session, text=text)


def labels(services: Services, codes: Sequence[str], *, actor: Actor) -> bytes:
    """Labels of these boxes as PDF/A; of all of them where none is named.

    Raises:
        ActNotAllowedError, PaperBoxNotFoundError
    """
    access.require(actor, "paper:list")
    with services.read_only() as session:
        chosen = (
            list(paper_boxes.find_boxes(session, codes).values())
            if codes
            else [box for box, _, _ in paper_boxes.boxes_with_sheets(session)]
        )
        if not chosen:
            raise paper_boxes.PaperBoxNotFoundError(code="")
        inside = _codes_in(session, chosen)
        rows = [
            {
                "code": box.code,
                "place": " / ".join(part for part in (box.store, box.shelf) if part),
                "text": paper_boxes.label_text(box),
                "qr": qr_svg(paper_boxes.label_text(box)),
                "cases": _shortened(inside.get(box.id, [])),
            }
            for box in chosen
        ]
    return print_labels(
        rows,
        archive=services.settings.archive.name,
        at=clock.now().replace(microsecond=0),
        press=services.press,
    )


def _codes_in(session: Session, boxes: Sequence[PaperBox]) -> dict[UUID | None, list[str]]:
    """Codes of the case files in each box."""
    query = (
        select(PaperPart.box_id, PaperPart.case_code)
        .where(PaperPart.box_id.in_([box.id for box in boxes]))
        .distinct()
        .order_by(PaperPart.case_code)
    )
    found: dict[UUID | None, list[str]] = {}
    for box_id, code in session.execute(query):
        found.setdefault(box_id, []).append(code)
    return found


def _shortened(codes: Sequence[str]) -> str:
    more = len(codes) - _CODES_ON_LABEL
    shown = ", ".join(codes[:_CODES_ON_LABEL])
    return f"{shown} (+{more})" if more > 0 else shown


def _box(box: PaperBox, cases: int, sheets: int) -> BoxDocument:
    return BoxDocument.of_row(box, cases=cases, sheets=sheets)


def moves_of(services: Services, code: str, *, actor: Actor) -> list[MoveDocument]:
    """Moves of the box of this code and of what lies in it; none where there is no such box."""
    access.require(actor, "paper:list")
    with services.read_only() as session:
        box = session.scalar(select(PaperBox).where(PaperBox.code == code.strip()))
        return moves_of_box(session, box, actor=actor) if box is not None else []
