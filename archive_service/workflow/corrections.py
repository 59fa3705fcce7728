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
from archive_service.bootstrap import Services
from archive_service.domain.account import Actor
from archive_service.domain.case_file import CaseFile
from archive_service.domain.document import DigitalObject
from archive_service.domain.page_reading import WordCorrection
from archive_service.domain.scan_batch import ScanBatch, ScanPage
from archive_service.errors import InputError, NotFoundError
from archive_service.storage.staging import Staging
from archive_service.text import nfc
from archive_service.workflow.index_watch import INDEX_JOB
from digitize.batches.acts import PageNotInBatchError
from digitize.batches.reach import get_batch
from digitize.batches.verdicts import is_secret, may_decide_secrecy
from digitize.reading_file import load_reading
from digitize.word_list import bare, correction_at, is_doubtful
from digitize.words import Box, PageReading

CORRECTED, TAKEN_BACK = "word:corrected", "word:correction-undone"
LONGEST = 200  # letters of one word or of what stands in its place


class WordMissingError(InputError):
    """A correction says nothing, or too much, or nothing stands where it points."""

    code = "word-missing"


class CorrectionNotFoundError(NotFoundError):
    """No such correction, or it was taken back already."""

    code = "correction-not-found"


@dataclass(frozen=True, slots=True)
class Correction:
    """One word in its box and what it is; ``becomes`` equal to ``was`` says that it is right."""

    box: Box
    was: str
    becomes: str


@dataclass(frozen=True, slots=True)
class WordList:
    """What an agency's people told: words that are right, and what misread ones became."""

    known: tuple[str, ...]  # bare, the most frequent first
    seen: dict[str, list[str]]  # bare misread word → what it became


def correct_words(
    services: Services, page_id: UUID, corrections: Sequence[Correction], *, actor: Actor
) -> int:
    """Keep what a person says of words of this page; how many doubtful ones it has now.

    A later word on the same place takes the place of the earlier one, which stays in the trail.

    Raises:
        PageNotInBatchError: absent, or not to be known.
        ActNotAllowedError: the account does not work on batches.
        WordMissingError: a correction without words, or off the page.
    """
    asked = [_checked(one) for one in corrections]
    with services.unit_of_work() as uow:
        session = uow.session
        page, batch = page_to_correct(session, page_id, actor=actor)
        for one in asked:
            _require_on(page, one)
            row = _put(session, page.sha256, batch.agency_id, one, actor)
            _record(session, CORRECTED, row, page, batch, actor)
        left = _recount(session, services, page, batch)
        index_again(session, services, page.sha256)
        uow.commit()
    return left


def take_back(services: Services, correction_id: UUID, page_id: UUID, *, actor: Actor) -> int:
    """The word counts as it was read again; how many doubtful ones its page has now.

    Raises:
        PageNotInBatchError, CorrectionNotFoundError, ActNotAllowedError.
    """
    with services.unit_of_work() as uow:
        session = uow.session
        page, batch = page_to_correct(session, page_id, actor=actor)
        row = session.get(WordCorrection, correction_id)
        if row is None or row.undone_at is not None or row.image_sha256 != page.sha256:
            raise CorrectionNotFoundError(id=correction_id)
        row.undone_at = clock.now()
        _record(session, TAKEN_BACK, row, page, batch, actor)
        session.flush()
        left = _recount(session, services, page, batch)
        index_again(session, services, page.sha256)
        uow.commit()
    return left


def page_to_correct(session: Session, page_id: UUID, *, actor: Actor) -> tuple[ScanPage, ScanBatch]:
    """A page whose words the account may see and put right, with its batch.

    Raises:
        PageNotInBatchError: absent, not to be known, or under a secrecy mark.
        ActNotAllowedError: the account does not work on batches.
    """
    access.require(actor, "batch:edit")
    page = session.get(ScanPage, page_id)
    if page is None:
        raise PageNotInBatchError(id=page_id, batch="")
    batch = get_batch(session, page.batch_id, actor=actor, act="batch:edit")
    if is_secret(page) and not may_decide_secrecy(actor):
        raise PageNotInBatchError(id=page_id, batch=batch.number)
    return page, batch


def corrections_of(session: Session, images: Collection[str]) -> dict[str, list[WordCorrection]]:
    """What holds for these images, by their digests; the newest last."""
    found: dict[str, list[WordCorrection]] = defaultdict(list)
    for row in session.scalars(_in_force().where(WordCorrection.image_sha256.in_(images))):
        found[row.image_sha256].append(row)
    return dict(found)


def index_texts(session: Session, case_files: Collection[UUID]) -> dict[str, str]:
    """What the index adds to the text of their page images, by digest: the words put right."""
    images = select(DigitalObject.sha256).where(
        DigitalObject.case_file_id.in_(case_files), DigitalObject.page_image.is_(True)
    )
    texts: dict[str, str] = defaultdict(str)
    for row in session.scalars(_in_force().where(WordCorrection.image_sha256.in_(images))):
        if row.becomes != row.was:
            texts[row.image_sha256] += f"{row.becomes}\n"
    return dict(texts)


