"""A signing order whose job was given up: it tells so, keeps what is signed, and goes on."""

import datetime as dt
import os
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from archive_service import clock
from archive_service.app import create_app
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.job import Job, JobState
from archive_service.domain.signing.copy_signing import CopySigning, CopyToSign
from archive_service.errors import NotAllowedError
from archive_service.services import Services
from archive_service.signing.copies.given import OrderIn, SealIn
from archive_service.signing.copies.orders import (
    NoOrderHaltedError,
    order_signatures,
    resume_orders,
)
from archive_service.signing.copies.waiting import SIGN_JOB, copies_summary, list_copies
from archive_service.worker import run_one
from tests.worlds.archive import copy_home, open_home, person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import do_all, program_of
from tests.worlds.command import Command
from tests.worlds.damage.killing import Killer, Moment, under
from tests.worlds.digitize.copies_waiting import waiting_home
from tests.worlds.digitize.scanned import AGENCY, CLERK

COPIES = 3
SECOND_COPY = 4  # commits: the lease, one copy and a heartbeat, then this one


@pytest.fixture(scope="module")
def halted_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An order whose worker died at the second copy of three, in the last try that it had."""
    home = waiting_home(tmp_path_factory.mktemp("halted"), copies=COPIES)
    with open_home(home) as services:
        order_signatures(services, OrderIn(), actor=person(services, CLERK))
    child = os.fork()
    if child == 0:
        with open_home(home) as services:
            run_one(under(services, Killer(Moment.COMMIT, SECOND_COPY)), names=(SIGN_JOB,))
        os._exit(0)
    assert os.WIFSIGNALED(os.waitpid(child, 0)[1])
    with open_home(home) as services:
        with services.writing() as session:
            job = session.scalars(select(Job).where(Job.name == SIGN_JOB)).one()
            job.attempts = services.jobs.policy.max_attempts
            job.lease_until = clock.now() - dt.timedelta(seconds=1)
        assert run_one(services, names=(SIGN_JOB,)) is None
    return home


@pytest.fixture
def services(halted_home: Path, tmp_path: Path) -> Iterator[Services]:
    with open_home(copy_home(halted_home, tmp_path / "home")) as opened:
        yield opened


def uses(services: Services) -> int:
    with services.read_only() as session:
        return session.scalar(select(func.count()).where(AuditEvent.tag == "seal:used")) or 0


def test_an_order_that_nobody_does_says_so_and_which_copies_are_signed(services: Services) -> None:
    (seal,) = copies_summary(services, actor=person(services, CLERK))
    order = seal.order
    assert order is not None
    assert order.error is not None
    assert (order.halted, order.ended_at, order.signed) == (True, None, 1)
    assert "đã dừng đột ngột" in order.error.message
    rows, _ = list_copies(services, actor=person(services, CLERK))
    assert [row["state"] for row in rows] == ["signed", "halted", "halted"]


def test_it_goes_on_and_signs_none_twice(services: Services) -> None:
    clerk = person(services, CLERK)
    assert resume_orders(services, SealIn(), actor=clerk).halted is False
    with pytest.raises(NoOrderHaltedError):
        resume_orders(services, SealIn(), actor=clerk)
    do_all(services)
    (seal,) = copies_summary(services, actor=clerk)
    assert seal.order is not None
    assert (seal.order.signed, seal.order.error) == (COPIES, None)
    assert seal.order.ended_at
    assert uses(services) == COPIES


def test_it_goes_on_where_its_job_is_not_known_any_more(services: Services) -> None:
    with services.writing() as session:
        for job in session.scalars(select(Job).where(Job.name == SIGN_JOB)):
            session.delete(job)
    resume_orders(services, SealIn(), actor=person(services, CLERK))
    do_all(services)
    assert uses(services) == COPIES


def test_who_has_no_seal_does_not_have_it_go_on(services: Services) -> None:
    for name in ("lan", "bach"):
        with pytest.raises(NotAllowedError):
            resume_orders(services, SealIn(agency=AGENCY), actor=person(services, name))


def test_a_copy_that_no_store_gives_whole_keeps_the_others_from_nothing(
    services: Services,
) -> None:
    with services.writing() as session:
        ordered = select(CopyToSign).where(CopyToSign.state == CopySigning.ORDERED)
        first = session.scalars(ordered.order_by(CopyToSign.ordinal)).first()
        assert first is not None
        first.sha256 = "0" * 64
    resume_orders(services, SealIn(), actor=person(services, CLERK))
    do_all(services)
    (seal,) = copies_summary(services, actor=person(services, CLERK))
    assert seal.order is not None
    assert (seal.order.signed, seal.refused) == (COPIES - 1, 1)
    with services.read_only() as session:
        assert session.scalars(select(Job.state).where(Job.name == SIGN_JOB)).all() == [
            JobState.DONE
        ]


def test_the_page_shows_why_and_has_it_go_on(services: Services) -> None:
    clerk = browser_of(create_app(services), services, CLERK)
    shown = clerk.get("/signing").text
    assert "Lệnh ký đã dừng giữa chừng" in shown
    assert "Ký tiếp 2 bản còn lại" in shown
    assert "archive job retry" not in shown
    assert "hx-trigger" not in shown.partition('id="copies"')[2].partition("</section>")[0]
    assert clerk.get("/signing/copies").text.count("Chưa ký, lệnh đã dừng") == 2
    assert post(clerk, "/signing/copies/resume", agency=AGENCY).status_code == 303
    assert "Đang ký; có thể đóng trang này" in clerk.get("/signing").text
    assert post(clerk, "/signing/copies/resume", agency=AGENCY).status_code == 409


def test_a_program_has_it_go_on(services: Services) -> None:
    clerk = program_of(create_app(services), services, CLERK)
    assert clerk.post("/signing-orders/resume", json={}).get_json()["halted"] is False
    assert clerk.post("/signing-orders/resume", json={}).status_code == 409


def test_the_command_has_it_go_on(halted_home: Path, tmp_path: Path) -> None:
    archive = Command(copy_home(halted_home, tmp_path / "home"))
    told = archive.ask("sign", "copies", "--resume", "--wait", account=CLERK)
    assert (told["signed"], told["halted"]) == (COPIES, False)
    assert archive.run("sign", "copies", "--resume", account=CLERK).code == 4


def test_the_command_that_waits_ends_where_signing_halts(halted_home: Path, tmp_path: Path) -> None:
    home = copy_home(halted_home, tmp_path / "home")
    with sqlite3.connect(home / "archive.db") as database:
        database.execute(
            "CREATE TRIGGER away BEFORE UPDATE ON copy_to_sign"
            " BEGIN SELECT RAISE(ABORT, 'overtaken'); END"
        )
    archive = Command(home, {"ARCHIVE_JOBS__MAX_ATTEMPTS": "1"})
    answer = archive.run("sign", "copies", "--resume", "--wait", account=CLERK)
    assert answer.code == 1
    assert "dừng giữa chừng: đã ký 1/3 bản" in answer.stdout + answer.stderr
