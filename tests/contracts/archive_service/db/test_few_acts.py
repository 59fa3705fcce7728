"""However many case files have a receipt, acts of other kinds are found without reading those."""

import datetime as dt
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import ColumnElement, Select, insert, select

from archive_service.db.newest_checkpoint import newest_note
from archive_service.db.unit_of_work import Database
from archive_service.domain.keeping.act import CHECKPOINT, RECEIPT, Act, few_of

_MANY = 3000
_MORNING = dt.datetime(2026, 7, 1, tzinfo=dt.UTC)


@pytest.fixture
def kept(database: Database) -> Database:
    """Three thousand receipts and three checkpoints; where there are statistics they are taken."""

    def act(kind: str, number: int) -> dict[str, Any]:
        at = _MORNING + dt.timedelta(minutes=number)
        told = {"size": number, "note": f"note {number}", "filling": "x" * 200}
        return {"kind": kind, "subject_id": str(uuid4()), "at": at, "document": told}

    with database.writing() as session:
        session.execute(insert(Act), [act(RECEIPT, number) for number in range(_MANY)])
        session.execute(insert(Act), [act(CHECKPOINT, number) for number in range(3)])
    if database.engine.dialect.name == "postgresql":
        with database.engine.connect() as connection:
            connection.exec_driver_sql("ANALYZE")
            connection.commit()
    return database


def plan_of(database: Database, query: Select[Any]) -> str:
    dialect = database.engine.dialect
    explain = "EXPLAIN" if dialect.name == "postgresql" else "EXPLAIN QUERY PLAN"
    compiled = query.compile(dialect=dialect, compile_kwargs={"render_postcompile": True})
    given = compiled.params if dialect.name == "postgresql" else tuple(compiled.params.values())
    with database.engine.connect() as connection:
        rows = connection.exec_driver_sql(f"{explain} {compiled}", given).all()
    return "\n".join(str(row[-1]) for row in rows)


@pytest.mark.parametrize(
    ("beside", "index"), [((), "ix_act_few"), ((Act.subject_id == "x",), "ix_act_")]
)
def test_acts_of_a_rare_kind_are_found_by_their_own_index(
    kept: Database, beside: tuple[ColumnElement[bool], ...], index: str
) -> None:
    assert index in plan_of(kept, select(Act.document).where(few_of(CHECKPOINT), *beside))


def test_a_receipt_is_found_by_its_case_file(kept: Database) -> None:
    """An index of all kinds would lead SQLite, which has no statistics, to every receipt."""
    query = select(Act).where(few_of(RECEIPT), Act.subject_id == "x").order_by(Act.at)
    assert "ix_act_subject_id" in plan_of(kept, query)


def test_the_newest_checkpoint_is_the_one_over_most_events(kept: Database) -> None:
    assert newest_note(kept) == "note 2"
    with kept.read_only() as session:
        assert len(session.scalars(select(Act.id).where(few_of(RECEIPT))).all()) == _MANY
