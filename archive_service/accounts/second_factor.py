"""The second factor of a decision that cannot be taken back: a code (RFC 6238) or a passkey.

The secret of codes is encrypted with a key of the home, which no backup of the database holds.
"""

import contextlib
import datetime as dt
import tempfile
from pathlib import Path
from typing import NamedTuple
from uuid import UUID

import pyotp
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.accounts.passkeys.ending import end_copied
from archive_service.accounts.passkeys.shown import is_answer, take_answer
from archive_service.accounts.recovery_codes import take_code
from archive_service.audit import record_event
from archive_service.db.unit_of_work import Database, afterwards
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import TOTP_STEP_S, Account, Actor, Role
from archive_service.errors import NotAllowedError
from archive_service.settings import Settings

_KEY = Path("keys") / "second-factor.key"
_DRIFT = (0, -1, 1)  # steps that a telephone's clock may be off
_TRIES = 5  # wrong codes of an account within ``_PAUSE``, then none is looked at
_PAUSE = dt.timedelta(minutes=15)
REST = dt.timedelta(hours=24)  # in which one that replaced another decides nothing
REFUSED = "account:second-factor-refused"


class SecondFactorMissingError(NotAllowedError):
    """No code was given, or the account has no second factor yet."""


class SecondFactorWrongError(NotAllowedError):
    """Not a code of now, or one that was used."""


class PasskeyCopiedError(SecondFactorWrongError):
    """Its counter went back: another device may have the same passkey, which is taken no more."""


class PasskeyUnverifiedError(SecondFactorWrongError):
    """The key was touched, and asked its user for no PIN, finger or face."""


class SecondFactorRestingError(NotAllowedError):
    """It took the place of another a short while ago, and decides nothing yet."""


class SecondFactorEnrolError(NotAllowedError):
    """The role signs in with a second factor, and the account has none: one is enrolled first."""


class SecondFactorOutsideError(NotAllowedError):
    """Outside the office nobody signs in without a second factor, and the account has none."""


class RoleOutsideError(NotAllowedError):
    """Who has this role works from the networks of the office alone, and this is none of them."""


class SecondFactorPausedError(NotAllowedError):
    """So many wrong codes that somebody may be guessing: none is looked at for a while."""


class Proof(NamedTuple):
    """How somebody proved who they are; by a recovery code where it is not ``by_factor``."""

    by_factor: bool
    rests_until: dt.datetime | None = None  # until then it decides nothing


def new_secret(home: Path) -> tuple[str, str]:
    """A secret for a telephone, and as it is kept: sealed with the key of the home."""
    secret = pyotp.random_base32()
    return secret, home_key(home).encrypt(secret.encode()).decode()


def has_second_factor(session: Session, actor: Actor) -> bool:
    """Whether the account of this actor has one: without it nothing that asks for one is done."""
    row = None if actor.account_id is None else session.get(Account, actor.account_id)
    return row is not None and row.has_factor


def prove_at_sign_in(
    session: Session, row: Account, otp: str, settings: Settings, *, inside: bool
) -> bool:
    """Take the code that signing in asks of this account, if any; a recovery code stands for it.

    Asked of the roles of ``accounts.second_factor``, of everybody from outside ``web.inside``. In
    a home that ``archive demo`` made nobody is: there the secret lies beside the passwords.

    Returns:
        Whether the second factor itself was shown.

    Raises:
        SecondFactorMissingError, SecondFactorWrongError, SecondFactorPausedError: see
            ``prove_second_factor``.
        SecondFactorOutsideError: from outside, without one.
    """
    is_named = row.role.value in settings.accounts.second_factor
    if settings.is_demo or (inside and not is_named):
        return False
    if not row.has_factor and not inside:
        raise SecondFactorOutsideError(account=row.name)
    if not row.has_factor:
        return False  # it is enrolled before anything else: see ``must_enrol``
    proof = prove_second_factor(session, row.id, otp, home=settings.home, takes_recovery=True)
    return proof.by_factor and proof.rests_until is None


def require_inside(role: Role, settings: Settings, *, inside: bool) -> None:
    """``RoleOutsideError`` for a role of ``accounts.inside_only`` from outside ``web.inside``."""
    if not inside and role.value in settings.accounts.inside_only:
        raise RoleOutsideError(role=role.value)


def must_enrol(row: Account, settings: Settings) -> bool:
    """Whether the account has no second factor yet, and its role signs in with one alone."""
    is_named = row.role.value in settings.accounts.second_factor
    return is_named and not row.has_factor and not settings.is_demo


def must_prove(
    row: Account, proved_at: dt.datetime | None, settings: Settings, *, elsewhere: bool = False
) -> bool:
    """Whether a grave act asks for a code: shown too long ago, or lacking where the role has one.

    At pages and at the shell who lacks one enrols it before anything else; a token goes past that,
    and so does who showed a trusted one ``elsewhere``, at the identity provider.
    """
    if settings.is_demo or not (row.has_factor or elsewhere):
        return must_enrol(row, settings)
    fresh = dt.timedelta(minutes=settings.accounts.proof_minutes)
    return proved_at is None or clock.now() - proved_at > fresh


def resting_until(row: Account) -> dt.datetime | None:
    """Until when codes that replaced others decide nothing; ``None`` where they may."""
    return _future(None if row.totp_replaced_at is None else row.totp_replaced_at + REST)


def _future(until: dt.datetime | None) -> dt.datetime | None:
    return until if until is not None and until > clock.now() else None


