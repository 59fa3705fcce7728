"""Telling people of what is due within the rule's days, of what is late, of what is kept no longer.

Each list is told of once a week at most; what a person has not read is brought up to date.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.agencies.agency import Agency
from archive_service.domain.intake.collection import CollectionList, KeepBack, KeepBackState
from archive_service.domain.people.account import Account, Role
from archive_service.notices.inbox import named, tell
from ingest.answers.deadlines import remind_from
from ingest.calling_in.progress import Called, iter_called
from ingest.file_plan.holders import Holders

_DUE = "/my-case-files"
_AGAIN = dt.timedelta(days=7)


@dataclass(slots=True)
class _People:
    """The officers and heads of one agency."""

    officers: list[Account] = field(default_factory=list)
    heads: list[Account] = field(default_factory=list)

    def whose_all(self, called: Iterable[Called]) -> Iterable[tuple[Account, list[Called]]]:
        """Each officer with those of them that are theirs."""
        theirs: dict[str, list[Called]] = defaultdict(list)
        holders = self.holders()
        for entry in called:
            for account in holders.of(entry.person, entry.unit):
                theirs[account.name].append(entry)
        return [
            (account, theirs[account.name]) for account in self.officers if account.name in theirs
        ]

    def holders(self) -> Holders:
        """To which of the officers entries fall."""
        return Holders(self.officers)

    def answers_for(self, entry: Called) -> list[Account]:
        """Where the plan names nobody with an account: the head of the unit, else its officers."""
        of_unit = self.holders().of_unit(entry.person, entry.unit)
        return [a for a in of_unit if a.is_unit_head] or of_unit or self.officers

    def above(self, entry: Called) -> list[Account]:
        """The heads of the unit, and of the agency."""
        of_unit = self.holders().of_unit(entry.person, entry.unit)
        return [a for a in of_unit if a.is_unit_head] + self.heads


def remind(session: Session, *, today: dt.date) -> int:
    """Tell whom it concerns; returns how many lists were told of. The caller commits."""
    pairs = session.execute(
        select(CollectionList, Agency)
        .join(Agency, Agency.id == CollectionList.agency_id)
        .order_by(CollectionList.year, CollectionList.number)
    ).all()
    lists = [(pair[0], pair[1]) for pair in pairs]
    by_list: dict[UUID, list[Called]] = defaultdict(list)
    for entry in iter_called(session, lists, today=today):
        by_list[entry.list_id].append(entry)
    people = _people(session)
    reminded = 0
    for row, _ in lists:
        here = people[row.agency_id]
        called = by_list[row.id]
        due = [it for it in called if it.state == "due" and remind_from(it.due_on) <= today]
        late = [it for it in called if it.state == "late"]
        if due and _is_time(row.told_due_on, today):
            row.told_due_on = today
            reminded += 1
            _tell_due(session, row, here, due)
        if late and _is_time(row.told_late_on, today):
            row.told_late_on = today
            reminded += 1
            _tell_late(session, row, here, late)
    _tell_ending(session, [it for found in by_list.values() for it in found], today)
    return reminded


def urge(
    session: Session, row: CollectionList, entry: Called, *, by: str
) -> tuple[list[str], bool]:
    """Tell at once who is to submit one case file; the caller commits.

    Returns:
        Names of those told, and whether the plan names them; else they answer for the unit.
    """
    people = _people(session)[row.agency_id]
    named = people.holders().named(entry.person)
    accounts = named or people.answers_for(entry)
    for account in accounts:
        tell(
            session,
            "submission-urged",
            to=[account.id],
            subject_id=uuid5(row.id, entry.code),
            facts=_facts(row, [entry]) | {"title": entry.title, "by": by},
            href=_DUE,
            urgent=True,
        )
    return [account.display_name or account.name for account in accounts], bool(named)


def _is_time(before: dt.date | None, today: dt.date) -> bool:
    return before is None or today - before >= _AGAIN


def _people(session: Session) -> dict[UUID, _People]:
    found: dict[UUID, _People] = defaultdict(_People)
    accounts = select(Account).where(
        Account.active, Account.role.in_((Role.OFFICER, Role.AGENCY_HEAD))
    )
    for account in session.scalars(accounts.order_by(Account.name)):
        if account.agency_id is not None:
            here = found[account.agency_id]
            (here.officers if account.role is Role.OFFICER else here.heads).append(account)
    return found


def _tell_due(
    session: Session, row: CollectionList, people: _People, due: Sequence[Called]
) -> None:
    for account, ones in people.whose_all(due):
        tell(
            session,
            "submission-due",
            to=[account.id],
            subject_id=row.id,
            facts=_facts(row, ones),
            href=_DUE,
        )


def _tell_late(
    session: Session, row: CollectionList, people: _People, late: Sequence[Called]
) -> None:
    below: dict[UUID, list[Called]] = defaultdict(list)
    for entry in late:
        for account in people.above(entry):
            below[account.id].append(entry)
    for account, ones in people.whose_all(late):
        tell(
            session,
            "submission-late",
            to=[account.id],
            subject_id=row.id,
            facts=_facts(row, ones),
            href=_DUE,
            urgent=True,
        )
    for account_id, ones in below.items():
        tell(
            session,
            "unit-late",
            to=[account_id],
            subject_id=row.id,
            facts=_facts(row, ones),
            href="/collection",
        )


def _facts(row: CollectionList, ones: Sequence[Called]) -> dict[str, object]:
    first = min(ones, key=lambda entry: (entry.due_on, entry.code))
    return {
        "year": row.year,
        "count": len(ones),
        "due_on": first.due_on.isoformat(),
        "code": first.code,
    }


def _tell_ending(session: Session, called: Iterable[Called], today: dt.date) -> None:
    """Once, before what was consented to ends."""
    ending = {
        (it.agency_id, it.code)
        for it in called
        if it.state == "kept" and remind_from(it.due_on) <= today
    }
    if not ending:
        return
    rows = session.scalars(
        select(KeepBack).where(
            KeepBack.state == KeepBackState.CONSENTED,
            KeepBack.reminded_on.is_(None),
            KeepBack.agency_id.in_({agency_id for agency_id, _ in ending}),
        )
    )
    for row in rows:
        if (row.agency_id, row.code) in ending:
            row.reminded_on = today
            tell(
                session,
                "keep-back-ending",
                to=named(session, [row.asked_by]),
                subject_id=row.id,
                facts={"code": row.code, "until_on": row.until_on.isoformat()},
                href="/collection/keep-back",
            )
