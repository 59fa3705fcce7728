"""Every byte of every copy is read again in time; stopped, it goes on; damage is judged, healed."""

import dataclasses
import signal
from pathlib import Path

import pytest
from sqlalchemy import select

from archive_service.domain.case_files.case_file import CopyState
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.fixity_pass import FixityPass, FixityTrouble
from archive_service.evidence.write_out import write_out_evidence
from archive_service.keeping.copies.retiring import retire_copy
from archive_service.keeping.fixity.repair import HEAL_JOB
from archive_service.services import Services
from archive_service.storage.port import ObjectStore
from archive_service.worker import run_one
from tests.worlds.archive import OPERATOR, open_home
from tests.worlds.damage.killing import Killer, Moment, under
from tests.worlds.damage.warm_process import WarmProcess
from tests.worlds.reading_again import (
    incidents_of,
    long_ago,
    newest_passes,
    open_troubles_of,
    read_again,
    read_everything,
)
from tests.worlds.stored_objects import LyingStore, flipped


def content(home: Path, copy: str, name: str = "METS.xml") -> Path:
    return min((home / copy).rglob(f"v1/content/{name}"))


def spoil(path: Path) -> None:
    path.chmod(0o600)
    path.write_bytes(flipped(path.read_bytes(), at=7))


def key_of(home: Path, copy: str, path: Path) -> str:
    return path.relative_to(home / copy).as_posix()


def held_bytes(copy: ObjectStore) -> int:
    """All but the identity, which is read with every look at the copy."""
    return sum(copy.stat(key).size_bytes for key in copy.iter_keys() if key != "copy.json")


def states(services: Services) -> dict[str, set[str]]:
    with services.read_only() as session:
        found: dict[str, set[str]] = {}
        for row in session.scalars(select(CopyState)):
            found.setdefault(row.copy, set()).add(row.state)
        return found


def heal(services: Services) -> None:
    with services.writing() as session:
        services.jobs.add(session, HEAL_JOB)
    run_one(services, names=(HEAL_JOB,))


def test_a_pass_reads_every_file_of_every_copy_once(services: Services) -> None:
    write_out_evidence(services)
    sizes = {copy.name: held_bytes(copy) for copy in services.copies}
    counts = {copy.name: len(list(copy.iter_keys())) - 1 for copy in services.copies}
    passes = read_everything(services)
    assert {fixity_pass.copy: fixity_pass.intact for fixity_pass in passes} == counts
    assert {fixity_pass.copy: fixity_pass.read_bytes for fixity_pass in passes} == sizes
    assert all(
        fixity_pass.damaged + fixity_pass.missing + fixity_pass.unexpected + fixity_pass.unsteady
        == 0
        for fixity_pass in passes
    )
    assert open_troubles_of(services) == []
    with services.read_only() as session:
        told = session.scalars(select(AuditEvent).where(AuditEvent.tag == "fixity:checked")).all()
    assert sorted(event.subject_id or "" for event in told) == sorted(sizes)


def test_no_more_is_read_than_is_due(services: Services) -> None:
    read_again(services)
    long_ago(services)
    read_again(services)
    assert [newest_pass.packages for newest_pass in newest_passes(services)] == [0, 0]
    long_ago(services, begun_days=80)
    read_again(services)
    assert [newest_pass.packages for newest_pass in newest_passes(services)] == [2, 2]


def test_a_pass_that_falls_behind_is_one_incident_until_it_has_caught_up(
    services: Services,
) -> None:
    read_again(services)
    long_ago(services, verified_days=200, begun_days=0)
    read_again(services)
    read_again(services)
    late = incidents_of(services, "fixity-late")
    assert [(entry["subject"], entry["times"]) for entry in late] == [("kho1", 2), ("kho2", 2)]
    long_ago(services, verified_days=200, begun_days=85)
    while any(newest_pass.ended_at is None for newest_pass in newest_passes(services)):
        read_again(services)
    read_again(services)
    assert incidents_of(services, "fixity-late") == []


