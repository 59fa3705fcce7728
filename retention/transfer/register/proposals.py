"""The daily look at transfers: registers are proposed by agency, and who is late is reminded."""

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import InstrumentedAttribute, Session

from archive_service import clock, messages
from archive_service.db.unit_of_work import take_write_lock
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import WORKER, Role
from archive_service.domain.people.notice import Notice
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferDirection,
    TransferItemState,
    TransferState,
)
from archive_service.evidence.write_out import write_out_evidence
from archive_service.jobs.port import Lease
from archive_service.notices import inbox
from archive_service.services import Services
from archive_service.settings import Settings
from retention.clock_check import is_clock_believed
from retention.transfer.calendar import acts as calendar_acts
from retention.transfer.custody_acts import tell
from retention.transfer.items import (
    AT_ONCE,
    count_items,
    digest_of_register,
    last_ordinal,
    next_number,
)
from retention.transfer.partners.rules import receiver_of
from retention.transfer.register.acts import LONGEST_REGISTER
from retention.transfer.register.drafting import begin_register, put_on
from retention.transfer.register.due import to_register
from retention.transfer.register.longer_terms import terms_of

PROPOSE_JOB = "propose-transfers"
_STAFF = (Role.ARCHIVIST, Role.HEAD)
_REGISTERED, _RECEIVED = TransferState.REGISTERED, TransferState.RECEIVED
_CLOSED = TransferState.CLOSED


def propose(lease: Lease, services: Services) -> None:
    """Propose and remind; safe to kill and to repeat: what stands on a register is not due.

    By a clock that is doubted neither: an incident says so, and the next day looks again.
    """
    if is_clock_believed(services):
        terms = terms_of(services.settings.home)
        with services.read_only() as reading:
            due = to_register(clock.today(), terms).with_only_columns(
                CaseFile.agency_id, CaseFile.code
            )
            rows = reading.execute(due.execution_options(yield_per=AT_ONCE))
            for agency_id, found in groupby(rows, key=lambda row: row.agency_id):
                _propose_all(services, agency_id, (row.code for row in found))
        _remind(services)
        calendar_acts.remind(services)
    with services.writing() as session:
        services.jobs.finish(session, lease)
    write_out_evidence(services)


def _propose_all(services: Services, agency_id: UUID, codes: Iterable[str]) -> None:
    left = iter(codes)
    while some := list(islice(left, LONGEST_REGISTER)):
        with services.writing() as session:
            _propose(session, agency_id, some, services.settings)


def _propose(session: Session, agency_id: UUID, codes: Sequence[str], settings: Settings) -> None:
    """On the agency's register that nobody read yet, where there is room; else on a new one."""
    take_write_lock(session)
    staff = inbox.people(session, roles=_STAFF, agency_id=agency_id)
    partner = receiver_of(session, agency_id, settings)
    if not partner:
        facts = {"count": len(codes)}
        inbox.tell(session, "transfer-due", to=staff, subject_id=agency_id, facts=facts)
        return
    row = _unread(session, agency_id)
    if row is not None and last_ordinal(session, row.id) + len(codes) > LONGEST_REGISTER:
        row = None
    tag = "transfer:added-to" if row is not None else "transfer:proposed"
    if row is None:
        reason = messages.text("transfer-proposal.reason", "vi")
        row = begin_register(session, agency_id, partner, reason, WORKER)
    after, terms = last_ordinal(session, row.id), terms_of(settings.home)
    put_on(session, row, codes, WORKER, terms=terms, after=after)
    count = count_items(session, row.id, TransferItemState.LISTED)
    if not count:
        session.delete(row)
        return
    row.number = row.number or next_number(session, row)
    row.list_sha256 = digest_of_register(session, row)
    tell(session, row, tag, actor=WORKER, items=True, count=len(codes))
    inbox.settle(session, "transfer-due", agency_id)
    inbox.tell(
        session,
        "transfer-proposed",
        to=staff,
        subject_id=row.id,
        facts={"number": row.name, "count": count},
        href=f"/nop-luu/{row.id}",
    )


def _unread(session: Session, agency_id: UUID) -> Transfer | None:
    return session.scalar(
        select(Transfer)
        .where(
            Transfer.agency_id == agency_id,
            Transfer.direction == TransferDirection.OUT,
            Transfer.state == TransferState.DRAFT,
            Transfer.composed_by == WORKER.account,
        )
        .order_by(Transfer.composed_at.desc())
        .limit(1)
        .with_for_update(of=Transfer)
    )


def _remind(services: Services) -> None:
    """Once for each transfer and day that has passed, whoever read it or not."""
    with services.writing() as session:
        answer = _late(
            session, "transfer-answer-late", Transfer.answer_due, _REGISTERED, TransferDirection.OUT
        )
        for facts, subject, href, to in answer:
            inbox.tell(
                session, "transfer-answer-late", to=to, subject_id=subject, facts=facts, href=href
            )
        ours = _late(
            session, "transfer-unanswered", Transfer.answer_due, _REGISTERED, TransferDirection.IN
        )
        for facts, subject, href, to in ours:
            inbox.tell(
                session, "transfer-unanswered", to=to, subject_id=subject, facts=facts, href=href
            )
        decision = _late(session, "transfer-decision-late", Transfer.decide_by, _RECEIVED)
        for facts, subject, href, to in decision:
            inbox.tell(
                session, "transfer-decision-late", to=to, subject_id=subject, facts=facts, href=href
            )
        over = _late(session, "transfer-removable", Transfer.removable_on, _CLOSED)
        for facts, subject, href, to in over:
            inbox.tell(
                session, "transfer-removable", to=to, subject_id=subject, facts=facts, href=href
            )


def _late(
    session: Session,
    kind: str,
    day: InstrumentedAttribute[dt.date | None],
    state: TransferState,
    direction: TransferDirection | None = None,
) -> Iterator[tuple[dict[str, str], UUID, str, list[UUID]]]:
    """Facts, subject, address and people of each transfer whose day has passed and is not told.

    What is announced to us is told on that day already: there is time to answer it.
    """
    subjects = set(session.scalars(select(Notice.about).where(Notice.kind == kind)))
    roles = (*_STAFF, Role.AGENCY_HEAD) if state is _CLOSED else _STAFF
    today = clock.today()
    passed = day <= today if direction is TransferDirection.IN else day < today
    query = select(Transfer).where(passed, Transfer.state == state)
    if direction is not None:
        query = query.where(Transfer.direction == direction)
    for row in session.scalars(query):
        if str(row.id) not in subjects:
            to = inbox.people(session, roles=roles, agency_id=row.agency_id)
            facts = {"number": row.name, "on": str(getattr(row, day.key))}
            yield facts, row.id, f"/nop-luu/{row.id}", to
