"""Whether a case file, its paper or its fonds is held, asked under the lock of the row.

An attempt against a hold leaves an event.
"""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.audit import record_event
from archive_service.db.destroyed import require_not_claimed
from archive_service.db.held import fonds_held, in_force
from archive_service.db.unit_of_work import afterwards
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.hold import Hold
from archive_service.errors import ConflictError
from archive_service.text import fold


class CaseFileHeldError(ConflictError):
    """A hold is in force: the case file stays as it is until the last one is lifted."""


class PaperHeldError(ConflictError):
    """A hold is in force, and the loan does not name the paper that the hold rests on."""


class FondsHeldError(ConflictError):
    """A hold on the whole fonds is in force: what is said of it stays as it is."""


def note_stopped(session: Session, of: CaseFile | Fonds, *, act: str, actor: Actor) -> None:
    """Who wanted what of a held case file or fonds, once this unit of work is over.

    ``act``: as ``access.py`` names it.
    """
    subject_id, agency_id, facts = of.id, of.agency_id, {"code": of.code}

    def note(own: Session) -> None:
        record_event(
            own,
            "hold:stopped",
            subject_id=subject_id,
            actor=actor,
            agency_id=agency_id,
            data=facts | {"act": act},
        )

    afterwards(session, note)


def require_free(session: Session, case_file: CaseFile, *, act: str, actor: Actor) -> None:
    """Ask before a held case file would be changed, in the transaction that changes it.

    Its row is locked until that transaction ends, and its fonds against a hold: of a hold and an
    act that it stops, one sees the other, whichever comes first.

    Args:
        act: what is wanted, as ``access.py`` names it; a refusal is an event that names it.

    Raises:
        CaseFileHeldError: a hold is in force.
        CaseFileBeingDestroyedError: the destroy gate was first.
        CaseFileDestroyedError: nothing of it is left.
    """
    lock_row(session, case_file.id)
    require_not_claimed(session, case_file.id)
    held = in_force(session, case_file.id)
    if held:
        note_stopped(session, case_file, act=act, actor=actor)
        first = held[0]
        raise CaseFileHeldError(code=case_file.code, authority=first.authority, holds=len(held))


def lock_row(session: Session, case_file_id: UUID) -> None:
    """Let no hold come or go until this transaction ends, on the case file or on its fonds."""
    row = select(CaseFile.fonds_id).where(CaseFile.id == case_file_id)
    fonds_id = session.scalar(row.with_for_update())
    shared = select(Fonds.id).where(Fonds.id == fonds_id)
    session.execute(shared.with_for_update(read=True, key_share=True))


def require_paper_free(
    session: Session, code: str, *, act: str, actor: Actor, basis: str | None = None
) -> None:
    """Ask before the paper of a case file would be moved, lent or said to be destroyed.

    The paper of a held case file stays findable and whole: it is received, put into its first box
    and taken back, and a box goes to another shelf with all that is in it. It does not change
    boxes, and is lent only on the ground of the paper that it is held by, which the loan's reason
    has to name.

    Args:
        session: of the transaction that does it.
        code: of the case file; paper of one that the database does not know is held by nothing.
        act: as ``access.py`` names it.
        actor: who wants it.
        basis: of a loan: its reason, which may name the authority of a hold in force.

    Raises:
        CaseFileHeldError, CaseFileBeingDestroyedError: as ``require_free``.
        PaperHeldError: of a loan that names none of the authorities.
    """
    case_file = session.scalar(select(CaseFile).where(CaseFile.code == code.strip()))
    if case_file is None:
        return
    if basis is None:
        require_free(session, case_file, act=act, actor=actor)
        return
    lock_row(session, case_file.id)
    require_not_claimed(session, case_file.id)
    held = in_force(session, case_file.id)
    if held and not any(fold(hold.authority) in fold(basis) for hold in held):
        note_stopped(session, case_file, act=act, actor=actor)
        raise PaperHeldError(code=case_file.code, authority=held[0].authority)


def require_fonds_free(session: Session, fonds: Fonds, *, act: str, actor: Actor) -> None:
    """Ask before what is said of a fonds, or the tree of its series, would be changed.

    Its row is locked until the transaction ends. Holds on single case files do not reach it.

    Args:
        session: of the transaction that does it.
        fonds: the one.
        act: as ``access.py`` names it.
        actor: who wants it.

    Raises:
        FondsHeldError: a hold on the whole of it is in force.
    """
    session.execute(select(Fonds.id).where(Fonds.id == fonds.id).with_for_update(key_share=True))
    held = session.scalars(select(Hold).where(fonds_held(fonds.id)).order_by(Hold.placed_at)).all()
    if held:
        note_stopped(session, fonds, act=act, actor=actor)
        raise FondsHeldError(code=fonds.code, authority=held[0].authority)
