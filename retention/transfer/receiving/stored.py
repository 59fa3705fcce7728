"""What was taken over is stored: each item of a transfer with the receipt that a reply tells."""

import datetime as dt
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseFile, CopyState, PackageVersion
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.people.account import WORKER
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferDirection,
    TransferItem,
    TransferItemState,
)
from archive_service.evidence.write_out import write_out_evidence
from archive_service.jobs.port import Lease
from archive_service.services import Services
from retention.transfer.custody_acts import tell
from retention.transfer.items import AT_ONCE, count_items
from retention.transfer.listing import get_transfer

CARRY_OUT_JOB = "carry-out-transfer"
SETTLE_JOB = "settle-transfer"
REPLY_JOB = "reply-transfer"
WATCH_JOB = "settle-transfers"


def note_stored(session: Session, row: CaseFile, services: Services) -> None:
    """Called in the transaction that tells that every copy holds a version of the case file."""
    mine = (
        TransferItem.case_file_id == row.id,
        TransferItem.state == TransferItemState.ACCEPTED,
    )
    for transfer_id in session.scalars(select(TransferItem.transfer_id).where(*mine)):
        services.jobs.add(session, SETTLE_JOB, subject_id=transfer_id)


def settle(services: Services, transfer_id: UUID) -> int:
    """Items whose case file is in every copy become ``stored``, with their receipt; how many.

    Safe to repeat and to kill.
    """
    count = 0
    while noted := _settle_some(services, transfer_id):
        count += noted
    if count:
        write_out_evidence(services)
    return count


def settle_one(lease: Lease, services: Services) -> None:
    """The job of one transfer, when a case file of it was stored."""
    if lease.subject_id is None:
        raise ValueError(f"{SETTLE_JOB} needs a transfer")
    settle(services, lease.subject_id)
    with services.writing() as session:
        services.jobs.finish(session, lease)


def watch(lease: Lease, services: Services) -> None:
    """Now and then: whatever of the transfers that came in is stored by now.

    A decision whose job is gone, as after a rebuild, is carried out all the same.
    """
    waits = (
        Transfer.direction == TransferDirection.IN,
        TransferItem.state == TransferItemState.ACCEPTED,
    )
    with services.read_only() as session:
        query = select(TransferItem.transfer_id).join(
            Transfer, Transfer.id == TransferItem.transfer_id
        )
        found = session.scalars(query.where(*waits).distinct()).all()
        query = query.where(*waits, TransferItem.case_file_id.is_(None)).distinct()
        undone = session.scalars(query).all()
    for transfer_id in found:
        settle(services, transfer_id)
    with services.writing() as session:
        for transfer_id in undone:
            services.jobs.add(session, CARRY_OUT_JOB, subject_id=transfer_id)
        services.jobs.finish(session, lease)


def _receipt(
    item: TransferItem,
    case_file: CaseFile,
    version: PackageVersion,
    stored_at: dt.datetime | str,
    archive: str,
) -> dict[str, Any]:
    """What a stored case file is here, and the package that it came as.

    ``reply`` is set by the first reply that tells it: its sequence.
    """
    return {
        "archive": archive,
        "code": case_file.code,
        "arc_file_code": case_file.arc_file_code,
        "ocfl_id": case_file.ocfl_id,
        "version": version.number,
        "inventory_sha256": version.inventory_sha256,
        "package_sha256": item.sha256,
        "stored_at": clock.iso(clock.of_database(stored_at)),
        "reply": None,
    }


def _settle_some(services: Services, transfer_id: UUID) -> int:
    with services.writing() as session:
        row = get_transfer(session, transfer_id, actor=WORKER, locked=True)
        found = session.execute(_to_settle(row.id)).all()
        archive = services.settings.archive.code
        for item, case_file, version, stored_at in found:
            item.state = TransferItemState.STORED
            item.receipt = _receipt(item, case_file, version, stored_at, archive)
        if found:
            items = [pair[0] for pair in found]
            tell(session, row, "transfer:stored", actor=WORKER, changed=items, count=len(items))
            if row.reply_sequence and not count_items(session, row.id, TransferItemState.ACCEPTED):
                services.jobs.add(session, REPLY_JOB, subject_id=row.id)  # it said that they wait
    return len(found)


def _is_in() -> ColumnElement[bool]:
    """A case file is what came, as soon as it is stored; what was added to one, with its version.

    A submission that no restored archive knows any more was stored before.
    """
    return or_(
        Submission.id.is_(None),
        Submission.record_status == "NEW",
        Submission.state == SubmissionState.STORED,
    )


def _to_settle(
    transfer_id: UUID,
) -> Select[TransferItem, CaseFile, PackageVersion, dt.datetime]:
    """The next items whose case file is stored: with its version, and since when it is proved."""
    proved = select(func.max(CopyState.verified_at)).where(CopyState.case_file_id == CaseFile.id)
    stored = (PackageVersion.case_file_id == CaseFile.id) & (
        PackageVersion.number == CaseFile.version_stored
    )
    return (
        select(TransferItem, CaseFile, PackageVersion, proved.scalar_subquery())
        .join(CaseFile, CaseFile.id == TransferItem.case_file_id)
        .join(PackageVersion, stored)
        .outerjoin(Submission, Submission.id == TransferItem.submission_id)
        .where(
            _is_in(),
            TransferItem.transfer_id == transfer_id,
            TransferItem.state == TransferItemState.ACCEPTED,
        )
        .order_by(TransferItem.ordinal)
        .limit(AT_ONCE)
    )
