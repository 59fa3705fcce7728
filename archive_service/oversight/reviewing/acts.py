"""Reviews looked through line by line by whose work they are, and given out to be signed."""

from collections.abc import Iterable, Mapping, Sequence
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.people.account import Account, Actor, Role
from archive_service.domain.people.review import (
    REVIEW_PAPER,
    Review,
    ReviewLine,
    Verdict,
)
from archive_service.domain.signing.signing_request import SigningRequest, SigningState
from archive_service.errors import ConflictError, InputError, NotAllowedError, NotFoundError
from archive_service.evidence.acting import acting
from archive_service.oversight.reviewing.documents import (
    LineDocument,
    ReviewDocument,
    ReviewList,
    ReviewListed,
)
from archive_service.oversight.reviewing.given import LinesConfirmed
from archive_service.oversight.reviewing.lines import Line, lines_of, seen_sha256
from archive_service.oversight.reviewing.rules import CONFIRM, CONFIRMED, LIST, reviewing_role
from archive_service.services import Services

_SHOWN = 100  # reviews on the list


class ReviewNotFoundError(NotFoundError):
    """No review bears this id, or it is not this account's to know."""


class ReviewerOtherError(NotAllowedError):
    """It is another person's work: an auditor's, or the head's of the archive or agency."""


class ReviewClosedError(ConflictError):
    """It is signed, or its paper waits for the signature."""


class ReviewChangedError(ConflictError):
    """What is to be confirmed is no longer what was looked at."""


class ReviewLineError(InputError):
    """The review has no such line, or it is the reviewer's own account."""


class ReviewOpenError(ConflictError):
    """Nobody has said yet whether these lines are in order."""


def find_reviews(services: Services, *, actor: Actor) -> ReviewList:
    """Reviews the account may know, those that are open first, the newest hundred.

    Raises:
        ActNotAllowedError
    """
    access.require(actor, LIST)
    query = (
        select(Review, Agency)
        .outerjoin(Agency, Agency.id == Review.agency_id)
        .where(access.visible(actor, LIST, Review.agency_id))
        .order_by(Review.closed_at.is_not(None), Review.last.desc(), Review.kind, Agency.name)
        .limit(_SHOWN)
    )
    with services.read_only() as session:
        rows = session.execute(query).all()
        papers = papers_of(session, [row for row, _ in rows])
        return ReviewList(
            reviews=[_listed(row, agency, papers.get(row.id)) for row, agency in rows]
        )


def show_review(
    services: Services, review_id: UUID, *, actor: Actor, lang: str = "vi"
) -> ReviewDocument:
    """Show one review with its lines, and the digest to confirm them by.

    Raises:
        ActNotAllowedError, ReviewNotFoundError
    """
    access.require(actor, LIST)
    with services.read_only() as session:
        return document_of(session, review_in(session, review_id, actor), actor, lang)


def confirm_lines(
    services: Services, review_id: UUID, given: LinesConfirmed, *, actor: Actor, lang: str = "vi"
) -> ReviewDocument:
    """Say of some lines that they are in order, or what is not; said again, the last word counts.

    Raises:
        ActNotAllowedError, ReviewNotFoundError, ReviewerOtherError, ReviewClosedError
        ReviewChangedError: the lines say other than what was seen.
        ReviewLineError: there is no such line, or it is one's own account.
    """
    with acting(services, CONFIRM, actor) as session:
        row = open_review(session, review_id, actor)
        lines = lines_of(session, row, lang)
        if given.seen != seen_sha256(lines):
            raise ReviewChangedError
        others = [line for line in lines if line.account_id not in actor.ids]
        meant = {key: line for line in others for key in (line.subject, line.name)}
        facts = dict.fromkeys(given.in_order, "") | dict(given.objected)
        if unknown := [name for name in facts if name not in meant]:
            raise ReviewLineError(line=unknown[0])
        facts = {
            name: remark
            for name, remark in facts.items()
            if _say(session, row, meant[name], remark, actor)
        }
        if facts:
            session.flush()
            remarks = {meant[name].name: remark for name, remark in facts.items()}
            in_order = sorted(name for name, remark in remarks.items() if not remark)
            objected = {name: remark for name, remark in remarks.items() if remark}
            states = {meant[name].name: meant[name].state_sha256 for name in facts}
            data = {"in_order": in_order, "objected": objected, "states": states}
            record_event(session, CONFIRMED, of=row, actor=actor, data=data)
        return document_of(session, row, actor, lang)


def _say(session: Session, row: Review, line: Line, remark: str, actor: Actor) -> bool:
    """``False``: this person has said so already of the line as it is."""
    verdict = Verdict.OBJECTED if remark else Verdict.IN_ORDER
    review_line = session.get(ReviewLine, (row.id, line.subject))
    given = line.state_sha256, verdict, remark, actor.account
    if (
        review_line
        and (review_line.state_sha256, review_line.verdict, review_line.remark, review_line.by)
        == given
    ):
        return False
    if review_line is None:
        review_line = ReviewLine(review_id=row.id, subject=line.subject)
        session.add(review_line)
    review_line.state_sha256, review_line.verdict, review_line.remark, review_line.by = given
    review_line.at = clock.now()
    return True


