"""The log is stamped by a service over HTTP; what each stamp proves, and one object's record."""

import shutil
import subprocess
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from asn1crypto import cms, core, tsp
from sqlalchemy import select

from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import WORKER
from archive_service.evidence.jobs import WITNESS_JOB
from archive_service.evidence.outside.hash_tree import root_above
from archive_service.evidence.outside.stamping import stamp_log
from archive_service.evidence.sealing import newest_checkpoint, seal_log
from archive_service.evidence.vouching import TrailProof, prove_trail
from archive_service.services import Services
from archive_service.worker import run_one
from tests.services.tsa import TimestampAuthority
from tests.worlds.archive import COPIES, OPERATOR, open_home
from tests.worlds.backed_up import stocked_home
from tests.worlds.command import Command
from tests.worlds.rewriting import forge_trail
from tests.worlds.servers.backends import read_settings, write_settings


@pytest.fixture
def home(tmp_path: Path, tsa: TimestampAuthority) -> Path:
    """A home that trusts an authority elsewhere, and has it stamp."""
    home = stocked_home(tmp_path / "home")
    (home / "trust").mkdir(exist_ok=True)
    shutil.copy(tsa.folder / "root.crt", home / "trust" / "tsa.crt")
    write_settings(home, read_settings(home) | {"timestamp": {"url": tsa.url}})
    return home


def stamped(proof: TrailProof) -> int:
    (step,) = [one for one in proof.steps if one.name == "stamped"]
    return step.until


def sealed(services: Services) -> int:
    made = seal_log(services, services.signer(), actor=OPERATOR).checkpoint
    assert made is not None
    return made.size


def test_the_daily_job_has_the_log_stamped_and_that_is_proof(services: Services) -> None:
    size = sealed(services)
    assert stamped(prove_trail(services)) == 0
    with services.writing() as session:
        services.jobs.add(session, WITNESS_JOB)
    assert run_one(services, names=(WITNESS_JOB,)) == "done"
    proof = prove_trail(services)
    assert (proof.ok, stamped(proof), proof.verdict) == (True, size, "proved-in-part")
    assert stamp_log(services, actor=WORKER) is None, "no news since"


def test_stamps_of_other_roots_do_not_count(home: Path, tsa: TimestampAuthority) -> None:
    archive = Command(home)
    with open_home(home) as services:
        size = sealed(services)
        assert stamp_log(services, actor=WORKER)
    own = tsa.folder / "root.crt"
    told = archive.ask("audit", "verify", "--root", own)
    assert (told["verdict"], told["outside"]) == ("proved-in-part", size)
    other = archive.ask("audit", "verify", "--root", home / "keys" / "authority" / "root.crt")
    assert (other["ok"], other["verdict"]) == (True, "not-proved")


def test_a_copy_alone_counts_stamps_of_the_root_that_is_named_and_of_no_other(
    home: Path, tsa: TimestampAuthority, tmp_path: Path
) -> None:
    archive = Command(home)
    with open_home(home) as services:
        size = sealed(services)
        assert stamp_log(services, actor=WORKER)
        assert stamp_log(services, actor=WORKER) is None
    store = Path(shutil.copytree(home / COPIES[0], tmp_path / "carried"))
    elsewhere = Command(tmp_path / "no-home")

    def step(*more: object) -> dict[str, Any]:
        told = elsewhere.ask("audit", "verify", "--store", store, *more)
        (found,) = [one for one in told["steps"] if one["step"] == "stamped"]
        return {"verdict": told["verdict"], **found}

    said = step()
    assert (said["verdict"], said["proved"], said["not_counted"]) == ("not-proved", False, 1)
    words = elsewhere.run("--lang", "en", "audit", "verify", "--store", store)
    assert "of no authority that is trusted here: 1" in words.stdout + words.stderr
    foreign = step("--root", home / "keys" / "authority" / "root.crt")
    assert (foreign["proved"], foreign["not_counted"]) == (False, 1)
    named = step("--root", tsa.folder / "root.crt")
    assert (named["verdict"], named["until"]) == ("proved-in-part", size)
    assert ", root " in named["by"][0]
    with open_home(home) as services:
        forge_trail(services, changed)
    forged = ("--store", home / COPIES[0], "--root", tsa.folder / "root.crt", "--json")
    assert elsewhere.run("audit", "verify", *forged).code == 5
    assert archive.run("audit", "verify", "--json").code == 5