def require_second_factor(
    session: Session, account_id: UUID | None, otp: str | None, *, home: Path
) -> None:
    """Take a code or a passkey's answer for a decision, in the transaction of that act.

    Raises:
        SecondFactorRestingError: it took another's place, or came to another, within the last day.
        SecondFactorMissingError, SecondFactorWrongError, SecondFactorPausedError: see
            ``prove_second_factor``.
    """
    row = None if account_id is None else session.get(Account, account_id)
    until = None if row is None or is_answer(otp or "") else resting_until(row)
    if until is None:
        until = prove_second_factor(session, account_id, otp, home=home).rests_until
    if row is not None and until is not None:
        raise SecondFactorRestingError(account=row.name, until=until)


def prove_second_factor(
    session: Session,
    account_id: UUID | None,
    otp: str | None,
    *,
    home: Path,
    takes_recovery: bool = False,
) -> Proof:
    """Take what shows who has a second factor of an account: a code, or a passkey's answer.

    None is taken twice. ``takes_recovery``: a recovery code stands for it.

    Raises:
        SecondFactorMissingError: none was given, or the account has no second factor.
        SecondFactorWrongError: not the code of now, or one that was taken; no answer of a passkey
            of the account to what it was asked. The caller has it noted by ``note_refused``, since
            its own transaction goes.
        SecondFactorPausedError: too many wrong ones lately.
    """
    row = None if account_id is None else session.get(Account, account_id)
    if row is None or not row.has_factor:
        raise SecondFactorMissingError(account="" if row is None else row.name, enrolled=False)
    if not (given := "".join((otp or "").split())):
        raise SecondFactorMissingError(account=row.name, enrolled=True)
    _require_tries_left(session, row)
    if is_answer(given):
        return _by_passkey(session, row, given)
    if takes_recovery and take_code(session, row, given):
        return Proof(by_factor=False)
    step = _step_of(row.totp_secret or "", given, home)
    if step is None:
        raise SecondFactorWrongError(account=row.name)
    taken = session.execute(  # compare and set: of two acts with one code one is refused
        update(Account)
        .where(Account.id == row.id, or_(Account.totp_step.is_(None), Account.totp_step < step))
        .values(totp_step=step)
        .returning(Account.id)
        .execution_options(synchronize_session=False)
    )
    if taken.one_or_none() is None:
        raise SecondFactorWrongError(account=row.name)
    return Proof(by_factor=True, rests_until=resting_until(row))


def _by_passkey(session: Session, row: Account, given: str) -> Proof:
    shown = take_answer(session, row, given)
    if shown is None:
        raise SecondFactorWrongError(account=row.name)
    if shown.is_copied:
        copied = shown.key.id
        afterwards(session, lambda own: end_copied(own, copied))
        raise PasskeyCopiedError(account=row.name, key=shown.key.name)
    if not shown.is_verified:
        raise PasskeyUnverifiedError(account=row.name, key=shown.key.name)
    return Proof(by_factor=True, rests_until=_future(shown.key.rests_until))


def prove_new(session: Session, row: Account, otp: str, *, home: Path) -> int:
    """The time step of a code of the second factor that is being enrolled.

    Raises:
        SecondFactorWrongError, SecondFactorPausedError
    """
    _require_tries_left(session, row)
    step = _step_of(row.totp_next or "", "".join(otp.split()), home)
    if step is None:
        raise SecondFactorWrongError(account=row.name)
    return step


def note_refused(database: Database, actor: Actor, *, of: Account | None = None) -> None:
    """A wrong code leaves an event, whatever became of the act that it was for.

    ``of``: whose code it was to be, where that is another's than the actor's.
    """
    with database.writing() as session:
        record_event(
            session,
            REFUSED,
            subject_id=actor.account_id if of is None else of.id,
            actor=actor,
            agency_id=actor.agency_id if of is None else of.agency_id,
            data={"name": actor.account if of is None else of.name},
        )


def _require_tries_left(session: Session, row: Account) -> None:
    lately = select(func.count(), func.min(AuditEvent.at)).where(
        AuditEvent.tag == REFUSED,
        AuditEvent.subject_id == str(row.id),
        AuditEvent.at > clock.now() - _PAUSE,
    )
    count, first = session.execute(lately).one()
    if count >= _TRIES:
        raise SecondFactorPausedError(account=row.name, until=first + _PAUSE)


def _step_of(sealed: str, given: str, home: Path) -> int | None:
    """The time step that the code belongs to; ``None``: to none near now."""
    try:
        secret = home_key(home).decrypt(sealed.encode()).decode()
    except InvalidToken:
        return None  # sealed by another home's key: enrolled anew
    totp = pyotp.TOTP(secret, interval=TOTP_STEP_S)
    now = int(clock.now().timestamp()) // TOTP_STEP_S
    for drift in _DRIFT:
        if pyotp.utils.strings_equal(given, totp.generate_otp(now + drift)):
            return now + drift
    return None


def home_key(home: Path) -> Fernet:
    """Made once for a home; every process reads the same."""
    final = home / _KEY
    if not final.exists():
        final.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=final.parent, prefix=".factor-") as folder:
            made = Path(folder) / "key"
            made.touch(mode=0o600)
            made.write_bytes(Fernet.generate_key())
            with contextlib.suppress(FileExistsError):  # another process was first
                final.hardlink_to(made)
    return Fernet(final.read_bytes())
