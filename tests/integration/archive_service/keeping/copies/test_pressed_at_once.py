"""Two presses at once of the buttons of copies, on PostgreSQL: one of them changes something."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.keeping.copies.acts import _enrolled, add_copy, renew_copy
from archive_service.keeping.copies.retiring import retire_copy
from archive_service.services import Services
from archive_service.worker import work
from tests.services.servers import PostgreSql
from tests.worlds.archive import OPERATOR, Backends, new_home
from tests.worlds.at_once import at_once
from tests.worlds.holding import opened, take_in

THREE = ("file:kho1", "file:kho2", "file:kho3")


def added(services: Services) -> Any:
    return add_copy(services, "kho3", actor=OPERATOR).identity


def renewed(services: Services) -> Any:
    return renew_copy(services, "kho3", reason="Ổ đĩa hỏng", actor=OPERATOR).identity


def retired(services: Services) -> Any:
    return retire_copy(services, "kho3", reason="Ổ đĩa cũ", actor=OPERATOR).identity


def told(services: Services, tag: str) -> int:
    with services.read_only() as session:
        events = select(func.count()).select_from(AuditEvent).where(AuditEvent.tag == tag)
        return session.scalar(events) or 0


@pytest.mark.parametrize(
    ("act", "tag"),
    [(added, "copy:enrolled"), (renewed, "copy:renewed"), (retired, "copy:retired")],
)
def test_of_two_presses_at_once_one_changes_the_copies(
    act: Callable[[Services], Any], tag: str, postgresql: PostgreSql, tmp_path: Path
) -> None:
    home = new_home(tmp_path / "home", Backends(postgresql=postgresql))
    with opened(home, *THREE) as services:
        take_in(services, tmp_path / "cases", range(1, 3))
        work(services, until_empty=True)
        if act is not added:
            added(services)
            work(services, until_empty=True)
        if act is renewed:
            shutil.rmtree(home / "kho3")
        before = told(services, tag)
        answers = at_once(lambda _: act(services), 2)
        assert told(services, tag) == before + 1, answers
        work(services, until_empty=True)


def test_a_press_that_found_no_copy_and_comes_behind_another_tells_nothing(tmp_path: Path) -> None:
    home = new_home(tmp_path / "home")
    with opened(home, *THREE) as services:
        take_in(services, tmp_path / "cases", range(1, 2))
        work(services, until_empty=True)
        first = added(services)
        before = told(services, "copy:enrolled")
        (store,) = (store for store in services.stores if store.name == "kho3")
        assert _enrolled(services, store, actor=OPERATOR, known=None).identity == first
        assert told(services, "copy:enrolled") == before
