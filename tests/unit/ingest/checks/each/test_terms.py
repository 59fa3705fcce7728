"""Terms of case files against those of plan, rule and documents."""

from dataclasses import replace
from pathlib import Path

import pytest

from archive_service.domain.intake.finding import Severity
from ingest.checks.each import terms
from ingest.register.known_documents import Known, PlannedEntry
from retention.terms.rules import RetentionRule
from tests.unit.ingest.checks.each.document_checks import Make, codes, maker


@pytest.fixture
def make(tmp_path: Path) -> Make:
    return maker(tmp_path)


@pytest.mark.parametrize(
    ("declared", "planned", "told"),
    [
        ({"maintenance": "05"}, PlannedEntry("20 năm", 20, False), []),
        ({"maintenance": "06"}, PlannedEntry("20 năm", 20, False), ["term-below-plan"]),
        (
            {"maintenance": "07", "term": "5"},
            PlannedEntry("10 năm", 10, False),
            ["term-below-plan"],
        ),
        ({"maintenance": "02"}, PlannedEntry("Vĩnh viễn", None, True), ["term-below-plan"]),
        ({"maintenance": "01"}, PlannedEntry("Vĩnh viễn", None, True), []),
        ({"maintenance": "06"}, PlannedEntry("theo quy định", None, False), []),
        ({}, PlannedEntry("20 năm", 20, False), []),
    ],
)
def test_a_term_below_the_plan_is_told(
    make: Make, declared: dict[str, str], planned: PlannedEntry, told: list[str]
) -> None:
    assert codes(terms.check, make(case=declared, known=Known(planned=planned))) == told


@pytest.mark.parametrize(
    ("declared", "contradict"),
    [
        ({"maintenance": "02", "term": "10"}, True),
        ({"maintenance": "06", "term": "70"}, True),
        ({"maintenance": "01", "term": "99"}, True),
        ({"maintenance": "02", "term": "70"}, False),
        ({"maintenance": "07", "term": "70"}, False),
        ({"maintenance": "02", "term": ""}, False),
        ({"maintenance": "02", "term": "mười"}, False),  # its form is another check's
        ({"term": "10"}, False),
    ],
)
def test_a_code_and_a_term_that_contradict_each_other_are_an_error(
    make: Make, declared: dict[str, str], *, contradict: bool
) -> None:
    found = list(terms.check(make(case=declared)))
    assert [finding.code for finding in found] == ["term-contradictory"] * contradict
    for finding in found:
        assert finding.severity is Severity.ERROR
        assert finding.facts["term"] == declared["term"]
        assert finding.facts["declared"]


YEARS_20, FOREVER = RetentionRule("R20", "", 20, "TT, mục 3"), RetentionRule("RV", "", None, "TT")


@pytest.mark.parametrize(
    ("declared", "planned", "told"),
    [
        ({"maintenance": "05", "ruleCode": "R20"}, None, []),
        ({"maintenance": "06", "ruleCode": "R20"}, None, ["term-below-rule"]),
        ({"maintenance": "02", "ruleCode": "RV"}, None, ["term-below-rule"]),
        ({"maintenance": "06", "ruleCode": "R99"}, None, ["rule-unknown"]),
        ({"ruleCode": "R99"}, None, ["rule-unknown"]),
        (
            {"maintenance": "06"},
            PlannedEntry("", None, False, rule_code="R20"),
            ["term-below-rule"],
        ),
        (
            {"maintenance": "06"},
            PlannedEntry("", None, False, rule_code="R99"),
            ["rule-of-plan-unknown"],
        ),
        (
            {"maintenance": "06", "ruleCode": "R20"},
            PlannedEntry("", None, False, rule_code="R20"),
            ["term-below-rule"],
        ),
        (
            {"maintenance": "06", "ruleCode": "RV"},
            PlannedEntry("20 năm", 20, False),
            ["term-below-rule", "term-below-plan"],
        ),
    ],
)
def test_a_term_below_the_rule_that_is_named_and_a_rule_of_no_schedule_are_told(
    make: Make, declared: dict[str, str], planned: PlannedEntry | None, told: list[str]
) -> None:
    known = Known(planned=planned, rules={"R20": YEARS_20, "RV": FOREVER})
    context = make(case=declared, known=known)
    assert codes(terms.check, context) == told
    for found in terms.check(context):
        unknown = found.code.endswith("unknown")
        assert found.severity is (Severity.ERROR if unknown else Severity.WARNING)
        assert found.place.endswith("ruleCode" if unknown else "maintenance")
        if found.code == "term-below-rule":
            assert str(found.facts["source"]).startswith("TT")


def test_documents_are_held_against_the_term_that_counts_in_the_end(make: Make) -> None:
    known = Known(rules={"R20": YEARS_20})
    case = {"maintenance": "05", "ruleCode": "R20"}
    assert codes(terms.check, make({"maintenance": "05"}, case=case, known=known)) == []
    longer = make({"maintenance": "03"}, case=case, known=known)
    assert codes(terms.check, longer) == ["term-below-document"]


@pytest.mark.parametrize(
    ("declared", "told"),
    [
        ({"maintenance": "01"}, []),
        ({"maintenance": "02"}, ["term-not-permanent"]),
        ({"maintenance": "07", "term": "5"}, ["term-not-permanent"]),
        ({}, ["term-not-permanent"]),
    ],
)
def test_what_is_meant_for_a_historical_archive_is_permanent(
    make: Make, declared: dict[str, str], told: list[str]
) -> None:
    assert codes(terms.check, replace(make(case=declared), historical=True)) == told
    assert codes(terms.check, make(case=declared)) == []
    for finding in terms.check(replace(make(case=declared), historical=True)):
        assert finding.severity is Severity.WARNING
        assert "TT 05/2025/TT-BNV" in str(finding.facts["source"])


def test_a_term_below_that_of_a_document_is_told(make: Make) -> None:
    context = make({"maintenance": "04"}, case={"maintenance": "06"})
    assert codes(terms.check, context) == ["term-below-document"]
