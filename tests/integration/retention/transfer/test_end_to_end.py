"""A transfer from its register to the removal; the receiver is on PostgreSQL and MinIO."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.catalogue.holdings.rows import get_case_file
from archive_service.domain.case_files.case_file import CaseState
from archive_service.services import Services
from archive_service.storage.ocfl.root import object_root
from retention.holds.acts import lift_hold, place_holds
from retention.holds.given import LiftIn
from retention.transfer.closing.close import close
from retention.transfer.closing.correct import correct
from retention.transfer.closing.remove import remove
from retention.transfer.disks.write import Onto, send
from retention.transfer.documents import TransferItemDocument
from retention.transfer.given import Correction, Decision, RegisterSendingIn, RemovalApproval
from retention.transfer.network.exchange import exchange, send_register
from retention.transfer.packages import build as packages_build
from retention.transfer.receiving.decide import decide
from retention.transfer.receiving.receive import receive
from retention.transfer.register import acts as register_acts
from retention.transfer.register.send_answer import RegisterAnswerIn, answer_register
from retention.transfer.reply.read_reply import read_replies
from retention.transfer.reply.send_reply import reply
from retention.transfer.stopping.send_notice import notice
from tests.services.servers import MinioServer, PostgreSql
from tests.worlds.archive import HISTORICAL_CODE, OPERATOR, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all
from tests.worlds.retention.dispositions import HEAD, new_otp
from tests.worlds.retention.removing import graceless
from tests.worlds.servers.backends import Backends
from tests.worlds.transfer.handed_over import described, own_fields_there, rich_case
from tests.worlds.transfer.networked import networked
from tests.worlds.transfer.networked import send as send_by_network
from tests.worlds.transfer.registers import to_send
from tests.worlds.transfer.replies import WRONG, is_over
from tests.worlds.transfer.transfers import TwoArchives, two_archives

RICH = "H40.18.2025.21.QLCT"
ALL = (OPEN_CODE, RESTRICTED_CODE, RICH)


@pytest.fixture
def two(
    held_home: Path, tmp_path: Path, postgresql: PostgreSql, minio: MinioServer
) -> Iterator[TwoArchives]:
    servers = Backends(postgresql=postgresql, minio=minio)
    with two_archives(held_home, tmp_path, servers) as both:
        both.change_giver(graceless)
        own_fields_there(both.giver)
        own_fields_there(both.receiver)
        rich_case(both.giver, tmp_path / "rich", RICH)
        yield both


def items(services: Services, row: UUID) -> dict[str, TransferItemDocument]:
    told = register_acts.show(services, row, actor=OPERATOR)
    return {transfer_item.code: transfer_item for transfer_item in told.items}


def states(services: Services, row: UUID) -> dict[str, str]:
    return {code: transfer_item.state for code, transfer_item in items(services, row).items()}


def fields(services: Services, code: str) -> dict[str, Any]:
    with services.read_only() as session:
        return described(get_case_file(session, code, actor=OPERATOR))


def keys(services: Services, code: str) -> list[str]:
    """What the copies hold of a case file."""
    with services.read_only() as session:
        root = object_root(get_case_file(session, code, actor=OPERATOR).ocfl_id)
    return [key for copy in services.stores for key in copy.iter_keys(f"{root}/")]


def bring_back(two: TwoArchives, row: UUID, disk: Path) -> None:
    """The disk goes home with the reply."""
    reply(two.receiver, row, folder=disk, actor=person(two.receiver, "lan"))
    read_replies(two.giver, disk, actor=person(two.giver, "lan"))


def registered(two: TwoArchives, row: UUID) -> None:
    """The register goes over the network, and its answer comes back so."""
    send_register(
        two.giver, row, RegisterSendingIn(to=HISTORICAL_CODE), actor=person(two.giver, "lan")
    )
    do_all(two.giver)
    answer_register(two.receiver, row, RegisterAnswerIn(), actor=person(two.receiver, "lan"))
    exchange(two.giver, row, actor=person(two.giver, "lan"))
    for services in (two.giver, two.receiver):
        told = register_acts.show(services, row, actor=OPERATOR)
        assert (told.state, set(states(services, row).values())) == ("answered", {"listed"})


def returned_and_stopped(two: TwoArchives, row: UUID, disk: Path) -> None:
    """A hold stops one before it has its receipt, the other archive returns one; it is lifted."""
    hung = person(two.giver, "hung")
    (placed,) = place_holds(
        two.giver, [RESTRICTED_CODE], reason="Thanh tra", authority="12/QĐ", actor=hung
    )
    do_all(two.giver)
    notice(two.giver, row, folder=disk, actor=person(two.giver, "lan"))
    receive(two.receiver, disk, actor=person(two.receiver, "lan"))
    assert states(two.receiver, row)[RESTRICTED_CODE] == "recalled"
    decide(
        two.receiver, row, Decision(returned={OPEN_CODE: WRONG}), actor=person(two.receiver, "lan")
    )
    do_all(two.receiver)
    bring_back(two, row, disk)
    told = {OPEN_CODE: "returned", RESTRICTED_CODE: "stopped", RICH: "receipted"}
    assert states(two.giver, row) == told
    assert items(two.giver, row)[OPEN_CODE].reason == WRONG
    lift_hold(two.giver, placed.id, LiftIn(reason="Xong"), actor=hung)
    do_all(two.giver)


def test_from_the_register_to_the_removal_both_archives_agree(
    two: TwoArchives, tmp_path: Path
) -> None:
    giver, receiver, out, disk = two.giver, two.receiver, tmp_path / "out", tmp_path / "disk"
    lan, there = person(giver, "lan"), person(receiver, "lan")
    row = to_send(two, *ALL)
    before = {code: fields(giver, code) for code in ALL}
    with networked(two):
        registered(two, row)
        packages_build.build(giver, row, folder=out, actor=lan)
        send_by_network(two, row)
    assert set(states(receiver, row).values()) == {"arrived"}
    returned_and_stopped(two, row, disk)
    edits = {0: {"description": "Đã quét lại"}}
    describe_case_file(giver, OPEN_CODE, edits, reason="Sửa", actor=lan)
    do_all(giver)
    before[OPEN_CODE] = fields(giver, OPEN_CODE)
    correct(giver, row, Correction(codes=[OPEN_CODE, RESTRICTED_CODE]), actor=lan)
    packages_build.build(giver, row, folder=out, actor=lan)
    send(giver, row, Onto(disk), actor=lan)
    receive(receiver, disk, actor=there)
    do_all(receiver)
    decide(receiver, row, Decision(), actor=there)
    do_all(receiver)
    bring_back(two, row, disk)
    assert set(states(giver, row).values()) == {"receipted"}
    assert set(states(receiver, row).values()) == {"stored"}

    close(giver, row, actor=lan)
    is_over(giver, row)
    assert all(keys(giver, code) for code in ALL)
    remove(giver, row, RemovalApproval(otp=new_otp(giver, HEAD)), actor=person(giver, HEAD))
    do_all(giver)
    assert set(states(giver, row).values()) == {"removed"}
    for code in ALL:
        require_agreement(two, row, code)
        assert fields(receiver, code) == before[code]


def require_agreement(two: TwoArchives, row: UUID, code: str) -> None:
    """Both tell the same of a case file that is the receiver's alone now."""
    here, there = items(two.giver, row)[code], items(two.receiver, row)[code]
    receipt = here.receipt
    assert receipt == there.receipt
    assert ((receipt or {})["archive"], (receipt or {})["package_sha256"]) == (
        HISTORICAL_CODE,
        here.sha256,
    )
    assert keys(two.giver, code) == []
    assert keys(two.receiver, code)
    with two.giver.read_only() as session:
        assert get_case_file(session, code, actor=OPERATOR).state is CaseState.TRANSFERRED
    with two.receiver.read_only() as session:
        held = get_case_file(session, code, actor=OPERATOR)
        assert held.arc_file_code == (receipt or {})["arc_file_code"]
        assert held.ocfl_id == (receipt or {})["ocfl_id"]
        assert held.permanent
