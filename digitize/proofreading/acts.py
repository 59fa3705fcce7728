"""Pages to be proofread, ordered by what search would lose; and one of them word by word."""

from dataclasses import dataclass, fields
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Select, case, func, literal, select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.domain.digitization.page_reading import (
    FIRST_PAGE_WEIGHT,
    DoubtfulPage,
    WordCorrection,
)
from archive_service.domain.digitization.scan_batch import (
    BatchState,
    ScanBatch,
    ScanDocument,
    ScanPage,
    Verdict,
)
from archive_service.domain.people.account import Actor
from archive_service.services import Services
from archive_service.storage.copies.lag import IS_HELD
from digitize.batches.desk.changes import RESCAN
from digitize.batches.desk.strip import show_page
from digitize.batches.documents import WordRow
from digitize.batches.reach import reached
from digitize.ocr.lost_marks import lost_marks
from digitize.ocr.word_list import (
    box_of,
    correction_at,
    dressed,
    is_doubtful,
    may_be_noise,
    suggestions,
)
from digitize.ocr.words import Box, Word
from digitize.page_one.lines import Box as Place
from digitize.page_one.lines import box_of_place, place_of_box, upright_size
from digitize.proofreading.corrections import (
    Correction,
    correct_words,
    corrections_of,
    missing,
    word_list,
)
from digitize.proofreading.page import OfBatch, ProofPage, open_page, turn_shown

_MOST_ABOUT = 200  # documents of a case file whose data are known words of its pages


@dataclass(frozen=True, slots=True)
class PageLeft:
    """One page of the queue, of a batch (its number) or of what is stored (``""``)."""

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
    """One word as it is shown to be proofread.

    ``correction_id`` is ``None`` until somebody looked; ``becomes`` is empty till then, and where
    no word stands.
    """

    number: int  # of the page, from 0
    text: str
    confidence: float
    may_be_noise: bool  # to be looked at before it counts as read right
    box: Box  # pixels of the page as it was scanned
    shown: tuple[float, float, float, float]  # shares of the upright page
    becomes: str
    correction_id: UUID | None
    suggestions: tuple[str, ...]
    proposal: str  # of them: where marks were lost, the word that the language speaks for

    def as_document(self) -> dict[str, Any]:
        """For commands and REST."""
        return {
            "text": self.text,
            "confidence": self.confidence,
            "box": list(self.box),
            "becomes": self.becomes,
            "noise": self.correction_id is not None and not self.becomes,
            "correction": str(self.correction_id) if self.correction_id else None,
            "suggestions": list(self.suggestions),
            "proposal": self.proposal or None,
        }


@dataclass(frozen=True, slots=True)
class Copied:
    """Words that a person copied where nothing was read."""

    text: str
    box: Box  # pixels of the page as it was scanned
    shown: tuple[float, float, float, float]  # shares of the upright page
    correction_id: UUID

    def as_document(self) -> dict[str, Any]:
        """For commands and REST."""
        correction = str(self.correction_id)
        return {"text": self.text, "box": list(self.box), "correction": correction}


@dataclass(frozen=True, slots=True)
class PageToRead:
    """A page with the words that want a look, in reading order."""

    page: ProofPage
    words: tuple[PageWord, ...]
    width_px: int  # upright, as it is shown
    height_px: int
    copied: tuple[Copied, ...] = ()


def pages_left(
    services: Services, *, actor: Actor, limit: int, offset: int = 0
) -> tuple[list[PageLeft], int]:
    """The queue, what search would lose most first; and how many pages are in it.

    Raises:
        ActNotAllowedError: the account does not work on batches.
    """
    access.require(actor, "batch:edit")
    rows: list[Row[Any]] = []
    total = 0
    with services.read_only() as session:
        for part in (_on_desk(actor), _stored(actor)):
            rows += session.execute(part.limit(offset + limit)).all()
            counted = select(func.count()).select_from(part.order_by(None).subquery())
            total += session.scalar(counted) or 0
    rows.sort(key=lambda row: (-row.weight, row.since, row.place, row.id))
    shown = (row[: len(fields(PageLeft))] for row in rows[offset : offset + limit])
    return [PageLeft(*row) for row in shown], total


