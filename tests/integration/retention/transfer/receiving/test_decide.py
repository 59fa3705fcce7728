"""What the historical archive decides on a transfer, item by item, and how it is carried out."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import delete, select

from archive_service.access import ActNotAllowedError
from archive_service.accounts.disabling import disable_account
from archive_service.app import create_app
from archive_service.document import NextActDocument
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.job import Job
from archive_service.domain.people.account import Role
from archive_service.domain.transfer.transfer import TransferItem
from archive_service.evidence.write_out import write_out_evidence
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.worker import run_one
from ingest.submissions.acts import accept, give_back
from ingest.submissions.given import Return
from ingest.submissions.held_since_check import HeldSinceError
from retention.transfer.documents import TransferItemDocument
from retention.transfer.given import Decision
from retention.transfer.packages.folder import SUMS
from retention.transfer.receiving.decide import (
    TransferNothingToDecideError,
    TransferUncheckedError,
    decide,
    proposal,
)
from retention.transfer.receiving.receive import receive
from retention.transfer.receiving.stored import CARRY_OUT_JOB, WATCH_JOB
from retention.transfer.refusals import (
    TransferDirectionError,
    TransferItemsError,
    TransferStateError,
    TransferWordsError,
)
from retention.transfer.register import acts as register_acts
from tests.integration.retention.transfer.manifests import package_of
from tests.worlds.archive import OPERATOR, open_home, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, add_person, do_all, program_of
from tests.worlds.command import Command
from tests.worlds.servers.backends import empty_database
from tests.worlds.transfer.transfers import TwoArchives

BOTH = (OPEN_CODE, RESTRICTED_CODE)


@pytest.fixture
def services(two: TwoArchives) -> Services:
    """Of the receiver."""
    return two.receiver


@pytest.fixture
def row(services: Services, disk: Path) -> UUID:
    """A transfer whose packages are at the door, checked."""
    told = receive(services, disk, actor=person(services, "lan"))
    do_all(services)
    return told.id


def shown(services: Services, row: UUID) -> dict[str, TransferItemDocument]:
    told = register_acts.show(services, row, actor=OPERATOR)
    return {transfer_item.code: transfer_item for transfer_item in told.items}


def states(services: Services, row: UUID) -> list[str]:
    return [shown(services, row)[code].state for code in BOTH]


def submission_of(services: Services, row: UUID, code: str) -> UUID:
    with services.read_only() as session:
        query = select(TransferItem.submission_id).where(
            TransferItem.transfer_id == row, TransferItem.code == code
        )
        found = session.scalar(query)
        assert found is not None
        return found


def test_what_is_named_goes_back_with_the_reason_and_leaves_the_door(
    services: Services, row: UUID
) -> None:
    lan = person(services, "lan")
    told = decide(services, row, Decision(returned={OPEN_CODE: "  Thiếu  phụ lục "}), actor=lan)
    assert told.counts == {"accepted": 1, "returned": 1}
    assert told.items[0].reason == "Thiếu phụ lục"
    assert told.decided_by == "lan"
    assert told.next == [NextActDocument(act="reply", role="archivist", needs=["stored"])]
    do_all(services)
    assert states(services, row) == ["returned", "stored"]
    with services.read_only() as session:
        given = session.get_one(Submission, submission_of(services, row, OPEN_CODE))
        assert (given.state.value, given.decision_reason) == ("returned", "Thiếu phụ lục")
        assert session.scalars(select(CaseFile.code)).all() == [RESTRICTED_CODE]
    again = decide(services, row, Decision(), actor=lan)
    assert again.counts == {"returned": 1, "stored": 1}
    with pytest.raises(TransferItemsError):
        decide(services, row, Decision(returned={RESTRICTED_CODE: "Muộn"}), actor=lan)


def test_nothing_is_decided_before_the_door_has_looked(services: Services, disk: Path) -> None:
    lan = person(services, "lan")
    package_of(disk, RESTRICTED_CODE).unlink()
    row = receive(services, disk, actor=lan).id
    with pytest.raises(TransferUncheckedError) as early:
        decide(services, row, Decision(returned={OPEN_CODE: "Vội"}), actor=lan)
    assert early.value.facts["count"] == 1
    with services.read_only() as session:
        items = session.scalars(select(TransferItem).order_by(TransferItem.code.desc())).all()
        proposed = list(proposal(session, items).values())
    assert proposed == [None, shown(services, row)[RESTRICTED_CODE].reason]
    do_all(services)
    decide(services, row, Decision(), actor=lan)
    do_all(services)
    assert states(services, row) == ["stored", "returned"]


def test_a_decision_needs_words_codes_a_transfer_that_came_in_and_somebody_who_may(
    two: TwoArchives, services: Services, row: UUID
) -> None:
    lan = person(services, "lan")
    for returned in ({OPEN_CODE: " "}, {OPEN_CODE: "x" * 1001}):
        with pytest.raises(TransferWordsError):
            decide(services, row, Decision(returned=returned), actor=lan)
    with pytest.raises(TransferWordsError):
        decide(services, row, Decision(reason="x" * 1001), actor=lan)
    with pytest.raises(TransferItemsError):
        decide(services, row, Decision(returned={"H40.18.2025.99.QLCT": "Lạ"}), actor=lan)
    with pytest.raises(ActNotAllowedError):
        decide(services, row, Decision(), actor=person(services, "bach"))
    with pytest.raises(ActNotAllowedError):
        receive(services, Path("/nowhere"), actor=person(services, "hung"))
    with pytest.raises((TransferStateError, TransferDirectionError)):
        decide(two.giver, row, Decision(), actor=person(two.giver, "lan"))
    assert states(services, row) == ["arrived"] * 2


def test_a_transfer_of_which_nothing_came_waits(services: Services, disk: Path) -> None:
    lan = person(services, "lan")
    for code in BOTH:
        package_of(disk, code).unlink()
    (disk / SUMS).unlink()  # it would say that they were here, and are lost
    row = receive(services, disk, actor=lan).id
    with pytest.raises(TransferNothingToDecideError):
        decide(services, row, Decision(), actor=lan)
    told = decide(services, row, Decision(returned={OPEN_CODE: "Không gửi"}), actor=lan)
    assert [transfer_item.state for transfer_item in told.items] == ["returned", "awaited"]


def test_what_was_decided_at_the_desk_stands(services: Services, row: UUID) -> None:
    lan = person(services, "lan")
    accept(services, submission_of(services, row, OPEN_CODE), actor=lan)
    back = submission_of(services, row, RESTRICTED_CODE)
    give_back(services, back, Return(reason="Sai phông"), actor=lan)
    with pytest.raises(TransferItemsError):
        decide(services, row, Decision(returned={OPEN_CODE: "Muộn"}), actor=lan)
    decide(services, row, Decision(), actor=lan)
    do_all(services)
    assert states(services, row) == ["stored", "returned"]
    assert shown(services, row)[RESTRICTED_CODE].reason == "Sai phông"


def test_what_the_door_refuses_by_then_waits_to_be_decided_again(
    services: Services, row: UUID
) -> None:
    mai = person(services, "mai")
    decide(services, row, Decision(), actor=mai)
    with services.unit_of_work() as uow:
        disable_account("mai", actor=OPERATOR, uow=uow)
        uow.commit()
    do_all(services)
    told = register_acts.show(services, row, actor=OPERATOR)
    assert (told.state, states(services, row)) == ("received", ["arrived"] * 2)
    assert (told.items[0].refusal or {})["facts"]["error"] == "account-not-found"
    assert told.next[0].act == "decide"
    decide(services, row, Decision(), actor=person(services, "lan"))
    do_all(services)
    assert states(services, row) == ["stored"] * 2


def test_what_is_stored_is_noted_now_and_then_too(services: Services, row: UUID) -> None:
    lan = person(services, "lan")
    for code in BOTH:
        sent = submission_of(services, row, code)
        with suppress(HeldSinceError):  # they bring the same document: told, and then taken
            accept(services, sent, actor=lan)
        accept(services, sent, actor=lan)
    do_all(services)
    decide(services, row, Decision(), actor=lan)
    assert run_one(services, names=[CARRY_OUT_JOB]) == "done"
    assert states(services, row) == ["accepted"] * 2
    with services.writing() as session:
        services.jobs.add(session, WATCH_JOB)
    assert run_one(services, names=[WATCH_JOB]) == "done"
    assert states(services, row) == ["stored"] * 2


@contextmanager
def rebuilt(services: Services) -> Iterator[Services]:
    """The archive that its copies alone tell of: its database is lost."""
    write_out_evidence(services)
    home = services.settings.home
    services.database.close()
    for file in home.glob("archive.db*"):
        file.unlink()
    empty_database(home)
    with open_home(home) as after:
        rebuild(after, actor=OPERATOR)
        add_person(after, "lan", Role.ARCHIVIST)
        yield after


def test_what_came_and_was_not_taken_yet_is_received_again_after_a_loss(
    services: Services, row: UUID, disk: Path
) -> None:
    with rebuilt(services) as after:
        assert states(after, row) == ["awaited"] * 2
        with pytest.raises(TransferNothingToDecideError):
            decide(after, row, Decision(), actor=person(after, "lan"))
        _receive_and_decide(after, row, disk)


def test_what_was_taken_and_in_no_copy_yet_is_received_again_after_a_loss(
    services: Services, row: UUID, disk: Path
) -> None:
    decide(services, row, Decision(), actor=person(services, "lan"))
    assert run_one(services, names=[CARRY_OUT_JOB]) == "done"
    with rebuilt(services) as after:
        assert states(after, row) == ["awaited"] * 2
        _receive_and_decide(after, row, disk)


def _receive_and_decide(services: Services, row: UUID, disk: Path) -> None:
    lan = person(services, "lan")
    told = receive(services, disk, actor=lan)
    assert (told.state, told.arrived) == ("received", 2)
    do_all(services)
    decide(services, row, Decision(), actor=lan)
    do_all(services)
    assert states(services, row) == ["stored"] * 2


def test_a_decision_whose_job_is_gone_is_carried_out_now_and_then(
    services: Services, row: UUID
) -> None:
    decide(services, row, Decision(), actor=person(services, "lan"))
    with services.writing() as session:
        session.execute(delete(Job).where(Job.name == CARRY_OUT_JOB))
        services.jobs.add(session, WATCH_JOB)
    do_all(services)
    assert states(services, row) == ["stored"] * 2


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services)


def test_a_program_decides(app: Flask, services: Services, row: UUID) -> None:
    archivist = program_of(app, services, "lan")
    path = f"/transfers/{row}/decision"
    odd = archivist.post(path, json={"returned": {OPEN_CODE: ""}})
    assert (odd.status_code, odd.get_json()["code"]) == (422, "transfer-words")
    gone = archivist.post(f"/transfers/{uuid4()}/decision", json={})
    assert (gone.status_code, gone.get_json()["code"]) == (404, "transfer-not-found")
    told = archivist.post(path, json={"returned": {OPEN_CODE: "Thiếu"}, "reason": "Đủ"})
    assert (told.status_code, told.get_json()["state"]) == (200, "decided")
    assert told.get_json()["counts"] == {"accepted": 1, "returned": 1}


def test_a_disk_is_received_and_decided_by_commands(two: TwoArchives, disk: Path) -> None:
    package_of(disk, RESTRICTED_CODE).unlink()
    (disk / "thừa.txt").write_text("x", "utf-8")
    archive = Command(two.receiver.settings.home)
    told = archive.run("transfer", "receive", disk, "--json", account="lan")
    assert (told.code, told.document["arrived"]) == (1, 1)
    row = told.document["id"]
    again = archive.run("transfer", "receive", disk, account="lan")
    assert again.stdout == ""
    assert again.stderr.count("Thiếu gói tin") == 1
    assert f"{RESTRICTED_CODE} – Chờ gói tin: Thiếu gói tin" in again.stderr
    assert "thừa.txt" in again.stderr
    early = archive.run("transfer", "decide", row, "--json", account="lan")
    assert (early.code, early.error["code"]) == (4, "transfer-unchecked")
    archive.run("work", "--until-empty")
    given = ("--return", f"{OPEN_CODE}=Thiếu phụ lục", "--reason", "Đã kiểm tra")
    done = archive.ask("transfer", "decide", row, *given, account="lan")
    assert [entry["state"] for entry in done["items"]] == ["returned", "returned"]
    nowhere = archive.run("transfer", "receive", disk / "packages", "--json", account="lan")
    assert (nowhere.code, nowhere.error["code"]) == (2, "transfer-no-manifest")
