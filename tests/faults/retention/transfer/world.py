"""Two archives, what lies on its way between them, and what both must say in the end."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from sqlalchemy import func, select

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.intake.submission import OPEN, Submission
from archive_service.domain.retention.hold import Hold
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferItem,
    TransferItemState,
    TransferState,
)
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.evidence.verify import verify_trail
from archive_service.services import Services
from archive_service.storage.ocfl.root import object_root
from archive_service.worker import work
from retention.holds.acts import lift_hold, place_holds
from retention.holds.given import LiftIn
from retention.transfer.closing.close import close
from retention.transfer.closing.correct import correct
from retention.transfer.closing.remove import remove
from retention.transfer.disks.write import Onto, send
from retention.transfer.given import Correction, Decision, RemovalApproval, Withdrawal
from retention.transfer.packages import build as packages_build
from retention.transfer.receiving.decide import decide
from retention.transfer.receiving.receive import receive
from retention.transfer.register import answer as register_answer
from retention.transfer.reply.read_reply import read_replies
from retention.transfer.reply.send_reply import reply
from retention.transfer.stopping.send_notice import notice
from tests.faults.retention.destruction.home import Stopped, let_leases_lapse
from tests.worlds.archive import copy_home, new_home, open_home, person, small_pdf_case
from tests.worlds.damage.killing import Killer, under
from tests.worlds.retention.dispositions import HEAD, new_otp
from tests.worlds.retention.removing import graceless
from tests.worlds.servers.backends import Backends
from tests.worlds.transfer.handed_over import brought_in
from tests.worlds.transfer.replies import is_over
from tests.worlds.transfer.transfers import built, trust

COUNT = 3
CODES = tuple(f"H40.18.2025.{70 + number}.QLCT" for number in range(COUNT))
WHY = "Bản quét mờ, đề nghị quét lại"
ROUNDS = 4  # exchanges until nobody has anything new to say
_REFUSALS = (ConflictError, InputError, NotFoundError)  # people are told no, and nothing changed
_ARCHIVES = ("giver", "receiver")
_CARRIED = ("disk", "notice-", "reply-")
_THEIRS = (
    TransferItemState.RECEIPTED,
    TransferItemState.TRANSFERRED,
    TransferItemState.REMOVED,
)
_BACK = (TransferItemState.RETURNED, TransferItemState.STOPPED)
# What either side may say of a case file that stays with the giver.
_STAYS: dict[TransferItemState, set[TransferItemState | None]] = {
    TransferItemState.RETURNED: {TransferItemState.RETURNED},
    TransferItemState.STOPPED: {TransferItemState.RECALLED, TransferItemState.RETURNED, None},
}


def stocked(place: Path, receivers: Backends | None = None) -> UUID:
    """``giver`` with a transfer that is built in ``out``, and ``receiver`` that has nothing yet."""
    giver = new_home(place / "giver")
    receiver = new_home(place / "receiver", receivers, historical=True)
    trust(giver, receiver)
    trust(receiver, giver)
    with open_home(giver) as services:
        for code in CODES:
            brought_in(services, small_pdf_case(place / code, code=code))
        return built(services, place / "out", *CODES)


@dataclass
class Passage:
    """One transfer between two archives; what was written for the other side is never lost here.

    Disks, replies and notices lie in folders of their own: what is read late, twice, or never, is
    for who plays. An act that is refused changes nothing; one that is stopped is gone on with.
    """

    giver: Services
    receiver: Services
    row: UUID
    place: Path
    disks: list[Path] = field(default_factory=list)
    notices: list[Path] = field(default_factory=list)
    replies: list[Path] = field(default_factory=list)
    holds: dict[UUID, int] = field(default_factory=dict)
    killer: Killer | None = None  # of the next act
    refused: list[str] = field(default_factory=list)  # for whoever looks for what went wrong

    # The giver.

    def hold(self, which: int) -> None:
        """Somebody holds one, or is too late for it."""
        hung = person(self.giver, "hung")
        with suppress(*_REFUSALS):
            (told,) = place_holds(
                self.giver, [CODES[which]], reason="Thanh tra", authority="9/QĐ", actor=hung
            )
            self.holds[told.id] = which

    def lift(self) -> None:
        """The oldest hold ends."""
        placed = next(iter(self.holds), None)
        if placed is not None:
            lift_hold(self.giver, placed, LiftIn(reason="Xong"), actor=person(self.giver, "hung"))
            del self.holds[placed]

    def send(self) -> None:
        """Built anew if it was corrected, and onto a new disk."""
        lan, out = person(self.giver, "lan"), self.place / "out"
        if self._state(self.giver) is TransferState.ANSWERED:
            self._do(
                self.giver,
                lambda one: packages_build.build(one, self.row, folder=out, actor=lan),
            )
        disk = self.place / f"disk-{len(self.disks)}"
        if self._do(self.giver, lambda one: send(one, self.row, Onto(disk), actor=lan, source=out)):
            self.disks.append(disk)

    def correct(self) -> None:
        """All that came back or was stopped goes once more, if nothing holds it."""
        with self.giver.read_only() as session:
            back = select(TransferItem.code).where(TransferItem.state.in_(_BACK))
            codes = session.scalars(back).all()
        for code in codes:
            self._correct(code)

    def _correct(self, code: str) -> None:
        lan = person(self.giver, "lan")
        self._do(
            self.giver, lambda one: correct(one, self.row, Correction(codes=[code]), actor=lan)
        )

    def tell(self) -> None:
        """A notice of what is stopped, or that all is withdrawn."""
        folder, lan = self.place / f"notice-{len(self.notices)}", person(self.giver, "lan")
        told = self._do(self.giver, lambda one: notice(one, self.row, folder=folder, actor=lan))
        if told and folder.is_dir():  # there was something to tell
            self.notices.append(folder)

    def withdraw(self) -> None:
        """All of it."""
        lan = person(self.giver, "lan")
        self._do(
            self.giver,
            lambda one: register_answer.withdraw(
                one, self.row, Withdrawal(reason="Nhầm phông"), actor=lan
            ),
        )

    def read(self, nth: int) -> None:
        """A reply, whichever it is."""
        if self.replies:
            folder, lan = self.replies[nth % len(self.replies)], person(self.giver, "lan")
            self._do(self.giver, lambda one: read_replies(one, folder, actor=lan))

    def close(self) -> None:
        """What has its receipt is the other archive's."""
        lan = person(self.giver, "lan")
        self._do(self.giver, lambda one: close(one, self.row, actor=lan))

    def let_go(self, *, over: bool) -> None:
        """The agency's head lets bytes go; before the cooling-off is over, that is refused."""
        if over and self._state(self.giver) is TransferState.CLOSED:
            is_over(self.giver, self.row)
        otp, head = new_otp(self.giver, HEAD), person(self.giver, HEAD)
        self._do(
            self.giver, lambda one: remove(one, self.row, RemovalApproval(otp=otp), actor=head)
        )

    # The receiver.

    def receive(self, nth: int) -> None:
        """A disk or a notice, whichever it is."""
        came = [*self.disks, *self.notices]
        if came:
            folder, lan = came[nth % len(came)], person(self.receiver, "lan")
            self._do(self.receiver, lambda one: receive(one, folder, actor=lan))

    def decide(self, returned: frozenset[int]) -> None:
        """All that is here, but these."""
        with self.receiver.read_only() as session:
            here = select(TransferItem.code).where(
                TransferItem.state == TransferItemState.ARRIVED,
                TransferItem.code.in_([CODES[which] for which in returned]),
            )
            given = dict.fromkeys(session.scalars(here).all(), WHY)
        lan = person(self.receiver, "lan")
        self._do(
            self.receiver, lambda one: decide(one, self.row, Decision(returned=given), actor=lan)
        )

    def answer(self) -> None:
        """A reply of how it stands."""
        folder, lan = self.place / f"reply-{len(self.replies)}", person(self.receiver, "lan")
        if self._do(self.receiver, lambda one: reply(one, self.row, folder=folder, actor=lan)):
            self.replies.append(folder)

    # Either.

    def toil(self, services: Services) -> None:
        """Jobs of one archive until none is left, or until it is stopped."""
        self._do(services, lambda one: work(one, until_empty=True))

    def _do(self, services: Services, act: Callable[[Services], object]) -> bool:
        """Whether it was done: it may be refused, and it may be stopped by the killer."""
        killer, self.killer = self.killer, None
        try:
            act(services if killer is None else under(services, killer))
        except _REFUSALS as refused:
            self.refused.append(f"{refused.code} {refused.facts}")
            return False
        except Stopped:
            let_leases_lapse(services)
            return False
        return True

    def _state(self, services: Services) -> TransferState | None:
        with services.read_only() as session:
            return session.scalar(select(Transfer.state).where(Transfer.id == self.row))

    # What must be so.

    def check(self) -> None:
        """Nothing is lost or doubled, nothing is gone early, no receipt is false."""
        here, there = items_of(self.giver, self.row), items_of(self.receiver, self.row)
        held = {CODES[which] for which in self.holds.values()}
        kept = {code: whole(self.giver, code) for code in CODES}
        for code, item in here.items():
            if item.receipt is not None:
                other = there[code]
                assert other.state is TransferItemState.STORED
                assert item.receipt == other.receipt
                assert item.is_receipted
                assert whole(self.receiver, code)
            if not kept[code]:
                self._require_let_go(item)
                assert code not in held
        with self.receiver.read_only() as session:
            codes = session.scalars(select(CaseFile.code)).all()
        assert len(set(codes)) == len(codes)

    def _require_let_go(self, item: TransferItem) -> None:
        assert item.state in (TransferItemState.TRANSFERRED, TransferItemState.REMOVED)
        assert item.is_receipted
        with self.giver.read_only() as session:
            row = session.get_one(Transfer, self.row)
            case_file = session.get_one(CaseFile, item.case_file_id)
            assert case_file.state is CaseState.TRANSFERRED
        assert row.state is TransferState.CLOSED
        assert row.removal_by == HEAD
        assert row.removable_on is not None
        assert row.removable_on <= clock.today()

    def finish(self) -> None:
        """Everything is brought to the other side in its order: then both say the same."""
        for _ in range(ROUNDS):
            self._exchange()
        self.check()
        here, there = items_of(self.giver, self.row), items_of(self.receiver, self.row)
        assert set(there) <= set(here)
        for code, item in here.items():
            other: TransferItemState | None = there[code].state if code in there else None
            if item.state in _THEIRS:
                assert other is TransferItemState.STORED, (code, item.state, other)
            else:
                known = _STAYS.get(item.state, set())
                assert other in known, (code, item.state, other, self.refused[-12:])
                assert whole(self.giver, code)
        stored = [
            code
            for code, transfer_item in there.items()
            if transfer_item.state is TransferItemState.STORED
        ]
        with self.receiver.read_only() as session:
            assert sorted(session.scalars(select(CaseFile.code))) == sorted(stored)
            waiting = select(func.count()).select_from(Submission)
            assert not session.scalar(waiting.where(Submission.state.in_(OPEN)))
        for services in (self.giver, self.receiver):
            verdict = verify_trail(services.database, copies=services.copies)
            assert verdict.ok, verdict

    def _exchange(self) -> None:
        self.toil(self.giver)
        if self._state(self.giver) in (TransferState.ANSWERED, TransferState.BUILT):
            self.send()
        self.tell()
        for nth in range(len(self.disks)):
            self.receive(nth)
        for nth in range(len(self.disks), len(self.disks) + len(self.notices)):
            self.receive(nth)
        self.toil(self.receiver)
        self.decide(frozenset())
        self.toil(self.receiver)
        self.answer()
        for nth in range(len(self.replies)):
            self.read(nth)


