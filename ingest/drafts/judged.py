"""What the desk would find in a draft, as the background saw it last."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from pydantic import TypeAdapter

from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.field_source import CASE_FILE
from archive_service.domain.intake.finding import Finding, as_json, of_json
from archive_service.domain.intake.finding_place import row_place
from archive_service.domain.intake.submission import DeclaredCaseFile, Submission, SubmissionFile
from ingest.checks.examine import FileFacts

CHECK_JOB = "check-draft"
# These look at the draft with every answer of the page, or stand there as a list of their own.
_SEEN_AT_ONCE = frozenset({"codes", "fields", "own-fields", "dates", "secrecy", "completeness"})


def stamp_of(draft: Draft) -> str:
    """Of what findings are made: another text once something was changed or read."""
    return f"{draft.changed_at.isoformat()} {len(draft.reads)} {draft.rule_set}"


def is_judged(draft: Draft) -> bool:
    """Whether the findings are those of the draft as it stands now."""
    return bool(draft.judged.get("of") == stamp_of(draft))


def all_read(submission: Submission, draft: Draft) -> bool:
    """Whether every one of its files was read."""
    return all(draft.reads.get(file.sha256, {}).get("done") for file in submission.files)


def keep_judged(
    draft: Draft, declared: DeclaredCaseFile, found: Iterable[Finding], *, of: str
) -> None:
    """The findings of the desk, but those that are seen at once; each with what it is about."""
    there = _places(declared)
    draft.judged = {
        "of": of,
        "findings": [
            as_json(finding) | {"about": _about(finding.place, there)}
            for finding in found
            if finding.check not in _SEEN_AT_ONCE
        ],
    }


def judged_findings(
    declared: DeclaredCaseFile, draft: Draft, beside: Iterable[Finding]
) -> list[Finding]:
    """What stands for the draft as it is: of a document or file that is gone nothing is told.

    Args:
        beside: what is told anyhow.
    """
    there, told_before = _places(declared), {_same(finding) for finding in beside}
    kept = [
        of_json(finding)
        for finding in draft.judged.get("findings", ())
        if not finding["about"] or finding["about"] in there
    ]
    return [finding for finding in kept if _same(finding) not in told_before]


def forget_field(draft: Draft, declared: DeclaredCaseFile, row: int, name: str) -> None:
    """A field that was just changed is judged anew; till then nothing is told of it."""
    kinds = {document.row: document.kind for document in declared.documents}
    of_case = row == CASE_FILE
    place = row_place(
        "case-file" if of_case else kinds[row], declared.row if of_case else row, name
    )
    kept = [finding for finding in draft.judged.get("findings", ()) if finding["place"] != place]
    draft.judged = draft.judged | {"findings": kept}


def keep_facts(row: SubmissionFile, facts: FileFacts) -> None:
    """What was seen in a file is kept beside it."""
    row.facts = _adapter().dump_python(facts, mode="json")


def facts_of_row(row: Mapping[str, Any]) -> FileFacts:
    """The same again."""
    return _adapter().validate_python(row)


@cache
def _adapter() -> TypeAdapter[FileFacts]:
    return TypeAdapter(FileFacts)


def _same(finding: Finding) -> tuple[str, str, str]:
    return finding.code, finding.place, repr(sorted(finding.facts.items()))


def _places(declared: DeclaredCaseFile) -> frozenset[str]:
    """Of the rows and files that there are."""
    rows = [row_place(document.kind, document.row) for document in declared.documents]
    paths = [file.path for document in declared.documents for file in document.files]
    return frozenset([row_place("case-file", declared.row), *rows, *paths])


def _about(place: str, there: frozenset[str]) -> str:
    """The row or file that a place lies in; empty for one that lies in none."""
    return next((name for name in (place, place.rpartition(", ")[0]) if name in there), "")
