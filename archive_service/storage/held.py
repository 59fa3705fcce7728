"""Whether a case file is held, asked under its lock; an attempt against a hold leaves an event."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.audit import record_event
from archive_service.db.destroyed import require_not_claimed
from archive_service.db.held import in_force
from archive_service.db.unit_of_work import afterwards
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError


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


class CaseFileHeldError(ConflictError):
    """A hold is in force: the case file stays as it is until the last one is lifted."""

    code = "case-file-held"


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
