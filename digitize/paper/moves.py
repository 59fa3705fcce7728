"""Each move of paper: a row of its own, and an event of the audit trail."""

from uuid import UUID

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.acts import display_names
from archive_service.audit import record_event
from archive_service.domain.digitization.paper import PaperBox, PaperMovement, PaperPart
from archive_service.domain.people.account import Actor
from archive_service.text import telling
from digitize.paper.documents import MoveDocument

EVENTS = {
    "received": "paper:received",
    "put": "paper:put",
    "moved": "paper:moved",
    "lent": "paper:lent",
    "returned": "paper:returned",
}


def note_box_move(
    session: Session, box: PaperBox, *, origin: str, reason: str, actor: Actor
) -> None:
    """A box, with what is in it, went from ``origin`` to where it stands now."""
    move = PaperMovement(kind="moved", box_id=box.id, origin=origin, target=box.place)
    _note(session, move, subject_id=box.id, agency_id=None, reason=reason, actor=actor)


def note_move(
    session: Session,
    kind: str,
    part: PaperPart,
    *,
    subject_id: UUID | None,
    origin: str,
    target: str,
    reason: str,
    actor: Actor,
) -> None:
    """A part of a case file's paper went somewhere; ``subject_id``: of the case file, if known."""
    move = PaperMovement(
        kind=kind, part_id=part.id, case_code=part.case_code, origin=origin, target=target
    )
    subject_id = subject_id or part.id
    _note(
        session, move, subject_id=subject_id, agency_id=part.agency_id, reason=reason, actor=actor
    )


def moves_of_case(session: Session, code: str) -> list[MoveDocument]:
    """Each move of a case file's paper, the newest first."""
    return _moves(session, PaperMovement.case_code == code.strip())


def moves_of_box(session: Session, box: PaperBox, *, actor: Actor) -> list[MoveDocument]:
    """Moves of the box, and of what lies in it now as far as the account may know of it."""
    visible = access.visible(actor, "paper:list", PaperPart.agency_id)
    inside = select(PaperPart.id).where(PaperPart.box_id == box.id, visible)
    return _moves(session, or_(PaperMovement.box_id == box.id, PaperMovement.part_id.in_(inside)))


def _moves(session: Session, of: ColumnElement[bool]) -> list[MoveDocument]:
    newest = select(PaperMovement).where(of).order_by(PaperMovement.at.desc(), PaperMovement.id)
    rows = list(session.scalars(newest))
    people = display_names(session, [row.account for row in rows])
    return [
        MoveDocument.of_row(
            row,
            code=row.case_code,
            to=row.target,
            by=row.account,
            who=people.get(row.account, row.account),
        )
        for row in rows
    ]


def _note(
    session: Session,
    move: PaperMovement,
    *,
    subject_id: UUID,
    agency_id: UUID | None,
    reason: str,
    actor: Actor,
) -> None:
    move.reason, move.account, move.at = telling(reason), actor.account, clock.now()
    session.add(move)
    facts = {"code": move.case_code, "from": move.origin, "to": move.target, "reason": move.reason}
    record_event(
        session,
        EVENTS[move.kind],
        subject_id=subject_id,
        actor=actor,
        agency_id=agency_id,
        data={name: value for name, value in facts.items() if value},
    )
