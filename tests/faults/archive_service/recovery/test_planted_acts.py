"""An operator plants an act in the copies, and the database is lost: a rebuild leaves it out."""

import datetime as dt
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from archive_service import clock
from archive_service.catalogue.agencies.acts import get_agency
from archive_service.evidence.sealing import seal_log
from archive_service.storage.acts import iter_acts, written_act
from archive_service.storage.filesystem import FilesystemStore
from tests.integration.archive_service.recovery.rebuild.rebuilt_copies import drop, rebuilt
from tests.worlds.archive import COPIES, OPERATOR, open_home
from tests.worlds.backed_up import stocked_home
from tests.worlds.command import Command


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """Its log is sealed: a note tells of each act that lies in every copy."""
    home = stocked_home(tmp_path / "home")
    with open_home(home) as services:
        seal_log(services, services.signer(), actor=OPERATOR)
    return home


def agency_act(home: Path) -> dict[str, Any]:
    store = FilesystemStore(home / COPIES[0])
    acts = [act.said() for act in iter_acts(store, "agency")]
    return next(act for act in acts if act["body"]["agency"]["code"] == "H40.18")


def plant(home: Path, said: Mapping[str, Any], *, copies: tuple[str, ...] = COPIES) -> str:
    at = clock.parse_iso(said["at"])
    act = written_act(said["kind"], f"{at:%Y%m%dT%H%M%S%f}-{said['id']}", said)
    for copy in copies:
        for key, data in (*act.beside.items(), (act.key, act.data)):
            (home / copy / key).write_bytes(data)
    return act.key


def renamed(said: dict[str, Any]) -> dict[str, Any]:
    body = said["body"]
    return said | {"body": body | {"agency": body["agency"] | {"name": "Sở Giả"}}}


def as_new(home: Path) -> dict[str, Any]:
    return renamed(agency_act(home)) | {"id": str(uuid4())}


def after_the_last_note(home: Path) -> dict[str, Any]:
    """Of a moment at which nothing happened to the agency."""
    return as_new(home) | {"at": clock.iso(clock.now() + dt.timedelta(hours=1))}


def of_long_ago(home: Path) -> dict[str, Any]:
    return as_new(home) | {"at": "2020-01-01T00:00:00.000000Z"}


def in_the_place_of_the_real_one(home: Path) -> dict[str, Any]:
    return renamed(agency_act(home))


def name_of_agency(home: Path) -> str:
    with open_home(home) as services, services.read_only() as session:
        return get_agency(session, "H40.18").name


@pytest.mark.parametrize("attack", [of_long_ago, after_the_last_note, in_the_place_of_the_real_one])
def test_a_planted_act_is_named_and_left_out(
    home: Path, attack: Callable[[Path], dict[str, Any]]
) -> None:
    real = name_of_agency(home)
    planted = attack(home)
    copies = COPIES[:1] if attack is in_the_place_of_the_real_one else COPIES
    key = plant(home, planted, copies=copies)
    drop(home)
    code, document, passed_over = rebuilt(Command(home))
    if attack is in_the_place_of_the_real_one:  # the next copy gives the real one
        assert [entry["key"] for entry in document["read_elsewhere"]] == [key]
        assert not passed_over
    else:
        assert (code, passed_over) == (5, {key: "act-unproved"})
        said = next(one for one in document["passed_over"] if one["key"] == key)
        assert planted["id"] in said["message"]
    assert name_of_agency(home) == real


def test_an_act_of_a_copy_that_does_not_read_stops_nothing(home: Path) -> None:
    """Such acts are asked first of all: they say which copies count."""
    of_a_copy = {"id": str(uuid4()), "kind": "copy", "subject_id": COPIES[0], "body": {"state": 1}}
    (home / COPIES[0] / "acts" / "copy").mkdir()
    key = plant(home, of_a_copy | {"at": clock.iso(clock.now())}, copies=COPIES[:1])
    drop(home)
    code, _, passed_over = rebuilt(Command(home))
    assert (code, passed_over) == (5, {key: "act-unproved"})


def test_an_act_under_two_names_comes_back_once(home: Path) -> None:
    """The second file bears the moment of another act: it is no act of ours."""
    real = agency_act(home)
    act = written_act("agency", f"20260101T000000000000-{real['id']}", real)
    for key, data in (*act.beside.items(), (act.key, act.data)):
        (home / COPIES[0] / key).write_bytes(data)
    drop(home)
    code, _, passed_over = rebuilt(Command(home))
    assert (code, passed_over) == (5, {act.key: "act-unsound"})
    assert json.loads((home / COPIES[0] / act.key).read_bytes()) == real


def test_what_no_note_tells_of_yet_comes_back(tmp_path: Path) -> None:
    """Acts of the last hour, or of a release that noted none, are told by their events."""
    home = stocked_home(tmp_path / "home")
    drop(home)
    code, _, passed_over = rebuilt(Command(home))
    assert (code, passed_over) == (0, {})
    assert name_of_agency(home)
