"""What a test process would compile alike again and again is compiled once.

A server makes one application, opens one database and keeps them; a test makes its own, and would
wait anew for templates, addresses and the SQL of every statement.
"""

from collections.abc import Callable, Iterable
from types import CodeType
from typing import Any, NamedTuple

from alembic import command
from alembic.config import Config
from flask import Flask
from jinja2.bccache import Bucket, BytecodeCache
from sqlalchemy import Connection, Engine
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite
from sqlalchemy.util import LRUCache
from werkzeug.routing import BaseConverter, Rule
from werkzeug.routing.rules import RulePart

from archive_service.db.migrate import newest


class _Address(NamedTuple):
    """What an address is parsed into."""

    parts: tuple[RulePart, ...]
    trace: tuple[tuple[bool, str], ...]
    converters: dict[str, BaseConverter]


class _KeptTemplates(BytecodeCache):
    """Compiled templates by name and by the digest of their source."""

    def __init__(self) -> None:
        self._codes: dict[tuple[str, str], CodeType | None] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._codes.get((bucket.key, bucket.checksum))

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._codes[bucket.key, bucket.checksum] = bucket.code


def compile_once() -> None:
    """For all applications and engines that this process makes from now on."""
    Flask.jinja_options["bytecode_cache"] = _KeptTemplates()
    _keep_addresses()
    _keep_statements()
    _keep_tables()


def _keep_addresses() -> None:
    compiled, read = Rule._compile_builder, Rule._parse_rule
    kept: dict[object, Callable[..., tuple[str, str]]] = {}
    parsed: dict[object, _Address] = {}

    def builder(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: FBT001, FBT002 - werkzeug's own
        known_by = (rule.rule, append_unknown, tuple(rule._trace), repr(rule.defaults))
        if known_by not in kept:
            kept[known_by] = compiled(rule, append_unknown)
        return kept[known_by]

    def parts(rule: Rule, text: str) -> Iterable[RulePart]:
        known_by = (text, tuple(rule.map.converters.items()))
        if known_by not in parsed:
            before = len(rule._trace)
            found = tuple(read(rule, text))
            trace = tuple(rule._trace[before:])
            converters = {name: rule._converters[name] for is_name, name in trace if is_name}
            parsed[known_by] = _Address(found, trace, converters)
            return found
        known = parsed[known_by]
        rule._trace += known.trace
        rule._converters |= known.converters
        rule.arguments |= known.converters.keys()
        return known.parts

    # What they make depends on the keys above alone.
    Rule._compile_builder = builder  # type: ignore[method-assign, assignment]  # takes the same
    Rule._parse_rule = parts  # type: ignore[method-assign, assignment]  # likewise


def _keep_statements() -> None:
    """On SQLite alone: what a dialect knows of its server is there the same for every file."""
    kept: LRUCache[object, object] = LRUCache(2000)

    def of_engine(engine: Engine) -> LRUCache[object, object]:
        own: LRUCache[object, object] = vars(engine)["_compiled_cache"]
        return kept if isinstance(engine.dialect, SQLiteDialect_pysqlite) else own

    def keep_own(engine: Engine, own: LRUCache[object, object]) -> None:
        vars(engine)["_compiled_cache"] = own

    def same(dialect: SQLiteDialect_pysqlite, other: object) -> bool:
        return type(dialect) is type(other)

    def by_kind(dialect: SQLiteDialect_pysqlite) -> int:
        return hash(type(dialect))

    Engine._compiled_cache = property(of_engine, keep_own)  # type: ignore[assignment]  # read alone
    # Every cache has the dialect in its key, those in which the mappers keep theirs as well.
    SQLiteDialect_pysqlite.__eq__ = same  # type: ignore[method-assign, assignment]  # of its kind
    SQLiteDialect_pysqlite.__hash__ = by_kind  # type: ignore[method-assign, assignment]  # likewise


def _keep_tables() -> None:
    """What all migrations made of an empty SQLite file is made of the next one at once.

    The first in each process is made by the migrations themselves; a rebuild, of which tests do a
    hundred, spends more time on them than on all the rest.
    """
    migrated = command.upgrade
    kept: dict[str, list[str]] = {}  # by the newest revision

    def upgrade(config: Config, revision: str, *more: Any, **options: Any) -> None:
        connection: Connection = config.attributes["connection"]
        empty = connection.dialect.name == "sqlite" and not _made(connection)
        if not empty or revision != "head" or more or options:
            migrated(config, revision, *more, **options)
            return
        if newest() in kept:
            for statement in kept[newest()]:
                connection.exec_driver_sql(statement)
            return
        migrated(config, revision)
        revisions = connection.exec_driver_sql("SELECT version_num FROM alembic_version")
        stamps = [f"INSERT INTO alembic_version VALUES ('{one}')" for one in revisions.scalars()]  # noqa: S608 - a figure of ours
        kept[newest()] = [*_made(connection), *stamps]

    command.upgrade = upgrade


def _made(connection: Connection) -> list[str]:
    """How tables and indexes were made, in their order."""
    made = "SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY rowid"
    return list(connection.exec_driver_sql(made).scalars())
