"""The second look by a person: how many pages of a batch, which ones, and what their faults mean.

Single sampling, normal inspection, of ISO 2859-1; level and AQL stand in config/standards.
"""

import enum
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from typing import Any, TypeVar, cast
from uuid import UUID

from archive_service.law import CONFIG, Row, RuleSetError, load_rule_set

FILE = CONFIG / "standards" / "sampling.toml"
LETTERS = "ABCDEFGHJKLMNPQR"  # I and O are left out, as in the standard
Page = TypeVar("Page", bound=UUID | str)


class Outcome(enum.StrEnum):
    """The outcome of the sample; ``open``: it may still turn out either way."""

    OPEN = "open"
    ACCEPT = "accept"
    REJECT = "reject"


@dataclass(frozen=True, slots=True)
class SamplePlan:
    """``accept`` failures are borne, ``reject`` are not; ``size`` is never more than the lot."""

    lot: int
    level: str
    aql: str
    letter: str
    size: int
    accept: int
    reject: int
    citation: str
    certainty: str

    def as_dict(self) -> dict[str, Any]:
        """Name → value, plain JSON."""
        return asdict(self)


def plan(lot_size: int, *, level: str | None = None, aql: str | None = None) -> SamplePlan:
    """How many of ``lot_size`` pages a person looks at.

    Args:
        lot_size: pages of the batch; 0 gives a sample of none.
        level: of inspection, I to III; else that of the file.
        aql: failures in 100 pages; else that of the file.

    Raises:
        RuleSetError: the tables have no such level or AQL.
    """
    rows, citation = _tables()
    chosen = rows["plan"]
    level, aql = level or str(chosen["level"]), aql or str(chosen["aql"])
    try:
        sizes = cast("dict[str, int]", rows["sizes"]["size"])
        lots = cast("list[dict[str, Any]]", rows["letters"]["lots"])
        accepted = cast("dict[str, dict[str, int]]", rows["accept"]["aql"])[aql]
        asked = next(str(lot[level]) for lot in lots if lot_size <= int(lot["to"]))
    except (KeyError, StopIteration) as error:
        detail = f"no plan for level {level}, AQL {aql}: {error}"
        raise RuleSetError(file=FILE.name, row=0, detail=detail) from error
    # The table's arrows lead to the nearest letter that has a plan.
    letter = min(accepted, key=lambda known: abs(LETTERS.index(known) - LETTERS.index(asked)))
    return SamplePlan(
        lot=lot_size,
        level=level,
        aql=aql,
        letter=letter,
        size=min(lot_size, sizes[letter]),
        accept=accepted[letter],
        reject=accepted[letter] + 1,
        citation=citation,
        certainty=str(chosen.get("certainty", "")),
    )


def draw(chosen: SamplePlan, pages: Sequence[Page], *, seed: UUID | str) -> list[Page]:
    """The pages to look at, in their own order; the same seed draws the same ones."""
    by_lot = sorted(pages, key=lambda page: hashlib.sha256(f"{seed}/{page}".encode()).digest())
    drawn = set(by_lot[: chosen.size])
    return [page for page in pages if page in drawn]


def outcome(chosen: SamplePlan, failures: int, *, looked: int) -> Outcome:
    """The outcome after ``looked`` pages of the sample, ``failures`` of which did not pass."""
    if failures >= chosen.reject:
        return Outcome.REJECT
    left = max(0, chosen.size - looked)
    return Outcome.ACCEPT if failures + left <= chosen.accept or not left else Outcome.OPEN


@lru_cache(maxsize=1)
def _tables() -> tuple[Mapping[str, Row], str]:
    rules = load_rule_set(FILE)
    rows = {str(row["key"]): row for row in rules.rows}
    if lacking := {"plan", "letters", "sizes", "accept"} - rows.keys():
        raise RuleSetError(file=FILE.name, row=0, detail=f"missing: {sorted(lacking)}")
    return rows, rules.meta.citation
