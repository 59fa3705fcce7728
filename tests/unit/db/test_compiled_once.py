"""What the tests themselves compile once: each database answers for itself all the same."""

from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.event import listen

from archive_service.domain.agency import Agency
from tests.factories.databases import make_tables, opened


def told(file: Path, name: str) -> tuple[list[str], object]:
    """The names that this new database gives, and what its question was compiled to."""
    make_tables(f"sqlite:///{file}")
    database = opened(f"sqlite:///{file}")
    asked: list[Any] = []
    with database.unit_of_work() as uow:
        uow.session.add(Agency(code="H40.18", name=name))
        uow.commit()
    listen(database.engine, "before_cursor_execute", lambda *args: asked.append(args[4].compiled))
    with database.read_only() as session:
        names = list(session.scalars(select(Agency.name)))
    database.close()
    return names, asked[-1]


def test_a_second_database_is_asked_by_the_same_words_and_gives_its_own_rows(
    tmp_path: Path,
) -> None:
    first, compiled = told(tmp_path / "first.db", "Sở Công trình")
    second, again = told(tmp_path / "second.db", "Sở Nông nghiệp")
    assert (first, second) == (["Sở Công trình"], ["Sở Nông nghiệp"])
    assert compiled is again
