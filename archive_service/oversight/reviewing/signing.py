"""The review given out to be signed by the reviewer, and its paper as it is or was signed."""

from pathlib import Path
from uuid import UUID

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.domain.people.account import Actor
from archive_service.domain.people.review import REVIEW_PAPER
from archive_service.domain.signing.signing_request import SigningState
from archive_service.evidence.acting import acting
from archive_service.forms.letter import print_letter
from archive_service.oversight.reviewing.acts import (
    ReviewOpenError,
    document_of,
    open_review,
    papers_of,
    review_in,
    show_review,
)
from archive_service.oversight.reviewing.documents import ReviewDocument
from archive_service.oversight.reviewing.papers import name_of, review_letter
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
        letter = review_letter(session, services, row, document, actor)
        record_event(session, "review:signature-asked", of=row, actor=actor, data={})
    with work_place(services.work_folder, "review-") as place:
        target = place / "review.pdf"
        at = clock.now().replace(microsecond=0)
        print_letter(letter, target, at=at, press=services.press)
        request_own_signature(
            services, target, actor=actor, name=name_of(row), subject=(REVIEW_PAPER, str(row.id))
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
        name = name_of(row)
        paper = papers_of(session, [row]).get(row.id)
        if paper is not None and paper.state is SigningState.SIGNED:
            return name, read_signed_bytes(session, paper.id, services)
        if paper is not None:
            with services.staging.open(paper.sha256) as source:
                return name, source.read()
        letter = review_letter(
            session, services, row, document_of(session, row, actor, "vi"), actor
        )
    with work_place(services.work_folder, "review-") as place:
        target: Path = place / "review.pdf"
        print_letter(letter, target, at=clock.now().replace(microsecond=0), press=services.press)
        return name, target.read_bytes()
