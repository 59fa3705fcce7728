"""Registers (sổ): what was received, acknowledged and handed over in a year, row by row."""

import datetime as dt
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    ScalarSelect,
    Select,
    Uuid,
    and_,
    cast,
    func,
    literal,
    null,
    select,
    true,
    type_coerce,
    union_all,
)
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from archive_service import clock, messages
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.delivery import Delivery
from archive_service.domain.intake.handover import HANDOVER_RECORD, HandoverItem, HandoverRecord
from archive_service.domain.intake.late_entry import LateEntry
from archive_service.domain.intake.outage import ReservedNumber
from archive_service.domain.intake.past_submission import PastSubmission
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.people.account import Account
from archive_service.errors import NotFoundError
from archive_service.reports.period import Period, parse_period
from archive_service.reports.sent import Sent

_AT_ONCE = 500


class RegisterUnknownError(NotFoundError):
    """No register bears this name."""


@dataclass(frozen=True, slots=True)
class Register:
    """One register: its columns by key with their share of the width, and where its rows are."""

    name: str
    columns: tuple[tuple[str, float], ...]
    query: Callable[[Period, UUID | None], Select[Any]]  # of one agency, where one is named
    cells: Callable[[Row[Any]], tuple[str, ...]]


def register_named(name: str) -> Register:
    """``RegisterUnknownError`` for a name that is none."""
    if name not in REGISTERS:
        raise RegisterUnknownError(name=name)
    return REGISTERS[name]


def rows_of_year(
    session: Session,
    name: str,
    year: int,
    *,
    agency_id: UUID | None = None,
    limit: int | None = None,
    offset: int = 0,
) -> Iterator[tuple[str, ...]]:
    """The rows of a year in their order, or a part of them, each begun by its ordinal.

    ``agency_id``: those of one agency alone, counted for themselves.
    """
    register = register_named(name)
    query = register.query(_year(year), agency_id).limit(limit).offset(offset)
    found = session.execute(query.execution_options(yield_per=_AT_ONCE))
    for ordinal, row in enumerate(found, start=offset + 1):
        yield (str(ordinal), *register.cells(row))


def count_of_year(session: Session, name: str, year: int, *, agency_id: UUID | None = None) -> int:
    """How many rows a year has; the database counts them."""
    query = register_named(name).query(_year(year), agency_id).order_by(None)
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def _year(year: int) -> Period:
    return parse_period(f"{year:04}")


def _of(
    column: ColumnElement[Any] | InstrumentedAttribute[Any], agency_id: UUID | None
) -> ColumnElement[bool]:
    return true() if agency_id is None else column == agency_id


def _text_or_null(column: InstrumentedAttribute[str]) -> ColumnElement[str | None]:
    """The text of a column, and nothing where it is empty."""
    return func.nullif(column, "")


def _submissions(period: Period, agency_id: UUID | None) -> Select[Any]:
    received, decided = aliased(LateEntry), aliased(LateEntry)
    sent = union_all(
        _as_sent(Submission, Submission.code, Submission.title, period).where(
            Submission.state != SubmissionState.DRAFT
        ),
        _as_sent(PastSubmission, CaseFile.code, CaseFile.title, period).join(
            CaseFile, CaseFile.id == PastSubmission.case_file_id
        ),
    ).subquery()
    columns: list[Any] = [  # more than select() has types for
        sent.c.received_at,
        sent.c.code,
        sent.c.title,
        Agency.name,
        func.coalesce(func.nullif(Account.display_name, ""), sent.c.submitted_by).label("sender"),
        sent.c.document_count,
        sent.c.state,
        sent.c.decided_at,
        received.happened_at.label("really_received"),
        received.paper.label("received_paper"),
        received.acts_meanwhile.label("received_meanwhile"),
        decided.happened_at.label("really_decided"),
        decided.paper.label("decided_paper"),
        decided.acts_meanwhile.label("decided_meanwhile"),
    ]
    return (
        select(*columns)
        .outerjoin(Agency, Agency.id == sent.c.agency_id)
        .outerjoin(Account, Account.name == sent.c.submitted_by)
        .outerjoin(received, and_(received.subject_id == sent.c.id, received.what == "received"))
        .outerjoin(
            decided,
            and_(decided.subject_id == sent.c.id, decided.what.in_(("accepted", "returned"))),
        )
        .where(_of(sent.c.agency_id, agency_id))
        .order_by(sent.c.received_at, sent.c.id)
    )


