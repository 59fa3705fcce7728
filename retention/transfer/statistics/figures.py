"""Thống kê giao nộp: what each giver brought by year, how it was decided, and how long it took.

A transfer is of the year in which it first came. Sums are made in the database; of each transfer
that was decided one number is held, its days.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from sqlalchemy import ColumnElement, Select, func, literal, select, union_all
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.domain.intake.finding import FindingRow, Severity
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Actor
from archive_service.domain.transfer.partner import TransferPartner
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferDirection,
    TransferItem,
    TransferItemState,
    TransferState,
)
from retention.transfer.amounts import sums_of
from retention.transfer.register.deadlines import decide_days

MOST_REASONS = 20  # of each kind that are told, the most frequent first
_AT_ONCE = 1000  # rows that are read in one go
_STATES = TransferItemState
_CAME = (_STATES.ARRIVED, _STATES.ACCEPTED, _STATES.STORED, _STATES.RETURNED)


@dataclass(slots=True)
class Sums:
    """Of one giver and year, or of several together."""

    transfers: int = 0
    delivered: int = 0  # case files whose packages came
    accepted: int = 0  # of them taken: stored, or on their way
    stored: int = 0
    returned: int = 0  # times that a case file was sent back
    uncorrected: int = 0  # of them still so: what came again and was taken is not
    waiting: int = 0  # here and not decided, or announced by a manifest and not here
    size_bytes: int = 0  # packages that are stored
    late: int = 0  # transfers that were decided after the last day, or are past it
    backlog: int = 0  # transfers that were not decided at the end of the year, or are not today
    days: list[int] = field(default_factory=list)  # from receipt to decision, of each decided

    def add(self, other: "Sums") -> None:
        """The other's beside these."""
        for name in NUMBERS:
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.days += other.days

    def document(self) -> dict[str, Any]:
        """With the median of the days and the worst; ``None`` where nothing was decided."""
        return {name: getattr(self, name) for name in NUMBERS} | {
            "decided": len(self.days),
            "days_median": median(self.days) if self.days else None,
            "days_worst": max(self.days, default=None),
        }


NUMBERS = tuple(name for name in Sums.__slots__ if name != "days")
_Key = tuple[str, int]  # code of the giver, year
_Table = dict[_Key, Sums]


def statistics(
    session: Session,
    *,
    giver: str = "",
    first: int | None = None,
    last: int | None = None,
    actor: Actor,
) -> dict[str, Any]:
    """``{years, rows, givers, reasons, decide_days}``; in seven statements, whatever there is.

    ``years``: sums of each year over all givers; ``rows``: of each giver and year; ``givers``: of
    each giver over these years, ``backlog`` that of the last one; ``reasons`` of what stands as
    returned: ``[{kind, code, count}]``, the most frequent first, ``kind`` ``check`` (an error of
    it), ``refusal`` or ``words`` (of a person, which are the ``code``).

    Args:
        giver: code of an archive; empty: all.
        first, last: years; without them all.
    """
    access.require(actor, "partner:list")
    table, keys = _of_transfers(session, giver, first, last)
    asked = _asked(giver, first, last)
    _add_items(session, table, asked)
    _add_returns(session, table, keys)
    names = _names(session, {code for code, _ in table})
    years = {year: Sums() for year in _years_of(table)}
    for (_, year), sums in table.items():
        years[year].add(sums)
    return {
        "years": [{"year": year} | sums.document() for year, sums in years.items()],
        "rows": [
            {"code": code, "name": names[code], "year": year} | table[code, year].document()
            for code, year in sorted(table)
        ],
        "givers": list(_of_givers(table, names)),
        "reasons": _reasons(session, asked),
        "decide_days": decide_days(),
    }


def _years_of(table: _Table) -> Iterable[int]:
    """From the first to the last, also those in which nothing came."""
    found = [year for _, year in table]
    return range(min(found), max(found) + 1) if found else ()


def _of_givers(table: _Table, names: Mapping[str, str]) -> Iterator[dict[str, Any]]:
    newest = max((year for _, year in table), default=0)
    whole: dict[str, Sums] = {}
    for (code, _), sums in table.items():
        whole.setdefault(code, Sums()).add(sums)
    for code in sorted(whole):
        whole[code].backlog = table.get((code, newest), Sums()).backlog
        yield {"code": code, "name": names[code]} | whole[code].document()


def _asked(giver: str, first: int | None, last: int | None) -> list[ColumnElement[bool]]:
    wanted = [Transfer.direction == TransferDirection.IN, Transfer.received_at.is_not(None)]
    if giver:
        wanted.append(Transfer.partner_code == giver)
    if first is not None:
        wanted.append(Transfer.year >= first)
    if last is not None:
        wanted.append(Transfer.year <= last)
    return wanted


