"""Long lists, a part at a time: a cursor names the last row seen, so nothing is skipped."""

import base64
import binascii
import datetime as dt
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Select, tuple_
from sqlalchemy.orm import InstrumentedAttribute, Session

from archive_service import clock
from archive_service.errors import InputError

Row = TypeVar("Row")


class ListCursorError(InputError):
    """Not a cursor that this list gave."""


@dataclass(frozen=True, slots=True)
class Order:
    """The columns a list runs by, the last of them unique, and how each is written and read."""

    columns: tuple[InstrumentedAttribute[Any], ...]
    write: tuple[Callable[[Any], str], ...]
    read: tuple[Callable[[str], Any], ...]
    newest_first: bool = False

    @classmethod
    def by_moment(
        cls,
        at: InstrumentedAttribute[dt.datetime],
        row_id: InstrumentedAttribute[UUID],
        *,
        newest_first: bool = True,
    ) -> "Order":
        """By when something was; of the same moment by ID."""
        return cls((at, row_id), (clock.iso, str), (clock.parse_iso, UUID), newest_first)


@dataclass(frozen=True, slots=True)
class Part(Generic[Row]):
    """Some rows, and the cursor of those that follow; ``None`` at the end."""

    rows: Sequence[Row]
    cursor: str | None


def part_of(
    session: Session,
    query: Select[Row],
    order: Order,
    *,
    limit: int,
    cursor: str | None = None,
) -> Part[Row]:
    """At most ``limit`` rows after the one that ``cursor`` names.

    Raises:
        ListCursorError: a cursor of another list, or none of ours.
    """
    place = tuple_(*order.columns)
    if cursor is not None:
        after = tuple(_read(cursor, order))
        query = query.where(place < after if order.newest_first else place > after)
    columns = [column.desc() if order.newest_first else column.asc() for column in order.columns]
    rows = list(session.scalars(query.order_by(*columns).limit(limit + 1)))
    if len(rows) <= limit:
        return Part(rows, None)
    return Part(rows[:limit], _written(rows[limit - 1], order))


def _written(row: object, order: Order) -> str:
    columns = [
        write(getattr(row, column.key))
        for column, write in zip(order.columns, order.write, strict=True)
    ]
    return base64.urlsafe_b64encode(json.dumps(columns).encode()).decode().rstrip("=")


def _read(cursor: str, order: Order) -> list[Any]:
    try:
        content = json.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        return [read(part) for read, part in zip(order.read, content, strict=True)]
    except (ValueError, TypeError, AttributeError, binascii.Error):
        raise ListCursorError(cursor=cursor[:80]) from None
