"""Groups of people by what they pay for using archives: all of the fee, half of it, or nothing."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, cast

from archive_service import law

Part = Literal["full", "half", "free"]


@dataclass(frozen=True, slots=True)
class FeeClass:
    """A group (``feeObjectType`` of TT 05/2025, Phụ lục V), and the part of the fee that it pays.

    ``is_certain``: the article was read, and not only remembered.
    """

    code: str
    part: Part
    basis: str
    note: str
    is_certain: bool

    def label(self, lang: str) -> str:
        """Its name in this language."""
        return law.code_list("feeObjectType").label(self.code, lang)


@lru_cache(maxsize=1)
def fee_classes() -> dict[str, FeeClass]:
    """Every group by its code."""
    rules = law.load_rule_set(law.CONFIG / "rule_sets" / "use_fees.toml")
    certainty = rules.meta.certainty
    return {
        str(row["code"]): FeeClass(
            str(row["code"]),
            cast("Part", row["part"]),
            rules.citation(row),
            str(row.get("note", "")),
            certainty != "uncertain",
        )
        for row in rules.rows
    }
