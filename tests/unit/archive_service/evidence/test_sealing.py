"""The log is continued in every copy, sealed with the archive's key, and judged from outside."""

import base64
import datetime as dt
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, update

from archive_service import clock
from archive_service.audit import event_line, record_event
from archive_service.db.clock_doubt import clocks_ahead
from archive_service.domain.keeping.act import CHECKPOINT, Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import WORKER
from archive_service.errors import ConflictError, InputError, IntegrityViolationError
from archive_service.evidence.checkpoint import is_signed_by, parse_checkpoint
from archive_service.evidence.merkle import (
    consistency_path,
    inclusion_path,
    is_consistent,
    is_included,
    leaf_hash,
)
from archive_service.evidence.outside.witness_files import read_witness
from archive_service.evidence.sealing import BEGUN, SEAL_JOB, Sealed, seal_log
from archive_service.evidence.tiles import LOG, WIDTH, TileNodes, tile_key
from archive_service.evidence.vouching import Claim, prove_trail
from archive_service.evidence.write_out import write_out_evidence
from archive_service.keeping.fixity.check import check_all
from archive_service.keeping.fixity.repair import repair_all
from archive_service.services import Services
from archive_service.storage.acts import iter_acts
from archive_service.worker import run_one
from tests.worlds.archive import COPIES, OPERATOR, new_home, open_home
from tests.worlds.rewriting import as_owner


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_home(tmp_path / "home")


@pytest.fixture
def services(home: Path) -> Iterator[Services]:
    with open_home(home) as services:
        yield services


def note(services: Services, count: int) -> None:
    with services.writing() as session:
        for _ in range(count):
            record_event(session, "test:noted", subject_id=None, actor=WORKER)


def sealed(services: Services) -> Sealed:
    return seal_log(services, services.signer(), actor=OPERATOR)


def files_of(home: Path, copy: str) -> dict[str, bytes]:
    root = home / copy
    found = (file for file in (root / LOG).rglob("*") if file.is_file())
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in found}


def test_a_seal_tells_its_clock_and_how_far_others_are_from_it(
    services: Services, home: Path
) -> None:
    sealed(services)
    with services.read_only() as session:
        row = session.scalars(select(Act).where(Act.kind == CHECKPOINT)).one()
        hour = dt.timedelta(hours=1)
        ahead = clocks_ahead(session, {"a": clock.now() + hour, "b": clock.now() - hour})
    told = row.document["clock"]
    assert told["source"] in ("chrony", "system", "machine")
    assert told.keys() == {"source", "server", "synchronised", "offset_ms", "ahead_ms"}
    on_server = services.database.engine.dialect.name == "postgresql"
    assert list(told["ahead_ms"]) == (["server"] if on_server else [])
    for copy in services.copies:
        (held,) = iter_acts(copy, CHECKPOINT)
        assert held.document["body"]["clock"] == told
    assert {name: round(ahead[f"copy:{name}"] / 3_600_000) for name in "ab"} == {"a": 1, "b": -1}


def test_a_checkpoint_is_signed_and_lies_in_every_copy(services: Services, home: Path) -> None:
    made = sealed(services)
    assert made.is_new
    assert made.checkpoint is not None
    assert made.waiting == 0
    first, second = (files_of(home, copy) for copy in COPIES)
    assert first == second
    assert parse_checkpoint(first[made.checkpoint.key].decode()) == made.checkpoint
    certificate = services.signer().certificate.der
    assert is_signed_by(made.checkpoint, certificate)
    assert not is_signed_by(replace(made.checkpoint, origin="H40.98"), certificate)
    other = made.checkpoint.note.replace("\n", "\n1", 1)
    assert not is_signed_by(replace(made.checkpoint, note=other), certificate)
    with services.read_only() as session:
        (act,) = session.scalars(select(Act).where(Act.kind == CHECKPOINT))
        assert act.written
        assert base64.b64decode(act.document["certificate"]) == certificate
        begun = session.scalars(select(AuditEvent).where(AuditEvent.tag == BEGUN)).one()
        assert begun.data == {"events": begun.number - 1}
    again = sealed(services)
    assert (again.is_new, again.checkpoint) == (False, made.checkpoint)


