"""The limits of each standard of digitization, from config/standards/digitization.toml."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, cast

from archive_service.domain.intake.finding import Severity
from archive_service.errors import InputError
from archive_service.law import CONFIG, RuleSet, RuleSetError, load_rule_set

FILE = CONFIG / "standards" / "digitization.toml"
STANDARDS = ("administrative", "drawing", "photograph")
_SIDES = tuple((severity, side) for severity in Severity for side in ("below", "above"))


class UnknownStandardError(InputError):
    """No such standard of digitization."""

    code = "scan-standard-unknown"


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit. ``bounds``: worst first, (severity, below or above, value)."""

    code: str  # of the finding
    measure: str
    unit: str
    bounds: tuple[tuple[Severity, str, float], ...]
    missing: Severity | None  # what it means that nothing could be measured
    rounding: float
    citation: str
    certainty: str

    def passed(self, value: float) -> tuple[Severity, float] | None:
        """The worst bound that ``value`` is beyond, with the bound itself; ``None``: it is well."""
        for severity, side, bound in self.bounds:
            beyond = bound - value if side == "below" else value - bound
            if beyond > self.rounding:
                return severity, bound
        return None


@dataclass(frozen=True, slots=True)
class ScanLimits:
    """All limits of one standard, and the papers that it expects."""

    standard: str
    limits: tuple[Limit, ...]
    papers: Mapping[str, tuple[float, float]]  # name -> short and long side in mm
    off_mm: float
    scanner_dpi: tuple[int, ...]

    def of(self, measure: str) -> tuple[Limit, ...]:
        """The limits of one measure."""
        return tuple(limit for limit in self.limits if limit.measure == measure)

    def least_dpi(self) -> float:
        """The resolution below which a page has to be scanned again."""
        bounds = (bound for limit in self.of("dpi") for _, side, bound in limit.bounds)
        return max(bounds, default=0.0)


@lru_cache(maxsize=8)
def load_limits(standard: str) -> ScanLimits:
    """The limits of a standard.

    Raises:
        UnknownStandardError: no row names it.
        RuleSetError: the file is malformed.
    """
    if standard not in STANDARDS:
        raise UnknownStandardError(standard=standard, known=STANDARDS)
    rules = load_rule_set(FILE)
    limits: list[Limit] = []
    papers: dict[str, tuple[float, float]] = {}
    off_mm = 0.0
    scanner_dpi: tuple[int, ...] = ()
    for number, row in enumerate(rules.rows, start=1):
        try:
            if standard not in cast("list[str]", row["standards"]):
                continue
            if "paper" in row:
                short, long = sorted(cast("list[float]", row["sides_mm"]))
                papers[str(row["paper"])] = (float(short), float(long))
            elif "scanner_dpi" in row:
                scanner_dpi = tuple(cast("list[int]", row["scanner_dpi"]))
                off_mm = _number(row["off_mm"])
            else:
                limits.append(_limit(rules, row))
        except (KeyError, ValueError, TypeError) as error:
            raise RuleSetError(file=FILE.name, row=number, detail=str(error)) from error
    return ScanLimits(standard, tuple(limits), papers, off_mm, scanner_dpi)


def _limit(rules: RuleSet, row: Mapping[str, object]) -> Limit:
    bounds = tuple(
        (severity, side, _number(row[f"{severity.value}_{side}"]))
        for severity, side in _SIDES
        if f"{severity.value}_{side}" in row
    )
    missing = Severity(str(row["missing"])) if "missing" in row else None
    if not bounds and missing is None:
        raise ValueError(f"{row['key']}: no bound")
    return Limit(
        code=str(row["key"]),
        measure=str(row["measure"]),
        unit=str(row["unit"]),
        bounds=bounds,
        missing=missing,
        rounding=_number(row.get("rounding", 0)),
        citation=rules.citation(row),
        certainty=str(row.get("certainty") or rules.meta.certainty),
    )


def _number(value: Any) -> float:
    return float(value)
