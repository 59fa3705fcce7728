"""Somebody changes rows with the database's own tool: nothing is destroyed, packed or sent by them.

All from outside: SQL into the file, then the commands. Bytes in the copies stay as they are.
"""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service.bench.decided import decided_list
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.retention.disposition import DispositionState
from archive_service.storage.ocfl.root import object_root
from tests.worlds.archive import open_home
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.command import Command
from tests.worlds.retention.removing import end_terms
from tests.worlds.transfer.transfers import answered

BOTH = (OPEN_CODE, RESTRICTED_CODE)
OVER = "UPDATE case_file SET permanent = 0, starts_on = '2015-01-01', ends_on = '2020-12-31'"
RETITLED = "UPDATE case_file SET title = 'Hồ sơ khác'"


def sql(home: Path, statement: str, code: str = OPEN_CODE) -> None:
    with closing(sqlite3.connect(home / "archive.db")) as database:
        changed = database.execute(f"{statement} WHERE code = ?", (code,))
        assert changed.rowcount == 1
        database.commit()


def packages(home: Path) -> set[str]:
    """Every file of every package in every copy."""
    found = (file for file in home.glob("**/ocfl/**/*") if file.is_file())
    return {file.relative_to(home).as_posix() for file in found}


def ocfl_root(home: Path, code: str) -> str:
    """The folder of a case file in each copy."""
    with open_home(home) as services, services.read_only() as session:
        id_ = session.scalars(select(CaseFile.ocfl_id).where(CaseFile.code == code)).one()
    return object_root(id_)


def decided(home: Path, *codes: str) -> UUID:
    """A list that people decided on by what rows told them."""
    with open_home(home) as services, services.unit_of_work() as uow:
        query = select(CaseFile).where(CaseFile.code.in_(codes)).order_by(CaseFile.code)
        row = decided_list(uow.session.scalars(query).all(), state=DispositionState.APPROVED)
        uow.session.add(row)
        uow.session.flush()
        row.list_sha256 = row.digest_of_list()
        uow.commit()
        return row.id


def told_of(home: Path, tag: str) -> list[dict[str, Any]]:
    """What events of this kind tell."""
    with open_home(home) as services, services.read_only() as session:
        query = select(AuditEvent.data).where(AuditEvent.tag == tag)
        return list(session.scalars(query.order_by(AuditEvent.number)))


@pytest.mark.parametrize(
    ("statement", "field", "row"),
    [
        (OVER, "case_file.ends_on", "2020-12-31"),
        ("UPDATE case_file SET agency_code = 'H40.19'", "case_file.agency_code", "H40.19"),
    ],
    ids=["term", "agency"],
)
def test_what_was_made_due_by_hand_is_not_destroyed(
    home: Path, statement: str, field: str, row: str
) -> None:
    with open_home(home) as services:
        end_terms(services, RESTRICTED_CODE)
    archive, before = Command(home), packages(home)
    sql(home, OVER)
    sql(home, statement)
    listed = decided(home, *BOTH)
    archive.ask("disposition", "execute", listed, account="lan")
    archive.ask("work", "--until-empty")
    told = archive.ask("disposition", "show", listed, account="hung")["items"]
    states = {entry["code"]: entry["state"] for entry in told}
    assert states[OPEN_CODE] == "left-out"
    assert states[RESTRICTED_CODE] in ("claimed", "done"), "what fits goes on"
    (refusal,) = (entry["refusal"] for entry in told if entry["code"] == OPEN_CODE)
    facts = refusal["facts"]
    assert (refusal["code"], facts["field"], facts["row"]) == ("rows-differ", field, row)
    assert facts["package"] != row
    (left_out,) = told_of(home, "disposition:left-out")
    assert (left_out["code"], left_out["refusal"]) == (OPEN_CODE, "rows-differ")
    assert left_out["facts"] == facts
    (incident,) = (
        entry for entry in told_of(home, "incident:opened") if entry["kind"] == "rows-differ"
    )
    assert (incident["subject"], field in incident["fields"]) == (OPEN_CODE, True)
    shown = archive.run("disposition", "show", listed, account="hung").stdout
    assert f"trường “{field}” trong cơ sở dữ liệu là" in shown
    root = ocfl_root(home, OPEN_CODE)
    kept = {path for path in packages(home) if root in path}
    assert kept == {path for path in before if root in path}


def test_what_was_changed_by_hand_is_not_packed_nor_sent(home: Path, tmp_path: Path) -> None:
    with open_home(home) as services:
        row = answered(services, *BOTH)
    archive, out = Command(home), tmp_path / "out"
    sql(home, RETITLED)
    told = archive.ask("transfer", "build", row, "--to", out, account="lan")
    assert [entry["state"] for entry in told["items"]] == ["stopped", "built"]
    refusal = told["items"][0]["refusal"]
    assert (refusal["code"], refusal["facts"]["field"]) == ("rows-differ", "case_file.title")
    assert len(list((out / "packages").iterdir())) == 1
    sql(home, RETITLED, RESTRICTED_CODE)
    refused = archive.run(
        "transfer", "send", row, "--to", tmp_path / "disk", "--json", account="lan"
    )
    assert (refused.code, refused.error["code"]) == (4, "row-differs")
    assert "case_file.title" in refused.error["message"]
    assert not list((tmp_path / "disk").glob("**/*.zip"))
