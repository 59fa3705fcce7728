"""A replaced key signs a checkpoint of later: its certificate is known, its time is over."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive_service.audit import record_event
from archive_service.domain.people.account import WORKER
from archive_service.evidence.checkpoint import Checkpoint, make_checkpoint
from archive_service.evidence.offline import prove_store
from archive_service.evidence.sealing import seal_log
from archive_service.evidence.vouching import Claim, prove_trail
from archive_service.services import Services
from archive_service.signing.port import Signer
from tests.worlds.archive import OPERATOR, new_home, open_home


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_home(new_home(tmp_path / "home")) as services:
        yield services


@pytest.fixture
def other_key(tmp_path: Path) -> Iterator[Signer]:
    """As the archive renews its own."""
    with open_home(new_home(tmp_path / "other", historical=True)) as other:
        yield other.signer()


def sealed(services: Services, signer: Signer) -> Checkpoint:
    with services.writing() as session:
        record_event(session, "test:noted", subject_id=None, actor=WORKER, data={})
    made = seal_log(services, signer, actor=OPERATOR).checkpoint
    assert made is not None
    return made


def test_a_key_that_was_replaced_seals_nothing_more(services: Services, other_key: Signer) -> None:
    old_key = services.signer()
    first, last = sealed(services, old_key), sealed(services, other_key)
    kept = [Claim("witness auditor", first), Claim("witness auditor", last)]
    assert prove_trail(services, witnesses=kept).ok
    forged = make_checkpoint(last.origin, last.size, last.root, old_key)
    told = prove_trail(services, witnesses=[Claim("witness auditor", forged)])
    assert told.first_bad == f"forged: witness auditor {last.size}"
    assert told.verdict == "broken"


def test_a_copy_read_alone_tells_it_as_well(services: Services, other_key: Signer) -> None:
    old_key = services.signer()
    first, last = sealed(services, old_key), sealed(services, other_key)
    copy = services.copies[0]
    kept = [Claim("witness auditor", first), Claim("witness auditor", last)]
    assert prove_store(copy, witnesses=kept).ok
    forged = make_checkpoint(last.origin, last.size, last.root, old_key)
    told = prove_store(copy, witnesses=[Claim("witness auditor", forged)])
    assert told.first_bad == f"forged: witness auditor {last.size}"
