"""An operator changes rows and lets the service itself pack them: no act asked for that version."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from archive_service.audit import record_event
from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.evidence.compared.causes import CHANGED
from archive_service.evidence.sealing import seal_log
from archive_service.evidence.vouching import prove_trail
from archive_service.jobs.due import queue_due
from archive_service.keeping.fixity.catalogue import check_catalogue
from archive_service.services import Services
from tests.worlds.archive import OPERATOR, open_home, person
from tests.worlds.backed_up import STORED_CODE, stocked_home
from tests.worlds.clients import do_all


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_home(stocked_home(tmp_path / "home")) as services:
        assert seal_log(services, services.signer(), actor=OPERATOR).checkpoint
        yield services


def retitle(services: Services) -> None:
    """With the database's own tool."""
    with services.writing() as session:
        session.execute(update(CaseFile).values(title="Hồ sơ khác"))


def built(services: Services) -> AuditEvent:
    """The event of the newest version."""
    do_all(services)
    with services.read_only() as session:
        of_versions = select(AuditEvent).where(AuditEvent.tag == "version:built")
        return session.scalars(of_versions.order_by(AuditEvent.number.desc()).limit(1)).one()


def let_pack(services: Services) -> None:
    with services.writing() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == STORED_CODE)).one()
        row.want_version()
        queue_due(session, row, services)


def test_a_version_without_an_act_is_named(services: Services) -> None:
    retitle(services)
    let_pack(services)
    assert built(services).data["version"] == 2
    assert prove_trail(services).first_bad == f"{STORED_CODE} v2"
    told = check_catalogue(services, actor=OPERATOR)
    assert (told.differing, [misfit.name for misfit in told.log]) == ([], [f"{STORED_CODE} v2"])


def test_a_change_slipped_into_work_on_files_is_named(services: Services) -> None:
    """As where scans were just read: their event asked for the version, and changes no title."""
    retitle(services)
    let_pack(services)
    with services.writing() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == STORED_CODE)).one()
        record_event(session, "case-file:digitized", of=row, actor=OPERATOR, data={})
    assert built(services).data[CHANGED] == ["case_file.title"]
    assert prove_trail(services).first_bad == f"{STORED_CODE} v2"


def test_a_change_slipped_in_beside_an_edit_by_hand_is_named(services: Services) -> None:
    """The event of the edit tells each field that it writes, and no other."""
    with services.writing() as session:
        session.execute(update(CaseFile).values(mode="02"))
    edits, lan = {0: {"title": "Hồ sơ khác"}}, person(services, "lan")
    describe_case_file(services, STORED_CODE, edits, reason="Sửa tên", actor=lan)
    assert built(services).data[CHANGED] == ["case_file.mode", "case_file.title"]
    assert prove_trail(services).first_bad == f"{STORED_CODE} v2"
    assert [misfit.name for misfit in check_catalogue(services, actor=OPERATOR).log] == [
        f"{STORED_CODE} v2"
    ]


def kept_waiting(services: Services) -> None:
    with services.writing() as session:
        session.execute(update(CaseFile).values(version_wanted=CaseFile.version_built + 1))


def kept_behind(services: Services) -> None:
    with services.writing() as session:
        session.execute(update(CaseFile).values(version_stored=CaseFile.version_stored - 1))


@pytest.mark.parametrize(
    ("keep", "version"), [(kept_waiting, 2), (kept_behind, 1)], ids=["waits", "behind"]
)
def test_rows_that_are_kept_from_being_compared_are_named(
    services: Services, keep: Callable[[Services], None], version: int
) -> None:
    """What waits for its next version is compared with that: here none would ever come."""
    retitle(services)
    keep(services)
    told = check_catalogue(services, actor=OPERATOR)
    assert [misfit.name for misfit in told.log] == [f"{STORED_CODE} v{version}"]
    assert prove_trail(services).first_bad == f"{STORED_CODE} v{version}"


def test_what_waits_for_a_version_that_an_act_asked_for_is_no_misfit(services: Services) -> None:
    edits, lan = {0: {"title": "Hồ sơ khác"}}, person(services, "lan")
    describe_case_file(services, STORED_CODE, edits, reason="Sửa tên", actor=lan)
    assert check_catalogue(services, actor=OPERATOR).ok
    assert prove_trail(services).ok


def test_a_row_put_back_to_an_earlier_version_is_named(services: Services) -> None:
    """With its title of then: rows and that version agree, and the newest is told by no row."""
    with services.read_only() as session:
        title = session.scalars(select(CaseFile.title).where(CaseFile.code == STORED_CODE)).one()
    edits = {0: {"title": "Hồ sơ khác"}}
    lan = person(services, "lan")
    describe_case_file(services, STORED_CODE, edits, reason="Sửa tên", actor=lan)
    assert built(services).data["version"] == 2
    assert check_catalogue(services, actor=OPERATOR).ok
    back = {"version_wanted": 1, "version_built": 1, "version_stored": 1, "title": title}
    with services.writing() as session:
        session.execute(update(CaseFile).values(back))
    (found,) = check_catalogue(services, actor=OPERATOR).differing
    assert [(field.field, field.row, field.package) for field in found.fields] == [
        ("version", "1", "2")
    ]


def test_what_was_described_is_no_misfit(services: Services) -> None:
    describe_case_file(
        services,
        STORED_CODE,
        {0: {"title": "Hồ sơ khác"}},
        reason="Sửa tên",
        actor=person(services, "lan"),
    )
    assert built(services).data[CHANGED] == ["case_file.title"]
    assert prove_trail(services).ok
    assert check_catalogue(services, actor=OPERATOR).ok
