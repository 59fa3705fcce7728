"""Each field of the circular's tables is judged by its length, its list and whether it must be."""

from pathlib import Path

import pytest

from archive_service import law
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.finding_place import row_place
from archive_service.domain.intake.submission import DeclaredCaseFile, DeclaredDocument
from archive_service.law import FieldRule
from archive_service.settings import load_settings
from ingest.checks.each import fields
from ingest.checks.port import CheckContext
from ingest.register.register import Register

KINDS = ("case-file", "document", "picture", "media")
ELSEWHERE = {"files", "sha256", "processFiles"}  # told by the checks of files
RULES = [(kind, rule) for kind in KINDS for rule in law.fields(kind) if rule.name not in ELSEWHERE]


def _each(of: list[tuple[str, FieldRule]]) -> pytest.MarkDecorator:
    told = [f"{kind}-{rule.name}" for kind, rule in of]
    return pytest.mark.parametrize(("kind", "rule"), of, ids=told)


def judged(tmp_path: Path, kind: str, rule: FieldRule, value: str) -> list[Finding]:
    """What is found at this field alone, if it says this."""
    given = {rule.name: value} if value else {}
    case = given if kind == "case-file" else {}
    documents = (
        [] if kind == "case-file" else [DeclaredDocument(row=3, kind=kind, fields=given, files=[])]
    )
    declared = DeclaredCaseFile(row=2, fields=case, documents=documents)
    context = CheckContext(
        declared, {}, Register({}, None, False, None, {}), load_settings(tmp_path).limits
    )
    row = 2 if kind == "case-file" else 3
    place = row_place(kind, row, rule.name)
    return [finding for finding in fields.check(context) if finding.place == place]


def _told(found: list[Finding]) -> set[str]:
    return {finding.code for finding in found if finding.severity is not Severity.INFO}


@_each([one for one in RULES if one[1].length is not None])
def test_what_is_longer_than_the_table_says_is_told(
    tmp_path: Path, kind: str, rule: FieldRule
) -> None:
    assert rule.length is not None
    letter = "9" if rule.type.lower() in {"number", "boolean"} else "a"
    told = _told(judged(tmp_path, kind, rule, letter * (rule.length + 1)))
    assert told, f"{rule.name}: {rule.length + 1} letters pass"


@_each(RULES)
def test_what_must_be_and_is_not_is_told(tmp_path: Path, kind: str, rule: FieldRule) -> None:
    told = _told(judged(tmp_path, kind, rule, ""))
    assert told == ({"field-missing"} if rule.required_for({}) else set())


@_each([one for one in RULES if one[1].code_list is not None])
def test_what_is_not_of_its_list_is_told(tmp_path: Path, kind: str, rule: FieldRule) -> None:
    assert "code-not-in-list" in _told(judged(tmp_path, kind, rule, "zz"))
