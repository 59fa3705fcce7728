"""The audit trail as people read it: found by kind, subject and person, sealed or not yet."""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, func, or_, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.acts import display_names
from archive_service.db.changed_values import changed
from archive_service.db.held import orders_reaching
from archive_service.db.paging import Order
from archive_service.db.words import begins, has_words
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.audit_event import USES, AuditEvent, AuditSegment, TrailEvent
from archive_service.domain.people.account import Account, Actor, masked
from archive_service.evidence.documents import EventDocument, EventList
from archive_service.evidence.given import EventsSought
from archive_service.evidence.others_codes import codes_of_others, without
from archive_service.services import Services

NEWEST_EVENTS = Order(columns=(AuditEvent.number,), write=(str,), read=(int,), newest_first=True)

STOPPED = "hold:stopped"  # its ``act`` is what a hold stopped
_NUMBERS = ("number", "batch")  # what an event's paper, list or batch is called by
_CHANGES_WITHIN = dt.timedelta(days=366)  # no index knows what was changed: events are read
_LISTED = 200
_FEW = 10_000  # events of a kind that are sorted for a page of them
_AT_ONCE = 500  # events held while the whole trail is written out


def find_events(
    session: Session,
    sought: EventsSought,
    *,
    actor: Actor,
    oldest_first: bool = False,
    limit: int,
    offset: int = 0,
) -> tuple[list[TrailEvent], int]:
    """Events the account may read, newest first, and how many there are.

    Raises:
        ActNotAllowedError: the role does not read the trail.
    """
    access.require(actor, "audit:read")
    narrowed = conditions_of(session, sought, actor=actor)
    by_tag = [*narrowed, begins(AuditEvent.tag, f"{sought.kind}:")] if sought.kind else narrowed
    total = _count(session, by_tag) if by_tag else _length(session)
    # A few are found by their tags and sorted; of many the page is soon met by number.
    order = AuditEvent.number.asc() if oldest_first else AuditEvent.number.desc()
    # What lies before a late page is counted off in an index, and its rows are not read.
    page = select(AuditEvent.number).where(*(by_tag if total <= _FEW else narrowed))
    shown = page.order_by(order).limit(limit).offset(offset).subquery()
    query = select(AuditEvent).join(shown, shown.c.number == AuditEvent.number).order_by(order)
    rows = list(session.scalars(query))
    return _trail_events(session, rows, actor), total


def _length(session: Session) -> int:
    """Of the whole trail, counted by its segments: a part of it may have been lost."""
    held = func.sum(AuditSegment.last_event - AuditSegment.first_event + 1)
    sealed, last = session.execute(select(held, func.max(AuditSegment.last_event))).one()
    return int(sealed or 0) + _count(session, [AuditEvent.number > (last or 0)])


def _count(session: Session, narrowed: Sequence[ColumnElement[bool]]) -> int:
    return session.scalar(select(func.count()).select_from(AuditEvent).where(*narrowed)) or 0


def list_events(services: Services, given: EventsSought, *, actor: Actor) -> EventList:
    """The newest 200 events of those that are sought, as they stand under their digests.

    Raises:
        ActNotAllowedError: the role does not read the trail.
    """
    access.require(actor, "audit:read")
    with services.read_only() as session:
        query = select(AuditEvent).where(*conditions_of(session, given, actor=actor))
        rows = session.scalars(query.order_by(AuditEvent.number.desc()).limit(_LISTED)).all()
        return EventList(events=as_documents(session, rows, actor=actor))


def as_documents(
    session: Session, rows: Sequence[AuditEvent], *, actor: Actor
) -> list[EventDocument]:
    """Events as programs read them; codes of other agencies are left out."""
    others = codes_of_others(session, rows, actor=actor)
    return [EventDocument.of_row(row, data=without(row.data, others)) for row in rows]


