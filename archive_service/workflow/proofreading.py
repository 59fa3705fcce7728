"""Pages to be proofread, ordered by what search would lose; and one of them word by word."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, select

from archive_service import access, clock
from archive_service.bootstrap import Services
from archive_service.domain.account import Actor
from archive_service.domain.page_reading import WordCorrection
from archive_service.domain.scan_batch import (
    BatchState,
    ScanBatch,
    ScanDocument,
    ScanPage,
    Verdict,
)
from archive_service.storage.needed import LOOKED_AT
from archive_service.workflow.corrections import (
    corrections_of,
    kept_reading,
    page_to_correct,
    word_list,
)
from archive_service.workflow.page_views import show_page
from digitize.batches.acts import RESCAN
from digitize.batches.reach import reached
from digitize.page_one_lines import place_of, upright_size
from digitize.word_list import correction_at, is_doubtful, suggestions
from digitize.words import Box, PageReading, Word

# What people search by, number, date, abstract and names, stands on a document's first page.
FIRST_PAGE_WEIGHT = 2


@dataclass(frozen=True, slots=True)
class PageLeft:
    """One page of the queue; ``weight`` is what it runs by."""

    id: UUID
    batch: str
    name: str
    doubtful: int
    first: bool  # of its document
    code: str
    document: int | None  # its ordinal in the case file

    def as_document(self) -> dict[str, Any]:
        """For commands and REST."""
        return {
            "page": str(self.id),
            "batch": self.batch,
            "name": self.name,
            "doubtful": self.doubtful,
            "first_page": self.first,
            "code": self.code,
            "document": self.document,
        }


@dataclass(frozen=True, slots=True)
class PageWord:
    """One word as it is shown to be proofread; ``becomes`` is empty until somebody looked."""

    number: int  # of the page, from 0
    text: str
    confidence: float
    box: Box  # pixels of the page as it was scanned
    shown: tuple[float, float, float, float]  # shares of the upright page
    becomes: str
    correction_id: UUID | None
    suggestions: tuple[str, ...]

    def as_document(self) -> dict[str, Any]:
        """For commands and REST."""
        return {
            "text": self.text,
            "confidence": self.confidence,
            "box": list(self.box),
            "becomes": self.becomes,
            "correction": str(self.correction_id) if self.correction_id else None,
            "suggestions": list(self.suggestions),
        }


@dataclass(frozen=True, slots=True)
class PageToRead:
    """A page with the words that want a look, in reading order."""

    page: ScanPage
    batch: ScanBatch
    words: tuple[PageWord, ...]
    width_px: int  # upright, as it is shown
    height_px: int


def pages_left(
    services: Services, *, actor: Actor, limit: int, offset: int = 0
) -> tuple[list[PageLeft], int]:
    """The queue, what search would lose most first; and how many pages are in it.

    Raises:
        ActNotAllowedError: the account does not work on batches.
    """
    access.require(actor, "batch:edit")
    with services.read_only() as session:
        found = _queue(actor)
        rows = session.execute(found.limit(limit).offset(offset)).all()
        total = session.scalar(select(func.count()).select_from(found.order_by(None).subquery()))
    return [PageLeft(*row) for row in rows], total or 0


def page_to_read(services: Services, page_id: UUID, *, actor: Actor) -> PageToRead:
    """One page: doubtful words, and those that people have put right already.

    Raises:
        PageNotInBatchError, ActNotAllowedError.
    """
    with services.read_only() as session:
        page, batch = page_to_correct(session, page_id, actor=actor)
        told = corrections_of(session, [page.sha256]).get(page.sha256, [])
        listed = word_list(session, batch.agency_id)
    reading = kept_reading(services.staging, page)
    if reading is None:
        return PageToRead(page, batch, (), page.width_px, page.height_px)
    known, sure = frozenset(listed.known), services.settings.digitize.doubtful_below
    words = []
    for number, word in enumerate(reading.iter_words()):
        box = reading.on_page(word)
        row = correction_at(box, told)
        if row is None and not is_doubtful(
            word.text, word.confidence, sure=sure, possible=word.possible, known=known
        ):
            continue
        maybe = () if row else suggestions(word.text, seen=listed.seen, known=listed.known)
        words.append(_word(number, word, reading, row, tuple(maybe)))
    return PageToRead(page, batch, tuple(words), *upright_size(reading))


def words_of_page(services: Services, page_id: UUID, *, actor: Actor) -> list[dict[str, Any]]:
    """WORD of each word, and ``becomes``: what a person made of it, or nothing.

    Raises:
        PageNotInBatchError, ActNotAllowedError.
    """
    words: list[dict[str, Any]] = show_page(services, page_id, actor=actor)["text"]
    with services.read_only() as session:
        image = session.scalars(select(ScanPage.sha256).where(ScanPage.id == page_id)).one()
        told = corrections_of(session, [image]).get(image, [])
    found = ((one, correction_at(tuple(one["scan_box"]), told)) for one in words)
    return [one | {"becomes": row.becomes if row else ""} for one, row in found]


def _word(
    number: int,
    word: Word,
    reading: PageReading,
    row: WordCorrection | None,
    maybe: tuple[str, ...],
) -> PageWord:
    return PageWord(
        number=number,
        text=word.text,
        confidence=word.confidence,
        box=reading.on_page(word),
        shown=place_of(reading, [word]),
        becomes=row.becomes if row else "",
        correction_id=row.id if row else None,
        suggestions=maybe,
    )


def _worth_reading(actor: Actor) -> ColumnElement[bool]:
    """Batches that are read; released ones as long as what was read is kept, for whoever may
    see their pages in the package. A rejected batch goes nowhere.
    """
    wanted = ScanBatch.state == BatchState.REVIEW
    if access.may(actor, "case-file:read"):
        kept = ScanBatch.decided_at > clock.now() - LOOKED_AT
        wanted |= (ScanBatch.state == BatchState.RELEASED) & kept
    return wanted


def _undecided() -> ColumnElement[bool]:
    """Whoever decides first may turn the page or have it scanned again: its words are read then."""
    flagged = ScanPage.verdict.in_((Verdict.LOOK, Verdict.RESCAN)) & (ScanPage.decision == "")
    return (flagged & ScanPage.verdict.is_not(None)) | (ScanPage.decision == RESCAN)


def _queue(actor: Actor) -> Select[*tuple[Any, ...]]:
    place = func.row_number().over(
        partition_by=(ScanPage.batch_id, ScanPage.document_id), order_by=ScanPage.position
    )
    counted = (
        select(ScanPage.id, place.label("place"))
        .join(ScanBatch, ScanBatch.id == ScanPage.batch_id)
        .where(
            ScanPage.removed_at.is_(None),
            _worth_reading(actor),
            ScanPage.word_count > 0,
            ~_undecided(),
            reached(actor),
        )
        .subquery()
    )
    first = counted.c.place == 1
    weight = ScanPage.doubtful_words * case((first, FIRST_PAGE_WEIGHT), else_=1)
    return (
        select(
            ScanPage.id,
            ScanBatch.number,
            ScanPage.name,
            ScanPage.doubtful_words,
            first,
            func.coalesce(ScanDocument.case_code, ScanBatch.case_code),
            ScanDocument.document_ordinal,
        )
        .join(counted, counted.c.id == ScanPage.id)
        .join(ScanBatch, ScanBatch.id == ScanPage.batch_id)
        .outerjoin(ScanDocument, ScanDocument.id == ScanPage.document_id)
        .where(ScanPage.doubtful_words > 0)
        .order_by(weight.desc(), ScanBatch.created_at, ScanPage.position, ScanPage.id)
    )
