"""Drafts: a submission that an officer still works on, in any browser, until it is handed in."""

from collections.abc import Callable, Iterable, Mapping
from uuid import UUID, uuid4

from sqlalchemy import Select, delete, select
from sqlalchemy.orm import Session, selectinload

from archive_service import access, clock, law
from archive_service.accounts.acts import name_of
from archive_service.audit import record_event
from archive_service.db.unit_of_work import take_write_lock
from archive_service.domain.agencies.own_field import OWN, OwnSubject
from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.field_source import (
    CASE_FILE,
    Source,
    document_of,
    propose,
    source_key,
)
from archive_service.domain.intake.submission import (
    DeclaredCaseFile,
    Submission,
    SubmissionFile,
    SubmissionState,
)
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, NotFoundError
from ingest.channels.values import as_kept
from ingest.channels.web_form import NOT_IN_FORMS, FormFieldUnknownError
from ingest.drafts.judged import forget_field
from ingest.drafts.order import DraftRowError, sort_by_time
from ingest.drafts.own_fields import own_fields_of_draft
from ingest.receiving.makers import require_theirs
from ingest.register.agencies import agencies_of, read_code
from ingest.transitions import TRANSITIONS

CHANNEL = "web"
TIMES = ("issuedDate", "codeNumber")  # what the order by time looks at
_DEFAULTS = {"mode": "01", "language": "01", "confidenceLevel": "01"}


class DraftNotFoundError(NotFoundError):
    """No draft bears this id, or it is another agency's."""

    code = "draft-unknown"


class CorrectedAlreadyError(ConflictError):
    """What was returned was corrected and handed in again: the newer one counts."""


class DraftStaleError(ConflictError):
    """Somebody, or another window, changed the same thing since it was shown."""


def open_draft(
    session: Session,
    *,
    actor: Actor,
    given: Mapping[str, str] | None = None,
    source: Source = Source.PLAN,
    entry_id: UUID | None = None,
    agency_id: UUID | None = None,
) -> Submission:
    """A new draft with these data of its case file; the caller commits.

    The same entry of a file plan gives the draft that is open for it already.

    Raises:
        ActNotAllowedError: ``actor`` may not hand in.
    """
    access.require(actor, "draft:edit")
    if entry_id is not None and (there := _draft_of_entry(session, entry_id, actor)) is not None:
        return there
    declared = DeclaredCaseFile(row=1)
    sources: dict[str, str] = {}
    propose(declared.fields, sources, CASE_FILE, given or {}, source)
    propose(declared.fields, sources, CASE_FILE, _DEFAULTS, Source.AGENCY)
    now = clock.now()
    submission = Submission(
        id=uuid4(),
        agency_id=actor.agency_id or agency_id,
        channel=CHANNEL,
        state=SubmissionState.DRAFT,
        declared={},
        submitted_by=actor.account,
        received_at=now,
    )
    session.add(submission)
    session.flush()
    draft = _beside(submission, actor)
    draft.entry_id, draft.sources = entry_id, dict(sources)
    session.add(draft)
    write(submission, draft, declared, actor)
    _tell(session, submission, "draft:opened", actor)
    return submission


def reopen(
    session: Session, returned: Submission, *, actor: Actor, has: Callable[[str], bool]
) -> Submission:
    """A draft with all that a returned submission held; the one that is open already, else new.

    Args:
        has: whether staging holds bytes of this digest. Files whose bytes are gone are left out:
            their documents stay, and ask for them.

    Raises:
        ActNotAllowedError: ``actor`` may not hand in for this agency.
        SubmissionStateError: it was not returned.
        CorrectedAlreadyError: its correction was handed in.
    """
    TRANSITIONS.require(returned, "correct", actor)
    there = session.scalar(_drafts(actor).where(Submission.follows_id == returned.id).limit(1))
    if there is not None:
        return there
    dropped = (SubmissionState.DRAFT, SubmissionState.WITHDRAWN)
    corrections = select(Submission.code).where(
        Submission.follows_id == returned.id, Submission.state.not_in(dropped)
    )
    if (code := session.scalar(corrections.limit(1))) is not None:
        raise CorrectedAlreadyError(code=code)
    declared = returned.case_file()
    declared.left_out = []  # its former submission keeps them
    submission = open_draft(session, actor=actor, agency_id=returned.agency_id)
    draft = draft_of(session, submission, actor)
    submission.follows_id = returned.id
    submission.record_status = returned.record_status
    submission.source = returned.source
    # What came beside the documents, as the sheet, told of the old ones: it does not go along.
    take_write_lock(session)  # nothing is swept from staging between the question and the commit
    submission.files = [_again(file) for file in returned.named_files() if has(file.sha256)]
    here = {file.path for file in submission.files}
    lost = [
        any(file.path not in here for file in declared_document.files)
        for declared_document in declared.documents
    ]
    for document in declared.documents:
        document.files = [file for file in document.files if file.path in here]
    _number_anew(declared)
    draft.by_time = False
    draft.sources = {
        source_key(row, name): Source.EARLIER.value
        for row, fields in _rows(declared)
        for name in fields
    } | {
        source_key(declared_document.row, "files"): Source.EARLIER.value  # those that are gone
        for declared_document, is_lost in zip(declared.documents, lost, strict=True)
        if is_lost
    }
    write(submission, draft, declared, actor)
    return submission


