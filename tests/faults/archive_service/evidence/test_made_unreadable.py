"""An operator makes what is compared unreadable: it is named, and the verification goes on."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest
from sqlalchemy import text, update

from archive_service.db.trail_guards import unguard_trail
from archive_service.domain.keeping.act import CHECKPOINT, Act
from archive_service.domain.people.account import WORKER
from archive_service.evidence.offline import prove_store
from archive_service.evidence.outside.stamping import STAMP, stamp_log
from archive_service.evidence.sealing import seal_log
from archive_service.evidence.vouching import prove_trail
from archive_service.services import Services
from tests.integration.archive_service.recovery.rebuild.rebuilt_copies import drop, rebuilt
from tests.worlds.archive import COPIES, OPERATOR, new_home, open_home
from tests.worlds.backed_up import stocked_home
from tests.worlds.command import Command

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


@pytest.mark.parametrize(
    ("cell", "command", "data"),
    [
        ("audit_event.data", ("audit", "verify"), "{broken"),
        ("audit_event.data", ("audit", "verify"), "[" * 2000),
        ("audit_event.at", ("audit", "verify"), "yesterday"),
        ("audit_event.at", ("audit", "verify"), "now"),
        ("audit_event.subject_id", ("audit", "verify"), b"\xff"),
        ("submission.case_file_id", ("fixity", "check", "--catalogue"), "nobody"),
        ("act.document", ("fixity", "check", "--catalogue"), ""),
        ("act.at", ("fixity", "check", "--catalogue"), "yesterday"),
    ],
    ids=[
        "no JSON",
        "deep",
        "no moment",
        "now",
        "bytes",
        "no identifier",
        "empty act",
        "no moment of an act",
    ],
)
def test_a_cell_that_does_not_read_is_named(
    tmp_path: Path, cell: str, command: tuple[str, ...], data: str | bytes
) -> None:
    table, column = cell.split(".")
    home = stocked_home(tmp_path / "home")
    with open_home(home) as services, services.database.engine.begin() as connection:
        unguard_trail(connection)
        change = f"UPDATE {table} SET {column} = :data"  # noqa: S608 - names of this test
        connection.execute(text(change), {"data": data})
    answer = Command(home).run(*command, "--json")
    assert (answer.code, answer.error["code"]) == (5, "cells-unreadable")
    assert f"{cell} " in answer.error["message"]


DEEP = b'{"id": "x", "body": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"
ALMOST = b'{"id": "x", "body": ' + b"[" * 900 + b"]" * 900 + b"}"


@pytest.mark.parametrize("data", [DEEP, ALMOST], ids=["deep", "almost"])
@pytest.mark.parametrize("folder", ["audit", "acts/agency", "acts/log-stamp", "ocfl"])
def test_what_is_nested_without_end_stops_nothing(tmp_path: Path, folder: str, data: bytes) -> None:
    """One file in one copy; a rebuild takes the next."""
    home = stocked_home(tmp_path / "home")
    copy = home / COPIES[0]
    name = {"ocfl": "inventory.json", "audit": "*.jsonl"}.get(folder, "*.json")
    (copy / folder).mkdir(exist_ok=True)
    file = max((copy / folder).rglob(name), default=copy / folder / f"{'0' * 20}-x.json")
    for held, content in ((file, data), (file.with_name(f"{file.name}.sha256"), _digest(data))):
        held.unlink(missing_ok=True)
        held.write_bytes(content)
    archive = Command(home)
    told = archive.run("audit", "verify", "--store", copy, "--json")
    assert (told.code, COPIES[0] in told.document["first_bad"]) == (5, True)
    drop(home)
    assert rebuilt(archive)[1]["cases"] == 1


def _digest(data: bytes) -> bytes:
    return f"{sha256(data).hexdigest()}  x".encode()


@pytest.mark.parametrize("name", ["ghi chú.txt", "\udcff.json"])
@pytest.mark.parametrize("folder", ["audit", "evidence/log/checkpoint", "acts/log-stamp"])
def test_a_name_that_is_no_key_stops_nothing(services: Services, folder: str, name: str) -> None:
    copy = services.stores[0]
    (services.settings.home / copy.name / folder / name).write_bytes(b"x")
    named = {"audit": f"{copy.name} audit/", "acts/log-stamp": "None"}.get(folder, "forged: ")
    for proof in (prove_trail(services), prove_store(copy)):
        told = str(proof.first_bad).encode().decode()
        assert told.startswith(named)
