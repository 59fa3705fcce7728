"""Rows against the leaves that tell of them: versions of packages, acts, and rights of accounts."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.db.unit_of_work import Database
from archive_service.domain.case_files.access_request import AccessRequest
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.digitization.station import Station
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Account
from archive_service.domain.people.delegation import Delegation
from archive_service.domain.people.reader_group import GroupMember
from archive_service.domain.people.reading_grant import ReadingGrant
from archive_service.domain.transfer.partner import TransferPartner
from archive_service.evidence.compared.brought_back import BroughtBack
from archive_service.evidence.compared.misfit import Misfit, given_misfit
from archive_service.evidence.compared.packages import version_misfits
from archive_service.evidence.noting import (
    ACCOUNTS,
    ACTS,
    NOTED,
    PERSON,
    UNIT,
    account_states,
    act_states,
    iter_notes,
)

_TOGETHER = 500
# A person who may has said to know of what an account is now: lawful from there on.
KNOWN_ACCOUNT = "account:difference-known"
# What may change a part of an account's rights: events about the account itself.
_LAWFUL: Mapping[str, tuple[str, ...]] = {
    "rights": (
        *("account:added", "account:rights-changed", "account:disabled", "account:enabled"),
        *("rights:confirmed", "rights:refused"),
    ),
    "password": ("account:added", "account:password-changed", "account:password-reset"),
    "factor": (
        *("account:added", "account:second-factor-set", "account:recovery-codes-made"),
        *("account:passkey-added", "account:passkey-removed", "account:passkey-ended"),
    ),
    "tokens": (
        *("account:disabled", "token:added", "token:revoked", "token:rotated"),
        *("rights:confirmed", "rights:refused"),
    ),
    "binding": ("account:bound", "rights:confirmed"),
    PERSON: ("account:added", "account:changed", "account:renamed"),
    UNIT: (
        *("account:added", "account:rights-changed", "account:changed", "account:left"),
        *("rights:confirmed", "rights:refused"),
    ),
}
_NOTED_LATER = {PERSON, UNIT}  # earlier releases noted none: the first state is no change
# … and events about the partner or the station whose account it is; of many, a state brought back.
_OWNERS: Sequence[type[TransferPartner | Station]] = (TransferPartner, Station)
# What tells of duties handed over; the last two of one that waits for a second person.
_GIVEN, _ENDED = "delegation:given", "delegation:ended"
_ASKED, _CONFIRMED = "rights:asked", "rights:confirmed"
# What tells of readings that were granted on conditions.
_WISHED, _GRANTED = "access-request:made", "access-request:{state}"
_SEALED = "access-request:sealed"
_REDACTED, _OF_GRANT = "access-request:redacted", ("ordinal", "person", "pages")
_TAKEN_BACK = ("access-request:revoked", "access-request:withdrawn")


@dataclass(frozen=True, slots=True)
class _Change:
    """One part of an account that differs from the last state noted in event ``after``."""

    account: str
    part: str
    after: int
    before: int | None  # the event that notes it; None: as the rows are now
    log: str  # digests: as it was noted, and as it was found
    row: str

    @property
    def is_known(self) -> bool:
        """Whether a note told of the account: nothing but an event of its own brings another."""
        return self.after > 0


def last_note(session: Session) -> int:
    """Number of the newest event that notes digests; 0 where none does."""
    newest = AuditEvent.number.desc()
    noted = select(AuditEvent.number).where(AuditEvent.tag == NOTED)
    return session.scalar(noted.order_by(newest).limit(1)) or 0


def iter_misfits(database: Database) -> Iterator[Misfit]:
    """Whatever rows tell otherwise than the log does.

    Of what was destroyed or transferred the leaves stay and the rows are gone: that is no misfit.
    """
    with database.read_only() as session:
        yield from version_misfits(session)
        yield from _acts(session)
        yield from account_misfits(session)


def _acts(session: Session) -> Iterator[Misfit]:
    for _, states in iter_notes(session, ACTS):
        found = act_states(session, [UUID(state) for state in states])
        for name, told in states.items():
            if found.get(name) != told:
                yield Misfit(f"act {name}", name, {"log": told, "row": found.get(name)})


def account_misfits(session: Session) -> Iterator[Misfit]:
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
    changes += [
        _Change(name, "rights", number, None, state["rights"], "")
        for name, (number, state) in known.items()
    ]
    yield from _unlawful(session, changes)
    yield from _delegations(session)
    yield from _grants(session)
    today = clock.today()
    is_open = ReadingGrant.open_on(today)
    grants = session.scalars(select(ReadingGrant).where(is_open).order_by(ReadingGrant.id))
    yield from _readings(session, grants.all(), "reading", "grant:given", "grant")
    is_in = GroupMember.open_on(today)
    members = session.scalars(select(GroupMember).where(is_in).order_by(GroupMember.id))
    yield from _readings(session, members.all(), "group", "group:joined", "group")


def _changed(
    known: tuple[int, dict[str, str]] | None,
    name: str,
    state: Mapping[str, str],
    number: int | None,
) -> list[_Change]:
    if known is None:
        return [_Change(name, "rights", 0, number, "", state["rights"])]
    after, before = known
    return [
        _Change(name, part, after, number, before.get(part, ""), digest)
        for part, digest in state.items()
        if before.get(part) != digest and (part in before or part not in _NOTED_LATER)
    ]


def _unlawful(session: Session, changes: Sequence[_Change]) -> Iterator[Misfit]:
    if not changes:
        return
    brought_back = BroughtBack.read(session)
    for some in _parts(changes):
        ids = {one.account for one in some}
        query = select(AuditEvent.subject_id, AuditEvent.number, AuditEvent.tag)
        events = session.execute(query.where(AuditEvent.subject_id.in_(ids))).all()
        names, owners = _names(session, ids), _owners(session, ids)
        for one in some:
            own = [(number, tag) for subject, number, tag in events if subject == one.account]
            is_explained = one.is_known and brought_back.explains(one.after, one.before)
            if not is_explained and not _is_lawful(one, own, owners.get(one.account, ())):
                name = names.get(one.account, one.account)
                facts = {"part": one.part, "event": one.after, "log": one.log, "row": one.row}
                yield Misfit(f"account {name} {one.part}", name, facts, one.account)


def _is_lawful(change: _Change, events: Sequence[tuple[int, str]], owner: Sequence[int]) -> bool:
    """An event stands between that may change it, or a person has said later to know of it.

    Who says so has the state noted that there is then: a later change is one from that.
    """
    lawful = [number for number, tag in events if tag in _LAWFUL[change.part]]
    between = (
        number > change.after and (change.before is None or number < change.before)
        for number in (*lawful, *owner)
    )
    known = (number > change.after for number, tag in events if tag == KNOWN_ACCOUNT)
    return any(between) or any(known)


def _owners(session: Session, ids: AbstractSet[str]) -> dict[str, list[int]]:
    """Of each account that is a partner's or a station's the events about these."""
    accounts = [UUID(one) for one in ids]
    whose: dict[str, str] = {}
    for kind in _OWNERS:
        rows = select(kind.id, kind.account_id).where(kind.account_id.in_(accounts))
        whose |= {str(id_): str(account) for id_, account in session.execute(rows)}
    query = select(AuditEvent.subject_id, AuditEvent.number)
    found = defaultdict[str, list[int]](list)
    for subject, number in session.execute(query.where(AuditEvent.subject_id.in_(whose))):
        found[whose[str(subject)]].append(number)
    return found


def _names(session: Session, ids: set[str]) -> dict[str, str]:
    query = select(Account.id, Account.name).where(Account.id.in_([UUID(one) for one in ids]))
    return {str(row.id): row.name for row in session.execute(query)}


def _delegations(session: Session) -> Iterator[Misfit]:
    """Duties that count or may yet, and were not handed over so, or ended before.

    Whoever ends one of these has put it right.
    """
    today = clock.today()
    open_ones = select(Delegation).where(Delegation.open_on(today))
    rows = list(session.scalars(open_ones.order_by(Delegation.given_at, Delegation.id)))
    if not rows:
        return
    told = _Handed.read(session)
    brought_back = BroughtBack.read(session).last
    names = _names(
        session,
        {str(id_) for delegation in rows for id_ in (delegation.giver_id, delegation.receiver_id)},
    )
    for row in rows:
        number, given = told.given.get(str(row.id), (0, {}))
        ended = told.ended.get(str(row.id), 0)
        found = {
            "giver": names[str(row.giver_id)],
            "receiver": names[str(row.receiver_id)],
            "duties": row.duties,
            "first_day": row.first_day.isoformat(),
            "last_day": row.last_day.isoformat(),
        }
        log = {name: given[name] for name in found} if given else None
        waits = str(row.id) in told.waiting and not row.waits
        if log != found or ended > brought_back or waits:
            names_it = names[str(row.receiver_id)], str(row.receiver_id)
            yield given_misfit("delegation", max(number, ended), log, found, *names_it)


def _grants(session: Session) -> Iterator[Misfit]:
    """Readings that go on, and were not granted so, or were taken back.

    Whoever revokes one of these has put it right.
    """
    granted = AccessRequest.going_on()
    rows = session.scalars(select(AccessRequest).where(granted).order_by(AccessRequest.id)).all()
    brought_back = BroughtBack.read(session).last if rows else 0
    for some in _parts(rows):
        last = _last_events(session, [str(one.id) for one in some])
        names = _names(session, {str(one.asked_by_id) for one in some})
        files = CaseFile.id.in_([one.case_file_id for one in some])
        coded = session.execute(select(CaseFile.id, CaseFile.code).where(files))
        codes = {row.id: row.code for row in coded}
        for row in some:
            own = last[str(row.id)]
            account = names.get(str(row.asked_by_id), "")
            found = {
                "account": account,
                "code": codes.get(row.case_file_id, row.code),
                "areas": row.areas,
                **{name: getattr(row, name) for name in _OF_GRANT},
                "until": row.until and clock.iso(row.until),
            }
            log, end = _granted_by(own, row), max(own[one].number for one in _TAKEN_BACK)
            if log != found or end > brought_back:
                number = max(own[_GRANTED.format(state=row.state.value)].number, end)
                yield given_misfit("grant", number, log, found, account, str(row.asked_by_id))


def _readings(
    session: Session,
    rows: Sequence[ReadingGrant | GroupMember],
    part: str,
    begun: str,
    kind: str,
) -> Iterator[Misfit]:
    """What counts or may yet, and was not given so, not confirmed, or ended before.

    Whoever ends one of these has put it right.
    """
    brought_back = BroughtBack.read(session).last if rows else 0
    for some in _parts(rows):
        last = _last_events(session, [str(one.id) for one in some])
        names = _names(session, {str(one.account_id) for one in some})
        for row in some:
            own, account = last[str(row.id)], names.get(str(row.account_id), "")
            given, end = own[begun], own[f"{kind}:ended"].number
            found = row.facts() | {"account": account}
            log = {name: given.data.get(name) for name in found} if given.number else None
            waits = given.number and given.data["waits"] and not own[f"{kind}:confirmed"].number
            if log != found or end > brought_back or (waits and not row.waits):
                number = max(given.number, end)
                yield given_misfit(part, number, log, found, account, str(row.account_id))


def _last_events(session: Session, subjects: Sequence[str]) -> dict[str, dict[str, AuditEvent]]:
    """Of each subject the last event of each kind; one without a number where there is none."""
    found = {
        subject: defaultdict[str, AuditEvent](lambda: AuditEvent(number=0)) for subject in subjects
    }
    query = select(AuditEvent).where(AuditEvent.subject_id.in_(subjects))
    for event in session.scalars(query.order_by(AuditEvent.number)):
        found[str(event.subject_id)][event.tag] = event
    return dict(found)


def _granted_by(own: Mapping[str, AuditEvent], row: AccessRequest) -> dict[str, Any] | None:
    """What events tell of a grant; ``None`` where none of them grants it."""
    made, given = own[_WISHED], own[_GRANTED.format(state=row.state.value)]
    redacted = own[_REDACTED]
    if not (made.number and given.number):
        return None
    names = ("code", *_OF_GRANT, "until")
    areas = redacted.data["areas"] if redacted.number else []
    told = {name: given.data[name] for name in names} | {"account": made.account, "areas": areas}
    if own[_SEALED].number > given.number:  # the days of a sealed copy begin with the seal
        told["until"] = own[_SEALED].data.get("until", told["until"])
    return told


@dataclass(frozen=True, slots=True)
class _Handed:
    """What events tell of delegations, by their ids."""

    given: Mapping[str, tuple[int, Mapping[str, Any]]]
    ended: Mapping[str, int]
    waiting: AbstractSet[str]

    @classmethod
    def read(cls, session: Session) -> "_Handed":
        query = select(AuditEvent.number, AuditEvent.tag, AuditEvent.subject_id, AuditEvent.data)
        tags = (_GIVEN, _ENDED, _ASKED, _CONFIRMED)
        given, ended, waiting = dict[str, tuple[int, Any]](), dict[str, int](), dict[str, str]()
        events = session.execute(query.where(AuditEvent.tag.in_(tags)).order_by(AuditEvent.number))
        for number, tag, subject, data in events:
            if tag == _GIVEN:
                given[subject] = number, data
            elif tag == _ENDED:
                ended[subject] = number
            elif tag == _ASKED and "delegation" in data.get("change", {}):
                waiting[data["gain"]] = data["change"]["delegation"]
            elif tag == _CONFIRMED:
                waiting.pop(data["gain"], None)
        return cls(given, ended, set(waiting.values()))


def _parts(whole: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(whole), _TOGETHER):
        yield whole[start : start + _TOGETHER]
