"""Words before a release: the sample of the batch, what is left open, what changes."""

from collections.abc import Sequence
from typing import Any

from archive_service.web.display import number
from archive_service.web.language import language
from archive_service.web.layout import t
from digitize.batches.desk.consent import IN_LIST, taken_values, undecided
from digitize.batches.desk.pages.page import value_shown
from digitize.batches.desk.pages.view import document_name

Facts = dict[str, Any]


def sample_words(desk: Facts) -> str:
    """How large the sample is, and what was found in it; nothing where none was drawn."""
    sample = desk["sample"]
    if "plan" not in sample:
        return ""
    facts = {name: sample["plan"][name] for name in ("size", "lot", "accept")}
    facts |= {name: sample[name] for name in ("looked", "failed")}
    return t("pages.sampling.told", **{name: _number(fact) for name, fact in facts.items()})


def waiting_words(desk: Facts) -> str:
    """How many pages wait for a decision, and how many for the look of the sample."""
    drawn = desk["to_sample"]
    count, sample = _number(desk["undecided"] - drawn), _number(drawn)
    if not drawn:
        return t("pages.scanning.bar_blocked", count=count)
    if desk["undecided"] == drawn:
        return t("pages.sampling.bar", sample=sample)
    return t("pages.sampling.bar_both", count=count, sample=sample)


def release_words(desk: Facts, found: Sequence[Facts]) -> list[str]:
    """Sentences on what a release leaves open and changes in the list."""
    warnings = sum(
        finding["found"]["severity"] != "info" and not finding["decided"] for finding in found
    )
    fields = sum(len(undecided(document["proposals"])) for document in desk["documents"])
    words = []
    if warnings:
        words.append(t("pages.release.warnings", count=_number(warnings)))
    if fields:
        words.append(t("pages.release.fields", count=_number(fields)))
    return words + [line for document in desk["documents"] for line in _changes(document)]


def _changes(document: Facts) -> list[str]:
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
