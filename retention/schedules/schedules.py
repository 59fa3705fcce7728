"""Schedules of the archive's own: kept, compared, adopted; beside those that ship."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import clock, law
from archive_service.audit import record_event
from archive_service.db.acts import newest_bodies
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.retention import (
    RETENTION_SCHEDULE,
    RetentionSchedule,
    ScheduleState,
)
from archive_service.errors import ConflictError, InputError, NotAllowedError, NotFoundError
from archive_service.law import RuleSet, RuleSetMeta
from retention.schedules.files import Fault, ReadSchedule
from retention.schedules.rules import FOLDER, RetentionRule, Schedules

_KEPT = "retention-schedules"  # in ``session.info``, for the life of one session
LONGEST_REASON = 1000  # characters


class ScheduleNotFoundError(NotFoundError):
    """No schedule of the archive's own with this id."""

    code = "retention-schedule-not-found"


class ScheduleStateError(ConflictError):
    """It was adopted or dropped before."""

    code = "retention-schedule-state"


class ScheduleOwnError(NotAllowedError):
    """Who loaded a schedule does not adopt it."""

    code = "retention-schedule-own"


class ScheduleOthersError(NotAllowedError):
    """A draft is changed by who began it alone."""

    code = "retention-schedule-others"


class ScheduleReasonError(InputError):
    """A schedule is adopted or dropped for a reason that stands in the act."""

    code = "retention-schedule-reason"


def known_schedules(session: Session) -> Schedules:
    """Those that ship and those adopted here, as they stand; read once for a session."""
    if _KEPT not in session.info:
        session.info[_KEPT] = Schedules(_holding(session))
    found: Schedules = session.info[_KEPT]
    return found


def schedules_with(session: Session, draft: RetentionSchedule) -> Schedules:
    """Those that ship, those adopted here, and a draft as if it were adopted too."""
    return Schedules(_holding(session, draft))


def codes_of(session: Session, draft: RetentionSchedule) -> frozenset[str]:
    """Codes of the entries of a draft, and of the adopted editions that it takes the place of."""
    mine = select(RetentionSchedule.document).where(
        RetentionSchedule.code == draft.code, RetentionSchedule.state == ScheduleState.ADOPTED
    )
    ships = shipped_documents().get(draft.code)
    documents = [draft.document, *session.scalars(mine), *([ships] if ships else [])]
    return frozenset(str(rule["code"]) for one in documents for rule in one["rules"])


def keep_schedule(
    session: Session, read: ReadSchedule, *, actor: Actor
) -> tuple[RetentionSchedule, bool]:
    """A draft of what was read without fault; the same content again is the same schedule.

    Second: whether it is new.
    """
    document = read.document()
    digest = _digest(document)
    same = RetentionSchedule.sha256 == digest, RetentionSchedule.state != ScheduleState.DROPPED
    known = session.scalars(select(RetentionSchedule).where(*same)).first()
    return (known, False) if known else (begin_draft(session, document, actor=actor), True)


def begin_draft(
    session: Session, document: Mapping[str, Any], *, actor: Actor
) -> RetentionSchedule:
    """A draft with this content, the next edition of its code."""
    row = RetentionSchedule(
        id=uuid4(), state=ScheduleState.DRAFT, loaded_by=actor.account, loaded_at=clock.now(),
        reason="",
    )  # fmt: skip
    _write(session, row, document)
    session.add(row)
    _tell(session, row, "retention-schedule:loaded", actor, at=row.loaded_at)
    return row


def change_draft(
    session: Session,
    row: RetentionSchedule,
    document: Mapping[str, Any],
    *,
    told: Mapping[str, str],
    actor: Actor,
) -> None:
    """Give a draft another content; ``told`` is what the event says was changed.

    Rows alone: the next act of a schedule is that of its adoption, with all of it.

    Raises:
        ScheduleStateError: it is no draft.
        ScheduleOthersError: somebody else began it: the second person must have had no hand in it.
    """
    require_ones_own(row, actor)
    _write(session, row, document)
    data = {"code": row.code, "edition": row.edition, "sha256": row.sha256, **told}
    tag = "retention-schedule:changed"
    record_event(session, tag, subject_id=row.id, actor=actor, agency_id=None, data=data)


def require_ones_own(row: RetentionSchedule, actor: Actor) -> None:
    """``ScheduleStateError`` unless it is a draft, ``ScheduleOthersError`` for another's."""
    _require_draft(row)
    if row.loaded_by != actor.account:
        raise ScheduleOthersError(code=row.code, edition=row.edition, by=row.loaded_by)