def test_damage_is_judged_told_once_and_healed_from_the_copy_that_is_sound(
    services: Services, home: Path
) -> None:
    victim = content(home, "kho2")
    sound = victim.read_bytes()
    spoil(victim)
    read_everything(services)
    (row,) = open_troubles_of(services)
    assert (row.copy, row.key, row.status) == ("kho2", key_of(home, "kho2", victim), "damaged")
    assert (row.verdict, row.others) == ("others-sound", {"kho1": "intact"})
    assert states(services) == {"kho1": {"verified"}, "kho2": {"verified", "damaged"}}
    assert len(incidents_of(services, "fixity-damage")) == 1
    heal(services)
    assert victim.read_bytes() == sound
    assert open_troubles_of(services) == []
    assert incidents_of(services, "fixity-damage") == []
    assert states(services) == {"kho1": {"verified"}, "kho2": {"verified"}}
    with services.read_only() as session:
        (healed,) = session.scalars(select(FixityTrouble))
        assert healed.healed_by == "worker"
        assert healed.healed_at is not None


def test_where_all_copies_agree_against_the_record_the_record_is_doubted(
    services: Services, home: Path
) -> None:
    victims = [content(home, copy) for copy in ("kho1", "kho2")]
    for victim in victims:
        spoil(victim)
    read_everything(services)
    assert {row.verdict for row in open_troubles_of(services)} == {"record-doubted"}
    spoilt = [victim.read_bytes() for victim in victims]
    heal(services)
    assert [victim.read_bytes() for victim in victims] == spoilt
    assert len(open_troubles_of(services)) == 2


def test_a_lost_act_and_a_lost_segment_are_missing_and_a_stray_file_is_unexpected(
    services: Services, home: Path
) -> None:
    act = min((home / "kho1" / "acts").rglob("*.json"))
    segment = min((home / "kho1" / "audit").iterdir())
    receipt = min((home / "kho2" / "acts" / "receipt").glob("*.pdf"))
    before = {path: path.read_bytes() for path in (act, segment, receipt)}
    act.unlink()
    segment.unlink()
    spoil(receipt)
    (home / "kho2" / "ghi-chu.txt").write_text("lạ", encoding="utf-8")
    read_everything(services)
    told = {(row.copy, row.key): row.status for row in open_troubles_of(services)}
    assert told == {
        ("kho1", key_of(home, "kho1", act)): "missing",
        ("kho1", key_of(home, "kho1", segment)): "missing",
        ("kho2", key_of(home, "kho2", receipt)): "damaged",
        ("kho2", "ghi-chu.txt"): "unexpected",
    }
    heal(services)
    assert {path: path.read_bytes() for path in before} == before
    assert [row.key for row in open_troubles_of(services)] == ["ghi-chu.txt"]
    (home / "kho2" / "ghi-chu.txt").unlink()


def test_a_package_that_vanished_with_its_folder_comes_back_whole(
    services: Services, home: Path
) -> None:
    root = content(home, "kho2").parents[2]
    before = {path: path.read_bytes() for path in root.rglob("*") if path.is_file()}
    for path in before:
        path.unlink()
    read_everything(services)
    assert {row.key for row in open_troubles_of(services)} == {
        key_of(home, "kho2", path) for path in before
    }
    assert len(incidents_of(services, "fixity-damage")) == 1
    heal(services)
    assert {path: path.read_bytes() for path in root.rglob("*") if path.is_file()} == before
    assert open_troubles_of(services) == []


def test_a_copy_that_is_away_pauses_its_own_pass_and_is_one_incident(
    services: Services, home: Path
) -> None:
    read_again(services)
    long_ago(services, begun_days=80)
    (home / "kho2").rename(home / "away")
    assert read_again(services) == "done"
    assert newest_passes(services)[0].packages == 2
    for _ in range(2):
        assert read_again(services) == "done"
    _, second = newest_passes(services)
    assert (second.packages, second.paused) == (0, "store-unreachable")
    assert [incident["subject"] for incident in incidents_of(services, "copy-unreachable")] == [
        "kho2"
    ]
    assert open_troubles_of(services) == []
    (home / "away").rename(home / "kho2")
    read_again(services)
    _, second = newest_passes(services)
    assert (second.packages, second.paused) == (2, "")
    assert incidents_of(services, "copy-unreachable") == []


