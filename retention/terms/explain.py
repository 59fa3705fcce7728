"""Why a case file is kept until a day, step by step, in words an officer understands."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from archive_service import clock, law, messages
from archive_service.domain.retention.disposition import DispositionItem
from archive_service.domain.retention.retention import RetentionChange
from retention.terms.dates import counts_from, is_due, job_ended_on, retention_ends_on
from retention.terms.documents import StepDocument
from retention.terms.longer_documents import Forcing
from retention.terms.rules import RetentionRule, law_citation

_NAMED = 3  # documents that ask for a longer term, each by its number and title


@dataclass(frozen=True, slots=True)
class RetentionFacts:
    """What the explanation is about.

    ``end_date`` is ISO as stored, perhaps a year alone; ``holds`` are the reasons of holds.
    ``happened_on`` is when the event of the rule happened, and ``basis`` the paper that shows it.
    ``changes`` are what the term was before, the earliest first; ``newer`` is the rule of the same
    code that is in force now, where it says something else. ``listed``: where it stands on a list
    for destruction, whose number is ``list_number``. ``forced_by``: its documents that ask for the
    longer term. ``gone``: "destroying" or "destroyed" where it is no more. ``people``: by account
    who changed the term, as they are called.
    """

    rule: RetentionRule
    end_date: str
    on: dt.date
    holds: Sequence[str] = ()
    happened_on: dt.date | None = None
    basis: str = ""
    changes: Sequence[RetentionChange] = ()
    newer: RetentionRule | None = None
    listed: DispositionItem | None = None
    list_number: str = ""
    forced_by: Sequence[Forcing] = ()
    gone: str = ""
    people: Mapping[str, str] = field(default_factory=dict)


def explain(facts: RetentionFacts, lang: str = "vi") -> list[StepDocument]:
    """From the end of the job to the last day, each step with its citation.

    Raises:
        MalformedEndDateError: ``end_date`` is no date.
    """
    return list(_steps(facts, lang))


def _steps(facts: RetentionFacts, lang: str) -> Iterator[StepDocument]:
    rule = facts.rule
    ended_on = job_ended_on(facts.end_date)
    ends_on = retention_ends_on(rule, ended_on, facts.happened_on)

    def step(name: str, citation: str, **given: object) -> StepDocument:
        return StepDocument(
            text=messages.text(f"retention.{name}", lang, **given), citation=citation
        )

    term = _term(rule.years, None if rule.permanent else rule.event, lang)
    own = term if rule.raised_from is None else _term(rule.raised_from, rule.event, lang)
    yield step("ended", law_citation("end-date"), on=_as_written(facts.end_date, ended_on))
    yield step(f"rule-{rule.basis}", rule.citation, code=rule.code, title=rule.title, term=own)
    if rule.raised_from is not None:
        yield step("longest", law_citation("longest"), own=own, term=term)
        yield from _forced(facts, lang)
    if rule.basis == "equivalent":
        yield step("equivalent", law_citation("equivalent"), reason=rule.reason)
    yield from _reckoned(facts, ended_on, ends_on, lang)
    for reason in facts.holds:
        yield step("held", law_citation("hold"), reason=reason)
    if (item := facts.listed) is not None:
        about = {"list": facts.list_number, "keeper": item.keeper_code}
        yield step(f"listed-{item.ground.value}", law_citation("destruction"), **about)
    if (newer := facts.newer) is not None:
        now = _term(newer.years, None if newer.permanent else newer.event, lang)
        yield step("newer", newer.citation, code=newer.code, term=now)
    for change in facts.changes:
        cause = messages.text(f"labels.retention-cause.{change.cause}", lang)
        was, becomes = _kept(change.before, lang), _kept(change.after, lang)
        on = clock.local(change.at).date()
        event_facts = {"on": on, "cause": cause, "was": was, "becomes": becomes}
        event_facts["by"] = facts.people.get(change.by, change.by)
        yield step("changed", change.after["rule"]["citation"], **event_facts)
    if facts.gone:
        yield step(facts.gone, law_citation("destruction"))


def _forced(facts: RetentionFacts, lang: str) -> Iterator[StepDocument]:
    """The documents that ask for the longer term by name; of many the first, and how many more."""
    codes = law.code_list("maintenance")
    for forcing in facts.forced_by[:_NAMED]:
        number = "/".join(filter(None, (forcing.number, forcing.symbol)))
        event_facts = {
            "ordinal": forcing.ordinal,
            "number": number,
            "title": forcing.title,
            "term": codes.label(forcing.maintenance, lang),
            "code": forcing.maintenance,
        }
        name = "forced" if number else "forced-unnumbered"
        yield StepDocument(
            text=messages.text(f"retention.{name}", lang, **event_facts), citation=forcing.citation
        )
    if (more := len(facts.forced_by) - _NAMED) > 0:
        yield StepDocument(
            text=messages.text("retention.forced-more", lang, count=more),
            citation=law_citation("longest"),
        )


def _reckoned(
    facts: RetentionFacts, ended_on: dt.date, ends_on: dt.date | None, lang: str
) -> Iterator[StepDocument]:
    """From what the clock runs, to the last day."""
    rule, happened_on = facts.rule, facts.happened_on

    def step(name: str, citation: str, **given: object) -> StepDocument:
        return StepDocument(
            text=messages.text(f"retention.{name}", lang, **given), citation=citation
        )

    if rule.permanent:
        yield step("permanent", law_citation("transfer"))
        return
    if rule.event is not None:
        event = messages.text(f"labels.retention-event.{rule.event}", lang)
        if ends_on is None:
            yield step("waits", rule.citation, event=event)
        else:
            yield step("happened", facts.basis or rule.citation, event=event, on=happened_on)
    if rule.least is not None:
        yield step("least", law_citation("longest"), years=f"{rule.least:02}")
        if rule.raised_from is None:
            yield from _forced(facts, lang)
    if ends_on is not None:
        began, years, name = counts_from(rule, ended_on, happened_on).year, rule.years, "counted"
        if happened_on is not None:
            if happened_on.year < ended_on.year:
                yield step("not-before", law_citation("counting"), year=ended_on.year)
            if began + (rule.years or 0) == ends_on.year:
                name = "counted-event"
            else:
                began, years = ended_on.year, rule.least
        counted = {"year": began, "years": years, "last": ends_on.year}
        yield step(name, law_citation("counting"), **counted)
        yield step("last-day", law_citation("counting"), on=ends_on)
        if not facts.gone:
            due = "due" if is_due(ends_on, facts.on) else "not-due"
            yield step(due, law_citation("destruction"), on=facts.on)


def term_told(rule: Mapping[str, Any], lang: str = "vi") -> str:
    """The term of a rule of a schedule's document, in words."""
    years = None if rule.get("permanent") else rule.get("years")
    return _term(years, None if years is None else rule.get("event"), lang)


