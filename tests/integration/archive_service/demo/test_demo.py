"""The demo runs in a home of its own, and in no other; what it does is shown by a bundle."""

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest

from archive_service.bootstrap import EraseCredentialsMissingError
from archive_service.demo import destroying
from archive_service.demo.commands import TerminalTeller
from archive_service.demo.home import DemoHomeBusyError, DemoHomeForeignError, make_home
from archive_service.demo.stage import DemoUnprovedError, Stage
from archive_service.domain.people.account import Role
from archive_service.domain.retention.disposition import DispositionItem
from archive_service.settings import DEMO_MARK
from tests.services.servers import RabbitMq
from tests.worlds.archive import person
from tests.worlds.command import Command
from tests.worlds.retention.removing import (
    MARKED,
    approved,
    case_of,
    marked_home,
    open_with_erasers,
)

# Nobody listens there, and nobody is named who may erase.
BUCKETS = [f"s3://keep:secret@127.0.0.1:9/{name}?secure=false" for name in ("kho-1", "kho-2")]


def test_a_folder_that_the_demo_did_not_make_is_left_as_it_is(tmp_path: Path) -> None:
    kept = tmp_path / "thesis.txt"
    kept.write_text("mine")
    told = Command(tmp_path).run("demo", "--json")
    assert told.code == 4
    assert told.error["code"] == "demo-home-foreign"
    assert [path.name for path in tmp_path.iterdir()] == [kept.name]


def test_a_link_to_another_folder_is_no_home_of_the_demo(tmp_path: Path) -> None:
    make_home(tmp_path / "real")
    (tmp_path / "link").symlink_to(tmp_path / "real")
    with pytest.raises(DemoHomeForeignError):
        make_home(tmp_path / "link")


def test_a_home_in_use_is_not_removed(tmp_path: Path) -> None:
    make_home(tmp_path)
    with (tmp_path / "archive.db").open("w"), pytest.raises(DemoHomeBusyError):
        make_home(tmp_path)
    assert (tmp_path / "archive.db").exists()
    make_home(tmp_path)
    assert not (tmp_path / "archive.db").exists()
    assert (tmp_path / DEMO_MARK).exists()


def test_buckets_from_which_nobody_may_erase_end_the_demo_before_it_begins(tmp_path: Path) -> None:
    settings = {"ARCHIVE_STORAGE__COPIES": json.dumps(BUCKETS)}
    told = Command(tmp_path, settings).run("demo", "--json")
    assert told.code == 2, told.stderr
    assert told.error["code"] == EraseCredentialsMissingError.code
    assert "Traceback" not in told.stderr


def test_a_service_that_does_not_answer_ends_the_demo_with_its_reason(
    tmp_path: Path, rabbitmq: RabbitMq
) -> None:
    settings = {
        "ARCHIVE_TIMESTAMP__URL": "http://127.0.0.1:9/",
        "ARCHIVE_JOBS__URL": rabbitmq.new_vhost(),
    }
    told = Command(tmp_path, settings).run("demo", "--json")
    assert (told.code, told.error["code"]) == (5, DemoUnprovedError.code)
    assert "issue-receipt (timestamp-unavailable" in told.error["message"]


def test_a_destruction_that_was_refused_is_told_with_its_reason(tmp_path: Path) -> None:
    with open_with_erasers(marked_home(tmp_path, backed_up=False)) as services:
        (item,) = approved(services, MARKED)
        with services.read_only() as session:
            row = session.get_one(DispositionItem, item).disposition_id
        storage = services.settings.storage.model_copy(update={"copies": BUCKETS})
        settings = services.settings.model_copy(update={"storage": storage})
        stage = Stage(replace(services, settings=settings), TerminalTeller(StringIO(), "en"), "en")
        stage.people[Role.ARCHIVIST] = person(services, "lan")
        with pytest.raises(DemoUnprovedError, match=EraseCredentialsMissingError.code):
            destroying._carry_out(stage, row, case_of(services, MARKED).id)
