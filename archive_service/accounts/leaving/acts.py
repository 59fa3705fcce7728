"""A person leaves: all that is open is shown, handed over, and the account is disabled."""

from collections.abc import Mapping

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.accounts.acts import reached_account
from archive_service.accounts.disabling import disable_account, require_another_head
from archive_service.accounts.gains.acts import refuse_open
from archive_service.accounts.leaving.documents import (
    Leaving,
    LeavingDocument,
    OpenKindDocument,
)
from archive_service.accounts.leaving.duties import DUTIES, Way
from archive_service.accounts.leaving.handing import (
    counted,
    hand_over,
    receiver,
    receivers,
    tell_receivers,
)
from archive_service.accounts.oidc.bindings import end_bindings
from archive_service.accounts.sessions import end_sessions, revoke_tokens
from archive_service.audit import record_event
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.case_files.access_request import AccessRequest, AccessRequestState
from archive_service.domain.people.account import LONGEST_REASON, Account, Actor
from archive_service.domain.people.shelf import ShelfMark
from archive_service.errors import InputError
from archive_service.notices import inbox
from archive_service.services import Services
from archive_service.text import telling_line


class LeavingDayError(InputError):
    """The day is still to come: sessions and tokens end now, and not on a day ahead."""


class LeavingReasonError(InputError):
    """Nobody is said to have left without a reason, nor with one that is too long."""


def show_leaving(services: Services, name: str, *, actor: Actor) -> LeavingDocument:
    """Show everything that is open with a person, before they leave; nothing is changed.

    Raises:
        ActNotAllowedError, AccountNotFoundError
    """
    with services.read_only() as session:
        row = reached_account(session, name, actor=actor, act="account:list")
        return _document(session, row, counted(session, row), {})


def leave(services: Services, name: str, given: Leaving, *, actor: Actor) -> LeavingDocument:
    """End the account of a person who leaves; what is open with them goes to somebody named.

    Repeated, it hands over what came up since, and day and reason are those given last.

    Raises:
        ActNotAllowedError, AccountNotFoundError
        LeavingDayError, LeavingReasonError, LeavingKindError, LeavingReceiverError
        LeavingOpenError: what has no receiver, whose receiver may not go on with it, or what is
            settled with a paper first; nothing is changed then.
        LastAdministratorError, LastHeadError: nobody else is there who could go on.
    """
    with services.unit_of_work() as uow:
        document = leave_account(name, given, actor=actor, uow=uow)
        uow.commit()
    return document


def leave_account(name: str, given: Leaving, *, actor: Actor, uow: UnitOfWork) -> LeavingDocument:
    """The same within a unit of work; the caller commits."""
    row = reached_account(uow.session, name, actor=actor)
    reason = telling_line(given.reason)
    if given.left_on > clock.today():
        raise LeavingDayError(day=given.left_on)
    if not 0 < len(reason) <= LONGEST_REASON:
        raise LeavingReasonError(most=LONGEST_REASON, given=len(reason))
    session = uow.session
    require_another_head(session, row)
    counts = counted(session, row)
    default = receiver(session, row, given.to, actor) if given.to.strip() else None
    to = receivers(session, row, counts, given.each, default, actor)
    active = row.active
    if active:
        disable_account(name, actor=actor, uow=uow)
    _end(uow, row, counts, actor)
    hand_over(session, row, to, actor)
    row.left_on, row.left_reason = given.left_on, reason
    if default is not None:
        row.handed_to_id = default.id
    facts = {kind: account.name for kind, account in to.items()}
    data = {
        "name": row.name,
        "from": given.left_on.isoformat(),
        "reason": reason,
        "open": {kind: count for kind, count in counts.items() if count},
        "to": facts,
        "before": {"active": active},
        "after": {"active": False},
    }
    record_event(session, "account:left", of=row, actor=actor, data=data)
    tell_receivers(session, row, to, actor)
    return _document(session, row, counts, facts)


def _end(uow: UnitOfWork, row: Account, counts: Mapping[str, int], actor: Actor) -> None:
    """What is the person's own ends now."""
    session = uow.session
    end_sessions(row, uow=uow)
    revoke_tokens(row, actor=actor, uow=uow)
    session.execute(delete(ShelfMark).where(ShelfMark.account_id == row.id))
    refuse_open(row, actor=actor, uow=uow)
    end_bindings(session, row, actor=actor)
    if not counts["access-requests"]:
        return
    duty = next(listed for listed in DUTIES if listed.kind == "access-requests")
    for asked in session.scalars(select(AccessRequest).where(duty.mine(row)).with_for_update()):
        asked.state = AccessRequestState.WITHDRAWN
        for kind in ("access-request-waiting", "access-request-to-scan"):
            inbox.settle(session, kind, asked.id)
        record_event(
            session,
            "access-request:withdrawn",
            of=asked,
            actor=actor,
            data={
                "code": asked.code,
                "reason": "left",
                "stays": asked.person not in (row.person, row.name),
            },
        )


def _document(
    session: Session, row: Account, counts: Mapping[str, int], to: Mapping[str, str]
) -> LeavingDocument:
    """``to``: who took each kind over; else who hears what they asked for, of a leaver."""
    hears = session.get(Account, row.handed_to_id) if row.handed_to_id else None
    heard = "" if hears is None or row.active else hears.name
    return LeavingDocument(
        account=row.name,
        person=row.person,
        role=row.role.value,
        active=row.active,
        left_on=row.left_on,
        reason=row.left_reason,
        open=[
            OpenKindDocument(
                kind=duty.kind,
                way=duty.way,
                count=counts[duty.kind],
                to=to.get(duty.kind, heard if duty.way is Way.ANSWER else ""),
            )
            for duty in DUTIES
            if counts[duty.kind]
        ],
    )
