"""Cells of SQLite that hold what the archive never writes: it keeps whatever is written."""

import datetime as dt
from collections.abc import Callable, Iterator
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar
from uuid import UUID

from sqlalchemy import (
    JSON,
    Column,
    ColumnElement,
    Engine,
    String,
    func,
    or_,
    select,
    type_coerce,
)

from archive_service.domain.base import Base
from archive_service.errors import IntegrityViolationError
from archive_service.services import Services

_Given = ParamSpec("_Given")
_Result = TypeVar("_Result")

_FEW = 3  # so many cells of a column are named
# What SQLite calls the cells of a column whose values are of this kind.
_KEPT_AS = {str: "text", bytes: "blob", int: "integer", bool: "integer"}
_IDENTIFIER = "[0-9a-f]" * 32
_BEGIN_OF_DAY = "[0-9][0-9][0-9][0-9]-[0-9]*"  # SQLite takes «now» and plain numbers for days, too


class CellsUnreadableError(IntegrityViolationError):
    """Cells hold what the archive never writes: ``cells`` names the first ones."""


def naming_cells(
    verify: Callable[Concatenate[Services, _Given], _Result],
) -> Callable[Concatenate[Services, _Given], _Result]:
    """Where a verification breaks off, raise ``CellsUnreadableError`` if a cell is the cause."""

    @wraps(verify)
    def naming(services: Services, /, *args: _Given.args, **given: _Given.kwargs) -> _Result:
        try:
            return verify(services, *args, **given)
        except (AttributeError, LookupError, RecursionError, TypeError, ValueError) as error:
            engine = services.database.engine
            if engine.dialect.name == "sqlite" and (cells := list(_unreadable(engine))):
                raise CellsUnreadableError(cells=", ".join(cells)) from error
            raise

    return naming


def _unreadable(engine: Engine) -> Iterator[str]:
    with engine.connect() as connection:
        for table in Base.metadata.tables.values():
            keys = [func.quote(column) for column in table.primary_key]
            for column in table.columns:
                odd = select(*keys).where(column.is_not(None), _is_odd(column)).limit(_FEW)
                for row in connection.execute(odd):
                    yield f"{table.name}.{column.name} {' '.join(row)}"


def _is_odd(column: Column[object]) -> ColumnElement[bool]:
    kind, plain = column.type.python_type, type_coerce(column, String)
    if isinstance(column.type, JSON):
        return func.json_valid(column) == 0
    if issubclass(kind, UUID):
        return plain.op("NOT GLOB")(_IDENTIFIER)
    if issubclass(kind, dt.date):
        return or_(func.julianday(column).is_(None), plain.op("NOT GLOB")(_BEGIN_OF_DAY))
    if kind is float:
        return func.typeof(column).not_in(["real", "integer"])
    return func.typeof(column) != next(
        name for held, name in _KEPT_AS.items() if issubclass(kind, held)
    )
