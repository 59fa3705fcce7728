"""The explanation leads from the end of the job to the last day, every step cited."""

import datetime as dt
from dataclasses import replace
from typing import Any

import pytest

from retention.terms.explain import RetentionFacts, explain
from retention.terms.longer_documents import Forcing
from retention.terms.rules import Declared, PlanEntry, RetentionRule, choose_rule, raised, schedules

TODAY = dt.date(2026, 11, 20)
LIST = "TT 05/2025/TT-BNV, Phụ lục I"


def facts(rule: RetentionRule, *, end_date: str = "2012-12-28", **more: Any) -> RetentionFacts:
    return RetentionFacts(rule, end_date, TODAY, **more)


def told(of: RetentionFacts, lang: str = "vi") -> str:
    return "\n".join(step.text for step in explain(of, lang))


def test_a_rule_of_a_schedule_is_explained_with_its_citation() -> None:
    of = facts(schedules().get("TT10.3.03", TODAY))
    assert "28/12/2012" in told(of)
    assert "2012 + 20 = 2032" in told(of)
    assert "31/12/2032" in told(of)
    assert "chưa hết" in told(of)
    citations = [step.citation for step in explain(of)]
    assert any(citation.startswith("TT 10/2022/TT-BNV, Phụ lục I") for citation in citations)
    assert "Luật 33/2024/QH15, Điều 15 khoản 3" in citations


@pytest.mark.parametrize("lang", ["vi", "en"])
@pytest.mark.parametrize(
    "rule",
    [
        schedules().get("TT10.2.01", TODAY),
        choose_rule(PlanEntry(2011, "01.TH", 20, permanent=False), Declared(), on=TODAY),
        choose_rule(None, Declared("01"), on=TODAY),
        choose_rule(None, Declared("07", 15), on=TODAY),
    ],
)
def test_every_step_has_words_and_a_citation(rule: RetentionRule, lang: str) -> None:
    longer = raised(rule, [None])
    for step in explain(facts(longer, holds=["Thanh tra số 5"]), lang):
        assert step.citation
        assert not step.text.startswith("retention.")
        assert "{" not in step.text


def test_a_term_that_a_document_raised_says_what_the_plan_said_and_why_it_is_longer() -> None:
    of_plan = choose_rule(PlanEntry(2025, "02.TH", 10, permanent=False), Declared(), on=TODAY)
    text = told(facts(raised(of_plan, [20])))
    assert "mục 2025.02.TH, ghi thời hạn: 10 năm" in text
    assert "10 năm được nâng thành 20 năm" in text


def test_the_documents_that_ask_for_a_longer_term_are_named_the_first_of_many() -> None:
    of_plan = choose_rule(PlanEntry(2025, "02.TH", 10, permanent=False), Declared(), on=TODAY)
    documents = [
        Forcing(
            at, "" if at == 2 else str(at), "" if at == 2 else "QĐ", f"Tên {at}", "05", 20, LIST
        )
        for at in range(1, 6)
    ]
    steps = explain(replace(facts(raised(of_plan, [20])), forced_by=documents))
    named = [step for step in steps if step.citation == LIST]
    assert [step.text for step in named] == [
        "Tài liệu 1, số 1/QĐ, “Tên 1”, có thời hạn 20 năm (mã 05 khai cho tài liệu này).",
        "Tài liệu 2, “Tên 2”, có thời hạn 20 năm (mã 05 khai cho tài liệu này).",
        "Tài liệu 3, số 3/QĐ, “Tên 3”, có thời hạn 20 năm (mã 05 khai cho tài liệu này).",
    ]
    assert any(step.text == "Còn 2 tài liệu khác cũng có thời hạn đó." for step in steps)


def test_a_term_that_is_over_says_who_decides() -> None:
    of = facts(choose_rule(None, Declared("06"), on=TODAY))
    assert "31/12/2022" in told(of)
    assert "thủ trưởng cơ quan quyết định" in told(of)


def test_a_declared_term_is_marked_as_declared() -> None:
    assert "khai thời hạn: 20 năm" in told(facts(choose_rule(None, Declared("05"), on=TODAY)))


def test_permanent_has_no_last_day() -> None:
    text = told(facts(choose_rule(None, Declared("01"), on=TODAY)))
    assert "vĩnh viễn" in text
    assert "31/12" not in text


def test_a_hold_is_told_with_its_reason() -> None:
    of = facts(choose_rule(None, Declared("06"), on=TODAY), holds=["Thanh tra số 5", "Tòa án"])
    assert "Thanh tra số 5" in told(of)
    assert "Tòa án" in told(of)


def test_an_end_date_is_told_as_exactly_as_it_was_given() -> None:
    rule = choose_rule(None, Declared("06"), on=TODAY)
    assert "kết thúc: 2011 (" in told(facts(rule, end_date="2011"))
    assert "kết thúc: 06/2011 (" in told(facts(rule, end_date="2011-06"))