def _of_transfers(
    session: Session, giver: str, first: int | None, last: int | None
) -> tuple[_Table, dict[str, _Key]]:
    """Of each year what came, how long it took, what waited at its end; and whose each one is."""
    query = select(
        Transfer.id,
        Transfer.partner_code,
        Transfer.year,
        Transfer.state,
        Transfer.received_at,
        Transfer.decided_at,
        Transfer.decide_by,
    ).where(*_asked(giver, None, last))  # what came before may have waited until these years
    table: _Table = {}
    keys: dict[str, _Key] = {}
    today = clock.today()
    until = min(last or today.year, today.year)
    rows = session.execute(query.execution_options(yield_per=_AT_ONCE))
    for id_, code, year, state, received_at, decided_at, decide_by in rows:
        received, decided = _day(received_at), _day(decided_at)
        if state is TransferState.RECEIVED:  # also once more, after it was sent back
            decided = None
        is_gone = state is TransferState.WITHDRAWN
        if first is None or year >= first:
            keys[str(id_)] = (code, year)
            sums = table.setdefault((code, year), Sums())
            sums.transfers += 1
            if decided is not None and not is_gone:
                sums.days.append(max((decided - received).days, 0))
            if decide_by is not None and not is_gone:
                sums.late += (decided or today) > decide_by
        ended = decided.year - 1 if decided else until
        for waited in range(max(received.year, first or 0), min(ended, until) + 1):
            if not is_gone:
                table.setdefault((code, waited), Sums()).backlog += 1
    return table, keys


def _day(moment: Any) -> Any:
    return None if moment is None else clock.local(moment).date()


def _add_items(session: Session, table: _Table, asked: Iterable[ColumnElement[bool]]) -> None:
    """Case files of each giver and year by their state."""
    of_each = sums_of(*asked)
    query = (
        select(
            Transfer.partner_code,
            Transfer.year,
            of_each.c.state,
            func.sum(of_each.c.number),
            func.sum(of_each.c.size_bytes),
        )
        .join(of_each, of_each.c.transfer_id == Transfer.id)
        .group_by(Transfer.partner_code, Transfer.year, of_each.c.state)
    )
    for code, year, state, count, size_bytes in session.execute(query):
        sums = table[code, year]
        sums.delivered += count if state in _CAME else 0
        match state:
            case _STATES.STORED:
                sums.accepted += count
                sums.stored += count
                sums.size_bytes += int(size_bytes or 0)
            case _STATES.ACCEPTED:
                sums.accepted += count
            case _STATES.RETURNED:
                sums.uncorrected += count
            case _STATES.AWAITED | _STATES.ARRIVED:
                sums.waiting += count


def _add_returns(session: Session, table: _Table, keys: Mapping[str, _Key]) -> None:
    """Times that case files were sent back: each decision told how many."""
    returned = AuditEvent.data["decided"]["returned"].as_integer()
    query = select(AuditEvent.subject_id, returned).where(AuditEvent.tag == "transfer:decided")
    for subject, count in session.execute(query.execution_options(yield_per=_AT_ONCE)):
        if subject in keys:
            table[keys[subject]].returned += count or 0


def _names(session: Session, codes: set[str]) -> dict[str, str]:
    """Of each giver: as it is known, else as it called itself last."""
    own = select(Transfer.partner_code, func.max(Transfer.partner)).where(*_asked("", None, None))
    names = session.execute(own.group_by(Transfer.partner_code)).all()
    found = {code: name for code, name in names if code in codes}
    known = select(TransferPartner.code, TransferPartner.name)
    found |= {code: name for code, name in session.execute(known) if code in codes}
    return found


def _reasons(session: Session, asked: Iterable[ColumnElement[bool]]) -> list[dict[str, Any]]:
    """Why case files stand as returned: by check, by refusal, else in the words of a person.

    Their rows are read once, in one statement: of very many they are what it costs.
    """
    returned = (
        select(
            TransferItem.id,
            TransferItem.submission_id,
            TransferItem.reason,
            TransferItem.refusal["code"].as_string().label("refusal"),
        )
        .where(
            TransferItem.transfer_id.in_(select(Transfer.id).where(*asked)),
            TransferItem.state == TransferItemState.RETURNED,
        )
        .cte("returned")
    )
    faults = (
        select(returned.c.id, FindingRow.check.label("seen_by"))
        .join(FindingRow, FindingRow.submission_id == returned.c.submission_id)
        .where(FindingRow.severity == Severity.ERROR)
        .distinct()
        .cte("faults")
    )
    is_refused = returned.c.refusal.is_not(None)
    has_fault = select(faults.c.id).where(faults.c.id == returned.c.id).exists()
    query = union_all(
        _most_of("check", faults.c.seen_by),
        _most_of("refusal", returned.c.refusal, is_refused),
        _most_of("words", returned.c.reason, ~is_refused, ~has_fault),
    )
    found = [{"kind": row[0], "code": row[1], "count": row[2]} for row in session.execute(query)]
    return sorted(found, key=lambda reason: (-reason["count"], reason["kind"], reason["code"]))


def _most_of(
    kind: str, code: ColumnElement[str], *wanted: ColumnElement[bool]
) -> Select[str, str, int]:
    """``kind``, ``code`` and number of the most frequent ones."""
    number = func.count()
    counted = select(code.label("code"), number.label("number")).where(*wanted).group_by(code)
    most = counted.order_by(number.desc(), code).limit(MOST_REASONS).subquery()
    return select(literal(kind), most.c.code, most.c.number)
