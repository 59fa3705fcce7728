"""A person leaves: all that is open is shown, handed over, and the account is disabled."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.acts import disable_account, find_account, get_account
from archive_service.accounts.gains.acts import refuse_open
from archive_service.accounts.leaving.documents import (
    Leaving,
    LeavingDocument,
    OpenKindDocument,
)
from archive_service.accounts.leaving.duties import DUTIES, Duty, Way
from archive_service.accounts.sessions import end_sessions, revoke_tokens
from archive_service.audit import record_event
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.case_files.access_request import AccessRequest, AccessRequestState
from archive_service.domain.people.account import LONGEST_REASON, Account, Actor, Role
from archive_service.domain.people.shelf import ShelfMark
from archive_service.errors import ConflictError, InputError
from archive_service.notices import inbox
from archive_service.services import Services

_ACT = "account:add"
_DECIDES = (Role.HEAD, Role.AGENCY_HEAD)


class LeavingDayError(InputError):
    """The day is still to come: sessions and tokens end now, and not on a day ahead."""

    code = "leaving-day"


class LeavingReasonError(InputError):
    """Nobody is said to have left without a reason, nor with one that is too long."""

    code = "leaving-reason"


class LeavingKindError(InputError):
    """Nothing of this kind is handed over."""

    code = "leaving-kind"


class LeavingReceiverError(InputError):
    """Nobody of this name can go on with it: no account in use, or the leaver's own."""

    code = "leaving-receiver"


class LeavingOpenError(ConflictError):
    """Something would stay without an owner, or is settled with a paper first."""

    code = "leaving-open"


class LastHeadError(ConflictError):
    """What waits for a head to decide would wait for nobody."""

    code = "last-head"


@dataclass(frozen=True, slots=True)
class _OfAgency:
    agency_id: UUID | None


def show_leaving(services: Services, name: str, *, actor: Actor) -> LeavingDocument:
    """Show everything that is open with a person; nothing is changed.

    Raises:
        ActNotAllowedError, AccountNotFoundError
    """
    access.require(actor, "account:list")
    with services.read_only() as session:
        row = get_account(session, name)
        return _document(session, row, _counted(session, row), {})


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
    access.require(actor, _ACT)
    reason = " ".join(given.reason.split())
    if given.left_on > clock.today():
        raise LeavingDayError(day=given.left_on)
    if not 0 < len(reason) <= LONGEST_REASON:
        raise LeavingReasonError(most=LONGEST_REASON)
    session = uow.session
    row = get_account(session, name)
    session.refresh(row, with_for_update=True)
    _require_another_head(session, row)
    counts = _counted(session, row)
    default = _receiver(session, row, given.to) if given.to.strip() else None
    to = _receivers(session, row, counts, given, default)
    active = row.active
    if active:
        disable_account(name, actor=actor, uow=uow)
    _end(uow, row, counts, actor)
    for duty in DUTIES:
        if duty.way is Way.OVER and counts[duty.kind]:
            _hand_over(session, duty, row, to[duty.kind], actor)
    row.left_on, row.left_reason = given.left_on, reason
    if default is not None:
        row.handed_to_id = default.id
    told = {kind: one.name for kind, one in to.items()}
    data = {
        "name": row.name,
        "from": given.left_on.isoformat(),
        "reason": reason,
        "open": {kind: count for kind, count in counts.items() if count},
        "to": told,
        "before": {"active": active},
        "after": {"active": False},
    }
    record_event(
        session, "account:left", subject_id=row.id, actor=actor, agency_id=row.agency_id, data=data
    )
    _tell(session, row, to, actor)
    return _document(session, row, counts, told)


def _counted(session: Session, row: Account) -> dict[str, int]:
    """How many of each kind are open, in one statement."""
    columns = [
        select(func.count()).select_from(duty.table).where(duty.mine(row)).scalar_subquery()
        for duty in DUTIES
    ]
    found = session.execute(select(*columns)).one()
    return {duty.kind: int(count) for duty, count in zip(DUTIES, found, strict=True)}


