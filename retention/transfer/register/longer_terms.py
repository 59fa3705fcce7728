"""Case files that another law lets stay longer, by rule or by agency: rows of the home, each cited.

The product ships none: which law gives which records 30 years is for the archive to say
(Luật Lưu trữ 33/2024/QH15, Điều 17). ``rule_sets/transfer_terms.toml`` below the home::

    [rule_set]
    code = "transfer-terms"
    title = "..."
    instrument = "Luật ..."
    article = "Điều ..."
    valid_from = 2026-01-01

    [[rule]]
    article = "Điều 5"
    agencies = ["000.00.18.H40"]   # by agency, or
    rules = ["QT-02"]              # by the rule of retention; with both, both are to fit
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sqlalchemy import ColumnElement, and_, false, or_

from archive_service import law
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.law import RuleSetError

OWN = Path("rule_sets", "transfer_terms.toml")  # below a home
_NAMES = {"code", "title", "instrument", "article", "certainty", "agencies", "rules"}


@dataclass(frozen=True, slots=True)
class OtherLaw:
    """One row: whom it is about, and where it stands."""

    agencies: tuple[str, ...]
    rules: tuple[str, ...]
    citation: str

    def fits(self, row: CaseFile) -> bool:
        """Whether the case file is one of these."""
        by_agency = not self.agencies or row.agency_code in self.agencies
        return by_agency and (not self.rules or row.rule_code in self.rules)

    def condition(self) -> ColumnElement[bool]:
        """The same for the database."""
        asked: list[ColumnElement[bool]] = []
        if self.agencies:
            asked.append(CaseFile.agency_code.in_(self.agencies))
        if self.rules:
            asked.append(CaseFile.rule_code.in_(self.rules))
        return and_(*asked)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the home says of other laws."""

    rows: tuple[OtherLaw, ...] = ()

    def other_law(self, row: CaseFile) -> OtherLaw | None:
        """The first that the case file falls under."""
        return next((one for one in self.rows if one.fits(row)), None)

    def condition(self) -> ColumnElement[bool]:
        """Whether a case file falls under one, for the database."""
        return or_(false(), *(row.condition() for row in self.rows))


def terms_of(home: Path) -> Terms:
    """Of the home's file; none where there is no such file.

    Raises:
        RuleSetError: it cannot be read, or a row cites nothing or is about nobody.
    """
    file = home / OWN
    try:
        changed = file.stat().st_mtime_ns
    except FileNotFoundError:
        return Terms()
    except OSError as wrong:
        raise RuleSetError(file=file.name, row=0, detail=str(wrong)) from wrong
    return _read(file, changed)


@lru_cache(maxsize=16)
def _read(file: Path, _changed_ns: int) -> Terms:
    found = law.load_rule_set(file, each_row_cites=True)
    rows = []
    for number, row in enumerate(found.rows, start=1):
        odd = sorted(row.keys() - _NAMES)
        agencies, rules = _words(row, "agencies"), _words(row, "rules")
        if odd or agencies is None or rules is None or not (agencies or rules):
            detail = f"unknown: {', '.join(odd)}" if odd else "agencies = [...], rules = [...]"
            raise RuleSetError(file=file.name, row=number, detail=detail)
        rows.append(OtherLaw(agencies, rules, found.citation(row)))
    return Terms(tuple(rows))


def _words(row: Mapping[str, object], name: str) -> tuple[str, ...] | None:
    words = row.get(name, [])
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        return None
    return tuple(words)
