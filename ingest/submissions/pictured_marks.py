"""Marks of secrecy on page 1 of documents that are pictures, read before acceptance."""

import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.submission import PICTURES, DeclaredCaseFile, Submission
from archive_service.formats.malware import MalwareState
from archive_service.formats.page_image import PageImageFacts
from archive_service.formats.pdf.first_page import Picture
from archive_service.services import Services
from digitize.ocr.page_scan import PageRequest
from digitize.ocr.pixels import PageImageUnreadableError
from digitize.ocr.printed_words import LEAST_LETTERS, draw_first
from digitize.ocr.tesseract import ModelMissingError
from digitize.ocr.words import PageReading
from digitize.page_one.secrecy import SecrecyMark, secrecy_mark
from ingest.checks.examine import FileFacts, ToExamine

MOST_READ = 300  # first pages of one submission; further ones are read when they are digitized


def pictured_marks(
    services: Services,
    submission: Submission,
    files: list[ToExamine],
    facts: Mapping[UUID, FileFacts],
) -> dict[str, str]:
    """By digest the level that page 1 of each picture bears, or nothing where it bears none.

    What was read when it was checked before, or while it was a draft, is not read again. Where no
    model of the language is installed nothing is read: digitization looks once it is.
    """
    read: dict[str, str] = {}
    known, drafted = _known(services, submission)
    wanted = _wanted(submission.case_file(), {file.path: file for file in files}, facts)
    for file in list(dict.fromkeys(wanted))[:MOST_READ]:
        if file.sha256 in drafted and not _has_words(facts[file.id]):
            known.setdefault(file.sha256, drafted[file.sha256])
        if file.sha256 in known:
            read[file.sha256] = known[file.sha256]
        elif file.sha256 not in read:
            try:
                read[file.sha256] = _level(services, file, facts[file.id])
            except ModelMissingError:
                return read
    return read


def _known(services: Services, submission: Submission) -> tuple[dict[str, str], Mapping[str, str]]:
    """Levels by digest, of the check before and of the draft, which reads words where it can."""
    with services.read_only() as session:
        draft = session.get(Draft, submission.id)
        reads = {} if draft is None else draft.reads
    drafted = {digest: one["secrecy"] for digest, one in reads.items() if "secrecy" in one}
    return dict(submission.verdict.get(PICTURES, {})), drafted


def _wanted(
    declared: DeclaredCaseFile, files: Mapping[str, ToExamine], facts: Mapping[UUID, FileFacts]
) -> Iterator[ToExamine]:
    """The first picture of each document, and each PDF whose first page is or bears one."""
    for document in declared.documents:
        pictures = 0
        for told in document.files:
            file = files.get(told.path)
            if file is None or facts[file.id].malware.state is MalwareState.INFECTED:
                continue
            if _is_pictured(facts[file.id]):
                yield file
            elif isinstance(facts[file.id].image, PageImageFacts):
                pictures += 1
                if pictures == 1 or not told.page_image:
                    yield file


def _is_pictured(seen: FileFacts) -> bool:
    if seen.pdf is None or not seen.pdf.pages or seen.text is None:
        return False
    return seen.picture is not Picture.NONE or not _has_words(seen)


def _has_words(seen: FileFacts) -> bool:
    return seen.text is not None and sum(map(str.isalpha, seen.text.first)) >= LEAST_LETTERS


def _level(services: Services, file: ToExamine, seen: FileFacts) -> str:
    limits = services.settings.limits
    with (
        services.staging.path(file.sha256) as path,
        tempfile.TemporaryDirectory(dir=services.work_folder, prefix="mark-") as own,
    ):
        picture = path
        if seen.pdf is not None:
            picture = Path(own) / "1.png"
            red_alone = seen.picture is Picture.STAMP and _has_words(seen)
            bounds: dict[str, Any] = {"limit_s": limits.parser_s, "memory_mib": limits.parser_mib}
            if not draw_first(path, picture, red_alone=red_alone, **bounds):
                return ""
        mark = _mark(services, PageRequest(picture, head_alone=True))
        if mark is not None:  # words that were cut off beside it may make it another word
            mark = _mark(services, PageRequest(picture))
    return "" if mark is None else mark.level


def _mark(services: Services, page: PageRequest) -> SecrecyMark | None:
    try:
        (reading,) = services.ocr.read([page])
    except PageImageUnreadableError:
        return None
    return secrecy_mark(reading) if isinstance(reading, PageReading) else None