def test_event_and_older_log_are_proved_from_one_copy(services: Services) -> None:
    before = sealed(services).checkpoint
    note(services, 300)
    after = sealed(services).checkpoint
    assert before is not None
    assert after is not None
    nodes = TileNodes(services.copies[0], after.size)
    path = consistency_path(nodes, before.size, after.size)
    assert is_consistent(before.size, after.size, path, before.root, after.root)
    with services.read_only() as session:
        event = session.get_one(AuditEvent, 5)
        leaf = leaf_hash(event_line(event))
    assert is_included(leaf, 4, after.size, inclusion_path(nodes, 4, after.size), after.root)


def test_a_copy_that_lost_its_log_gets_it_again(services: Services, home: Path) -> None:
    sealed(services)
    note(services, 300)
    sealed(services)
    whole = files_of(home, COPIES[0])
    shutil.rmtree(home / COPIES[1] / "evidence")
    sealed(services)
    assert files_of(home, COPIES[1]) == whole


def test_while_a_copy_is_away_nothing_is_sealed(services: Services, home: Path) -> None:
    sealed(services)
    (home / COPIES[1]).rename(home / "unplugged")
    note(services, 3)
    waits = sealed(services)
    assert (waits.is_new, waits.waiting) == (False, 4)  # and the incident of the copy
    (home / "unplugged").rename(home / COPIES[1])
    assert sealed(services).is_new


def test_the_log_is_no_stranger_to_fixity(services: Services) -> None:
    sealed(services)
    note(services, 3)
    sealed(services)
    tally = check_all(services, progress=lambda _: None)
    assert not tally.unexpected
    assert not tally.damaged
    assert not tally.missing


def test_the_periodic_job_seals_and_waits_where_there_is_no_key(
    services: Services, home: Path
) -> None:
    (home / "keys" / "archive.p12").rename(home / "away.p12")
    for expected in (0, 1):
        with services.writing() as session:
            services.jobs.add(session, SEAL_JOB)
        assert run_one(services, names=(SEAL_JOB,)) == "done"
        with services.read_only() as session:
            acts = session.scalars(select(Act).where(Act.kind == CHECKPOINT)).all()
        assert len(acts) == expected
        if not expected:
            (home / "away.p12").rename(home / "keys" / "archive.p12")


def test_changed_events_are_not_sealed_again(services: Services, home: Path) -> None:
    sealed(services)
    with services.writing() as session:
        row = update(AuditEvent).where(AuditEvent.number == 3)
        as_owner(session).execute(row.values(account="someone-else"))
    for copy in COPIES:
        shutil.rmtree(home / copy / "evidence")
    with pytest.raises(IntegrityViolationError) as refused:
        sealed(services)
    assert refused.value.code == "log-forked"


def test_a_tile_changed_in_one_copy_is_named(services: Services, home: Path) -> None:
    note(services, 300)
    made = sealed(services).checkpoint
    assert made is not None
    for key in (tile_key(0, 0), tile_key(1, 0, 1), tile_key(0, 1, made.size - WIDTH)):
        file = home / COPIES[1] / key
        whole = file.read_bytes()
        file.chmod(0o644)
        file.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
        seen = prove_trail(services)
        assert seen.first_bad == f"{COPIES[1]} {key}"
        log = next(step for step in seen.steps if step.name == "log")
        assert log.by == ("database", COPIES[0])
        file.unlink()
        assert prove_trail(services).first_bad == f"{COPIES[1]} {key}"
        file.write_bytes(whole)
    assert prove_trail(services).ok


def test_a_copy_whose_log_was_not_written_yet_is_not_called_broken(
    services: Services, home: Path
) -> None:
    made = sealed(services).checkpoint
    assert made is not None
    shutil.rmtree(home / COPIES[1] / "evidence")
    seen = prove_trail(services)
    assert seen.ok
    log = next(step for step in seen.steps if step.name == "log")
    assert (log.until, log.by) == (made.size, ("database", COPIES[0]))