def _write(session: Session, row: RetentionSchedule, document: Mapping[str, Any]) -> None:
    """The content, and what follows from it; a code that is new to the row begins an edition."""
    code = str(document["rule_set"]["code"])
    if row.code != code:
        row.code, row.edition = code, _next_edition(session, code)
    row.title, row.document = str(document["rule_set"]["title"]), dict(document)
    row.sha256 = _digest(document)


def _next_edition(session: Session, code: str) -> int:
    """One that ships is the first of its code."""
    query = select(func.max(RetentionSchedule.edition)).where(RetentionSchedule.code == code)
    shipped = any(one.meta.code == code for one in _shipped())
    return max(session.scalar(query) or 0, int(shipped)) + 1


def _require_draft(row: RetentionSchedule) -> None:
    if row.state is not ScheduleState.DRAFT:
        raise ScheduleStateError(code=row.code, edition=row.edition, by=row.decided_by or "")


def overlaps(session: Session, read: ReadSchedule) -> Iterator[Fault]:
    """Rules whose code stands in another schedule that holds at the same time."""
    own = read.rule_set.get("code")
    others = [one for one in _holding(session) if one.meta.code != own]
    if "valid_from" not in read.rule_set or any(one.code == "head-date" for one in read.faults):
        return  # nobody knows when it would hold
    meta = _meta(read.rule_set | {"code": own})
    for other in others:
        if not (other.meta.in_force(meta.valid_from) or meta.in_force(other.meta.valid_from)):
            continue
        taken = {row["code"] for row in other.rows}
        for rule, line in zip(read.rules, read.lines, strict=True):
            if rule["code"] in taken:
                yield Fault(line, "code-overlaps", f"{rule['code']} ({other.meta.instrument})")


def decide(
    session: Session, row: RetentionSchedule, *, adopt: bool, reason: str, actor: Actor
) -> None:
    """Adopt a draft, or drop it; it holds from its ``valid_from`` on.

    Raises:
        ScheduleOwnError: the account that loaded it adopts it.
        ScheduleStateError: it is no draft.
        ScheduleReasonError
    """
    if adopt and row.loaded_by == actor.account:
        raise ScheduleOwnError(code=row.code)
    _require_draft(row)
    words = " ".join(reason.split())
    if not words or len(words) > LONGEST_REASON:
        raise ScheduleReasonError(longest=LONGEST_REASON)
    row.state = ScheduleState.ADOPTED if adopt else ScheduleState.DROPPED
    row.decided_by, row.decided_at, row.reason = actor.account, clock.now(), words
    session.info.pop(_KEPT, None)
    tag = f"retention-schedule:{row.state.value}"
    _tell(session, row, tag, actor, at=row.decided_at)


def get_schedule(session: Session, schedule_id: UUID, *, locked: bool = False) -> RetentionSchedule:
    """The schedule with this id; ``ScheduleNotFoundError``."""
    row = session.get(RetentionSchedule, schedule_id, with_for_update=locked or None)
    if row is None:
        raise ScheduleNotFoundError(id=schedule_id)
    return row


def list_schedules(session: Session) -> list[RetentionSchedule]:
    """All, by code, the newest edition first."""
    query = select(RetentionSchedule)
    order = (RetentionSchedule.code, RetentionSchedule.edition.desc())
    return list(session.scalars(query.order_by(*order)))


def shipped_documents() -> dict[str, dict[str, Any]]:
    """Those that ship, by code, in the form of a document."""
    return {
        one.meta.code: {
            "rule_set": {
                "code": one.meta.code,
                "title": one.meta.title,
                "instrument": one.meta.instrument,
                "article": one.meta.article,
                "valid_from": one.meta.valid_from.isoformat(),
                "valid_to": one.meta.valid_to and one.meta.valid_to.isoformat(),
            },
            "rules": [dict(row) for row in one.rows],
        }
        for one in _shipped()
    }


def compared(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, Any]:
    """``{added, removed, changed: [{code, before, after}], same}`` of two documents, by rule."""
    old = {rule["code"]: rule for rule in before["rules"]}
    new = {rule["code"]: rule for rule in after["rules"]}
    changed = [
        {"code": code, "before": old[code], "after": new[code]}
        for code in sorted(old.keys() & new.keys())
        if old[code] != new[code]
    ]
    return {
        "added": [new[code] for code in sorted(new.keys() - old.keys())],
        "removed": [old[code] for code in sorted(old.keys() - new.keys())],
        "changed": changed,
        "same": len(old.keys() & new.keys()) - len(changed),
    }


def newer_rule(known: Schedules, kept: Mapping[str, Any], on: dt.date) -> RetentionRule | None:
    """The rule of the same code in force on the day, where it says another term or source."""
    if kept.get("basis") not in ("schedule", "equivalent"):
        return None
    now = known.find(str(kept["code"]), on)
    own = kept.get("raised_from", kept.get("years"))
    told = (own, kept.get("event"), kept.get("citation"))
    if now is None or told == (now.years, now.event, now.citation):
        return None
    if kept["basis"] == "equivalent" and told[1:] == (now.event, now.citation):
        longer = own is None or (now.years is not None and own >= now.years)
        return None if longer else now
    return now