def _as_sent(
    kind: type[Submission] | type[PastSubmission],
    code: InstrumentedAttribute[str],
    title: InstrumentedAttribute[str],
    period: Period,
) -> Select[Any]:
    """What was received in the period; of a destroyed case file code and title are the stub's."""
    columns: list[Any] = [
        kind.id, kind.agency_id, kind.submitted_by, kind.document_count, kind.state,
        kind.received_at, kind.decided_at, code, title,
    ]  # fmt: skip
    received = kind.received_at >= period.begins, kind.received_at < period.ends
    return select(*columns).where(*received)


def _submission_cells(row: Row[Any]) -> tuple[str, ...]:
    notes = [
        _late("received", row.really_received, row.received_paper, row.received_meanwhile),
        _late("decided", row.really_decided, row.decided_paper, row.decided_meanwhile),
    ]
    return (
        _moment(row.received_at),
        row.code,
        row.title,
        row.name or "",
        row.sender,
        str(row.document_count),
        messages.text(f"labels.submission-states.{row.state.value}", "vi"),
        _moment(row.decided_at),
        " ".join(filter(None, notes)),
    )


def _receipts(period: Period, agency_id: UUID | None) -> Select[Any]:
    """Of new case files, of what was added to one later, of deliveries: one row of numbers."""
    of_new = (  # with the title as it came, which may have been edited since
        select(
            CaseFile.receipt_number.label("number"),
            CaseFile.receipt_issued_at.label("issued_at"),
            CaseFile.code,
            func.coalesce(_text_or_null(Submission.title), CaseFile.title).label("title"),
            CaseFile.agency_id,
            CaseFile.receipt_sha256.label("digest"),
            cast(null(), Integer()).label("case_files"),
        )
        .outerjoin(Submission, Submission.id == CaseFile.id)
        .where(CaseFile.receipt_year == period.first.year)
    )
    of_added = select(
        Submission.receipt_number,
        Submission.receipt_issued_at,
        Submission.code,
        Submission.title,
        Submission.agency_id,
        Submission.receipt_sha256,
        cast(null(), Integer()),
    ).where(Submission.receipt_year == period.first.year)
    of_past = (
        select(
            PastSubmission.receipt_number,
            PastSubmission.receipt_issued_at,
            CaseFile.code,
            CaseFile.title,
            PastSubmission.agency_id,
            PastSubmission.receipt_sha256,
            cast(null(), Integer()),
        )
        .join(CaseFile, CaseFile.id == PastSubmission.case_file_id)
        .where(PastSubmission.receipt_year == period.first.year)
    )
    of_many = select(
        Delivery.receipt_number,
        Delivery.receipt_issued_at,
        literal(""),
        Delivery.source,
        Delivery.agency_id,
        Delivery.receipt_sha256,
        _told_by_delivery(),
    ).where(Delivery.receipt_year == period.first.year)
    both = union_all(of_new, of_added, of_past, of_many).subquery()
    named = select(*both.c, Agency.name).outerjoin(Agency, Agency.id == both.c.agency_id)
    named = named.where(_of(both.c.agency_id, agency_id))
    return named.order_by(func.length(both.c.number), both.c.number)


def _told_by_delivery() -> ScalarSelect[int]:
    """For how many of a delivery's case files its one receipt stands."""
    return (
        select(func.count())
        .where(
            Sent.delivery_id == Delivery.id,
            Sent.delivery_receipt,
            Sent.state == SubmissionState.STORED,
        )
        .scalar_subquery()
    )


def _receipt_cells(row: Row[Any]) -> tuple[str, ...]:
    code, title = row.code, row.title
    if row.case_files is not None:
        code = _words("delivery-code", count=row.case_files)
        title = _words("delivery-title", source=title)
    digest = (row.digest or "")[:16]
    return (row.number or "", _moment(row.issued_at), code, title, row.name or "", digest)


