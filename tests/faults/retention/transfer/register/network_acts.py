"""A register and its answer over the network, by a process of both archives that may be killed."""

from pathlib import Path
from uuid import UUID

from archive_service.domain.transfer.transfer import Transfer, TransferState
from archive_service.services import Services
from archive_service.worker import work
from retention.transfer.given import RegisterSendingIn
from retention.transfer.network.exchange import EXCHANGE_JOB, send_register
from tests.faults.retention.destruction.home import let_leases_lapse
from tests.faults.retention.transfer.register.acts import CODES, World, opened, require_agreed
from tests.worlds.archive import HISTORICAL_CODE, person
from tests.worlds.damage.broken_network import BrokenNetwork, Fault
from tests.worlds.damage.killing import die
from tests.worlds.site import listening
from tests.worlds.transfer.networked import acquaint, moved_to
from tests.worlds.transfer.transfers import TwoArchives

_UNANSWERED = (TransferState.APPROVED, TransferState.REGISTERED)


def acquainted(place: Path, row: UUID) -> None:
    """Both know each other from here on."""
    with opened(place, row) as world:
        acquaint(TwoArchives(world.giver, world.receiver), "http://127.0.0.1:1")


def gone(place: Path, row: UUID) -> None:
    """What is left of it, unkilled; both agree."""
    with opened(place, row) as world, listening(world.receiver) as site:
        for services in (world.giver, world.receiver):
            let_leases_lapse(services)
        with BrokenNetwork(site.url) as network:
            _go(world, network.url)
        require_agreed(world)
        assert _state(world.giver, row) is TransferState.WITHDRAWN


def killed(place: Path, row: UUID, fault: Fault, at: int) -> None:
    """The same, both killed in the middle of the ``at``-th request, or before its answer."""
    with (
        opened(place, row) as world,
        listening(world.receiver) as site,
        BrokenNetwork(site.url, fault, at, meanwhile=die) as network,
    ):
        _go(world, network.url)


def _go(world: World, url: str) -> None:
    """Each step that is not done yet: sent, answered, taken, withdrawn, told."""
    moved_to(world.giver, url)
    if _state(world.giver, world.row) in _UNANSWERED:
        lan = person(world.giver, "lan")
        send_register(world.giver, world.row, RegisterSendingIn(to=HISTORICAL_CODE), actor=lan)
        _exchange(world.giver)
    if _state(world.receiver, world.row) is TransferState.REGISTERED:
        world.answer(world.receiver, CODES[1])
    if _state(world.giver, world.row) is TransferState.REGISTERED:
        _exchange(world.giver)
        require_agreed(world)
    if _state(world.giver, world.row) is TransferState.ANSWERED:
        world.withdraw()
    _exchange(world.giver)


def _exchange(services: Services) -> None:
    """As the job does now and then."""
    with services.writing() as session:
        services.jobs.add(session, EXCHANGE_JOB)
    work(services, until_empty=True)


def _state(services: Services, row: UUID) -> TransferState | None:
    with services.read_only() as session:
        found = session.get(Transfer, row)
        return None if found is None else found.state
