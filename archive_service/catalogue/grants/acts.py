"""Grants to read or to manage: given, listed, ended."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.acts import find_account
from archive_service.accounts.gains import rules
from archive_service.accounts.gains.granting import note_given
from archive_service.accounts.granted import end_one, manages_by_grant, reads_by_grant
from archive_service.catalogue.grants.documents import (
    GrantDocument,
    Granting,
    GrantList,
    RemainingDocument,
)
from archive_service.catalogue.grants.remaining import remaining
from archive_service.catalogue.grants.targets import target_of
from archive_service.domain.people import rights
from archive_service.domain.people.account import LONGEST_REASON, Account, Actor, Role
from archive_service.domain.people.reading_grant import GrantRight, ReadingGrant
from archive_service.domain.people.rights_gain import GainKind
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.evidence.acting import acting
from archive_service.services import Services
from archive_service.text import telling_line

LONGEST_DAYS = 366  # what is needed for longer is given again
MOST_OPEN = 500  # of one account: each search asks for all of them; more is a series or a fonds
_SHOWN = 200
RECEIVES = rights.MANAGES | {Role.READER}  # these see their own


class GrantDaysError(InputError):
    """The days are past, the wrong way round, or too many."""


class GrantReasonError(InputError):
    """Nothing is granted without a reason, nor with one that is too long."""


class GrantReceiverError(InputError):
    """It cannot be given to this name: no account in use, of another agency, or of a wrong role."""


class GrantsFullError(ConflictError):
    """The account has as many grants as one may have."""


class GrantExistsError(ConflictError):
    """The account has just this for these days, or it waits for a second person."""


class GrantNotFoundError(NotFoundError):
    """There is no such grant, or it is not to be known."""


class GrantEndedError(ConflictError):
    """It ended before."""


def give_grant(services: Services, given: Granting, *, actor: Actor) -> GrantDocument:
    """Let somebody read or manage a part of the holdings for some days, once another confirms it.

    Raises:
        ActNotAllowedError, ProofOldError
        GrantDaysError, GrantReasonError, GrantReceiverError, GrantsFullError, GrantExistsError
        CaseFileNotFoundError, DocumentUnknownError, FondsNotFoundError, SeriesNotFoundError
    """
    with acting(services, "grant:give", actor) as session:
        days = (given.last_day - given.first_day).days + 1
        if given.first_day < clock.today() or not 0 < days <= LONGEST_DAYS:
            raise GrantDaysError(most=LONGEST_DAYS)
        reason = reason_of(given.reason)
        target = target_of(session, given, actor=actor)
        account = receiver_named(session, given.account, target.agency_id, given.gives)
        _require_room(session, account)
        row = ReadingGrant(
            account_id=account.id,
            scope=given.scope,
            target_id=target.id,
            target=target.name,
            agency_id=target.agency_id,
            level=given.level,
            gives=given.gives,
            reason=reason,
            first_day=given.first_day,
            last_day=given.last_day,
            given_by=actor.account,
            given_at=clock.now(),
            waits=True,
        )
        _require_news(session, row, account)
        session.add(row)
        session.flush()
        about = {"why": reason, "grant": str(row.id), "agency_id": str(row.agency_id)}
        facts = row.facts() | about
        noted = rules.gain(session, account, GainKind.GRANTED, actor=actor, facts=facts)
        note_given(session, noted, row, account, "given", actor=actor)
        return _document(row, account)


def list_grants(services: Services, *, actor: Actor) -> GrantList:
    """What counts or may yet, the first to end first; then what ended. Readers see their own.

    Raises:
        ActNotAllowedError
    """
    access.require(actor, "grant:list")
    if actor.role in RECEIVES:
        mine = ReadingGrant.account_id == actor.account_id
    else:
        mine = access.visible(actor, "grant:list", ReadingGrant.agency_id)
    is_open = ReadingGrant.open_on(clock.today())
    query = (
        select(ReadingGrant, Account)
        .join(Account, Account.id == ReadingGrant.account_id)
        .where(mine)
        .order_by(
            case((is_open, 0), else_=1),
            case((is_open, ReadingGrant.last_day)),
            ReadingGrant.given_at.desc(),
            ReadingGrant.id,
        )
        .limit(_SHOWN)
    )
    with services.read_only() as session:
        total = session.scalar(select(func.count()).select_from(ReadingGrant).where(mine)) or 0
        rows = session.execute(query)
        return GrantList(grants=[_document(*found) for found in rows], total=total)


def end_grant(services: Services, grant_id: UUID, *, actor: Actor) -> GrantDocument:
    """End it at once: it is read no more from the next page or range on.

    Raises:
        ActNotAllowedError, GrantNotFoundError, GrantEndedError
    """
    with acting(services, "grant:end", actor) as session:
        row = session.get(ReadingGrant, grant_id, with_for_update=True)
        if row is None or not access.may(actor, "grant:end", row):
            raise GrantNotFoundError(id=grant_id)
        if not row.is_open(clock.today()):
            raise GrantEndedError(target=row.target, day=row.last_day)
        account = session.get_one(Account, row.account_id)
        end_one(session, row, account, actor=actor)
        return _document(row, account, remaining(session, row))


def reason_of(text: str) -> str:
    """A reason as it is kept; ``GrantReasonError``."""
    reason = telling_line(text.replace("\0", ""))
    if not 0 < len(reason) <= LONGEST_REASON:
        raise GrantReasonError(most=LONGEST_REASON, given=len(reason))
    return reason


def receiver_named(
    session: Session, name: str, agency_id: UUID, gives: GrantRight = GrantRight.READ
) -> Account:
    """Who bears this account, if it may be given to them; ``GrantReceiverError``."""
    found = find_account(session, name.strip().replace("\0", ""))
    reached = found is not None and found.agency_id in (None, agency_id)
    fits = reads_by_grant if gives is GrantRight.READ else manages_by_grant
    if found is None or not (found.active and reached and fits(found)):
        raise GrantReceiverError(account=name.strip()[:100])
    return found


def _require_room(session: Session, account: Account) -> None:
    mine = ReadingGrant.account_id == account.id, ReadingGrant.open_on(clock.today())
    held = session.scalar(select(func.count()).select_from(ReadingGrant).where(*mine)) or 0
    if held >= MOST_OPEN:
        raise GrantsFullError(account=account.name, most=MOST_OPEN)


def _require_news(session: Session, row: ReadingGrant, account: Account) -> None:
    """A form that was sent twice gives once."""
    of_these_days = ReadingGrant.first_day <= row.first_day, ReadingGrant.last_day >= row.last_day
    query = select(ReadingGrant.last_day).where(
        ReadingGrant.account_id == account.id,
        ReadingGrant.target_id == row.target_id,
        ReadingGrant.level == row.level,
        ReadingGrant.gives == row.gives,
        ReadingGrant.open_on(clock.today()),
        *of_these_days,
    )
    if (day := session.scalar(query.limit(1))) is not None:
        raise GrantExistsError(account=account.name, target=row.target, day=day)


def _document(
    row: ReadingGrant, account: Account, rest: Sequence[RemainingDocument] = ()
) -> GrantDocument:
    return GrantDocument.of_row(
        row,
        account=account.name,
        person=account.person,
        state=row.standing(clock.today()),
        remaining=list(rest),
    )
