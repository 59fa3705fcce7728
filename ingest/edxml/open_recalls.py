"""What is recalled or replaced before anybody accepted it: its bytes go, the data of it stay."""

import json
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import String, cast, or_, select
from sqlalchemy.orm import Session, selectinload

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.catalogue.recalls.acts import (
    Wish,
    keep_act,
    recall_words,
    tell_asker,
    tell_sender,
)
from archive_service.catalogue.recalls.documents import RecallDocument
from archive_service.domain.agencies.agency import AgencyIdentifier
from archive_service.domain.case_files.document_id import parse_document_id
from archive_service.domain.case_files.recall import (
    Recall,
    RecallKind,
    RecallState,
    RecallStateError,
    RecallTargetUnknownError,
)
from archive_service.domain.intake.finding import Finding, Severity, as_json
from archive_service.domain.intake.submission import (
    CHECK_JOB,
    DeclaredDocument,
    Submission,
    SubmissionFile,
    SubmissionNotFoundError,
    SubmissionPacket,
    SubmissionState,
    SubmissionStateError,
)
from archive_service.domain.people.account import Actor, Role
from archive_service.errors import NotAllowedError
from archive_service.evidence.write_out import write_out_evidence
from archive_service.services import Services
from archive_service.text import fold
from ingest.edxml.undecided import (
    document_bearing,
    files_of,
    is_corrected_by,
    mark_corrected,
    name_of,
    named_document,
    take_out,
)
from ingest.receiving.makers import require_theirs
from ingest.receiving.recheck import go_on_after
from ingest.receiving.staged import discard_unneeded
from ingest.register.earlier_packets import CHANNEL, document_brought, sender_of
from ingest.transitions import TRANSITIONS, move

CHECK = "recalls"  # of the findings by which a submission says what was taken out of it
TAKEN_OUT, TAKEN_BACK = "submission:document-recalled", "packet:recalled"
_SAID = {
    RecallKind.RECALL: "open-recall",
    RecallKind.REPLACEMENT: "open-replacement",
    RecallKind.CORRECTION: "open-correction",
}


class PacketSenderError(NotAllowedError):
    """Another agency sent the document: only its sender takes it back."""

    code = "edxml-other-sender"


@dataclass(frozen=True, slots=True)
class Undecided:
    """A submission that nobody decided on, and which of its documents is meant."""

    submission: Submission
    document: DeclaredDocument

    @property
    def added_as(self) -> str:
        """What it is to a case file in custody: SUPPLEMENT, where it does not say otherwise."""
        return self.submission.record_status if self.submission.is_addition else "SUPPLEMENT"

    @property
    def relates(self) -> tuple[str, str]:
        """``(relation, target)`` to another document; both empty where it says none."""
        fields = self.document.fields
        return fields.get("relation", ""), fields.get("relatesTo", "")


def ask_undecided(
    services: Services, submission_id: UUID, document: str, wish: Wish, *, actor: Actor
) -> RecallDocument:
    """Take one document out of a submission; asked again, it tells what was done.

    Whoever may withdraw the submission may take part of it back: nobody has to confirm it. The
    bytes leave staging, the row of the recall stays, and what is left is checked anew. A correction
    leaves the document where it is, marked as corrected: the correcting paper stands beside it.

    Args:
        document: its place among the documents, its identifier, or its number and symbol.

    Raises:
        SubmissionNotFoundError, ActNotAllowedError
        RecallTargetUnknownError: it holds no such document.
        RecallWordsError: no reason, or no successor.
        RecallStateError: the submission was decided.
    """
    wish = recall_words(wish)
    gone: list[str] = []
    with services.writing() as session:
        submission = session.scalar(
            select(Submission)
            .where(
                Submission.id == submission_id,
                access.visible(actor, "submission:list", Submission.agency_id),
            )
            .options(selectinload(Submission.files))
            .with_for_update(of=Submission)
        )
        if submission is None:
            raise SubmissionNotFoundError(id=submission_id)
        access.require(actor, "recall:ask", submission)
        access.require(actor, "submission:withdraw", submission)
        if actor.role is Role.OFFICER:  # staff takes back for an agency that asks it to
            require_theirs(session, submission, actor)
        found = named_document(submission.case_file(), document)
        done = _done(session, submission_id, document, wish)
        if found is None and done is None:
            raise RecallTargetUnknownError(target=document)
        if found is not None and not TRANSITIONS.is_open(submission, "recall"):
            raise RecallStateError(
                code=submission.code, ordinal=document, state=submission.state.value
            )
        if found is not None and (done is None or not _is_marked(found, wish)):
            meant = Undecided(submission, found)
            done = take_part(session, services, meant, wish, gone, actor=actor)
        session.flush()
        if done is None:
            raise RecallTargetUnknownError(target=document)
        recall = RecallDocument.of(done)
    discard_unneeded(gone, database=services.database, staging=services.staging, recalled=True)
    write_out_evidence(services)
    return recall