def test_a_copy_that_was_away_for_a_month_is_no_misfit_and_gets_the_same_log(
    services: Services, home: Path
) -> None:
    before = sealed(services).checkpoint
    (home / COPIES[1]).rename(home / "away")
    for _ in range(31):
        note(services, 3)
        write_out_evidence(services)
        waiting = sealed(services)
    assert (waiting.checkpoint, waiting.is_new, waiting.waiting > 90) == (before, False, True)
    assert prove_trail(services, copies=services.copies[:1]).ok
    (home / "away").rename(home / COPIES[1])
    assert prove_trail(services).ok
    level = sealed(services)
    assert (level.is_new, level.waiting < 3) == (True, True)
    assert files_of(home, COPIES[0]) == files_of(home, COPIES[1])
    assert prove_trail(services).ok


def test_a_copy_put_back_by_a_month_is_named_and_healed(services: Services, home: Path) -> None:
    before = sealed(services).checkpoint
    assert before is not None
    month_ago = shutil.copytree(home / COPIES[1], home / "month-ago")
    for _ in range(31):
        note(services, 3)
        write_out_evidence(services)
        made = sealed(services).checkpoint
        assert made is not None
    shutil.rmtree(home / COPIES[1])
    month_ago.rename(home / COPIES[1])
    assert str(prove_trail(services).first_bad).startswith(f"{COPIES[1]} audit/")
    assert not repair_all(services, actor=OPERATOR).failed
    sealed(services)
    assert files_of(home, COPIES[0]).items() <= files_of(home, COPIES[1]).items()
    proof = prove_trail(services)
    assert (proof.first_bad, proof.steps[2].by) == (None, ("database", *sorted(COPIES)))


def test_a_checkpoint_without_the_signature_of_the_archive_is_forged(
    services: Services, home: Path
) -> None:
    made = sealed(services).checkpoint
    assert made is not None
    body, _, signature = made.note.partition("\n\n")
    for note_ in (f"{body}\n\n", f"{body}\n\n{signature[:-30]}AAAA{signature[-26:]}"):
        seen = prove_trail(services, witnesses=[Claim("witness w", parse_checkpoint(note_))])
        assert seen.first_bad == f"forged: witness w {made.size}"
        assert [step.name for step in seen.steps if not step.proved] == ["stamped", "witnessed"]
    kept = home / COPIES[0] / made.key
    kept.chmod(0o644)
    kept.write_text(f"{body}\n\n")
    assert prove_trail(services).first_bad == f"forged: {COPIES[0]} {made.size}"


def test_a_folder_without_a_readable_checkpoint_is_no_witness(
    services: Services, tmp_path: Path
) -> None:
    folder = tmp_path / "medium"
    folder.mkdir()
    (folder / "README").write_text("Điểm niêm phong của lưu trữ")
    with pytest.raises(InputError) as refused:
        list(read_witness(folder))
    assert (refused.value.code, refused.value.facts["path"]) == ("witness-unreadable", "medium")
    made = sealed(services).checkpoint
    assert made is not None
    (folder / "a.txt").write_text(made.note)
    assert len(list(read_witness(folder))) == 1
    (folder / f"{made.origin}-{made.size:012d}.txt").write_text(made.note[:20])
    with pytest.raises(InputError) as refused:
        list(read_witness(folder))
    assert refused.value.code == "witness-unreadable"


def test_a_folder_of_checkpoints_is_a_witness(services: Services, tmp_path: Path) -> None:
    folder = tmp_path / "medium"
    folder.mkdir()
    (folder / "other.bin").write_bytes(b"\xff\x00")
    made = sealed(services).checkpoint
    assert made is not None
    (folder / "kept.txt").write_text(made.note)
    proof = prove_trail(services, witnesses=list(read_witness(folder)))
    assert proof.ok
    steps = {step.name: (step.until, step.by) for step in proof.steps}
    assert steps["witnessed"] == (made.size, ("witness medium/kept.txt",))
    assert steps["log"] == (made.size, ("database", *sorted(COPIES)))
    foreign = replace(made, origin="H40.98")
    with pytest.raises(ConflictError) as refused:
        prove_trail(services, witnesses=[Claim("witness", foreign)])
    assert refused.value.code == "origin-foreign"


@pytest.mark.parametrize("text", ["", "H40.99\n5\n", "H40.99\n05\n" + "A" * 44, "a b\n1\nxyz"])
def test_what_is_no_checkpoint_is_refused(text: str) -> None:
    with pytest.raises(InputError) as refused:
        parse_checkpoint(text)
    assert refused.value.code == "checkpoint-unreadable"
