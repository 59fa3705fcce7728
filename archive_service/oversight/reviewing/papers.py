"""The review as PDF/A in the layout of NĐ 30/2020, for the reviewer's own signature."""

from pathlib import Path
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock, messages
from archive_service.audit import record_event
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Account, Actor
from archive_service.domain.people.review import REVIEW_PAPER, Review, ReviewKind
from archive_service.domain.signing.signing_request import SigningState
from archive_service.evidence.acting import acting
from archive_service.forms import words
from archive_service.forms.letter import Letter, LetterTable, Paragraph, print_letter
from archive_service.forms.table_form import FormSigner
from archive_service.oversight.reviewing.acts import (
    ReviewOpenError,
    document_of,
    open_review,
    papers_of,
    review_in,
    show_review,
)
from archive_service.oversight.reviewing.documents import ReviewDocument
from archive_service.oversight.reviewing.lines import within
from archive_service.oversight.reviewing.rules import CONFIRM, LIST
from archive_service.services import Services
from archive_service.signing.desk.acts import read_signed_bytes, request_own_signature
from archive_service.storage.work_folder import work_place


def sign_review(
    services: Services, review_id: UUID, *, actor: Actor, lang: str = "vi"
) -> ReviewDocument:
    """Print the review and give it out to be signed with a key of the reviewer's own.

    Raises:
        ActNotAllowedError, ReviewNotFoundError, ReviewerOtherError, ReviewClosedError
        ReviewOpenError: of some lines nobody has said yet whether they are in order.
        SignatureAskedError: somebody else gave it out in the meantime.
    """
    with acting(services, CONFIRM, actor) as session:
        row = open_review(session, review_id, actor)
        document = document_of(session, row, actor, "vi")
        if undecided := [line.subject for line in document.lines if not line.verdict]:
            raise ReviewOpenError(count=len(undecided), line=undecided[0])
        letter = _letter(session, services, row, document, actor)
        record_event(session, "review:signature-asked", of=row, actor=actor, data={})
    with work_place(services.work_folder, "review-") as place:
        target = place / "review.pdf"
        at = clock.now().replace(microsecond=0)
        print_letter(letter, target, at=at, press=services.press)
        request_own_signature(
            services, target, actor=actor, name=_name(row), subject=(REVIEW_PAPER, str(row.id))
        )
    return show_review(services, review_id, actor=actor, lang=lang)


def review_paper(services: Services, review_id: UUID, *, actor: Actor) -> tuple[str, bytes]:
    """Name and bytes of the paper: signed, or as it waits for its signature, or as it is now.

    Raises:
        ActNotAllowedError, ReviewNotFoundError
    """
    access.require(actor, LIST)
    with services.read_only() as session:
        row = review_in(session, review_id, actor)
        name = _name(row)
        paper = papers_of(session, [row]).get(row.id)
        if paper is not None and paper.state is SigningState.SIGNED:
            return name, read_signed_bytes(session, paper.id, services)
        if paper is not None:
            with services.staging.open(paper.sha256) as source:
                return name, source.read()
        letter = _letter(session, services, row, document_of(session, row, actor, "vi"), actor)
    with work_place(services.work_folder, "review-") as place:
        target: Path = place / "review.pdf"
        print_letter(letter, target, at=clock.now().replace(microsecond=0), press=services.press)
        return name, target.read_bytes()


def _name(row: Review) -> str:
    return f"{_said(f'{row.kind.value}.file')}-{row.first:%Y%m%d}-{row.last:%Y%m%d}.pdf"


def _letter(
    session: Session, services: Services, row: Review, document: ReviewDocument, actor: Actor
) -> Letter:
    archive, kind = services.settings.archive, row.kind.value
    reviewer = session.get(Account, actor.account_id)
    days = {"first": words.day(row.first), "last": words.day(row.last)}
    rows = [
        [
            str(number),
            line.title,
            "; ".join(line.details),
            _said(f"verdicts.{line.verdict or 'none'}"),
            line.remark,
        ]
        for number, line in enumerate(document.lines, start=1)
    ]
    heads = [_said(f"heads.{name}") for name in ("number", kind, "details", "verdict", "remark")]
    objected = sum(line.verdict == "objected" for line in document.lines)
    return Letter(
        issuer=archive.name,
        issuer_above=archive.superior,
        name=_said("name"),
        about=_said(f"{kind}.about", **days, agency=document.agency_name or archive.name),
        number=_said("no-number"),
        place_and_date=f"{archive.place}, {words.day_in_words(clock.today())}",
        parts=[
            Paragraph(_said("basis", citation=row.citation), "basis"),
            Paragraph(_said(f"{kind}.opening", **days)),
            LetterTable(heads, (0.4, 1.8, 3.0, 1.0, 1.6), rows, (0,)),
            Paragraph(_said("result", count=len(rows), objected=objected)),
            *(_bounds(session, row) if row.kind is ReviewKind.TRAIL else ()),
        ],
        recipients=[_said("filed")],
        signers=[FormSigner(_said(f"{kind}.signer"), reviewer.person if reviewer else "")],
        box=0,
    )


def _bounds(session: Session, row: Review) -> list[Paragraph]:
    """Which events were looked through: their numbers, and the digest of the last one."""
    found = select(AuditEvent.number).where(*within(row)).order_by(AuditEvent.number)
    first = session.scalar(found.limit(1))
    last = session.scalar(found.order_by(None).order_by(AuditEvent.number.desc()).limit(1))
    if first is None or last is None:
        return []
    digest = session.get_one(AuditEvent, last).sha256
    told = _said("bounds", first=first, last=last)
    return [Paragraph(told), Paragraph(digest, "digest", _said("digest"))]


def _said(key: str, **facts: object) -> str:
    return messages.text(f"forms.review.{key}", "vi", **facts)
