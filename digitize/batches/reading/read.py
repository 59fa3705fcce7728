"""Reads a batch: its sources become pages, each page is measured and read once, and noted at once.

Whoever was killed begins where the rows end: what is committed is not done again, and what was
not committed left bytes in staging alone.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import record_event
from archive_service.db.unit_of_work import Database
from archive_service.domain.digitization.page_reading import PageReadingRow
from archive_service.domain.digitization.scan_batch import (
    PageState,
    ScanBatch,
    ScanPage,
)
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.people.account import WORKER
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.formats.child import ParserFailure
from archive_service.formats.identify import FormatNotReadError, Identification, identify
from archive_service.formats.measure.judge import is_blank, judge, judged
from archive_service.formats.measure.limits import ScanLimits, load_limits
from archive_service.notices.incidents import open_incident
from archive_service.storage.staging import Staging
from digitize.batches.reading.lie import by_words
from digitize.batches.reading.verdicts import finding_row, is_secret, verdict_of
from digitize.batches.transitions import TRANSITIONS
from digitize.ocr.page_scan import PageRequest, PageScan
from digitize.ocr.reading_file import dump_reading
from digitize.ocr.separators import looks_like_sheet, read_text
from digitize.ocr.word_list import (
    is_doubtful,
    is_handwritten,
    is_hard_to_read,
    is_without_words,
)
from digitize.ocr.words import PageReading
from digitize.page_one.secrecy import SECRECY_MARK, secrecy_mark

CHECK = "page-images"
PHOTOGRAPHED = "page-photographed"
_TEXT_KEPT = 200  # letters of a QR that is not understood
_SURELY = 90.0  # confidence of the number of a page on which nothing else stands
AT_ONCE = 32  # pages whose files lie at hand at the same time
_OF_GROUND = frozenset({"page-dark-edge", "page-scale"})  # a photograph is told as such
# What splitting said, measuring does not say again.
_KEPT_CODES = ("page-drawn", "page-stretched", "page-converted", "page-damaged")

Fence = Callable[[Session], None]


class PageScanner(Protocol):
    """An engine that reads pages; see ``digitize.ocr.TesseractEngine.scan``."""

    def scan(self, pages: Sequence[PageRequest]) -> Iterator[PageScan | ParserFailure]:
        """One answer a page, in the order of ``pages``."""


@dataclass(frozen=True, slots=True)
class Reader:
    """The parts that reading a batch needs.

    ``doubtful_below`` and ``hard_below`` are confidences, of a word and of a page, 0 to 100;
    ``page_s`` is the time that a page may take.
    """

    database: Database
    staging: Staging
    engine: PageScanner
    doubtful_below: float
    hard_below: float
    page_s: float


@dataclass(frozen=True, slots=True)
class _Asked:
    """A page as it stood when it was given to the reader."""

    id: UUID
    batch_id: UUID
    name: str
    sha256: str
    turn_deg: int
    dpi: float | None
    kept: tuple[Finding, ...]


def read_pages(
    batch_id: UUID, reader: Reader, *, fence: Fence, progress: Callable[[int, int], None]
) -> bool:
    """Read what waits, page by page; ``False`` if a mark of secrecy stopped the batch.

    Args:
        fence: called in the transaction of each page, to name the fencing token of the job.
        progress: told how many pages are read, and of how many.
    """
    with reader.database.read_only() as session:
        limits = load_limits(session.get_one(ScanBatch, batch_id).standard)
    while asked := _next_waiting(batch_id, reader.database):
        with ExitStack() as stack:
            requests = [
                PageRequest(
                    stack.enter_context(reader.staging.path(page.sha256)),
                    page.turn_deg,
                    page.dpi,
                    seconds=reader.page_s,
                )
                for page in asked
            ]
            answers = reader.engine.scan(requests)
            for page, request, answer in zip(asked, requests, answers, strict=True):
                if not _note_page(page, request, answer, reader, limits, fence):
                    return False
                progress(*_counted(batch_id, reader.database))
    return True


def stop_batch(session: Session, batch: ScanBatch, kind: str, facts: Mapping[str, object]) -> None:
    """Nothing more is done with it, and archivists are told; the caller commits.

    One that was decided on meanwhile stays decided on, and archivists are told all the same.
    """
    if TRANSITIONS.is_open(batch, "stop"):
        TRANSITIONS.move(batch, "stop")
    told_of = {"batch": batch.number, **facts}
    open_incident(session, kind, subject_of(batch), severity=IncidentSeverity.ALARM, facts=told_of)
    record_event(session, "batch:stopped", of=batch, actor=WORKER, data={"reason": kind, **told_of})


def subject_of(batch: ScanBatch) -> str:
    """Under what incidents of a batch are known."""
    return f"batch {batch.number}"


def _next_waiting(batch_id: UUID, database: Database) -> list[_Asked]:
    with database.read_only() as session:
        batch = session.get_one(ScanBatch, batch_id)
        if not TRANSITIONS.is_open(batch, "read"):
            return []
        rows = session.scalars(
            select(ScanPage)
            .where(
                ScanPage.batch_id == batch_id,
                ScanPage.state == PageState.WAITING,
                ScanPage.removed_at.is_(None),
            )
            .order_by(ScanPage.position)
            .limit(AT_ONCE)
        )
        return [
            _Asked(page.id, batch_id, page.name, page.sha256, page.turn_deg, page.dpi, _kept(page))
            for page in rows
        ]


def _kept(page: ScanPage) -> tuple[Finding, ...]:
    return tuple(
        Finding(**(row | {"severity": Severity(row["severity"])}))
        for row in page.findings
        if row["code"] in _KEPT_CODES
    )


def _note_page(
    asked: _Asked,
    request: PageRequest,
    answer: PageScan | ParserFailure,
    reader: Reader,
    limits: ScanLimits,
    fence: Fence,
) -> bool:
    """The row of one page and what was read of it, in one transaction; whether to go on."""
    findings, values = list(asked.kept), dict[str, Any]()
    if isinstance(answer, ParserFailure):
        facts = {"reason": answer.detail or answer.reason.value}
        findings.append(Finding(CHECK, "page-not-scanned", Severity.ERROR, asked.name, facts))
    else:
        found, values = _judged(asked, answer, reader, limits)
        findings = found if answer.separator else findings + found
    mark = None
    if not isinstance(answer, ParserFailure) and answer.reading is not None:
        mark = secrecy_mark(answer.reading)
        if mark is not None:
            seen = mark.as_facts()
            findings.append(Finding(CHECK, SECRECY_MARK, Severity.ERROR, asked.name, seen))
    known = _identified(request.path, asked.name)
    files = () if isinstance(answer, ParserFailure) else _files_of(answer)
    staged = reader.staging.receive_all(files)
    with reader.database.unit_of_work() as uow:
        session = uow.session
        # Whoever edits takes the batch first, then its pages, then the job that reads them.
        batch = session.get_one(ScanBatch, asked.batch_id, with_for_update=True) if mark else None
        page = session.get_one(ScanPage, asked.id, with_for_update=True)
        fence(session)
        if not _is_as_asked(page, asked):
            uow.commit()  # turned on the desk meanwhile: it is read again
            return True
        page.findings = [finding_row(finding) for finding in findings]
        page.verdict = verdict_of(findings)
        if known is not None:
            page.puid = known.puid
            page.format_name = f"{known.name} {known.version}".strip()[:200] or None
        if isinstance(answer, ParserFailure):
            page.state = PageState.REFUSED
        else:
            page.state = PageState.READ
            page.measures = values
            _fill(session, page, answer, reader, [file.sha256 for file in staged], files)
            page.blank = is_blank(findings)
        stopped = batch is not None and mark is not None and is_secret(page)
        if batch is not None and mark is not None and stopped:
            stop_batch(session, batch, SECRECY_MARK, {"page": page.name, "level": mark.level})
        uow.commit()
    return not stopped


def _identified(path: Path, name: str) -> Identification | None:
    """Its format as PRONOM knows it; a file that the identifier fails on keeps what it said."""
    try:
        return identify(path, name=name.partition("#")[0])
    except FormatNotReadError:
        return None


def _judged(
    asked: _Asked, scan: PageScan, reader: Reader, limits: ScanLimits
) -> tuple[list[Finding], dict[str, JsonValue]]:
    """Findings, and the measures with what follows from them."""
    values = judged(scan.measures, scan.facts, limits)
    if scan.separator:
        text = {"text": scan.separator[:_TEXT_KEPT]}
        foreign = Finding(CHECK, "page-separator-foreign", Severity.WARNING, asked.name, text)
        return [] if read_text(scan.separator) else [foreign], values
    found = judge(scan.measures, scan.facts, limits, place=asked.name)
    if (sheet := scan.photographed) is not None:
        found = [finding for finding in found if finding.code not in _OF_GROUND]
        size = {"width": sheet.width_px, "height": sheet.height_px, "dpi": sheet.dpi}
        found.append(Finding(CHECK, PHOTOGRAPHED, Severity.ERROR, asked.name, size))
    reading = scan.reading
    if reading is not None and is_blank(found) and _is_written_on(reading):
        found = [finding for finding in found if finding.code != "page-blank"]
    if reading is None or is_blank(found):
        return found, values
    turned = scan.facts.turned_deg + asked.turn_deg
    found = by_words(found, reading, turned_deg=turned, place=asked.name)
    if looks_like_sheet(line.text for line in reading.lines):
        found.append(Finding(CHECK, "page-separator-unread", Severity.WARNING, asked.name))
    if is_hard_to_read(reading, below=reader.hard_below):
        words, doubtful = _counted_words(reading, reader.doubtful_below)
        told_of = {"confidence": reading.confidence, "words": words, "doubtful": doubtful}
        found.append(Finding(CHECK, "page-hard-to-read", Severity.WARNING, asked.name, told_of))
    if reading.cut:
        time = {"seconds": f"{reader.page_s:g}"}
        found.append(Finding(CHECK, "page-read-in-part", Severity.WARNING, asked.name, time))
    if is_without_words(reading):
        found.append(Finding(CHECK, "page-without-words", Severity.WARNING, asked.name))
    if is_handwritten(reading):
        left_out = {"words": reading.guessed}
        found.append(Finding(CHECK, "page-handwritten", Severity.INFO, asked.name, left_out))
    return found, values


def _is_written_on(reading: PageReading) -> bool:
    """Whether a page of hardly any ink bears a figure or a word all the same."""
    return any(
        word.confidence >= _SURELY
        and (word.text.isdigit() or (word.possible and len(word.text) > 1 and word.text.isalpha()))
        for word in reading.iter_words()
    )


def _is_as_asked(page: ScanPage, asked: _Asked) -> bool:
    same = (page.sha256, page.turn_deg, page.dpi) == (asked.sha256, asked.turn_deg, asked.dpi)
    return page.state is PageState.WAITING and same


def _files_of(scan: PageScan) -> tuple[bytes, ...]:
    """The thumbnail, and the reading where there is one."""
    reading = () if scan.reading is None else (dump_reading(scan.reading),)
    return (scan.thumbnail, *reading)


def _fill(
    session: Session,
    page: ScanPage,
    scan: PageScan,
    reader: Reader,
    digests: Sequence[str],
    files: Sequence[bytes],
) -> None:
    page.perceptual_hash = scan.perceptual_hash
    page.thumbnail_sha256 = digests[0]
    if scan.separator:
        separator = read_text(scan.separator)
        text = {"text": scan.separator[:_TEXT_KEPT]}
        page.separator = separator.as_document() if separator else text
        page.is_sheet = True
    page.reading_sha256 = digests[1] if scan.reading is not None else None
    page.confidence, page.word_count, page.doubtful_words = None, 0, 0
    if scan.reading is not None:
        page.confidence = scan.reading.confidence
        page.word_count, page.doubtful_words = _counted_words(scan.reading, reader.doubtful_below)
        keep_reading(session, page, scan.reading, digests[1], len(files[1]))


def keep_reading(
    session: Session, page: ScanPage, reading: PageReading, sha256: str, size_bytes: int
) -> None:
    """So that no engine of the same name reads this image again."""
    row = session.scalar(
        select(PageReadingRow).where(
            PageReadingRow.image_sha256 == page.sha256,
            PageReadingRow.turn_deg == page.turn_deg,
            PageReadingRow.software == reading.software,
        )
    )
    if row is None:
        row = PageReadingRow(
            image_sha256=page.sha256, turn_deg=page.turn_deg, software=reading.software
        )
        session.add(row)
    row.reading_sha256, row.size_bytes, row.read_at = sha256, size_bytes, clock.now()


def _counted_words(reading: PageReading, below: float) -> tuple[int, int]:
    words = list(reading.iter_words())
    doubtful = sum(
        is_doubtful(word.text, word.confidence, sure=below, possible=word.possible)
        for word in words
    )
    return len(words), doubtful


def _counted(batch_id: UUID, database: Database) -> tuple[int, int]:
    with database.read_only() as session:
        here = select(func.count()).where(
            ScanPage.batch_id == batch_id, ScanPage.removed_at.is_(None)
        )
        total = session.scalar(here) or 0
        waiting = session.scalar(here.where(ScanPage.state == PageState.WAITING)) or 0
    return total - waiting, total