def word_list(session: Session, agency_id: UUID | None) -> WordList:
    """The list of one agency: of what its people said, and what was said of no agency's batch."""
    rows = session.execute(
        select(WordCorrection.was, WordCorrection.becomes, func.count())
        .where(
            WordCorrection.undone_at.is_(None),
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
            became[bare(was)][becomes] += count
    del known[""]
    seen = {word: _frequent(counts) for word, counts in became.items() if word}
    return WordList(tuple(_frequent(known)), seen)


def listed_words(services: Services, *, actor: Actor, text: str = "") -> list[dict[str, Any]]:
    """``{word, times, was, last_at, by}``, the most frequent first: the list to show and to export.

    Raises:
        ActNotAllowedError: the account does not work on batches.
    """
    access.require(actor, "batch:list")
    query = (
        select(WordCorrection)
        .where(
            WordCorrection.undone_at.is_(None),
            access.visible(actor, "batch:list", WordCorrection.agency_id),
        )
        .order_by(WordCorrection.at)
    )
    with services.read_only() as session:
        rows = session.scalars(query).all()
    words: dict[str, dict[str, Any]] = {}
    for row in rows:
        told = words.setdefault(row.becomes, {"word": row.becomes, "times": 0, "was": {}})
        told["times"] += 1
        if row.was != row.becomes:
            told["was"][row.was] = True
        told |= {"last_at": clock.iso(row.at), "by": row.account}
    wanted = text.casefold()
    shown = [one | {"was": list(one["was"])} for one in words.values()]
    return sorted(
        (one for one in shown if any(wanted in w.casefold() for w in (one["word"], *one["was"]))),
        key=lambda one: (-one["times"], one["word"]),
    )


def doubtful_left(
    reading: PageReading, rows: Iterable[WordCorrection], known: Collection[str], *, sure: float
) -> int:
    """Words of a page that nobody has looked at and the engine was not sure of."""
    told, right = list(rows), frozenset(known)
    return sum(
        1
        for word in reading.iter_words()
        if is_doubtful(word.text, word.confidence, sure=sure, possible=word.possible, known=right)
        and correction_at(reading.on_page(word), told) is None
    )


def kept_reading(staging: Staging, page: ScanPage) -> PageReading | None:
    """What was read from a page; nothing where it is blank, or its words lie here no more."""
    if page.reading_sha256 is None or not staging.has(page.reading_sha256):
        return None
    with staging.open(page.reading_sha256) as source:
        try:
            return load_reading(source.read())
        except ValueError:  # of another release
            return None


def index_again(session: Session, services: Services, image: str) -> None:
    """Case files that hold this page image are indexed anew, with the words as they are now."""
    holding = (
        select(DigitalObject.case_file_id)
        .where(DigitalObject.sha256 == image, DigitalObject.page_image.is_(True))
        .distinct()
    )
    for row in session.scalars(
        select(CaseFile).where(CaseFile.id.in_(holding)).order_by(CaseFile.id).with_for_update()
    ):
        row.version_indexed = 0
        if row.awaits_index():
            services.jobs.add(session, INDEX_JOB, subject_id=row.id)


def _in_force() -> Select[WordCorrection]:
    """Those that nobody took back, the newest last."""
    return (
        select(WordCorrection)
        .where(WordCorrection.undone_at.is_(None))
        .order_by(WordCorrection.at, WordCorrection.id)
    )


def _checked(one: Correction) -> Correction:
    was, becomes = nfc(one.was).strip(), " ".join(nfc(one.becomes).split())
    left, top, right, bottom = one.box
    if not was or not becomes or max(len(was), len(becomes)) > LONGEST:
        raise WordMissingError(was=was, becomes=becomes, most=LONGEST)
    if not (0 <= left < right and 0 <= top < bottom):
        raise WordMissingError(was=was, becomes=becomes, most=LONGEST)
    return Correction(one.box, was, becomes)


def _require_on(page: ScanPage, one: Correction) -> None:
    widest, highest = page.width_px, page.height_px
    if widest and (one.box[2] > widest or one.box[3] > highest):
        raise WordMissingError(was=one.was, becomes=one.becomes, most=LONGEST)


def _put(
    session: Session, image: str, agency_id: UUID | None, one: Correction, actor: Actor
) -> WordCorrection:
    now = clock.now()
    before = correction_at(one.box, corrections_of(session, [image]).get(image, ()))
    if before is not None:
        before.undone_at = now
    left, top, right, bottom = one.box
    row = WordCorrection(
        image_sha256=image,
        agency_id=agency_id,
        left=left,
        top=top,
        right=right,
        bottom=bottom,
        was=one.was,
        becomes=one.becomes,
        account=actor.account,
        at=now,
    )
    session.add(row)
    session.flush()
    return row


def _recount(session: Session, services: Services, page: ScanPage, batch: ScanBatch) -> int:
    """Every page of this image: the queue runs by what is left of doubtful words."""
    reading = kept_reading(services.staging, page)
    if reading is None:
        return page.doubtful_words
    rows = corrections_of(session, [page.sha256]).get(page.sha256, [])
    known = word_list(session, batch.agency_id).known
    left = doubtful_left(reading, rows, known, sure=services.settings.digitize.doubtful_below)
    for one in session.scalars(select(ScanPage).where(ScanPage.sha256 == page.sha256)):
        one.doubtful_words = left
    return left


def _record(
    session: Session, tag: str, row: WordCorrection, page: ScanPage, batch: ScanBatch, actor: Actor
) -> None:
    record_event(
        session,
        tag,
        subject_id=row.id,
        actor=actor,
        agency_id=batch.agency_id,
        data={"batch": batch.number, "page": page.name, "at": _where(row)},
    )


def _where(row: WordCorrection) -> list[int]:
    return [row.left, row.top, row.right, row.bottom]


def _frequent(counts: Counter[str]) -> list[str]:
    return [word for word, _ in sorted(counts.items(), key=lambda one: (-one[1], one[0]))]