def changed(events: list[AuditEvent]) -> list[AuditEvent]:
    events[2].account = "someone-else"
    return events


def test_a_stamp_of_the_demo_proves_nothing(tmp_path: Path) -> None:
    with open_home(stocked_home(tmp_path / "home")) as services:
        sealed(services)
        assert stamp_log(services, actor=WORKER)
        proof = prove_trail(services)
        assert (proof.ok, stamped(proof), proof.verdict) == (True, 0, "not-proved")


def test_a_log_made_anew_does_not_fit_its_stamps(services: Services) -> None:
    sealed(services)
    assert stamp_log(services, actor=WORKER)
    forge_trail(services, changed)
    proof = prove_trail(services)
    assert str(proof.first_bad).startswith(("forked: stamp", "stamp-unsound"))


def test_a_service_that_is_away_stops_nobody_else(home: Path, tmp_path: Path) -> None:
    folder = tmp_path / "medium"
    folder.mkdir()
    away: dict[str, dict[str, Any]] = {
        "timestamp": {"url": "http://127.0.0.1:9/"},
        "evidence": {"give_to": [str(folder)]},
    }
    write_settings(home, read_settings(home) | away)
    with open_home(home) as services:
        size = sealed(services)
        with services.writing() as session:
            services.jobs.add(session, WITNESS_JOB)
        assert run_one(services, names=(WITNESS_JOB,)) == "done"
    (kept,) = folder.iterdir()
    assert kept.name.endswith(f"-{size:012d}.txt")


def test_one_object_has_a_record_of_its_own(
    services: Services, home: Path, tsa: TimestampAuthority, tmp_path: Path
) -> None:
    with services.read_only() as session:
        query = select(AuditEvent.data).where(AuditEvent.tag == "version:built")
        inventory = session.scalars(query).one()["inventory_sha256"]
    archive, target = Command(home), tmp_path / "record.ers"
    early = archive.run("evidence", "record", inventory, "--to", target, "--json")
    assert early.error["code"] == "not-stamped-yet"
    sealed(services)
    assert stamp_log(services, actor=WORKER)
    archive.ask("evidence", "record", inventory, "--to", target)
    reduced, token = parts_of(target.read_bytes())
    assert bytes.fromhex(inventory) in reduced[0]
    (tmp_path / "token.der").write_bytes(token)
    root = root_above(reduced)
    verified = subprocess.run(
        [
            *("openssl", "ts", "-verify", "-token_in", "-in", tmp_path / "token.der"),
            *("-digest", root.hex(), "-CAfile", tsa.folder / "root.crt"),
            *("-untrusted", tsa.folder / "issuing.crt"),
        ],
        check=False,
        capture_output=True,
        text=True,
    )
    assert "Verification: OK" in verified.stdout + verified.stderr, verified
    made = newest_checkpoint(services.database)
    assert made is not None
    note = sha256(made.note.encode()).hexdigest()
    assert archive.ask("evidence", "record", note, "--to", target)["size_bytes"] > len(token)
    wrong = archive.run("evidence", "record", "abc", "--to", target, "--json")
    assert (wrong.code, wrong.error["code"]) == (2, "command-usage")


def parts_of(record: bytes) -> tuple[list[list[bytes]], bytes]:
    """The reduced tree and the token of a record, read by asn1crypto."""
    _, _, chains = (core.Sequence.load(record)[at] for at in range(3))
    stamp = tsp.ArchiveTimeStamp.load(core.Sequence.load(chains.dump())[0][0].dump())
    assert cms.ContentInfo.load(stamp["time_stamp"].dump())["content_type"].native == "signed_data"
    return stamp["reduced_hashtree"].native, stamp["time_stamp"].dump()
