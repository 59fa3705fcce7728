"""Danh mục hồ sơ as a form: NĐ 30/2020/NĐ-CP, Phụ lục V mục II."""

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from archive_service import messages
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanEntry
from archive_service.forms import table_form, words
from archive_service.forms.table_form import (
    Align,
    FormColumn,
    FormRow,
    FormSigner,
    RowKind,
    TableForm,
)

_COLUMNS: tuple[tuple[str, float, Align], ...] = (
    ("notation", 1.3, "center"),
    ("title", 4.4, "left"),
    ("term", 1.2, "center"),
    ("creator", 1.9, "left"),
    ("note", 1.4, "left"),
)


_MORE = ("rule_code", "rule_set")  # beyond the decree's columns


@dataclass(frozen=True, slots=True)
class PlanIssuer:
    """The agency of a plan, the body above it, and place and signer of the paper."""

    name: str
    place: str
    above: str = ""
    position: str = ""
    signer: str = ""


def file_plan_form(
    plan: FilePlan,
    issuer: PlanIssuer,
    *,
    on: dt.date,
    rules: Mapping[str, int | None] = MappingProxyType({}),
    with_rules: bool = False,
) -> TableForm:
    """The plan as it is printed.

    Args:
        plan: with headings, entries and amendments.
        on: the day that stands on the paper.
        rules: years by code of rule, none where it has no end, for entries without a term of
            their own.
        with_rules: more columns, beyond the decree's, where an entry names a rule or its kind: a
            workbook or document that comes back then says the same.
    """
    columns = [FormColumn(_words(f"heads.{name}"), width, align) for name, width, align in _COLUMNS]
    more = [name for name in _MORE if with_rules and any(getattr(it, name) for it in plan.entries)]
    columns += [FormColumn(_words(f"heads.{name}"), 1.3) for name in more]
    amended = [_words("amended", number=plan.version - 1)] if plan.version > 1 else []
    return TableForm(
        issuer=issuer.name,
        issuer_above=issuer.above,
        number=plan.number or table_form.said("no-number"),
        place_and_date=f"{issuer.place}, {words.day_in_words(on)}",
        name=_words("name"),
        about=[_words("year", year=plan.year), *amended],
        columns=columns,
        rows=list(_rows(plan, more, {} if with_rules else rules)),
        totals=_totals(plan, rules),
        recipients=[_words("filed")],
        signers=[FormSigner(issuer.position or _words("position"), issuer.signer)],
    )


def _rows(
    plan: FilePlan, more: Sequence[str], rules: Mapping[str, int | None]
) -> Iterator[FormRow]:
    for heading, entries in plan.in_order():
        if heading is not None:
            kind: RowKind = "heading" if heading.level == 1 else "subheading"
            yield FormRow(["", heading.label, "", "", "", *("" for _ in more)], kind)
        for entry in entries:
            term = entry.term or _by_rule(entry, rules)
            cells = [entry.notation, entry.title, term, _creator(entry), _note(entry)]
            yield FormRow([*cells, *(getattr(entry, name) or "" for name in more)])


def _by_rule(entry: FilePlanEntry, rules: Mapping[str, int | None]) -> str:
    if entry.rule_code is None or entry.rule_code not in rules:
        return ""
    years = rules[entry.rule_code]
    key = "permanent" if years is None else "years"
    return messages.text(f"labels.file-plan.{key}", "vi", years=f"{years or 0:02}")


def _creator(entry: FilePlanEntry) -> str:
    """Unit above, person below, in the one column that the decree has for both."""
    return "\n".join(name for name in (entry.unit, entry.creator) if name)


def _note(entry: FilePlanEntry) -> str:
    """The note of an entry; an entry opened during the year says so."""
    outside = _words("outside") if entry.outside else ""
    return "; ".join(note for note in (outside, entry.note) if note)


def _totals(plan: FilePlan, rules: Mapping[str, int | None]) -> list[str]:
    permanent = sum(_is_permanent(entry, rules) for entry in plan.entries)
    worded = sum(_is_in_words(entry) for entry in plan.entries)
    total = len(plan.entries)
    return [
        _words(
            "total",
            count=words.count(total),
            words=words.number_in_words(total),
            permanent=words.count(permanent),
            limited=words.count(total - permanent - worded),
            others=_words("others", count=words.count(worded)) if worded else "",
        )
    ]


def _is_permanent(entry: FilePlanEntry, rules: Mapping[str, int | None]) -> bool:
    if entry.permanent or entry.years is not None:
        return entry.permanent
    return entry.rule_code is not None and rules.get(entry.rule_code, 0) is None


def _is_in_words(entry: FilePlanEntry) -> bool:
    """Neither years nor for ever, as an event that has yet to come: it is no fixed term."""
    return bool(entry.term) and entry.years is None and not entry.permanent and not entry.rule_code


def _words(key: str, **facts: object) -> str:
    return messages.text(f"forms.file-plan.{key}", "vi", **facts)
