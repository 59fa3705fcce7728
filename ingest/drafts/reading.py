"""Reads the files of a draft in the background: what they say of themselves fills empty fields."""

import re
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.field_source import Source, as_entered, propose, without_guess
from archive_service.domain.intake.submission import (
    MAIN,
    Submission,
    SubmissionFile,
    SubmissionState,
)
from archive_service.formats.child import ParserFailure
from archive_service.formats.malware import MalwareState, ScannerUnavailableError
from archive_service.jobs.port import Lease
from archive_service.services import Services
from archive_service.settings import LimitSettings
from archive_service.text import nfc
from digitize.ocr.engine import OcrEngine
from digitize.ocr.page_scan import PageRequest
from digitize.ocr.pixels import PageImageUnreadableError
from digitize.ocr.printed_words import PRINTED, draw_first, read_printed
from digitize.ocr.tesseract import ModelMissingError
from digitize.ocr.upright import stands_upright
from digitize.ocr.words import PageReading
from digitize.page_one.annex_head import annex_head
from digitize.page_one.as_fields import as_fields
from digitize.page_one.proposals import read_page_one
from ingest.channels.file_references import is_page_image
from ingest.checks.examine import FileFacts, ToExamine
from ingest.checks.pictured import is_pictured, level_in_pictures
from ingest.checks.port import ReceivedFile
from ingest.drafts.drafts import write_declared
from ingest.drafts.file_checks import judged
from ingest.drafts.judged import CHECK_JOB, keep_facts
from ingest.drafts.order import sort_by_time

