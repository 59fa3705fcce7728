"""What was given to accounts for a time, by its events: duties, granted readings, and groups."""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.case_files.access_request import AccessRequest
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Account
from archive_service.domain.people.delegation import Delegation
from archive_service.domain.people.reader_group import GroupMember
from archive_service.domain.people.reading_grant import ReadingGrant
from archive_service.evidence.compared.brought_back import BroughtBack
from archive_service.evidence.compared.misfit import Misfit, given_misfit

_TOGETHER = 500
# What tells of duties handed over; the last two of one that waits for a second person.
_GIVEN, _ENDED = "delegation:given", "delegation:ended"
_ASKED, _CONFIRMED = "rights:asked", "rights:confirmed"
# What tells of readings that were granted on conditions.
_WISHED, _GRANTED = "access-request:made", "access-request:{state}"
_SEALED = "access-request:sealed"
_REDACTED, _OF_GRANT = "access-request:redacted", ("ordinal", "person", "pages")
_HANDED_OVER = "account:handed-over"
_TAKEN_BACK = ("access-request:revoked", "access-request:withdrawn")


class _Given(NamedTuple):
    """How misfits name what was given, the event that gave it, and the family of its other ones."""

    part: str
    begun: str
    kind: str


_READING = _Given("reading", "grant:given", "grant")
_GROUP = _Given("group", "group:joined", "group")


def given_misfits(session: Session, brought_back: BroughtBack) -> Iterator[Misfit]:
    """What counts or may yet, and was not given so, or ended before."""
    yield from _delegations(session, brought_back)
    yield from _grants(session, brought_back)
    today = clock.today()
    is_open = ReadingGrant.open_on(today)
    grants = session.scalars(select(ReadingGrant).where(is_open).order_by(ReadingGrant.id))
    yield from _readings(session, grants.all(), brought_back, _READING)
    is_in = GroupMember.open_on(today)
    members = session.scalars(select(GroupMember).where(is_in).order_by(GroupMember.id))
    yield from _readings(session, members.all(), brought_back, _GROUP)


def account_names(session: Session, ids: AbstractSet[str]) -> dict[str, str]:
    """By their ids, as letters."""
    query = select(Account.id, Account.name).where(
        Account.id.in_([UUID(account_id) for account_id in ids])
    )
    return {str(row.id): row.name for row in session.execute(query)}


def _delegations(session: Session, brought_back: BroughtBack) -> Iterator[Misfit]:
    """Duties that count or may yet, and were not handed over so, or ended before.

    Whoever ends one of these has put it right.
    """
    today = clock.today()
    open_ones = select(Delegation).where(Delegation.open_on(today))
    rows = list(session.scalars(open_ones.order_by(Delegation.given_at, Delegation.id)))
    if not rows:
        return
    content = _Handed.read(session)
    names = account_names(
        session,
        {str(id_) for delegation in rows for id_ in (delegation.giver_id, delegation.receiver_id)},
    )
    for row in rows:
        number, given = content.given.get(str(row.id), (0, {}))
        ended, ended_at = content.ended.get(str(row.id), (0, row.given_at))
        found = {
            "giver": names[str(row.giver_id)],
            "receiver": names[str(row.receiver_id)],
            "duties": row.duties,
            "first_day": row.first_day.isoformat(),
            "last_day": row.last_day.isoformat(),
        }
        log = {name: given[name] for name in found} if given else None
        waits = str(row.id) in content.waiting and not row.waits
        is_ended = ended > 0 and not brought_back.forgets(ended, ended_at)
        if log != found or is_ended or waits:
            names_it = names[str(row.receiver_id)], str(row.receiver_id)
            yield given_misfit("delegation", max(number, ended), log, found, *names_it)


