"""Recovery codes: each stands once for a second factor whose telephone is lost."""

import hashlib
import secrets

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.people.account import Account, RecoveryCode

COUNT = 10
_LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that is mistaken for another
_GROUPS, _LENGTH = 3, 4  # 59 bits: a digest without salt is enough


def renew_codes(session: Session, row: Account) -> list[str]:
    """Ten new ones, told this once; those from before are worth nothing."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.account_id == row.id))
    codes = [_drawn() for _ in range(COUNT)]
    now = clock.now()
    session.add_all(
        RecoveryCode(code_sha256=_digest(row, code), account_id=row.id, made_at=now)
        for code in codes
    )
    return codes


def take_code(session: Session, row: Account, given: str) -> bool:
    """Whether it is one of the account's that was not used yet; then it is used now."""
    taken = session.execute(  # compare and set: of two uses of one code one is refused
        update(RecoveryCode)
        .where(RecoveryCode.code_sha256 == _digest(row, given), RecoveryCode.used_at.is_(None))
        .values(used_at=clock.now())
        .returning(RecoveryCode.account_id)
        .execution_options(synchronize_session=False)
    )
    return taken.one_or_none() is not None


def count_left(session: Session, row: Account) -> int:
    """How many are good still."""
    left = select(func.count()).where(
        RecoveryCode.account_id == row.id, RecoveryCode.used_at.is_(None)
    )
    return session.scalar(left) or 0


def _drawn() -> str:
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_LENGTH)) for _ in range(_GROUPS))
    return "-".join(groups)


def _digest(row: Account, code: str) -> str:
    letters = "".join(letter for letter in code.lower() if letter in _LETTERS)
    return hashlib.sha256(f"{row.id}:{letters}".encode()).hexdigest()
