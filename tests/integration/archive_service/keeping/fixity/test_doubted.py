"""What hangs on rows that copies or log contradict waits, until a person says that they know."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select, update

from archive_service import access
from archive_service.access import AccountDoubtedError
from archive_service.app import create_app
from archive_service.db.doubted import KNOWN, doubted_among
from archive_service.domain.case_files.case_file import CaseFile, PackageVersion
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Account, Actor, Role
from archive_service.domain.people.incident import Incident
from archive_service.domain.retention.disposition import DispositionItem
from archive_service.errors import ArchiveError
from archive_service.evidence.sealing import seal_log
from archive_service.evidence.vouching import prove_trail
from archive_service.keeping.fixity.acknowledging import DifferenceKnown, acknowledge_difference
from archive_service.keeping.fixity.catalogue import CATALOGUE_JOB, check_catalogue
from archive_service.services import Services
from archive_service.signing.copies.issuing import issue_copy
from archive_service.storage.destroy.claim import RemovalRefusedError
from archive_service.worker import run_one, work
from ingest.submissions.acts import accept, submit
from retention.destruction.acts import claim_items
from tests.worlds.archive import OPERATOR, new_home, open_home, person, small_pdf_case
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import program_of
from tests.worlds.command import Command
from tests.worlds.digitize.scanned import CLERK, add_clerks
from tests.worlds.retention.removing import approved, claim_item

CODE = "H40.18.2025.08.QLCT"
WHY = DifferenceKnown(reason="Đã đối chiếu với bản giấy")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    place = tmp_path_factory.mktemp("doubted")
    with open_home(new_home(place / "home")) as services:
        add_clerks(services)
        small_pdf_case(place / "source", code=CODE)
        (identifier,) = submit(place / "source", actor=person(services, "bach"), services=services)
        work(services, until_empty=True)
        accept(services, identifier, actor=person(services, "lan"))
        work(services, until_empty=True)
        seal_log(services, services.signer(), actor=OPERATOR)
        yield services


def doubted(services: Services) -> set[str]:
    with services.read_only() as session:
        return doubted_among(session, [CODE, "H40.18.2025.99.QLCT"])


def change(services: Services, statement: Any) -> None:
    with services.writing() as session:
        session.execute(statement)


def compare(services: Services) -> bool:
    return check_catalogue(services, actor=OPERATOR).ok


def incident(services: Services, kind: str) -> Incident | None:
    with services.read_only() as session:
        query = select(Incident).where(Incident.kind == kind, Incident.closed_at.is_(None))
        return session.scalar(query)


def acknowledge(services: Services, kind: str, actor: Actor) -> bool:
    row = incident(services, kind)
    assert row is not None
    return acknowledge_difference(services, row.id, WHY, actor=actor).closed


def code_of(refused: pytest.ExceptionInfo[ArchiveError]) -> str:
    return refused.value.code


ROLE = update(Account).where(Account.name == "lan").values(role=Role.HEAD)
PASSWORD = update(Account).where(Account.name == "lan").values(password_hash="x")


def test_an_account_that_the_log_contradicts_decides_nothing(opened: Services) -> None:
    assert compare(opened)
    before = person(opened, "lan")
    access.require(before, "submission:accept")
    change(opened, ROLE)
    assert not compare(opened)
    row = incident(opened, "account-differs")
    assert row is not None
    assert (row.subject, row.facts["parts"]) == ("lan", "rights")
    assert row.facts["log"] != row.facts["row"]
    lan = person(opened, "lan")
    assert lan.doubted
    for act in ("submission:accept", "audit:acknowledge", "rights:confirm", "hold:lift"):
        with pytest.raises(AccountDoubtedError):
            access.require(lan, act)
    access.require(lan, "case-file:read")
    with pytest.raises(AccountDoubtedError):
        acknowledge(opened, "account-differs", lan)
    assert acknowledge(opened, "account-differs", person(opened, "hung"))
    access.require(person(opened, "lan"), "submission:accept")
    assert compare(opened)
    assert prove_trail(opened).ok
    change(opened, PASSWORD)
    assert not compare(opened), "what was known is no leave for the next change"
    assert acknowledge(opened, "account-differs", person(opened, "hung"))
    seal_log(opened, opened.signer(), actor=OPERATOR)
    assert compare(opened)


def test_once_the_row_is_put_back_the_incident_is_over(opened: Services) -> None:
    rights = update(Account).where(Account.name == "bach")
    change(opened, rights.values(role=Role.ADMIN))
    with opened.writing() as session:
        opened.jobs.add(session, CATALOGUE_JOB)
    assert run_one(opened, names=(CATALOGUE_JOB,)) == "done", "each day, every account"
    assert person(opened, "bach").doubted
    change(opened, rights.values(role=Role.OFFICER))
    assert compare(opened)
    assert not person(opened, "bach").doubted


def test_the_shell_speaks_for_nobody_and_a_reason_is_wanted(opened: Services) -> None:
    change(opened, update(Account).where(Account.name == "mai").values(role=Role.HEAD))
    compare(opened)
    row = incident(opened, "account-differs")
    assert row is not None
    hung = person(opened, "hung")
    at_shell = replace(hung, os_user="root")
    for actor, given, code in (
        (at_shell, WHY, "difference-at-shell"),
        (hung, DifferenceKnown(reason=" x "), "difference-reason"),
        (person(opened, "bach"), WHY, "act-not-allowed"),
        (OPERATOR, WHY, "act-not-allowed"),
    ):
        with pytest.raises(ArchiveError) as refused:
            acknowledge_difference(opened, row.id, given, actor=actor)
        assert code_of(refused) == code
    assert acknowledge_difference(opened, row.id, WHY, actor=hung).closed
    with pytest.raises(ArchiveError) as refused:
        acknowledge_difference(opened, row.id, WHY, actor=hung)
    assert code_of(refused) == "difference-over"
    with pytest.raises(ArchiveError) as refused:
        acknowledge_difference(opened, hung.account_id or row.id, WHY, actor=hung)
    assert code_of(refused) == "incident-not-found"


def test_a_case_file_whose_rows_differ_is_not_signed(opened: Services) -> None:
    with opened.read_only() as session:
        title = session.scalars(select(CaseFile.title).where(CaseFile.code == CODE)).one()
    change(opened, update(CaseFile).values(title="Tên khác"))
    assert incident(opened, "rows-differ") is None, "no daily comparison saw it yet"
    with pytest.raises(ArchiveError) as refused:
        issue_copy(opened, CODE, 1, form="sao-y", actor=person(opened, CLERK))
    assert code_of(refused) == "row-differs"
    client = browser_of(create_app(opened), opened, "hung")
    assert "Các trường: Tiêu đề hồ sơ" in client.get("/system/incidents").text
    row = incident(opened, "rows-differ")
    assert row is not None
    for _ in range(2):  # a double press is noted once
        answer = post(client, f"/fixity/differences/{row.id}/acknowledge", reason=WHY.reason)
        assert answer.status_code == 303
    with opened.read_only() as session:
        known = select(func.count()).select_from(AuditEvent).where(AuditEvent.tag == KNOWN)
        assert session.scalar(known) == 1
    assert not doubted(opened)
    assert incident(opened, "rows-differ") is not None, "it lasts until the rows fit"
    change(opened, update(CaseFile).values(title="Tên khác nữa"))
    compare(opened)
    assert doubted(opened) == {CODE}, "another difference stops it anew"
    change(opened, update(CaseFile).values(title=title))
    compare(opened)
    assert not doubted(opened)


def test_the_command_is_refused_to_whom_the_shell_names_alone(opened: Services) -> None:
    rights = update(Account).where(Account.name == "bach")
    change(opened, rights.values(agency_id=None))
    compare(opened)
    row = incident(opened, "account-differs")
    assert row is not None
    order = ("fixity", "acknowledge", row.id, "--reason", WHY.reason)
    archive = Command(opened.settings.home)
    named = archive.run(*order, "--json", account="hung")
    assert (named.code, named.error["code"]) == (4, "difference-at-shell")
    program = program_of(create_app(opened), opened, "hung")
    path = f"/fixity-reports/differences/{row.id}/acknowledge"
    told = program.post(path, json={"reason": WHY.reason})
    assert (told.status_code, told.get_json()["closed"]) == (200, True)
    assert compare(opened)


def test_a_version_that_the_log_contradicts_stops_as_well(opened: Services) -> None:
    with opened.read_only() as session:
        was = session.scalars(select(PackageVersion.inventory_sha256)).first()
    versions = update(PackageVersion).where(PackageVersion.number == 1)
    change(opened, versions.values(inventory_sha256="ab" * 32))
    compare(opened)
    row = incident(opened, "log-differs")
    assert row is not None
    assert (row.subject, row.facts["log"], row.facts["row"]) == (CODE, was, "ab" * 32)
    assert doubted(opened) == {CODE}
    assert not acknowledge(opened, "log-differs", person(opened, "hung"))
    change(opened, versions.values(inventory_sha256=was))
    assert compare(opened)
    assert incident(opened, "log-differs") is None


def test_it_is_not_destroyed_either(opened: Services) -> None:
    (item,) = approved(opened, CODE)
    change(opened, update(CaseFile).values(title="Tên khác"))
    assert incident(opened, "rows-differ") is None, "no daily comparison saw it yet"
    with opened.writing() as session:
        kept = claim_items(opened, session, [item])[item]
    assert isinstance(kept, RemovalRefusedError)
    assert kept.facts["reason"] == "rows-differ"
    assert kept.facts["field"] == "case_file.title"
    assert str(kept.facts["row"]).startswith("sha256 "), "words are told by their digest"
    acknowledge(opened, "rows-differ", person(opened, "hung"))
    with opened.unit_of_work() as uow:
        claim_item(opened, uow.session, uow.session.get_one(DispositionItem, item))
