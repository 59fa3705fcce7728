"""A home put back to yesterday: seen at the start of a worker, and nothing goes till two know."""

import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from archive_service.accounts.acts import add_account
from archive_service.audit import record_event
from archive_service.db.rolled_back import TrailRolledBackError, open_loss, require_no_loss
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import WORKER, Role
from archive_service.domain.people.incident import Incident
from archive_service.domain.retention.disposition import DispositionItem
from archive_service.errors import ArchiveError
from archive_service.evidence.checkpoint import make_checkpoint
from archive_service.evidence.given import LossKnown
from archive_service.evidence.jobs import VERIFY_JOB
from archive_service.evidence.rollback import acknowledge_loss, look_at_heads, shown_loss
from archive_service.evidence.sealing import seal_log
from archive_service.evidence.write_out import write_out_evidence
from archive_service.services import Services
from archive_service.storage.destroy.claim import RemovalRefusedError
from archive_service.worker import run_one, work
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import (
    COPIES,
    OPERATOR,
    copy_home,
    new_home,
    open_home,
    person,
    small_pdf_case,
)
from tests.worlds.retention.removing import approved, claim_item
from tests.worlds.servers.backends import read_settings, write_settings

CODE = "H40.18.2025.08.QLCT"
KNOWN = LossKnown(reason="Máy chủ hỏng, đã khôi phục")


@pytest.fixture
def outside(tmp_path: Path) -> Path:
    folder = tmp_path / "outside"
    folder.mkdir()
    return folder


@pytest.fixture
def yesterday(tmp_path: Path, outside: Path) -> Path:
    """The home as it was before the newest checkpoint, which a witness keeps."""
    home = new_home(tmp_path / "home")
    write_settings(home, read_settings(home) | {"evidence": {"witnesses": [str(outside)]}})
    with open_home(home) as services:
        seal_log(services, services.signer(), actor=OPERATOR)
        with services.unit_of_work() as uow:
            add_account("quan", role=Role.HEAD, actor=OPERATOR, uow=uow)
            uow.commit()
        write_out_evidence(services)
    back = copy_home(home, tmp_path / "yesterday")
    with open_home(home) as services:
        for _ in range(3):
            note(services)
        keep(services, outside)
    return back


@pytest.fixture
def services(yesterday: Path) -> Iterator[Services]:
    with open_home(yesterday) as services:
        yield services


def note(services: Services) -> None:
    with services.writing() as session:
        record_event(session, "test:noted", subject_id=None, actor=WORKER)
    write_out_evidence(services)


def keep(services: Services, outside: Path) -> int:
    made = seal_log(services, services.signer(), actor=OPERATOR).checkpoint
    assert made is not None
    (outside / f"{made.origin}-{made.size:012d}.txt").write_text(made.note)
    return made.size


def verify(services: Services) -> None:
    with services.writing() as session:
        services.jobs.add(session, VERIFY_JOB)
    assert run_one(services, names=(VERIFY_JOB,)) == "done"


def incidents(services: Services) -> list[str]:
    with services.read_only() as session:
        query = select(Incident.kind).where(Incident.closed_at.is_(None)).order_by(Incident.kind)
        return list(session.scalars(query))


def is_shut(services: Services) -> bool:
    try:
        with services.read_only() as session:
            require_no_loss(session)
    except TrailRolledBackError:
        return True
    return False


def test_a_worker_sees_it_at_its_start_and_two_people_let_work_go_on(services: Services) -> None:
    assert not is_shut(services)
    work(services, until_empty=True)
    assert is_shut(services)
    assert "rolled-back" in incidents(services)
    hung, quan = person(services, "hung"), person(services, "quan")
    shown = shown_loss(services, actor=hung)
    assert shown is not None
    assert shown.claimed > shown.events
    assert (shown.restored_at, shown.wanting) == (None, 2)
    assert acknowledge_loss(services, KNOWN, actor=hung).wanting == 1
    assert is_shut(services)
    for given, code in ((KNOWN, "loss-known-already"), (LossKnown(reason=" "), "loss-reason")):
        with pytest.raises(ArchiveError) as refused:
            acknowledge_loss(services, given, actor=hung)
        assert refused.value.code == code
    for nobody in (OPERATOR, WORKER, person(services, "lan")):
        with pytest.raises(ArchiveError) as refused:
            acknowledge_loss(services, KNOWN, actor=nobody)
        assert refused.value.code == "act-not-allowed"
    done = acknowledge_loss(services, KNOWN, actor=quan)
    assert (done.wanting, done.acknowledged_by) == (0, ["hung", "quan"])
    assert not is_shut(services)
    assert "rolled-back" not in incidents(services)
    look_at_heads(services)
    assert not is_shut(services), "what is known is not told again"
    with pytest.raises(ArchiveError) as refused:
        acknowledge_loss(services, KNOWN, actor=hung)
    assert refused.value.code == "loss-unknown"


