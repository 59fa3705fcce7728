"""What came in, was decided, is held and was used in a period: counted, never estimated."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, func, null, or_, select, true
from sqlalchemy.orm import InstrumentedAttribute, Session

from archive_service import access, messages
from archive_service.accounts.acts import display_names
from archive_service.audit import count_uses
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.mode_change import ModeChange
from archive_service.domain.intake.finding import FindingRow, Severity
from archive_service.domain.intake.handover import HandoverRecord
from archive_service.domain.intake.late_entry import LateEntry
from archive_service.domain.intake.submission import OPEN, TAKEN, SubmissionState
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.opening_record import OpeningRecord
from archive_service.domain.people.account import WORKER, Actor
from archive_service.reports import holdings
from archive_service.reports.holdings import count_where
from archive_service.reports.infrastructure import infrastructure
from archive_service.reports.period import Period
from archive_service.reports.sent import PAST_ERRORS, Sent
from archive_service.reports.sums import by_level, by_superior

_HELD = (CaseState.ACCEPTED, CaseState.STORED)
_MOST_REASONS = 30
_OWN_WORDS = "own-words"  # a return for which no check found an error
_FACT = re.compile(r"\{[^{}]*\}")


def statistics(
    session: Session, period: Period, *, actor: Actor, agency_id: UUID | None = None
) -> dict[str, Any]:
    """All figures of a period, of what the account may see; one agency's with ``agency_id``.

    A fixed number of statements. Counts of holdings are those of now; all else is of the period:
    what was received by its receipt, what was decided by its decision.
    """
    access.require(actor, "report:read")
    sent = [access.visible(actor, "report:read", Sent.agency_id)]
    held = [access.visible(actor, "report:read", CaseFile.agency_id), CaseFile.state.in_(_HELD)]
    if agency_id is not None:
        sent.append(Sent.agency_id == agency_id)
        held.append(CaseFile.agency_id == agency_id)
    agencies = {row.id: row for row in session.scalars(select(Agency))}
    senders = _agencies(session, period, sent, agencies)
    measures = list(_measures(period))
    one_alone = agency_id is not None or actor.agency_id is not None
    return {
        "intake": _intake(session, period, sent),
        "days_to_decision": _days_to_decision(session, period, sent),
        "months": _months(session, period, sent),
        "agencies": senders,
        "levels": by_level(senders, measures),
        "superiors": [] if one_alone else by_superior(agencies, senders, measures),
        "channels": _by(session, period, sent, Sent.channel, "labels.channels"),
        "people": _people(session, period, sent),
        "reasons": _reasons(session, period, sent),
        "holdings": holdings.holdings(session, held),
        "forms": holdings.forms(session, held),
        "types": holdings.types(session, held),
        "formats": holdings.formats(session, held),
        "uses": _uses(session, period, actor, agency_id),
        "late_entries": _late_entries(session, period, actor, agency_id),
        "infrastructure": [] if one_alone else infrastructure(session, period),
    }


def _received(period: Period) -> ColumnElement[bool]:
    return and_(Sent.received_at >= period.begins, Sent.received_at < period.ends)


def _decided(period: Period) -> ColumnElement[bool]:
    return and_(Sent.decided_at >= period.begins, Sent.decided_at < period.ends)


def _measures(period: Period) -> dict[str, ColumnElement[int]]:
    received, decided = _received(period), _decided(period)
    state = Sent.state
    return {
        "received": count_where(received & (state != SubmissionState.DRAFT)),
        "accepted": count_where(decided & state.in_(TAKEN)),
        "returned": count_where(decided & (state == SubmissionState.RETURNED)),
        "rejected": count_where(decided & (state == SubmissionState.REJECTED)),
        "withdrawn": count_where(decided & (state == SubmissionState.WITHDRAWN)),
        "backlog": count_where(
            (Sent.received_at < period.ends)
            & (Sent.decided_at.is_(None) | (Sent.decided_at >= period.ends))
            & (state != SubmissionState.DRAFT)
        ),
    }


def _intake(
    session: Session, period: Period, sent: Sequence[ColumnElement[bool]]
) -> dict[str, int]:
    measures = _measures(period)
    late = count_where(
        Sent.state.in_(OPEN) & (Sent.received_at < period.ends - dt.timedelta(days=60))
    )
    row = session.execute(select(*measures.values(), late).where(*sent)).one()
    return dict(zip([*measures, "late"], row, strict=True))


def _days_to_decision(
    session: Session, period: Period, sent: Sequence[ColumnElement[bool]]
) -> dict[str, float | int | None]:
    """Days from receipt to decision; of what was decided in the period."""
    rows = session.execute(
        select(Sent.received_at, Sent.decided_at).where(
            *sent, _decided(period), Sent.state.in_((*TAKEN, SubmissionState.RETURNED))
        )
    )
    spans = sorted(
        (decided - received).total_seconds() / 86_400 for received, decided in rows if decided
    )
    if not spans:
        return {"count": 0, "median": None, "longest": None}
    return {
        "count": len(spans),
        "median": round(median(spans), 1),
        "longest": round(spans[-1], 1),
    }


def _months(
    session: Session, period: Period, sent: Sequence[ColumnElement[bool]]
) -> list[dict[str, Any]]:
    months = list(period.months())
    columns = [
        column
        for month in months
        for column in (_measures(month)["received"], _measures(month)["accepted"])
    ]
    row = list(session.execute(select(*columns).where(*sent)).one())
    return [
        {"label": f"{month.first:%m/%Y}", "received": row[2 * at], "accepted": row[2 * at + 1]}
        for at, month in enumerate(months)
    ]


def _grouped(
    session: Session,
    period: Period,
    sent: Sequence[ColumnElement[bool]],
    key: InstrumentedAttribute[Any],
) -> list[dict[str, Any]]:
    measures = _measures(period)
    rows = session.execute(select(key, *measures.values()).where(*sent).group_by(key))
    found = [dict(zip(["key", *measures], row, strict=True)) for row in rows]
    return [entry for entry in found if any(entry[name] for name in measures)]


def _by(
    session: Session,
    period: Period,
    sent: Sequence[ColumnElement[bool]],
    key: InstrumentedAttribute[Any],
    labels: str,
) -> list[dict[str, Any]]:
    rows = _grouped(session, period, sent, key)
    for row in rows:
        label = f"{labels}.{row['key']}"
        row["label"] = messages.text(label) if messages.has(label, "vi") else str(row["key"])
    return sorted(rows, key=lambda row: (-row["received"], row["label"]))


def _agencies(
    session: Session,
    period: Period,
    sent: Sequence[ColumnElement[bool]],
    agencies: Mapping[UUID, Agency],
) -> list[dict[str, Any]]:
    """Each agency with its level (the levels of its identifier; 0 where the code names none)."""
    rows = _grouped(session, period, sent, Sent.agency_id)
    for row in rows:
        agency = agencies.get(row["key"])
        levels = (
            [identifier.level for identifier in agency.identifiers] if agency is not None else []
        )
        row["key"] = str(row["key"] or "")
        row["label"] = agency.name if agency is not None else messages.text("reports.no-agency")
        row["level"] = max(levels, default=0)
    return sorted(rows, key=lambda row: (row["level"], row["label"]))


def _people(
    session: Session, period: Period, sent: Sequence[ColumnElement[bool]]
) -> list[dict[str, Any]]:
    """Who accepted and returned how many; what a rule refused is told as the system's."""
    states = (*TAKEN, SubmissionState.RETURNED)
    decided = [*sent, _decided(period), Sent.state.in_(states)]
    rows = _grouped(session, period, decided, Sent.decided_by)
    names = display_names(session, [row["key"] for row in rows if row["key"]])
    system = messages.text("reports.by-rule")
    for row in rows:
        name = row["key"] or WORKER.account
        row["label"] = system if name == WORKER.account else names.get(name, name)
    return sorted(rows, key=lambda row: (-row["accepted"] - row["returned"], row["label"]))


