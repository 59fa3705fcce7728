"""A seal at work on a paper holds up whoever presses again, and nobody once it is done."""

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import select

from archive_service import clock
from archive_service.domain.people.idempotency import IdempotentRequest
from archive_service.services import Services
from archive_service.signing.seals.at_work import SealAtWorkError, sealing
from tests.worlds.archive import new_home, open_home


def pressed(services: Services, paper: str = "one") -> bool:
    with sealing(services, paper):
        return True


def test_a_second_press_finds_the_first_at_work_and_other_papers_are_free(tmp_path: Path) -> None:
    with open_home(new_home(tmp_path / "home")) as services:
        with sealing(services, "one"):
            with pytest.raises(SealAtWorkError):
                pressed(services)
            assert pressed(services, "other")
        assert pressed(services)


def test_a_key_that_fails_holds_nobody_up(tmp_path: Path) -> None:
    with open_home(new_home(tmp_path / "home")) as services:
        with pytest.raises(OSError, match="away"), sealing(services, "one"):
            raise OSError("away")
        assert pressed(services)


def test_what_a_kill_left_counts_for_a_minute(tmp_path: Path) -> None:
    with open_home(new_home(tmp_path / "home")) as services, sealing(services, "one"):
        with services.writing() as session:
            row = session.scalars(select(IdempotentRequest)).one()
            row.created_at = clock.now() - dt.timedelta(minutes=2)
        assert pressed(services)
