"""An operator plants an act in the copies, and the database is lost: a rebuild leaves it out."""

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, Self
from uuid import uuid4

import pytest
from sqlalchemy import func, select

from archive_service import clock
from archive_service.audit import ACT_DIGESTS, canonical, record_event
from archive_service.catalogue.agencies.acts import add_agency, get_agency
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.enrolled_copy import EnrolledCopy
from archive_service.domain.people.account import WORKER
from archive_service.evidence.compared.told_acts import act_misfits
from archive_service.evidence.outside.stamping import STAMP, stamp_log
from archive_service.evidence.sealing import seal_log
from archive_service.evidence.write_out import write_out_evidence
from archive_service.notices.incidents import open_incidents
from archive_service.services import Services
from archive_service.storage.acts import iter_acts, written_act
from archive_service.storage.filesystem import FilesystemStore
from tests.integration.archive_service.recovery.rebuild.rebuilt_copies import drop, rebuilt
from tests.worlds.archive import COPIES, OPERATOR, open_home
from tests.worlds.backed_up import stocked_home
from tests.worlds.command import Command

_DATETIME = dt.datetime


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


def beside_the_real_one(home: Path) -> dict[str, Any]:
    """Of a moment at which something did happen to the agency; notes have told of all since."""
    with open_home(home) as services:
        with services.unit_of_work() as uow:
            add_agency("H40.77", "Sở Khác", actor=OPERATOR, uow=uow)
            uow.commit()
        write_out_evidence(services)
        seal_log(services, services.signer(), actor=OPERATOR)
    at = clock.parse_iso(agency_act(home)["at"]) + dt.timedelta(seconds=1)
    return as_new(home) | {"at": clock.iso(at)}


def at_the_very_moment(home: Path) -> dict[str, Any]:
    """Right beside a real one, before anything is sealed, and in one copy alone."""
    return as_new(home)


def in_the_place_of_the_real_one(home: Path) -> dict[str, Any]:
    return renamed(agency_act(home))


def told_by_a_later_event(home: Path) -> dict[str, Any]:
    """The service itself tells the digest of what was put in the place of the real one."""
    said = renamed(agency_act(home))
    digest = sha256(canonical({**said, "companion": None})).hexdigest()
    with open_home(home) as services:
        with services.writing() as session:
            data = {ACT_DIGESTS: {said["id"]: digest}}
            record_event(session, "test:noted", subject_id=None, actor=OPERATOR, data=data)
        write_out_evidence(services)
    return said


def name_of_agency(home: Path) -> str:
    with open_home(home) as services, services.read_only() as session:
        return get_agency(session, "H40.18").name


@pytest.mark.parametrize(
    "attack",
    [
        *(of_long_ago, after_the_last_note, beside_the_real_one),
        *(at_the_very_moment, in_the_place_of_the_real_one, told_by_a_later_event),
    ],
)
def test_a_planted_act_is_named_and_left_out(
    home: Path, attack: Callable[[Path], dict[str, Any]]
) -> None:
    real = name_of_agency(home)
    planted = attack(home)
    copies = COPIES[1:] if attack is at_the_very_moment else COPIES
    in_place = attack in (in_the_place_of_the_real_one, told_by_a_later_event)
    copies = COPIES[:1] if in_place else copies
    key = plant(home, planted, copies=copies)
    drop(home)
    code, document, passed_over = rebuilt(Command(home))
    if in_place:  # the next copy gives the real one
        assert [entry["key"] for entry in document["read_elsewhere"]] == [key]
        assert not passed_over
    else:
        assert (code, passed_over) == (5, {key: "act-unproved"})
        said = next(one for one in document["passed_over"] if one["key"] == key)
        assert planted["id"] in said["message"]
        with open_home(home) as services, services.read_only() as session:
            told = {one.subject: one.facts for one in open_incidents(session)}
            assert told[key] == {"key": key, "copy": copies[0]}
    assert name_of_agency(home) == real


def test_a_checkpoint_that_nobody_signed_tells_of_no_lost_segment(home: Path) -> None:
    key = plant(home, of_long_ago(home))
    newest = max((home / COPIES[0] / "evidence" / "log" / "checkpoint").iterdir())
    origin, _, rest = newest.read_text().split("\n", 2)
    for copy in COPIES:
        beyond = home / copy / "evidence" / "log" / "checkpoint" / f"{9999:012d}"
        beyond.write_text("\n".join((origin, "9999", rest)))
    drop(home)
    code, _, passed_over = rebuilt(Command(home))
    assert (code, passed_over) == (5, {key: "act-unproved"})


