"""Each check on its own: one context in, all its findings out."""

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from archive_service import messages
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.submission import (
    DeclaredCaseFile,
    DeclaredDocument,
    DeclaredFile,
)
from archive_service.formats.malware import MalwareState, Verdict
from archive_service.formats.pdf.facts import PdfCondition, PdfContent, PdfFacts
from archive_service.settings import load_settings
from archive_service.signing.pdf.report import Outcome, SignatureReport
from ingest.checks.each import (
    codes,
    counts,
    dates,
    duplicates,
    fields,
    malware,
    names,
    pdf,
    secrecy,
    signatures,
)
from ingest.checks.examine import FileFacts
from ingest.checks.port import CheckContext, ReceivedFile
from ingest.register.agencies import KnownAgency
from ingest.register.register import Register

CASE = {
    "fileCode": "H40.18.2025.08.QLCT",
    "title": "Hồ sơ bàn giao",
    "maintenance": "05",
    "mode": "01",
    "language": "01",
    "startDate": "2025-03-01",
    "endDate": "2025-06-30",
}
DOCUMENT = {
    "fileCode": "H40.18.2025.08.QLCT",
    "typeName": "20",
    "issuedDate": "2025-04-12",
    "organName": "Sở Công trình",
    "subject": "Bàn giao",
}
Check = Callable[[CheckContext], Iterable[Finding]]


@pytest.fixture
def context(tmp_path: Path) -> Callable[..., CheckContext]:
    limits = load_settings(tmp_path).limits

    def make(
        case: dict[str, str] | None = None,
        document: dict[str, str] | None = None,
        files: dict[str, FileFacts] | None = None,
        **register: Any,
    ) -> CheckContext:
        received = {
            path: ReceivedFile(path, path[-1] * 64, 10, facts)
            for path, facts in (files or {}).items()
        }
        declared = DeclaredDocument(
            row=2,
            fields=DOCUMENT | (document or {}),
            files=[DeclaredFile(path=path) for path in received],
        )
        known: dict[str, Any] = {
            "agencies": {},
            "plan": None,
            "held_code": False,
            "open_code": None,
            "held_bytes": {},
        }
        return CheckContext(
            DeclaredCaseFile(row=2, fields=CASE | (case or {}), documents=[declared]),
            received,
            Register(**(known | register)),
            limits,
        )

    return make


def seen(check: Check, context: CheckContext) -> list[tuple[str, Severity]]:
    findings = list(check(context))
    for finding in findings:
        assert messages.has(f"findings.{finding.code}.message"), finding.code
    return [(finding.code, finding.severity) for finding in findings]


def test_good_rows_have_no_finding(context: Callable[..., CheckContext]) -> None:
    for check in (fields.check, dates.check, counts.check, secrecy.check, names.check):
        assert seen(check, context()) == []


@pytest.mark.parametrize(
    ("case", "document", "code", "severity"),
    [
        ({"title": ""}, {}, "field-missing", Severity.ERROR),
        ({}, {"organName": ""}, "field-missing", Severity.ERROR),
        ({"maintenance": "15 nhiệm kỳ"}, {}, "code-not-in-list", Severity.ERROR),
        ({"maintenance": "05 năm"}, {}, "period-in-years", Severity.ERROR),
        ({"maintenance": "10năm"}, {}, "code-not-in-list", Severity.ERROR),
        ({"maintenance": "07"}, {}, "field-missing", Severity.ERROR),
        ({"maintenance": "07", "term": "0"}, {}, "number-malformed", Severity.ERROR),
        ({"term": "mười"}, {}, "number-malformed", Severity.ERROR),
        ({"numberOfPage": "9999999999"}, {}, "number-malformed", Severity.ERROR),
        ({"startDate": "31/02/2025"}, {}, "date-malformed", Severity.ERROR),
        ({}, {"sentAt": "sáng nay"}, "date-malformed", Severity.ERROR),
        ({"title": "x" * 1001}, {}, "field-too-long", Severity.ERROR),
        ({}, {"docId": "H40.18.2025.08.QLCT.000001"}, "field-longer-than-table", Severity.WARNING),
        ({}, {"subject": "x" * 501}, "field-longer-than-table", Severity.WARNING),
        ({}, {"relatesTo": "12/BB-SCT"}, "relation-incomplete", Severity.ERROR),
        ({}, {"relatesTo": "x" * 301, "relation": "annex"}, "field-too-long", Severity.ERROR),
        ({"confidenceLevel": "02"}, {}, "field-missing", Severity.ERROR),
        ({"title": "Hồ sơ \u202eiàn giao"}, {}, "invisible-character", Severity.WARNING),
        ({}, {"subject": "Bàn\u200bgiao"}, "invisible-character", Severity.WARNING),
        ({"title": "K? ho?ch s? d?ng d?t"}, {}, "letters-lost", Severity.WARNING),
        ({}, {"subject": "Về tr\ufffdm bơm"}, "letters-lost", Severity.WARNING),
    ],
)
def test_each_fault_of_a_field_is_told(
    context: Callable[..., CheckContext],
    case: dict[str, str],
    document: dict[str, str],
    code: str,
    severity: Severity,
) -> None:
    assert seen(fields.check, context(case, document)) == [(code, severity)]


