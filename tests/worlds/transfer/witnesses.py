"""Two archives of which one, or each, keeps the checkpoints of the other."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from archive_service.accounts.sessions import actor_of_token
from archive_service.audit import record_event
from archive_service.domain.people.account import WORKER, Actor
from archive_service.errors import ArchiveError
from archive_service.evidence.checkpoint import Checkpoint
from archive_service.evidence.sealing import seal_log
from archive_service.evidence.witness.cosignature import OWN_KEY, read_key
from archive_service.evidence.witness.kept import Cosigned, iter_cosigned
from archive_service.evidence.witness.rules import Asking
from archive_service.notices.incidents import open_incidents
from archive_service.services import Services
from retention.transfer.partners import acts as partners_acts
from retention.transfer.partners.acts import PartnerGiven, token_for
from retention.transfer.partners.rules import PartnerFacts, find_partner
from retention.transfer.witnessing.sending import SEND_JOB
from retention.transfer.witnessing.taking import cosign
from tests.worlds.archive import HISTORICAL_CODE, OPERATOR, new_home, open_home
from tests.worlds.clients import do_all
from tests.worlds.site import listening
from tests.worlds.transfer.transfers import TwoArchives


def let_witness(witness: Services, origin: Services, url: str) -> None:
    """``witness``, which listens at ``url``, keeps the checkpoints of ``origin`` from now on."""
    its, ours = origin.settings.archive, witness.settings.archive
    keys = [("seal.crt", origin.signer().certificate.der)]
    _tell(
        witness,
        its.code,
        PartnerGiven(PartnerFacts(name=its.name, witnessed=True), certificates=keys),
    )
    token = partners_acts.make_token(witness, its.code, actor=OPERATOR)
    vkey = read_key(witness.settings.home / OWN_KEY).key.vkey
    named = PartnerFacts(name=ours.name, witnesses=True, url=url, witness_key=vkey)
    _tell(origin, ours.code, PartnerGiven(named, token=token.encode()))


def _tell(services: Services, code: str, told: PartnerGiven) -> None:
    with services.read_only() as session:
        known = find_partner(session, code)
    act = partners_acts.change if known else partners_acts.add
    act(services, code, told, actor=OPERATOR)


@contextmanager
def two_small(folder: Path) -> Iterator[TwoArchives]:
    """Two archives that hold nothing but what it takes to keep a log: quickly made."""
    giver, receiver = new_home(folder / "giver"), new_home(folder / "receiver", historical=True)
    with open_home(giver) as origin, open_home(receiver) as witness:
        yield TwoArchives(origin, witness)


def more(services: Services, count: int = 1) -> None:
    """So many events more."""
    with services.writing() as session:
        for _ in range(count):
            record_event(session, "test:noted", subject_id=None, actor=WORKER)


@contextmanager
def witnessed(witness: Services, origin: Services) -> Iterator[str]:
    """The same, while the witness listens; its address."""
    with listening(witness) as site:
        let_witness(witness, origin, site.url)
        yield site.url


def moved(origin: Services, url: str) -> None:
    """The witness has another address from now on."""
    told = PartnerGiven(PartnerFacts(url=url))
    partners_acts.change(origin, HISTORICAL_CODE, told, actor=OPERATOR)


def sealed(origin: Services) -> Checkpoint:
    """The newest checkpoint, once all events are sealed."""
    found = seal_log(origin, origin.signer(), actor=OPERATOR).checkpoint
    assert found is not None
    return found


def sent(origin: Services) -> None:
    """The job that comes each quarter of an hour."""
    with origin.writing() as session:
        origin.jobs.add(session, SEND_JOB)
    do_all(origin)


def cosigned(origin: Services) -> list[Cosigned]:
    """What was cosigned, the oldest first."""
    with origin.read_only() as session:
        return list(iter_cosigned(session))


def troubles(services: Services) -> dict[str, dict[str, object]]:
    """Facts of the open incidents by their kind."""
    with services.read_only() as session:
        return {incident.kind: dict(incident.facts) for incident in open_incidents(session)}


def certificate(origin: Services) -> bytes:
    """DER of the key that signs its checkpoints."""
    return origin.signer().certificate.der


def program(two: TwoArchives) -> Actor:
    """Who acts with the token of the origin."""
    token = token_for(two.giver, HISTORICAL_CODE)
    with two.receiver.read_only() as session:
        found = actor_of_token(session, token, idle_days=1)
    assert found is not None
    return found[0]


def refused(two: TwoArchives, asking: Asking) -> str:
    """The code by which the witness refuses what the origin asks."""
    with pytest.raises(ArchiveError) as refusal:
        cosign(two.receiver, asking.text(), certificate(two.giver), actor=program(two))
    return refusal.value.code