def _receivers(
    session: Session,
    row: Account,
    counts: Mapping[str, int],
    given: Leaving,
    default: Account | None,
) -> dict[str, Account]:
    """Who goes on with each kind that is open; what needs nobody has none."""
    handed = {duty.kind for duty in DUTIES if duty.way is Way.OVER}
    if unknown := sorted(set(given.each) - handed):
        raise LeavingKindError(kind=unknown[0], known=sorted(handed))
    found: dict[str, Account] = {}
    settled: list[str] = []
    lacking: list[str] = []
    unfit: dict[str, str] = {}
    for duty in DUTIES:
        named = given.each.get(duty.kind, "").strip()
        to = _receiver(session, row, named) if named else default
        if not counts[duty.kind] or duty.way is Way.ENDS:
            continue
        if duty.way is Way.FIRST:
            settled.append(duty.kind)
        elif to is None:
            lacking.append(duty.kind)
        elif not _is_fit(session, duty, row, to):
            unfit[duty.kind] = to.name
        else:
            found[duty.kind] = to
    if settled or lacking or unfit:
        raise LeavingOpenError(
            name=row.name,
            settled=settled,
            lacking=lacking,
            unfit=list(unfit),
            receivers=sorted(set(unfit.values())),
        )
    return found


def _receiver(session: Session, row: Account, name: str) -> Account:
    found = find_account(session, name.strip())
    if found is None or not found.active or found.id == row.id:
        raise LeavingReceiverError(account=name.strip()[:100])
    return found


def _is_fit(session: Session, duty: Duty, row: Account, to: Account) -> bool:
    """Whether the receiver may go on with all of it, whatever agency it is of."""
    actor = to.as_actor()
    if duty.agency is None:
        return access.may(actor, duty.act)
    asked = select(duty.agency).select_from(duty.table).where(duty.mine(row)).distinct()
    return all(access.may(actor, duty.act, _OfAgency(one)) for one in session.scalars(asked))


def _hand_over(session: Session, duty: Duty, row: Account, to: Account, actor: Actor) -> None:
    """The receiver stands in each row; each has an event of its own."""
    table, values = duty.table, dict(duty.puts(to))
    if "revision" in table.__table__.columns:  # who has it open sees that it changed
        values["revision"] = table.revision + 1
    changed = (
        update(table)
        .where(duty.mine(row))
        .values(values)
        .returning(table.id)
        .execution_options(synchronize_session=False)
    )
    for subject_id in session.scalars(changed).all():
        record_event(
            session,
            "account:handed-over",
            subject_id=subject_id,
            actor=actor,
            data={"kind": duty.kind, "from": row.name, "to": to.name},
        )


def _end(uow: UnitOfWork, row: Account, counts: Mapping[str, int], actor: Actor) -> None:
    """What is the person's own ends now."""
    session = uow.session
    end_sessions(row, uow=uow)
    revoke_tokens(row, actor=actor, uow=uow)
    session.execute(delete(ShelfMark).where(ShelfMark.account_id == row.id))
    refuse_open(row, actor=actor, uow=uow)
    if not counts["access-requests"]:
        return
    duty = next(one for one in DUTIES if one.kind == "access-requests")
    for asked in session.scalars(select(AccessRequest).where(duty.mine(row)).with_for_update()):
        asked.state = AccessRequestState.WITHDRAWN
        inbox.settle(session, "access-request-waiting", asked.id)
        record_event(
            session,
            "access-request:withdrawn",
            subject_id=asked.id,
            actor=actor,
            agency_id=asked.agency_id,
            data={"code": asked.code, "reason": "left"},
        )


def _require_another_head(session: Session, row: Account) -> None:
    """The rows are locked: of two heads who leave at once one is refused."""
    if row.role not in _DECIDES or not row.active:
        return
    alike = select(Account.id).where(
        Account.role == row.role, Account.agency_id.is_not_distinct_from(row.agency_id)
    )
    if len(session.scalars(alike.where(Account.active).with_for_update()).all()) == 1:
        raise LastHeadError(name=row.name, role=row.role)


def _tell(session: Session, row: Account, to: Mapping[str, Account], actor: Actor) -> None:
    """Each who goes on with something, of all that is theirs now."""
    for one in {found.id: found for found in to.values()}.values():
        inbox.tell(
            session,
            "work-of-leaver",
            to=[one.id],
            subject_id=row.id,
            facts={
                "name": row.display_name or row.name,
                "kinds": [kind for kind, found in to.items() if found.id == one.id],
                "by": actor.account,
                "at": clock.iso(clock.now()),
            },
            href="/",
        )


def _document(
    session: Session, row: Account, counts: Mapping[str, int], to: Mapping[str, str]
) -> LeavingDocument:
    """``to``: who took each kind over; else who hears what they asked for, of a leaver."""
    hears = session.get(Account, row.handed_to_id) if row.handed_to_id else None
    heard = "" if hears is None or row.active else hears.name
    return LeavingDocument(
        account=row.name,
        person=row.display_name or row.name,
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