def just_begun(session: Session, actor: Actor) -> UUID | None:
    """The draft that the account began empty a moment ago, while nobody put anything into it."""
    begun = session.execute(
        _drafts(actor)
        .join(Draft, Draft.submission_id == Submission.id)
        .where(
            Submission.submitted_by == actor.account,
            Submission.channel == CHANNEL,
            Submission.follows_id.is_(None),
            Submission.document_count == 0,
            Draft.entry_id.is_(None),
            Draft.begun_at > clock.just_before(),
        )
        .with_only_columns(Submission.id, Draft.sources)
        .order_by(Draft.begun_at.desc())
    )
    untouched = {Source.AGENCY.value}
    return next((id_ for id_, sources in begun if {*sources.values()} <= untouched), None)


def get_draft(
    session: Session, draft_id: UUID, *, actor: Actor, lock: bool = False, files: bool = True
) -> Submission:
    """A draft of the account's own agency; ``DraftNotFoundError`` for any other.

    Args:
        files: without them for who asks for none: there may be thousands.
    """
    query = _drafts(actor).where(Submission.id == draft_id)
    if lock:
        query = query.with_for_update(of=Submission).execution_options(populate_existing=True)
    found = session.scalar(query.options(selectinload(Submission.files)) if files else query)
    if found is None:
        raise DraftNotFoundError(id=draft_id)
    return found


def draft_of(session: Session, submission: Submission, actor: Actor) -> Draft:
    """What stands beside the draft; a packet that came as one gets its own when first opened."""
    found = session.get(Draft, submission.id)
    if found is None:
        found = _beside(submission, actor)
        declared = submission.case_file()
        _number_anew(declared)
        found.by_time = len(declared.documents) < 2  # one has no order to lose
        found.sources = {
            source_key(row, name): Source.PACKET.value
            for row, fields in _rows(declared)
            for name in fields
        }
        submission.declared = declared.model_dump()
        session.add(found)
        session.flush()
    return found


def put_field(
    session: Session, draft_id: UUID, row: int, name: str, value: str, *, was: str, actor: Actor
) -> Submission:
    """Set one field, of a document or (row 0) of the case file; the caller commits.

    Args:
        value: as typed.
        was: what the page showed before; both in any form that the field may be written in.

    Raises:
        DraftNotFoundError, ActNotAllowedError
        DraftRowError: the document is gone.
        FormFieldUnknownError: no such field.
        DraftStaleError: the field says something else by now, and not what is being set.
    """
    submission = get_draft(session, draft_id, actor=actor, lock=True)
    draft = draft_of(session, submission, actor)
    declared = submission.case_file()
    kind, fields = "case-file", declared.fields
    if row != CASE_FILE:
        document = document_of(declared, row)
        if document is None:
            raise DraftRowError(row=row)
        kind, fields = document.kind, document.fields
    label, kept = form_field(session, submission, kind, name)
    new, shown = kept(value), kept(was)
    now = fields.get(name, "")
    if now not in (shown, new):
        by = name_of(session, draft.changed_by)
        raise DraftStaleError(field=label, by=by, value=now)
    if now == new and draft.sources.get(source_key(row, name)) == Source.PERSON:
        return submission
    fields[name] = new
    if not new:
        del fields[name]
    draft.sources = draft.sources | {source_key(row, name): Source.PERSON.value}
    if row != CASE_FILE and draft.by_time and name in TIMES:
        sort_by_time(declared)
    write(submission, draft, declared, actor)
    forget_field(draft, declared, row, name)
    return submission


