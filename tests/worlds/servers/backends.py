"""What the homes of tests rest on: the embedded default, or real servers."""

import atexit
import functools
import io
import json
import os
import tomllib
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from sqlalchemy import URL, create_engine, make_url
from sqlalchemy.exc import DBAPIError

from archive_service.settings import HOME_FILE
from archive_service.storage.port import ObjectStore
from tests.services.postgresql import copied_from

if TYPE_CHECKING:
    from tests.services.servers import Elasticsearch, MinioServer, PostgreSql, S3Server

COPIES = ("kho1", "kho2")
_THREADS = 8
_CLONED: list[tuple[Path, URL]] = []  # databases made here, and the homes that they are of
ON_SERVERS = "TEST_SERVERS"  # "postgresql": every home of a test whose maker names none


@dataclass(frozen=True)
class Backends:
    """The servers of a home; where one is not named, that part of the embedded default stands."""

    postgresql: "PostgreSql | None" = None
    minio: "MinioServer | None" = None  # both copies
    second_s3: "S3Server | None" = None  # the second copy, where it has its own
    elasticsearch: "Elasticsearch | None" = None

    def new_places(self) -> dict[str, dict[str, Any]]:
        """Settings by section: new places, all empty."""
        places: dict[str, dict[str, Any]] = {"storage": {"copies": self._copies()}}
        if self.postgresql is not None:
            places["database"] = {"url": self.postgresql.new_database()}
        if self.elasticsearch is not None:
            places["search"] = {"url": self.elasticsearch.new_prefix_url()}
        return places

    def _copies(self) -> list[str]:
        if self.minio is None:
            return [f"file:{name}" for name in COPIES]
        servers = (self.minio, self.second_s3 or self.minio)
        return [
            f"{server.new_bucket_url()}&name={name}"
            for server, name in zip(servers, COPIES, strict=True)
        ]


@functools.cache
def of_this_run() -> Backends:
    """Of homes whose makers name none: embedded, unless the variable says otherwise."""
    if "postgresql" not in os.environ.get(ON_SERVERS, ""):
        return Backends()
    from tests.services.servers import run_postgresql

    stack = ExitStack()
    atexit.register(stack.close)
    return Backends(postgresql=stack.enter_context(run_postgresql()))


def write_settings(home: Path, settings: Mapping[str, Mapping[str, Any]]) -> None:
    """The home's own file; what JSON writes of texts, numbers and lists is TOML too."""
    lines = []
    for section, values in settings.items():
        lines.append(f"[{section}]")
        lines += [f"{key} = {json.dumps(value)}" for key, value in values.items()]
    (home / HOME_FILE).write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_settings(home: Path) -> dict[str, dict[str, Any]]:
    """What the home's own file says."""
    return tomllib.loads((home / HOME_FILE).read_text("utf-8"))


def clone_database(home: Path, settings: dict[str, dict[str, Any]]) -> None:
    """Where the home's database is a server's: a database of its own with the same rows.

    ``settings`` come from another home and get the new URL. Nobody may be connected to the old one.
    """
    url = database_url(settings)
    if url is None:
        return
    name = f"home_{uuid4().hex}"
    _administer(url, f'CREATE DATABASE "{name}"{copied_from(str(url.database))}')
    _CLONED.append((home, url.set(database=name)))
    settings["database"]["url"] = url.set(database=name).render_as_string(hide_password=False)
    write_settings(home, settings)


def drop_forsaken() -> None:
    """Remove the databases of homes that are gone: thousands of files each, and there are hundreds.

    Whose server is gone, or who still reads, keeps it: the server's folder goes in any case.
    """
    for one in [one for one in _CLONED if not one[0].exists()]:
        _CLONED.remove(one)
        with suppress(DBAPIError):
            _administer(one[1], f'DROP DATABASE IF EXISTS "{one[1].database}"')


def drop_database(home: Path) -> None:
    """Remove the home's database from its server, if it has one."""
    url = database_url(read_settings(home))
    if url is not None:
        _administer(url, f'DROP DATABASE IF EXISTS "{url.database}" WITH (FORCE)')


def empty_database(home: Path) -> None:
    """Where the home's database is a server's: a new one with nothing in it."""
    settings = read_settings(home)
    url = database_url(settings)
    if url is not None:
        name = f"home_{uuid4().hex}"
        _administer(url, f'CREATE DATABASE "{name}"')
        new = url.set(database=name).render_as_string(hide_password=False)
        settings["database"]["url"] = new
        write_settings(home, settings)


def database_url(settings: Mapping[str, Mapping[str, Any]]) -> URL | None:
    """Where the rows are; ``None`` for the home's own file."""
    url = make_url(settings.get("database", {}).get("url", "sqlite://"))
    return url if url.get_backend_name() == "postgresql" else None


def copy_keys(source: ObjectStore, target: ObjectStore) -> None:
    """Everything one store holds, into another that is empty; identity and all."""
    target.prepare()

    def copy(key: str) -> None:
        with source.open(key) as stream:
            data = stream.read()
        target.put(key, io.BytesIO(data), size=len(data), sha256=sha256(data).hexdigest())

    with ThreadPoolExecutor(_THREADS) as threads:
        for _done in threads.map(copy, source.iter_keys()):
            pass  # the first trouble flies


def _administer(url: URL, statement: str) -> None:
    engine = create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


def clone_index(source: str, target: str) -> None:
    """The index of one address once more at another, with its identity; nobody writes meanwhile."""
    import elasticsearch

    from search.elasticsearch.client import Address

    old, new = Address.parse(source), Address.parse(target)
    with elasticsearch.Elasticsearch(old.server, request_timeout=60) as client:
        found = client.indices.get(index=f"{old.prefix}-entries", ignore_unavailable=True)
        for name, told in found.items():
            identity = told["mappings"]["_meta"]["identity"]
            alias = f"{new.prefix}-entries"
            client.indices.add_block(index=name, block="write")
            client.indices.clone(
                index=name,
                target=f"{alias}-v1",
                aliases={alias: {}, f"{alias}-{identity}": {}},
                settings={"index.blocks.write": None},
            )
            client.indices.put_settings(index=name, settings={"index.blocks.write": None})
