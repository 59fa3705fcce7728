"""INSERT with ``on_conflict_…``, of which each database has its own."""

from collections.abc import Callable
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

_INSERT: dict[str, Callable[..., Any]] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def insert_of(session: Session) -> Callable[..., Any]:
    """``insert`` of the session's database."""
    return _INSERT[session.get_bind().dialect.name]
