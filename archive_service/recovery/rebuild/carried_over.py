"""What no copy holds, carried over from the old database where that can still be read."""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, make_transient, undefer

from archive_service.domain.case_files.access_request import AccessRequest
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.recall import Recall
from archive_service.domain.digitization.page_reading import PageReadingRow, WordCorrection
from archive_service.domain.digitization.paper import (
    PaperBox,
    PaperHandover,
    PaperMovement,
    PaperPart,
)
from archive_service.domain.digitization.rereading import OPEN_REREADINGS, Rereading, RereadingItem
from archive_service.domain.digitization.scan_batch import (
    OPEN_BATCHES,
    BatchState,
    RescanTicket,
    ScanBatch,
    ScanDocument,
    ScanEdit,
    ScanPage,
    ScanSource,
)
from archive_service.domain.digitization.station import Station
from archive_service.domain.intake.answer import Answer
from archive_service.domain.intake.callback import Callback
from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.submission import TAKEN, UNCHECKED, Submission
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditSegment
from archive_service.domain.keeping.enrolled_copy import EnrolledCopy
from archive_service.domain.keeping.migration_batch import MigrationBatch
from archive_service.domain.keeping.search_day import SearchDay
from archive_service.domain.people.account import AccessToken, Account, RecoveryCode
from archive_service.domain.people.account_application import AccountApplication
from archive_service.domain.people.announcement import Announcement
from archive_service.domain.people.delegation import Delegation
from archive_service.domain.people.fault_report import FaultReport
from archive_service.domain.people.incident import Incident
from archive_service.domain.people.incident_duty import IncidentDuty, IncidentNote
from archive_service.domain.people.kept_search import KeptSearch
from archive_service.domain.people.notice import MailRun, Notice
from archive_service.domain.people.oidc import OidcBinding
from archive_service.domain.people.passkey import Passkey
from archive_service.domain.people.reader_group import GroupMember, ReaderGroup
from archive_service.domain.people.reading_grant import ReadingGrant
from archive_service.domain.people.review import Review, ReviewLine
from archive_service.domain.people.rights_gain import RightsGain
from archive_service.domain.people.shelf import ShelfMark
from archive_service.domain.retention.retention import RetentionSchedule, ScheduleState
from archive_service.domain.signing.signing_request import SigningRequest, SigningState
from archive_service.domain.transfer.partner import TransferPartnerDay, TransferSending
from archive_service.errors import ConflictError
from archive_service.recovery.rebuild.deliveries import carry_deliveries
from archive_service.storage.copies.enrolment import identities


class WorkUnfinishedError(ConflictError):
    """Case files are accepted and not yet in every copy: dropping the database would lose them."""


# Tables of which every row is carried over, in this order.
_WHOLE: tuple[type[Any], ...] = (
    *(
        AccessToken,
        RecoveryCode,
        Passkey,
        OidcBinding,
        RightsGain,
        Delegation,
        ReadingGrant,
        ReaderGroup,
        GroupMember,
        Announcement,
        FaultReport,
        AccountApplication,
        Notice,
        MailRun,
        Callback,
    ),
    *(Answer, Recall, AccessRequest, WordCorrection, ShelfMark, SearchDay),
    *(KeptSearch, Review, ReviewLine),
)


@dataclass(slots=True)
class CarriedOver:
    """Rows in an order in which they may be written; ``unchecked`` submissions want their checks.

    ``unread`` are batches of which a worker may have something left to read, ``deliveries`` those
    that a job goes on with, ``receipt_numbers`` those that were drawn for deliveries.
    ``exchanges``: how far transfers by network are, and what came so on which day; written once
    partners and transfers are back.
    ``identities`` are those under which the copies were known, by name, ``enrolled_at`` since when;
    what is unwritten is not in every copy yet.
    """

    rows: list[Any] = field(default_factory=list)
    unchecked: list[UUID] = field(default_factory=list)
    unread: list[UUID] = field(default_factory=list)
    deliveries: list[tuple[UUID, str]] = field(default_factory=list)
    receipt_numbers: list[dict[str, Any]] = field(default_factory=list)
    exchanges: list[Any] = field(default_factory=list)
    identities: dict[str, str] = field(default_factory=dict)
    enrolled_at: dict[str, dt.datetime] = field(default_factory=dict)
    unwritten_acts: set[UUID] = field(default_factory=set)
    unwritten_segments: set[int] = field(default_factory=set)
    accounts: int = 0
    submissions: int = 0