def _reasons(
    session: Session, period: Period, sent: Sequence[ColumnElement[bool]]
) -> list[dict[str, Any]]:
    """Errors of what was returned, by check: how many submissions had each.

    What had none was returned for the words of a person alone, and counts as such.
    """
    returned = [*sent, _decided(period), Sent.state == SubmissionState.RETURNED]
    is_error = FindingRow.severity == Severity.ERROR
    query = (
        select(FindingRow.check, FindingRow.code, func.count(FindingRow.submission_id.distinct()))
        .join(Sent, Sent.id == FindingRow.submission_id)
        .where(*returned, is_error)
        .group_by(FindingRow.check, FindingRow.code)
    )
    counts = Counter({(check, code): count for check, code, count in session.execute(query)})
    has_error = exists().where(FindingRow.submission_id == Sent.id, is_error)
    of_rows = *returned, PAST_ERRORS.is_(null()), ~has_error
    own_words = session.scalar(select(func.count()).select_from(Sent).where(*of_rows)) or 0
    for past in session.scalars(select(PAST_ERRORS).where(*returned, PAST_ERRORS.is_not(null()))):
        counts.update((check, code) for check, _, code in (text.partition(":") for text in past))
        own_words += not past
    reasons: list[dict[str, Any]] = [
        {
            "key": f"{check}:{code}",
            "label": f"{_check_label(check)}: {_said_of(code)}",
            "code": code,
            "count": count,
        }
        for (check, code), count in sorted(counts.items())
    ]
    if own_words:
        label = messages.text("reports.by-own-words")
        reasons.append({"key": _OWN_WORDS, "label": label, "code": _OWN_WORDS, "count": own_words})
    return sorted(reasons, key=lambda reason: -reason["count"])[:_MOST_REASONS]


