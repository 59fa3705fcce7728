"""Báo cáo tính toàn vẹn: made on demand and each month, signed, kept in every copy."""

import datetime as dt
import io
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session

from archive_service import access, clock, messages
from archive_service.audit import record_event
from archive_service.domain.keeping.act import Act, few_of
from archive_service.domain.keeping.fixity_pass import FixityTrouble
from archive_service.domain.people.account import WORKER, Actor
from archive_service.errors import InputError, NotFoundError
from archive_service.evidence.act_numbers import number_of_act
from archive_service.evidence.check_codes import (
    FIXITY,
    check_code,
    note_handed_out,
    press_bearing,
)
from archive_service.evidence.companions import read_companion
from archive_service.evidence.write_out import write_out_evidence
from archive_service.forms.signed_paper import issuer_of, print_paper
from archive_service.jobs.port import Lease
from archive_service.keeping.fixity.papers import fixity_report
from archive_service.keeping.fixity.status import CopyReading, copy_readings
from archive_service.services import Services
from archive_service.storage.work_folder import work_place

REPORT = "fixity-report"  # the kind of the act
REPORT_JOB = "report-fixity"
REPORT_TAG = "fixity:reported"
_SYMBOL = "BC-TV"
_NAMED = 200  # troubles named on paper; all are counted
_FOUND = ("damaged", "missing", "unexpected")


class FixityReportNotFoundError(NotFoundError):
    """No report bears this id."""


class ReportSpanError(InputError):
    """A report of a time that ends before it begins, or is not over."""


def report_fixity(lease: Lease, services: Services) -> None:
    """The report of last month, once; nothing where nothing is held yet."""
    first, last = _last_month()
    with services.read_only() as session:
        made = select(Act.id).where(Act.kind == REPORT, Act.subject_id == _subject(first, last))
        is_made = session.scalar(made.limit(1)) is not None
        began = session.scalar(select(func.min(Act.at)))
    if not is_made and began is not None and clock.local(began).date() <= last:
        make_report(services, span=(first, last), actor=WORKER)
    with services.writing() as session:
        services.jobs.finish(session, lease)


def make_report(
    services: Services,
    *,
    actor: Actor,
    span: tuple[dt.date, dt.date] | None = None,
    target: Path | None = None,
) -> dict[str, Any]:
    """The signed paper of these days, of this month without; an act of it goes into every copy.

    Returns:
        The act's document: ``{number, first, last, copies, troubles, left_out}``.

    Raises:
        ActNotAllowedError: ``actor`` may not check.
        ReportSpanError: no time at all, or one that has not begun.
    """
    access.require(actor, "fixity:check")
    today = clock.today()
    first, last = span or (today.replace(day=1), today)
    if first > last or first > today:
        raise ReportSpanError(first=first.isoformat(), last=last.isoformat())
    figures = _figures(services, first, last, actor=actor)
    at, code = clock.now(), check_code(uuid4().hex)
    number = number_of_act(services, REPORT, _SYMBOL, at=at)
    paper = fixity_report(
        figures, issuer_of(services.settings.archive), number=number, span=(first, last)
    )
    with work_place(services.work_folder, "fixity-") as folder:
        made = folder / "report.pdf"
        press = press_bearing(services, code)
        print_paper(paper, made, signer=services.signer(), at=at, press=press)
        data = made.read_bytes()
        staged = services.staging.receive(io.BytesIO(data))
    document = {
        "number": number,
        "first": first.isoformat(),
        "last": last.isoformat(),
        "by": actor.account,
        **_as_json(figures),
    }
    _record(services, document, staged.sha256, code, at=at, actor=actor)
    if target is not None:
        target.write_bytes(data)
    write_out_evidence(services)
    return document


def newest_reports(services: Services, *, actor: Actor, limit: int) -> list[Act]:
    """The acts of the latest reports, the newest first.

    Raises:
        ActNotAllowedError: ``actor`` may not check.
    """
    access.require(actor, "fixity:check")
    made = select(Act).where(few_of(REPORT)).order_by(Act.at.desc()).limit(limit)
    with services.read_only() as session:
        return list(session.scalars(made))


def report_paper(services: Services, report_id: UUID, *, actor: Actor) -> bytes:
    """The signed paper of a report, from a copy that gives it as it was signed.

    Raises:
        ActNotAllowedError: ``actor`` may not check.
        FixityReportNotFoundError: no such report.
        NoSoundCopyError: no copy that answers has it.
    """
    access.require(actor, "fixity:check")
    with services.read_only() as session:
        row = session.get(Act, report_id)
    if row is None or row.kind != REPORT:
        raise FixityReportNotFoundError(id=report_id)
    return read_companion(row, staging=services.staging, copies=services.copies)