def page_to_read(services: Services, page_id: UUID, *, actor: Actor) -> PageToRead:
    """One page: doubtful words, and those that people have put right already.

    Raises as ``corrections.correct_words``.
    """
    page, reading = open_page(services, page_id, actor=actor)
    if reading is None:
        size = (page.page.width_px, page.page.height_px) if isinstance(page, OfBatch) else (0, 0)
        return PageToRead(page, (), *size)
    with services.read_only() as session:
        corrections = corrections_of(session, [page.sheet[0]]).get(page.sheet, [])
        listed = word_list(session, page.agency_id)
        about = _texts_about(session, page)
    turn = turn_shown(services, page, reading)
    known, sure = frozenset(listed.known), services.settings.digitize.doubtful_below
    lost = lost_marks(reading, about, sure=sure)
    words = []
    for number, word in enumerate(reading.iter_words()):
        box = reading.on_page(word)
        row = correction_at(box, corrections)
        if row is None and not is_doubtful(
            word.text, word.confidence, sure=sure, possible=word.possible, known=known
        ):
            continue
        likelier = (
            [] if row else [dressed(spelling, word.text) for spelling in lost.get(number, ())]
        )
        maybe = (
            []
            if row
            else suggestions(word.text, seen=listed.seen, likelier=likelier, known=listed.known)
        )
        proposal = next((spelling for spelling in maybe if spelling in likelier), "")
        shown = place_of_box(box, reading, turn)
        words.append(_word(number, word, box, shown, row, tuple(maybe), proposal))
    copied = [
        Copied(row.becomes, box_of(row), place_of_box(box_of(row), reading, turn), row.id)
        for row in corrections
        if not row.was
    ]
    return PageToRead(page, tuple(words), *upright_size(reading, turn), tuple(copied))


def copy_words(services: Services, page_id: UUID, text: str, place: Place, *, actor: Actor) -> None:
    """Keep what a person read at a place where nothing was read, such as a remark by hand.

    Args:
        text: on one line.
        place: left, top, right and bottom in shares of the page as it is shown.

    Raises:
        WordMissingError: no text, no place, or a page that was not read. Else as
            ``corrections.correct_words``.
    """
    page, reading = open_page(services, page_id, actor=actor)
    if reading is None:
        raise missing("unread", "", text)
    if not all(0 <= side <= 1 for side in place):
        raise missing("place", "", text)
    box = box_of_place(place, reading, turn_shown(services, page, reading))
    correct_words(services, page_id, [Correction(box, "", text)], actor=actor)


class CorrectedWordRow(WordRow):
    """A word, and what a person made of it, or nothing."""

    becomes: str


def words_of_page(services: Services, page_id: UUID, *, actor: Actor) -> list[CorrectedWordRow]:
    """Each word, and what a person made of it.

    Raises:
        PageNotInBatchError, ActNotAllowedError.
    """
    words = show_page(services, page_id, actor=actor)["text"]
    with services.read_only() as session:
        image = session.scalars(select(ScanPage.sha256).where(ScanPage.id == page_id)).one()
        corrections = corrections_of(session, [image]).get((image, 0), [])
    found = ((word, correction_at(word["scan_box"], corrections)) for word in words)
    return [{**word, "becomes": row.becomes if row else ""} for word, row in found]


def _word(
    number: int,
    word: Word,
    box: Box,
    shown: tuple[float, float, float, float],
    row: WordCorrection | None,
    maybe: tuple[str, ...],
    proposal: str,
) -> PageWord:
    return PageWord(
        number=number,
        text=word.text,
        confidence=word.confidence,
        may_be_noise=may_be_noise(word.text, word.confidence, possible=word.possible),
        box=box,
        shown=shown,
        becomes=row.becomes if row else "",
        correction_id=row.id if row else None,
        suggestions=maybe,
        proposal=proposal,
    )


