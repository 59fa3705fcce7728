"""Packets that came before: the same again, another under its name, and whose they are."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.agency import AgencyIdentifier
from archive_service.domain.finding import Finding, Severity
from archive_service.domain.recall import Recall, RecallKind, RecallState
from archive_service.domain.submission import Submission, SubmissionFile, SubmissionState
from ingest.channels.edxml_packet import CHECK, RECEIVED

CHANNEL = "edxml"
_OVER = (SubmissionState.RETURNED, SubmissionState.WITHDRAWN, SubmissionState.REJECTED)


def same_packet(session: Session, submission: Submission) -> UUID | None:
    """The submission that the very same packet made before, unless that is over."""
    digests = {file.sha256 for file in submission.unnamed_files()}
    if submission.channel != CHANNEL or not digests:
        return None
    found: UUID | None = session.scalar(
        select(Submission.id)
        .join(SubmissionFile, SubmissionFile.submission_id == Submission.id)
        .where(*_of_name(submission), SubmissionFile.sha256.in_(digests))
        .order_by(Submission.received_at)
        .limit(1)
    )
    return found


def tell_changed(session: Session, submission: Submission) -> list[Finding]:
    """A finding where other bytes came under the same name, and no update was meant."""
    means_it = any(one.fields.get("relatesTo") for one in submission.case_file().documents)
    if submission.channel != CHANNEL or means_it:
        return []
    earlier = session.execute(
        select(Submission.id, Submission.received_at)
        .where(*_of_name(submission))
        .order_by(Submission.received_at.desc())
        .limit(1)
    ).one_or_none()
    if earlier is None:
        return []
    facts = {
        "document_id": submission.package_id,
        "id": str(earlier.id),
        "received_at": clock.iso(earlier.received_at),
    }
    return [Finding(CHECK, "edxml-changed", Severity.WARNING, "DocumentId", facts)]


def tell_recalled(session: Session, submission: Submission) -> list[Finding]:
    """A finding where the document that a packet brings was recalled before."""
    if submission.channel != CHANNEL or not submission.package_id:
        return []
    own = submission.agency_id
    recalled = session.execute(
        select(Recall.reason, func.coalesce(Recall.decided_at, Recall.asked_at).label("at"))
        .where(
            Recall.target == submission.package_id,
            Recall.kind == RecallKind.RECALL,
            Recall.state == RecallState.GRANTED,
            Recall.agency_id == own if own is not None else Recall.agency_id.is_(None),
        )
        .order_by(Recall.asked_at.desc())
        .limit(1)
    ).one_or_none()
    if recalled is None:
        return []
    facts = {
        "document_id": submission.package_id,
        "recalled_on": f"{clock.local(recalled.at):%d/%m/%Y}",
        "reason": recalled.reason,
    }
    return [Finding(CHECK, "edxml-recalled-before", Severity.WARNING, "DocumentId", facts)]


def receiving_agency(session: Session, receivers: Collection[str]) -> UUID | None:
    """The agency that bears the first of these identifiers that is known here."""
    rows = session.execute(
        select(AgencyIdentifier.code, AgencyIdentifier.agency_id).where(
            AgencyIdentifier.code.in_(receivers)
        )
    )
    known = {row.code: row.agency_id for row in rows}
    return next((known[code] for code in receivers if code in known), None)


def sender_of(submission: Submission) -> str:
    """The OrganId that sent the packet; empty where it came another way."""
    for found in submission.door_findings:
        if found["code"] == RECEIVED:
            return str(found["facts"]["sender"])
    return ""


def _of_name(submission: Submission) -> list[ColumnElement[bool]]:
    own = submission.agency_id
    return [
        Submission.package_id == submission.package_id,
        Submission.channel == CHANNEL,
        Submission.agency_id == own if own is not None else Submission.agency_id.is_(None),
        Submission.state.not_in(_OVER),
        Submission.id != submission.id,
    ]
