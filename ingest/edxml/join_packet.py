"""A packet that came as a draft of its own is put among the documents that it belongs to."""

from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, update
from sqlalchemy.orm import Session

from archive_service.audit import record_event
from archive_service.domain.intake.answer import Answer
from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.field_source import Source, source_key
from archive_service.domain.intake.finding import Finding, Severity, as_json
from archive_service.domain.intake.submission import (
    DeclaredCaseFile,
    DeclaredDocument,
    Submission,
    SubmissionFile,
    SubmissionState,
)
from archive_service.domain.people.account import Actor
from archive_service.jobs.ledger import JobLedger
from ingest.channels.edxml.placed_packet import folder_of, inside, told_at
from ingest.drafts.drafts import draft_of, write
from ingest.drafts.files import READ_JOB
from ingest.drafts.order import next_row, sort_by_time
from ingest.register.earlier_packets import CHANNEL, packets_of

JOINED = "packet:joined"


def is_own_draft(session: Session, submission: Submission) -> bool:
    """Whether it is a draft of one packet that nobody has opened yet."""
    return (
        submission.channel == CHANNEL
        and submission.state is SubmissionState.DRAFT
        and len(submission.packets) == 1
        and session.get(Draft, submission.id) is None
    )


def first_draft(
    session: Session, submission: Submission, visible: ColumnElement[bool]
) -> Submission | None:
    """The oldest other draft of its code and agency, unless that holds such a document already."""
    here = {packet.document_id for packet in submission.packets}
    own = submission.agency_id
    found = session.scalar(
        select(Submission)
        .where(
            Submission.code == submission.code,
            Submission.state == SubmissionState.DRAFT,
            Submission.id != submission.id,
            Submission.agency_id == own if own is not None else Submission.agency_id.is_(None),
            visible,
        )
        .order_by(Submission.received_at, Submission.id)
        .limit(1)
        .with_for_update(of=Submission)
    )
    if found is None or here & {packet.document_id for packet in found.packets}:
        return None
    return found


def join(
    session: Session,
    packet: Submission,
    host: Submission,
    *,
    actor: Actor,
    jobs: JobLedger,
    at: int | None = None,
) -> None:
    """Put document, files and findings of ``packet`` into ``host``; the draft of its own is gone.

    The caller commits, and has what is not a draft any more checked anew.

    Args:
        session: of a writing unit of work.
        packet: a draft that one packet made.
        host: what it goes into, undecided.
        actor: who handed the packet in.
        jobs: where the reading of the draft's files is asked for.
        at: place among the documents; without it the order of issue, or the end where a person
            has put the documents in order.
    """
    draft = draft_of(session, host, actor) if host.state is SubmissionState.DRAFT else None
    declared = host.case_file()
    kept = packet.unnamed_files()[-1].path
    (brought,) = packet.case_file().documents
    folder = folder_of(kept, [file.path for file in host.files], brought.fields)
    document = _placed(brought, declared, folder, origin="" if draft else f"{folder}/{kept}")
    declared.documents.insert(len(declared.documents) if at is None else at, document)
    count = len(declared.documents)
    if declared.fields.get("totalDoc") == str(count - 1):
        declared.fields["totalDoc"] = str(count)
    _take_rows(host, packet, declared, folder, f"{folder}/{kept}")
    if draft is not None:
        own = {source_key(document.row, name): Source.PACKET.value for name in document.fields}
        draft.sources = draft.sources | own
        if at is None and draft.by_time:
            sort_by_time(declared)
        write(host, draft, declared, actor)
        jobs.add(session, READ_JOB, subject_id=host.id)
    else:
        host.declared = declared.model_dump()
        host.document_count = count
        host.size_bytes += sum(file.size_bytes for file in packet.named_files())
    _tell(session, packet, host, actor)
    _forget(session, packet, host.id)


def _placed(
    brought: DeclaredDocument, declared: DeclaredCaseFile, folder: str, *, origin: str
) -> DeclaredDocument:
    fields = {name: text for name, text in brought.fields.items() if name != "fileCode"}
    if code := declared.fields.get("fileCode"):
        fields["fileCode"] = code
    row = next_row(declared)
    return inside(brought, folder).model_copy(
        update={"row": row, "fields": fields, "origin": origin}
    )


def _take_rows(
    host: Submission, packet: Submission, declared: DeclaredCaseFile, folder: str, place: str
) -> None:
    """Files, findings and the word of the packet itself."""
    last = max((file.ordinal for file in host.files), default=0)
    host.files.extend(
        SubmissionFile(
            ordinal=last + number,
            path=f"{folder}/{file.path}",
            sha256=file.sha256,
            size_bytes=file.size_bytes,
            signatures=[],
        )
        for number, file in enumerate(packet.files, start=1)
    )
    findings = [
        told_at(Finding(**found | {"severity": Severity(found["severity"])}), place, folder)
        for found in packet.door_findings
    ]
    host.door_findings = [*host.door_findings, *map(as_json, findings)]
    host.packets.extend(packets_of(declared, findings, packet.received_at))


def _tell(session: Session, packet: Submission, host: Submission, actor: Actor) -> None:
    record_event(
        session,
        JOINED,
        of=host,
        actor=actor,
        data={"code": host.code, "document_id": packet.package_id, "draft": str(packet.id)},
    )


def _forget(session: Session, packet: Submission, host: UUID) -> None:
    """The draft of the packet's own; what was answered about it was about its document."""
    session.execute(update(Answer).where(Answer.subject_id == packet.id).values(subject_id=host))
    session.execute(delete(Draft).where(Draft.submission_id == packet.id))
    session.delete(packet)
    session.flush()