def test_what_two_people_know_is_lost_is_no_misfit_when_the_log_goes_on(
    services: Services, outside: Path
) -> None:
    look_at_heads(services)
    for name in ("hung", "quan"):
        acknowledge_loss(services, KNOWN, actor=person(services, name))
    verify(services)
    assert not {"rolled-back", "trail-misfit"} & set(incidents(services))
    for _ in range(6):  # beyond what the witness remembers
        note(services)
    made = seal_log(services, services.signer(), actor=OPERATOR).checkpoint
    assert made is not None
    verify(services)
    assert not {"rolled-back", "trail-misfit"} & set(incidents(services))
    other = make_checkpoint(made.origin, made.size - 1, bytes(32), services.signer())
    (outside / f"{made.origin}-{other.size:012d}.txt").write_text(other.note)
    verify(services)
    assert "trail-misfit" in incidents(services), "a fork that nobody knows of is still told"


def test_the_shell_alone_speaks_for_nobody(services: Services) -> None:
    look_at_heads(services)
    for name in ("hung", "quan"):
        at_the_shell = replace(person(services, name), os_user="root")
        assert acknowledge_loss(services, KNOWN, actor=at_the_shell).wanting == 1
    assert is_shut(services)
    with services.unit_of_work() as uow:
        add_account("kiem", role=Role.AUDITOR, actor=OPERATOR, uow=uow)
        uow.commit()
    assert acknowledge_loss(services, KNOWN, actor=person(services, "kiem")).wanting == 0
    assert not is_shut(services)


def test_meanwhile_nothing_is_destroyed(services: Services, tmp_path: Path) -> None:
    small_pdf_case(tmp_path / "source", code=CODE)
    (identifier,) = submit(tmp_path / "source", actor=person(services, "bach"), services=services)
    work(services, until_empty=True)
    accept(services, identifier, actor=person(services, "lan"))
    work(services, until_empty=True)
    (item,) = approved(services, CODE)
    with pytest.raises(RemovalRefusedError) as refused, services.unit_of_work() as uow:
        claim_item(services, uow.session, uow.session.get_one(DispositionItem, item))
    assert refused.value.facts["reason"] == "rolled-back"


def test_the_daily_verification_tells_it_too_and_names_what_does_not_fit(
    services: Services,
) -> None:
    verify(services)
    assert {"rolled-back", "trail-misfit"} <= set(incidents(services))
    assert is_shut(services)


def test_an_archive_of_today_raises_no_alarm(yesterday: Path) -> None:
    with open_home(yesterday.parent / "home") as services:
        look_at_heads(services)
        verify(services)
        assert not {"rolled-back", "trail-misfit"} & set(incidents(services))


def test_once_the_log_fits_again_the_alarm_is_over(services: Services, yesterday: Path) -> None:
    """As after a rebuild from the copies: the database of today is there again."""
    look_at_heads(services)
    assert is_shut(services)
    with services.read_only() as session:
        found = session.scalars(
            select(AuditEvent).where(AuditEvent.tag == "evidence:rolled-back")
        ).one()
    with open_home(yesterday.parent / "home") as today:
        with today.writing() as session:
            record_event(session, found.tag, subject_id="log", actor=WORKER, data=found.data)
        assert is_shut(today)
        look_at_heads(today)
        assert not is_shut(today)
        assert acknowledged(today) == 0


def acknowledged(services: Services) -> int:
    with services.read_only() as session:
        assert open_loss(session) is None
        tag = AuditEvent.tag == "evidence:loss-acknowledged"
        return len(session.scalars(select(AuditEvent.number).where(tag)).all())


def a_name_of_no_store(folder: Path) -> None:
    (folder / "~ x").write_text("x")


def a_later_name(folder: Path) -> None:
    (folder / "zzz").write_text("x")
    (folder / f"{10**12 - 1}").write_text("x")


def an_older_one_renamed(folder: Path) -> None:
    shutil.copy(min(folder.iterdir()), folder / f"{10**12 - 1}")


def an_unsigned_one(folder: Path) -> None:
    newest = max(folder.iterdir()).read_text()
    made = make_checkpoint(newest.partition("\n")[0], 999_999_999, bytes(32), None)
    (folder / f"{made.size:012d}").write_text(made.note)


def nothing(folder: Path) -> None:
    assert len(list(folder.iterdir())) > 1


@pytest.mark.parametrize(
    "beside", [nothing, a_name_of_no_store, a_later_name, an_older_one_renamed, an_unsigned_one]
)
def test_a_copy_remembers_as_well_whatever_lies_beside(
    yesterday: Path, outside: Path, beside: Callable[[Path], None]
) -> None:
    shutil.rmtree(outside)  # a witness that is away says nothing
    today = yesterday.parent / "home"
    for copy in COPIES:
        shutil.rmtree(yesterday / copy / "evidence")
        shutil.copytree(today / copy / "evidence", yesterday / copy / "evidence")
        beside(yesterday / copy / "evidence" / "log" / "checkpoint")
    with open_home(yesterday) as services:
        look_at_heads(services)
        assert is_shut(services)


def test_a_checkpoint_that_the_archive_did_not_sign_is_no_witness(
    services: Services, outside: Path
) -> None:
    for file in outside.iterdir():
        file.unlink()
    code = services.settings.archive.code
    for name, made in (
        ("unsigned", make_checkpoint(code, 9999, bytes(32), None)),
        ("foreign", make_checkpoint("H99.99", 9999, bytes(32), services.signer())),
    ):
        (outside / name).write_text(made.note)
    look_at_heads(services)
    assert not is_shut(services)