def _handovers(period: Period, agency_id: UUID | None) -> Select[Any]:
    """Each number once: of minutes, and of numbers on paper that were spoilt or still wait."""
    year = period.first.year
    made = select(
        HandoverRecord.number.label("number"),
        HandoverRecord.id.label("handover_id"),
        literal("").label("void_reason"),
    ).where(HandoverRecord.year == year)
    reserved = select(
        ReservedNumber.text, type_coerce(null(), Uuid()), ReservedNumber.void_reason
    ).where(
        ReservedNumber.form == HANDOVER_RECORD,
        ReservedNumber.year == year,
        ReservedNumber.used_by.is_(None),
    )
    numbers = union_all(made, reserved).subquery()
    listed = (
        select(
            HandoverItem.handover_id, func.count(HandoverItem.case_code.distinct()).label("listed")
        )
        .group_by(HandoverItem.handover_id)
        .subquery()
    )
    return (
        select(
            numbers.c.number,
            numbers.c.void_reason,
            HandoverRecord.id,
            HandoverRecord.made_at,
            Agency.name,
            HandoverRecord.giver,
            HandoverRecord.receiver,
            listed.c.listed,
            HandoverRecord.block,
            LateEntry.happened_at,
            LateEntry.paper,
            LateEntry.acts_meanwhile,
        )
        .select_from(numbers)
        .outerjoin(HandoverRecord, HandoverRecord.id == numbers.c.handover_id)
        .outerjoin(Agency, Agency.id == HandoverRecord.agency_id)
        .outerjoin(listed, listed.c.handover_id == HandoverRecord.id)
        .outerjoin(
            LateEntry,
            and_(LateEntry.subject_id == HandoverRecord.id, LateEntry.what == "handed-over"),
        )
        .where(_of(Agency.id, agency_id))
        .order_by(func.length(numbers.c.number), numbers.c.number)
    )


def _handover_cells(row: Row[Any]) -> tuple[str, ...]:
    if row.id is None:
        spoilt = row.void_reason and _words("void", reason=row.void_reason)
        return (row.number, "", "", "", "", "", "", spoilt or _words("waits"))
    return (
        row.number,
        _moment(row.made_at),
        row.name or "",
        row.giver,
        row.receiver,
        str(row.listed or 0),
        row.block,
        _late("signed", row.happened_at, row.paper, row.acts_meanwhile),
    )


def _late(
    key: str, happened_at: dt.datetime | None, paper: str | None, meanwhile: int | None
) -> str:
    """What was done on paper before: marked, with its own time and what the log holds of it."""
    if happened_at is None:
        return ""
    sentence = _words(f"late-{key}", at=_moment(happened_at), paper=paper or "")
    return f"{sentence} {_words('late-meanwhile', count=meanwhile)}" if meanwhile else sentence


def _words(key: str, **facts: object) -> str:
    """Words of registers; an official paper is in Vietnamese."""
    return messages.text(f"forms.registers.{key}", "vi", **facts)


def _moment(at: dt.datetime | None) -> str:
    return f"{clock.local(at):%d/%m/%Y %H:%M}" if at is not None else ""


REGISTERS: dict[str, Register] = {
    "submissions": Register(
        "submissions",
        (
            ("ordinal", 0.6),
            ("received", 1.3),
            ("code", 1.8),
            ("title", 3.0),
            ("agency", 1.8),
            ("sender", 1.4),
            ("documents", 0.8),
            ("state", 1.2),
            ("decided", 1.3),
            ("note", 1.8),
        ),
        _submissions,
        _submission_cells,
    ),
    "receipts": Register(
        "receipts",
        (
            ("ordinal", 0.6),
            ("number", 1.2),
            ("issued", 1.3),
            ("code", 1.8),
            ("title", 3.0),
            ("agency", 1.8),
            ("digest", 1.8),
        ),
        _receipts,
        _receipt_cells,
    ),
    "handovers": Register(
        "handovers",
        (
            ("ordinal", 0.6),
            ("number", 1.3),
            ("made", 1.3),
            ("agency", 2.2),
            ("giver", 1.5),
            ("receiver", 1.5),
            ("case-files", 0.8),
            ("block", 2.6),
            ("note", 1.8),
        ),
        _handovers,
        _handover_cells,
    ),
}
