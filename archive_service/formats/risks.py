"""How safe each format is to keep, and what its files should become; by PRONOM identifier."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import cast

from archive_service.law import CONFIG, RuleSet, RuleSetError, load_rule_set

RISKS = CONFIG / "standards" / "format_risks.toml"
NO_TOOL = "none"  # it should become something else, and nothing here can do it


class RiskLevel(enum.StrEnum):
    """From what is kept as it is to what nobody can judge."""

    LOW = "low"
    MEDIUM = "medium"
    UNKNOWN = "unknown"  # the list says nothing of this format
    UNIDENTIFIED = "unidentified"  # PRONOM does not know the file
    HIGH = "high"


# What an archivist should look at: it opens an incident.
AT_RISK = (RiskLevel.HIGH, RiskLevel.UNIDENTIFIED)


@dataclass(frozen=True, slots=True)
class FormatRisk:
    """One row of the list; ``target`` is a converter's key, ``none``, or empty: keep it so."""

    key: str
    level: RiskLevel
    target: str
    reason: str
    reason_en: str
    citation: str
    certainty: str

    def said(self, lang: str) -> str:
        """The reason in words."""
        return self.reason_en if lang == "en" else self.reason


_UNKNOWN = FormatRisk("", RiskLevel.UNKNOWN, "", "", "", "", "")
_UNIDENTIFIED = FormatRisk("", RiskLevel.UNIDENTIFIED, "", "", "", "", "")


def risk_of(puid: str | None) -> FormatRisk:
    """What the list says of a format; one it does not name is ``unknown``."""
    if puid is None:
        return _UNIDENTIFIED
    return format_risks().get(puid, _UNKNOWN)


@lru_cache(maxsize=1)
def format_risks() -> Mapping[str, FormatRisk]:
    """The list that ships with the service, by PUID.

    Raises:
        RuleSetError: the file cites nothing, names a PUID twice or is malformed.
    """
    rules = load_rule_set(RISKS)
    found: dict[str, FormatRisk] = {}
    for number, row in enumerate(rules.rows, start=1):
        risk = _risk(rules, row)
        for puid in cast(list[str], row["puids"]):
            if puid in found:
                raise RuleSetError(file=RISKS.name, row=number, detail=f"{puid} stands twice")
            found[puid] = risk
    return found


def _risk(rules: RuleSet, row: Mapping[str, object]) -> FormatRisk:
    return FormatRisk(
        key=str(row["key"]),
        level=RiskLevel(str(row["risk"])),
        target=str(row["target"]),
        reason=str(row["reason"]),
        reason_en=str(row["reason_en"]),
        citation=rules.citation(row),
        certainty=str(row.get("certainty") or rules.meta.certainty),
    )
