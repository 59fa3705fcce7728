"""Schedules of the archive's own: kept, compared, adopted; beside those that ship."""

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.db.acts import newest_bodies
from archive_service.db.unit_of_work import take_write_lock
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.retention import (
    LONGEST_REASON,
    RETENTION_SCHEDULE,
    RetentionSchedule,
    ScheduleState,
)
from archive_service.errors import ConflictError, InputError, NotAllowedError, NotFoundError
from archive_service.text import telling_line
from retention.schedules.files import Fault, ReadSchedule
from retention.terms.known_schedules import (
    forget_known,
    known_rule_sets,
    meta_of,
    shipped_schedules,
)


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


def codes_of(session: Session, draft: RetentionSchedule) -> frozenset[str]:
    """Codes of the entries of a draft, and of the adopted editions that it takes the place of."""
    mine = select(RetentionSchedule.document).where(
        RetentionSchedule.code == draft.code, RetentionSchedule.state == ScheduleState.ADOPTED
    )
    ships = shipped_documents().get(draft.code)
    documents = [draft.document, *session.scalars(mine), *([ships] if ships else [])]
    return frozenset(str(rule["code"]) for document in documents for rule in document["rules"])


def shipped_documents() -> dict[str, dict[str, Any]]:
    """Those that ship, by code, in the form of a document."""
    return {
        meta.code: {
            "rule_set": {
                "code": meta.code,
                "title": meta.title,
                "instrument": meta.instrument,
                "article": meta.article,
                "valid_from": meta.valid_from.isoformat(),
                "valid_to": meta.valid_to and meta.valid_to.isoformat(),
            },
            "rules": [dict(row) for row in rows],
        }
        for meta, rows in ((shipped.meta, shipped.rows) for shipped in shipped_schedules())
    }


def keep_schedule(
    session: Session, read: ReadSchedule, *, actor: Actor
) -> tuple[RetentionSchedule, bool]:
    """A draft of what was read without fault; the same content again is the same schedule.

    Second: whether it is new.
    """
    document = read.document()
    digest = _digest(document)
    take_write_lock(session)  # two presses at once keep one
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
    shipped = any(shipped_schedule.meta.code == code for shipped_schedule in shipped_schedules())
    return max(session.scalar(query) or 0, int(shipped)) + 1


def _require_draft(row: RetentionSchedule) -> None:
    if row.state is not ScheduleState.DRAFT:
        raise ScheduleStateError(code=row.code, edition=row.edition, by=row.decided_by or "")


def overlaps(session: Session, read: ReadSchedule) -> Iterator[Fault]:
    """Rules whose code stands in another schedule that holds at the same time."""
    own = read.rule_set.get("code")
    others = [rule_set for rule_set in known_rule_sets(session) if rule_set.meta.code != own]
    if "valid_from" not in read.rule_set or any(fault.code == "head-date" for fault in read.faults):
        return  # nobody knows when it would hold
    meta = meta_of(read.rule_set | {"code": own})
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
    words = telling_line(reason)
    if not words or len(words) > LONGEST_REASON:
        raise ScheduleReasonError(longest=LONGEST_REASON, given=len(words))
    row.state = ScheduleState.ADOPTED if adopt else ScheduleState.DROPPED
    row.decided_by, row.decided_at, row.reason = actor.account, clock.now(), words
    forget_known(session)
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


def restore_schedules(session: Session) -> None:
    """Rows of the newest acts; a draft that was carried over stays as it was changed since."""
    for body in newest_bodies(session, RETENTION_SCHEDULE):
        facts: dict[str, Any] = dict(body)
        known = session.get(RetentionSchedule, UUID(body["id"]))
        if known is not None and body["state"] == ScheduleState.DRAFT.value:
            continue
        for name in ("loaded_at", "decided_at"):
            facts[name] = clock.parse_iso(facts[name]) if facts[name] else None
        session.merge(
            RetentionSchedule(
                **facts | {"id": UUID(facts["id"]), "state": ScheduleState(facts["state"])}
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


def _digest(document: Mapping[str, Any]) -> str:
    text = json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _tell(
    session: Session, row: RetentionSchedule, tag: str, actor: Actor, *, at: dt.datetime
) -> None:
    """The schedule as it is now, on its way into every copy, and the event beside it."""
    body = schedule_document(row)
    session.add(Act(kind=RETENTION_SCHEDULE, subject_id=str(row.id), at=at, document=body))
    facts = {"code": row.code, "edition": row.edition, "sha256": row.sha256, "reason": row.reason}
    record_event(session, tag, subject_id=row.id, actor=actor, agency_id=None, data=facts)
