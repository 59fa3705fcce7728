"""Each move of paper: a row of its own, and an event of the audit trail."""

from uuid import UUID

from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.domain.account import Actor
from archive_service.domain.paper import PaperBox, PaperMovement, PaperPart

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


def _note(
    session: Session,
    move: PaperMovement,
    *,
    subject_id: UUID,
    agency_id: UUID | None,
    reason: str,
    actor: Actor,
) -> None:
    move.reason, move.account, move.at = reason.strip(), actor.account, clock.now()
    session.add(move)
    told = {"code": move.case_code, "from": move.origin, "to": move.target, "reason": move.reason}
    record_event(
        session,
        EVENTS[move.kind],
        subject_id=subject_id,
        actor=actor,
        agency_id=agency_id,
        data={name: value for name, value in told.items() if value},
    )
