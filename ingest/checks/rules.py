"""Rules of the checks as config has them: switched on or off, with their severity."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from archive_service import law, messages
from archive_service.domain.finding import Severity
from archive_service.law import Row, RuleSetError

OWN = Path("rule_sets")  # below a home
SWITCHED = ("answers", "formalities", "signature_rules")


@dataclass(frozen=True, slots=True)
class Rule:
    """One switch with what it says and where it comes from."""

    key: str
    on: bool
    severity: Severity
    citation: str
    row: Row


def rules(name: str, key: str = "key", *, home: Path | None = None) -> Mapping[str, Rule]:
    """The rules of ``config/rule_sets/{name}.toml`` by the value of ``key``.

    A file of the same name below ``home`` switches them (``on``), weighs them (``severity``), and
    says of those of answers by which ``channels`` they refuse; it says nothing else.

    Raises:
        RuleSetError: the home's file cannot be read, or names a rule or channel that there is not.
    """
    own = switches(home).get(name)
    if own is None:
        return _of_product(name, key)
    return _switched(name, key, own, own.stat().st_mtime_ns)


def switches(home: Path | None) -> dict[str, Path]:
    """The files of a home that switch rules, by the name of the rules."""
    files = {} if home is None else {name: home / OWN / f"{name}.toml" for name in SWITCHED}
    return {name: file for name, file in files.items() if file.is_file()}


@lru_cache(maxsize=16)
def _of_product(name: str, key: str) -> Mapping[str, Rule]:
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
def _switched(name: str, key: str, file: Path, _changed_ns: int) -> Mapping[str, Rule]:
    found = _of_product(name, key)
    switched = dict(found)
    try:
        rows = tomllib.loads(file.read_text("utf-8")).get("rule", [])
        for number, row in enumerate(rows, start=1):
            rule = found.get(str(row.get(key, "")))
            if rule is None:
                raise RuleSetError(file=file.name, row=number, detail=f"no rule {row.get(key)!r}")
            severity = Severity(str(row.get("severity", rule.severity.value)))
            is_on = row.get("on", rule.on) is True
            own = _channels(row, rule)
            switched[rule.key] = replace(rule, on=is_on, severity=severity, row=own)
    except (OSError, ValueError, AttributeError) as wrong:
        raise RuleSetError(file=file.name, row=0, detail=str(wrong)) from wrong
    return switched


def _channels(row: Row, rule: Rule) -> Row:
    """The rule's row with the channels that a home names for it."""
    if "channels" not in row:
        return rule.row
    named, known = row["channels"], messages.labels("channels")
    if "channels" not in rule.row or not isinstance(named, list) or set(named) - known.keys():
        raise ValueError(f"channels of {rule.key!r}: {named!r}, known are {sorted(known)}")
    return {**rule.row, "channels": named}
