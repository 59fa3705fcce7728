"""Rows against the leaves that tell of them: versions of packages, acts, and rights of accounts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from archive_service.db.unit_of_work import Database
from archive_service.domain.case_files.case_file import CaseFile, PackageVersion
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Account
from archive_service.domain.retention.removal import Removal
from archive_service.evidence.noting import (
    ACCOUNTS,
    ACTS,
    NOTED,
    account_states,
    act_states,
    iter_notes,
)

_BUILT = "version:built"
_TOGETHER = 500
# What may change a part of an account's rights: events about the account itself.
_LAWFUL: Mapping[str, tuple[str, ...]] = {
    "rights": (
        *("account:added", "account:changed", "account:disabled", "account:enabled"),
        *("rights:confirmed", "rights:refused"),
    ),
    "password": ("account:added", "account:password-changed", "account:password-reset"),
    "factor": ("account:added", "account:second-factor-set", "account:recovery-codes-made"),
    "tokens": (
        *("account:disabled", "token:added", "token:revoked", "token:rotated"),
        *("rights:confirmed", "rights:refused"),
    ),
}
# … and events of many accounts: a state brought back, and what ends a partner's or a station's.
_BROUGHT_BACK = ("archive:rebuilt", "archive:restored")
_OTHERS = ("partner:", "station:")


@dataclass(frozen=True, slots=True)
class _Change:
    """One part of an account that differs from the last state noted in event ``after``."""

    account: str
    part: str
    after: int
    before: int | None  # the event that notes it; None: as the rows are now


def last_note(session: Session) -> int:
    """Number of the newest event that notes digests; 0 where none does."""
    newest = AuditEvent.number.desc()
    noted = select(AuditEvent.number).where(AuditEvent.tag == NOTED)
    return session.scalar(noted.order_by(newest).limit(1)) or 0


def iter_misfits(database: Database) -> Iterator[str]:
    """By name whatever rows tell otherwise than the log does.

    Of what was destroyed or transferred the leaves stay and the rows are gone: that is no misfit.
    """
    with database.read_only() as session:
        yield from _versions(session)
        yield from _acts(session)
        yield from _accounts(session)


def _versions(session: Session) -> Iterator[str]:
    last = ""
    subjects = select(AuditEvent.subject_id).where(AuditEvent.tag == _BUILT).distinct()
    while True:
        query = subjects.where(AuditEvent.subject_id > last).order_by(AuditEvent.subject_id)
        found = [one for one in session.scalars(query.limit(_TOGETHER)) if one]
        if not found:
            return
        yield from _versions_of(session, found)
        last = found[-1]


def _versions_of(session: Session, subjects: Sequence[str]) -> Iterator[str]:
    ids = [UUID(one) for one in subjects]
    gone = set(session.scalars(select(Removal.case_file_id).where(Removal.case_file_id.in_(ids))))
    named = select(CaseFile.id, CaseFile.code).where(CaseFile.id.in_(ids))
    codes = {row.id: row.code for row in session.execute(named)}
    rows = select(
        PackageVersion.case_file_id, PackageVersion.number, PackageVersion.inventory_sha256
    ).where(PackageVersion.case_file_id.in_(ids))
    held = {(row[0], row[1]): row[2] for row in session.execute(rows)}
    events = select(AuditEvent.subject_id, AuditEvent.data).where(
        AuditEvent.tag == _BUILT, AuditEvent.subject_id.in_(subjects)
    )
    told: dict[tuple[UUID, int], str] = {}
    for subject, data in session.execute(events.order_by(AuditEvent.number)):
        if digest := data.get("inventory_sha256"):
            told[UUID(subject), int(data["version"])] = digest
    for (case_file_id, number), digest in told.items():
        if case_file_id not in gone and held.get((case_file_id, number)) != digest:
            yield f"{codes.get(case_file_id, case_file_id)} v{number}"


def _acts(session: Session) -> Iterator[str]:
    for _, states in iter_notes(session, ACTS):
        found = act_states(session, [UUID(one) for one in states])
        yield from (f"act {name}" for name, told in states.items() if found.get(name) != told)


def _accounts(session: Session) -> Iterator[str]:
    """Every change of rights since the first note, lawful where an event about it stands between.

    A state that was noted later is asked as well: to note a change makes it no lawful one.
    """
    known: dict[str, tuple[int, dict[str, str]]] = {}
    changes: list[_Change] = []
    for number, states in iter_notes(session, ACCOUNTS):
        first = not known
        for name, state in states.items():
            changes += [] if first else _changed(known.get(name), name, state, number)
            known[name] = (number, state)
    for name, state in account_states(session).items() if known else ():
        changes += _changed(known.get(name), name, state, None)
        known.pop(name, None)
    changes += [_Change(name, "rights", number, None) for name, (number, _) in known.items()]
    yield from _unlawful(session, changes)


def _changed(
    known: tuple[int, dict[str, str]] | None,
    name: str,
    state: Mapping[str, str],
    number: int | None,
) -> list[_Change]:
    if known is None:
        return [_Change(name, "rights", 0, number)]
    after, before = known
    differing = [part for part, digest in state.items() if before.get(part) != digest]
    return [_Change(name, part, after, number) for part in differing]


def _unlawful(session: Session, changes: Sequence[_Change]) -> Iterator[str]:
    if not changes:
        return
    others = _numbers_of(session)
    for some in _parts(changes):
        ids = {one.account for one in some}
        query = select(AuditEvent.subject_id, AuditEvent.number, AuditEvent.tag)
        events = session.execute(query.where(AuditEvent.subject_id.in_(ids))).all()
        names = _names(session, ids)
        for one in some:
            lawful = [
                number
                for subject, number, tag in events
                if subject == one.account and tag in _LAWFUL[one.part]
            ]
            between = [
                number
                for number in (*lawful, *others)
                if number > one.after and (one.before is None or number < one.before)
            ]
            if not between:
                yield f"account {names.get(one.account, one.account)} {one.part}"


def _numbers_of(session: Session) -> list[int]:
    of_others = [AuditEvent.tag.startswith(one) for one in _OTHERS]
    query = select(AuditEvent.number).where(or_(AuditEvent.tag.in_(_BROUGHT_BACK), *of_others))
    return list(session.scalars(query))


def _names(session: Session, ids: set[str]) -> dict[str, str]:
    query = select(Account.id, Account.name).where(Account.id.in_([UUID(one) for one in ids]))
    return {str(row.id): row.name for row in session.execute(query)}


def _parts(changes: Sequence[_Change]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(changes), _TOGETHER):
        yield changes[start : start + _TOGETHER]