def iter_events(session: Session, sought: EventsSought, *, actor: Actor) -> Iterator[TrailEvent]:
    """The same, oldest first and all of them, some at a time."""
    access.require(actor, "audit:read")
    narrowed = conditions_of(session, sought, actor=actor)
    last = 0
    while True:
        query = select(AuditEvent).where(AuditEvent.number > last, *narrowed)
        rows = list(session.scalars(query.order_by(AuditEvent.number).limit(_AT_ONCE)))
        if not rows:
            return
        yield from _trail_events(session, rows, actor)
        last = rows[-1].number
        session.expunge_all()


def events_of(
    session: Session, case_file_id: UUID, *, actor: Actor, limit: int = 200
) -> list[TrailEvent]:
    """What happened to one case file, its documents and what was added to it, newest first.

    Of a submission that nobody decided on there is no case file yet, and no order to hold it.
    Orders on a search or a fonds that hold or held it are told with it, and their end. Who read it
    is told only to those who may read the whole trail.
    """
    documents = select(Document.id).where(Document.case_file_id == case_file_id)
    additions = select(Submission.id).where(Submission.case_file_id == case_file_id)
    own = session.scalars(documents.union_all(additions, orders_reaching(case_file_id)))
    subjects = list(map(str, [case_file_id, *own]))
    of_it = select(CaseFile.fonds_id, CaseFile.accepted_at).where(CaseFile.id == case_file_id)
    about: ColumnElement[bool] = AuditEvent.subject_id.in_(subjects)
    for fonds_id, since in session.execute(of_it):
        about |= and_(
            AuditEvent.subject_id == str(fonds_id),
            AuditEvent.tag == "hold:lifted",
            AuditEvent.at >= since,
        )
    query: Select[AuditEvent] = select(AuditEvent).where(about)
    if not access.may(actor, "audit:read"):
        query = query.where(AuditEvent.tag != USES["read"])
    rows = session.scalars(query.order_by(AuditEvent.number.desc()).limit(limit))
    return _trail_events(session, list(rows), actor)


def last_sealed(session: Session) -> AuditSegment | None:
    """The newest segment that every copy holds."""
    return session.scalar(
        select(AuditSegment)
        .where(AuditSegment.written)
        .order_by(AuditSegment.number.desc())
        .limit(1)
    )


def last_passes(session: Session, *, actor: Actor, limit: int) -> list[dict[str, Any]]:
    """The newest passes over the copies, with what each of them found."""
    access.require(actor, "fixity:check")
    rows = session.scalars(
        select(AuditEvent)
        .where(AuditEvent.tag == "fixity:checked")
        .order_by(AuditEvent.number.desc())
        .limit(limit)
    )
    return [
        row.data | {"number": row.number, "at": clock.iso(row.at), "account": row.account}
        for row in rows
    ]


def first_day(sought: EventsSought) -> dt.date | None:
    """From which day on events are read: where values are sought, within a year in any case."""
    if sought.since is not None or not _values(sought):
        return sought.since
    return clock.shifted(sought.until or clock.today(), -_CHANGES_WITHIN)


def _values(sought: EventsSought) -> dict[str, str]:
    facts = {name: str(getattr(sought, name)) for name in ("field", "was", "becomes")}
    return {name: value for name, value in facts.items() if value}


def conditions_of(
    session: Session, sought: EventsSought, *, actor: Actor
) -> list[ColumnElement[bool]]:
    """What an event has to meet: what is sought, of what the account may read."""
    conditions: list[ColumnElement[bool]] = []
    if actor.agency_id is not None:
        conditions.append(AuditEvent.agency_id == str(actor.agency_id))
    if sought.kind:
        conditions.append(AuditEvent.tag.startswith(f"{sought.kind}:", autoescape=True))
    if sought.account:
        conditions.append(AuditEvent.account == sought.account)
    if sought.address:
        names = ("address", "session", "token")
        door = (AuditEvent.data["door", name].as_string() for name in names)
        conditions.append(or_(*(column == sought.address for column in door)))
    if values := _values(sought):
        conditions.append(changed(session, **values))
    if (since := first_day(sought)) is not None:
        conditions.append(AuditEvent.at >= clock.begins(since))
    if sought.until is not None:
        conditions.append(AuditEvent.at < clock.ends(sought.until))
    if sought.text:
        conditions.append(_matches(session, sought.text))
    return conditions


