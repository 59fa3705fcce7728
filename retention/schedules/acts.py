"""Schedules of the archive's own as whole acts: loaded, compared, adopted."""

import datetime as dt
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service import access, messages
from archive_service.accounts.second_factor import (
    SecondFactorWrongError,
    note_refused,
    require_second_factor,
)
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.retention import RetentionSchedule, ScheduleState
from archive_service.evidence.write_out import write_out_evidence
from archive_service.formats.workbook import SheetTooLargeError, read_workbook
from archive_service.services import Services
from retention.schedules import schedules
from retention.schedules.documents import (
    RuleOut,
    ScheduleComparedDocument,
    ScheduleDocument,
    ScheduleWithRulesDocument,
)
from retention.schedules.files import (
    LARGEST,
    Fault,
    ReadSchedule,
    ScheduleInvalidError,
    read_document,
    read_file,
    read_table,
    words_of,
)
from retention.schedules.papers import ask_for_signature
from retention.terms.known_schedules import last_days, meta_of

_TEXTS = {".toml", ".csv"}


def check_file(
    services: Services, path: Path, head: Mapping[str, Any], *, actor: Actor, lang: str = "vi"
) -> dict[str, Any]:
    """Read a file without keeping it: ``{rules, faults: [{line, code, text}]}``."""
    access.require(actor, "retention:load-schedule")
    with services.read_only() as session:
        read = _read(services, session, path, head, path.name)
    return {"rules": len(read.rules), "faults": _fault_lines(read, lang)}