@pytest.mark.parametrize(
    ("case", "document", "code"),
    [
        ({"endDate": "2025-02-28"}, {"issuedDate": ""}, "end-before-start"),
        ({"endDate": "2024"}, {"issuedDate": ""}, "end-before-start"),
        ({"endDate": "2099-01-01"}, {}, "date-in-future"),
        ({"endDate": "9999-12-31"}, {}, "end-too-far"),
        ({"maintenance": "07", "term": "9000"}, {}, "term-too-long"),
        ({}, {"issuedDate": "2099-01-01"}, "date-in-future"),
        ({}, {"issuedDate": "0001-01-01"}, "date-too-early"),
        ({"startDate": "0001-01-01"}, {}, "date-too-early"),
        ({}, {"issuedDate": "2024-12-31"}, "document-outside-period"),
        ({}, {"issuedDate": "2025-07-01"}, "document-outside-period"),
    ],
)
def test_dates_that_do_not_fit_are_told(
    context: Callable[..., CheckContext], case: dict[str, str], document: dict[str, str], code: str
) -> None:
    assert code in [found for found, _ in seen(dates.check, context(case, document))]


def test_the_days_of_a_finding_are_told_as_people_write_them(
    context: Callable[..., CheckContext],
) -> None:
    (found,) = dates.check(context({"startDate": "2025-05-01"}))
    said = messages.finding(found.code, "vi", found.facts).message
    assert "12/04/2025" in said
    assert "(01/05/2025 đến 30/06/2025)" in said


def test_no_words_of_a_library_and_no_setting_stand_in_what_a_sender_reads() -> None:
    for code in ("pdf-damaged", "pdf-unreadable", "not-scanned", "page-unreadable"):
        said = messages.finding(code, "vi", {"detail": "expected endobj", "count": 2})
        assert "endobj" not in said.message
        assert "malware.url" not in said.remedy


def test_a_year_alone_contains_its_days(context: Callable[..., CheckContext]) -> None:
    assert seen(dates.check, context({"startDate": "2025", "endDate": "2025"})) == [
        ("date-partial", Severity.WARNING),
        ("date-partial", Severity.WARNING),
    ]


def test_counts_are_compared_only_where_they_are_given(
    context: Callable[..., CheckContext],
) -> None:
    good = FileFacts(pdf=PdfFacts(PdfCondition.GOOD, pages=3))
    assert seen(counts.check, context(files={"a.pdf": good})) == []
    told = context({"totalDoc": "2", "numberOfPage": "4"}, {"numberOfPage": "3"}, {"a.pdf": good})
    assert seen(counts.check, told) == [
        ("documents-differ", Severity.ERROR),
        ("pages-differ", Severity.WARNING),
    ]


def test_an_identifier_of_two_documents_is_told(context: Callable[..., CheckContext]) -> None:
    check_context = context(document={"docId": "1"})
    both = check_context.declared.model_copy(
        update={
            "documents": [
                check_context.declared.documents[0],
                check_context.declared.documents[0].model_copy(update={"row": 3}),
            ]
        }
    )
    assert seen(counts.check, replace(check_context, declared=both)) == [
        ("identifier-twice", Severity.ERROR)
    ]


