"""What PREMIS tells of a case file: received, checked, accepted, added to, and made here."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from archive_service import clock, messages
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import DigitalObject, Document, FileRole
from archive_service.domain.case_files.shared_document import DocumentLink
from archive_service.domain.intake.finding import FindingRow
from archive_service.domain.intake.submission import Submission, parted
from archive_service.packaging.model import CREATION, DIGITIZATION, PremisEvent
from archive_service.packaging.tree import VERDICT

_NOBODY: Mapping[str, str] = {}
# Which PREMIS event a check is; others are plain validations (LoC vocabulary eventType).
_CHECKS = {
    "malware": "virus check",
    "checksums": "fixity check",
    "formats": "format identification",
}


def premis_events(case_file: CaseFile, submissions: Sequence[Submission]) -> list[PremisEvent]:
    """What was done to the content: received, checked with each finding, accepted, digitized."""
    first, added = parted(submissions)
    events = _sent(case_file, first) if first is not None else []
    events.append(
        PremisEvent(
            CREATION,
            case_file.accepted_at,
            _taken_over(first) or _split_from(case_file),
            agent=case_file.accepted_by,
            agent_type="person",
            sources=_sources(first),
        )
    )
    for submission in added:
        events += [*_sent(case_file, submission), _added(submission)]
    for document in case_file.documents:
        events += _moved(document)
        for item in document.files:
            events += _of_file(item, _custody(first) if first is not None else {})
    for link in case_file.links:
        events += _linked(link)
    return events


def _sources(first: Submission | None) -> tuple[str, ...]:
    """The package it was made of, by its own name where another archive handed it over."""
    if first is None:
        return ()
    return (_custody(first).get("package", "SIP"),)


def _taken_over(first: Submission | None) -> str:
    """From which archive it came, as what kind of package, and its code there."""
    custody = _custody(first) if first is not None else {}
    if not custody:
        return ""
    unknown = messages.text("packages.unknown")
    names = ("kind", "package", "archive", "archiveCode", "arcFileCode")
    facts = {name: custody.get(name, unknown) for name in names}
    return messages.text("packages.taken_over", **facts)


def _custody(submission: Submission) -> dict[str, str]:
    """See ``DeclaredCaseFile.custody``."""
    custody: dict[str, str] = submission.declared.get("custody") or {}
    return custody


def _split_from(case_file: CaseFile) -> str:
    """Which case file it was taken out of, of one that nobody handed in."""
    code = case_file.split_from
    return messages.text("packages.split_from", code=code) if code else ""


def digitized_elsewhere(case_file: CaseFile) -> list[PremisEvent]:
    """How files of documents that other case files keep were made of paper; see ``as_sip``."""
    return [
        event
        for link in case_file.standing_links
        if link.document is not None
        for item in link.document.files
        for event in _of_file(item)
        if event.type == DIGITIZATION
    ]


def _linked(link: DocumentLink) -> list[PremisEvent]:
    """That a document of another case file was made part of this one, and that it no longer is."""
    if link.source is None or link.document is None:
        return []
    facts: dict[str, Any] = {
        "code": link.source.code,
        "ordinal": link.document.ordinal,
        "here": link.ordinal,
    }
    events = [("linked", link.linked_at, link.linked_by, link.reason)]
    if link.ended_at is not None:
        events.append(("unlinked", link.ended_at, link.ended_by, link.ended_reason))
    return [
        PremisEvent(
            "modification",
            at,
            messages.text(f"packages.{word}", **facts),
            outcome_note=reason,
            agent=by,
            agent_type="person",
            sources=(link.document.doc_id,),
        )
        for word, at, by, reason in events
    ]


def _moved(document: Document) -> list[PremisEvent]:
    """That it was moved to another case file, or from one; its files are named on both sides."""
    paths = tuple(item.path for item in document.files)
    moves = (("from", document.moved_from, (), paths), ("to", document.moved_to, paths, ()))
    return [
        PremisEvent(
            "modification",
            clock.parse_iso(move["at"]),
            messages.text(f"packages.moved.{way}", code=move["code"], ordinal=move["ordinal"]),
            outcome_note=move["reason"],
            agent=move["by"],
            agent_type="person",
            sources=sources,
            outcomes=outcomes,
        )
        for way, move, sources, outcomes in moves
        if move
    ]


def _sent(case_file: CaseFile, submission: Submission) -> list[PremisEvent]:
    """That it was received and checked, and each finding."""
    checked_at = submission.checked_at or case_file.accepted_at
    worst = submission.worst or "success"
    events = [
        PremisEvent(
            "ingestion",
            submission.received_at,
            submission.source,
            agent=submission.submitted_by,
            agent_type="person",
        ),
        PremisEvent(
            "validation",
            checked_at,
            messages.text("packages.checked"),
            outcome=worst,
            outcomes=(VERDICT,) if submission.verdict else (),
        ),
    ]
    came = {file.sha256 for file in submission.files}
    held = [
        item
        for document in case_file.documents
        for item in document.files
        if not submission.is_addition or item.sha256 in came
    ]
    paths = {item.name: item.path for item in held}
    by_bytes = {item.sha256: item.path for item in held}
    for file in submission.files:  # where another archive's name is not the first sender's
        if file.sha256 in by_bytes:
            paths.setdefault(file.path, by_bytes[file.sha256])
    return events + [_finding_event(row, checked_at, paths) for row in submission.findings]


def _added(submission: Submission) -> PremisEvent:
    """That its documents became part of the case file, with which version."""
    how = messages.text(f"packages.added.{submission.record_status.lower()}")
    return PremisEvent(
        "modification",
        submission.decided_at or submission.received_at,
        messages.text("packages.added.detail", how=how, version=submission.version or ""),
        agent=submission.decided_by or "",
        agent_type="person",
        sources=("SIP",),
    )


def _of_file(item: DigitalObject, custody: Mapping[str, str] = _NOBODY) -> list[PremisEvent]:
    """How a file that was made here came to be, or in the archive that had custody before."""
    if item.migration:
        return [_migration_event(item)]
    if item.making:
        return _making_events(item)
    if item.role is not FileRole.PRESERVATION or not item.derived_from:
        return []
    before = custody.get("archive", "") if item.version_added == 1 else ""
    event = PremisEvent(
        DIGITIZATION,
        item.created_at,
        messages.text("packages.digitized"),
        agent=before,
        agent_type="organization" if before else "software",
        sources=tuple(item.derived_from),
        outcomes=(item.path,),
    )
    return [event]


def _migration_event(item: DigitalObject) -> PremisEvent:
    """How it came to be, with what, and who looked at it; the original is its source."""
    return PremisEvent(
        "migration",
        item.created_at,
        str(item.migration["detail"]),
        outcome_note=str(item.migration["note"]),
        agent=str(item.migration["tool"]),
        sources=tuple(item.derived_from),
        outcomes=(item.path,),
    )


def _making_events(item: DigitalObject) -> list[PremisEvent]:
    """A searchable twin, a text read again, a sealed copy: told once, by the first of its files."""
    if "outcomes" not in item.making:
        return []
    event = PremisEvent(
        str(item.making.get("event", "creation")),
        item.created_at,
        str(item.making["detail"]),
        outcome_note=str(item.making["note"]),
        agent=str(item.making["software"]),
        agent_type=str(item.making.get("agent_type", "software")),
        sources=tuple(item.derived_from),
        outcomes=tuple(item.making["outcomes"]),
    )
    return [event]


def _finding_event(row: FindingRow, at: dt.datetime, paths: dict[str, str]) -> PremisEvent:
    message = messages.finding(row.code, "vi", row.facts)
    source = (paths[row.place],) if row.place in paths else ()
    return PremisEvent(
        _CHECKS.get(row.check, "validation"),
        at,
        f"{row.check}: {row.code}",
        outcome=row.severity.value,
        outcome_note=f"{row.place}: {message.message}" if row.place else message.message,
        sources=source,
    )
