"""Schedules of the archive's own as whole acts: loaded, compared, adopted, chosen from."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service import access, clock, messages
from archive_service.accounts.second_factor import (
    SecondFactorWrongError,
    note_refused,
    require_second_factor,
)
from archive_service.audit import record_event
from archive_service.bootstrap import Services
from archive_service.catalogue import holdings
from archive_service.domain.account import Actor
from archive_service.domain.retention import RetentionSchedule
from archive_service.errors import ConflictError, InputError
from archive_service.workflow.custody import write_out_evidence
from archive_service.workflow.describing import note_edited
from ingest.channels.workbook import read_workbook
from retention import schedules
from retention.changes import set_term
from retention.holds import require_free
from retention.rules import MAX_YEARS, RetentionRule, document_terms, raised
from retention.schedule_files import (
    Fault,
    ReadSchedule,
    ScheduleInvalidError,
    csv_rows,
    read_table,
    read_toml,
)

CAUSE = "group"


class GroupReasonError(InputError):
    """Why this group is the equivalent one is not told, or its term would be lower."""

    code = "retention-group"


class GroupNotNeededError(ConflictError):
    """The case file has a rule of its own, and no newer edition of it says otherwise."""

    code = "retention-group-not-needed"


def check_file(
    services: Services, path: Path, head: Mapping[str, Any], *, actor: Actor, lang: str = "vi"
) -> dict[str, Any]:
    """Read a file without keeping it: ``{rules, faults: [{line, code, text}]}``."""
    access.require(actor, "retention:load-schedule")
    with services.read_only() as session:
        read = _read(services, session, path, head)
    return {"rules": len(read.rules), "faults": _told(read, lang)}


def load(
    services: Services, path: Path, head: Mapping[str, Any], *, actor: Actor, lang: str = "vi"
) -> dict[str, Any]:
    """Keep a file as a draft; ``SCHEDULE`` with its rules.

    Args:
        path: a TOML like those that ship, an XLSX or CSV with a heading row.
        head: ``code title instrument article valid_from valid_to note`` of a table.

    Raises:
        ActNotAllowedError
        ScheduleInvalidError: with every fault by its line; nothing is kept.
        SheetUnreadableError, SheetTooLargeError
    """
    access.require(actor, "retention:load-schedule")
    with services.unit_of_work() as uow:
        read = _read(services, uow.session, path, head)
        if faults := _told(read, lang):
            text = "; ".join(one["text"] for one in faults)
            raise ScheduleInvalidError(file=path.name, count=len(faults), faults=text)
        row, _ = schedules.keep_schedule(uow.session, read, actor=actor)
        uow.session.flush()
        document = schedules.schedule_document(row)
        uow.commit()
    write_out_evidence(services)
    return document


def decide(
    services: Services,
    schedule_id: UUID,
    *,
    adopt: bool,
    reason: str,
    actor: Actor,
    otp: str | None = None,
) -> dict[str, Any]:
    """Adopt or drop a draft; a second person adopts, with a code of the second factor.

    Raises:
        ActNotAllowedError, ScheduleNotFoundError
        ScheduleOwnError, ScheduleStateError, ScheduleReasonError
        ScheduleInvalidError: another schedule that came since has the same codes.
        SecondFactorMissingError, SecondFactorWrongError, SecondFactorPausedError
    """
    access.require(actor, "retention:adopt-schedule")
    try:
        with services.unit_of_work() as uow:
            session = uow.session
            row = schedules.get_schedule(session, schedule_id, locked=True)
            if adopt:
                _require_no_overlap(session, row)
            schedules.decide(session, row, adopt=adopt, reason=reason, actor=actor)
            if adopt:
                home = services.settings.home
                require_second_factor(session, actor.account_id, otp, home=home)
            session.flush()
            document = schedules.schedule_document(row)
            uow.commit()
    except SecondFactorWrongError:
        note_refused(services.database, actor)
        raise
    write_out_evidence(services)
    return document


def _require_no_overlap(session: Session, row: RetentionSchedule) -> None:
    rules = list(row.document["rules"])
    read = ReadSchedule(dict(row.document["rule_set"]), rules, list(range(1, len(rules) + 1)))
    if faults := list(schedules.overlaps(session, read)):
        text = "; ".join(_text(one, "vi") for one in faults)
        raise ScheduleInvalidError(file=row.code, count=len(faults), faults=text)


def list_all(services: Services, *, actor: Actor) -> list[dict[str, Any]]:
    """``SCHEDULE`` without its rules: those that ship have no id; then those of the archive."""
    access.require(actor, "retention:list-schedules")
    with services.read_only() as session:
        own = [schedules.schedule_document(row) for row in schedules.list_schedules(session)]
    shipped = [
        {"id": None, "code": code, "edition": 1, "state": "shipped", "document": document}
        | {"title": document["rule_set"]["title"], "loaded_by": None, "loaded_at": None}
        | {"decided_by": None, "decided_at": None, "reason": "", "sha256": ""}
        for code, document in schedules.shipped_documents().items()
    ]
    return [_short(one) for one in (*shipped, *own)]


def show(services: Services, name: str, *, actor: Actor) -> dict[str, Any]:
    """One schedule with its rules, by id, or by the code of one that ships.

    Raises:
        ActNotAllowedError, ScheduleNotFoundError
    """
    access.require(actor, "retention:list-schedules")
    with services.read_only() as session:
        found = _found(session, name)
    return _short(found) | {"rules": found["document"]["rules"]}


def compare(services: Services, before: str, after: str, *, actor: Actor) -> dict[str, Any]:
    """``{before, after, added, removed, changed, same}`` of two schedules, named as in ``show``."""
    access.require(actor, "retention:list-schedules")
    with services.read_only() as session:
        old, new = _found(session, before), _found(session, after)
    told = schedules.compared(old["document"], new["document"])
    return {"before": _short(old), "after": _short(new)} | told


def choose_group(
    services: Services, code: str, rule_code: str, *, reason: str, actor: Actor,
    years: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """Put a case file that no rule fits under an equivalent group, or under a newer edition.

    ``years``: longer than the group's; never fewer.

    Raises:
        ActNotAllowedError, CaseFileNotFoundError, CaseFileHeldError, UnknownRetentionRuleError
        GroupNotNeededError: it has a rule of its own that stands.
        GroupReasonError: no reason, or fewer years than the group's.

    Source:
        TT 33/2025/TT-BYT, Điều 1 k2b: the equivalent group, not lower.
    """
    access.require(actor, "retention:choose-rule")
    words = " ".join(reason.split())
    with services.unit_of_work() as uow:
        session = uow.session
        row = holdings.get_case_file(session, code, actor=actor)
        access.require(actor, "retention:choose-rule", row)
        require_free(session, row, act="retention:choose-rule", actor=actor)
        known, today = schedules.known_schedules(session), clock.today()
        rule = known.get(rule_code, today)
        kept = RetentionRule.from_document(row.rule)
        renews = kept.basis == "schedule" and schedules.newer_rule(known, row.rule, today) == rule
        if kept.basis not in ("declared", "equivalent") and not renews:
            raise GroupNotNeededError(code=row.code, rule=kept.code)
        short = years is not None and (rule.years is None or not rule.years <= years <= MAX_YEARS)
        if not words or len(words) > schedules.LONGEST_REASON or short:
            raise GroupReasonError(rule=rule.code, longest=schedules.LONGEST_REASON)
        if not renews:
            least = rule.years if years is None else years
            rule = replace(rule, basis="equivalent", reason=words, years=least)
        rule = raised(rule, document_terms(one.maintenance for one in row.documents))
        change = set_term(session, row, rule, cause=CAUSE, by=actor.account)
        if change is not None:
            note_edited(session, row, services)
            record_event(
                session,
                "case-file:rule-chosen",
                subject_id=row.id,
                actor=actor,
                agency_id=row.agency_id,
                data={"code": row.code, "rule": rule.code, "reason": words},
            )
        document = {
            "code": row.code,
            "rule": rule.as_document(),
            "ends_on": row.ends_on and row.ends_on.isoformat(),
            "permanent": row.permanent,
            "moved": change is not None,
        }
        uow.commit()
    write_out_evidence(services)
    return document


def _found(session: Session, name: str) -> dict[str, Any]:
    shipped = schedules.shipped_documents()
    if name in shipped:
        document = shipped[name]
        return {
            "id": None, "code": name, "edition": 1, "state": "shipped", "document": document,
            "title": document["rule_set"]["title"],
        }  # fmt: skip
    try:
        schedule_id = UUID(name)
    except ValueError:
        raise schedules.ScheduleNotFoundError(id=name) from None
    return schedules.schedule_document(schedules.get_schedule(session, schedule_id))


def _short(told: Mapping[str, Any]) -> dict[str, Any]:
    head = told["document"]["rule_set"]
    names = ("instrument", "article", "valid_from", "valid_to")
    return (
        {name: value for name, value in told.items() if name != "document"}
        | {name: head.get(name) for name in names}
        | {"count": len(told["document"]["rules"])}
    )


def _read(
    services: Services, session: Session, path: Path, head: Mapping[str, Any]
) -> ReadSchedule:
    if path.suffix.lower() == ".xlsx":
        sheets = read_workbook(path, path.name, services.settings.limits)
        rows = [
            ({cell.column: cell.text.strip() for cell in row.cells}, row.number)
            for row in (sheets[0].rows if sheets else ())
        ]
        names = rows[0][0] if rows else {}
        read = read_table(
            [(n, {names[at]: text for at, text in cells.items() if at in names})
             for cells, n in rows[1:]],
            head,
        )  # fmt: skip
    else:
        try:
            data = path.read_bytes()
            if path.suffix.lower() == ".csv":
                read = read_table(list(csv_rows(data)), head)
            else:
                read = read_toml(data.decode("utf-8-sig"))
        except UnicodeDecodeError:
            read = ReadSchedule(faults=[Fault(0, "unreadable", "UTF-8")])
    read.faults += schedules.overlaps(session, read)
    return read


def _told(read: ReadSchedule, lang: str) -> list[dict[str, Any]]:
    return [
        {"line": one.line, "code": one.code, "text": _text(one, lang)}
        for one in sorted(read.faults, key=lambda one: one.line)
    ]


def _text(fault: Fault, lang: str) -> str:
    words = messages.text(f"labels.schedule-fault.{fault.code}", lang, value=fault.value)
    return messages.text("retention.fault-line", lang, line=fault.line, text=words)