@pytest.mark.parametrize(
    ("condition", "code", "severity"),
    [
        (PdfCondition.TRUNCATED, "pdf-truncated", Severity.ERROR),
        (PdfCondition.ENCRYPTED, "pdf-encrypted", Severity.ERROR),
        (PdfCondition.UNREADABLE, "pdf-unreadable", Severity.ERROR),
        (PdfCondition.GOOD, "pdf-without-pages", Severity.ERROR),
    ],
)
def test_each_condition_of_a_pdf_is_told(
    context: Callable[..., CheckContext], condition: PdfCondition, code: str, severity: Severity
) -> None:
    facts = FileFacts(pdf=PdfFacts(condition))
    assert seen(pdf.check, context(files={"a.pdf": facts})) == [(code, severity)]


def test_a_damaged_pdf_is_a_warning_and_one_without_pages_an_error(
    context: Callable[..., CheckContext],
) -> None:
    damaged = PdfFacts(PdfCondition.DAMAGED, pages=1)
    files = {"a.pdf": FileFacts(pdf=damaged)}
    assert seen(pdf.check, context(files=files)) == [("pdf-damaged", Severity.WARNING)]
    files = {"a.pdf": FileFacts(pdf=replace(damaged, pages=0))}
    assert ("pdf-without-pages", Severity.ERROR) in seen(pdf.check, context(files=files))


@pytest.mark.parametrize(
    ("content", "code"),
    [(PdfContent.ATTACHED, "pdf-portfolio"), (PdfContent.DRAWN, "pdf-drawn-form")],
)
def test_a_pdf_whose_pages_are_not_what_it_says_is_told(
    context: Callable[..., CheckContext], content: PdfContent, code: str
) -> None:
    files = {"a.pdf": FileFacts(pdf=PdfFacts(PdfCondition.GOOD, pages=1, content=content))}
    assert seen(pdf.check, context(files=files)) == [(code, Severity.WARNING)]


@pytest.mark.parametrize(
    ("of_images", "severity"), [(True, Severity.ERROR), (False, Severity.WARNING)]
)
def test_a_pdf_that_runs_something_is_told_at_the_door(
    context: Callable[..., CheckContext], *, of_images: bool, severity: Severity
) -> None:
    told = PdfFacts(PdfCondition.GOOD, pages=3, active=True, of_images=of_images)
    files = {"a.pdf": FileFacts(pdf=told)}
    assert seen(pdf.check, context(files=files)) == [("pdf-active", severity)]


def test_a_finding_on_a_signature_names_the_page_that_bears_it(
    context: Callable[..., CheckContext],
) -> None:
    reports = tuple(SignatureReport(name, outcome=Outcome.PARTIAL) for name in ("seal", "unseen"))
    told = PdfFacts(PdfCondition.GOOD, signed_on={"seal": 3})
    found = signatures.check(context(files={"a.pdf": FileFacts(pdf=told, signatures=reports)}))
    assert [finding.facts.get("page") for finding in found] == [3, None]


def test_a_signature_without_a_time_stamp_is_told_as_such(
    context: Callable[..., CheckContext],
) -> None:
    facts = FileFacts(signatures=(SignatureReport("a", outcome=Outcome.VALID),))
    assert seen(signatures.check, context(files={"a.pdf": facts})) == [
        ("signature-valid", Severity.INFO),
        ("signature-no-timestamp", Severity.INFO),
    ]


@pytest.mark.parametrize("wrong", ["untrusted", "revoked"])
def test_a_time_stamp_that_proves_nothing_is_not_told_as_none(
    context: Callable[..., CheckContext], wrong: str
) -> None:
    stamped, errors = wrong == "revoked", (f"timestamp-{wrong}",)
    report = SignatureReport("a", outcome=Outcome.VALID, timestamped=stamped, errors=errors)
    facts = FileFacts(signatures=(report,))
    told = {
        "untrusted": "signature-timestamp-untrusted",
        "revoked": "signature-timestamp-revoked",
    }
    assert seen(signatures.check, context(files={"a.pdf": facts})) == [
        ("signature-valid", Severity.INFO),
        (told[wrong], Severity.WARNING),
    ]


