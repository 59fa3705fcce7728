"""Minutes of acceptance that both sides signed on paper during an outage, entered afterwards."""

import datetime as dt
from collections.abc import Sequence
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.domain.intake.handover import HANDOVER_RECORD, HandoverItem, HandoverRecord
from archive_service.domain.intake.late_entry import LateEntry
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Actor
from archive_service.errors import InputError
from archive_service.text import nfc
from ingest.handover.minutes import TEXTS, Parties, handover_document, lock_submissions
from ingest.late_entries.late_entry import (
    HANDED_OVER,
    RECEIVED,
    OnPaper,
    enter_subject,
    of_handover,
)
from ingest.late_entries.outages import get_outage, take_number


class HandoverScanError(InputError):
    """The scan of the signed minutes is missing, no PDF, too large, or holds malware."""


def enter_handover(
    session: Session,
    submission_ids: Sequence[UUID],
    parties: Parties,
    paper: OnPaper,
    *,
    number: int,
    scan_sha256: str,
    actor: Actor,
) -> HandoverRecord:
    """Enter paper minutes with the number that was reserved for them; the caller commits.

    The scan is in staging and stands beside the act, as the printed paper of other minutes does.

    Raises:
        ActNotAllowedError, and what ``make_handover`` raises of the submissions
        ReservedNumberError: the number does not wait for its paper.
        LateEntryMomentError, LateEntryOrderError, LateEntryWordsError, RegisterClosedError
    """
    access.require(actor, "late-entry:make")
    rows, agency_id = lock_submissions(session, submission_ids, actor=actor)
    outage = get_outage(session, paper.outage_id)
    handover_id = uuid4()
    reserved = take_number(session, outage, number, handover_id)
    now = clock.now()
    record = HandoverRecord(
        id=handover_id,
        agency_id=agency_id,
        number=reserved.text,
        year=reserved.year,
        giver_account=parties.giver_account,
        made_by=actor.account,
        made_at=now,
        issued_at=paper.happened_at,
        sha256=scan_sha256,
        on_paper=True,
        items=[
            HandoverItem(submission_id=row.id, ordinal=ordinal, case_code=row.code)
            for ordinal, row in enumerate(rows, start=1)
        ],
        **{name: nfc(getattr(parties, name)).strip() for name in TEXTS},
    )
    session.add(record)
    session.flush()
    received_at, by_system = _all_received_at(session, rows)
    subject = of_handover(record.id, agency_id, record.number, received_at, by_system=by_system)
    enter_subject(session, subject, HANDED_OVER, paper, actor=actor)
    _keep(session, record, actor, now)
    return record


def _all_received_at(session: Session, rows: Sequence[Submission]) -> tuple[dt.datetime, bool]:
    """When the last of them was really received, and whether only the system's time tells it."""
    late = select(LateEntry.subject_id, LateEntry.happened_at).where(LateEntry.what == RECEIVED)
    on_paper: dict[UUID, dt.datetime] = {}
    ids = [row.id for row in rows]
    for start in range(0, len(ids), 500):
        some = late.where(LateEntry.subject_id.in_(ids[start : start + 500]))
        on_paper |= {row[0]: row[1] for row in session.execute(some)}
    return max((on_paper.get(row.id, row.received_at), row.id not in on_paper) for row in rows)


def _keep(session: Session, record: HandoverRecord, actor: Actor, at: dt.datetime) -> None:
    session.add(
        Act(
            kind=HANDOVER_RECORD,
            subject_id=str(record.id),
            at=at,
            document=handover_document(record).as_json(),
            companion_sha256=record.sha256,
            companion_suffix="pdf",
        )
    )
    data = {"number": record.number, "case_files": len(record.items), "sha256": record.sha256}
    record_event(session, "handover:entered", of=record, actor=actor, data=data)
