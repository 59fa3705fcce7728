"""From draft to submission: no byte is copied, and its checks begin."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from archive_service import access, clock, law
from archive_service.audit import record_event
from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.finding import Finding, Severity, as_json
from archive_service.domain.intake.submission import (
    CHECK_JOB,
    DeclaredCaseFile,
    DeclaredDocument,
    Submission,
    SubmissionFile,
)
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, InputError
from archive_service.jobs.ledger import JobLedger
from archive_service.settings import LimitSettings
from ingest.checks.each import codes, dates, fields, own_fields, repeated
from ingest.checks.port import Check, CheckContext
from ingest.checks.reference_documents import for_reference
from ingest.checks.secrecy_findings import secrecy_findings
from ingest.drafts.drafts import CHANNEL, agency_by_code, draft_of, get_draft
from ingest.drafts.file_checks import file_findings
from ingest.drafts.order import numbered_annexes
from ingest.receiving.rows import door_findings, received_facts
from ingest.register.agencies import agencies_of, predecessors, read_code
from ingest.register.identity import Earlier, identify
from ingest.register.register import read_register
from ingest.transitions import move

_CHECKS: tuple[Check, ...] = (codes.check, fields.check, dates.check, own_fields.check)


class DraftIncompleteError(ConflictError):
    """Something is missing that only the sender can supply."""


class DraftSecretError(InputError):
    """It is marked as a state secret, which is not taken in."""


class DraftMarkedSecretError(InputError):
    """Page 1 of a file bears the mark of a state secret: such a document is not taken in."""


def marks_of(submission: Submission, draft: Draft) -> list[tuple[str, str]]:
    """Files of a draft whose page 1 was read with a mark of secrecy, each with its level."""
    return [
        (file.path, mark)
        for file in submission.files
        if (mark := draft.reads.get(file.sha256, {}).get("secrecy", ""))
    ]


def unsigned_rows(
    submission: Submission, draft: Draft, *, home: Path | None = None
) -> frozenset[int]:
    """Documents that would be for reference, as far as their files were read."""
    read = [file for file in submission.files if draft.reads.get(file.sha256, {}).get("done")]
    seen = {file.path: file.signatures for file in read}
    return for_reference(submission.read_case_file(), seen, home=home)


def annex_findings(declared: DeclaredCaseFile, draft: Draft) -> list[Finding]:
    """Annexes that bear a number and a type, as documents of their own do."""
    types = law.code_list("typeName").codes
    return [
        Finding(
            "annexes",
            "annex-numbered",
            Severity.WARNING,
            path,
            {
                "number": "/".join(filter(None, map(fields.get, ("codeNumber", "codeNotation")))),
                "type": types.get(fields["typeName"], fields["typeName"]),
                "ordinal": ordinal,
            },
        )
        for ordinal, path, fields in numbered_annexes(declared, draft)
    ]


def to_weigh(submission: Submission, draft: Draft) -> list[Finding]:
    """What a person has to weigh before it is handed in, as that it was recalled before."""
    declared = submission.read_case_file()
    return [
        *door_findings(submission),
        *annex_findings(declared, draft),
        *repeated.within(declared),
        *file_findings(submission, draft),
    ]


def draft_findings(
    session: Session, submission: Submission, *, limits: LimitSettings
) -> list[Finding]:
    """What the checks say of a draft now: of its data, and of each file that was read already."""
    declared = submission.case_file()
    name_code(declared)
    context = CheckContext(declared, {}, read_register(session, submission, []), limits)
    found = [*secrecy_findings(declared)]
    found += [finding for check in _CHECKS for finding in check(context)]
    return [*found, *file_findings(submission, session.get(Draft, submission.id))]


def hand_in(
    session: Session,
    draft_id: UUID,
    *,
    actor: Actor,
    jobs: JobLedger,
    lacking: Sequence[str] = (),
    limits: LimitSettings,
) -> Submission:
    """Hand a draft in; the caller commits state, event and job together, or nothing.

    Where the same content was sent before and stands, that submission is given back instead.

    Args:
        lacking: what its rules of completeness require and is not there, in words.

    Raises:
        DraftNotFoundError, ActNotAllowedError
        DraftSecretError, DraftMarkedSecretError: marked as a state secret.
        DraftIncompleteError: an error stands in its data, a required thing is missing, or there
            is nothing in it.
        SubmissionStateError: handed in meanwhile.
    """
    submission = get_draft(session, draft_id, actor=actor, lock=True)
    access.require(actor, "submission:create", submission)
    draft = draft_of(session, submission, actor)
    declared = submission.case_file()
    if marks := marks_of(submission, draft):
        raise DraftMarkedSecretError(name=marks[0][0], level=marks[0][1], count=len(marks))
    if secrecy_findings(declared):
        raise DraftSecretError(code=submission.code)
    _put_in_order(submission, declared)
    submission.agency_id = agency_by_code(session, submission)
    door = [
        *door_findings(submission),
        *_of_agency(session, submission, actor),
        *annex_findings(declared, draft),
    ]
    digests = submission.digests
    identify(submission, digests, door)
    earlier = Earlier(session, [submission.code])
    same = earlier.same(submission)
    if same is not None:
        return _sent_again(session, submission, same, actor)
    errors = [
        finding
        for finding in draft_findings(session, submission, limits=limits)
        if finding.severity is Severity.ERROR
    ]
    if errors or lacking or not declared.documents:
        count = len(errors) + len(lacking) + (not declared.documents)
        raise DraftIncompleteError(id=draft_id, count=count)
    door += earlier.follow(submission, digests)
    submission.door_findings = [as_json(finding) for finding in door]
    session.flush()
    _forget_seen(session, draft)
    _receive(session, submission, actor)
    jobs.add(session, CHECK_JOB, subject_id=submission.id)
    return submission


def _forget_seen(session: Session, draft: Draft) -> None:
    """The desk looks for itself; no words of the files stay beside them."""
    draft.judged = {}
    own_files = SubmissionFile.submission_id == draft.submission_id
    session.execute(update(SubmissionFile).where(own_files).values(facts=None))


def _put_in_order(submission: Submission, declared: DeclaredCaseFile) -> None:
    """Documents and files bear the numbers of their places."""
    for number, document in enumerate(declared.documents, start=1):
        document.row = number
    name_code(declared)
    order = {path: at for at, path in enumerate(_paths(declared.documents), start=1)}
    for file in submission.files:
        file.ordinal = order.get(file.path, len(order) + file.ordinal)
    submission.declared = declared.model_dump()


def _sent_again(session: Session, submission: Submission, same: UUID, actor: Actor) -> Submission:
    """The very same was sent before and stands: that one, and the draft is gone."""
    session.execute(delete(Draft).where(Draft.submission_id == submission.id))
    session.delete(submission)
    session.flush()
    earlier = session.get_one(Submission, same)
    record_event(
        session,
        "submission:sent-again",
        subject_id=same,
        actor=actor,
        agency_id=earlier.agency_id,
        data={"code": earlier.code, "channel": CHANNEL},
    )
    return earlier


def name_code(declared: DeclaredCaseFile) -> None:
    """Each document names its case file, as a row of a sheet does."""
    if code := declared.fields.get("fileCode"):
        for document in declared.documents:
            document.fields["fileCode"] = code


def _paths(documents: Sequence[DeclaredDocument]) -> list[str]:
    return [file.path for document in documents for file in document.files]


def _receive(session: Session, submission: Submission, actor: Actor) -> None:
    now = clock.now()  # of two windows one hands in
    move(session, submission, "hand-in", submitted_by=actor.account, received_at=now)
    record_event(
        session,
        "submission:received",
        of=submission,
        actor=actor,
        data=received_facts(submission, len(submission.files)),
    )


def _of_agency(session: Session, submission: Submission, actor: Actor) -> list[Finding]:
    """A code that names another agency than the officer's own, as every other way in says it."""
    if actor.agency_id is None:
        return []
    known = agencies_of(session, [submission.code])
    code = read_code(submission.code, known)
    agency = known.get(code.agency) if code else None
    own = {actor.agency_id} | predecessors(session, actor.agency_id)
    if agency is None or agency.id in own:
        return []
    facts = {"agency": agency.identifier}
    return [Finding("codes", "agency-not-own", Severity.ERROR, submission.code, facts)]
