"""Who in custody bears the same: number and symbol, identifier, bytes; asked in parts of a list."""

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.intake.submission import Submission

T = TypeVar("T")
AT_ONCE = 300  # values of one statement


def in_parts(values: Collection[T]) -> Iterator[list[T]]:
    """So many at a time as one statement takes."""
    waiting = iter(values)
    while some := list(islice(waiting, AT_ONCE)):
        yield some


def held_by(
    session: Session,
    submission: Submission,
    wanted: Collection[T],
    columns: Sequence[InstrumentedAttribute[Any]],
    *,
    matching: Callable[[list[T]], ColumnElement[bool]] | None = None,
    key: Callable[..., str] = str,
    counting: ColumnElement[bool] | None = None,
) -> dict[str, str]:
    """By key the code of a case file of the same agency; empty where only others hold it.

    Args:
        wanted: what is looked for, however much of it.
        columns: of a table that names its case file.
        matching: rows that bear one of these; by default those of which the first column does.
        key: makes of the columns of a row what it is known by.
        counting: which rows count; by default all of other case files.
    """
    query = (
        select(CaseFile.code, CaseFile.agency_id, *columns)
        .join(CaseFile, CaseFile.id == columns[0].class_.case_file_id)
        .where(CaseFile.state != CaseState.DESTROYED, CaseFile.id != submission.id)
    )
    if counting is not None:
        query = query.where(counting)
    held: dict[str, str] = {}
    for some in in_parts(wanted):
        bears = columns[0].in_(some) if matching is None else matching(some)
        for code, agency_id, *values in session.execute(query.where(bears)):
            if agency_id == submission.agency_id:
                held[key(*values)] = code
            else:
                held.setdefault(key(*values), "")
    return held