def _grants(session: Session, brought_back: BroughtBack) -> Iterator[Misfit]:
    """Readings that go on, and were not granted so, or were taken back.

    Whoever revokes one of these has put it right.
    """
    granted = AccessRequest.going_on()
    rows = session.scalars(select(AccessRequest).where(granted).order_by(AccessRequest.id)).all()
    for some in in_parts(rows):
        last = _last_events(session, [str(grant.id) for grant in some])
        names = account_names(session, {str(grant.asked_by_id) for grant in some})
        files = CaseFile.id.in_([grant.case_file_id for grant in some])
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
            log, end = _granted_by(own, row), _end(own, _TAKEN_BACK, brought_back)
            if log != found or end:
                number = max(own[_GRANTED.format(state=row.state.value)].number, end)
                yield given_misfit("grant", number, log, found, account, str(row.asked_by_id))


def _readings(
    session: Session,
    rows: Sequence[ReadingGrant | GroupMember],
    brought_back: BroughtBack,
    names_it: _Given,
) -> Iterator[Misfit]:
    """What counts or may yet, and was not given so, not confirmed, or ended before.

    Whoever ends one of these has put it right.
    """
    for some in in_parts(rows):
        last = _last_events(session, [str(grant.id) for grant in some])
        names = account_names(session, {str(grant.account_id) for grant in some})
        for row in some:
            own, account = last[str(row.id)], names.get(str(row.account_id), "")
            given, end = own[names_it.begun], _end(own, (f"{names_it.kind}:ended",), brought_back)
            found = row.facts() | {"account": account}
            log = {name: given.data.get(name) for name in found} if given.number else None
            waits = (
                given.number
                and given.data["waits"]
                and not own[f"{names_it.kind}:confirmed"].number
            )
            if log != found or end or (waits and not row.waits):
                number = max(given.number, end)
                yield given_misfit(names_it.part, number, log, found, account, str(row.account_id))


def _end(own: Mapping[str, AuditEvent], tags: Sequence[str], brought_back: BroughtBack) -> int:
    """The last event that ended it and that rows have to know of; 0 where there is none."""
    ends = (own[tag] for tag in tags)
    known = (
        end.number for end in ends if end.number and not brought_back.forgets(end.number, end.at)
    )
    return max(known, default=0)


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
    handed = own[_HANDED_OVER]  # of who asked for another and left before it was decided
    account = handed.data["to"] if handed.number > made.number else made.account
    names = ("code", *_OF_GRANT, "until")
    areas = redacted.data["areas"] if redacted.number else []
    facts = {name: given.data[name] for name in names} | {"account": account, "areas": areas}
    if own[_SEALED].number > given.number:  # the days of a sealed copy begin with the seal
        facts["until"] = own[_SEALED].data.get("until", facts["until"])
    return facts


@dataclass(frozen=True, slots=True)
class _Handed:
    """What events tell of delegations, by their ids."""

    given: Mapping[str, tuple[int, Mapping[str, Any]]]
    ended: Mapping[str, tuple[int, dt.datetime]]
    waiting: AbstractSet[str]

    @classmethod
    def read(cls, session: Session) -> "_Handed":
        query = select(AuditEvent).where(AuditEvent.tag.in_((_GIVEN, _ENDED, _ASKED, _CONFIRMED)))
        given, waiting = dict[str, tuple[int, Any]](), dict[str, str]()
        ended = dict[str, tuple[int, dt.datetime]]()
        for event in session.scalars(query.order_by(AuditEvent.number)):
            number, tag, subject, data = event.number, event.tag, str(event.subject_id), event.data
            if tag == _GIVEN:
                given[subject] = number, data
            elif tag == _ENDED:
                ended[subject] = number, event.at
            elif tag == _ASKED and "delegation" in data.get("change", {}):
                waiting[data["gain"]] = data["change"]["delegation"]
            elif tag == _CONFIRMED:
                waiting.pop(data["gain"], None)
        return cls(given, ended, set(waiting.values()))


def in_parts(whole: Sequence[Any]) -> Iterator[Sequence[Any]]:
    """Some at a time."""
    for start in range(0, len(whole), _TOGETHER):
        yield whole[start : start + _TOGETHER]
