"""Two archives that know each other, and the historical one listens."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.services import Services
from retention.transfer.network import send as network_send
from retention.transfer.network.documents import SendingTransferDocument
from retention.transfer.partners import acts as partners_acts
from retention.transfer.partners.acts import PartnerGiven
from retention.transfer.partners.rules import PartnerFacts
from tests.worlds.archive import HISTORICAL_CODE, OPERATOR, person
from tests.worlds.clients import do_all
from tests.worlds.site import listening
from tests.worlds.transfer.transfers import TwoArchives


def acquaint(two: TwoArchives, url: str, **facts: Any) -> str:
    """Each is a partner of the other; the giver's token for the receiver, which it keeps.

    Args:
        url: of the receiver.
        facts: more of what the receiver is told of the giver.
    """
    giver = two.giver.settings.archive
    certificate = two.giver.signer().certificate.der
    told = PartnerGiven(
        PartnerFacts(name=giver.name, gives=True, **facts),
        agencies=[SAMPLE_AGENCY.new_code],
        certificates=[("seal.crt", certificate)],
    )
    _, token = partners_acts.add(two.receiver, giver.code, told, actor=OPERATOR)
    assert token is not None
    receiver = PartnerFacts(name=two.receiver.settings.archive.name, receives=True, url=url)
    keys = [("seal.crt", two.receiver.signer().certificate.der)]
    mine = PartnerGiven(receiver, certificates=keys, token=token.encode())
    partners_acts.add(two.giver, HISTORICAL_CODE, mine, actor=OPERATOR)
    return token


@contextmanager
def networked(two: TwoArchives, **facts: Any) -> Iterator[str]:
    """The historical archive listens, and both know each other; its address."""
    with listening(two.receiver) as site:
        acquaint(two, site.url, **facts)
        yield site.url


def moved_to(giver: Services, url: str) -> None:
    """The historical archive has another address from now on."""
    told = PartnerGiven(PartnerFacts(url=url))
    partners_acts.change(giver, HISTORICAL_CODE, told, actor=OPERATOR)


def send(two: TwoArchives, row: UUID, **more: Any) -> SendingTransferDocument:
    """TRANSFER of the giver as it is once nobody has anything to do."""
    lan = person(two.giver, "lan")
    told = network_send.send(two.giver, row, HISTORICAL_CODE, actor=lan, **more)
    do_all(two.giver)
    do_all(two.receiver)
    return told


def spool(receiver: Services) -> list[Path]:
    """What still lies where transfers arrive."""
    place = receiver.settings.home / "transfer-inbox"
    return sorted(path for path in place.rglob("*") if path.is_file()) if place.is_dir() else []
