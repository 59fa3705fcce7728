"""One cell of each column of each compared table, changed by hand: found, or told as not seen.

What is not seen stands with its reason in ``docs/security.md``, column by column; a column that is
told there and found fails as well.
"""

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from enum import Enum
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import Column, RowMapping, Table, select, text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from archive_service.domain.base import Base
from archive_service.domain.keeping.act import RECEIPT, Act
from archive_service.domain.tables import METADATA
from archive_service.evidence.compared.packages import version_misfits
from archive_service.evidence.compared.told_acts import act_states
from archive_service.evidence.leaves import account_misfits
from archive_service.keeping.fixity.checked_submissions import checked_otherwise
from archive_service.keeping.fixity.decided_rows import DECISIONS, decided_otherwise
from archive_service.keeping.fixity.opened_rows import told_otherwise
from archive_service.keeping.fixity.told_kinds import TOLD
from archive_service.keeping.fixity.told_rows import contradicted, untold
from archive_service.packaging.catalogue import catalogue_document
from archive_service.packaging.row_comparison import submissions_of
from archive_service.services import Services
from tests.faults.archive_service.evidence.compared.changed_tables import (
    EVENTS,
    LOG,
    PACKAGE,
    SECURITY,
    told_by_acts,
)
from tests.faults.archive_service.evidence.compared.every_row import case_files, fill
from tests.faults.archive_service.evidence.rewriting import sealed
from tests.worlds.archive import open_home, person
from tests.worlds.backed_up import stocked_home

# Guarded by triggers and the chain, and compared with no other row: tests of their own.
CHAINED = {"audit_event", "audit_segment", "web_session"}
DECIDED = {decision.rows.__tablename__ for decision in DECISIONS}
_ROWS = 5  # of a table that are tried at most
Finder = Callable[[Session], object]
_LINE = re.compile(r"^\| `(\w+)` \| ((?:`\w+` ?)+) \| \S.* \|$", re.MULTILINE)


def records(session: Session) -> object:
    rows = case_files(session)
    sent = submissions_of(session, [row.id for row in rows])
    return [catalogue_document(row, sent.get(row.id, [])) for row in rows]


def by_acts(session: Session) -> object:
    acts = session.scalars(select(Act).where(Act.kind.in_((*TOLD, RECEIPT)))).all()
    return {act.id for act in contradicted(session, acts)}


def without_act(session: Session) -> object:
    return set(untold(session))


def of_acts(session: Session) -> object:
    return act_states(session, session.scalars(select(Act.id).order_by(Act.id)).all())


def by_events(session: Session) -> object:
    return {misfit.name for misfit in version_misfits(session)}, set(checked_otherwise(session))


def of_accounts(session: Session) -> object:
    return {misfit.name for misfit in account_misfits(session)}


def by_decisions(session: Session) -> object:
    return set(decided_otherwise(session))


def by_own_events(session: Session) -> object:
    return set(told_otherwise(session))


def finders(name: str) -> Sequence[Finder]:
    if name == "act":
        return [of_acts]
    if name in EVENTS:
        return [by_own_events]
    if name in PACKAGE:
        return [records, by_acts, by_events, without_act]
    if name in LOG:
        return [by_events] if name == "package_version" else [of_accounts]
    return [by_decisions, of_accounts] if name in DECIDED else [by_acts, without_act]


def unseen_of(services: Services, table: Table) -> set[str]:
    with services.read_only() as session:
        as_made = select(table).order_by(text("rowid")).limit(_ROWS)
        rows = session.execute(as_made).mappings().all()
        before = {finder: finder(session) for finder in finders(table.name)}
    assert rows, f"no row of {table.name}"
    columns = [column for column in table.columns if column.key != "revision"]
    return {
        column.key
        for column in columns
        if not any(is_found(services, column, row, before) for row in rows)
    }


def is_found(
    services: Services, column: Column[Any], row: RowMapping, before: dict[Finder, object]
) -> bool:
    """Whether anything differs with one cell changed; nothing of it is committed."""
    table = column.table
    own = [key == row[key] for key in table.primary_key.columns]
    for value in others(column, row[column]):
        with services.unit_of_work() as uow:
            uow.session.execute(text("PRAGMA defer_foreign_keys = ON"))
            try:
                uow.session.execute(table.update().where(*own).values({column: value}))
            except IntegrityError:
                continue
            if any(finder(uow.session) != known for finder, known in before.items()):
                return True
    return False


def others(column: Column[Any], value: Any) -> list[Any]:
    words = getattr(column.type, "enums", None)
    if words:
        kind = column.type.python_type
        return [word for word in (kind if issubclass(kind, Enum) else words) if word != value]
    kind = column.type.python_type
    if kind is bool:
        return [not value]
    if kind is dt.datetime:
        return [(value or dt.datetime(2026, 1, 9, tzinfo=dt.UTC)) - dt.timedelta(days=3)]
    if kind is dt.date:
        return [(value or dt.date(2026, 1, 9)) - dt.timedelta(days=3)]
    if kind in (int, float):
        return [(value or 0) + 1000]
    if kind is str:
        length = getattr(column.type, "length", None) or 64
        return ["z" * min(length, 64), str(uuid4())[:length]]
    if kind in (UUID, bytes):
        return [uuid4() if kind is UUID else b"z"]
    return [{**value, "z": 1} if isinstance(value, dict) else [*(value or ()), "z"]]


def told_in_security() -> dict[str, set[str]]:
    _, _, told = SECURITY.read_text("utf-8").partition("## What no comparison sees")
    return {name: set(re.findall(r"\w+", columns)) for name, columns in _LINE.findall(told)}


COMPARED = sorted((PACKAGE | LOG | EVENTS | told_by_acts() | DECIDED) - CHAINED)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    place: Path = tmp_path_factory.mktemp("columns")
    with open_home(stocked_home(place / "home")) as services:
        with services.writing() as session:
            fill(session, actor=person(services, "lan"))
        sealed(services)
        yield services


@pytest.mark.parametrize("name", COMPARED)
def test_a_cell_changed_by_hand_is_found_or_told_as_not_seen(services: Services, name: str) -> None:
    unseen = unseen_of(services, METADATA.tables[name])
    assert unseen == told_in_security().get(name, set())


def test_no_column_is_told_of_a_table_that_is_not_compared() -> None:
    told = told_in_security()
    assert told.keys() <= set(COMPARED)
    assert all(told[name] <= set(METADATA.tables[name].columns.keys()) for name in told)
    assert Base.metadata is METADATA
