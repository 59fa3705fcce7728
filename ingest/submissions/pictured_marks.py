"""Marks of secrecy in what documents show as pictures, read before acceptance."""

from collections.abc import Iterator, Mapping
from uuid import UUID

from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.submission import PICTURES, DeclaredCaseFile, Submission
from archive_service.formats.malware import MalwareState
from archive_service.formats.page_image import PageImageFacts
from archive_service.services import Services
from digitize.ocr.tesseract import ModelMissingError
from ingest.checks.examine import FileFacts, ToExamine
from ingest.checks.pictured import has_words, is_pictured, level_in_pictures

MOST_READ = 300  # first pages of one submission; further ones are read when they are digitized


def pictured_marks(
    services: Services,
    submission: Submission,
    files: list[ToExamine],
    facts: Mapping[UUID, FileFacts],
) -> dict[str, str]:
    """By digest the level that a picture in each file bears, or nothing where it bears none.

    What was read when it was checked before, or while it was a draft, is not read again. Where no
    model of the language is installed nothing is read: digitization looks once it is.
    """
    read: dict[str, str] = {}
    known, drafted = _known(services, submission)
    wanted = _wanted(submission.case_file(), {file.path: file for file in files}, facts)
    for file in list(dict.fromkeys(wanted))[:MOST_READ]:
        if drafted.get(file.sha256) or (file.sha256 in drafted and _is_sheet(facts[file.id])):
            known.setdefault(file.sha256, drafted[file.sha256])
        if file.sha256 in known:
            read[file.sha256] = known[file.sha256]
        elif file.sha256 not in read:
            try:
                read[file.sha256] = level_in_pictures(services, file, facts[file.id])
            except ModelMissingError:
                return read
    return read


def _known(services: Services, submission: Submission) -> tuple[dict[str, str], Mapping[str, str]]:
    """Levels by digest, of the check before and of the draft, which reads words where it can."""
    with services.read_only() as session:
        draft = session.get(Draft, submission.id)
        reads = {} if draft is None else draft.reads
    drafted = {
        digest: reading["secrecy"] for digest, reading in reads.items() if "secrecy" in reading
    }
    return dict(submission.verdict.get(PICTURES, {})), drafted


def _wanted(
    declared: DeclaredCaseFile, files: Mapping[str, ToExamine], facts: Mapping[UUID, FileFacts]
) -> Iterator[ToExamine]:
    """The first page of each document, and each other file that is or holds a picture."""
    for document in declared.documents:
        pictures = 0
        for row in document.files:
            file = files.get(row.path)
            if file is None or facts[file.id].malware.state is MalwareState.INFECTED:
                continue
            if isinstance(facts[file.id].image, PageImageFacts) and row.page_image:
                pictures += 1
                if pictures > 1:
                    continue
            if is_pictured(facts[file.id]):
                yield file


def _is_sheet(seen: FileFacts) -> bool:
    """Whether a draft has read the whole of its first page."""
    return isinstance(seen.image, PageImageFacts) or (seen.pdf is not None and not has_words(seen))
