"""A row of any table with what it must have, and the rows that it hangs on."""

import datetime as dt
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.domain.base import Base

_PLAIN: dict[type, Any] = {
    int: 1,
    float: 1.0,
    bool: True,
    dt.date: dt.date(2026, 1, 2),
    bytes: b"",
}


def any_row(session: Session, table: type[Base], **given: Any) -> Any:
    """It is flushed; what is not ``given`` and has no default of its own is as plain as may be."""
    values = dict(given)
    for column in table.__table__.columns:
        name = table.__mapper__.get_property_by_column(column).key
        if name in values or column.nullable or column.default is not None or name == "revision":
            continue
        if column.server_default is not None:
            continue
        values[name] = _value(session, column)
    row = table(**values)
    session.add(row)
    session.flush()
    return row


def _value(session: Session, column: Any) -> Any:
    for key in column.foreign_keys:
        above = next(
            mapper.class_
            for mapper in Base.registry.mappers
            if mapper.local_table is key.column.table
        )
        return any_row(session, above).id
    words = getattr(column.type, "enums", None)
    if words:
        return column.type.python_type(words[0])
    kind = column.type.python_type
    if kind is dt.datetime:
        return clock.now()
    if kind is UUID:
        return uuid4()
    return uuid4().hex[: column.type.length or 32] if kind is str else _PLAIN.get(kind, {})
