"""Role, agency and unit of an account changed: a loss at once, a gain by two."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.accounts.acts import (
    OF_AN_AGENCY,
    AccountRoleError,
    reached_account,
    require_given,
)
from archive_service.accounts.changing.documents import RightsChange, RightsDocument
from archive_service.accounts.disabling import require_another_admin, require_another_head
from archive_service.accounts.gains import rules
from archive_service.accounts.gains.acts import AccountAgencyError
from archive_service.accounts.gains.changes import begin_anew, count_change, refuse_waiting
from archive_service.accounts.leaving.documents import OpenKindDocument
from archive_service.accounts.leaving.duties import DUTIES, Way
from archive_service.accounts.leaving.handing import (
    counted,
    hand_over,
    is_fit,
    receiver,
    receivers,
    tell_receivers,
)
from archive_service.audit import record_event
from archive_service.catalogue.agencies.acts import agency_id_of
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.people.account import LONGEST_REASON, Account, Actor, Role
from archive_service.domain.people.rights_gain import GainKind, GainState, RightsGain
from archive_service.errors import ConflictError, InputError, NotAllowedError
from archive_service.notices.contact import Contact
from archive_service.services import Services
from archive_service.text import telling_line

_ACT = "account:add"
# Machines have their own commands; those of command line and worker are no account's.
PEOPLE = frozenset(Role) - {Role.STATION, Role.PARTNER, Role.OPERATOR, Role.WORKER}


class RightsUnchangedError(InputError):
    """Nothing is asked for that is not so already."""


class RightsReasonError(InputError):
    """No right changes without a reason, nor with one that is too long."""


class RightsRoleError(InputError):
    """Stations and other archives' programs do not become persons, nor the other way round."""


class OwnRightsError(NotAllowedError):
    """Nobody changes their own."""

    code = "rights-own"


class RightsInactiveError(ConflictError):
    """The account is disabled, or waits for a second person who saw the role of now."""


class RightsChangeWaitsError(ConflictError):
    """A change waits already: it is confirmed, refused or taken back before another gain."""


class RightsOpenError(ConflictError):
    """Something is open that the account may not go on with, and nobody is named who does."""


@dataclass(frozen=True, slots=True)
class _Rights:
    """What an account is for; ``heads``: it heads ``unit``."""

    role: Role
    agency_id: UUID | None
    unit: str
    heads: bool

    @classmethod
    def of(cls, row: Account) -> "_Rights":
        return cls(row.role, row.agency_id, row.unit, row.is_unit_head and bool(row.unit))

    def gains_over(self, was: "_Rights") -> bool:
        """Whether it gives what nobody gains alone."""
        if self.heads and not (was.heads and self.unit == was.unit and self._is_within(was)):
            return True
        wider = access.is_wider(self.role, was.role) or not self._is_within(was)
        return self.role in access.GAINED_BY_TWO and wider

    def _is_within(self, was: "_Rights") -> bool:
        return was.agency_id in (None, self.agency_id)


def show_rights(services: Services, name: str, *, actor: Actor) -> RightsDocument:
    """Show the rights of an account, and what is open with its person; nothing is changed.

    Raises:
        ActNotAllowedError, AccountNotFoundError
    """
    with services.read_only() as session:
        row = reached_account(session, name, actor=actor, act="account:list")
        return _document(session, row, counted(session, row), {})


def change_rights(
    services: Services, name: str, given: RightsChange, *, actor: Actor
) -> RightsDocument:
    """Change role, agency or unit of an account: a loss is at once, a gain waits.

    Until a second person confirms a gain the account may what it might before and after; of two
    agencies that is neither. What it may not go on with goes to somebody named.

    Raises:
        ActNotAllowedError, AccountNotFoundError, AgencyNotFoundError, RoleNotGivenError
        OwnRightsError, RightsReasonError, RightsUnchangedError, RightsRoleError
        AccountRoleError, AccountAgencyError: the role needs an agency, or has none.
        RightsInactiveError, RightsChangeWaitsError
        LastAdministratorError, LastHeadError: nobody else is there who could go on.
        LeavingKindError, LeavingReceiverError, RightsOpenError
    """
    access.require(actor, _ACT)
    agency_id = agency_id_of(services, (given.agency or "").strip() or None)
    with services.unit_of_work() as uow:
        session = uow.session
        row = reached_account(session, name, actor=actor)
        was, wanted = _Rights.of(row), _wanted(row, given, agency_id)
        access.require(actor, _ACT, access.AtAgency(wanted.agency_id))
        require_given(actor, wanted.role)
        reason = _require_possible(row, was, wanted, given, actor)
        gains = wanted.gains_over(was)
        waiting = _waiting(session, row)
        if gains and waiting is not None:
            raise RightsChangeWaitsError(name=row.name, by=waiting.asked_by)
        if waiting is not None:  # a loss is at once, and nothing is gained over it
            refuse_waiting(row, GainKind.CHANGED, actor=actor, uow=uow)
        if (wanted.role, wanted.agency_id) != (was.role, was.agency_id):
            require_another_admin(session, row)
            require_another_head(session, row)
        facts = _facts(session, was, wanted, reason)
        waits = _put(uow, row, was, wanted, facts, actor=actor, gains=gains)
        to = _handed(session, row, given, actor)
        _record(session, row, facts | {"waits": waits, "to": _names(to)}, was, actor)
        document = _document(session, row, counted(session, row), _names(to))
        uow.commit()
    return document


