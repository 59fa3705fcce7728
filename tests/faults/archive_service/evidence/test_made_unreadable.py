"""An operator makes what is compared unreadable: it is named, and the verification goes on."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from archive_service.domain.keeping.act import CHECKPOINT, Act
from archive_service.domain.people.account import WORKER
from archive_service.evidence.offline import prove_store
from archive_service.evidence.outside.stamping import STAMP, stamp_log
from archive_service.evidence.sealing import seal_log
from archive_service.evidence.vouching import prove_trail
from archive_service.services import Services
from tests.worlds.archive import OPERATOR, new_home, open_home

UNREADABLE: dict[str, tuple[str, dict[str, object], str]] = {
    "note": (CHECKPOINT, {"note": "x", "certificate": "x"}, "forged: database 0"),
    "root": (CHECKPOINT, {"note": f"H40.99\n1\n{'ê' * 44}\n", "certificate": ""}, "forged"),
    "nothing": (CHECKPOINT, {}, "forged: database 0"),
    "token": (STAMP, {"note": "x", "after": 0, "token": "x"}, "forged: stamp"),
    "no stamp": (STAMP, {}, "forged: stamp"),
}


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_home(new_home(tmp_path / "home")) as services:
        assert seal_log(services, services.signer(), actor=OPERATOR).checkpoint
        assert stamp_log(services, actor=WORKER)
        yield services


@pytest.mark.parametrize("what", UNREADABLE)
def test_what_does_not_read_is_named(services: Services, what: str) -> None:
    kind, document, named = UNREADABLE[what]
    with services.writing() as session:
        session.execute(update(Act).where(Act.kind == kind).values(document=document))
    assert str(prove_trail(services).first_bad).startswith(named)


@pytest.mark.parametrize("name", ["ghi chú.txt", "\udcff.json"])
@pytest.mark.parametrize("folder", ["audit", "evidence/log/checkpoint", "acts/log-stamp"])
def test_a_name_that_is_no_key_stops_nothing(services: Services, folder: str, name: str) -> None:
    copy = services.stores[0]
    (services.settings.home / copy.name / folder / name).write_bytes(b"x")
    named = {"audit": f"{copy.name} audit/", "acts/log-stamp": "None"}.get(folder, "forged: ")
    for proof in (prove_trail(services), prove_store(copy)):
        told = str(proof.first_bad).encode().decode()
        assert told.startswith(named)