def items_of(services: Services, row: UUID) -> dict[str, TransferItem]:
    """By code."""
    with services.read_only() as session:
        query = select(TransferItem).where(TransferItem.transfer_id == row)
        return {item.code: item for item in session.scalars(query)}


def whole(services: Services, code: str) -> bool:
    """Whether every copy holds something of the case file."""
    with services.read_only() as session:
        ocfl_id = session.scalar(select(CaseFile.ocfl_id).where(CaseFile.code == code))
    if ocfl_id is None:
        return False
    root = f"{object_root(ocfl_id)}/"
    return all(next(copy.iter_keys(root), None) is not None for copy in services.stores)


@contextmanager
def passage(stored: Path, row: UUID, place: Path) -> Iterator[Passage]:
    """A copy of it for one run, with the first disk on its way."""
    copy_passage(stored, place)
    with reopened(place, row) as made:
        made.send()
        yield made


def copy_passage(source: Path, place: Path) -> Path:
    """Both archives once more, and whatever lies between them; nobody is at work."""
    for name in _ARCHIVES:
        copy_home(source / name, place / name)
    for folder in source.iterdir():
        if folder.name == "out" or folder.name.startswith(_CARRIED):
            shutil.copytree(folder, place / folder.name)
    return place


@contextmanager
def reopened(place: Path, row: UUID) -> Iterator[Passage]:
    """As it stands there."""
    with ExitStack() as stack:
        giver, receiver = (
            graceless(stack.enter_context(open_home(place / name))) for name in _ARCHIVES
        )
        disks, notices, replies = (sorted(place.glob(f"{kind}*")) for kind in _CARRIED)
        with giver.read_only() as session:
            query = select(Hold.id, CaseFile.code).join(CaseFile, CaseFile.id == Hold.case_file_id)
            placed = session.execute(query.where(Hold.lifted_at.is_(None))).all()
        holds = {one.id: CODES.index(one.code) for one in placed}
        yield Passage(giver, receiver, row, place, disks, notices, replies, holds)
