"""Keeping case files longer (danh mục giữ lại): asked with a reason, decided with a paper.

Source: NĐ 30/2020/NĐ-CP Điều 31 k3d: two years at most, with the written consent of the head.
"""

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.db.unit_of_work import UnitOfWork
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.intake.collection import (
    KEEP_BACK,
    LONGEST_PAPER,
    LONGEST_REASON,
    CollectionList,
    KeepBack,
    KeepBackState,
)
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Account, Actor, Role
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.notices.inbox import named, people, tell
from archive_service.text import nfc, telling_line
from ingest.answers.deadlines import keep_until_at_most
from ingest.calling_in.documents import KeepBackDocument
from ingest.file_plan.standing import DueState, Entry, read_standings

PLACE = "/collection/keep-back"
KeepBackRefusal = InputError | ConflictError


class KeepBackNotFoundError(NotFoundError):
    """No request bears this id, or it is not this account's to know."""


class KeepBackCodeError(InputError):
    """No published list of the agency holds a case file of this code."""


class KeepBackDayError(InputError):
    """Not after the due day, or longer than the decree allows."""


class KeepBackWordsError(InputError):
    """A reason, or the paper of the decision, is missing or too long."""


class KeepBackStandsError(ConflictError):
    """It is asked for or consented to already, was decided, or the case file was submitted."""


def ask_keep_back(
    codes: Sequence[str], *, until_on: dt.date, reason: str, actor: Actor, uow: UnitOfWork
) -> list[KeepBack]:
    """Ask to keep these case files till ``until_on``: all of them or none; the caller commits.

    Raises:
        ActNotAllowedError: ``actor`` may not.
        KeepBackCodeError, KeepBackDayError, KeepBackWordsError, KeepBackStandsError
    """
    session = uow.session
    for refusal in iter_refusals(session, codes, until_on=until_on, reason=reason, actor=actor):
        raise refusal
    reason_line, wanted, called = telling_line(reason), _wanted(codes), _called_in(session, actor)
    rows = [
        _row(*called[code], until_on=until_on, reason=reason_line, actor=actor) for code in wanted
    ]
    session.add_all(rows)
    for row in rows:
        _record(session, row, "keep-back:asked", actor)
    first = rows[0]
    for agency_id in {row.agency_id for row in rows}:
        tell(
            session,
            "keep-back-asked",
            to=people(session, roles={Role.AGENCY_HEAD, Role.HEAD}, agency_id=agency_id),
            subject_id=first.id,
            facts={"code": first.code, "count": len(rows), "until_on": until_on.isoformat()},
            href=PLACE,
        )
    return rows


def iter_refusals(
    session: Session,
    codes: Sequence[str],
    *,
    until_on: dt.date | None,
    reason: str,
    actor: Actor,
) -> Iterator[KeepBackRefusal]:
    """Everything that stands against asking for it; nothing where it can be asked.

    Args:
        session: of a unit of work.
        codes: of case files, each as it was typed.
        until_on: ``None`` where no day was told: then none is judged.
        reason: as it was typed.
        actor: who asks.

    Raises:
        ActNotAllowedError: ``actor`` may not.
    """
    access.require(actor, "keep-back:ask")
    wanted, called = _wanted(codes), _called_in(session, actor)
    missing = [code for code in wanted if code not in called]
    if missing or not wanted:
        yield KeepBackCodeError(code=", ".join(missing))
    known = {code: called[code] for code in wanted if code in called}
    if until_on is not None:
        yield from _iter_days_refused(known, until_on)
    yield from _iter_standing(session, known)
    yield from _iter_words_refused(reason=(reason, LONGEST_REASON))


def _iter_days_refused(
    wanted: dict[str, tuple[CollectionList, dict[str, Any]]], until_on: dt.date
) -> Iterator[KeepBackDayError]:
    for code, (_, entry) in wanted.items():
        due_on = dt.date.fromisoformat(entry["due_on"])
        latest = keep_until_at_most(due_on)
        if not due_on < until_on <= latest:
            yield KeepBackDayError(code=code, until=until_on, due=due_on, latest=latest)


def _wanted(codes: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(code.strip() for code in codes))


def _called_in(session: Session, actor: Actor) -> dict[str, tuple[CollectionList, dict[str, Any]]]:
    """By code what published lists of the agency hold."""
    lists = session.scalars(
        select(CollectionList).where(
            access.visible(actor, "keep-back:ask", CollectionList.agency_id)
        )
    )
    return {entry["code"]: (row, entry) for row in lists for entry in row.entries}


def _iter_standing(
    session: Session, wanted: dict[str, tuple[CollectionList, dict[str, Any]]]
) -> Iterator[KeepBackStandsError]:
    standing = session.scalars(
        select(KeepBack)
        .where(KeepBack.code.in_(wanted), KeepBack.state != KeepBackState.REFUSED)
        .order_by(KeepBack.code)
    ).all()
    for row in standing:
        yield KeepBackStandsError(code=row.code, state=row.state)
    plans = {(row.agency_id, row.year) for row, _ in wanted.values()}
    standings = read_standings(session, plans, today=clock.today())
    for code, (called, entry) in wanted.items():
        sent = standings.of(Entry(called.agency_id, called.year, entry["notation"]))
        if sent.state is DueState.SUBMITTED:
            yield KeepBackStandsError(code=code, state="submitted")


