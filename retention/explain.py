"""Why a case file is kept until a day, step by step, in words an officer understands."""

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from archive_service import messages
from retention.dates import is_due, job_ended_on, retention_ends_on
from retention.rules import RetentionRule, law_citation


@dataclass(frozen=True, slots=True)
class RetentionFacts:
    """What the explanation is about.

    ``end_date`` is ISO as stored, perhaps a year alone; ``holds`` are the reasons of holds.
    """

    rule: RetentionRule
    end_date: str
    on: dt.date
    holds: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the reckoning and what it rests on."""

    text: str
    citation: str


def explain(facts: RetentionFacts, lang: str = "vi") -> list[Step]:
    """From the end of the job to the last day, each step with its citation.

    Raises:
        MalformedEndDateError: ``end_date`` is no date.
    """
    return list(_steps(facts, lang))


def _steps(facts: RetentionFacts, lang: str) -> Iterator[Step]:
    rule = facts.rule
    ended_on = job_ended_on(facts.end_date)
    ends_on = retention_ends_on(rule, ended_on)

    def step(name: str, citation: str, **given: object) -> Step:
        return Step(messages.text(f"retention.{name}", lang, **given), citation)

    term = _term(rule.years, lang)
    own = term if rule.raised_from is None else _term(rule.raised_from, lang)
    yield step("ended", law_citation("end-date"), on=_as_written(facts.end_date, ended_on))
    yield step(f"rule-{rule.basis}", rule.citation, code=rule.code, title=rule.title, term=own)
    if rule.raised_from is not None:
        yield step("longest", law_citation("longest"), own=own, term=term)
    if ends_on is None:
        yield step("permanent", law_citation("transfer"))
    else:
        years = {"year": ended_on.year, "years": rule.years, "last": ends_on.year}
        yield step("counted", law_citation("counting"), **years)
        yield step("last-day", law_citation("counting"), on=ends_on)
        if is_due(ends_on, facts.on):
            yield step("due", law_citation("destruction"), on=facts.on)
        else:
            yield step("not-due", law_citation("destruction"), on=facts.on)
    for reason in facts.holds:
        yield step("held", law_citation("hold"), reason=reason)


def _term(years: int | None, lang: str) -> str:
    if years is None:
        return messages.text("retention.term-permanent", lang)
    return messages.text("retention.term-years", lang, years=f"{years:02}")


def _as_written(end_date: str, ended_on: dt.date) -> str:
    """As exact as it was given: a day, a month or a year."""
    forms = {4: "%Y", 7: "%m/%Y"}
    return ended_on.strftime(forms.get(len(end_date.strip()), "%d/%m/%Y"))
