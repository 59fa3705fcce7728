"""The checks of the desk in one place: for what was handed in, and for drafts as they fill."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.orm import Session

from archive_service import law
from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.finding import Finding
from archive_service.domain.intake.finding_place import row_place
from archive_service.domain.intake.submission import DeclaredCaseFile, Submission
from archive_service.settings import LimitSettings
from archive_service.signing.trust.roots import Trust
from ingest.checks.each import (
    additions,
    both_signatures,
    checksums,
    codes,
    completeness,
    counts,
    dates,
    drafts,
    duplicates,
    fields,
    formalities,
    formats,
    identifiers,
    malware,
    names,
    own_fields,
    page_images,
    page_words,
    paper_to_come,
    pdf,
    pdfa,
    planned,
    process_files,
    recordings,
    repeated,
    secrecy,
    signatures,
    terms,
)
from ingest.checks.follow_ups import without_follow_ups
from ingest.checks.port import Check, CheckContext, ReceivedFile
from ingest.completeness.rules import CompletenessSet, sets_for
from ingest.receiving.rows import door_findings
from ingest.register.earlier_packets import CHANNEL as PACKETS
from ingest.register.known_documents import FindRule, Known, read_known
from ingest.register.register import read_register

CHECKS: tuple[Check, ...] = (
    secrecy.check,
    codes.check,
    fields.check,
    own_fields.check,
    dates.check,
    counts.check,
    paper_to_come.check,
    process_files.check,
    checksums.check,
    names.check,
    formats.check,
    pdf.check,
    page_images.check,
    recordings.check,
    pdfa.check,
    page_words.check,
    signatures.check,
    both_signatures.check,
    formalities.check,
    terms.check,
    planned.check,
    identifiers.check,
    repeated.check,
    drafts.check,
    duplicates.check,
    additions.check,
    completeness.check,
    malware.check,
)
CHECK_NAMES = tuple(check.__module__.rpartition(".")[2].replace("_", "-") for check in CHECKS)


@dataclass(frozen=True, slots=True)
class Judge:
    """What an archive judges by, whatever is judged."""

    trust: Trust
    limits: LimitSettings
    find_rule: FindRule
    home: Path | None = None  # where an agency's own rules and switches of other rules lie
    historical: bool = False  # whether this archive is a lưu trữ lịch sử, which takes what stays


def context_of(
    session: Session,
    submission: Submission,
    received: Mapping[str, ReceivedFile],
    *,
    draft: Draft | None,
    by: Judge,
    beside: Mapping[str, ReceivedFile],
    declared: DeclaredCaseFile | None = None,
) -> CheckContext:
    """All that the checks may look at: what was declared and seen, and what is known by now.

    Args:
        received: files of documents, by path; ``beside``: what came with them.
        declared: what it declares, where that is not yet as it will be handed in.
    """
    digests = [file.sha256 for file in received.values()]
    register = read_register(session, submission, digests, documents=True)
    seen = [
        report
        for files in (received, beside)
        for file in files.values()
        for report in file.facts.signatures
    ]
    known = read_known(session, submission, seen, by.trust, by.find_rule)
    return CheckContext(
        declared or submission.case_file(),
        received,
        register,
        by.limits,
        beside,
        completeness=_sets(submission, draft, known, by.home),
        known=known,
        home=by.home,
        historical=by.historical,
    )


def all_findings(submission: Submission, context: CheckContext, *, on_page: bool) -> list[Finding]:
    """Of the door and of every check, but that no field is missing whose cell was unreadable.

    Nor one of the case file in a packet that no officer completed: it has no place for them.
    """
    door = door_findings(submission)
    unread = {finding.place for finding in door if finding.code in ("formula-cell", "error-cell")}
    if submission.channel == PACKETS and not on_page:
        row = context.declared.row
        unread |= {row_place("case-file", row, rule.name) for rule in law.fields("case-file")}
    checked = (found for check in CHECKS for found in check(context))
    return [*door, *(f for f in checked if f.code != "field-missing" or f.place not in unread)]


def each_once(found: Iterable[Finding]) -> list[Finding]:
    """Each finding once, in order, without what only follows of another.

    The same file may be named by two rows.
    """
    seen: dict[tuple[str, str, str], Finding] = {}
    for finding in found:
        seen.setdefault((finding.code, finding.place, repr(finding.facts)), finding)
    return without_follow_ups(list(seen.values()))


def _sets(
    submission: Submission, draft: Draft | None, known: Known, home: Path | None
) -> tuple[CompletenessSet, ...]:
    """The rules of what must be there; none for what is added, which is no whole case file."""
    if submission.is_addition:
        return ()
    return sets_for(submission.case_file(), chosen=_kind(draft, known), home=home)


def _kind(draft: Draft | None, known: Known) -> str:
    """The kind of case file: as a person chose it, else as the file plan has it."""
    of_plan = known.planned.rule_set if known.planned is not None else ""
    return (draft.rule_set if draft is not None else "") or of_plan
