"""Witnesses asked at a worker's start, and shown on the page of the trail."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from archive_service.access import ActNotAllowedError
from archive_service.app import create_app
from archive_service.domain.people.account import Role
from archive_service.evidence.outside.giving import give_checkpoint
from archive_service.evidence.outside.witnesses import witnesses_told
from tests.worlds.archive import (
    HISTORICAL_CODE,
    actor_of,
    copy_home,
    on_another_disk,
    open_home,
)
from tests.worlds.browsers import browser_of
from tests.worlds.clients import add_person, do_all
from tests.worlds.servers.backends import read_settings, write_settings
from tests.worlds.transfer.transfers import TwoArchives
from tests.worlds.transfer.witnesses import more, moved, sealed, sent, troubles, witnessed


def test_a_worker_asks_its_witnesses_before_its_first_job(two: TwoArchives, tmp_path: Path) -> None:
    with witnessed(two.receiver, two.giver) as url:
        sealed(two.giver)
        sent(two.giver)
        yesterday = copy_home(two.giver.settings.home, tmp_path / "yesterday")
        more(two.giver, 50)
        kept = sealed(two.giver)
        sent(two.giver)
        with open_home(yesterday) as origin:
            moved(origin, url)
            do_all(origin)  # no job asks: the start does
            told = troubles(origin)
            assert told["rolled-back"]["claimed"] == kept.size
            assert told["rolled-back"]["by"] == f"witness {HISTORICAL_CODE}"
            assert told["witness-remembers"]["code"] == "witness-remembers"
        do_all(two.giver)
        assert troubles(two.giver) == {}
    do_all(two.giver)  # nobody listens: no worker waits for that, and one try is no trouble
    assert troubles(two.giver) == {}


@pytest.fixture
def outside(two: TwoArchives) -> Iterator[Path]:
    with on_another_disk(two.giver.settings.home) as folder:
        yield folder


def test_the_page_of_the_trail_tells_who_remembers_how_long_it_was(
    two: TwoArchives, tmp_path: Path, outside: Path
) -> None:
    home, beside = two.giver.settings.home, tmp_path / "beside"
    beside.mkdir()
    places = [str(outside), str(beside)]
    own = {"witnesses_wanted": 2, "give_to": places, "witnesses": [str(beside)]}
    write_settings(home, read_settings(home) | {"evidence": own})
    with open_home(home) as origin, witnessed(two.receiver, origin):
        add_person(origin, "kiem", Role.AUDITOR)
        browser = browser_of(create_app(origin), origin, "kiem")
        sealed(origin)
        sent(origin)
        page = browser.get("/audit").text
        assert "Thiếu bên giữ điểm niêm phong trong 48 giờ qua: 1, cần 2" in page
        kept = sealed(origin)
        give_checkpoint(origin)
        sent(origin)
        told = witnesses_told(origin, actor=actor_of(origin, "kiem"))
        assert [(document.kind, document.size, document.counts) for document in told.held] == [
            ("partner", kept.size, True),
            ("given", kept.size, True),
            ("beside", 0, False),
            ("beside", kept.size, False),
        ]
        assert "Đủ số bên giữ điểm niêm phong" in browser.get("/audit").text
        with pytest.raises(ActNotAllowedError):
            witnesses_told(origin, actor=actor_of(origin, "lan"))