def test_malware_is_an_error_and_a_missing_scanner_is_said_once(
    context: Callable[..., CheckContext],
) -> None:
    infected = FileFacts(malware=Verdict(MalwareState.INFECTED, "clamd", "Eicar"))
    assert seen(malware.check, context(files={"a": infected, "b": FileFacts()})) == [
        ("malware-found", Severity.ERROR),
        ("not-scanned", Severity.INFO),
    ]
    assert seen(malware.check, context(files={"a": FileFacts(), "b": FileFacts()})) == [
        ("not-scanned", Severity.INFO)
    ]


def test_names_that_windows_cannot_hold_are_told(context: Callable[..., CheckContext]) -> None:
    files = dict.fromkeys(("con.pdf", "a?.pdf", "x/A.pdf", "x/a.pdf", "cuối ."), FileFacts())
    assert [code for code, _ in seen(names.check, context(files=files))] == [
        "name-reserved",
        "name-not-portable",
        "name-differs-in-case",
        "name-differs-in-case",
        "name-not-portable",
    ]


def test_equal_bytes_are_told_here_and_in_custody(context: Callable[..., CheckContext]) -> None:
    files = {"1/x": FileFacts(), "2/x": FileFacts()}
    assert seen(
        duplicates.check, context(files=files, held_bytes={"x" * 64: "H40.18.2024.01"})
    ) == [
        ("same-bytes", Severity.WARNING),
        ("already-held", Severity.WARNING),
        ("already-held", Severity.WARNING),
    ]


def test_what_another_agency_holds_is_told_without_its_code(
    context: Callable[..., CheckContext],
) -> None:
    told = list(duplicates.check(context(files={"1/x": FileFacts()}, held_bytes={"x" * 64: ""})))
    assert [(finding.code, finding.facts) for finding in told] == [("already-held-elsewhere", {})]


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (f"H40.18.2025.{'1' * 21}.TH", "code-number-too-long"),
        (f"H40.18.2025.01.{'T' * 21}", "code-symbol-too-long"),
    ],
)
def test_parts_of_a_code_that_no_column_holds_are_errors(
    context: Callable[..., CheckContext], code: str, expected: str
) -> None:
    assert (expected, Severity.ERROR) in seen(codes.check, context({"fileCode": code}))


@pytest.mark.parametrize(
    "code",
    [
        "",
        "H40.18",
        "H40 .18.2025.01",
        "H40.18.2025.",
        "x" * 101,
        "H40.18.2025",
        "foo.2025.01",
        "H40.18.2025.TH",
    ],
)
def test_every_malformed_code_has_its_own_words(
    context: Callable[..., CheckContext], code: str
) -> None:
    found = seen(codes.check, context({"fileCode": code}))
    assert [severity for _, severity in found] == ([Severity.ERROR] if code else [])


def test_a_reference_to_an_old_inventory_is_read_or_told(
    context: Callable[..., CheckContext],
) -> None:
    def told(reference: str) -> list[tuple[str, Severity]]:
        found = seen(codes.check, context({"inventoryReference": reference}))
        return [one for one in found if one[0] != "agency-unknown"]

    assert told("Phông Sở Công trình, mục lục số 02, hồ sơ số 123") == []
    assert told("hồ sơ số 123") == [("malformed-inventory-reference", Severity.WARNING)]


@pytest.mark.parametrize(
    ("since", "until", "told"), [(2020, None, 0), (2026, None, 1), (None, 2024, 1)]
)
def test_an_identifier_out_of_its_period_is_a_warning(
    context: Callable[..., CheckContext], since: int | None, until: int | None, told: int
) -> None:
    period = dt.date(since, 7, 22) if since else None, dt.date(until, 12, 31) if until else None
    known = {"H40.18": KnownAgency(UUID(int=1), "H40.18", True, *period)}
    found = seen(codes.check, context(agencies=known))
    assert found.count(("identifier-out-of-period", Severity.WARNING)) == told


def test_a_question_mark_of_an_address_or_of_a_question_is_no_lost_letter(
    context: Callable[..., CheckContext],
) -> None:
    for said in ("Xem https://dvc.gov.vn/hs?id=12", "Vì sao? Trả lời đơn thư"):
        assert seen(fields.check, context({}, {"description": said})) == []
