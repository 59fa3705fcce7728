"""Xử lý khi hết hạn: proposed, reviewed, heard by the council, submitted; and what stands where.

The decision and what follows it: ``disposition_decision``.
"""

from collections.abc import Mapping, Sequence
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.catalogue.holdings.rows import case_files_named
from archive_service.db.numbers import draw_number
from archive_service.db.unit_of_work import take_write_lock
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Actor, Role
from archive_service.domain.retention.disposition import (
    LONGEST_REASON,
    Disposition,
    DispositionKind,
    DispositionState,
    ItemState,
)
from archive_service.domain.retention.refusal import Refusal
from archive_service.errors import ConflictError, InputError
from archive_service.evidence.acting import acting
from archive_service.notices import inbox
from archive_service.proposed import NothingListed
from archive_service.services import Services
from archive_service.text import telling_line
from retention.disposition.appraisal import (
    Cause,
    case_files_of,
    is_changed,
    make_items,
    why_not,
)
from retention.disposition.council.council import forget_votes, lacking
from retention.disposition.custody_acts import tell
from retention.disposition.documents import DispositionDocument, DispositionItemDocument
from retention.disposition.given import ListShown, Proposal, Review
from retention.disposition.list_digest import require_shown
from retention.disposition.listing import (
    WHOLE,
    disposition_document,
    disposition_documents,
    get_disposition,
    matching_dispositions,
    open_disposition,
)
from retention.disposition.papers.acts import make_papers
from retention.disposition.papers.kinds import unmade
from retention.disposition.reviewing import (
    as_reviewed,
    require_reviewed,
    review_items,
    unreviewed,
)
from retention.disposition.transitions import TRANSITIONS

LONGEST_LIST = 5000  # case files of one list


class DispositionWordsError(InputError):
    """A word that the act needs is missing or too long."""


class DispositionAgenciesError(InputError):
    """One list is of one agency, whose head decides on it."""


class DispositionTooLongError(InputError):
    """More case files than one list may name."""


class DispositionChangedError(ConflictError):
    """A case file of the list is not as it was reviewed; the list is reviewed again."""


class DispositionNotReadyError(ConflictError):
    """Something of its file (hồ sơ) is missing."""


class NothingProposedError(NothingListed[DispositionItemDocument], ConflictError):
    """No list is made of the case files: ``items`` are as they would stand on it."""

    code = "disposition-nothing-proposed"
    check = "disposition"


def propose(
    services: Services,
    given: Proposal,
    *,
    actor: Actor,
    whole: bool = False,
    lang: str = "vi",
) -> DispositionDocument:
    """Propose case files; those that may not be stand on the list as refused.

    Where none may be, nothing is made, and the problem names each with its reason. Each refusal
    is an event.

    Args:
        whole: no list is made where any of them may not be proposed.

    Raises:
        ActNotAllowedError, CaseFileNotFoundError, DispositionAgenciesError,
        DispositionWordsError, DispositionTooLongError
        NothingProposedError: none of them may be, or not all where ``whole`` is asked for.
    """
    with acting(services, "disposition:propose", actor) as session:
        kind, reason = given.kind, words("reason", given.reason)
        wanted = list(dict.fromkeys(code.strip() for code in given.codes))
        require_short_enough(wanted)
        take_write_lock(session)  # of two proposals of one case file one sees the other
        rows = _of_one_agency(case_files_named(session, wanted, actor=actor), actor)
        refused = why_not(session, rows, clock.today(), kind=kind)
        _note_refused(session, rows, refused, kind, actor)
        if len(refused) < len(rows) and not (whole and refused):
            row = make_list(session, rows, refused, kind=kind, reason=reason, actor=actor)
            return disposition_document(session, row, lang)
        items = make_items(session, rows, refused)
        documents = [DispositionItemDocument.of(item, lang) for item in items]
    raise NothingProposedError(count=len(documents), items=documents, kind=kind, reason=reason)


