"""Rows that somebody changed in the database alone are compared with the copies, and named."""

from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, select, update

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.act import RECEIPT, Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import WORKER
from archive_service.domain.people.incident import Incident
from archive_service.errors import BackendError
from archive_service.keeping.fixity.catalogue import (
    CATALOGUE_JOB,
    CatalogueTally,
    check_catalogue,
    part_of,
)
from archive_service.services import Services
from archive_service.worker import run_one
from tests.worlds.archive import COPIES, OPERATOR, open_home
from tests.worlds.backed_up import STORED_CODE, stocked_home
from tests.worlds.command import Command


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return stocked_home(tmp_path / "home")


def change(services: Services, statement: Any) -> None:
    with services.writing() as session:
        session.execute(statement)


def compared(services: Services) -> CatalogueTally:
    return check_catalogue(services, actor=OPERATOR)


def incidents(services: Services) -> list[tuple[str, str]]:
    with services.read_only() as session:
        query = select(Incident.kind, Incident.subject).where(Incident.closed_at.is_(None))
        return [(kind, subject) for kind, subject in session.execute(query)]


def test_what_is_stored_fits_and_only_what_is_at_rest_is_compared(services: Services) -> None:
    tally = compared(services)
    assert (tally.compared, tally.ok, tally.complete) == (1, True, True)
    assert tally.acts_compared >= 3
    assert incidents(services) == []
    change(services, update(CaseFile).values(version_wanted=2, title="Tên khác"))
    assert compared(services).compared == 0


ROWS: list[tuple[str, Callable[[], Any]]] = [
    ("case_file.title", lambda: update(CaseFile).values(title="Tên khác")),
    ("case_file.permanent", lambda: update(CaseFile).values(permanent=True)),
    ("case_file.mode", lambda: update(CaseFile).values(mode="Hạn chế")),
    ("documents[1].subject", lambda: update(Document).values(subject="Tên khác")),
    ("submission.title", lambda: update(Submission).values(title="Tên khác")),
]


@pytest.mark.parametrize(("field", "statement"), ROWS, ids=[field for field, _ in ROWS])
def test_a_changed_row_is_named_with_both_sides_until_it_fits_again(
    services: Services, field: str, statement: Callable[[], Any]
) -> None:
    with services.read_only() as session:
        before = session.scalars(select(CaseFile).where(CaseFile.code == STORED_CODE)).one()
        session.expunge_all()
    change(services, statement())
    (found,) = compared(services).differing
    assert (found.code, found.copy, found.version) == (STORED_CODE, COPIES[0], 1)
    assert field in [field_difference.field for field_difference in found.fields]
    assert all(
        field_difference.row != field_difference.package for field_difference in found.fields
    )
    assert ("rows-differ", STORED_CODE) in incidents(services)
    if field == "case_file.title":
        change(services, update(CaseFile).values(title=before.title))
        assert compared(services).ok
        assert incidents(services) == []


def test_a_changed_act_is_named(services: Services) -> None:
    with services.read_only() as session:
        paper = session.scalars(select(Act.companion_sha256).where(Act.kind == RECEIPT)).one()
    change(services, update(Act).where(Act.kind == RECEIPT).values(companion_sha256="ab" * 32))
    ((key, copy),) = compared(services).acts
    assert key.startswith("acts/receipt/")
    assert copy == COPIES[0]
    assert incidents(services) == [("act-differs", key)]
    change(services, update(Act).where(Act.kind == RECEIPT).values(companion_sha256=paper))
    assert compared(services).ok
    assert incidents(services) == []


def test_nothing_is_said_to_fit_while_no_copy_answers(services: Services) -> None:
    for copy in COPIES:
        root = services.settings.home / copy
        root.rename(root.with_name(f"{copy}-away"))
    with pytest.raises(BackendError):
        compared(services)
    told = select(AuditEvent.number).where(AuditEvent.tag == "fixity:catalogue-compared")
    with services.read_only() as session:
        assert session.scalar(told) is None


def test_the_command_shows_both_sides(home: Path) -> None:
    archive = Command(home)
    assert archive.ask("fixity", "check", "--catalogue")["differing"] == []
    with open_home(home) as services:
        change(services, update(CaseFile).values(title="Tên khác"))
    told = archive.run("fixity", "check", "--catalogue", "--json")
    assert told.code == 5
    (one,) = told.document["differing"]
    assert one["code"] == STORED_CODE
    assert {it["field"]: it["row"] for it in one["fields"]}["case_file.title"] == "Tên khác"
    assert "Tên khác" in archive.run("fixity", "check", "--catalogue").stdout
    assert archive.run("fixity", "check", "--catalogue", "--limit", "3").code == 2


def test_each_day_has_a_part_and_thirty_are_all() -> None:
    today = clock.today()
    parts = sorted(part_of(today.fromordinal(today.toordinal() + day)) for day in range(30))
    assert parts[0][0].int == 0
    assert parts[-1][1].int == (1 << 128) - 1
    assert all(one[1].int + 1 == two[0].int for one, two in pairwise(parts))
    assert part_of(today) == part_of(today.fromordinal(today.toordinal() + 30))


def test_the_periodic_job_compares_the_part_of_the_day(services: Services) -> None:
    with services.writing() as session:
        services.jobs.add(session, CATALOGUE_JOB)
    assert run_one(services, names=(CATALOGUE_JOB,)) == "done"
    with services.read_only() as session:
        id_ = session.scalars(select(CaseFile.id)).one()
    change(services, update(CaseFile).values(title="Tên khác"))
    assert not check_catalogue(services, actor=WORKER, between=(id_, id_)).ok


def test_statements_do_not_grow_with_case_files(services: Services) -> None:
    statements: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        statements.append(statement)

    event.listen(services.database.engine, "before_cursor_execute", note)
    compared(services)
    event.remove(services.database.engine, "before_cursor_execute", note)
    assert len([one for one in statements if one.startswith("SELECT document.")]) == 1
