"""What a person is told before a batch is released: its sample, what is left open, what changes."""

from collections.abc import Sequence
from typing import Any

from archive_service.web.display import number
from archive_service.web.language import language
from archive_service.web.layout import t
from digitize.batches.desk.consent import IN_LIST, taken_values, undecided
from digitize.batches.desk.pages.page import value_shown
from digitize.batches.desk.pages.view import document_name

Told = dict[str, Any]


def sample_words(told: Told) -> str:
    """How large the sample is, and what was found in it; nothing where none was drawn."""
    sample = told["sample"]
    if "plan" not in sample:
        return ""
    facts = {name: sample["plan"][name] for name in ("size", "lot", "accept")}
    facts |= {name: sample[name] for name in ("looked", "failed")}
    return t("pages.sampling.told", **{name: _number(fact) for name, fact in facts.items()})


def waiting_words(told: Told) -> str:
    """How many pages wait for a decision, and how many for the look of the sample."""
    drawn = told["to_sample"]
    count, sample = _number(told["undecided"] - drawn), _number(drawn)
    if not drawn:
        return t("pages.scanning.bar_blocked", count=count)
    if told["undecided"] == drawn:
        return t("pages.sampling.bar", sample=sample)
    return t("pages.sampling.bar_both", count=count, sample=sample)


def release_words(told: Told, found: Sequence[Told]) -> list[str]:
    """What the release leaves open, and what it changes in the list, a sentence each."""
    warnings = sum(one["found"]["severity"] != "info" and not one["decided"] for one in found)
    fields = sum(len(undecided(one["proposals"])) for one in told["documents"])
    words = []
    if warnings:
        words.append(t("pages.release.warnings", count=_number(warnings)))
    if fields:
        words.append(t("pages.release.fields", count=_number(fields)))
    return words + [line for one in told["documents"] for line in _changes(one)]


def _changes(document: Told) -> list[str]:
    """Of what was taken, what the list says otherwise."""
    proposals = document["proposals"]
    return [
        t(
            "pages.release.change",
            document=document_name(document),
            label=t(f"labels.page-one.{field}"),
            was=value_shown(field, proposals[field], IN_LIST),
            becomes=value_shown(field, proposals[field], "value"),
        )
        for field in taken_values(proposals)
        if IN_LIST in proposals[field]
    ]


def _number(count: int) -> str:
    return number(count, language())