def make_list(
    session: Session,
    rows: Sequence[CaseFile],
    refused: Mapping[UUID, Refusal],
    *,
    kind: DispositionKind,
    reason: str,
    actor: Actor,
    causes: Mapping[UUID, Cause] | None = None,
) -> Disposition:
    """A new list of one agency in the caller's transaction, numbered, with its act and event."""
    now = clock.now()
    year = clock.local(now).year
    same = Disposition.year == year, Disposition.kind == kind
    last = session.scalar(select(func.max(Disposition.number)).where(*same)) or 0
    row = Disposition(
        id=uuid4(),
        agency_id=rows[0].agency_id,
        number=draw_number(session, f"disposition-{kind.value}", year, after=last),
        year=year,
        kind=kind,
        state=DispositionState.PROPOSED,
        reason=reason,
        proposed_by=actor.account,
        proposed_at=now,
        items=make_items(session, rows, refused, causes=causes),
    )
    session.add(row)
    count = len(rows) - len(refused)
    tell(session, row, "disposition:proposed", actor=actor, items=True, count=count)
    return row


def review(
    services: Services,
    disposition_id: UUID,
    given: Review,
    *,
    actor: Actor,
    lang: str = "vi",
) -> DispositionDocument:
    """Say what is to become of each case file of a list.

    Votes on the list as it was before are void. Those not named stay as they are, and until each
    has its outcome the list is not reviewed; none named: the whole list as it is proposed. May be
    done again until the decision; the same again changes nothing.

    Raises:
        ActNotAllowedError, DispositionNotFoundError, DispositionStateError,
        DispositionOutcomeError, DispositionWordsError, DispositionStaleError,
        DispositionUnreviewedError
        DispositionBeyondListError: case files that are not on the list are named.
        CaseFileUnsettledError: a version of a case file is on its way into the copies.
    """
    with acting(services, "disposition:review", actor) as session:
        reason = words("reason", given.reason)
        row = open_disposition(session, disposition_id, "review", actor=actor)
        require_shown(row, given.list_sha256)
        now = case_files_of(session, row.items, locked=True)
        before = as_reviewed(row)
        review_items(row, now, given.outcomes, reason)
        row.reviewed_by, row.review_reason = actor.account, reason
        after = DispositionState.PROPOSED if unreviewed(row) else DispositionState.REVIEWED
        TRANSITIONS.move(row, "review", after)
        if as_reviewed(row) == before:
            return disposition_document(session, row, lang)
        row.reviewed_at = clock.now()
        row.submitted_by = row.submitted_at = None
        digest = row.digest_of_list()
        if digest != row.list_sha256:
            row.list_sha256 = digest
            forget_votes(row)
        tell(session, row, "disposition:reviewed", actor=actor, items=True, list_sha256=digest)
        inbox.settle(session, "disposition-submitted", row.id)
        return disposition_document(session, row, lang)


def submit(
    services: Services,
    disposition_id: UUID,
    given: ListShown,
    *,
    actor: Actor,
    lang: str = "vi",
) -> DispositionDocument:
    """Put a reviewed list before the head of the agency, with the council's file.

    Papers of the file that are lacking, or say something else by now, are made first.

    Raises:
        ActNotAllowedError, DispositionNotFoundError, DispositionStateError,
        DispositionNotReadyError, DispositionChangedError, DispositionStaleError,
        DispositionUnreviewedError
        and what ``make_papers`` raises.
    """
    access.require(actor, "disposition:submit")
    _require_ready(services, disposition_id, actor, given.list_sha256)
    make_papers(services, disposition_id, actor=actor)
    with acting(services, "disposition:submit", actor) as session:
        row = open_disposition(session, disposition_id, "submit", actor=actor)
        require_shown(row, given.list_sha256)
        require_unchanged(session, row)
        if needs := [*lacking(row), *unmade(row)]:
            raise DispositionNotReadyError(number=f"{row.number:02}/{row.year}", needs=needs)
        TRANSITIONS.move(row, "submit")
        row.submitted_by, row.submitted_at = actor.account, clock.now()
        tell(session, row, "disposition:submitted", actor=actor, list_sha256=row.list_sha256 or "")
        heads = inbox.people(session, roles=(Role.AGENCY_HEAD,), agency_id=row.agency_id)
        facts = {"number": f"{row.number:02}/{row.year}", "count": len(row.items)}
        href = f"/approvals?item={row.id}"
        inbox.tell(
            session, "disposition-submitted", to=heads, subject_id=row.id, facts=facts, href=href
        )
        return disposition_document(session, row, lang)


