"""A database of each kind for the contracts of what rests on one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive_service.db.unit_of_work import Database
from tests.factories.databases import KINDS, make_tables, opened
from tests.services.servers import PostgreSql


@pytest.fixture(scope="session")
def postgresql_tables(postgresql: PostgreSql) -> str:
    """The URL of a database with today's tables, to be copied."""
    url = postgresql.new_database()
    make_tables(url)
    return url


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a database with empty tables, of each kind in turn."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'archive.db'}"
        make_tables(url)
        yield url
        return
    template: str = request.getfixturevalue("postgresql_tables")
    server: PostgreSql = request.getfixturevalue("postgresql")
    url = server.new_database(template=template)
    yield url
    server.drop_database(url)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """That database, opened."""
    database = opened(database_url)
    yield database
    database.close()
