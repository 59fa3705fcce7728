"""A seal at work on a paper holds up whoever presses again, and nobody once it is done."""

import datetime as dt
import time
from pathlib import Path

import pytest
from sqlalchemy import select

from archive_service import clock
from archive_service.db.claims import Claim
from archive_service.domain.people.idempotency import IdempotentRequest
from archive_service.services import Services
from archive_service.signing.seals.at_work import SealAtWorkError, sealing
from tests.worlds.archive import new_home, open_home


def claim_of(services: Services) -> IdempotentRequest:
    with services.read_only() as session:
        return session.scalars(select(IdempotentRequest)).one()


def said_last(services: Services, *, minutes: int) -> dt.datetime:
    """As if the press had last told so long ago that it is at work."""
    with services.writing() as session:
        row = session.scalars(select(IdempotentRequest)).one()
        row.created_at = clock.now() - dt.timedelta(minutes=minutes)
    return row.created_at


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
    with open_home(new_home(tmp_path / "home")) as services:
        with services.writing() as session:
            Claim("", "seal:one", "killed").take(session)
        with pytest.raises(SealAtWorkError):
            pressed(services)
        said_last(services, minutes=2)
        assert pressed(services)


def test_a_signer_slower_than_a_minute_keeps_the_seal_at_work(tmp_path: Path) -> None:
    with open_home(new_home(tmp_path / "home")) as services:
        with sealing(services, "one", every_s=0.01):
            long_ago = said_last(services, minutes=2)
            until = time.monotonic() + 20
            while claim_of(services).created_at == long_ago and time.monotonic() < until:
                time.sleep(0.01)
            with pytest.raises(SealAtWorkError):
                pressed(services)
        assert pressed(services)


def test_a_press_that_was_taken_over_leaves_the_claim_of_the_other(tmp_path: Path) -> None:
    with open_home(new_home(tmp_path / "home")) as services:
        with sealing(services, "one"), services.writing() as session:
            Claim("", "seal:one", "another").take(session)
        assert claim_of(services).request_sha256 == "another"
