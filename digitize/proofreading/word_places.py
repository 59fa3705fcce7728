"""Where the words of the list come from: each correction with the page that it was made on."""

from collections.abc import Iterator
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.domain.digitization.page_reading import DoubtfulPage, WordCorrection
from archive_service.domain.digitization.scan_batch import BatchState, ScanBatch, ScanPage
from archive_service.domain.people.account import Actor
from archive_service.errors import NotAllowedError, NotFoundError
from archive_service.services import Services
from digitize.proofreading.page import ProofPage, proof_page

MOST = 200  # the newest; a word told more often is a common one


@dataclass(frozen=True, slots=True)
class WordPlace:
    """One correction; ``page`` is ``None`` where the account does not open it, or it is gone."""

    row: WordCorrection
    page: ProofPage | None


def places_of_word(services: Services, word: str, *, actor: Actor) -> list[WordPlace]:
    """The corrections in force that made this word, the newest first.

    Raises:
        ActNotAllowedError: the account does not work on batches.
    """
    access.require(actor, "batch:edit")
    of_word = (
        select(WordCorrection)
        .where(
            WordCorrection.undone_at.is_(None),
            WordCorrection.becomes == word,
            access.visible(actor, "batch:list", WordCorrection.agency_id),
        )
        .order_by(WordCorrection.at.desc(), WordCorrection.id)
        .limit(MOST)
    )
    with services.read_only() as session:
        rows = session.scalars(of_word).all()
        return [WordPlace(row, next(_pages(session, row, actor), None)) for row in rows]


def places_in_batch(services: Services, batch: str, *, actor: Actor) -> list[WordPlace]:
    """The corrections in force on pages of one batch, the newest first; none for who edits none."""
    if not access.may(actor, "batch:edit"):
        return []
    with services.read_only() as session:
        of_batch = (
            select(WordCorrection, ScanPage.id)
            .join(ScanPage, ScanPage.sha256 == WordCorrection.image_sha256)
            .join(ScanBatch, ScanBatch.id == ScanPage.batch_id)
            .where(
                ScanBatch.number == batch,
                ScanBatch.state == BatchState.REVIEW,
                ScanPage.removed_at.is_(None),
                WordCorrection.page == 0,
                WordCorrection.undone_at.is_(None),
            )
            .order_by(WordCorrection.at.desc(), WordCorrection.id)
            .limit(MOST)
        )
        found = []
        for row, page_id in session.execute(of_batch):
            try:
                found.append(WordPlace(row, proof_page(session, page_id, actor=actor)))
            except (NotFoundError, NotAllowedError):
                continue
        return found


def _pages(session: Session, row: WordCorrection, actor: Actor) -> Iterator[ProofPage]:
    """Where it can be seen: in a stored document, else on the desk."""
    image, number = row.sheet
    stored = select(DoubtfulPage.id).where(
        DoubtfulPage.image_sha256 == image, DoubtfulPage.page == number
    )
    waiting = (
        select(ScanPage.id)
        .join(ScanBatch, ScanBatch.id == ScanPage.batch_id)
        .where(
            ScanPage.sha256 == image,
            ScanPage.removed_at.is_(None),
            ScanBatch.state == BatchState.REVIEW,
        )
    )
    for query in (stored, waiting):
        for page_id in session.scalars(query.limit(5)).all():
            try:
                yield proof_page(session, page_id, actor=actor)
            except (NotFoundError, NotAllowedError):
                continue
