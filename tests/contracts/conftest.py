"""A database of each kind for the contracts of what rests on one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archive_service.db.unit_of_work import Database
from search.elasticsearch.index import open_elasticsearch
from search.fts5.index import Fts5Index
from search.port import SearchIndex
from tests.services.servers import PostgreSql
from tests.worlds.servers.databases import KINDS, make_tables, opened


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


@pytest.fixture(params=["fts5", "fts5-as-of-many", "elasticsearch"])
def opened_index(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], SearchIndex]:
    """Opens one new, empty search index of each kind, and the same one again."""
    if request.param == "fts5":
        return lambda: Fts5Index(tmp_path / "search.db")
    if request.param == "fts5-as-of-many":
        return lambda: Fts5Index(tmp_path / "search.db", compared=0)
    url = request.getfixturevalue("elasticsearch").new_prefix_url()
    return lambda: open_elasticsearch(url)


@pytest.fixture
def index(opened_index: Callable[[], SearchIndex]) -> SearchIndex:
    """A new, empty search index."""
    return opened_index()
