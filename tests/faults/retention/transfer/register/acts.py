"""A register goes, is answered, amended and withdrawn, by a process that may be killed."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select

from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.transfer.transfer import Transfer, TransferItem, TransferMessage
from archive_service.evidence.verify import verify_trail
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from retention.transfer.given import Amendment, Approval, Withdrawal
from retention.transfer.receiving.receive import receive
from retention.transfer.register import acts as register_acts
from retention.transfer.register.answer import withdraw
from retention.transfer.register.read_answer import read_answers
from retention.transfer.register.send_answer import RegisterAnswerIn, answer_register
from retention.transfer.register.send_register import send_register
from tests.faults.archive_service.workflow.acts import keep
from tests.worlds.archive import OPERATOR, new_home, open_home, person, small_pdf_case
from tests.worlds.damage.killing import Census, Killer, Moment, under
from tests.worlds.retention.dispositions import HEAD
from tests.worlds.transfer.handed_over import brought_in
from tests.worlds.transfer.registers import to_send
from tests.worlds.transfer.transfers import TwoArchives, trust

COUNT = 3
CODES = tuple(f"H40.18.2025.{80 + number}.QLCT" for number in range(COUNT))
WHY = "Không thuộc thành phần nộp lưu"
_SAID = ("code", "title", "state", "reason", "documents", "pages", "version")
_ONCE = {  # of each archive, once all of the way is done
    "giver": {"transfer:register-sent": 3, "transfer:answered": 2, "transfer:withdrawn": 1},
    "receiver": {"transfer:announced": 3, "transfer:answered": 2},
}


@dataclass(frozen=True)
class World:
    """Both archives, the register, and the disk that goes to and fro."""

    giver: Services
    receiver: Services
    row: UUID
    disk: Path

    def send(self, giver: Services) -> None:
        """The register as it stands, onto the disk."""
        send_register(giver, self.row, folder=self.disk, actor=person(self.giver, "lan"))

    def read(self, receiver: Services) -> None:
        """What is announced."""
        receive(receiver, self.disk, actor=person(self.receiver, "lan"))

    def answer(self, receiver: Services, *declined: str) -> None:
        """All but these."""
        said = RegisterAnswerIn(declined=dict.fromkeys(declined, WHY))
        lan = person(self.receiver, "lan")
        answer_register(receiver, self.row, said, folder=self.disk, actor=lan)

    def take(self, giver: Services) -> None:
        """The answer that came back."""
        read_answers(giver, self.disk, actor=person(self.giver, "lan"))

    def amend(self) -> None:
        """One leaves it, and the head lets it go once more."""
        lan, head = person(self.giver, "lan"), person(self.giver, HEAD)
        register_acts.amend(self.giver, self.row, Amendment(drop=[CODES[0]]), actor=lan)
        register_acts.approve(self.giver, self.row, Approval(), actor=head)

    def withdraw(self) -> None:
        """All of it."""
        withdraw(
            self.giver, self.row, Withdrawal(reason="Nhầm phông"), actor=person(self.giver, "lan")
        )


@dataclass(frozen=True)
class Step:
    """What is killed, at which archive; ``before`` is what people do first, unkilled."""

    side: str
    act: Callable[[World, Services], None]
    before: Callable[[World], None] | None = None


STEPS: Sequence[Step] = (
    Step("giver", World.send),
    Step("receiver", World.read),
    Step("receiver", lambda world, one: world.answer(one, CODES[1])),
    Step("giver", World.take),
    Step("giver", World.send, before=World.amend),
    Step("receiver", World.read),
    Step("receiver", lambda world, one: world.answer(one)),
    Step("giver", World.take),
    Step("giver", World.send, before=World.withdraw),
    Step("receiver", World.read),
)


def stocked(place: Path) -> UUID:
    """``giver`` with a register that its head approved, and ``receiver`` that knows nothing yet."""
    giver, receiver = new_home(place / "giver"), new_home(place / "receiver", historical=True)
    trust(giver, receiver)
    trust(receiver, giver)
    (place / "disk").mkdir()
    with open_home(giver) as giving, open_home(receiver) as receiving:
        for code in CODES:
            brought_in(giving, small_pdf_case(place / code, code=code))
        return to_send(TwoArchives(giving, receiving), *CODES)


@contextmanager
def opened(place: Path, row: UUID) -> Iterator[World]:
    """Both, as they stand there."""
    with open_home(place / "giver") as giver, open_home(place / "receiver") as receiver:
        yield World(giver, receiver, row, place / "disk")


def ready(place: Path, row: UUID, number: int) -> None:
    """What people do before a step."""
    before = STEPS[number].before
    if before is not None:
        with opened(place, row) as world:
            before(world)


def counted(place: Path, row: UUID, number: int, counts: Path) -> None:
    """A step, unkilled; its moments of each kind into ``counts``."""
    census = Census()
    _do(place, row, number, census)
    counts.write_text(json.dumps(census.counts), encoding="utf-8")


def killed(place: Path, row: UUID, number: int, moment: Moment, at: int) -> None:
    """The same, killed at the ``at``-th moment of this kind."""
    _do(place, row, number, Killer(moment, at))


def _do(place: Path, row: UUID, number: int, killer: Killer) -> None:
    step = STEPS[number]
    with opened(place, row) as world:
        step.act(world, under(getattr(world, step.side), killer))


def restart(place: Path, row: UUID, number: int) -> None:
    """It is done again, and all that follows: nothing is lost or doubled, and both agree."""
    with opened(place, row) as world:
        for at, step in enumerate(STEPS[number:], number):
            if at > number and step.before is not None:
                step.before(world)
            step.act(world, getattr(world, step.side))
            if step.act in (World.read, World.take):
                require_agreed(world)
        world.read(world.receiver)
        world.take(world.giver)  # what is known already changes nothing
        for side in ("giver", "receiver"):
            _require_whole(getattr(world, side), _ONCE[side])
        require_agreed(world)
        before = _told(world.receiver, row)
        rebuild(world.receiver, actor=OPERATOR)
        assert _told(world.receiver, row) == before


def require_agreed(world: World) -> None:
    """Both say the same of the register, and neither kept what the other did not say."""
    here, there = _told(world.giver, world.row), _told(world.receiver, world.row)
    assert here["sequences"] == there["sequences"]
    assert here["messages"] == there["messages"]
    assert here["state"] == there["state"]
    if here["state"] != "withdrawn":
        assert here["items"] == there["items"]


def _told(services: Services, row: UUID) -> dict[str, Any]:
    with services.read_only() as session:
        transfer = session.get_one(Transfer, row)
        items = session.scalars(
            select(TransferItem)
            .where(TransferItem.transfer_id == row)
            .order_by(TransferItem.ordinal)
        ).all()
        said = select(TransferMessage.kind, TransferMessage.sequence, TransferMessage.sha256)
        messages = session.execute(said.where(TransferMessage.transfer_id == row)).all()
        return {
            "state": transfer.state.value,
            "sequences": (transfer.register_sequence, transfer.answer_sequence),
            "items": [[getattr(item, name) for name in _SAID] for item in items],
            "messages": sorted(tuple(message) for message in messages),
        }


def _require_whole(services: Services, once: dict[str, int]) -> None:
    keep(services)
    with services.read_only() as session:
        tags = Counter(session.scalars(select(AuditEvent.tag)))
        assert {tag: tags[tag] for tag in once} == once
        assert not list(session.scalars(select(Act.id).where(~Act.written)))
    verdict = verify_trail(services.database, copies=services.copies)
    assert verdict.ok, verdict
