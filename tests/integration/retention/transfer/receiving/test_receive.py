"""A folder of a transfer at the historical archive: each package through the ordinary door."""

import hashlib
from pathlib import Path

import pytest
from sqlalchemy import func, select

from archive_service import clock
from archive_service.domain.intake.submission import Submission
from archive_service.domain.people.account import WORKER
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.storage.work_folder import WorkFolderFullError
from retention.transfer.documents import TransferDocument
from retention.transfer.given import Decision
from retention.transfer.receiving.decide import decide
from retention.transfer.receiving.receive import receive
from retention.transfer.register import acts as register_acts
from tests.worlds.archive import HISTORICAL_CODE, OPERATOR, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all
from tests.worlds.damage.small_disk import small_disk
from tests.worlds.transfer.transfers import TwoArchives

BOTH = (OPEN_CODE, RESTRICTED_CODE)


@pytest.fixture
def receiver(two: TwoArchives) -> Services:
    return two.receiver


def states(document: TransferDocument) -> dict[str, str]:
    return {transfer_item.code: transfer_item.state for transfer_item in document.items}


def test_packages_are_taken_in_checked_accepted_and_stored_with_a_receipt(
    two: TwoArchives, receiver: Services, disk: Path
) -> None:
    lan = person(receiver, "lan")
    told = receive(receiver, disk, actor=lan)
    assert (told.state, told.direction, told.arrived) == ("received", "in", 2)
    assert (told.troubles, told.unknown, told.is_newest) == ([], [], True)
    assert states(told) == dict.fromkeys(BOTH, "arrived")
    assert told.decide_by is not None
    assert told.decide_by > clock.today()
    (given,) = register_acts.list_all(two.giver, actor=OPERATOR)
    assert (told.id, told.partner_number) == (given.id, given.number)
    assert told.partner_code == two.giver.settings.archive.code
    do_all(receiver)
    row = told.id
    decided = decide(receiver, row, Decision(), actor=lan)
    assert (decided.state, states(decided)) == ("decided", dict.fromkeys(BOTH, "accepted"))
    do_all(receiver)
    taken = register_acts.show(receiver, row, actor=lan)
    assert states(taken) == dict.fromkeys(BOTH, "stored")
    for transfer_item in taken.items:
        receipt = transfer_item.receipt
        packed = (disk / "packages" / transfer_item.file).read_bytes()
        assert (receipt or {})["package_sha256"] == hashlib.sha256(packed).hexdigest()
        assert ((receipt or {})["archive"], (receipt or {})["code"]) == (
            HISTORICAL_CODE,
            transfer_item.code,
        )
        assert (receipt or {})["arc_file_code"].startswith(HISTORICAL_CODE)
    rebuild(receiver, actor=OPERATOR)
    assert register_acts.show(receiver, row, actor=lan) == taken


def test_the_worker_receives_as_the_archivist_does(receiver: Services, disk: Path) -> None:
    assert receive(receiver, disk, actor=WORKER).arrived == 2


def test_the_same_disk_twice_changes_nothing(receiver: Services, disk: Path) -> None:
    lan = person(receiver, "lan")
    first = receive(receiver, disk, actor=lan)
    again = receive(receiver, disk, actor=lan)
    assert again == first.model_copy(update={"arrived": 0})
    do_all(receiver)
    decide(receiver, first.id, Decision(), actor=lan)
    do_all(receiver)
    stored = register_acts.show(receiver, first.id, actor=lan)
    late = receive(receiver, disk, actor=lan)
    assert (late.state, late.items) == (stored.state, stored.items)
    with receiver.read_only() as session:
        assert session.scalar(select(func.count()).select_from(Submission)) == 2


def test_a_full_disk_here_is_told_and_gone_on_with(
    receiver: Services, disk: Path, tmp_path: Path
) -> None:
    lan, work = person(receiver, "lan"), receiver.work_folder
    work.rmdir()
    with small_disk(tmp_path / "small", 64 << 10) as small:
        work.symlink_to(small)
        with pytest.raises(WorkFolderFullError):
            receive(receiver, disk, actor=lan)
        work.unlink()
    told = receive(receiver, disk, actor=lan)
    assert (told.arrived, states(told)) == (2, dict.fromkeys(BOTH, "arrived"))