def test_an_act_of_a_copy_that_does_not_read_stops_nothing(home: Path) -> None:
    """Such acts are asked first of all: they say which copies count."""
    of_a_copy = {"id": str(uuid4()), "kind": "copy", "subject_id": COPIES[0], "body": {"state": 1}}
    (home / COPIES[0] / "acts" / "copy").mkdir()
    key = plant(home, of_a_copy | {"at": clock.iso(clock.now())}, copies=COPIES[:1])
    drop(home)
    code, _, passed_over = rebuilt(Command(home))
    assert (code, passed_over) == (5, {key: "act-unproved"})


def of_copy(**more: object) -> dict[str, Any]:
    """What somebody says of the second copy."""
    at = clock.iso(clock.now())
    body = {"name": COPIES[1], "identity": str(uuid4()), "enrolled_at": at, "role": "copy"}
    said = {"id": str(uuid4()), "kind": "copy", "subject_id": COPIES[1], "at": at}
    return said | {"body": body | more}


@pytest.mark.parametrize(
    "more", [{"state": "retired"}, {"state": "active", "enrolled_at": "x"}], ids=str
)
def test_a_planted_act_of_a_copy_is_not_obeyed(home: Path, more: dict[str, str]) -> None:
    with open_home(home) as services:
        real = identities_of(services)
    (home / COPIES[0] / "acts" / "copy").mkdir()
    key = plant(home, of_copy(**more), copies=COPIES[:1])
    drop(home)
    code, document, passed_over = rebuilt(Command(home))
    assert (code, passed_over) == (5, {key: "act-unproved"})
    assert document["copies_not_read"] == []
    with open_home(home) as services:
        assert identities_of(services) == real


def identities_of(services: Services) -> dict[str, tuple[str, str]]:
    with services.read_only() as session:
        rows = session.scalars(select(EnrolledCopy))
        return {row.name: (row.identity, row.state.value) for row in rows}


class _Told(type):
    """What a true moment is an instance of too."""

    def __instancecheck__(cls, it: object) -> bool:
        return isinstance(it, _DATETIME)


@contextmanager
def days_later(days: int) -> Iterator[None]:
    """This machine's clock, as Python tells it, is so far ahead."""

    class Shifted(_DATETIME, metaclass=_Told):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Self:
            moment = _DATETIME.now(tz) + dt.timedelta(days=days)
            return cls.combine(moment.date(), moment.timetz())

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(dt, "datetime", Shifted)
        yield


@pytest.fixture
def noted_twice(tmp_path: Path) -> Path:
    """Acts of the first note are older than a day before the second."""
    home = stocked_home(tmp_path / "home")
    with open_home(home) as services:
        seal_log(services, services.signer(), actor=OPERATOR)
        write_out_evidence(services)
    with days_later(3), open_home(home) as services:
        with services.unit_of_work() as uow:
            add_agency("H40.77", "Sở Khác", actor=OPERATOR, uow=uow)
            uow.commit()
        seal_log(services, services.signer(), actor=OPERATOR)
        write_out_evidence(services)
    return home


def flipped(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)


@pytest.mark.parametrize(
    ("which", "spoil"),
    [
        ("first-note", flipped),
        ("first-note", Path.unlink),
        ("newest", flipped),
        ("newest", Path.unlink),
    ],
    ids=["first-note-damaged", "first-note-lost", "newest-damaged", "newest-lost"],
)
def test_a_gap_in_the_trail_takes_no_lawful_act_away(
    noted_twice: Path, which: str, spoil: Callable[[Path], None]
) -> None:
    home = noted_twice
    segments = sorted((home / COPIES[0] / "audit").glob("*.jsonl"))
    noting = [one for one in segments if b"evidence:noted" in one.read_bytes()]
    name = (noting[0] if which == "first-note" else segments[-1]).name
    for copy in COPIES:
        spoil(home / copy / "audit" / name)
    acts = len(list(iter_acts(FilesystemStore(home / COPIES[0]))))
    drop(home)
    code, document, passed_over = rebuilt(Command(home))
    assert (document["cases"], document["documents"]) == (1, 1)
    assert set(passed_over.values()) <= {"segment-unsound", "act-unproved-gap"}
    assert (code, passed_over[f"audit/{name}"]) == (5, "segment-unsound")
    with open_home(home) as services, services.read_only() as session:
        assert session.scalars(select(func.count()).select_from(Act)).one() >= acts


def test_a_stamp_whose_event_is_lost_is_told_of_anew(home: Path) -> None:
    with open_home(home) as services:
        assert stamp_log(services, actor=WORKER)
        write_out_evidence(services)
        seal_log(services, services.signer(), actor=OPERATOR)
    for copy in COPIES:
        max((home / copy / "audit").glob("*.jsonl")).unlink()
    drop(home)
    rebuilt(Command(home))
    with open_home(home) as services, services.read_only() as session:
        assert session.scalars(select(Act.kind).where(Act.kind == STAMP)).all() == [STAMP]
        assert not list(act_misfits(session))


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
