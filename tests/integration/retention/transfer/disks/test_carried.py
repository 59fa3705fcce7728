"""Two disks on their way from one archive to another: bags, one of the disks encrypted."""

from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa

from retention.transfer.disks import write as disks_write
from retention.transfer.disks.encryption import lock_for
from retention.transfer.disks.write import Onto
from retention.transfer.given import Decision
from retention.transfer.packages import build as packages_build
from retention.transfer.receiving.decide import decide
from retention.transfer.receiving.receive import receive
from retention.transfer.register import acts as register_acts
from tests.integration.retention.transfer.disks.guide_tool import OPEN, run
from tests.integration.retention.transfer.disks.receivers import certificate
from tests.services.process import program
from tests.worlds.archive import person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all
from tests.worlds.transfer.transfers import TwoArchives, answered

BOTH = (OPEN_CODE, RESTRICTED_CODE)
LISTS_BYTES = 600_000  # what a medium has for lists and papers of two packages, at least


def test_disks_in_bags_and_encrypted_are_received_one_after_another(
    two: TwoArchives, tmp_path: Path
) -> None:
    program("age")
    giver, lan = two.giver, person(two.giver, "lan")
    row = answered(giver, *BOTH)
    told = packages_build.build(giver, row, folder=tmp_path / "whole", actor=lan, bag=True)
    size = max(transfer_item.size_bytes for transfer_item in told.items) + LISTS_BYTES
    told = packages_build.build(
        giver, row, folder=tmp_path / "media", actor=lan, medium_bytes=size, bag=True
    )
    assert told.media == 2
    plain, sealed, opened = tmp_path / "một", tmp_path / "hai", tmp_path / "mở"
    lock = lock_for(certificate(tmp_path, rsa.generate_private_key(65537, 2048)))
    for onto in (Onto(plain, medium=1), Onto(sealed, medium=2, lock=lambda _: lock)):
        disks_write.send(giver, row, onto, actor=lan)
    assert register_acts.show(giver, row, actor=lan).state == "sent"
    opened.mkdir()
    assert run(OPEN, sealed, KEY=tmp_path / "key.pem", OPENED=opened).returncode == 0

    receiver, archivist = two.receiver, person(two.receiver, "lan")
    for disk, known in ((opened, ["awaited", "arrived"]), (plain, ["arrived", "arrived"])):
        came = receive(receiver, disk, actor=archivist)
        assert (came.arrived, came.troubles, came.unknown) == (1, [], [])
        assert [transfer_item.state for transfer_item in came.items] == known
    do_all(receiver)
    decide(receiver, came.id, Decision(), actor=archivist)
    do_all(receiver)
    stored = register_acts.show(receiver, came.id, actor=archivist)
    assert [transfer_item.state for transfer_item in stored.items] == ["stored", "stored"]
    assert [(transfer_item.receipt or {})["package_sha256"] for transfer_item in stored.items] == [
        transfer_item.sha256 for transfer_item in told.items
    ]
