"""Words that people put right: a layer of their own over what was read, feeding list and index."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import DigitalObject, FileRole
from archive_service.domain.digitization.page_reading import (
    DoubtfulPage,
    Sheet,
    WordCorrection,
    weight_of,
)
from archive_service.domain.digitization.scan_batch import ScanPage
from archive_service.domain.people.account import Actor
from archive_service.errors import InputError, NotFoundError
from archive_service.jobs.due import INDEX_JOB
from archive_service.services import Services
from archive_service.text import nfc
from digitize.ocr.word_list import bare, correction_at, is_doubtful, learned
from digitize.ocr.words import Box, PageReading
from digitize.proofreading.page import OfBatch, ProofPage, open_page

CORRECTED, TAKEN_BACK = "word:corrected", "word:correction-undone"
LONGEST = 200  # letters of one word or of what stands in its place


class WordMissingError(InputError):
    """A correction says nothing, or too much, or nothing stands where it points.

    ``why``: ``empty``, ``long``, ``place`` or ``unread``.
    """


class CorrectionNotFoundError(NotFoundError):
    """No such correction, or it was taken back already."""


@dataclass(frozen=True, slots=True)
class Correction:
    """One word in its box and what it is; ``becomes`` equal to ``was`` says that it is right.

    ``noise`` says that no word stands there; ``becomes`` is empty then. ``was`` is empty of what
    nothing was read of, such as handwriting, and a person copied.
    """

    box: Box
    was: str
    becomes: str
    noise: bool = False


@dataclass(frozen=True, slots=True)
class WordList:
    """What an agency's people told: words that are right, and what misread ones became."""

    known: tuple[str, ...]  # bare, the most frequent first
    seen: dict[str, list[str]]  # bare misread word → what it became, as ``learned``


def correct_words(
    services: Services, page_id: UUID, corrections: Sequence[Correction], *, actor: Actor
) -> int:
    """Keep what a person says of words of this page; how many doubtful ones it has now.

    A later word on the same place takes the place of the earlier one, which stays in the trail.

    Raises:
        PageNotInBatchError, CaseFileNotFoundError: absent, or not to be known.
        NotAllowedError: the account does not work on batches, or does not read the document.
        WordMissingError: a correction without words, or off the page.
    """
    asked = [_checked(correction) for correction in corrections]
    page, reading = open_page(services, page_id, actor=actor)
    for correction in asked:
        _require_on(page, reading, correction)
    with services.writing() as session:
        index_again(session, services, page.sheet)
        corrected = _told_of(session, page)
        for correction in asked:
            row = _put(session, page, correction, corrected, actor)
            _record(session, CORRECTED, row, page, actor)
        return _recount(session, services, page, reading, corrected)


def take_back(services: Services, correction_id: UUID, page_id: UUID, *, actor: Actor) -> int:
    """The word counts as it was read again; how many doubtful ones its page has now.

    Raises:
        CorrectionNotFoundError: no such one on this page. Else as ``correct_words``.
    """
    page, reading = open_page(services, page_id, actor=actor)
    with services.writing() as session:
        index_again(session, services, page.sheet)
        row = session.get(WordCorrection, correction_id, with_for_update=True)
        if row is None or row.undone_at is not None or row.sheet != page.sheet:
            raise CorrectionNotFoundError(id=correction_id)
        row.undone_at = clock.now()
        _record(session, TAKEN_BACK, row, page, actor)
        session.flush()
        return _recount(session, services, page, reading, _told_of(session, page))


def corrections_of(
    session: Session, files: Collection[str] | Select[str]
) -> dict[Sheet, list[WordCorrection]]:
    """What holds for pages of these files, by their digests; of each page the newest last."""
    found: dict[Sheet, list[WordCorrection]] = defaultdict(list)
    for row in session.scalars(_in_force().where(WordCorrection.image_sha256.in_(files))):
        found[row.sheet].append(row)
    return dict(found)


def word_list(session: Session, agency_id: UUID | None) -> WordList:
    """The list of one agency: of what its people said, and what was said of no agency's batch."""
    rows = session.execute(
        select(WordCorrection.was, WordCorrection.becomes, func.count())
        .where(
            WordCorrection.undone_at.is_(None),
            WordCorrection.becomes != "",
            WordCorrection.agency_id.is_(None) | (WordCorrection.agency_id == agency_id),
        )
        .group_by(WordCorrection.was, WordCorrection.becomes)
    )
    known: Counter[str] = Counter()
    became: dict[str, Counter[str]] = defaultdict(Counter)
    for was, becomes, count in rows:
        for word in becomes.split():
            known[bare(word)] += count
        if was != becomes:
            became[bare(was)][learned(was, becomes)] += count
    del known[""]
    seen = {word: _frequent(counts) for word, counts in became.items() if word}
    return WordList(tuple(_frequent(known)), seen)


def listed_words(services: Services, *, actor: Actor, text: str = "") -> list[dict[str, Any]]:
    """``{word, times, was, last_at, by}``, the most frequent first: the list to show and to export.

    Raises:
        ActNotAllowedError: the account does not work on batches.
    """
    access.require(actor, "batch:list")
    query = _in_force().where(
        WordCorrection.becomes != "",
        access.visible(actor, "batch:list", WordCorrection.agency_id),
    )
    with services.read_only() as session:
        rows = session.scalars(query).all()
    words: dict[str, dict[str, Any]] = {}
    for row in rows:
        facts = words.setdefault(row.becomes, {"word": row.becomes, "times": 0, "was": {}})
        facts["times"] += 1
        if row.was and row.was != row.becomes:
            facts["was"][row.was] = True
        facts |= {"last_at": clock.iso(row.at), "by": row.account}
    wanted = text.casefold()
    shown = [word | {"was": list(word["was"])} for word in words.values()]
    return sorted(
        (
            entry
            for entry in shown
            if any(wanted in w.casefold() for w in (entry["word"], *entry["was"]))
        ),
        key=lambda word: (-word["times"], word["word"]),
    )


