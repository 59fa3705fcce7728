"""An operator with database, disks and every key rewrites the trail: seen by whoever kept a note.

All that lies inside is made anew to match, so that nothing inside can tell; only a checkpoint that
was kept outside does.
"""

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from archive_service.audit import record_event
from archive_service.db.rolled_back import RESTORED
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import WORKER
from archive_service.evidence.sealing import seal_log
from archive_service.evidence.vouching import Claim, prove_trail
from archive_service.evidence.write_out import write_out_evidence
from archive_service.services import Services
from tests.worlds.archive import COPIES, OPERATOR, copy_home, new_home, open_home
from tests.worlds.command import Command
from tests.worlds.rewriting import Reach, Rewrite, forge_trail, loss_known, planted


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_home(tmp_path / "home")


@pytest.fixture
def services(home: Path) -> Iterator[Services]:
    with open_home(home) as services:
        note(services, 6)
        yield services


def note(services: Services, count: int) -> None:
    for number in range(count):
        with services.writing() as session:
            data = {"number": number}
            record_event(session, "test:noted", subject_id=None, actor=WORKER, data=data)
        assert write_out_evidence(services)


def sealed(services: Services) -> Claim:
    """A checkpoint as an auditor outside keeps it."""
    made = seal_log(services, services.signer(), actor=OPERATOR).checkpoint
    assert made is not None
    return Claim("witness auditor", made)


def changed(events: list[AuditEvent]) -> list[AuditEvent]:
    events[-3].account = "someone-else"
    return events


def taken_out(events: list[AuditEvent]) -> list[AuditEvent]:
    return [*events[:4], *events[5:]]


def cut_off(events: list[AuditEvent]) -> list[AuditEvent]:
    return events[:-5]


def set_back(events: list[AuditEvent]) -> list[AuditEvent]:
    for event in events:
        event.at -= dt.timedelta(days=365)
    return events


@pytest.mark.parametrize("sealed_before", [True, False], ids=["sealed before", "sealed after"])
@pytest.mark.parametrize("reach", Reach)
@pytest.mark.parametrize("rewrite", [changed, taken_out, cut_off, set_back])
def test_a_rewritten_trail_is_seen_or_not_called_proved(
    services: Services, rewrite: Rewrite, reach: Reach, *, sealed_before: bool
) -> None:
    """What lies inside names it until all of it is made anew; then one checkpoint outside does.

    What no checkpoint outside covered yet is not called proved.
    """
    held = sealed(services)
    assert prove_trail(services, witnesses=[held]).ok
    whole = 0 if sealed_before else held.checkpoint.size  # so many events stay as they are
    if whole:
        note(services, 6)
    forge_trail(services, lambda all_: [*all_[:whole], *rewrite(all_[whole:])], reach=reach)
    inside, seen = prove_trail(services), prove_trail(services, witnesses=[held])
    if reach is Reach.ROWS or (reach is Reach.COPIES and sealed_before):
        assert not inside.ok
        return
    assert inside.ok
    assert [step.name for step in inside.steps if not step.proved] == ["stamped", "witnessed"]
    if sealed_before:
        assert str(seen.first_bad).startswith(("forked: witness", "rolled-back: witness"))
    else:
        assert (seen.verdict, seen.outside) == ("proved-in-part", whole)


def test_a_restore_that_never_was_explains_nothing(services: Services) -> None:
    held = sealed(services)
    forge_trail(
        services, lambda all_: [*changed(all_), planted(all_[-1], RESTORED, "operator", {})]
    )
    seen = prove_trail(services, witnesses=[held])
    assert seen.first_bad == f"rolled-back: witness auditor {held.checkpoint.size}"


def test_a_loss_that_nobody_acknowledged_is_named_with_who_remembers(services: Services) -> None:
    held = sealed(services)
    size = held.checkpoint.size
    forge_trail(services, lambda all_: [*changed(all_), *loss_known(all_, held.checkpoint)])
    seen = prove_trail(services, witnesses=[held])
    assert seen.given_up == (f"witness auditor {size}",)
    assert (seen.ok, seen.verdict, seen.outside) == (False, "given-up", 0)
    note = services.settings.home.parent / "auditor"
    note.write_text(held.checkpoint.note)
    told = Command(services.settings.home).run("audit", "verify", "--witness", note)
    assert (told.code, f"auditor {size}" in told.stdout + told.stderr) == (1, True)


def test_a_home_put_back_to_yesterday_is_rolled_back(services: Services, home: Path) -> None:
    sealed(services)
    yesterday = copy_home(home, home.parent / "yesterday")
    note(services, 3)
    held = sealed(services)
    assert prove_trail(services, witnesses=[held]).ok
    with open_home(yesterday) as restored:
        assert prove_trail(restored).ok
        seen = prove_trail(restored, witnesses=[held])
        assert seen.first_bad == f"rolled-back: witness auditor {held.checkpoint.size}"


def test_a_home_put_back_that_goes_on_is_forked_from_what_is_remembered(
    services: Services, home: Path
) -> None:
    yesterday = copy_home(home, home.parent / "yesterday")
    held = sealed(services)
    with open_home(yesterday) as restored:
        note(restored, 20)
        assert sealed(restored).checkpoint.size > held.checkpoint.size
        seen = prove_trail(restored, witnesses=[held])
        assert seen.first_bad == f"forked: witness auditor {held.checkpoint.size}"


def test_a_database_alone_put_back_is_rolled_back_by_the_word_of_the_copies(
    services: Services, home: Path
) -> None:
    yesterday = copy_home(home, home.parent / "yesterday")
    sealed(services)
    for copy in COPIES:
        shutil.rmtree(yesterday / copy / "evidence", ignore_errors=True)
        shutil.copytree(home / copy / "evidence", yesterday / copy / "evidence")
    with open_home(yesterday) as restored:
        assert str(prove_trail(restored).first_bad).startswith("rolled-back: ")


def test_a_checkpoint_changed_in_one_copy_is_named(services: Services, home: Path) -> None:
    held = sealed(services).checkpoint
    file = home / COPIES[1] / held.key
    file.chmod(0o644)
    file.write_text(held.note.replace("\n", "\n1", 1))
    found = prove_trail(services).first_bad
    assert found is not None
    assert COPIES[1] in found or "rolled-back" in found
