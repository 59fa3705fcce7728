"""One correction for all like places of a batch: the same letters read, each with its picture."""

from collections import defaultdict
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.digitization.page_reading import WordCorrection
from archive_service.domain.digitization.scan_batch import BatchState, ScanBatch, ScanPage
from archive_service.domain.people.account import Actor
from archive_service.services import Services
from archive_service.storage.staging import Staging
from digitize.batches.reading.verdicts import is_secret, may_decide_secrecy
from digitize.ocr.kept_readings import kept_reading
from digitize.ocr.word_list import (
    bare,
    box_of,
    correction_at,
    dressed,
    inner,
    is_doubtful,
    learned,
)
from digitize.ocr.words import Box
from digitize.page_one.lines import place_of_box, turn_of, upright_size
from digitize.proofreading.corrections import (
    Correction,
    CorrectionNotFoundError,
    correct_words,
    corrections_of,
    word_list,
)
from digitize.proofreading.page import OfBatch, proof_page

MOST = 24  # places shown at once; the others follow when these are put right
ALIKE = 0.2  # of its shape, width by height, by which a word may differ from the one put right


@dataclass(frozen=True, slots=True)
class LikePlace:
    """A word of the batch that was read with the same letters, and that nobody has looked at."""

    page: OfBatch
    was: str
    becomes: str
    box: Box  # pixels of the page as it was scanned
    shown: tuple[float, float, float, float]  # shares of the upright page
    width_px: int  # of the upright page
    height_px: int
    likely: bool  # doubtful too, and of the same shape

    def as_document(self) -> dict[str, Any]:
        """For REST."""
        return {
            "page": str(self.page.page.id),
            "name": self.page.page.name,
            "was": self.was,
            "becomes": self.becomes,
            "box": list(self.box),
            "likely": self.likely,
        }


@dataclass(frozen=True, slots=True)
class LikePlaces:
    """``total`` places like that of a correction, the first ``MOST`` of them, the likely first."""

    was: str
    becomes: str
    places: tuple[LikePlace, ...]
    total: int


def like_places(
    services: Services, page_id: UUID, correction_id: UUID, *, actor: Actor
) -> LikePlaces:
    """Where else in the batch the same was read; nothing where it was right or is no word.

    Raises:
        CorrectionNotFoundError: no such one on this page, or it was taken back.
        PageNotInBatchError, CaseFileNotFoundError, NotAllowedError: as ``proof_page``.
    """
    with services.read_only() as session:
        page = proof_page(session, page_id, actor=actor)
        row = session.get(WordCorrection, correction_id)
        if row is None or row.undone_at is not None or row.sheet != page.sheet:
            raise CorrectionNotFoundError(id=correction_id)
        found: list[LikePlace] = []
        told_letters = inner(row.was) and row.becomes not in ("", row.was)
        if isinstance(page, OfBatch) and told_letters:
            sure = services.settings.digitize.doubtful_below
            found = list(_places(session, services.staging, page, row, actor, sure))
    found.sort(key=lambda place: not place.likely)  # in the order of the pages otherwise
    return LikePlaces(row.was, row.becomes, tuple(found[:MOST]), len(found))


def correct_like(
    services: Services,
    page_id: UUID,
    correction_id: UUID,
    chosen: Collection[tuple[UUID, Box]],
    *,
    actor: Actor,
) -> int:
    """Put the chosen places right as this one was; how many were.

    A place that somebody looked at in the meantime, or that was never like it, stays as it is.
    Raises as ``like_places``, and as ``correct_words``.
    """
    by_page: dict[UUID, list[Correction]] = defaultdict(list)
    for place in like_places(services, page_id, correction_id, actor=actor).places:
        if (place.page.page.id, place.box) in chosen:
            by_page[place.page.page.id].append(Correction(place.box, place.was, place.becomes))
    for other, asked in by_page.items():
        correct_words(services, other, asked, actor=actor)
    return sum(len(asked) for asked in by_page.values())


def _places(
    session: Session,
    staging: Staging,
    page: OfBatch,
    row: WordCorrection,
    actor: Actor,
    sure: float,
) -> Iterator[LikePlace]:
    rows = session.scalars(
        select(ScanPage)
        .join(ScanBatch, ScanBatch.id == ScanPage.batch_id)
        .where(
            ScanPage.batch_id == page.batch.id,
            ScanBatch.state == BatchState.REVIEW,
            ScanPage.removed_at.is_(None),
            ScanPage.word_count > 0,
        )
        .order_by(ScanPage.position)
    ).all()
    pages = [
        scan_page for scan_page in rows if not is_secret(scan_page) or may_decide_secrecy(actor)
    ]
    corrections = corrections_of(session, [scan_page.sha256 for scan_page in pages])
    known = frozenset(word_list(session, page.agency_id).known)
    for scan_page in pages:
        reading = kept_reading(staging, scan_page.reading_sha256, having=inner(row.was))
        if reading is None:
            continue
        turn = turn_of(reading)
        width, height = upright_size(reading, turn)
        corrected = corrections.get((scan_page.sha256, 0), [])
        for word in reading.iter_words():
            box = reading.on_page(word)
            becomes = _becomes(row, word.text)
            if not becomes or correction_at(box, corrected) is not None:
                continue
            doubtful = is_doubtful(
                word.text, word.confidence, sure=sure, possible=word.possible, known=known
            )
            yield LikePlace(
                OfBatch(scan_page, page.batch),
                word.text,
                becomes,
                box,
                place_of_box(box, reading, turn),
                width,
                height,
                likely=doubtful and _of_one_shape(box, box_of(row)),
            )


def _becomes(row: WordCorrection, text: str) -> str:
    """What ``text`` becomes if the correction holds for it; nothing where other letters stand."""
    if text == row.was:
        return row.becomes
    plain = learned(row.was, row.becomes)
    if inner(text) != inner(row.was) or plain != bare(row.becomes):
        return ""
    return dressed(plain, text)


def _of_one_shape(one: Box, other: Box) -> bool:
    shapes = sorted((box[2] - box[0]) / max(1, box[3] - box[1]) for box in (one, other))
    return shapes[1] <= shapes[0] * (1 + ALIKE)
