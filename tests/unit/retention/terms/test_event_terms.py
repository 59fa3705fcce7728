"""Terms that count from an event: they wait for it, and end by the later of what they count."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.terms.dates import retention_ends_on, term_days
from retention.terms.explain import RetentionFacts, explain
from retention.terms.rules import EVENTS, RetentionRule, raised

DAYS = st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31))
YEARS = st.integers(0, 70)
JOB = dt.date(2012, 6, 30)


def rule(years: int = 5, event: str = "contract-ends") -> RetentionRule:
    return RetentionRule("H.1", "Hợp đồng", years, "TT 1, mục 1", event=event)


def test_it_waits_for_its_event_and_is_neither_permanent_nor_due() -> None:
    assert term_days(rule(), JOB) == (None, None)
    assert not rule().permanent


def test_five_years_after_the_contract_ended_in_2020_end_with_2025() -> None:
    days = term_days(rule(), JOB, dt.date(2020, 3, 1))
    assert days == (dt.date(2021, 1, 1), dt.date(2025, 12, 31))


def test_until_the_document_expires_is_until_the_end_of_that_year() -> None:
    until = rule(0, "document-expires")
    assert retention_ends_on(until, JOB, dt.date(2020, 3, 1)) == dt.date(2020, 12, 31)


@given(DAYS, DAYS, YEARS, st.lists(st.integers(1, 70), max_size=3))
def test_it_never_ends_before_what_the_job_or_a_document_asks_for(
    ended_on: dt.date, happened_on: dt.date, years: int, documents: list[int]
) -> None:
    whole = raised(rule(years), list(documents))
    ends_on = retention_ends_on(whole, ended_on, happened_on)
    assert ends_on is not None
    asked = [ended_on.year + years, happened_on.year + years]
    assert ends_on.year == max([*asked, *(ended_on.year + document for document in documents)])
    assert retention_ends_on(whole, ended_on) is None


def test_a_permanent_document_makes_it_permanent_and_an_event_moves_nothing() -> None:
    whole = raised(rule(), [20, None])
    assert whole.permanent
    assert term_days(whole, JOB, dt.date(2020, 1, 1))[1] is None
    assert whole.raised_from == 5


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("years", [0, 10])
@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize("happened_on", [None, dt.date(2010, 1, 1), dt.date(2020, 5, 4)])
def test_each_step_has_words_and_a_citation(
    event: str, years: int, lang: str, happened_on: dt.date | None
) -> None:
    whole = raised(rule(years, event), [15])
    facts = RetentionFacts(whole, "2012", dt.date(2026, 1, 1), happened_on=happened_on)
    for step in explain(facts, lang):
        assert step.citation
        assert "{" not in step.text
        assert "retention." not in step.text


def test_the_reckoning_names_the_year_that_counts() -> None:
    def text(least: int | None) -> str:
        whole = raised(rule(), [] if least is None else [least])
        facts = RetentionFacts(whole, "2012", JOB, happened_on=dt.date(2020, 5, 4), basis="TL 3")
        return "\n".join(f"{step.text} {step.citation}" for step in explain(facts))

    assert "2020 + 5 = 2025" in text(None)
    assert "hợp đồng chấm dứt, ngày 04/05/2020. TL 3" in text(None)
    assert "2012 + 20 = 2032" in text(20)


def test_a_rule_that_is_kept_with_a_case_file_comes_back_as_it_was() -> None:
    whole = raised(rule(), [15])
    assert RetentionRule.from_document(whole.as_document()) == whole
    plain = RetentionRule("x", "y", 5, "z")
    assert "event" not in plain.as_document()
