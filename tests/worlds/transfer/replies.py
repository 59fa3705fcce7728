"""A transfer that went to the historical archive, and what came of it there."""

import atexit
import datetime as dt
import shutil
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec
from uuid import UUID

from archive_service import clock
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferDirection,
    TransferMessageKind,
)
from archive_service.services import Services
from retention.transfer.closing.close import close
from retention.transfer.disks.write import Onto, send
from retention.transfer.documents import TransferDocument
from retention.transfer.given import Decision
from retention.transfer.items import items_of
from retention.transfer.messages.form import parse, signed
from retention.transfer.messages.kept import newest_message
from retention.transfer.messages.tables import REPLY_FORM, Reply, ReplyLine
from retention.transfer.receiving.decide import decide
from retention.transfer.receiving.receive import receive
from retention.transfer.register import acts as register_acts
from retention.transfer.reply.read_reply import read_replies
from retention.transfer.reply.send_reply import line_of, reply
from tests.worlds.archive import OPERATOR, person
from tests.worlds.clients import do_all
from tests.worlds.transfer.transfers import (
    NewArchives,
    TwoArchives,
    answered,
    built,
    two_archives,
)

WRONG = "Bản quét mờ, đề nghị quét lại"


_How = ParamSpec("_How")
_ENDS: dict[object, tuple[Path, UUID]] = {}


def once(
    way: Callable[Concatenate[TwoArchives, Path, _How], UUID],
) -> Callable[Concatenate[TwoArchives, Path, _How], UUID]:
    """Let new archives go this way once a process, and all others begin at its end.

    What the way left in the folder, a disk or packages, is copied with them.
    """

    @wraps(way)
    def gone(two: TwoArchives, folder: Path, /, *codes: _How.args, **how: _How.kwargs) -> UUID:
        if not (isinstance(two, NewArchives) and two.is_new()):
            return way(two, folder, *codes, **how)
        end = two.held, way.__name__, codes, repr(how)
        if end not in _ENDS:
            place = Path(tempfile.mkdtemp(prefix="two-archives-"))
            atexit.register(shutil.rmtree, place, ignore_errors=True)
            with two_archives(two.held, place) as first:
                _ENDS[end] = place, way(first, place, *codes, **how)
            if (place / "out").is_dir():
                (place / "out").rename(place / "kept")
        place, row = _ENDS[end]
        two.begin_at(place)
        for left in ("built", "disk"):
            if (place / left).is_dir():
                shutil.copytree(place / left, folder / left)
        if (place / "kept").is_dir():  # the giver knows where it lay: a link leads on to the copy
            shutil.copytree(place / "kept", folder / "out")
            (place / "out").unlink(missing_ok=True)
            (place / "out").symlink_to(folder / "out")
        return row

    return gone


@once
def agreed(two: TwoArchives, _folder: Path, *codes: str) -> UUID:
    """Case files that the historical archive takes; nothing is built yet."""
    return answered(two.giver, *codes)


@once
def packed(two: TwoArchives, folder: Path, *codes: str) -> UUID:
    """Case files whose packages lie in ``folder/out``."""
    return built(two.giver, folder / "out", *codes)


@once
def sent(two: TwoArchives, folder: Path, *codes: str) -> UUID:
    """Case files that are on a disk, ``folder/disk``, which is on its way."""
    row = built(two.giver, folder / "built", *codes)
    send(two.giver, row, Onto(folder / "disk"), actor=person(two.giver, "lan"))
    return row


def decided(two: TwoArchives, row: UUID, disk: Path, *, returned: Sequence[str] = ()) -> None:
    """The other archive took the disk in, and all is stored there but what is returned."""
    lan = person(two.receiver, "lan")
    receive(two.receiver, disk, actor=lan)
    do_all(two.receiver)
    decide(two.receiver, row, Decision(returned=dict.fromkeys(returned, WRONG)), actor=lan)
    do_all(two.receiver)


@once
def taken(two: TwoArchives, folder: Path, *codes: str, returned: Sequence[str] = ()) -> UUID:
    """The disk was sent, and what is on it decided."""
    row = sent(two, folder, *codes)
    decided(two, row, folder / "disk", returned=returned)
    return row


@once
def replied(two: TwoArchives, folder: Path, *codes: str, returned: Sequence[str] = ()) -> UUID:
    """The disk came back with a reply, which was read."""
    row = taken(two, folder, *codes, returned=returned)
    reply(two.receiver, row, folder=folder / "disk", actor=person(two.receiver, "lan"))
    read_replies(two.giver, folder / "disk", actor=person(two.giver, "lan"))
    return row


@once
def closed(two: TwoArchives, folder: Path, *codes: str) -> UUID:
    """And the transfer is closed."""
    row = replied(two, folder, *codes)
    close(two.giver, row, actor=person(two.giver, "lan"))
    return row


def is_over(services: Services, row: UUID) -> None:
    """As it is when the cooling-off is over: it was closed in March of last year."""
    with services.writing() as session:
        transfer = session.get_one(Transfer, row)
        transfer.closed_at = clock.now() - dt.timedelta(days=400)
        transfer.removable_on = clock.today() - dt.timedelta(days=300)


def shown(services: Services, row: UUID) -> TransferDocument:
    """TRANSFER as it is told there."""
    return register_acts.show(services, row, actor=OPERATOR)


def states(document: TransferDocument) -> list[str]:
    """Those of its items, in their order."""
    return [transfer_item.state for transfer_item in document.items]


def newest_reply(services: Services, row: UUID) -> Reply:
    """Of those that the historical archive gave."""
    with services.read_only() as session:
        transfer = session.get_one(Transfer, row)
        out = TransferDirection.OUT
        message = newest_message(session, transfer, TransferMessageKind.REPLY, out)
        assert message is not None
        return parse(REPLY_FORM, message.document.encode())


def lines_of(services: Services, row: UUID) -> list[ReplyLine]:
    """What the historical archive has to say of each."""
    with services.read_only() as session:
        return [line_of(item) for item in items_of(session, row)]


def forged(signing: Services, head: Reply, lines: Sequence[ReplyLine], **changed: object) -> bytes:
    """Another reply, signed with the key of ``signing``."""
    other = replace(head, **changed)  # type: ignore[arg-type]  # any field may be forged
    return signed(REPLY_FORM, other, lines, signing.signer()).document