_TOGETHER_S = 2.0  # what is read in this time is kept by one transaction
# What programs write as a title of their own is no abstract.
_NO_TITLE = re.compile(
    r"^(microsoft word|untitled|document\d*|scan|.*\.(docx?|pdf|xlsx?)$)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Read:
    """What one file says, and by whom it was told."""

    facts: FileFacts
    proposed: Mapping[Source, dict[str, str]] = field(default_factory=dict)
    mark: str = ""  # of secrecy, on page 1
    superior: str = ""  # printed above the issuer there
    annex: str = ""  # how page 1 begins, where it is an annex's


def read_draft(lease: Lease, services: Services) -> None:
    """Read each file that nobody has read yet, and keep what it says within seconds.

    Safe to kill: what was kept is not read again. A draft that was handed in or discarded
    meanwhile is left as it is.
    """
    if lease.subject_id is None:
        raise ValueError("read-draft needs a draft")
    while waiting := _waiting(services, lease.subject_id):
        seen: list[tuple[ToExamine, _Read]] = []
        try:
            _look_at_some(services, waiting, seen)
        finally:  # of a file that cannot be looked at, those before it are kept
            with services.writing() as session:
                _keep(session, lease.subject_id, seen, services.settings.limits)
    with services.writing() as session:
        # A file that came since the last look has added this very job: it is still open.
        submission = session.get(Submission, lease.subject_id, with_for_update=True)
        draft = session.get(Draft, lease.subject_id)
        more = (
            submission is not None
            and draft is not None
            and submission.state is SubmissionState.DRAFT
            and any(
                services.staging.has(to_examine.sha256)
                for to_examine in _lacking(session, draft, "done")
            )
        )
        services.jobs.finish(session, lease)
        next_job = lease.job if more else CHECK_JOB
        services.jobs.add(session, next_job, subject_id=lease.subject_id)


def read_marks(services: Services, draft_id: UUID, *, within_s: float) -> int:
    """Look for marks of secrecy on page 1 of what nobody has looked at; how many files are left.

    Only the mark is kept: what the rest of the page says is proposed by ``read_draft`` alone, to
    who still works on the draft. Whoever asks again goes on where this ended.
    """
    until = time.monotonic() + within_s
    while True:
        with services.read_only() as session:
            submission, draft = session.get(Submission, draft_id), session.get(Draft, draft_id)
            if submission is None or draft is None or submission.state is not SubmissionState.DRAFT:
                return 0
            unseen = [
                file
                for file in _lacking(session, draft, "secrecy")
                if services.staging.has(file.sha256)
            ]
        if not unseen or time.monotonic() > until:
            return len({file.sha256 for file in unseen})
        try:
            mark = _look(services, unseen[0]).mark
        except ScannerUnavailableError:
            return len({file.sha256 for file in unseen})
        with services.unit_of_work() as uow:
            kept = uow.session.get(Draft, draft_id, with_for_update=True)
            if kept is None:
                return 0
            read = kept.reads.get(unseen[0].sha256, {})
            kept.reads = kept.reads | {unseen[0].sha256: {"secrecy": mark} | read}
            uow.commit()


def _lacking(session: Session, draft: Draft, fact: str) -> list[ToExamine]:
    """Files of which this is not known yet, in their order; of thousands nothing else is read."""
    asked = (SubmissionFile.id, SubmissionFile.path, SubmissionFile.sha256)
    rows = session.execute(
        select(*asked, SubmissionFile.size_bytes)
        .where(SubmissionFile.submission_id == draft.submission_id)
        .order_by(SubmissionFile.ordinal)
    )
    return [
        ToExamine(file_id, path, sha256, size_bytes, is_page_image(path))
        for file_id, path, sha256, size_bytes in rows
        if fact not in draft.reads.get(sha256, ())
    ]


def _waiting(services: Services, draft_id: UUID) -> list[ToExamine]:
    """Files that nobody has read, each content once; none of what is no draft any more."""
    with services.read_only() as session:
        state = select(Submission.state).where(Submission.id == draft_id)
        draft = session.get(Draft, draft_id)
        if draft is None or session.scalar(state) is not SubmissionState.DRAFT:
            return []
        unread = {file.sha256: file for file in reversed(_lacking(session, draft, "done"))}
    return [file for file in reversed(unread.values()) if services.staging.has(file.sha256)]


def _look_at_some(
    services: Services, files: Sequence[ToExamine], seen: list[tuple[ToExamine, _Read]]
) -> None:
    """The first of them, as many as are read in a moment: the draft is written once for them."""
    until = time.monotonic() + _TOGETHER_S
    for file in files:
        seen.append((file, _look(services, file)))
        if time.monotonic() > until:
            break


def _look(services: Services, file: ToExamine) -> _Read:
    facts = services.examiner.examine_all([file])[file.id]
    if facts.malware.state is MalwareState.INFECTED:  # told at the door, where it is quarantined
        return _Read(facts)
    proposed: dict[Source, dict[str, str]] = {}
    readings: list[PageReading] = []
    limits = services.settings.limits
    bounds: dict[str, Any] = {"limit_s": limits.parser_s, "memory_mib": limits.parser_mib}
    with services.staging.path(file.sha256) as path:
        if facts.pdf is not None:
            printed = read_printed(path, **bounds)
            if printed is not None:
                proposed[Source.METADATA] = _of_metadata(printed.title)
                readings = printed.readings
            if printed is not None and printed.is_image and printed.pages:
                with tempfile.TemporaryDirectory(dir=services.work_folder, prefix="draft-") as own:
                    picture = Path(own) / "1.png"
                    if draw_first(path, picture, **bounds):
                        readings = _ocr(services.ocr, PageRequest(picture))
        elif facts.image is not None and not isinstance(facts.image, ParserFailure):
            readings = _ocr(services.ocr, PageRequest(path))
    proposals_read = read_page_one(readings)
    proposed[Source.PAGE_ONE] = as_fields(proposals_read)
    proposed[Source.SIGNATURE] = _of_signatures(facts)
    mark = (
        proposals_read["secrecy"].value
        if "secrecy" in proposals_read
        else _pictured(services, file, facts, readings)
    )
    superior = proposals_read["superior"].value if "superior" in proposals_read else ""
    return _Read(facts, proposed, mark, superior, annex_head(readings))


def _pictured(
    services: Services, file: ToExamine, facts: FileFacts, readings: list[PageReading]
) -> str:
    """The mark in what was not read yet: stamps beside words, pages that lie on their side."""
    if not is_pictured(facts):
        return ""
    if any(stands_upright(reading.lines) and reading.software != PRINTED for reading in readings):
        return ""
    try:
        return level_in_pictures(services, file, facts)
    except ModelMissingError:
        return ""


def _ocr(engine: OcrEngine, request: PageRequest) -> list[PageReading]:
    try:
        return [reading for reading in engine.read([request]) if isinstance(reading, PageReading)]
    except PageImageUnreadableError:
        return []


def _of_metadata(title: str) -> dict[str, str]:
    """A title that a person gave. The day on which a file was made is no day of issue."""
    words = " ".join(nfc(title).split())
    return {"subject": words[:500]} if words and not _NO_TITLE.match(words) else {}


def _of_signatures(facts: FileFacts) -> dict[str, str]:
    """Who signed as a person, for which agency, and when; broken ones tell nothing."""
    proposed: dict[str, str] = {}
    for report in facts.signatures:
        if not (report.intact and report.valid):
            continue
        if report.kind.value == "person":
            proposed.setdefault("signer", report.signer[:100])
        if report.kind.value == "agency":
            proposed.setdefault("organName", (report.organization or report.signer)[:200])
        if report.signed_at is not None:
            proposed.setdefault("issuedDate", clock.local(report.signed_at).date().isoformat())
    return proposed


def _keep(
    session: Session,
    draft_id: UUID,
    seen: Sequence[tuple[ToExamine, _Read]],
    limits: LimitSettings,
) -> None:
    """What was read, beside the files and in fields that nobody filled better."""
    submission = session.get(Submission, draft_id, with_for_update=True, populate_existing=True)
    draft = session.get(Draft, draft_id)
    if submission is None or draft is None or submission.state is not SubmissionState.DRAFT:
        return
    draft.reads = draft.reads | {file.sha256: _as_kept(file, read, limits) for file, read in seen}
    facts = {file.sha256: read for file, read in seen}
    rows = session.scalars(
        select(SubmissionFile).where(
            SubmissionFile.submission_id == draft_id, SubmissionFile.sha256.in_(facts)
        )
    ).all()
    for row in rows:
        _note_facts(row, facts[row.sha256].facts, facts[row.sha256].mark)
    by_path = {row.path: facts[row.sha256] for row in rows}
    declared, sources = submission.case_file(), dict(draft.sources)
    own = session.get(Agency, submission.agency_id) if submission.agency_id else None
    changed = False
    for document in declared.documents:
        first = next(
            (declared_file for declared_file in document.files if declared_file.standing == MAIN),
            None,
        )
        read = by_path.get(first.path) if first else None
        if read is None or document.kind != "document":
            continue
        for source, given in read.proposed.items():
            entered = as_entered(given, own.name if own else "", read.superior)
            fields = without_guess(document, sources, entered)
            changed |= propose(document.fields, sources, document.row, fields, source)
    draft.sources = sources
    if changed and draft.by_time:
        sort_by_time(declared)
    if changed:
        at, by = draft.changed_at, draft.changed_by
        write_declared(submission, draft, declared, None)  # no file came or went
        draft.changed_at, draft.changed_by = at, by  # when a person last worked on it


def _as_kept(file: ToExamine, read: _Read, limits: LimitSettings) -> dict[str, Any]:
    received = ReceivedFile(file.path, file.sha256, file.size_bytes, read.facts)
    return {
        "done": True,
        "signatures": read.facts.signature_documents(),
        "findings": judged(received, limits),
        "secrecy": read.mark,
        "annex": read.annex,
        "proposed": {source.value: given for source, given in read.proposed.items()},
    }


def _note_facts(row: SubmissionFile, facts: FileFacts, mark: str) -> None:
    keep_facts(row, replace(facts, mark=facts.mark or mark))
    found = facts.format
    row.puid = found.puid if found else None
    row.format_name = (f"{found.name} {found.version}".strip()[:200] or None) if found else None
    row.media_type = (found.media_type[:200] or None) if found else None
    row.pages = facts.pages
    row.signatures = facts.signature_documents()
