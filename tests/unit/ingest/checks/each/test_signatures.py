"""What is told of signatures, and of what changed since they were made."""

from dataclasses import replace
from pathlib import Path

import pytest

from archive_service import messages
from archive_service.domain.intake.finding import Severity
from archive_service.signing.pdf.later.change import Change, ChangeKind
from archive_service.signing.pdf.report import Outcome, SignatureReport, as_row
from ingest.acceptance.acts import wants_reason
from ingest.checks.each import signatures
from ingest.checks.examine import FileFacts
from tests.unit.ingest.checks.each.document_checks import maker

SAID = {
    Outcome.VALID: "signature-valid",
    Outcome.VALID_UNCHECKED: "signature-valid-unchecked",
    Outcome.EXPIRED_SINCE: "signature-expired-since",
    Outcome.REVOKED_AFTER: "signature-revoked-after",
    Outcome.REVOKED_AFTER_DOUBTFUL: "signature-revoked-after-doubtful",
    Outcome.EXPIRED_AT_SIGNING: "signature-expired-at-signing",
    Outcome.REVOKED_BEFORE: "signature-revoked-before",
    Outcome.ROOT_OUT_OF_PERIOD: "signature-root-out-of-period",
    Outcome.CHAIN_UNKNOWN: "signature-untrusted",
    Outcome.UNTRUSTED: "signature-untrusted",
    Outcome.WEAK: "signature-weak",
    Outcome.PARTIAL: "signature-partial",
    Outcome.ALTERED_LATER: "signature-altered-later",
    Outcome.BROKEN: "signature-broken",
    Outcome.INVALID: "signature-invalid",
    Outcome.FORM_CHANGED_LATER: "signature-form-changed-later",
    Outcome.UNREADABLE: "signature-unjudged",
    Outcome.UNJUDGED: "signature-unjudged",
}


@pytest.mark.parametrize("outcome", Outcome)
def test_each_verdict_on_a_signature_is_told(tmp_path: Path, outcome: Outcome) -> None:
    report = SignatureReport("a", outcome=outcome, timestamped=True)
    facts = FileFacts(signatures=(report,))
    (found,) = signatures.check(maker(tmp_path)(files={"a.pdf": facts}))
    assert found.code == SAID[outcome]
    assert messages.has(f"findings.{found.code}.message")
    good = outcome in (Outcome.VALID, Outcome.EXPIRED_SINCE, Outcome.REVOKED_AFTER)
    assert found.severity is (Severity.INFO if good else Severity.WARNING)


def test_a_signature_that_names_nobody_leaves_no_hole_in_the_sentence(tmp_path: Path) -> None:
    """As of a PDF with a password."""
    report = SignatureReport("", outcome=Outcome.UNREADABLE, errors=("pdf-unreadable",))
    files = {"a.pdf": FileFacts(signatures=(report,))}
    (found,) = signatures.check(maker(tmp_path)(files=files))
    said = messages.finding(found.code, facts=found.facts).message
    assert "của người ký chưa rõ: " in said


def test_what_a_signature_leaves_open_in_the_head_of_a_letter_is_told(tmp_path: Path) -> None:
    report = SignatureReport("a", signer="An", outcome=Outcome.VALID, timestamped=True)
    report = replace(report, open_heads=("Subject", "From"), mails=("a@x",), sender="b@x")
    files = {"a.eml": FileFacts(signatures=(report,))}
    _, heads, sender = signatures.check(maker(tmp_path)(files=files))
    assert (heads.code, heads.severity) == ("signature-without-heads", Severity.INFO)
    assert (sender.code, sender.severity) == ("signature-of-another-sender", Severity.WARNING)
    words = signatures.standing_words(as_row(report), "vi")
    assert "(tiêu đề, người gửi)" in words[1]
    assert "địa chỉ thư điện tử a@x, nhưng đầu thư ghi người gửi là b@x" in words[2]


def test_what_changed_after_signing_is_told_in_words_and_decided_with_a_reason(
    tmp_path: Path,
) -> None:
    filled = Change(ChangeKind.FIELD_VALUE, "SoTien", "1000", "9000000")
    covered = Change(ChangeKind.COVERED, "2", "ConDau")
    outcome = Outcome.FORM_CHANGED_LATER
    report = SignatureReport("a", outcome=outcome, timestamped=True, changes=(filled, covered))
    files = {"a.pdf": FileFacts(signatures=(report,))}
    first, second = signatures.check(maker(tmp_path)(files=files))
    assert "trường “SoTien”: “1000” thành “9000000”" in first.facts["changes"]
    assert (second.code, second.severity) == ("signature-covers-text", Severity.WARNING)
    assert "trang 2" in second.facts["changes"]
    assert wants_reason([first.code])
    assert wants_reason([second.code])
    assert not wants_reason(["signature-valid"])


@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        (Change(ChangeKind.CROSSED, "2", "ConDau"), "signature-printed-over", "“ConDau”"),
        (Change(ChangeKind.METADATA, "part"), "signature-followed-by-more", "(part)"),
        (Change(ChangeKind.STRAY_BYTES, "11"), "signature-followed-by-more", "11 byte"),
    ],
)
def test_what_changes_no_verdict_is_told_for_information(
    tmp_path: Path, change: Change, code: str, words: str
) -> None:
    report = SignatureReport("a", outcome=Outcome.VALID, timestamped=True, changes=(change,))
    files = {"a.pdf": FileFacts(signatures=(report,))}
    first, second = signatures.check(maker(tmp_path)(files=files))
    assert first.code == "signature-valid"
    assert (second.code, second.severity) == (code, Severity.INFO)
    assert words in messages.finding(second.code, facts=second.facts).message
    assert not wants_reason([second.code])


@pytest.mark.parametrize("error", ["form-changed-later", "altered-later", "changes-uncompared"])
def test_an_unknown_signer_and_what_came_later_are_both_told(tmp_path: Path, error: str) -> None:
    report = SignatureReport("a", outcome=Outcome.UNTRUSTED, errors=("untrusted", error))
    files = {"a.pdf": FileFacts(signatures=(report,))}
    first, second = signatures.check(maker(tmp_path)(files=files))
    assert first.code == "signature-untrusted"
    assert (
        second.code
        == {
            "form-changed-later": "signature-form-changed-later",
            "altered-later": "signature-altered-later",
            "changes-uncompared": "signature-unjudged",
        }[error]
    )
    assert second.severity is Severity.WARNING
    assert wants_reason([second.code]) is (error != "changes-uncompared")


def test_each_kind_of_change_has_words() -> None:
    for lang in ("vi", "en"):
        assert {str(kind) for kind in ChangeKind} <= messages.labels(
            "signature-change", lang
        ).keys()
