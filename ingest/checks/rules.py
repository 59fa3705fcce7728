"""Rules of the checks as config has them: switched on or off, with their severity."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from archive_service import law
from archive_service.domain.finding import Severity
from archive_service.law import Row


@dataclass(frozen=True, slots=True)
class Rule:
    """One switch with what it says and where it comes from."""

    key: str
    on: bool
    severity: Severity
    citation: str
    row: Row


@lru_cache(maxsize=16)
def rules(name: str, key: str = "key") -> Mapping[str, Rule]:
    """The rules of ``config/rule_sets/{name}.toml`` by the value of ``key``."""
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