def _wanted(row: Account, given: RightsChange, agency_id: UUID | None) -> _Rights:
    unit = row.unit if given.unit is None else str(Contact(unit=given.unit).values()["unit"])
    heads = row.is_unit_head if given.unit_head is None else given.unit_head == "yes"
    return _Rights(
        role=given.role or row.role,
        agency_id=row.agency_id if given.agency is None else agency_id,
        unit=unit,
        heads=heads and bool(unit),
    )


def _require_possible(
    row: Account, was: _Rights, wanted: _Rights, given: RightsChange, actor: Actor
) -> str:
    """The reason, of a change that can be made and says so."""
    reason = telling_line(given.reason)
    if not 0 < len(reason) <= LONGEST_REASON:
        raise RightsReasonError(most=LONGEST_REASON, given=len(reason), at="reason")
    if actor.account_id == row.id:
        raise OwnRightsError(name=row.name)
    if row.role not in PEOPLE or wanted.role not in PEOPLE:
        raise RightsRoleError(name=row.name, role=row.role, wanted=wanted.role, at="role")
    if wanted == was or (given.unit_head == "yes" and not wanted.heads):
        raise RightsUnchangedError(name=row.name)
    if wanted.role in OF_AN_AGENCY and wanted.agency_id is None:
        raise AccountRoleError(name=row.name, role=wanted.role, at="agency")
    if wanted.role is Role.ADMIN and wanted.agency_id is not None:
        raise AccountAgencyError(name=row.name, at="agency")
    if not row.active:
        raise RightsInactiveError(name=row.name)
    return reason


def _put(
    uow: UnitOfWork,
    row: Account,
    was: _Rights,
    wanted: _Rights,
    facts: dict[str, Any],
    *,
    actor: Actor,
    gains: bool,
) -> bool:
    """Put what counts at once; whether the rest waits."""
    row.unit = wanted.unit
    row.is_unit_head = wanted.heads and was.heads and wanted.unit == was.unit
    if gains:
        row.next_role, row.next_agency_id = wanted.role, wanted.agency_id
        noted = rules.gain(uow.session, row, GainKind.CHANGED, actor=actor, facts=facts)
        if noted.state is GainState.WAITING:
            return True
        count_change(noted, row, actor=actor, uow=uow)
        return False
    row.role, row.agency_id, row.is_unit_head = wanted.role, wanted.agency_id, wanted.heads
    if (wanted.role, wanted.agency_id) != (was.role, was.agency_id):
        begin_anew(row, actor=actor, uow=uow)
    return False


def _handed(
    session: Session, row: Account, given: RightsChange, actor: Actor
) -> dict[str, Account]:
    """Who goes on with what the account may not go on with as it is now.

    What waits for others to decide stays with who asked: they hear the answer as before.
    """
    session.flush()
    counts = counted(session, row)
    stays = (Way.ANSWER, Way.ENDS)
    for duty in DUTIES:
        if counts[duty.kind] and (duty.way in stays or is_fit(session, duty, row, row)):
            counts[duty.kind] = 0
    default = receiver(session, row, given.to, actor) if given.to.strip() else None
    to = receivers(session, row, counts, given.each, default, actor, RightsOpenError)
    hand_over(session, row, to, actor)
    tell_receivers(session, row, to, actor)
    return to


def _waiting(session: Session, row: Account) -> RightsGain | None:
    return session.scalars(
        select(RightsGain)
        .where(
            RightsGain.account_id == row.id,
            RightsGain.kind == GainKind.CHANGED,
            RightsGain.state == GainState.WAITING,
        )
        .limit(1)
    ).first()


def _facts(session: Session, was: _Rights, wanted: _Rights, reason: str) -> dict[str, Any]:
    return {
        "role": wanted.role.value,
        "was_role": was.role.value,
        "agency": _code(session, wanted.agency_id),
        "was_agency": _code(session, was.agency_id),
        "heads_unit": wanted.unit if wanted.heads else "",
        "why": reason,
    }


def _record(
    session: Session, row: Account, facts: dict[str, Any], was: _Rights, actor: Actor
) -> None:
    record_event(
        session,
        "account:rights-changed",
        of=row,
        actor=actor,
        data={
            "name": row.name,
            **facts,
            "before": {"role": was.role.value, "unit": was.unit, "heads": was.heads},
            "after": {"role": row.role.value, "unit": row.unit, "heads": row.is_unit_head},
        },
    )


def _names(to: dict[str, Account]) -> dict[str, str]:
    return {kind: account.name for kind, account in to.items()}


def _code(session: Session, agency_id: UUID | None) -> str:
    return "" if agency_id is None else session.get_one(Agency, agency_id).code


def _document(
    session: Session, row: Account, counts: dict[str, int], to: dict[str, str]
) -> RightsDocument:
    waits = row.next_role is not None
    return RightsDocument(
        account=row.name,
        person=row.person,
        role=row.role.value,
        agency=_code(session, row.agency_id),
        unit=row.unit,
        unit_head=row.is_unit_head,
        active=row.active,
        waits=waits,
        next_role="" if row.next_role is None else row.next_role.value,
        next_agency=_code(session, row.next_agency_id) if waits else "",
        open=[
            OpenKindDocument(
                kind=duty.kind, way=duty.way, count=counts[duty.kind], to=to.get(duty.kind, "")
            )
            for duty in DUTIES
            if counts[duty.kind] or duty.kind in to
        ],
    )
