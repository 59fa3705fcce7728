"""Rules of the checks that a home switches on, off, or weighs otherwise."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from archive_service.clock import LOCAL_ZONE
from archive_service.domain.finding import Severity
from archive_service.domain.submission import DeclaredCaseFile, DeclaredDocument, DeclaredFile
from archive_service.formats.pdf import PdfCondition, PdfFacts
from archive_service.law import RuleSetError
from archive_service.settings import load_settings
from archive_service.signing.port import SignerKind
from archive_service.signing.report import Outcome, SignatureReport
from ingest.answers import is_same_day_asked, refusing_codes
from ingest.checks import both_signatures, formalities
from ingest.checks.port import CheckContext, ReceivedFile, Register
from ingest.checks.rules import rules
from ingest.examine import FileFacts

ISSUED = "2025-04-12"
SAME_DAY = '[[rule]]\nkey = "same-day"\non = true\nseverity = "error"\n'


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "rule_sets").mkdir()
    return tmp_path


def sealed(home: Path | None, *at: dt.datetime, folder: Path) -> CheckContext:
    """A document of the day ``ISSUED`` that a person and then the agency signed at these times."""
    person, agency = (
        SignatureReport(kind.value, "An", "Sở", kind=kind, signed_at=moment, outcome=Outcome.VALID)
        for kind, moment in zip((SignerKind.PERSON, SignerKind.AGENCY), at, strict=True)
    )
    facts = FileFacts(pdf=PdfFacts(PdfCondition.GOOD, pages=1), signatures=(person, agency))
    fields = {"typeName": "02", "issuedDate": ISSUED, "subject": "Phê duyệt"}
    row = DeclaredDocument(row=2, fields=fields, files=[DeclaredFile(path="a.pdf")])
    return CheckContext(
        DeclaredCaseFile(row=2, fields={}, documents=[row]),
        {"a.pdf": ReceivedFile("a.pdf", "a" * 64, 10, facts)},
        Register({}, None, False, None, {}),
        load_settings(folder).limits,
        home=home,
    )


def moment(day: int, hour: int = 9) -> dt.datetime:
    return dt.datetime(2025, 4, day, hour, tzinfo=LOCAL_ZONE)


def test_the_day_of_the_agencys_signature_is_asked_for_where_a_home_switches_it_on(
    home: Path, tmp_path: Path
) -> None:
    other = sealed(home, moment(12), moment(13), folder=tmp_path)
    assert list(both_signatures.check(other)) == [], "off unless it is switched on"
    (home / "rule_sets" / "signature_rules.toml").write_text(SAME_DAY)
    (found,) = both_signatures.check(other)
    assert (found.code, found.severity) == ("signed-on-another-day", Severity.ERROR)
    assert (found.place, found.facts["signed_on"], found.facts["issued_on"]) == (
        "Văn bản, dòng 2, issuedDate",
        "2025-04-13",
        ISSUED,
    )
    assert list(both_signatures.check(replace(other, home=None))) == [], "in that home alone"


def test_the_same_day_is_that_of_the_country_and_the_person_may_have_signed_before(
    home: Path, tmp_path: Path
) -> None:
    (home / "rule_sets" / "signature_rules.toml").write_text(SAME_DAY)
    early = moment(12, 0).astimezone(dt.UTC)  # still the 11th in Greenwich
    assert list(both_signatures.check(sealed(home, moment(10), early, folder=tmp_path))) == []


def test_a_home_says_what_is_returned_without_a_person_and_by_which_channel(home: Path) -> None:
    assert "signature-invalid" in refusing_codes("rest", home=home)
    (home / "rule_sets" / "answers.toml").write_text(
        '[[rule]]\nkey = "signature-invalid"\non = false\n'
        '[[rule]]\nkey = "signature-broken"\nchannels = ["web", "zip"]\n'
        '[[rule]]\nkey = "same-working-day"\non = false\n'
    )
    assert "signature-invalid" not in refusing_codes("rest", home=home)
    assert "signature-broken" not in refusing_codes("rest", home=home)
    assert list(refusing_codes("web", home=home)) == ["signature-broken"]
    assert not is_same_day_asked(home)
    assert "signature-broken" in refusing_codes("rest"), "in that home alone"
    assert is_same_day_asked(None)


@pytest.mark.parametrize("named", ['["thư"]', '"web"', "[1]"])
def test_a_channel_that_there_is_not_is_refused(home: Path, named: str) -> None:
    text = f'[[rule]]\nkey = "signature-broken"\nchannels = {named}\n'
    (home / "rule_sets" / "answers.toml").write_text(text)
    with pytest.raises(RuleSetError):
        refusing_codes("web", home=home)


def test_an_element_of_form_is_weighed_and_switched_off(home: Path, tmp_path: Path) -> None:
    context = sealed(home, moment(12), moment(12), folder=tmp_path)
    assert {one.severity for one in formalities.check(context)} == {Severity.INFO}
    switched = '[[rule]]\nfield = "signer"\nseverity = "warning"\n'
    switched += '[[rule]]\nfield = "receivers"\non = false\n'
    (home / "rule_sets" / "formalities.toml").write_text(switched)
    told = {one.place.rpartition(" ")[2]: one.severity for one in formalities.check(context)}
    assert told["signer"] is Severity.WARNING
    assert told["codeNumber"] is Severity.INFO
    assert "receivers" not in told


@pytest.mark.parametrize(
    "text",
    [
        "[[rule]\n",
        '[[rule]]\nkey = "no-such-rule"\non = true\n',
        '[[rule]]\nkey = "same-day"\nseverity = "fatal"\n',
    ],
)
def test_a_file_that_cannot_be_read_switches_nothing_in_silence(home: Path, text: str) -> None:
    (home / "rule_sets" / "signature_rules.toml").write_text(text)
    with pytest.raises(RuleSetError) as refused:
        rules("signature_rules", home=home)
    assert refused.value.facts["file"] == "signature_rules.toml"