def test_a_copy_that_is_back_is_not_paused_though_nothing_of_it_is_due(
    services: Services, home: Path
) -> None:
    read_again(services)
    (home / "kho2").rename(home / "away")
    read_again(services)
    assert [newest_pass.paused for newest_pass in newest_passes(services)] == [
        "",
        "store-unreachable",
    ]
    (home / "away").rename(home / "kho2")
    read_again(services)
    assert [
        (newest_pass.paused, newest_pass.packages) for newest_pass in newest_passes(services)
    ] == [("", 0)] * 2


@pytest.mark.parametrize("again", [1, 2])
def test_damage_that_somebody_put_right_is_over_at_the_next_pass(
    services: Services, home: Path, again: int
) -> None:
    victim = content(home, "kho1")
    sound = victim.read_bytes()
    spoil(victim)
    for _ in range(again):
        read_everything(services)
    (row,) = open_troubles_of(services)
    assert row.times == again
    victim.write_bytes(sound)
    read_everything(services)
    assert open_troubles_of(services) == []
    assert incidents_of(services, "fixity-damage") == []
    with services.read_only() as session:
        assert {
            fixity_trouble.healed_by for fixity_trouble in session.scalars(select(FixityTrouble))
        } == {"found-sound"}


def read_killed(home: Path, at: int) -> None:
    """One run of the job in a process that dies at its k-th commit."""
    with open_home(home) as services:
        dying = under(services, Killer(Moment.COMMIT, at))
        dying.jobs.reclaim_dead()
        read_again(dying)


def is_over(home: Path) -> bool:
    """Whether the first pass of each copy has come to its end."""
    with open_home(home) as services, services.read_only() as session:
        ended = session.scalars(select(FixityPass.copy).where(FixityPass.ended_at.is_not(None)))
        return set(ended) == {"kho1", "kho2"}


def test_a_pass_that_is_killed_again_and_again_reads_nothing_twice(
    home: Path, tmp_path: Path
) -> None:
    with open_home(home) as services:
        read_again(services)
        long_ago(services, begun_days=80)
        counts = {copy.name: len(list(copy.iter_keys())) - 1 for copy in services.copies}
    kills = runs = 0
    with WarmProcess() as warm:
        while not is_over(home):
            runs += 1
            code = warm.do(read_killed, home, 1 + runs, log=tmp_path / "log")
            assert code in (0, -signal.SIGKILL), (tmp_path / "log").read_text("utf-8")
            kills += code != 0
    assert kills > 3
    with open_home(home) as services:
        assert open_troubles_of(services) == []
        with services.read_only() as session:
            rows = select(FixityPass).order_by(FixityPass.started_at.desc())
            told = {row.copy: row for row in session.scalars(rows)}  # of each copy the first
        for name, count in counts.items():
            # Segments that came while it ran are read too.
            assert 0 <= told[name].intact - count <= kills + 2
            assert told[name].packages == 2


def test_what_was_wrong_in_a_copy_ends_with_the_copy(services: Services, home: Path) -> None:
    spoil(content(home, "kho2"))
    read_everything(services)
    read_again(services)
    retire_copy(services, "kho2", reason="ổ đĩa hỏng", actor=OPERATOR)
    assert open_troubles_of(services) == []
    assert incidents_of(services, "fixity-damage") == []
    assert read_again(services) == "done"
    with services.read_only() as session:
        under_way = select(FixityPass.copy).where(FixityPass.ended_at.is_(None))
        assert list(session.scalars(under_way)) == ["kho1"]


def test_a_copy_retired_while_it_is_read_again_stops_nothing(services: Services) -> None:
    read_again(services)
    long_ago(services, begun_days=80)
    left: list[str] = []

    def retiring(key: str, data: bytes, _nth: int) -> bytes:
        if key.endswith("METS.xml") and not left:
            left.append(key)
            retire_copy(services, "kho2", reason="ổ đĩa cũ", actor=OPERATOR)
        return data

    kho1, kho2 = services.stores
    stores = (kho1, LyingStore(kho2, retiring))
    assert read_again(dataclasses.replace(services, stores=stores)) == "done"
    assert left
    with services.read_only() as session:
        read = {row.copy: row.packages for row in session.scalars(select(FixityPass))}
    assert read == {"kho1": 2}