def _said_of(code: str) -> str:
    """The words of a finding, without what differs from one to the next."""
    words = messages.finding(code).message.rstrip(".")
    kind, colon, rest = words.partition(": ")
    is_kind = bool(colon) and _FACT.search(rest) and not _FACT.search(kind)
    return kind if is_kind else _FACT.sub("…", words)


def _check_label(check: str) -> str:
    label = f"labels.checks.{check}"
    return messages.text(label) if messages.has(label, "vi") else check


def _uses(session: Session, period: Period, actor: Actor, agency_id: UUID | None) -> dict[str, int]:
    wanted = agency_id or actor.agency_id
    whose = true() if wanted is None else AuditEvent.agency_id == str(wanted)
    since, before = AuditEvent.at >= period.begins, AuditEvent.at < period.ends
    counted = count_uses(session, since, before, whose)
    opened = select(func.count()).where(
        OpeningRecord.at >= period.begins,
        OpeningRecord.at < period.ends,
        true() if wanted is None else OpeningRecord.agency_id == wanted,
    )
    return {"opened": session.scalar(opened) or 0, **counted}


def _late_entries(
    session: Session, period: Period, actor: Actor, agency_id: UUID | None
) -> list[dict[str, Any]]:
    """What was done on paper in the period, by its own time, and entered afterwards."""
    whose = [Sent.agency_id, HandoverRecord.agency_id, ModeChange.agency_id]
    seen = [access.visible(actor, "report:read", column) for column in whose]
    wanted = [true() if agency_id is None else column == agency_id for column in whose]
    known = [column.is_not(None) for column in whose]
    rows = session.execute(
        select(LateEntry.what, func.count())
        .outerjoin(Sent, Sent.id == LateEntry.subject_id)
        .outerjoin(HandoverRecord, HandoverRecord.id == LateEntry.subject_id)
        .outerjoin(ModeChange, ModeChange.id == LateEntry.subject_id)
        .where(
            LateEntry.happened_at >= period.begins,
            LateEntry.happened_at < period.ends,
            or_(*(and_(*all_of) for all_of in zip(known, seen, wanted, strict=True))),
        )
        .group_by(LateEntry.what)
        .order_by(LateEntry.what)
    )
    return [
        {"key": what, "label": messages.text(f"labels.late-entry.{what}"), "count": count}
        for what, count in rows
    ]
