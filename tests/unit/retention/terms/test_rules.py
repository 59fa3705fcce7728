"""Schedules load only with citations, and the right rule is chosen among plan, code and term."""

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_service.law import RuleSetError, UnknownCodeError
from retention.terms.rules import (
    Declared,
    MalformedTermError,
    PlanEntry,
    RetentionRule,
    TermMissingError,
    UnknownRetentionRuleError,
    choose_rule,
    load_schedules,
    longest,
    parse_term,
    raised,
    schedules,
)

TODAY = dt.date(2026, 11, 20)
HEAD = """
[rule_set]
code = "{code}"
title = "Thử"
instrument = "TT 10/2022/TT-BNV"
article = "Phụ lục I"
valid_from = {valid_from}
"""
ROW = '[[rule]]\ncode = "A.1"\ntitle = "Thử"\narticle = "mục 1"\n'


def write(folder: Path, rows: str, *, code: str = "a", valid_from: str = "2023-01-01") -> None:
    head = HEAD.format(code=code, valid_from=valid_from)
    (folder / f"{code}.toml").write_text(head + rows, encoding="utf-8")


def test_every_rule_that_ships_is_cited_and_none_is_of_a_repealed_circular() -> None:
    rules = schedules().in_force(TODAY)
    assert len(rules) > 20
    for rule in rules:
        assert rule.citation
        assert rule.certainty
        assert "TT 09/2011" not in rule.citation


def test_a_rule_without_a_citation_stops_the_load(tmp_path: Path) -> None:
    write(tmp_path, ROW + 'years = 5\n[[rule]]\ncode = "A.2"\ntitle = "B"\nyears = 5\n')
    with pytest.raises(RuleSetError, match=r"a\.toml.*row=2.*article"):
        load_schedules(tmp_path)


@pytest.mark.parametrize(
    "term", ["", "years = 0", "years = -5", "years = 201", "years = true", 'years = "5"',
             "permanent = false", "years = 5\npermanent = true"]
)  # fmt: skip
def test_a_rule_that_says_no_single_term_stops_the_load(tmp_path: Path, term: str) -> None:
    write(tmp_path, ROW + term)
    with pytest.raises(RuleSetError, match="row=1"):
        load_schedules(tmp_path)


def test_a_code_that_two_schedules_in_force_share_stops_the_load(tmp_path: Path) -> None:
    write(tmp_path, ROW + "years = 5")
    write(tmp_path, ROW + "years = 10", code="b")
    with pytest.raises(RuleSetError, match=r"A\.1 stands twice"):
        load_schedules(tmp_path)


def test_a_rule_holds_within_its_period_only(tmp_path: Path) -> None:
    write(tmp_path, ROW + "years = 5", valid_from="2020-01-01\nvalid_to = 2022-12-31")
    write(tmp_path, ROW + "years = 10", code="b", valid_from="2023-01-01")
    known = load_schedules(tmp_path)
    assert known.find("A.1", dt.date(2019, 12, 31)) is None
    assert known.get("A.1", dt.date(2022, 12, 31)).years == 5
    assert known.get("A.1", TODAY).years == 10


def entry(years: int | None, *, permanent: bool = False, code: str | None = None) -> PlanEntry:
    return PlanEntry(2025, "01.TH", years, permanent, code)


def test_the_rule_of_the_file_plan_comes_first() -> None:
    declared = Declared("06", rule_code="TT10.2.01")
    rule = choose_rule(entry(70, code="TT10.3.03"), declared, on=TODAY)
    assert (rule.code, rule.years, rule.basis) == ("TT10.3.03", 20, "schedule")
    rule = choose_rule(entry(70), declared, on=TODAY)
    assert (rule.code, rule.years, rule.basis) == ("2025.01.TH", 70, "file-plan")
    assert choose_rule(entry(None, permanent=True), declared, on=TODAY).permanent


def test_then_comes_the_rule_that_was_named() -> None:
    for silent in (None, entry(None)):
        rule = choose_rule(silent, Declared("06", rule_code=" TT10.2.01 "), on=TODAY)
        assert (rule.code, rule.years, rule.basis) == ("TT10.2.01", 5, "schedule")


@pytest.mark.parametrize(
    ("maintenance", "term", "years"),
    [
        *[("01", None, None), ("02", None, 70), ("05", 15, 20), ("06", None, 10), ("07", 15, 15)],
        *[("06", 70, 70), ("01", 10, None), ("02", 10, 70)],  # neither shortens the other
    ],
)
def test_last_comes_the_declared_term_and_is_marked_so(
    maintenance: str, term: int | None, years: int | None
) -> None:
    rule = choose_rule(None, Declared(maintenance, term), on=TODAY)
    assert (rule.code, rule.years, rule.basis) == ("declared", years, "declared")


@pytest.mark.parametrize("declared", [Declared(), Declared("07"), Declared("07", 0)])
def test_a_case_file_of_which_nobody_says_how_long_is_refused(declared: Declared) -> None:
    with pytest.raises(TermMissingError):
        choose_rule(None, declared, on=TODAY)


def test_a_period_outside_the_list_is_refused() -> None:
    with pytest.raises(UnknownCodeError):
        choose_rule(None, Declared("99"), on=TODAY)


def test_a_rule_that_no_schedule_has_is_refused() -> None:
    with pytest.raises(UnknownRetentionRuleError):
        choose_rule(None, Declared("05", rule_code="TT09.1.01"), on=TODAY)


@pytest.mark.parametrize(
    ("text", "years"),
    [("20 năm", 20), ("05 NĂM", 5), ("15", 15), ("Vĩnh viễn", None), ("vinh  vien", None)],
)
def test_a_term_is_read_as_it_is_written(text: str, years: int | None) -> None:
    assert parse_term(text) == years


@pytest.mark.parametrize("text", ["", "0 năm", "lâu dài", "20 tháng", "-5", "1000 năm"])
def test_what_is_no_term_is_refused(text: str) -> None:
    with pytest.raises(MalformedTermError):
        parse_term(text)


def test_a_document_raises_the_term_and_not_the_rule() -> None:
    of_plan = choose_rule(entry(10), Declared(), on=TODAY)
    longer = raised(raised(of_plan, [5, 20]), [30])
    assert (longer.years, longer.raised_from, longer.basis) == (30, 10, "file-plan")
    assert RetentionRule.from_document(longer.as_document()) == longer
    assert raised(longer, [None]).permanent
    assert raised(of_plan, [10, 5]) == of_plan
    assert "raised_from" not in of_plan.as_document()


@given(st.lists(st.none() | st.integers(1, 200), min_size=1))
def test_the_longest_term_is_no_shorter_than_any(terms: list[int | None]) -> None:
    found = longest(terms)
    assert found in terms
    assert found is None or all(years is not None and years <= found for years in terms)


def test_a_rule_is_read_back_as_it_was_kept() -> None:
    rule = schedules().get("TT10.2.01", TODAY)
    assert RetentionRule.from_document(rule.as_document()) == rule
