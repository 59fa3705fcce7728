"""Groups of readers and managers: made, joined, left."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session, lazyload

from archive_service import access, clock
from archive_service.accounts.gains import rules
from archive_service.accounts.gains.granting import note_given
from archive_service.accounts.granted import end_one
from archive_service.audit import record_event
from archive_service.catalogue.agencies.acts import get_agency
from archive_service.catalogue.fonds.fonds import get_fonds
from archive_service.catalogue.grants.acts import (
    LONGEST_DAYS,
    GrantDaysError,
    reason_of,
    receiver_named,
)
from archive_service.catalogue.grants.documents import RemainingDocument
from archive_service.catalogue.grants.group_documents import (
    GroupDocument,
    Grouping,
    GroupList,
    Joining,
    MemberDocument,
)
from archive_service.catalogue.grants.remaining import remaining
from archive_service.catalogue.grants.targets import Target, target_at
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.people.account import Account, Actor
from archive_service.domain.people.reader_group import GroupMember, ReaderGroup
from archive_service.domain.people.reading_grant import GrantScope
from archive_service.domain.people.rights_gain import GainKind
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.evidence.acting import acting
from archive_service.services import Services

_LONGEST_NAME = 200  # characters
_SHOWN, _SHOWN_MEMBERS = 200, 100  # groups of a list, and members of each


class GroupNameError(InputError):
    """A group has a name of its own, which is not too long."""


class GroupPartError(InputError):
    """A group is of one fonds or one case file; a part is named beside one of them."""


class GroupNotFoundError(NotFoundError):
    """There is no such group, or it is not to be known."""


class GroupMemberError(ConflictError):
    """The account is in the group, or waits for it."""


class MembershipNotFoundError(NotFoundError):
    """Nobody is in the group so, or not any more."""


def make_group(services: Services, given: Grouping, *, actor: Actor) -> GroupDocument:
    """Make a group whose members read or manage an agency up to one level, or a part of it.

    Raises:
        ActNotAllowedError, ProofOldError, GroupNameError, GroupPartError
        AgencyNotFoundError, and what ``target_at`` raises.
    """
    name = " ".join(given.name.replace("\0", "").split())
    with acting(services, "grant:give", actor) as session:
        taken = select(ReaderGroup.id).where(ReaderGroup.name == name)
        if not 0 < len(name) <= _LONGEST_NAME or session.scalar(taken) is not None:
            raise GroupNameError(name=name[:_LONGEST_NAME], most=_LONGEST_NAME)
        fonds, part = None, _part(session, given, actor)
        if given.fonds.strip():
            fonds = get_fonds(session, given.fonds.replace("\0", ""), actor=actor)
        within = part[1].agency_id if part else fonds.agency_id if fonds else None
        agency = session.get_one(Agency, within) if within else get_agency(session, given.agency)
        access.require(actor, "grant:give", access.AtAgency(agency.id))
        row = ReaderGroup(
            name=name,
            level=given.level,
            agency_id=agency.id,
            fonds_id=None if fonds is None else fonds.id,
            gives=given.gives,
            scope=part[0] if part else None,
            target_id=part[1].id if part else None,
            target=part[1].name if part else "",
            made_by=actor.account,
            made_at=clock.now(),
        )
        session.add(row)
        session.flush()
        group = _document(row, agency, fonds, [])
        facts = {"name": name, "level": group.level.value, "agency": group.agency}
        facts |= {"fonds": group.fonds, "gives": group.gives.value, "target": group.target}
        record_event(session, "group:made", of=row, actor=actor, data=facts)
        return group


def _part(session: Session, given: Grouping, actor: Actor) -> tuple[GrantScope, Target] | None:
    """The series, case file or document that it is of alone."""
    fonds, code, part = given.fonds.strip(), given.case_file.strip(), given.part.strip()
    if (fonds and code) or (part and not (fonds or code)):
        raise GroupPartError
    if code:
        scope = GrantScope.DOCUMENT if part else GrantScope.CASE_FILE
    elif part:
        scope = GrantScope.SERIES
    else:
        return None
    return scope, target_at(session, scope, code or fonds, part, actor=actor)


def list_groups(services: Services, *, actor: Actor) -> GroupList:
    """Groups by name, each with its first members; a reader sees those that they are in.

    Raises:
        ActNotAllowedError
    """
    access.require(actor, "grant:list")
    is_in: list[ColumnElement[bool]] = [GroupMember.open_on(clock.today())]
    if access.may(actor, "grant:give") or access.may(actor, "audit:read"):
        known = access.visible(actor, "grant:list", ReaderGroup.agency_id)
    else:
        is_in.append(GroupMember.account_id == actor.account_id)
        known = ReaderGroup.id.in_(select(GroupMember.group_id).where(*is_in))
    with services.read_only() as session:
        total = session.scalar(select(func.count()).select_from(ReaderGroup).where(known)) or 0
        groups: dict[UUID, GroupDocument] = {}
        for row, agency, fonds, member, account, count in session.execute(_listed(known, is_in)):
            group = groups.setdefault(row.id, _document(row, agency, fonds, [], count or 0))
            if member is not None:
                group.members.append(_member(member, account))
        return GroupList(groups=list(groups.values()), total=total)


def _listed(known: ColumnElement[bool], is_in: Sequence[ColumnElement[bool]]) -> Select[Any]:
    """The first groups, each with its first members and how many it has, in one statement."""
    first = select(ReaderGroup.id).where(known).order_by(ReaderGroup.name).limit(_SHOWN)
    ranked = (
        select(
            GroupMember.id,
            GroupMember.group_id,
            func.row_number()
            .over(partition_by=GroupMember.group_id, order_by=Account.name)
            .label("place"),
            func.count().over(partition_by=GroupMember.group_id).label("members"),
        )
        .join(Account, Account.id == GroupMember.account_id)
        .where(*is_in, GroupMember.group_id.in_(first))
        .subquery()
    )
    shown = select(ranked).where(ranked.c.place <= _SHOWN_MEMBERS).subquery()
    return (
        select(ReaderGroup, Agency, Fonds, GroupMember, Account, shown.c.members)
        .join(Agency, Agency.id == ReaderGroup.agency_id)
        .outerjoin(Fonds, Fonds.id == ReaderGroup.fonds_id)
        .outerjoin(shown, shown.c.group_id == ReaderGroup.id)
        .outerjoin(GroupMember, GroupMember.id == shown.c.id)
        .outerjoin(Account, Account.id == GroupMember.account_id)
        .where(ReaderGroup.id.in_(first))
        .options(lazyload(GroupMember.group))
        .order_by(ReaderGroup.name, ReaderGroup.id, shown.c.place)
    )


def join_group(
    services: Services, group_id: UUID, given: Joining, *, actor: Actor
) -> MemberDocument:
    """Take somebody into a group, once a second person confirms it.

    Raises:
        ActNotAllowedError, ProofOldError, GroupNotFoundError
        GrantDaysError, GrantReasonError, GrantReceiverError, GroupMemberError
    """
    with acting(services, "grant:give", actor) as session:
        group = _group(session, group_id, "grant:give", actor)
        today, last = clock.today(), given.last_day
        if last is not None and not 0 <= (last - today).days < LONGEST_DAYS:
            raise GrantDaysError(most=LONGEST_DAYS)
        reason = reason_of(given.reason)
        account = receiver_named(session, given.account, group.agency_id, group.gives)
        held = select(GroupMember.id).where(
            GroupMember.group_id == group.id,
            GroupMember.account_id == account.id,
            GroupMember.open_on(today),
        )
        if session.scalar(held) is not None:
            raise GroupMemberError(account=account.name, group=group.name)
        row = GroupMember(
            group_id=group.id,
            account_id=account.id,
            reason=reason,
            given_by=actor.account,
            given_at=clock.now(),
            last_day=last,
            waits=True,
        )
        session.add(row)
        session.flush()
        about = {"member": str(row.id), "agency_id": str(group.agency_id), "why": reason}
        where = f"{group.name}: {group.target}" if group.target else group.name
        facts = row.facts() | about | {"scope": "group", "target": where}
        noted = rules.gain(session, account, GainKind.JOINED, actor=actor, facts=facts)
        note_given(session, noted, row, account, "joined", actor=actor)
        return _member(row, account)


def leave_group(services: Services, member_id: UUID, *, actor: Actor) -> MemberDocument:
    """Take somebody out of a group at once.

    Raises:
        ActNotAllowedError, MembershipNotFoundError
    """
    with acting(services, "grant:end", actor) as session:
        row = session.get(GroupMember, member_id, with_for_update=True)
        group = None if row is None else session.get_one(ReaderGroup, row.group_id)
        known = group is not None and access.may(actor, "grant:end", group)
        if row is None or not row.is_open(clock.today()) or not known:
            raise MembershipNotFoundError(id=member_id)
        account = session.get_one(Account, row.account_id)
        end_one(session, row, account, actor=actor)
        return _member(row, account, remaining(session, row))


def _group(session: Session, group_id: UUID, act: str, actor: Actor) -> ReaderGroup:
    row = session.get(ReaderGroup, group_id)
    if row is None or not access.may(actor, act, row):
        raise GroupNotFoundError(id=group_id)
    return row


def _document(
    row: ReaderGroup,
    agency: Agency,
    fonds: Fonds | None,
    members: list[MemberDocument],
    total: int = 0,
) -> GroupDocument:
    code = "" if fonds is None else fonds.code
    return GroupDocument.of_row(row, agency=agency.code, fonds=code, members=members, total=total)


def _member(
    row: GroupMember, account: Account, rest: Sequence[RemainingDocument] = ()
) -> MemberDocument:
    return MemberDocument.of_row(
        row, account=account.name, person=account.person, remaining=list(rest)
    )
