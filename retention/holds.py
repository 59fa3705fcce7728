"""Legal holds (tạm dừng xử lý): what is held is neither edited, moved, handed on nor destroyed.

Digitization, fixity checks and repair go on.
"""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.db.acts import newest_bodies, of_case_files
from archive_service.domain.account import Actor
from archive_service.domain.act import Act
from archive_service.domain.case_file import CaseFile, CaseFileStateError, CaseState
from archive_service.domain.hold import HOLD, LONGEST_AUTHORITY, LONGEST_REASON, Hold
from archive_service.domain.removal import CaseFileBeingDestroyedError
from archive_service.errors import ConflictError, InputError, NotFoundError


class CaseFileHeldError(ConflictError):
    """A hold is in force: the case file stays as it is until the last one is lifted."""

    code = "case-file-held"


class HoldNotFoundError(NotFoundError):
    """No hold bears this id, or it is not this account's to know."""

    code = "hold-not-found"


class HoldLiftedError(ConflictError):
    """The hold was lifted before."""

    code = "hold-lifted"


class HoldWordsError(InputError):
    """A hold names its reason and the paper of the authority that it rests on."""

    code = "hold-words"


def require_free(session: Session, case_file: CaseFile) -> None:
    """Ask before a held case file would be changed, in the transaction that changes it.

    The row is locked until that transaction ends: of a hold and an act that it stops, one sees the
    other, whichever comes first.

    Raises:
        CaseFileHeldError: a hold is in force.
        CaseFileBeingDestroyedError: the destroy gate was first.
    """
    lock_row(session, case_file.id)
    _require_not_claimed(session, case_file)
    held = in_force(session, case_file.id)
    if held:
        first = held[0]
        raise CaseFileHeldError(code=case_file.code, authority=first.authority, holds=len(held))


def _require_not_claimed(session: Session, case_file: CaseFile) -> None:
    """Asked of the row that is locked, not of what was read before."""
    of_it = select(CaseFile.removing_since).where(CaseFile.id == case_file.id)
    since = session.scalar(of_it)
    if since is not None:
        raise CaseFileBeingDestroyedError(code=case_file.code, since=clock.iso(since))


def lock_row(session: Session, case_file_id: UUID) -> None:
    """Let no hold come or go until this transaction ends."""
    session.execute(select(CaseFile.id).where(CaseFile.id == case_file_id).with_for_update())


def in_force(session: Session, case_file_id: UUID) -> list[Hold]:
    """The holds on a case file that are not lifted, the earliest first."""
    return list(
        session.scalars(
            select(Hold)
            .where(Hold.case_file_id == case_file_id, Hold.lifted_at.is_(None))
            .order_by(Hold.placed_at, Hold.id)
        )
    )


def held_case_files(session: Session) -> set[UUID]:
    """All case files that are held, for lists; takes no lock and stops nothing."""
    return set(session.scalars(select(Hold.case_file_id).where(Hold.lifted_at.is_(None))))


def place_hold(
    session: Session, case_file: CaseFile, *, reason: str, authority: str, actor: Actor
) -> tuple[Hold, bool]:
    """Hold a case file; the same order again is the same hold. Second: whether it is new.

    Raises:
        HoldWordsError: a word is missing or too long.
        CaseFileBeingDestroyedError: the destroy gate was first; nothing is left to hold.
        CaseFileStateError: destroyed, as those were that no gate of today has claimed.
    """
    reason = _words("reason", reason, LONGEST_REASON)
    authority = _words("authority", authority, LONGEST_AUTHORITY)
    lock_row(session, case_file.id)
    for known in in_force(session, case_file.id):
        if (known.reason, known.authority) == (reason, authority):
            return known, False
    _require_not_claimed(session, case_file)
    if case_file.state is CaseState.DESTROYED:
        raise CaseFileStateError(
            code=case_file.code, state=case_file.state, version=case_file.version_stored
        )
    hold = Hold(
        id=uuid4(),
        case_file_id=case_file.id,
        reason=reason,
        authority=authority,
        placed_by=actor.account,
        placed_at=clock.now(),
        lift_reason="",
        lifted_by="",
    )
    session.add(hold)
    _tell(session, hold, case_file, "hold:placed", at=hold.placed_at, actor=actor)
    return hold, True


def lift_hold(
    session: Session, hold: Hold, case_file: CaseFile, *, reason: str, actor: Actor
) -> None:
    """End a hold; others on the case file stay in force.

    Raises:
        HoldWordsError: no reason, or too long a one.
        HoldLiftedError: it was lifted before.
    """
    reason = _words("reason", reason, LONGEST_REASON)
    lock_row(session, case_file.id)
    session.refresh(hold)
    if hold.lifted_at is not None:
        raise HoldLiftedError(id=hold.id, on=clock.iso(hold.lifted_at), by=hold.lifted_by)
    hold.lifted_at, hold.lifted_by, hold.lift_reason = clock.now(), actor.account, reason
    _tell(session, hold, case_file, "hold:lifted", at=hold.lifted_at, actor=actor)


def restore_holds(session: Session) -> set[UUID]:
    """Rows of the newest acts, once acts and case files are back; the case files ever held.

    The store's locks are asked and set anew: what they are is not told in acts.
    """
    bodies, known = of_case_files(session, newest_bodies(session, HOLD))
    session.add_all(_hold_of(body) for body in bodies)
    session.flush()
    return known


def _words(name: str, text: str, longest: int) -> str:
    words = " ".join(text.split())
    if not words or len(words) > longest:
        raise HoldWordsError(field=name, longest=longest)
    return words


def _tell(
    session: Session, hold: Hold, case_file: CaseFile, tag: str, *, at: dt.datetime, actor: Actor
) -> None:
    """The hold as it is now, on its way into every copy, and the event beside it."""
    body = {
        "id": str(hold.id),
        "case_file_id": str(hold.case_file_id),
        "code": case_file.code,
        "reason": hold.reason,
        "authority": hold.authority,
        "placed_by": hold.placed_by,
        "placed_at": clock.iso(hold.placed_at),
        "lift_reason": hold.lift_reason,
        "lifted_by": hold.lifted_by,
        "lifted_at": hold.lifted_at and clock.iso(hold.lifted_at),
    }
    session.add(Act(kind=HOLD, subject_id=str(hold.id), at=at, document=body))
    told = {"hold": str(hold.id), "code": case_file.code, "authority": hold.authority}
    told["reason"] = hold.reason if hold.lifted_at is None else hold.lift_reason
    record_event(
        session,
        tag,
        subject_id=case_file.id,
        actor=actor,
        agency_id=case_file.agency_id,
        data=told,
    )


def _hold_of(body: dict[str, Any]) -> Hold:
    lifted_at = body["lifted_at"]
    return Hold(
        id=UUID(body["id"]),
        case_file_id=UUID(body["case_file_id"]),
        reason=body["reason"],
        authority=body["authority"],
        placed_by=body["placed_by"],
        placed_at=clock.parse_iso(body["placed_at"]),
        lift_reason=body["lift_reason"],
        lifted_by=body["lifted_by"],
        lifted_at=clock.parse_iso(lifted_at) if lifted_at else None,
    )