def _texts_about(session: Session, page: ProofPage) -> list[str]:
    """What is known of it: what its case file and the documents in it are about, and whose."""
    if isinstance(page, OfBatch):
        code = session.scalar(
            select(func.coalesce(ScanDocument.case_code, ScanBatch.case_code))
            .select_from(ScanPage)
            .join(ScanBatch, ScanBatch.id == ScanPage.batch_id)
            .outerjoin(ScanDocument, ScanDocument.id == ScanPage.document_id)
            .where(ScanPage.id == page.page.id)
        )
    else:
        code = page.case_file.code
    held = select(CaseFile.id, CaseFile.title).where(CaseFile.code == code)
    if (case_file := session.execute(held).first()) is None:
        return []
    of_documents = session.execute(
        select(Document.subject, Document.organ_name, Document.signer)
        .where(Document.case_file_id == case_file.id)
        .order_by(Document.ordinal)
        .limit(_MOST_ABOUT)
    )
    return [case_file.title, *(title for row in of_documents for title in row if title)]


def _undecided() -> ColumnElement[bool]:
    """Whoever decides first may turn the page or have it scanned again: its words are read then."""
    flagged = ScanPage.verdict.in_((Verdict.LOOK, Verdict.RESCAN)) & (ScanPage.decision == "")
    return (flagged & ScanPage.verdict.is_not(None)) | (ScanPage.decision == RESCAN)


def _on_desk(actor: Actor) -> Select[*tuple[Any, ...]]:
    """Pages of batches that are read; of what was released the stored ones take their place."""
    place = func.row_number().over(
        partition_by=(ScanPage.batch_id, ScanPage.document_id), order_by=ScanPage.position
    )
    counted = (
        select(ScanPage.id, place.label("place"))
        .join(ScanBatch, ScanBatch.id == ScanPage.batch_id)
        .where(
            ScanPage.removed_at.is_(None),
            ScanBatch.state == BatchState.REVIEW,
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
            ScanPage.id.label("id"),
            ScanBatch.number.label("batch"),
            ScanPage.name.label("name"),
            ScanPage.doubtful_words.label("doubtful"),
            first.label("first"),
            func.coalesce(ScanDocument.case_code, ScanBatch.case_code).label("code"),
            ScanDocument.document_ordinal.label("document"),
            weight.label("weight"),
            ScanBatch.created_at.label("since"),
            ScanPage.position.label("place"),
        )
        .order_by(weight.desc(), ScanBatch.created_at, ScanPage.position, ScanPage.id)
        .join(counted, counted.c.id == ScanPage.id)
        .join(ScanBatch, ScanBatch.id == ScanPage.batch_id)
        .outerjoin(ScanDocument, ScanDocument.id == ScanPage.document_id)
        .where(ScanPage.doubtful_words > 0)
    )


def _stored(actor: Actor) -> Select[*tuple[Any, ...]]:
    """Pages of documents that are kept, for whoever may read them there."""
    open_to = access.modes_visible(actor)
    readable = [
        access.visible(actor, "case-file:read", CaseFile.agency_id),
        IS_HELD,
        Document.quarantined.is_(False),
        DoubtfulPage.doubtful_words > 0,
    ]
    if open_to is not None:
        readable += [CaseFile.mode.in_(open_to), Document.mode.in_(open_to)]
    return (
        select(
            DoubtfulPage.id,
            literal("").label("batch"),
            DoubtfulPage.name,
            DoubtfulPage.doubtful_words.label("doubtful"),
            DoubtfulPage.first,
            CaseFile.code,
            DoubtfulPage.ordinal.label("document"),
            DoubtfulPage.weight,
            CaseFile.accepted_at.label("since"),
            DoubtfulPage.number.label("place"),
        )
        .join(CaseFile, CaseFile.id == DoubtfulPage.case_file_id)
        .join(
            Document,
            (Document.case_file_id == CaseFile.id) & (Document.ordinal == DoubtfulPage.ordinal),
        )
        .where(*readable)
        .order_by(
            DoubtfulPage.weight.desc(), CaseFile.accepted_at, DoubtfulPage.number, DoubtfulPage.id
        )
    )