def _matches(session: Session, text: str) -> ColumnElement[bool]:
    sent = select(Submission.id).where(Submission.code == text)
    kept = select(CaseFile.id).where(CaseFile.code == text)
    subjects = session.scalars(sent.union(kept))
    people = select(Account.name).where(has_words(text, Account.display_name))
    return or_(
        AuditEvent.tag.contains(text, autoescape=True),
        AuditEvent.account.contains(text, autoescape=True),
        AuditEvent.account.in_(people),
        AuditEvent.subject_id == text,
        AuditEvent.subject_id.in_([str(subject) for subject in subjects]),
        *(AuditEvent.data[name].as_string() == text for name in _NUMBERS),
    )


def _trail_events(session: Session, rows: list[AuditEvent], actor: Actor) -> list[TrailEvent]:
    """Five statements, however many rows; two more for an account of one agency."""
    others = codes_of_others(session, rows, actor=actor)
    data = {row.number: without(row.data, others) if others else row.data for row in rows}
    sealed = session.execute(
        select(AuditSegment.number, AuditSegment.first_event, AuditSegment.last_event).where(
            AuditSegment.last_event >= min((row.number for row in rows), default=0),
            AuditSegment.first_event <= max((row.number for row in rows), default=0),
        )
    ).all()
    people = display_names(session, [row.account for row in rows])
    sent = _submissions(session, rows)
    codes = {subject: code for subject, (code, _) in sent.items()}
    named = {*codes.values(), *(str(row.data["code"]) for row in rows if "code" in row.data)}
    held = set(session.scalars(select(CaseFile.code).where(CaseFile.code.in_(named))))
    return [
        TrailEvent(
            number=row.number,
            at=clock.iso(row.at),
            tag=row.tag,
            account=row.account,
            who=people.get(row.account, masked(row.account)),
            address=_address(row),
            subject=data[row.number].get("code")
            or codes.get(row.subject_id or "")
            or _name(data[row.number]),
            is_case_file=data[row.number].get("code") in held
            or codes.get(row.subject_id or "") in held,
            version=row.data.get("version"),
            ordinal=row.data.get("ordinal"),
            act=row.data.get("act") if row.tag == STOPPED else None,
            addition=sent.get(row.subject_id or "", ("", ""))[1],
            fields=[entry["field"] for entry in _list(row.data.get("changes")) if "field" in entry],
            segment=next(
                (segment[0] for segment in sealed if segment[1] <= row.number <= segment[2]), None
            ),
        )
        for row in rows
    ]


def _address(row: AuditEvent) -> str:
    return str(row.data.get("door", {}).get("address", ""))


def _list(value: Any) -> list[dict[str, Any]]:  # Any: whatever the event tells
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _submissions(session: Session, rows: list[AuditEvent]) -> dict[str, tuple[str, str]]:
    """Subject → code of the submission, and so of the case file, that it names, and what it adds.

    The latter is SUPPLEMENT or REPLACEMENT; "" of a new case file.
    """
    ids = {UUID(row.subject_id) for row in rows if row.subject_id and _is_uuid(row.subject_id)}
    found = session.execute(
        select(Submission.id, Submission.code, Submission.record_status).where(
            Submission.id.in_(ids)
        )
    )
    return {
        str(row.id): (row.code, "" if row.record_status == "NEW" else row.record_status)
        for row in found
    }


def _name(facts: dict[str, Any]) -> str:
    names = (*_NUMBERS, "name", "file")
    return next((str(facts[name]) for name in names if facts.get(name)), "")


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
