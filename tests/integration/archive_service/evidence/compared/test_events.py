"""The events of one case file are proved by the tiles alone; what was changed is named."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select, update

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import WORKER
from archive_service.evidence.compared.events import prove_events
from archive_service.evidence.outside.judging import judge_stamps
from archive_service.evidence.outside.stamping import iter_stamps, stamp_log
from archive_service.evidence.sealing import seal_log
from archive_service.evidence.vouching import TrailProof
from archive_service.services import Services
from tests.services.tsa import TimestampAuthority
from tests.worlds.archive import COPIES, OPERATOR, open_home
from tests.worlds.backed_up import stocked_home
from tests.worlds.rewriting import as_owner, forge_trail
from tests.worlds.servers.backends import read_settings, write_settings


@pytest.fixture
def services(tmp_path: Path, tsa: TimestampAuthority) -> Iterator[Services]:
    """Sealed and stamped by an authority outside; then sealed once more."""
    home = stocked_home(tmp_path / "home")
    (home / "trust").mkdir(exist_ok=True)
    shutil.copy(tsa.folder / "root.crt", home / "trust" / "tsa.crt")
    write_settings(home, read_settings(home) | {"timestamp": {"url": tsa.url}})
    with open_home(home) as services:
        seal_log(services, services.signer(), actor=OPERATOR)
        assert stamp_log(services, actor=WORKER)
        seal_log(services, services.signer(), actor=OPERATOR)
        yield services


def own(services: Services) -> list[int]:
    with services.read_only() as session:
        code = select(CaseFile.id).limit(1)
        subject = str(session.scalars(code).one())
        return list(
            session.scalars(select(AuditEvent.number).where(AuditEvent.subject_id == subject))
        )


def proved(services: Services) -> TrailProof:
    with services.read_only() as session:
        stamps = judge_stamps(services, list(iter_stamps(session)))
    return prove_events(services, own(services), stamps=stamps)


def test_events_stamps_and_checkpoints_agree(services: Services) -> None:
    proof = proved(services)
    assert (proof.first_bad, proof.verdict) == (None, "proved-in-part")
    until = {step.name: step.until for step in proof.steps}
    assert 0 < until["stamped"] < until["events"] == until["log"]


def test_an_event_that_was_changed_is_named(services: Services) -> None:
    number = own(services)[0]
    with services.writing() as session:
        mine = AuditEvent.number == number
        as_owner(session).execute(update(AuditEvent).where(mine).values(account="ai"))
    assert proved(services).first_bad == f"event {number}"


def test_a_log_made_anew_contradicts_its_stamp(services: Services) -> None:
    def changed(events: list[AuditEvent]) -> list[AuditEvent]:
        events[2].account = "ai"
        return events

    forge_trail(services, changed)
    assert str(proved(services).first_bad).startswith(("forked: stamp", "stamp-unsound"))


def test_another_copy_proves_them_where_one_has_lost_its_log(services: Services) -> None:
    shutil.rmtree(services.settings.home / COPIES[0] / "evidence")
    proof = proved(services)
    assert proof.first_bad is None
    (events,) = [step for step in proof.steps if step.name == "events"]
    assert events.by == (COPIES[1],)