def kept_words(ends_on: dt.date | str | None, lang: str, *, permanent: bool) -> str:
    """Until when, for ever, or that it waits for an event: as commands tell it."""
    if permanent:
        return messages.text("cli.case.permanent", lang)
    return messages.text("cli.case.until" if ends_on else "cli.case.waits", lang, on=ends_on)


def _kept(facts: Mapping[str, Any], lang: str) -> str:
    """A term as a change tells it: its last day, permanent, or that it waits."""
    if facts["permanent"]:
        return messages.text("retention.term-permanent", lang)
    if facts["ends_on"] is None:
        return messages.text("retention.term-waits", lang)
    on = dt.date.fromisoformat(facts["ends_on"])
    return messages.text("retention.term-until", lang, on=on)


def _term(years: int | None, event: str | None, lang: str) -> str:
    if event is not None and years is not None:
        text = messages.text(f"labels.retention-event.{event}", lang)
        key = "term-event" if years else "term-until-event"
        return messages.text(f"retention.{key}", lang, years=f"{years:02}", event=text)
    if years is None:
        return messages.text("retention.term-permanent", lang)
    return messages.text("retention.term-years", lang, years=f"{years:02}")


def _as_written(end_date: str, ended_on: dt.date) -> str:
    """As exact as it was given: a day, a month or a year."""
    forms = {4: "%Y", 7: "%m/%Y"}
    return ended_on.strftime(forms.get(len(end_date.strip()), "%d/%m/%Y"))
