"""Rules of the checks that a home switches on, off, or weighs otherwise."""

import datetime as dt
from dataclasses import replace
from pathlib import Path

import pytest

from archive_service.clock import LOCAL_ZONE
from archive_service.domain.intake.finding import Severity
from archive_service.domain.intake.submission import (
    DeclaredCaseFile,
    DeclaredDocument,
    DeclaredFile,
)
from archive_service.formats.pdf.facts import PdfCondition, PdfFacts
from archive_service.home_rules import HomeRulesError
from archive_service.settings import load_settings
from archive_service.signing.pdf.report import Outcome, SignatureReport
from archive_service.signing.port import SignerKind
from ingest.answers.rules import is_same_day_asked, refusing_codes
from ingest.checks.each import both_signatures, formalities
from ingest.checks.examine import FileFacts
from ingest.checks.home_rules import require_home_rules
from ingest.checks.port import CheckContext, ReceivedFile
from ingest.checks.rules import rules
from ingest.register.register import Register

ISSUED = "2025-04-12"
SET = """[rule_set]
code = "own"
title = "Own"
instrument = "Own rules"
article = "1"
valid_from = 2025-01-01
certainty = "known"

"""
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
    with pytest.raises(HomeRulesError):
        refusing_codes("web", home=home)


def test_an_element_of_form_is_weighed_and_switched_off(home: Path, tmp_path: Path) -> None:
    context = sealed(home, moment(12), moment(12), folder=tmp_path)
    assert {finding.severity for finding in formalities.check(context)} == {Severity.INFO}
    switched = '[[rule]]\nfield = "signer"\nseverity = "warning"\n'
    switched += '[[rule]]\nfield = "receivers"\non = false\n'
    (home / "rule_sets" / "formalities.toml").write_text(switched)
    told = {
        finding.place.rpartition(" ")[2]: finding.severity for finding in formalities.check(context)
    }
    assert told["signer"] is Severity.WARNING
    assert told["codeNumber"] is Severity.INFO
    assert "receivers" not in told


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("\n[[rule]\n", 2),
        ('[[rule]]\nkey = "no-such-rule"\non = true\n', 2),
        (f'{SAME_DAY}[[rule]]\nkey = "unsigned"\n\nseverity = "fatal"\n', 8),
        ('[[rule]]\nkey = "same-day"\non = "no"\n', 3),
        ('[[rule]]\nkey = "same-day"\nseverty = "error"\n', 3),
        ('[[rules]]\nkey = "same-day"\n', None),
        ('rule = [{key = "same-day", on = 1}]\n', None),
    ],
)
def test_a_file_that_cannot_be_read_switches_nothing_in_silence(
    home: Path, text: str, line: int | None
) -> None:
    (home / "rule_sets" / "signature_rules.toml").write_text(text)
    with pytest.raises(HomeRulesError) as refused:
        rules("signature_rules", home=home)
    facts = refused.value.facts
    name = "signature_rules.toml"
    assert (facts["file"], facts["line"]) == (name, line)
    assert facts["place"] == f"rule_sets/{name}" + (f":{line}" if line else "")


def test_a_set_of_completeness_is_named_with_its_line(home: Path) -> None:
    require_home_rules(home)
    folder = home / "rule_sets" / "completeness"
    folder.mkdir()
    for text, line in ((f"{SET}[[rule]]\ncode = 1\n", 9), ("[rule_set\n", 1)):
        (folder / "own.toml").write_text(text)
        with pytest.raises(HomeRulesError) as refused:
            require_home_rules(home)
        assert refused.value.facts["place"] == f"rule_sets/completeness/own.toml:{line}"
