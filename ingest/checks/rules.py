"""Rules of the checks as config has them: switched on or off, with their severity."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import cast

from archive_service import law, messages
from archive_service.domain.intake.finding import Severity
from archive_service.home_rules import line_of, unreadable
from archive_service.law import Row

OWN = Path("rule_sets")  # below a home
SWITCHED = {
    "answers": "key",
    "file_plan": "key",
    "formalities": "field",
    "signature_rules": "key",
}
_SAYS = {"on", "severity", "channels"}


class _RowError(ValueError):
    """What the row says of ``name`` is wrong."""

    def __init__(self, name: str, detail: str) -> None:
        super().__init__(detail)
        self.name = name


@dataclass(frozen=True, slots=True)
class Rule:
    """One switch with what it says and where it comes from."""

    key: str
    on: bool
    severity: Severity
    citation: str
    row: Row


def rules(name: str, *, home: Path | None = None) -> Mapping[str, Rule]:
    """The rules of ``config/rule_sets/{name}.toml`` by their key.

    A file of the same name below ``home`` switches them (``on``), weighs them (``severity``), and
    says of those of answers by which ``channels`` they refuse; it says nothing else.

    Raises:
        HomeRulesError: the home's file cannot be read, or names what there is not.
    """
    own = switches(home).get(name)
    if own is None:
        return _of_product(name)
    try:
        changed = own.stat().st_mtime_ns
    except OSError as wrong:
        raise unreadable(own, home, wrong) from wrong
    return _switched(name, own, changed)


def switches(home: Path | None) -> dict[str, Path]:
    """The files of a home that switch rules, by the name of the rules."""
    files = {} if home is None else {name: home / OWN / f"{name}.toml" for name in SWITCHED}
    return {name: file for name, file in files.items() if file.is_file()}


@lru_cache(maxsize=16)
def _of_product(name: str) -> Mapping[str, Rule]:
    key = SWITCHED[name]
    found = law.load_rule_set(law.CONFIG / "rule_sets" / f"{name}.toml")
    return {
        str(row[key]): Rule(
            key=str(row[key]),
            on=bool(row.get("on", True)),
            severity=Severity(str(row.get("severity", "warning"))),
            citation=found.citation(row),
            row=row,
        )
        for row in found.rows
    }


@lru_cache(maxsize=16)
def _switched(name: str, file: Path, _changed_ns: int) -> Mapping[str, Rule]:
    found, key, text = _of_product(name), SWITCHED[name], ""
    switched, number = dict(found), 0
    try:
        text = file.read_text("utf-8")
        for number, row in enumerate(_rows(text), start=1):  # noqa: B007 - told when a row is wrong
            rule = _switched_by(row, found, key)
            switched[rule.key] = rule
    except (OSError, ValueError, AttributeError) as wrong:
        named = wrong.name if isinstance(wrong, _RowError) else ""
        line = line_of(text, number, named)
        raise unreadable(file, file.parent.parent, wrong, line=line) from wrong
    return switched


def _rows(text: str) -> Sequence[Row]:
    tables = tomllib.loads(text)
    if odd := sorted(tables.keys() - {"rule", "rule_set"}):
        raise ValueError(f"unknown: {', '.join(odd)}")
    return cast("Sequence[Row]", tables.get("rule", []))


def _switched_by(row: Row, found: Mapping[str, Rule], key: str) -> Rule:
    rule = found.get(str(row.get(key, "")))
    if rule is None:
        raise _RowError(key, f"no rule {row.get(key)!r}")
    if odd := sorted(row.keys() - _SAYS - {key}):
        raise _RowError(odd[0], f"unknown: {', '.join(odd)}")
    severity, is_on = str(row.get("severity", rule.severity.value)), row.get("on", rule.on)
    known = [one.value for one in Severity]
    if severity not in known:
        raise _RowError("severity", f"severity = {severity!r}; {', '.join(known)}")
    if not isinstance(is_on, bool):
        raise _RowError("on", f"on = {is_on!r}; true, false")
    return replace(rule, on=is_on, severity=Severity(severity), row=_channels(row, rule))


def _channels(row: Row, rule: Rule) -> Row:
    """The rule's row with the channels that a home names for it."""
    if "channels" not in row:
        return rule.row
    named, known = row["channels"], messages.labels("channels")
    if "channels" not in rule.row or not isinstance(named, list) or set(named) - known.keys():
        raise _RowError("channels", f"channels = {named!r}; {', '.join(sorted(known))}")
    return {**rule.row, "channels": named}
