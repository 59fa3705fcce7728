"""What a hold stops beside the case file itself: its paper half, and what is said of a held fonds.

The paper of a held case file stays findable and whole: it is received, put into its first box and
taken back, and a box goes to another shelf with all that is in it. It does not change boxes, and is
lent only on the ground of the paper that it is held by, which the loan's reason has to name.
"""

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.db.destroyed import require_not_claimed
from archive_service.db.held import fonds_held, in_force
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.hold import Hold
from archive_service.errors import ConflictError
from archive_service.storage.held import lock_row, note_stopped, require_free
from archive_service.text import fold


class PaperHeldError(ConflictError):
    """A hold is in force, and the loan does not name the paper that the hold rests on."""

    code = "paper-held"


class FondsHeldError(ConflictError):
    """A hold on the whole fonds is in force: what is said of it stays as it is."""

    code = "fonds-held"


def require_paper_free(
    session: Session, code: str, *, act: str, actor: Actor, basis: str | None = None
) -> None:
    """Ask before the paper of a case file would be moved, lent or said to be destroyed.

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
    if held and not any(fold(one.authority) in fold(basis) for one in held):
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
