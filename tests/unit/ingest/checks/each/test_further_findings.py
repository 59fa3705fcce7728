"""Findings of single checks that no other test names: each from the facts that lead to it."""

import datetime as dt
from pathlib import Path

import pytest

from archive_service import messages
from archive_service.domain.agencies.own_field import OwnField, OwnKind, OwnSubject
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.submission import (
    DeclaredCaseFile,
    DeclaredDocument,
    DeclaredFile,
)
from archive_service.formats.malware import MalwareState, NotScanned, Verdict
from archive_service.settings import load_settings
from ingest.checks.each import additions, formats, malware, own_fields, repeated
from ingest.checks.examine import FileFacts
from ingest.checks.port import CheckContext, ReceivedFile
from ingest.register.known_documents import Known, number_key
from ingest.register.register import Addition, Register

CODE = "H40.18.2025.08.QLCT"
DOCUMENT = {
    "codeNumber": "12",
    "codeNotation": "QĐ-SCT",
    "issuedDate": "2025-04-12",
    "organName": "Sở Công trình",
}


def context_of(
    home: Path,
    *,
    facts: FileFacts | None = None,
    addition: Addition | None = None,
    own: tuple[OwnField, ...] = (),
    known: Known | None = None,
    fields: dict[str, str] | None = None,
) -> CheckContext:
    row = DeclaredDocument(row=2, fields=dict(DOCUMENT), files=[DeclaredFile(path="a.pdf")])
    return CheckContext(
        DeclaredCaseFile(row=2, fields={"fileCode": CODE} | (fields or {}), documents=[row]),
        {"a.pdf": ReceivedFile("a.pdf", "a" * 64, 10, facts or FileFacts())},
        Register({}, None, False, None, {}, addition=addition, own_fields=own),
        load_settings(home).limits,
        known=known or Known(),
    )


def told(found: list[Finding]) -> list[tuple[str, Severity, str]]:
    for finding in found:
        for lang in messages.LANGUAGES:
            said = messages.finding(finding.code, lang, finding.facts | {"place": finding.place})
            assert "{" not in said.message + said.remedy, said
    return [(finding.code, finding.severity, finding.place) for finding in found]


@pytest.mark.parametrize(
    ("reason", "code"),
    [
        (NotScanned.ENCRYPTED, "not-scanned-encrypted"),
        (NotScanned.LIMITS, "not-scanned-limits"),
        (NotScanned.TOO_LARGE, "not-scanned-too-large"),
    ],
)
def test_what_the_scanner_did_not_look_through_is_told_with_the_reason(
    tmp_path: Path, reason: NotScanned, code: str
) -> None:
    facts = FileFacts(malware=Verdict(MalwareState.NOT_SCANNED, reason=reason))
    found = list(malware.check(context_of(tmp_path, facts=facts)))
    assert told(found) == [(code, Severity.WARNING, "a.pdf")]


def test_a_file_whose_format_could_not_be_read_is_told(tmp_path: Path) -> None:
    found = list(formats.check(context_of(tmp_path)))
    assert told(found) == [("format-not-read", Severity.ERROR, "a.pdf")]


@pytest.mark.parametrize(
    ("addition", "code"),
    [
        (Addition("SUPPLEMENT", state="stored", own=False), "addition-foreign"),
        (Addition("SUPPLEMENT", state="transferred", own=True), "addition-gone"),
        (Addition("REPLACEMENT", state="destroyed", own=True), "addition-gone"),
    ],
)
def test_what_cannot_be_added_to_is_told(tmp_path: Path, addition: Addition, code: str) -> None:
    found = list(additions.check(context_of(tmp_path, addition=addition)))
    assert told(found) == [(code, Severity.ERROR, "Hồ sơ, dòng 2, fileCode")]


def test_of_a_document_that_another_agency_holds_no_code_is_told(tmp_path: Path) -> None:
    known = Known(numbers={number_key(DOCUMENT): ""})
    (found,) = repeated.check(context_of(tmp_path, known=known))
    assert found.code == "document-held-elsewhere"
    assert CODE not in messages.finding(found.code, "vi", found.facts).message


@pytest.mark.parametrize(
    ("kind", "value", "code", "severity"),
    [
        (OwnKind.TEXT, "", "own-field-missing", Severity.WARNING),
        (OwnKind.TEXT, "x" * 5000, "own-field-too-long", Severity.ERROR),
        (OwnKind.NUMBER, "mười", "own-field-number", Severity.ERROR),
        (OwnKind.DATE, "31/02/2025", "own-field-date", Severity.ERROR),
        (OwnKind.CHOICE, "Quận 9", "own-field-choice", Severity.ERROR),
    ],
)
def test_a_value_that_a_field_of_an_agencys_own_does_not_take_is_told(
    tmp_path: Path, kind: OwnKind, value: str, code: str, severity: Severity
) -> None:
    own = OwnField(
        name="khu-vuc",
        label="Khu vực",
        subject=OwnSubject.CASE_FILE,
        kind=kind,
        choices=["Quận 1", "Quận 3"],
        required=True,
    )
    found = list(own_fields.check(context_of(tmp_path, own=(own,), fields={own.key: value})))
    assert told(found) == [(code, severity, f"Hồ sơ, dòng 2, {own.key}")]
    own.retired_on = dt.date(2025, 1, 1)
    retired = own_fields.check(context_of(tmp_path, own=(own,), fields={own.key: value}))
    assert list(retired) == []