def load(
    services: Services,
    path: Path,
    head: Mapping[str, Any],
    *,
    actor: Actor,
    name: str = "",
    lang: str = "vi",
) -> dict[str, Any]:
    """Keep a file as a draft; ``SCHEDULE`` with its rules.

    Args:
        path: a TOML like those that ship, an XLSX or CSV with a heading row.
        head: ``code title instrument article valid_from valid_to note`` of a table.
        name: what the sender calls the file, where it lies here under another name.

    Raises:
        ActNotAllowedError
        ScheduleInvalidError: with every fault by its line; nothing is kept.
        SheetUnreadableError, SheetTooLargeError
    """
    access.require(actor, "retention:load-schedule")
    name = name or path.name
    with services.writing() as session:
        read = _read(services, session, path, head, name)
        if faults := _fault_lines(read, lang):
            text = "; ".join(fault["text"] for fault in faults)
            raise ScheduleInvalidError(file=name, count=len(faults), faults=text)
        row, _ = schedules.keep_schedule(session, read, actor=actor)
        session.flush()
        document = schedules.schedule_document(row)
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

    The decision is printed and waits for the signature of who adopted; the schedule does not.
    Who began a draft may drop it.

    Raises:
        ActNotAllowedError, ScheduleNotFoundError
        ScheduleOwnError, ScheduleOthersError, ScheduleStateError, ScheduleReasonError
        ScheduleInvalidError: it has no entry, or another one that came since has the same codes.
        SecondFactorMissingError, SecondFactorWrongError, SecondFactorPausedError
    """
    decides = access.may(actor, "retention:adopt-schedule")
    access.require(actor, f"retention:{'adopt' if adopt or decides else 'load'}-schedule")
    try:
        with services.writing() as session:
            row = schedules.get_schedule(session, schedule_id, locked=True)
            if not decides:
                schedules.require_ones_own(row, actor)
            if adopt:
                require_sound(session, row)
            schedules.decide(session, row, adopt=adopt, reason=reason, actor=actor)
            if adopt:
                home = services.settings.home
                require_second_factor(session, actor.account_id, otp, home=home)
            session.flush()
            document = schedules.schedule_document(row)
    except SecondFactorWrongError:
        note_refused(services.database, actor)
        raise
    write_out_evidence(services)
    if adopt and access.may(actor, "signing:request"):  # a program's token may lack that scope
        ask_for_signature(services, schedule_id, actor=actor)
    return document


def require_sound(session: Session, row: RetentionSchedule) -> None:
    """``ScheduleInvalidError``: no entry, or another schedule that came since has its codes."""
    read = read_document(row.document)
    read.faults += schedules.overlaps(session, read)
    if faults := _fault_lines(read, "vi"):
        text = "; ".join(fault["text"] for fault in faults)
        raise ScheduleInvalidError(file=row.code, count=len(faults), faults=text)


def list_all(services: Services, *, actor: Actor) -> list[ScheduleDocument]:
    """Those that ship and those of the archive."""
    access.require(actor, "retention:list-schedules")
    with services.read_only() as session:
        own = [schedules.schedule_document(row) for row in schedules.list_schedules(session)]
        ends = last_days(session)
    shipped = [_shipped(code, document) for code, document in schedules.shipped_documents().items()]
    return [_short(entry, ends) for entry in (*shipped, *own)]


def show(services: Services, code: str, *, actor: Actor) -> ScheduleWithRulesDocument:
    """One schedule with its entries, by its id, or by the code of one that ships.

    Raises:
        ActNotAllowedError, ScheduleNotFoundError
    """
    access.require(actor, "retention:list-schedules")
    with services.read_only() as session:
        found, ends = found_schedule(session, code), last_days(session)
    rules = [RuleOut(**rule) for rule in found["document"]["rules"]]
    return _short(found, ends).extended(ScheduleWithRulesDocument, rules=rules)


def compare(
    services: Services, before: str, after: str, *, actor: Actor
) -> ScheduleComparedDocument:
    """What differs between two schedules, by entry."""
    access.require(actor, "retention:list-schedules")
    with services.read_only() as session:
        old, new = found_schedule(session, before), found_schedule(session, after)
        ends = last_days(session)
    return ScheduleComparedDocument(
        before=_short(old, ends),
        after=_short(new, ends),
        **schedules.compared(old["document"], new["document"]),
    )


def found_schedule(session: Session, name: str) -> dict[str, Any]:
    """``SCHEDULE`` by id, or by the code of one that ships; ``ScheduleNotFoundError``."""
    shipped = schedules.shipped_documents()
    if name in shipped:
        return _shipped(name, shipped[name])
    try:
        schedule_id = UUID(name)
    except ValueError:
        raise schedules.ScheduleNotFoundError(id=name) from None
    return schedules.schedule_document(schedules.get_schedule(session, schedule_id))


def _shipped(code: str, document: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": None, "code": code, "edition": 1, "state": "shipped", "document": document,
        "title": document["rule_set"]["title"],
    }  # fmt: skip


def _short(
    facts: Mapping[str, Any], ends: Mapping[tuple[str, int], dt.date | None]
) -> ScheduleDocument:
    """``valid_to`` of one that holds is its real last day; ``replaced``: it has none any more."""
    head = meta_of(facts["document"]["rule_set"])
    holds = facts["state"] in ("shipped", ScheduleState.ADOPTED.value)
    last = ends.get((facts["code"], facts["edition"])) if holds else head.valid_to
    return ScheduleDocument(
        **{name: value for name, value in facts.items() if name != "document"},
        instrument=head.instrument,
        article=head.article,
        valid_from=head.valid_from,
        valid_to=last,
        replaced=holds and last is not None and last < head.valid_from,
        count=len(facts["document"]["rules"]),
    )


def _read(
    services: Services, session: Session, path: Path, head: Mapping[str, Any], name: str
) -> ReadSchedule:
    if path.suffix.lower() == ".xlsx":
        sheets = read_workbook(path, name, services.settings.limits)
        rows = [
            ({cell.column: cell.text.strip() for cell in row.cells}, row.number)
            for row in (sheets[0].rows if sheets else ())
        ]
        names = rows[0][0] if rows else {}
        read = read_table(
            [(n, {names.get(at, ""): text for at, text in cells.items()})
             for cells, n in rows[1:]],
            head,
        )  # fmt: skip
    elif path.suffix.lower() in _TEXTS:
        if path.stat().st_size > LARGEST:
            raise SheetTooLargeError(name=name, limit=LARGEST)
        read = read_file(path.read_bytes(), as_table=path.suffix.lower() == ".csv", head=head)
    else:
        read = ReadSchedule(faults=[Fault(0, "kind", path.suffix)])
    read.faults += schedules.overlaps(session, read)
    return read


def _fault_lines(read: ReadSchedule, lang: str) -> list[dict[str, Any]]:
    return [
        {"line": fault.line, "code": fault.code, "text": _text(fault, lang)}
        for fault in sorted(read.faults, key=lambda fault: fault.line)
    ]


def _text(fault: Fault, lang: str) -> str:
    words = words_of(fault, lang)
    if not fault.line:
        return messages.text("retention.fault-whole", lang, text=words)
    return messages.text("retention.fault-line", lang, line=fault.line, text=words)
