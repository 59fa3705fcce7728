"""DSS and Bouncy Castle judge evidence records: ours over two renewals, and forged ones."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from archive_service.domain.people.account import WORKER
from archive_service.evidence.outside.hash_tree import HashTree
from archive_service.evidence.outside.renewing import renew_stamps
from archive_service.evidence.outside.stamping import iter_stamps, stamp_log
from archive_service.evidence.sealing import seal_log
from archive_service.signing.archive_stamp import Stamp
from tests.services.evidence_judge import judge_records
from tests.worlds.archive import OPERATOR, new_home, open_home
from tests.worlds.command import Command
from tests.worlds.renewed_records import RenewedDay, laid, renewed_day
from tests.worlds.servers.backends import read_settings, write_settings
from tests.worlds.stamp_service import stamp_service


@pytest.fixture(scope="module")
def years() -> RenewedDay:
    return renewed_day(40)


def test_both_accept_every_record_of_a_day_and_its_renewals(
    years: RenewedDay, tmp_path: Path
) -> None:
    told = [judge_records(years.records(tmp_path, renewals)) for renewals in range(3)]
    told.append(judge_records(years.changed(tmp_path)))
    assert {one for some in told for one in some} == {("ok", "ok")}


def test_both_refuse_what_was_forged(years: RenewedDay, tmp_path: Path) -> None:
    chain = years.chain(0, 1)
    (first, *above), token = chain[0].reduced, chain[0].token
    old, new = years.chains(0)
    wrong = [bytes(32) for _ in above[-1]]
    mine, *others = years.over[0]
    ways = [HashTree(years.over[0]).reduced(other) for other in others]
    elsewhere = next(way for way in ways if mine not in way[0])
    changed = {
        "wrong path": [first, *above[:-1], wrong],
        "a node too many": [first, *above, [bytes(32)]],
        "a digest put in": [[*first, bytes(32)], *above],
    }
    forged: dict[str, Sequence[Sequence[Stamp]]] = {
        **{name: [[Stamp(way, token), chain[1]]] for name, way in changed.items()},
        "another stamp": [[chain[0], Stamp(elsewhere, chain[1].token)]],
        "no stamp of the day": [[chain[1]]],
        "a new tree over other chains": [old[:1], new],
        "the new tree of another object": [old, years.chains(1)[1]],
    }
    told = judge_records(
        [
            laid(tmp_path, "another object", [chain], b"never there"),
            *(laid(tmp_path, name, what, years.objects[0]) for name, what in forged.items()),
        ]
    )
    verdicts = dict(zip(["another object", *forged], told, strict=True))
    assert {name: verdict for name, verdict in verdicts.items() if "ok" in verdict} == {}


def test_both_accept_the_record_that_the_command_writes(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    with stamp_service(days=20) as service:
        service.trusted_in(home)
        write_settings(home, read_settings(home) | {"timestamp": {"url": service.url}})
        with open_home(home) as services:
            assert seal_log(services, services.signer(), actor=OPERATOR).checkpoint
            assert stamp_log(services, actor=WORKER)
            service.lasts(1500)
            assert renew_stamps(services, actor=WORKER).renewed == 1
            with services.read_only() as session:
                (stamp,) = iter_stamps(session)
    record, held = tmp_path / "note.ers", tmp_path / "note.txt"
    Command(home).ask("evidence", "record", stamp.own_digest.hex(), "--to", record)
    held.write_bytes(stamp.checkpoint.note.encode())
    assert judge_records([(record, held)]) == [("ok", "ok")]