def form_field(
    session: Session, submission: Submission, kind: str, name: str
) -> tuple[str, Callable[[str], str]]:
    """Label of a field that is typed, and how a value of it is kept; ``FormFieldUnknownError``."""
    of_case_file = kind == "case-file"
    if name.startswith(OWN):
        for field in own_fields_of_draft(session, submission):
            if field.key == name and (field.subject is OwnSubject.CASE_FILE) == of_case_file:
                return field.label, field.kept
        raise FormFieldUnknownError(field=name[:100])
    rules = {rule.name: rule for rule in law.fields(kind)}
    left_out = {"totalDoc"} if of_case_file else NOT_IN_FORMS
    if name not in rules or name in left_out:
        raise FormFieldUnknownError(field=name[:100])
    rule = rules[name]
    return rule.label_vi, lambda text: as_kept(text, rule)


def discard_draft(session: Session, draft_id: UUID, *, actor: Actor) -> list[str]:
    """Forget a draft: it never was received; the caller commits.

    Raises:
        NotTheirWorkError: another officer's.

    Returns:
        Digests of its files, which staging may need no more.
    """
    submission = get_draft(session, draft_id, actor=actor, lock=True)
    require_theirs(session, submission, actor)
    digests = [file.sha256 for file in submission.files]
    _tell(session, submission, "draft:discarded", actor)
    session.execute(delete(Draft).where(Draft.submission_id == submission.id))
    session.delete(submission)
    session.flush()
    return digests


def write(
    submission: Submission, draft: Draft, declared: DeclaredCaseFile, actor: Actor | None
) -> None:
    """Keep what is declared now, and who changed it; nobody where it was only read from files."""
    write_declared(submission, draft, declared, actor)
    named = {file.path for document in declared.documents for file in document.files}
    submission.size_bytes = sum(file.size_bytes for file in submission.files if file.path in named)


def write_declared(
    submission: Submission, draft: Draft, declared: DeclaredCaseFile, actor: Actor | None
) -> None:
    """As ``write``, with its files unread: the caller says what their size has become."""
    submission.declared = declared.model_dump()
    submission.code = declared.fields.get("fileCode", "")[:200]
    submission.title = declared.fields.get("title", "")[:1000]
    submission.document_count = len(declared.documents)
    draft.changed_at = clock.now()
    if actor is not None:
        draft.changed_by = actor.account


def agency_by_code(session: Session, submission: Submission) -> UUID | None:
    """The agency that the code names, where nothing else says whose the draft is."""
    if submission.agency_id is not None:
        return submission.agency_id
    known = agencies_of(session, [submission.code])
    code = read_code(submission.code, known)
    agency = known.get(code.agency) if code else None
    return agency.id if agency else None


def _drafts(actor: Actor) -> Select[Submission]:
    return select(Submission).where(
        Submission.state == SubmissionState.DRAFT,
        access.visible(actor, "draft:edit", Submission.agency_id),
    )


def _draft_of_entry(session: Session, entry_id: UUID, actor: Actor) -> Submission | None:
    return session.scalar(
        _drafts(actor)
        .join(Draft, Draft.submission_id == Submission.id)
        .where(Draft.entry_id == entry_id)
        .order_by(Draft.begun_at)
        .limit(1)
    )


def _beside(submission: Submission, actor: Actor) -> Draft:
    now = clock.now()
    return Draft(
        submission_id=submission.id,
        by_time=True,
        sources={},
        reads={},
        set_aside={},
        begun_at=now,
        changed_at=now,
        changed_by=actor.account,
    )


def _again(file: SubmissionFile) -> SubmissionFile:
    return SubmissionFile(
        ordinal=file.ordinal,
        path=file.path,
        sha256=file.sha256,
        size_bytes=file.size_bytes,
        puid=file.puid,
        format_name=file.format_name,
        media_type=file.media_type,
        pages=file.pages,
        signatures=list(file.signatures or []),
    )


def _rows(declared: DeclaredCaseFile) -> Iterable[tuple[int, dict[str, str]]]:
    yield CASE_FILE, declared.fields
    for document in declared.documents:
        yield document.row, document.fields


def _number_anew(declared: DeclaredCaseFile) -> None:
    """Rows of a packet count by sheet; here each document needs a number of its own."""
    for number, document in enumerate(declared.documents, start=1):
        document.row = number


def _tell(session: Session, submission: Submission, tag: str, actor: Actor) -> None:
    record_event(
        session,
        tag,
        of=submission,
        actor=actor,
        data={"code": submission.code, "files": len(submission.files)},
    )
