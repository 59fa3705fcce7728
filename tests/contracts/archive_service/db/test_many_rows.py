"""Many rows are laid down at once as statements would lay them down, on both databases."""

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import Table, delete, func, select

from archive_service import clock
from archive_service.audit import record_event
from archive_service.db.many_rows import write_rows
from archive_service.db.unit_of_work import Database, StaleWriteError, ValueNotStorableError
from archive_service.domain.people.account import WORKER, Account, Role
from archive_service.domain.tables import METADATA
from tests.worlds.rewriting import as_owner

ACCOUNTS, EVENTS = METADATA.tables["account"], METADATA.tables["audit_event"]


def rows_of(database: Database, table: Table) -> list[dict[str, Any]]:
    key = table.primary_key.columns.values()[0]
    with database.read_only() as session:
        return [dict(row) for row in session.execute(select(table).order_by(key)).mappings()]


def write(database: Database, table: Table, rows: Sequence[dict[str, Any]]) -> None:
    with database.writing() as session:
        write_rows(session.connection(), table, rows)


@pytest.fixture
def account(database: Database) -> dict[str, Any]:
    """The row of one account, with words, a state, a moment and what is not known."""
    with database.writing() as session:
        name = "Trần\tVăn \\N\nBách"  # what a stream of rows must not take for its own marks
        made = Account(name="bach", display_name=name, role=Role.READER, created_at=clock.now())
        session.add(made)
        record_event(session, "account:added", subject_id=None, actor=WORKER, data={"a": ["ă"]})
    (row,) = rows_of(database, ACCOUNTS)
    return row


@pytest.mark.usefixtures("account")
@pytest.mark.parametrize("table", [ACCOUNTS, EVENTS], ids=["accounts", "events"])
def test_what_was_read_is_written_again_as_it_was(database: Database, table: Table) -> None:
    before = rows_of(database, table)
    with database.writing() as session:
        as_owner(session).execute(delete(table))
    assert rows_of(database, table) == []
    write(database, table, before)
    assert rows_of(database, table) == before != []


def test_more_than_one_stretch_of_them(database: Database, account: dict[str, Any]) -> None:
    write(
        database,
        ACCOUNTS,
        [account | {"id": uuid4(), "name": f"bach-{number}"} for number in range(2500)],
    )
    with database.read_only() as session:
        assert session.scalar(select(func.count()).select_from(ACCOUNTS)) == 2501


def test_one_that_is_there_already_is_a_conflict_and_none_stays(
    database: Database, account: dict[str, Any]
) -> None:
    new = account | {"id": uuid4(), "name": "lan"}
    with pytest.raises(StaleWriteError):
        write(database, ACCOUNTS, [new, account])
    assert rows_of(database, ACCOUNTS) == [account]


def test_what_cannot_be_stored_is_told_as_such(database: Database, account: dict[str, Any]) -> None:
    with pytest.raises(ValueNotStorableError):
        write(database, ACCOUNTS, [account | {"id": uuid4(), "name": "a\0b"}])
    assert rows_of(database, ACCOUNTS) == [account]