def undecided_with(
    session: Session, target: str, actor: Actor, *, lock: bool = True
) -> list[Undecided]:
    """Documents that bear this identifier, of submissions that are open, whatever way they came.

    Their rows are locked, but for one who only looks.
    """
    told = cast(Submission.declared, String)
    as_ascii = json.dumps(target)[1:-1]  # as some databases keep it
    brought = select(SubmissionPacket.submission_id).where(SubmissionPacket.document_id == target)
    query = (
        select(Submission)
        .where(
            Submission.state.in_(TRANSITIONS["recall"].states),
            or_(
                Submission.id.in_(brought),
                told.contains(target, autoescape=True),
                told.contains(as_ascii, autoescape=True),
            ),
            access.visible(actor, "submission:withdraw", Submission.agency_id),
        )
        .options(selectinload(Submission.files), selectinload(Submission.packets))
        .order_by(Submission.received_at, Submission.id)
    )
    found = []
    for row in session.scalars(query.with_for_update(of=Submission) if lock else query):
        declared = row.case_file()
        document = document_bearing(declared, target) or document_brought(row, declared, target)
        if document is not None:
            found.append(Undecided(row, document))
    return found


def require_sender(session: Session, meant: Undecided, target: str, sender: str) -> None:
    """``PacketSenderError`` where the document is known to be another's than ``sender``'s."""
    issuer = _issuer(meant.submission, target)
    if issuer in ("", sender):
        return
    rows = session.execute(
        select(AgencyIdentifier.code, AgencyIdentifier.agency_id).where(
            AgencyIdentifier.code.in_((issuer, sender))
        )
    )
    bearers = {row.code: row.agency_id for row in rows}
    if len(bearers) != 2 or bearers[issuer] != bearers[sender]:
        raise PacketSenderError(target=target, sender=sender)


def take_part(
    session: Session,
    services: Services,
    meant: Undecided,
    wish: Wish,
    gone: list[str],
    *,
    actor: Actor,
    target: str = "",
    stays_open: bool = False,
) -> Recall:
    """Take the document out, or all of the submission where it has no other; caller commits.

    ``stays_open``: another document takes its place at once. ``gone`` gets the digests to be
    discarded after the commit, unless somebody else needs them.
    """
    submission, document = meant.submission, meant.document
    access.require(actor, "submission:withdraw", submission)
    stays = wish.kind is RecallKind.CORRECTION and wish.channel != CHANNEL
    if not (stays or stays_open) and len(submission.case_file().documents) == 1:
        recall = _withdraw(session, submission, wish, gone, actor=actor, target=target)
        go_on_after(session, submission, services.jobs)
        return recall
    declared = submission.case_file()
    target = target or name_of(document)
    files = [] if stays else files_of(submission, declared, document, target)
    recall = _row(submission, document, files, wish, actor, target)
    if stays:
        mark_corrected(declared, document, wish.successor)
    else:
        take_out(session, submission, declared, document, files, recall.target)
        gone += [file.sha256 for file in files]
    submission.declared = declared.model_dump()
    _say(submission, recall)
    _settled(session, recall, submission, TAKEN_OUT, actor=actor)
    if submission.state is not SubmissionState.DRAFT:
        TRANSITIONS.move(submission, "recall", SubmissionState.RECEIVED)
        session.flush()
        services.jobs.add(session, CHECK_JOB, subject_id=submission.id)
    return recall