def _row(
    called: CollectionList,
    entry: dict[str, Any],
    *,
    until_on: dt.date,
    reason: str,
    actor: Actor,
) -> KeepBack:
    return KeepBack(
        id=uuid4(),
        agency_id=called.agency_id,
        code=entry["code"],
        title=entry["title"],
        year=called.year,
        unit=entry["unit"],
        person=entry["person"],
        due_on=dt.date.fromisoformat(entry["due_on"]),
        until_on=until_on,
        reason=reason,
        state=KeepBackState.ASKED,
        asked_by=actor.account,
        asked_at=clock.now(),
        paper="",
        decision_reason="",
    )


def decide_keep_back(
    request_id: UUID,
    *,
    consent: bool,
    paper: str,
    reason: str = "",
    actor: Actor,
    uow: UnitOfWork,
) -> KeepBack:
    """Consent or refuse, naming the paper; the caller commits. The same once more changes nothing.

    Raises:
        KeepBackNotFoundError, ActNotAllowedError
        KeepBackWordsError: no paper, or a refusal without a reason.
        KeepBackStandsError: decided otherwise before, or it was asked by the same person.
    """
    session = uow.session
    access.require(actor, "keep-back:decide")
    row = session.get(KeepBack, request_id, with_for_update=True)
    if row is None or not access.may(actor, "keep-back:decide", row):
        raise KeepBackNotFoundError(id=request_id)
    state = KeepBackState.CONSENTED if consent else KeepBackState.REFUSED
    if row.state is state:
        return row
    if row.state is not KeepBackState.ASKED or row.asked_by in actor.names:
        raise KeepBackStandsError(code=row.code, state=row.state)
    for refusal in iter_words_refused(consent=consent, paper=paper, reason=reason):
        raise refusal
    row.paper = " ".join(nfc(paper).split())
    row.decision_reason = "" if consent else telling_line(reason)
    row.state, row.decided_by, row.decided_at = state, actor.account, clock.now()
    _record(session, row, f"keep-back:{state.value}", actor)
    tell(
        session,
        "keep-back-decided",
        to=named(session, [row.asked_by]),
        subject_id=row.id,
        facts={"code": row.code, "state": state.value, "until_on": row.until_on.isoformat()},
        href=PLACE,
    )
    return row


def list_keep_back(
    session: Session, *, actor: Actor, state: KeepBackState | None = None
) -> list[tuple[KeepBack, Agency]]:
    """Requests the account may see, the newest first: an officer their unit's or their own."""
    access.require(actor, "keep-back:list")
    query = (
        select(KeepBack, Agency)
        .join(Agency, Agency.id == KeepBack.agency_id)
        .where(access.visible(actor, "keep-back:list", KeepBack.agency_id))
        .order_by(KeepBack.asked_at.desc(), KeepBack.code)
    )
    if state is not None:
        query = query.where(KeepBack.state == state)
    if actor.role is Role.OFFICER:
        own = session.scalar(select(Account).where(Account.id == actor.account_id))
        mine = KeepBack.asked_by == actor.account
        if own is not None and own.is_unit_head and own.unit:
            mine = mine | (KeepBack.unit == own.unit)
        query = query.where(mine)
    return [(row[0], row[1]) for row in session.execute(query)]


def restore_keep_back(session: Session, bodies: list[dict[str, Any]]) -> None:
    """Rows of the newest acts."""
    for body in bodies:
        days = {name: dt.date.fromisoformat(body[name]) for name in ("due_on", "until_on")}
        moments = {
            name: None if body[name] is None else clock.parse_iso(body[name])
            for name in ("asked_at", "decided_at")
        }
        plain = {
            name: body[name]
            for name in ("code", "title", "year", "unit", "reason", "asked_by", "decided_by")
        }
        session.add(
            KeepBack(
                id=UUID(body["id"]),
                person=body.get("person", ""),
                agency_id=UUID(body["agency_id"]),
                state=KeepBackState(body["state"]),
                paper=body["paper"],
                decision_reason=body["decision_reason"],
                **plain,
                **days,
                **moments,
            )
        )


def _body(row: KeepBack) -> dict[str, Any]:
    """The request as it lies in every copy: of an agency by its id, whatever code it bears."""
    body = KeepBackDocument.of_row(row, agency="").as_json()
    del body["agency"]
    return body | {"agency_id": str(row.agency_id)}


def _record(session: Session, row: KeepBack, tag: str, actor: Actor) -> None:
    """The request as it is now, on its way into every copy, and the event beside it."""
    at = row.decided_at or row.asked_at
    session.add(Act(kind=KEEP_BACK, subject_id=str(row.id), at=at, document=_body(row)))
    data = {"code": row.code, "until_on": row.until_on.isoformat(), "paper": row.paper}
    record_event(session, tag, of=row, actor=actor, data=data)


def iter_words_refused(*, consent: bool, paper: str, reason: str) -> Iterator[KeepBackWordsError]:
    """What a decision lacks in words: the paper, and of a refusal its reason."""
    asked = {"paper": (paper, LONGEST_PAPER)}
    yield from _iter_words_refused(
        **asked if consent else asked | {"reason": (reason, LONGEST_REASON)}
    )


def _iter_words_refused(**fields: tuple[str, int]) -> Iterator[KeepBackWordsError]:
    for name, (text, most) in fields.items():
        given = len(telling_line(text))
        if not 0 < given <= most:
            yield KeepBackWordsError(field=name, length=most, given=given)
