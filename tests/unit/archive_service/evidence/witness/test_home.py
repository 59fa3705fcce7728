"""A witness without an archive: over HTTP, killed, put back, and with two logs shown to it."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from archive_service.errors import ArchiveError
from archive_service.evidence.checkpoint import Checkpoint, make_checkpoint
from archive_service.evidence.merkle import consistency_path, leaf_hash, root_of, tree_head
from archive_service.evidence.witness.api import PREFIX, create_app
from archive_service.evidence.witness.cosignature import find_cosignature
from archive_service.evidence.witness.home import WitnessHome
from archive_service.evidence.witness.rules import Asking
from archive_service.services import Services
from archive_service.signing.port import Signer
from tests.worlds.archive import new_home, open_home

ORIGIN = "H40.99"
LEAVES = [leaf_hash(bytes([number])) for number in range(40)]


def nodes(level: int, index: int) -> bytes:
    return root_of(LEAVES[index << level : (index + 1) << level])


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_home(new_home(tmp_path / "home")) as services:
        yield services


@pytest.fixture
def signer(services: Services) -> Signer:
    return services.signer()


@pytest.fixture
def home(tmp_path: Path, signer: Signer) -> Path:
    witness = WitnessHome(tmp_path / "alone")
    witness.make_key("witness.example")
    (digest,) = witness.pin(ORIGIN, signer.certificate.der, name="seal.crt")
    assert digest == signer.certificate.sha256
    return tmp_path / "alone"


@pytest.fixture
def client(home: Path) -> FlaskClient:
    return create_app(home).test_client()


def log(size: int, signer: Signer | None) -> Checkpoint:
    return make_checkpoint(ORIGIN, size, tree_head(nodes, size), signer)


def asking(old: int, size: int, signer: Signer | None) -> Asking:
    proof = consistency_path(nodes, old, size) if 0 < old < size else ()
    return Asking(old, proof, log(size, signer))


def add(client: FlaskClient, asked: Asking | str) -> tuple[int, str]:
    body = asked if isinstance(asked, str) else asked.text()
    answer = client.post(f"{PREFIX}/add-checkpoint", data=body.encode())
    told = answer.get_json() if answer.is_json else None
    return answer.status_code, told["code"] if told else answer.get_data(as_text=True)


def test_a_log_is_cosigned_from_its_first_checkpoint_on(
    client: FlaskClient, home: Path, signer: Signer
) -> None:
    key = WitnessHome(home).cosigner().key
    for old, size in ((0, 3), (3, 9), (9, 9), (9, 40)):
        status, line = add(client, asking(old, size, signer))
        assert (status, find_cosignature(log(size, signer), line, key)) == (200, line)
    kept = client.get(f"{PREFIX}/checkpoint?origin={ORIGIN}").get_data(as_text=True)
    assert kept.startswith(log(40, signer).note)
    assert find_cosignature(log(40, signer), kept, key) is not None
    assert client.get("/").get_data(as_text=True) == f"{key.vkey}\n\n{ORIGIN}\n"


def test_each_refusal_has_its_status(client: FlaskClient, home: Path, signer: Signer) -> None:
    assert client.get(f"{PREFIX}/checkpoint?origin={ORIGIN}").get_data() == b""
    assert add(client, asking(0, 9, signer))[0] == 200
    fork = make_checkpoint(ORIGIN, 9, bytes(32), signer)
    longer = make_checkpoint(ORIGIN, 12, bytes(32), signer)
    other = make_checkpoint("H40.98", 12, bytes(32), signer)
    assert add(client, "old") == (400, "witness-asking")
    assert add(client, asking(9, 12, None)) == (403, "log-unsigned")
    assert add(client, Asking(0, (), other)) == (404, "log-unknown")
    assert client.get(f"{PREFIX}/checkpoint?origin=../key").status_code == 404
    answer = client.post(f"{PREFIX}/add-checkpoint", data=asking(3, 12, signer).text().encode())
    assert (answer.status_code, answer.get_data(), answer.mimetype) == (
        409,
        b"9\n",
        "text/x.tlog.size",
    )
    assert WitnessHome(home).refused() == []
    assert add(client, Asking(9, (), fork)) == (409, "9\n")
    assert add(client, Asking(9, (bytes(32),), longer)) == (422, "log-unproved")
    kept = [f"{ORIGIN}-{size:012d}-{'0' * 16}.txt" for size in (9, 12)]
    assert WitnessHome(home).refused() == kept
    assert add(client, "old 0\n" * 20000)[0] == 413
    assert add(client, asking(9, 12, signer))[0] == 200  # nothing of that changed what is kept


def test_what_was_kept_before_a_kill_counts(home: Path, signer: Signer) -> None:
    WitnessHome(home).cosign(asking(0, 3, signer))
    WitnessHome(home).cosign(asking(3, 9, signer))  # the answer is lost
    with pytest.raises(ArchiveError) as other:
        WitnessHome(home).cosign(asking(3, 12, signer))
    assert (other.value.code, other.value.facts["size"]) == ("kept-size", 9)
    assert WitnessHome(home).cosign(asking(9, 12, signer))


def test_a_damaged_file_is_not_taken_for_a_first_one(home: Path, signer: Signer) -> None:
    WitnessHome(home).cosign(asking(0, 9, signer))
    (home / "witness" / "kept" / ORIGIN).write_text("?", encoding="ascii")
    with pytest.raises(ArchiveError) as damaged:
        WitnessHome(home).cosign(asking(0, 12, signer))
    assert damaged.value.code == "witnessed-damaged"


def test_without_a_key_or_a_name_nothing_begins(tmp_path: Path, signer: Signer) -> None:
    witness = WitnessHome(tmp_path / "none")
    with pytest.raises(ArchiveError) as missing:
        witness.cosign(asking(0, 9, signer))
    assert missing.value.code == "witness-key-missing"
    with pytest.raises(ArchiveError) as odd:
        witness.pin("../x", signer.certificate.der, name="seal.crt")
    assert odd.value.code == "witness-key"
