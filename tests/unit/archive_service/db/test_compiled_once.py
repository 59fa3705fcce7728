"""What the tests themselves compile once: each database answers for itself all the same."""

from pathlib import Path
from typing import Any

from sqlalchemy import create_engine, select, text
from sqlalchemy.event import listen

from archive_service.db import migrate
from archive_service.db.migrate import bring_to
from archive_service.domain.agencies.agency import Agency
from tests.worlds.old_databases import FIRST, next_release
from tests.worlds.servers.databases import make_tables, opened


def told(file: Path, name: str) -> tuple[list[str], object]:
    """The names that this new database gives, and what its question was compiled to."""
    make_tables(f"sqlite:///{file}")
    database = opened(f"sqlite:///{file}")
    asked: list[Any] = []
    with database.writing() as session:
        session.add(Agency(code="H40.18", name=name))
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


def in_any_order(sql: str) -> list[str]:
    """The lines of a table: a migration that copies it may lay its constraints in any order."""
    return sorted(line.strip(" \t,") for line in sql.splitlines())


def test_tables_of_an_empty_file_are_those_that_the_migrations_made(tmp_path: Path) -> None:
    made: list[list[list[str]]] = []
    for name in ("first", "second", "third"):
        engine = create_engine(f"sqlite:///{tmp_path / name}.db")
        with next_release(), engine.begin() as connection:
            if name == "third":  # not to the newest at once: nothing that was kept
                bring_to(connection, FIRST)
            bring_to(connection, "head")
            told = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"
            made.append([in_any_order(row[1]) for row in connection.exec_driver_sql(told)])
            assert migrate.newest() == connection.scalar(text("SELECT * FROM alembic_version"))
            assert connection.scalar(text("SELECT count(*) FROM agency")) == 0
        engine.dispose()
    assert made[0] == made[1] == made[2]