def _record(
    services: Services,
    document: dict[str, Any],
    digest: str,
    code: str,
    *,
    at: dt.datetime,
    actor: Actor,
) -> None:
    """The act of the report, with its paper beside it, and its event."""
    subject = _subject(document["first"], document["last"])
    with services.writing() as session:
        session.add(
            Act(
                kind=REPORT,
                subject_id=subject,
                at=at,
                document=document,
                companion_sha256=digest,
                companion_suffix="pdf",
            )
        )
        facts = {name: document[name] for name in ("number", "first", "last")}
        record_event(
            session, REPORT_TAG, subject_id=subject, actor=actor, data=facts | {"sha256": digest}
        )
        handed = {"kind": FIXITY, "number": document["number"], "sha256": digest}
        note_handed_out(session, code, handed, actor=actor, agency_id=None)


def _figures(services: Services, first: dt.date, last: dt.date, *, actor: Actor) -> dict[str, Any]:
    begins = clock.begins(first)
    ends = clock.ends(last)
    readings = copy_readings(services, actor=actor, now=True)
    with services.read_only() as session:
        copies = [_of_copy(session, reading, begins, ends) for reading in readings]
        rows = list(session.scalars(_in_span(begins, ends).limit(_NAMED)))
        count = session.scalar(select(func.count()).select_from(_in_span(begins, ends).subquery()))
    return {
        "copies": copies,
        "troubles": [_trouble(row) for row in rows],
        "left_out": max((count or 0) - len(rows), 0),
    }


def _of_copy(
    session: Session, reading: CopyReading, begins: dt.datetime, ends: dt.datetime
) -> dict[str, Any]:
    mine = FixityTrouble.copy == reading.copy
    new = (mine, FixityTrouble.first_seen_at >= begins, FixityTrouble.first_seen_at < ends)
    counted = select(FixityTrouble.status, func.count()).where(*new).group_by(FixityTrouble.status)
    found = {row[0]: row[1] for row in session.execute(counted)}
    over = (mine, FixityTrouble.healed_at >= begins, FixityTrouble.healed_at < ends)
    still = (mine, FixityTrouble.first_seen_at < ends, FixityTrouble.healed_at.is_(None))
    return {
        "copy": reading.copy,
        "role": reading.role,
        "total_bytes": reading.total_bytes,
        "read_bytes": reading.read_since(session, begins),
        "months": list(reading.months),
        "oldest": reading.oldest,
        "every_days": reading.every_days,
        "behind": reading.is_behind,
        "unsteady": 0 if reading.row is None else reading.row.unsteady,
        **{status: found.get(status, 0) for status in _FOUND},
        "healed": _count(session, over),
        "open": _count(session, still),
    }


def _count(session: Session, where: tuple[Any, ...]) -> int:
    return session.scalar(select(func.count()).select_from(FixityTrouble).where(*where)) or 0


def _in_span(begins: dt.datetime, ends: dt.datetime) -> Select[FixityTrouble]:
    """Found by its end, and not healed before it began."""
    healed = FixityTrouble.healed_at
    return (
        select(FixityTrouble)
        .where(FixityTrouble.first_seen_at < ends, or_(healed.is_(None), healed >= begins))
        .order_by(FixityTrouble.first_seen_at, FixityTrouble.copy, FixityTrouble.key)
    )


def _trouble(row: FixityTrouble) -> dict[str, Any]:
    return {
        "copy": row.copy,
        "key": row.key,
        "status": row.status,
        "verdict": messages.text(f"labels.fixity-verdict.{row.verdict}", "vi"),
        "healed_at": row.healed_at,
        "healed_by": row.healed_by,
    }


def _as_json(figures: dict[str, Any]) -> dict[str, Any]:
    """The same with moments as text."""

    def plain(facts: dict[str, Any]) -> dict[str, Any]:
        return {
            name: clock.iso(value) if isinstance(value, dt.datetime) else value
            for name, value in facts.items()
        }

    return {
        name: [plain(facts) for facts in value] if isinstance(value, list) else value
        for name, value in figures.items()
    }


def _subject(first: dt.date | str, last: dt.date | str) -> str:
    return f"{first}/{last}"


def _last_month() -> tuple[dt.date, dt.date]:
    last = clock.today().replace(day=1) - dt.timedelta(days=1)
    return last.replace(day=1), last