def restore_schedules(session: Session) -> None:
    """Rows of the newest acts; a draft that was carried over stays as it was changed since."""
    for body in newest_bodies(session, RETENTION_SCHEDULE):
        told = dict(body)
        known = session.get(RetentionSchedule, UUID(told["id"]))
        if known is not None and told["state"] == ScheduleState.DRAFT.value:
            continue
        for name in ("loaded_at", "decided_at"):
            told[name] = clock.parse_iso(told[name]) if told[name] else None
        session.merge(
            RetentionSchedule(
                **told | {"id": UUID(told["id"]), "state": ScheduleState(told["state"])}
            )
        )
    session.flush()


def schedule_document(row: RetentionSchedule) -> dict[str, Any]:
    """As the act tells it, and as it comes back."""
    return {
        "id": str(row.id),
        "code": row.code,
        "edition": row.edition,
        "title": row.title,
        "document": row.document,
        "sha256": row.sha256,
        "state": row.state.value,
        "loaded_by": row.loaded_by,
        "loaded_at": clock.iso(row.loaded_at),
        "decided_by": row.decided_by,
        "decided_at": row.decided_at and clock.iso(row.decided_at),
        "reason": row.reason,
    }


@lru_cache(maxsize=1)
def _shipped() -> tuple[RuleSet, ...]:
    paths = sorted(FOLDER.glob("*.toml"))
    return tuple(law.load_rule_set(path, each_row_cites=True) for path in paths)


def last_days(session: Session) -> dict[tuple[str, int], dt.date | None]:
    """By code and edition, until when what was adopted holds; before its first day: never."""
    return {(one.meta.code, edition): one.meta.valid_to for edition, one in _in_turn(session)}


def _holding(session: Session, draft: RetentionSchedule | None = None) -> list[RuleSet]:
    """Those that ship and those adopted here, with a draft as if it were adopted too."""
    return [
        one
        for _, one in _in_turn(session, draft)
        if one.meta.valid_to is None or one.meta.valid_to >= one.meta.valid_from
    ]


def _in_turn(
    session: Session, draft: RetentionSchedule | None = None
) -> Iterator[tuple[int, RuleSet]]:
    """Each with its edition; it ends on the day before the next one of its code begins.

    The next is told by its first day, whichever was loaded first; of one day the newer edition.
    """
    query = select(RetentionSchedule).where(RetentionSchedule.state == ScheduleState.ADOPTED)
    rows = [*session.scalars(query), *([draft] if draft else [])]
    known = [(1, one) for one in _shipped()]
    for row in rows:
        rules = tuple(row.document["rules"])
        known.append((row.edition, RuleSet(_meta(row.document["rule_set"]), rules, Path(row.code))))
    begins: dict[str, dt.date] = {}  # of the one that follows
    for edition, one in sorted(known, key=_begins, reverse=True):
        code = one.meta.code
        yield edition, replace(one, meta=_ended(one.meta, begins.get(code)))
        begins[code] = one.meta.valid_from


def _begins(known: tuple[int, RuleSet]) -> tuple[str, dt.date, int]:
    edition, one = known
    return one.meta.code, one.meta.valid_from, edition


def _ended(meta: RuleSetMeta, later: dt.date | None) -> RuleSetMeta:
    """It holds until a later edition begins."""
    if later is None:
        return meta
    last = later - dt.timedelta(days=1)
    return replace(meta, valid_to=last if meta.valid_to is None else min(meta.valid_to, last))


def _meta(told: Mapping[str, Any]) -> RuleSetMeta:
    return RuleSetMeta(
        code=told["code"],
        title=told.get("title", ""),
        instrument=told.get("instrument", ""),
        article=told.get("article", ""),
        valid_from=dt.date.fromisoformat(told["valid_from"]),
        valid_to=dt.date.fromisoformat(told["valid_to"]) if told.get("valid_to") else None,
        note=told.get("note", ""),
    )


def _digest(document: Mapping[str, Any]) -> str:
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _tell(
    session: Session, row: RetentionSchedule, tag: str, actor: Actor, *, at: dt.datetime
) -> None:
    """The schedule as it is now, on its way into every copy, and the event beside it."""
    body = schedule_document(row)
    session.add(Act(kind=RETENTION_SCHEDULE, subject_id=str(row.id), at=at, document=body))
    told = {"code": row.code, "edition": row.edition, "sha256": row.sha256, "reason": row.reason}
    record_event(session, tag, subject_id=row.id, actor=actor, agency_id=None, data=told)