def _withdraw(
    session: Session,
    submission: Submission,
    wish: Wish,
    gone: list[str],
    *,
    actor: Actor,
    target: str,
) -> Recall:
    try:  # an archivist may be accepting it this moment
        move(
            session,
            submission,
            "recall",
            SubmissionState.WITHDRAWN,
            decided_by=actor.account,
            decided_at=clock.now(),
            decision_reason=wish.reason,
        )
    except SubmissionStateError:
        state = submission.state.value
        raise RecallStateError(code=submission.code, ordinal=target, state=state) from None
    (document,) = submission.case_file().documents
    own = submission.package_id if submission.channel == CHANNEL else name_of(document)
    files = list(submission.files)
    recall = _row(submission, document, files, wish, actor, target or own or submission.code)
    _settled(session, recall, submission, TAKEN_BACK, actor=actor)
    gone += [file.sha256 for file in files]
    return recall


def _row(
    submission: Submission,
    document: DeclaredDocument,
    files: list[SubmissionFile],
    wish: Wish,
    actor: Actor,
    target: str,
) -> Recall:
    """What stays of it: who, when, why, by which packet, and the digests."""
    now, reason = clock.now(), wish.reason[:1000]
    return Recall(
        id=uuid4(),
        kind=wish.kind,
        state=RecallState.GRANTED,
        agency_id=submission.agency_id,
        target=target[:300],
        code=submission.code,
        title=(document.fields.get("subject") or submission.title)[:2000],
        submission_id=submission.id,
        successor=wish.successor,
        reason=reason,
        channel=wish.channel,
        sender=wish.sender[:40],
        package_id=wish.package_id[:200],
        packet_sha256=wish.packet_sha256,
        digests=[
            {"path": file.path, "sha256": file.sha256, "size_bytes": file.size_bytes}
            for file in files
        ],
        asked_by=actor.account,
        asked_at=now,
        decided_by=actor.account,
        decided_at=now,
        decision_reason=reason,
    )


def _settled(
    session: Session, recall: Recall, submission: Submission, tag: str, *, actor: Actor
) -> None:
    session.add(recall)
    keep_act(session, recall)
    record_event(
        session,
        tag,
        of=submission,
        actor=actor,
        data={
            "code": submission.code,
            "target": recall.target,
            "successor": recall.successor,
            "reason": recall.reason,
            "files": len(recall.digests),
            "packet_sha256": recall.packet_sha256,
        },
    )
    tell_asker(session, recall)
    if submission.submitted_by != recall.asked_by:
        tell_sender(session, recall, submission.submitted_by)


def _is_marked(document: DeclaredDocument, wish: Wish) -> bool:
    stays = wish.kind is RecallKind.CORRECTION
    return stays and is_corrected_by(document, wish.successor)


def _say(submission: Submission, recall: Recall) -> None:
    """The submission itself tells what is not in it any more, and why."""
    decided_at = recall.decided_at or clock.now()
    facts: dict[str, Any] = {
        "target": recall.target,
        "title": recall.title[:200],
        "reason": recall.reason,
        "successor": recall.successor,
        "day": f"{clock.local(decided_at):%d/%m/%Y}",
        "recall": str(recall.id),
    }
    finding = Finding(CHECK, _SAID[recall.kind], Severity.WARNING, "", facts)
    submission.door_findings = [*submission.door_findings, as_json(finding)]


def _done(session: Session, submission_id: UUID, document: str, wish: Wish) -> Recall | None:
    """What the same wish did to the document before."""
    rows = session.scalars(
        select(Recall)
        .where(
            Recall.submission_id == submission_id,
            Recall.kind == wish.kind,
            Recall.successor == wish.successor,
        )
        .order_by(Recall.asked_at.desc())
    )
    return next((row for row in rows if fold(row.target) == fold(document)), None)


def _issuer(submission: Submission, target: str) -> str:
    """OrganId of whoever sent the document, as far as its packet or its identifier says so."""
    return sender_of(submission, target) or parse_document_id(target).agency
