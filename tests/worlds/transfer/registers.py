"""A register that goes from one archive to the other on a disk, and its answer."""

from pathlib import Path
from typing import Any
from uuid import UUID

from retention.transfer.documents import TransferDocument
from retention.transfer.receiving.receive import receive
from retention.transfer.register.read_answer import read_answers
from retention.transfer.register.send_answer import RegisterAnswerIn, answer_register
from retention.transfer.register.send_register import send_register
from tests.worlds.archive import person
from tests.worlds.retention.dispositions import HEAD, add_agency_head
from tests.worlds.transfer.replies import once
from tests.worlds.transfer.transfers import TwoArchives, approved, make_permanent


def to_send(two: TwoArchives, *codes: str) -> UUID:
    """A register that the head of the agency approved."""
    return _to_send(two, Path(), *codes)


@once
def _to_send(two: TwoArchives, _folder: Path, *codes: str) -> UUID:
    make_permanent(two.giver, *codes)
    add_agency_head(two.giver)
    return approved(two.giver, *codes, head=HEAD)


def announced(two: TwoArchives, disk: Path, *codes: str) -> UUID:
    """The same, sent on a disk that the other archive read."""
    row = to_send(two, *codes)
    send_register(two.giver, row, folder=disk, actor=person(two.giver, "lan"))
    receive(two.receiver, disk, actor=person(two.receiver, "lan"))
    return row


def answer(two: TwoArchives, row: UUID, disk: Path, **said: Any) -> TransferDocument:
    """TRANSFER of the giver once the answer came back to it."""
    answer_register(
        two.receiver, row, RegisterAnswerIn(**said), folder=disk, actor=person(two.receiver, "lan")
    )
    return read_answers(two.giver, disk, actor=person(two.giver, "lan"))