def review_in(session: Session, review_id: UUID, actor: Actor, *, lock: bool = False) -> Review:
    """``ReviewNotFoundError`` where there is none, or it is not the account's to know."""
    visible = access.visible(actor, LIST, Review.agency_id)
    query = select(Review).where(Review.id == review_id, visible)
    row = session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise ReviewNotFoundError(id=review_id)
    return row


def open_review(session: Session, review_id: UUID, actor: Actor) -> Review:
    """One that the account is to look through, locked; raises what ``confirm_lines`` raises."""
    row = review_in(session, review_id, actor, lock=True)
    if actor.account_id not in {reviewer.id for reviewer in reviewers_of(session, row)}:
        raise ReviewerOtherError(account=actor.account)
    if row.id in papers_of(session, [row]):
        raise ReviewClosedError(id=row.id)
    return row


def reviewers_of(session: Session, row: Review) -> Sequence[Account]:
    """Whose work it is; where an agency has no head, the archive's."""
    role = reviewing_role(row)
    of_agency = role is Role.AGENCY_HEAD
    whose = Account.agency_id == row.agency_id if of_agency else Account.agency_id.is_(None)
    found = session.scalars(_people(role).where(whose)).all()
    if found or not of_agency:
        return found
    return session.scalars(_people(Role.HEAD).where(Account.agency_id.is_(None))).all()


def _people(role: Role) -> Select[Account]:
    return select(Account).where(Account.active, Account.role == role).order_by(Account.name)


def papers_of(session: Session, rows: Iterable[Review]) -> Mapping[UUID, SigningRequest]:
    """By review the paper that came back signed, else the one that waits.

    The paper of somebody who left is none: whoever comes after them signs one of their own.
    """
    wanted = [str(row.id) for row in rows]
    may = Account.role.in_(access.ACTS[CONFIRM])
    query = (
        select(SigningRequest)
        .outerjoin(Account, Account.name == SigningRequest.account)
        .where(
            SigningRequest.subject_kind == REVIEW_PAPER,
            SigningRequest.subject_id.in_(wanted),
            (SigningRequest.state == SigningState.SIGNED)
            | ((SigningRequest.state == SigningState.WAITING) & Account.active & may),
        )
        .order_by(SigningRequest.requested_at)
    )
    found: dict[UUID, SigningRequest] = {}
    for paper in session.scalars(query):
        known = found.get(UUID(paper.subject_id))
        fits = paper.state is SigningState.WAITING or paper.is_signed_by_who_was_asked()
        if fits and (known is None or known.state is SigningState.WAITING):
            found[UUID(paper.subject_id)] = paper
    return found


def document_of(session: Session, row: Review, actor: Actor, lang: str) -> ReviewDocument:
    """The review with its lines; those of one whose paper is out are on the paper alone."""
    agency = None if row.agency_id is None else session.get_one(Agency, row.agency_id)
    paper = papers_of(session, [row]).get(row.id)
    lines = [] if paper else lines_of(session, row, lang)
    lines_judged = verdicts(session, row, lines, actor)
    listed, reviewers = _listed(row, agency, paper), reviewers_of(session, row)
    return listed.extended(
        ReviewDocument,
        reviewers=[reviewer.person for reviewer in reviewers],
        is_reviewer=actor.account_id in {reviewer.id for reviewer in reviewers},
        lines=lines_judged,
        seen=seen_sha256(lines) if lines else "",
    )


def verdicts(
    session: Session, row: Review, lines: Sequence[Line], actor: Actor
) -> list[LineDocument]:
    """The lines with what was said of them; of what has changed since, nothing was said."""
    kept = session.scalars(select(ReviewLine).where(ReviewLine.review_id == row.id))
    facts = {(review_line.subject, review_line.state_sha256): review_line for review_line in kept}
    return [_line(line, facts.get((line.subject, line.state_sha256)), actor) for line in lines]


def _line(one: Line, line: ReviewLine | None, actor: Actor) -> LineDocument:
    is_own = one.account_id is not None and one.account_id in actor.ids
    return LineDocument(
        subject=one.subject,
        title=one.title,
        details=list(one.details),
        verdict=line.verdict.value if line else "own" if is_own else "",
        remark=line.remark if line else "",
        by=line.by if line else "",
        at=line.at if line else None,
    )


def _listed(row: Review, agency: Agency | None, paper: SigningRequest | None) -> ReviewListed:
    signed = paper is not None and paper.state is SigningState.SIGNED
    state = "overdue" if row.due_on < clock.today() else "open"
    if paper is not None:
        state = "signed" if signed else "out"
    return ReviewListed.of_row(
        row,
        kind=row.kind.value,
        agency=agency.code if agency else "",
        agency_name=agency.name if agency else "",
        state=state,
        request_id=paper.id if paper else None,
        signed_by=paper.signed_by if paper else "",
        signed_at=paper.signed_at if paper else None,
    )
