"""Where a bench keeps: below its own home, or on servers in a database and buckets of its own."""

import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

from sqlalchemy import create_engine, make_url, text

from archive_service.bootstrap import open_index, remove_bench_bucket
from archive_service.errors import InputError
from archive_service.storage.s3.client import BENCH_BUCKETS


class BenchServersError(InputError):
    """No PostgreSQL server or no S3 server is named."""


class BenchSearchServerError(InputError):
    """No Elasticsearch server is named."""


@dataclass(frozen=True, slots=True)
class Backends:
    """URLs of one home of a bench."""

    copies: tuple[str, ...]
    database: str | None = None  # by default the file of the home
    search: str | None = None  # by default the embedded index of the home

    def as_toml(self) -> str:
        """These settings as they stand in the home's file."""
        lines = ["[storage]", f"copies = {json.dumps(list(self.copies))}"]
        if self.database is not None:
            lines += ["[database]", f"url = {json.dumps(self.database)}"]
        if self.search is not None:
            lines += ["[search]", f"url = {json.dumps(self.search)}"]
        return "\n".join(lines) + "\n"


@dataclass(frozen=True, slots=True)
class Servers:
    """A PostgreSQL server where we may make databases, S3 servers where we may make buckets."""

    database: str
    copies: tuple[str, ...]
    search: str = ""  # an Elasticsearch server, for benches that ask an index

    @classmethod
    def named(cls, database: str, copies: str, search: str = "") -> "Servers":
        """As ``ARCHIVE_DATABASE__URL``, ``ARCHIVE_STORAGE__COPIES``, ``ARCHIVE_SEARCH__URL`` do.

        Raises:
            BenchServersError: one of them is of another kind, or missing.
        """
        try:
            urls = json.loads(copies or "[]")
        except ValueError:
            urls = []
        if not database.startswith("postgresql") or not urls:
            raise BenchServersError(missing="PostgreSQL, S3")
        if not all(isinstance(url, str) and url.startswith("s3:") for url in urls):
            raise BenchServersError(missing="S3")
        return cls(database, tuple(urls), search)


@contextmanager
def on_database(url: str | None) -> Iterator[Backends]:
    """A copy in a folder; a database of its own on the server of the URL, or SQLite."""
    if not url:
        yield on_files(1)
        return
    if not url.startswith("postgresql"):
        raise BenchServersError(missing="PostgreSQL")
    name = f"archive_bench_{secrets.token_hex(5)}"
    _execute(url, f'CREATE DATABASE "{name}"')
    try:
        database = make_url(url).set(database=name)
        yield Backends(("file:copy-1",), database.render_as_string(hide_password=False))
    finally:
        _execute(url, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def on_files(copies: int) -> Backends:
    """Copies in folders of the home, and SQLite."""
    return Backends(tuple(f"file:copy-{number}" for number in range(1, copies + 1)))


@contextmanager
def on_servers(servers: Servers, copies: int) -> Iterator[Backends]:
    """A new database and new buckets, gone when the block ends.

    More copies than servers named lie on the first ones again, each in a bucket of its own.
    """
    mark = secrets.token_hex(5)
    name = f"archive_bench_{mark}"
    urls = [
        bench_bucket(servers.copies[number % len(servers.copies)], f"{mark}-{number + 1}")
        for number in range(copies)
    ]
    _execute(servers.database, f'CREATE DATABASE "{name}"')
    try:
        database = make_url(servers.database).set(database=name)
        yield Backends(tuple(urls), database.render_as_string(hide_password=False))
    finally:
        _execute(servers.database, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        remove_buckets(urls)


@contextmanager
def made(servers: Servers | None, copies: int) -> Iterator[Backends]:
    """On these servers, or on files where there are none."""
    if servers is None:
        yield on_files(copies)
    else:
        with on_servers(servers, copies) as backends:
            yield backends


@contextmanager
def emptied_index(url: str, name: str) -> Iterator[str]:
    """The URL of an index of benches of this name on the same server, empty before and after.

    Raises:
        BenchSearchServerError: the URL names no Elasticsearch.
    """
    if not url.startswith("elasticsearch://"):
        raise BenchSearchServerError
    address, _, options = url.partition("?")
    host = address.removeprefix("elasticsearch://").partition("/")[0]
    own = f"elasticsearch://{host}/{BENCH_BUCKETS}{name}{'?' if options else ''}{options}"
    index = open_index(own, home=Path())
    index.clear()
    try:
        yield own
    finally:
        index.clear()


def bench_bucket(url: str, mark: str) -> str:
    """The URL of a bucket of a bench on the same server, as the same user."""
    parts = urlsplit(url)
    query = {key: found[-1] for key, found in parse_qs(parts.query).items()} | {"name": mark}
    return parts._replace(path=f"/{BENCH_BUCKETS}{mark}", query=urlencode(query)).geturl()


def remove_buckets(urls: Sequence[str]) -> None:
    """With all that is in them."""
    for url in urls:
        remove_bench_bucket(url)


def _execute(url: str, statement: str) -> None:
    """Outside any transaction, in the database of the URL."""
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    try:
        with engine.connect() as connection:
            connection.execute(text(statement))
    finally:
        engine.dispose()
