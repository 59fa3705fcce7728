"""Checks that look at documents: who signed them, what repeats, their form and words."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from archive_service.domain.case_files.document import DigitalObject, Document
from archive_service.domain.intake.finding import Severity
from archive_service.domain.intake.submission import (
    DeclaredCaseFile,
    DeclaredDocument,
    DeclaredFile,
)
from archive_service.formats.pdf.facts import PdfCondition, PdfFacts
from archive_service.formats.pdf.pdfa_claim import PdfaJudgement
from archive_service.formats.pdf.text import PageText
from archive_service.signing.pdf.report import Outcome, SignatureReport
from archive_service.signing.port import SignerKind
from ingest.channels.declare import DeclaredRow
from ingest.channels.values import as_document_type
from ingest.checks.each import both_signatures, formalities, identifiers, page_words, pdfa, repeated
from ingest.checks.examine import FileFacts
from ingest.checks.reference_documents import for_reference, tell_standing
from ingest.register.known_documents import Known, number_key
from tests.unit.ingest.checks.each.document_checks import AGENCY, DOCUMENT, Make, codes, maker

GOOD = PdfFacts(PdfCondition.GOOD, pages=1)
AT = dt.datetime(2025, 4, 12, 3, tzinfo=dt.UTC)


def person(**facts: Any) -> SignatureReport:
    told: dict[str, Any] = {"kind": SignerKind.PERSON, "signed_at": AT, "outcome": Outcome.VALID}
    return SignatureReport("P", "Trần Minh Khôi", AGENCY, **(told | facts))


def agency(**facts: Any) -> SignatureReport:
    return replace(person(**facts), field="A", signer=AGENCY, kind=SignerKind.AGENCY)


def signed(*reports: SignatureReport) -> FileFacts:
    return FileFacts(pdf=GOOD, signatures=reports)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    return maker(tmp_path)


OURS = Known(state_bodies=frozenset({AGENCY.lower()}), state_roots=True)


def test_a_person_and_then_the_agency_is_as_it_should_be(make: Make) -> None:
    files = {"a.pdf": signed(person(), agency())}
    assert codes(both_signatures.check, make(files=files, known=OURS)) == []


@pytest.mark.parametrize(
    ("reports", "code"),
    [
        ((agency(), person()), "agency-signed-first"),
        ((person(),), "agency-signature-missing"),
        ((agency(),), "person-signature-missing"),
        ((person(outcome=Outcome.REVOKED_BEFORE), agency()), "person-signature-missing"),
        ((person(root_role="quoc-gia"), agency()), "signature-of-another-root"),
    ],
)
def test_a_pair_of_signatures_that_is_not_right_is_told(
    make: Make, reports: tuple[SignatureReport, ...], code: str
) -> None:
    context = make(files={"a.pdf": signed(*reports)}, known=OURS)
    assert codes(both_signatures.check, context) == [code]


def test_a_paper_of_somebody_else_needs_no_seal_of_a_state_agency(make: Make) -> None:
    context = make(files={"a.pdf": signed(person(root_role="quoc-gia"))})
    assert codes(both_signatures.check, context) == []


def test_an_annex_of_its_own_needs_the_agency_alone(make: Make) -> None:
    files = {"a.pdf": signed(person(), agency()), "phu-luc.pdf": signed(agency())}
    annex = {"phu-luc.pdf": "annex"}
    assert codes(both_signatures.check, make(files=files, standing=annex)) == []
    files["phu-luc.pdf"] = FileFacts(pdf=GOOD)
    told = codes(both_signatures.check, make(files=files, standing=annex))
    assert told == ["annex-agency-missing"]


def test_a_signature_apart_counts_for_the_file_that_it_signs(make: Make) -> None:
    """Over a file of another document it says nothing of this one."""
    for over, standing in (("a.pdf", "original"), ("b.pdf", "reference")):
        row = {"file": "x/a.p7s", "outcome": "valid", "over": [over]}
        files = [DigitalObject(name="x/a.pdf"), DigitalObject(name="x/a.p7s", standing="enclosure")]
        document = Document(kind="document", files=files, signatures=[row])
        tell_standing([document], level=None)
        assert document.standing == standing
        facts = FileFacts(signatures=(replace(person(), over=(over,)),))
        held = {"a.pdf": FileFacts(pdf=GOOD), "a.p7s": facts}
        context = make({"standing": "official"}, files=held)
        assert ("unsigned-not-reference" in codes(both_signatures.check, context)) is (
            standing == "reference"
        )
        seen = {"a.pdf": (), "a.p7s": (row,)}
        assert bool(for_reference(context.declared, seen)) is (standing == "reference")


def test_what_nobody_signed_is_for_reference(make: Make) -> None:
    files = {"a.pdf": FileFacts(pdf=GOOD)}
    assert codes(both_signatures.check, make(files=files)) == []
    for standing, expected in (("reference", []), ("official", ["unsigned-not-reference"])):
        context = make({"standing": standing}, files=files)
        assert codes(both_signatures.check, context) == expected
    (found,) = both_signatures.check(context)
    assert (found.facts["declared"], found.facts["file"]) == ("Bản chính", "a.pdf")


@pytest.mark.parametrize("outcome", sorted(Outcome))
def test_signatures_that_prove_nothing_are_told_as_such(make: Make, outcome: Outcome) -> None:
    """A doubt is weighed by a person; what is proved to be worthless counts as unsigned."""
    context = make(files={"a.pdf": signed(person(outcome=outcome), agency(outcome=outcome))})
    weighed = (Outcome.WEAK, Outcome.REVOKED_AFTER_DOUBTFUL, Outcome.FORM_CHANGED_LATER)
    doubtful = outcome in (*weighed, Outcome.UNJUDGED)
    expected = [] if outcome.holds or doubtful else ["signatures-without-value"]
    assert codes(both_signatures.check, context) == expected
    one_holds = signed(person(), agency(outcome=outcome))
    assert codes(both_signatures.check, make(files={"a.pdf": one_holds})) == []


@pytest.mark.parametrize(
    ("main", "annex", "standing"),
    [
        (["valid"], [], "original"),
        (["valid", "expired-since"], ["broken"], "original"),
        (["broken", "valid"], [], None),
        (["form-changed-later"], [], None),
        (["revoked-before"], [], "reference"),
        (["chain-unknown", "partial"], [], "reference"),
        ([], ["valid"], "reference"),
        ([], [], "reference"),
    ],
)
@pytest.mark.parametrize("declared", [None, "original", "official"])
def test_what_its_own_file_proves_is_what_a_document_is_worth(
    main: list[str], annex: list[str], standing: str | None, declared: str | None
) -> None:
    files = [DigitalObject(name="a.pdf"), DigitalObject(name="b.pdf", standing="annex")]
    told = [("a.pdf", outcome) for outcome in main] + [("b.pdf", outcome) for outcome in annex]
    signatures = [{"file": name, "outcome": outcome} for name, outcome in told]
    document = Document(kind="document", files=files, signatures=signatures, standing=declared)
    tell_standing([document], level=None)
    given = declared if standing == "original" else None
    assert document.standing == (given or standing or declared)


def test_what_an_agency_alone_signed_may_be_a_copy() -> None:
    signature = {"file": "a.pdf", "outcome": "valid", "kind": "agency"}
    files = [DigitalObject(name="a.pdf")]
    document = Document(kind="document", files=files, signatures=[signature], standing=None)
    tell_standing([document], level=None)
    assert document.standing is None


def test_a_home_that_switches_the_rule_off_leaves_what_was_declared(tmp_path: Path) -> None:
    own = tmp_path / "rule_sets" / "signature_rules.toml"
    own.parent.mkdir()
    own.write_text('[[rule]]\nkey = "unsigned"\non = false\n', "utf-8")
    document = Document(
        kind="document", files=[DigitalObject(name="a.pdf")], signatures=[], standing="original"
    )
    tell_standing([document], level=None, home=tmp_path)
    assert document.standing == "original"
    row = DeclaredDocument(
        row=2, fields={"standing": "original"}, files=[DeclaredFile(path="a.pdf")]
    )
    declared = DeclaredCaseFile(row=2, documents=[row])
    assert for_reference(declared, {"a.pdf": []}) == {2}
    assert for_reference(declared, {"a.pdf": []}, home=tmp_path) == frozenset()


@pytest.mark.parametrize("exempt", [{"confidenceLevel": "02"}, {"origin": "digitized-by-issuer"}])
def test_what_was_paper_is_exempt(make: Make, exempt: dict[str, str]) -> None:
    files = {"a.pdf": FileFacts(pdf=GOOD)}
    for standing in ("official", "copy", ""):
        assert (
            codes(both_signatures.check, make(exempt | {"standing": standing}, files=files)) == []
        )
    scan = exempt | {"standing": "original"}
    assert codes(both_signatures.check, make(scan, files=files)) == ["scan-not-original"]
    sealed = {"a.pdf": signed(agency())}
    assert codes(both_signatures.check, make(scan, files=sealed)) == []


@pytest.mark.parametrize("named", [{"relation": "annex"}, {"subject": "PHỤ LỤC I. Danh sách"}])
def test_an_annex_in_a_row_of_its_own_needs_the_agency_alone(
    make: Make, named: dict[str, str]
) -> None:
    context = make(named, files={"a.pdf": signed(agency())}, known=OURS)
    assert codes(both_signatures.check, context) == []


def test_a_process_file_is_no_annex(make: Make) -> None:
    files = {"a.pdf": signed(person(), agency()), "phieu.pdf": FileFacts(pdf=GOOD)}
    context = make(files=files, standing={"phieu.pdf": "process"}, known=OURS)
    assert codes(both_signatures.check, context) == []


def test_a_number_that_repeats_is_told_with_both_places(make: Make) -> None:
    context = make({}, {"codeNumber": "012"}, {"organName": "Sở khác"})
    (found,) = repeated.check(context)
    assert (found.code, found.severity) == ("document-repeated", Severity.WARNING)
    assert found.place == "Văn bản, dòng 3, codeNumber"
    assert found.facts["other"] == "Văn bản, dòng 2"


def test_a_file_that_two_documents_name_is_told_with_both_places(make: Make) -> None:
    context = make({}, {"codeNumber": "13"}, {"codeNumber": "14"})
    first, _second, third = context.declared.documents
    file = DeclaredFile(path="tap/chung.pdf")
    first.files.append(file)
    third.files.extend([file, file])
    (found,) = repeated.check(context)
    assert (found.code, found.severity) == ("file-of-two-documents", Severity.WARNING)
    assert found.place == "Văn bản, dòng 4"
    assert found.facts == {"file": "tap/chung.pdf", "other": "Văn bản, dòng 2"}


def test_a_number_and_an_identifier_in_custody_are_told(make: Make) -> None:
    key = number_key(DOCUMENT)
    known = Known(numbers={key: "H40.18.2025.01.TH"}, identifiers={"1": ""})
    told = codes(repeated.check, make({"docId": "1"}, known=known))
    assert told == ["document-held", "identifier-held-elsewhere"]
    known = Known(identifiers={"1": "H40.18.2025.01.TH"})
    (found,) = repeated.check(make({"docId": "1"}, known=known))
    assert (found.code, found.facts["code"]) == ("identifier-held", "H40.18.2025.01.TH")
    assert number_key(DOCUMENT | {"codeNumber": ""}) == ""


def test_each_missing_element_of_form_is_told_unless_the_words_have_it(make: Make) -> None:
    bare = {"codeNumber": "", "signer": "", "receivers": ""}
    assert codes(formalities.check, make(bare)) == ["element-missing"] * 3
    text = PageText("CỘNG HÒA", "Nơi nhận:\n- Như trên")
    context = make(bare, files={"a.pdf": FileFacts(pdf=GOOD, text=text)})
    assert [found.place.rpartition(" ")[2] for found in formalities.check(context)] == [
        "codeNumber",
        "signer",
    ]
    assert codes(formalities.check, make(bare | {"typeName": "30"})) == []


def test_a_mark_in_the_words_of_a_file_is_an_error(make: Make) -> None:
    (found,) = page_words.check(make(files={"a.docx": FileFacts(mark="MẬT")}))
    assert (found.code, found.severity) == ("secrecy-mark-seen", Severity.ERROR)
    assert (found.place, found.facts) == ("a.docx", {"mark": "MẬT"})
    (found,) = page_words.check(make(files={"MẬT báo cáo.jpg": FileFacts()}))
    assert (found.code, found.facts) == ("secrecy-mark-seen", {"mark": "MẬT"})


def test_letters_of_before_unicode_are_told(make: Make) -> None:
    text = PageText("Céng hßa x· héi chñ nghÜa ViÖt Nam §éc lËp Tù do H¹nh phóc")
    files = {"a.pdf": FileFacts(pdf=GOOD, text=text)}
    assert codes(page_words.check, make(files=files)) == ["legacy-text-layer"]


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"subject": "(MẬT) Kế hoạch"}, ["secrecy-mark-seen"]),
        ({"subject": "Kế hoạch bảo vệ bí mật nhà nước"}, []),
        ({"subject": "MẬT KHẨU đăng nhập"}, []),
        ({"urgency": "Tối mật"}, ["secrecy-mark-declared"]),
        ({"urgency": "1"}, []),
        ({"signer": "NguyÔn V¨n ThÞnh"}, ["legacy-text"]),
    ],
)
def test_words_of_fields_are_looked_at(make: Make, fields: dict[str, str], told: list[str]) -> None:
    assert codes(page_words.check, make(fields)) == told


@pytest.mark.parametrize(
    ("identifier", "told"),
    [
        ("000.00.18.H40.2025.12", []),
        ("000.00.18.H40.2024.12", ["identifier-year-differs"]),
        ("000.00.18.H40,2025/04/12,12/QĐ-SCT", []),
        ("000.00.18.H40,2025/04/12,13/QĐ-SCT", ["identifier-number-differs"]),
        ("8c6f0f3e-64b1-4f0e-9c3f-2b8f0e1a7d10", []),
        ("", []),
    ],
)
def test_an_identifier_of_another_document_is_told(
    make: Make, identifier: str, told: list[str]
) -> None:
    assert codes(identifiers.check, make({"docId": identifier})) == told


def test_a_claim_of_pdfa_is_false_or_unproved(make: Make) -> None:
    claims = PdfFacts(PdfCondition.GOOD, pages=1, pdfa="2b")
    files = {
        "a.pdf": FileFacts(pdf=claims, pdfa=PdfaJudgement(("font-not-embedded",))),
        "b.pdf": FileFacts(pdf=claims, pdfa=PdfaJudgement()),
        "c.pdf": FileFacts(pdf=GOOD),
        "d.pdf": FileFacts(pdf=PdfFacts(PdfCondition.DAMAGED, pages=1, pdfa="2u")),
        "e.pdf": FileFacts(pdf=PdfFacts(PdfCondition.ENCRYPTED, pdfa="3b")),
    }
    false, unproved = pdfa.check(make(files=files))
    assert (false.code, false.place) == ("pdfa-claim-false", "a.pdf")
    assert (unproved.code, unproved.facts["claims"]) == ("pdfa-claim-unproved", ["2B", "2U"])


@pytest.mark.parametrize(
    ("written", "code", "true_name"),
    [
        ("Quyết định", "02", ""),
        ("QĐ", "02", ""),
        ("22", "22", ""),
        ("Quyết định phê duyệt dự án", "02", "Quyết định phê duyệt dự án"),
        ("Lệnh điều động", "32", "Lệnh điều động"),
        ("99", "99", ""),
    ],
)
def test_a_type_outside_the_list_is_mapped_and_its_true_name_kept(
    written: str, code: str, true_name: str
) -> None:
    assert as_document_type(written) == (code, true_name)


def test_a_row_keeps_the_true_name_of_its_type() -> None:
    from archive_service import law

    rule = law.find_field("document", "typeName")
    assert rule is not None
    row = DeclaredRow("document", 2)
    row.put(rule, "Lệnh điều động", written="Lệnh điều động")
    assert row.fields == {"typeName": "32", "typeNameOriginal": "Lệnh điều động"}
    assert [finding.code for finding in row.findings] == ["type-mapped"]