def doubtful_left(
    reading: PageReading, rows: Iterable[WordCorrection], known: Collection[str], *, sure: float
) -> int:
    """Words of a page that nobody has looked at and the engine was not sure of."""
    doubtful, right = list(rows), frozenset(known)
    return sum(
        1
        for word in reading.iter_words()
        if is_doubtful(word.text, word.confidence, sure=sure, possible=word.possible, known=right)
        and correction_at(reading.on_page(word), doubtful) is None
    )


def index_again(session: Session, services: Services, sheet: Sheet) -> None:
    """Case files that hold this page are indexed anew, with the words as they are now."""
    holding = (
        select(DigitalObject.case_file_id)
        .where(DigitalObject.sha256 == sheet[0], DigitalObject.role == FileRole.ORIGINAL)
        .distinct()
    )
    for row in session.scalars(
        select(CaseFile).where(CaseFile.id.in_(holding)).order_by(CaseFile.id).with_for_update()
    ):
        row.words_changed()
        if row.awaits_index():
            services.jobs.add(session, INDEX_JOB, subject_id=row.id)


def _in_force() -> Select[WordCorrection]:
    """Those that nobody took back, the newest last."""
    return (
        select(WordCorrection)
        .where(WordCorrection.undone_at.is_(None))
        .order_by(WordCorrection.at, WordCorrection.id)
    )


def missing(why: str, was: str, becomes: str) -> WordMissingError:
    """The refusal of a correction; of long texts it tells the beginning."""
    return WordMissingError(why=why, was=was[:LONGEST], becomes=becomes[:LONGEST], most=LONGEST)


def _checked(correction: Correction) -> Correction:
    was, becomes = nfc(correction.was).strip(), " ".join(nfc(correction.becomes).split())
    if max(len(was), len(becomes)) > LONGEST:
        raise missing("long", was, becomes)
    copied = any(map(str.isalnum, becomes)) and becomes.isprintable()
    if bool(becomes) == correction.noise or not (was or copied):
        raise missing("empty", was, becomes)
    left, top, right, bottom = correction.box
    if not (0 <= left < right and 0 <= top < bottom):
        raise missing("place", was, becomes)
    return Correction(correction.box, was, becomes, correction.noise)


def _require_on(page: ProofPage, reading: PageReading | None, correction: Correction) -> None:
    if reading is not None:
        widest, highest = reading.width_px, reading.height_px
    elif isinstance(page, OfBatch):
        widest, highest = page.page.width_px, page.page.height_px
    else:
        widest = highest = 0  # nothing of it is known
    if widest and (correction.box[2] > widest or correction.box[3] > highest):
        raise missing("place", correction.was, correction.becomes)


def _told_of(session: Session, page: ProofPage) -> list[WordCorrection]:
    return corrections_of(session, [page.sheet[0]]).get(page.sheet, [])


def _put(
    session: Session,
    page: ProofPage,
    correction: Correction,
    corrections: list[WordCorrection],
    actor: Actor,
) -> WordCorrection:
    """The row of a correction, in the place of what was ``told`` of its word before."""
    now = clock.now()
    image, number = page.sheet
    before = correction_at(correction.box, corrections)
    if before is not None:
        before.undone_at = now
        corrections.remove(before)
    left, top, right, bottom = correction.box
    row = WordCorrection(
        image_sha256=image,
        page=number,
        agency_id=page.agency_id,
        left=left,
        top=top,
        right=right,
        bottom=bottom,
        was=correction.was,
        becomes=correction.becomes,
        account=actor.account,
        at=now,
    )
    session.add(row)
    session.flush()
    corrections.append(row)
    return row


def _recount(
    session: Session,
    services: Services,
    page: ProofPage,
    reading: PageReading | None,
    corrections: Iterable[WordCorrection],
) -> int:
    """Wherever this page lies: the queue runs by what is left of doubtful words."""
    if reading is None:
        return page.page.doubtful_words
    image, _ = page.sheet
    known = word_list(session, page.agency_id).known
    left = doubtful_left(
        reading, corrections, known, sure=services.settings.digitize.doubtful_below
    )
    for scan in session.scalars(select(ScanPage).where(ScanPage.sha256 == image)):
        scan.doubtful_words = left
    for stored in session.scalars(select(DoubtfulPage).where(DoubtfulPage.image_sha256 == image)):
        if stored.sheet == page.sheet:
            stored.doubtful_words = left
            stored.weight = weight_of(left, first=stored.first)
    return left


def _record(session: Session, tag: str, row: WordCorrection, page: ProofPage, actor: Actor) -> None:
    record_event(
        session,
        tag,
        subject_id=row.id,
        actor=actor,
        agency_id=page.agency_id,
        data=page.told() | {"at": _where(row)},
    )


def _where(row: WordCorrection) -> list[int]:
    return [row.left, row.top, row.right, row.bottom]


def _frequent(counts: Counter[str]) -> list[str]:
    return [word for word, _ in sorted(counts.items(), key=lambda count: (-count[1], count[0]))]