def carried_over(session: Session) -> CarriedOver:
    """What people entered and no copy holds: accounts, unsigned papers, batches …; detached.

    Raises:
        WorkUnfinishedError: a case file is not in every copy yet.
    """
    unfinished = session.scalar(
        select(CaseFile.code).where(CaseFile.version_wanted > CaseFile.version_stored).limit(1)
    )
    if unfinished is not None:
        raise WorkUnfinishedError(code=unfinished)
    accounts = list(session.scalars(select(Account)))
    submissions = list(session.scalars(select(Submission).where(Submission.state.not_in(TAKEN))))
    carried = CarriedOver(
        rows=[
            *accounts,
            *(
                row
                for kind in _WHOLE
                for row in session.scalars(select(kind).options(undefer("*")))
            ),
            *session.scalars(_drafts_of_schedules()),
            *session.scalars(select(PaperBox)),
            *session.scalars(select(PaperHandover)),
            *session.scalars(select(PaperPart)),
            *session.scalars(select(PaperMovement)),
        ],
        unchecked=[row.id for row in submissions if row.state in UNCHECKED],
        identities=identities(session),
        enrolled_at={row.name: row.enrolled_at for row in session.scalars(select(EnrolledCopy))},
        unwritten_acts=set(session.scalars(select(Act.id).where(~Act.written))),
        unwritten_segments=set(
            session.scalars(select(AuditSegment.number).where(~AuditSegment.written))
        ),
        accounts=len(accounts),
        submissions=len(submissions),
    )
    carried.rows += _of_submissions(session, submissions)
    carried.rows += _incidents(session)
    unsigned = SigningRequest.state != SigningState.SIGNED  # the others lie in every copy
    carried.rows += session.scalars(select(SigningRequest).where(unsigned))
    for batch in session.scalars(select(MigrationBatch)):
        carried.rows += [batch, *batch.items]
    carried.rows += iter_batch_rows(session)
    open_ones = select(Rereading.id).where(Rereading.state.in_(OPEN_REREADINGS))
    of_open = RereadingItem.rereading_id.in_(open_ones)
    carried.rows += session.scalars(select(Rereading).where(Rereading.id.in_(open_ones)))
    carried.rows += session.scalars(select(RereadingItem).where(of_open))
    reading = ScanBatch.state.in_((BatchState.READING, BatchState.REVIEW))
    carried.unread += session.scalars(select(ScanBatch.id).where(reading))
    carried.exchanges += _exchanges(session)
    carry_deliveries(session, carried.rows, carried.deliveries, carried.receipt_numbers)
    session.expunge_all()
    for row in (*carried.rows, *carried.exchanges):
        make_transient(row)
    return carried


def iter_batch_rows(session: Session) -> Iterator[Any]:
    """All of a batch that is open; of the others what tells a second sending from the first."""
    yield from session.scalars(select(Station))
    yield from session.scalars(select(ScanBatch))
    yield from session.scalars(select(ScanSource))
    still_open = select(ScanBatch.id).where(ScanBatch.state.in_(OPEN_BATCHES))
    yield from session.scalars(select(ScanDocument).where(ScanDocument.batch_id.in_(still_open)))
    yield from session.scalars(select(ScanPage).where(ScanPage.batch_id.in_(still_open)))
    yield from session.scalars(select(ScanEdit).where(ScanEdit.batch_id.in_(still_open)))
    yield from session.scalars(select(RescanTicket).where(RescanTicket.batch_id.in_(still_open)))
    images = select(ScanPage.sha256).where(ScanPage.batch_id.in_(still_open))
    yield from session.scalars(
        select(PageReadingRow).where(PageReadingRow.image_sha256.in_(images))
    )


def _incidents(session: Session) -> Iterator[Any]:
    """Those that people wrote of or have to report; what else is in trouble is seen anew."""
    written = select(IncidentNote.incident_id).union(select(IncidentDuty.incident_id))
    yield from session.scalars(select(Incident).where(Incident.id.in_(written)))
    yield from session.scalars(select(IncidentNote))
    yield from session.scalars(select(IncidentDuty))


def _drafts_of_schedules() -> Select[RetentionSchedule]:
    """Of a draft the copies tell how it was begun, and its changes are rows alone."""
    return select(RetentionSchedule).where(RetentionSchedule.state == ScheduleState.DRAFT)


def _exchanges(session: Session) -> list[Any]:
    return [*session.scalars(select(TransferSending)), *session.scalars(select(TransferPartnerDay))]


def _of_submissions(session: Session, submissions: Iterable[Submission]) -> Iterator[Any]:
    for row in submissions:
        yield from (row, *row.files, *row.findings, *row.packets)
    ids = select(Submission.id).where(Submission.state.not_in(TAKEN))
    yield from session.scalars(select(Draft).where(Draft.submission_id.in_(ids)))