def _require_ready(
    services: Services, disposition_id: UUID, actor: Actor, list_sha256: str | None
) -> None:
    """As ``submit`` asks it: no paper is made of a list that cannot be submitted."""
    with services.read_only() as session:
        row = get_disposition(session, disposition_id, actor=actor)
        access.require(actor, "disposition:submit", row)
        if row.state is DispositionState.PROPOSED:
            require_reviewed(row)
        TRANSITIONS.require_open(row, "submit")
        require_shown(row, list_sha256)
        if needs := lacking(row):
            raise DispositionNotReadyError(number=f"{row.number:02}/{row.year}", needs=needs)


def show(
    services: Services, disposition_id: UUID, *, actor: Actor, lang: str = "vi"
) -> DispositionDocument:
    """One list: its case files, its council, and what comes next.

    Raises:
        DispositionNotFoundError
    """
    access.require(actor, "disposition:list")
    with services.read_only() as session:
        row = get_disposition(session, disposition_id, actor=actor)
        return disposition_document(session, row, lang)


def list_all(
    services: Services,
    *,
    actor: Actor,
    state: str = "",
    kind: str = "",
    limit: int | None = None,
    lang: str = "vi",
) -> list[DispositionDocument]:
    """Each DISPOSITION that the account may know of, the newest first."""
    access.require(actor, "disposition:list")
    with services.read_only() as session:
        query = matching_dispositions(actor=actor, state=state, kind=kind)
        newest = query.order_by(Disposition.proposed_at.desc(), Disposition.id.desc())
        rows = session.scalars(newest.limit(limit).options(*WHOLE)).all()
        return disposition_documents(session, rows, lang)


def require_unchanged(session: Session, row: Disposition) -> dict[UUID, CaseFile]:
    """The case files, locked until the commit, if each is as it was reviewed.

    Raises:
        DispositionChangedError: naming those that are not.
    """
    now = case_files_of(session, row.items, locked=True)
    standing = [item for item in row.items if item.state is not ItemState.REFUSED]
    changed = [item.code for item in standing if is_changed(item, now.get(item.case_file_id))]
    if changed or row.list_sha256 != row.digest_of_list():
        raise DispositionChangedError(number=f"{row.number:02}/{row.year}", codes=changed)
    return now


def words(field: str, text: str, longest: int = LONGEST_REASON) -> str:
    """The words without needless blanks; ``DispositionWordsError`` where there are none."""
    plain = telling_line(text)
    if not plain or len(plain) > longest:
        raise DispositionWordsError(field=field, longest=longest, given=len(plain))
    return plain


def require_short_enough(codes: Sequence[str]) -> None:
    """``DispositionTooLongError`` where one list may not name so many."""
    if len(codes) > LONGEST_LIST:
        raise DispositionTooLongError(count=len(codes), most=LONGEST_LIST)


def _of_one_agency(rows: list[CaseFile], actor: Actor) -> list[CaseFile]:
    if not rows or len({row.agency_id for row in rows}) > 1:
        raise DispositionAgenciesError(codes=len(rows))
    access.require(actor, "disposition:propose", rows[0])
    return rows


def _note_refused(
    session: Session,
    rows: Sequence[CaseFile],
    refused: Mapping[UUID, Refusal],
    kind: DispositionKind,
    actor: Actor,
) -> None:
    for row in rows:
        if row.id in refused:
            record_event(
                session,
                "disposition:refused",
                of=row,
                actor=actor,
                data={"code": row.code, "kind": kind.value} | refused[row.id].as_document(),
            )
