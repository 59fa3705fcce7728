"""An operator invents a witness: an act that pins a key of one's own, and cosignatures by it."""

import base64
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from archive_service import clock
from archive_service.audit import record_event
from archive_service.domain.keeping.act import COSIGNATURE, Act
from archive_service.domain.transfer.partner import PARTNER
from archive_service.evidence.sealing import seal_log
from archive_service.evidence.vouching import TrailProof, prove_trail
from archive_service.evidence.witness.cosignature import Cosigner, WitnessKey
from archive_service.evidence.write_out import write_out_evidence
from archive_service.keeping.fixity.catalogue import check_catalogue
from archive_service.services import Services
from retention.transfer.partners.changing import add_partner
from retention.transfer.partners.rules import PartnerFacts
from tests.worlds.archive import OPERATOR, new_home, open_home


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_home(new_home(tmp_path / "home")) as services:
        yield services


def new_cosigner(name: str) -> Cosigner:
    private = Ed25519PrivateKey.generate()
    return Cosigner(WitnessKey(name, private.public_key().public_bytes_raw()), private)


def invent(services: Services, witness: Cosigner) -> None:
    made = seal_log(services, services.signer(), actor=OPERATOR).checkpoint
    assert made is not None
    pinned: dict[str, Any] = {
        "partner": {"witness_key": witness.key.vkey},
        "agencies": [],
        "token_at": None,
    }
    said: dict[str, Any] = {
        "by": witness.key.name,
        "size": made.size,
        "root": base64.b64encode(made.root).decode(),
        "note": made.note,
        "line": witness.cosign(made),
        "vkey": witness.key.vkey,
        "contradicts": False,
    }
    with services.writing() as session:
        for kind, subject, body in ((PARTNER, "p", pinned), (COSIGNATURE, "p", said)):
            session.add(Act(kind=kind, subject_id=subject, at=clock.now(), document=body))
    write_out_evidence(services)


def witnessed(proof: TrailProof) -> tuple[int, int]:
    step = next(one for one in proof.steps if one.name == "witnessed")
    return step.until, step.not_counted


def of_another(services: Services) -> Cosigner:
    """The partner was named by people; its key is another."""
    with services.database.unit_of_work() as uow:
        add_partner(
            "H40.97",
            PartnerFacts(
                name="Lưu trữ khác",
                witnesses=True,
                url="https://luu-tru.example.vn",
                witness_key=new_cosigner("luu-tru-khac").key.vkey,
            ),
            own_code=services.settings.archive.code,
            actor=OPERATOR,
            uow=uow,
        )
        uow.commit()
    return new_cosigner("luu-tru-khac")


def of_nobody(_: Services) -> Cosigner:
    return new_cosigner("nhan-chung-tinh")


@pytest.mark.parametrize("attack", [of_nobody, of_another])
def test_a_witness_that_nobody_named_proves_nothing(
    services: Services, attack: Callable[[Services], Cosigner]
) -> None:
    invent(services, attack(services))
    proof = prove_trail(services)
    assert proof.verdict == "not-proved"
    assert witnessed(proof) == (0, 1)
    assert check_catalogue(services, actor=OPERATOR).acts, "and its act has no row"


def test_an_event_of_an_earlier_release_names_the_witness_with_its_act(services: Services) -> None:
    with services.writing() as session:
        record_event(session, "partner:added", subject_id="p", actor=OPERATOR, data={"code": "p"})
    invent(services, new_cosigner("luu-tru-khac"))
    size, not_counted = witnessed(prove_trail(services))
    assert size > 0
    assert not not_counted
