"""The declared term of a case file: a code of its list, and years beside it that say the same."""

from functools import lru_cache

from sqlalchemy import inspect

from archive_service import law
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.errors import InputError

PERMANENT, OTHER = "01", "07"
_COLUMNS = ("maintenance", "term_years")


class TermContradictoryError(InputError):
    """Code and years of a case file say two terms: nothing is kept of the change."""


def contradicts(code: str | None, years: int | None) -> bool:
    """Whether the years are not those of the code; ``OTHER`` says none of its own."""
    if years is None or not code or code == OTHER:
        return False
    return code == PERMANENT or _years().get(code, years) != years


def require_one_term(row: CaseFile) -> None:
    """``TermContradictoryError`` where a change of its columns makes them contradict.

    Case files of before, and of packages that are read back, stay as they were.
    """
    history = inspect(row).attrs
    changed = any(history[name].history.has_changes() for name in _COLUMNS)
    if changed and contradicts(row.maintenance, row.term_years):
        declared = law.code_list("maintenance").label(row.maintenance)
        raise TermContradictoryError(code=row.code, declared=declared, term=row.term_years)


@lru_cache(maxsize=1)
def _years() -> dict[str, int]:
    labels = law.code_list("maintenance").codes.items()
    return {code: int(label.split()[0]) for code, label in labels if label[:1].isdecimal()}
