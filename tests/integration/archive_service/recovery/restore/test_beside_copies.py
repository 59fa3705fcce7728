"""An old backup beside copies that lived on: what they tell of holds, terms and lists counts."""

import datetime as dt
import shutil
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from archive_service import clock
from archive_service.catalogue.linking.acts import link
from archive_service.catalogue.linking.given import LinkIn
from archive_service.catalogue.use_requests.acts import make_access_request, refuse_access_request
from archive_service.catalogue.use_requests.given import Wish, Words
from archive_service.db.held import in_force
from archive_service.domain.case_files.access_request import AccessRequest, AccessRequestState
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.enrolled_copy import CopyStanding, EnrolledCopy, RetiredHolding
from archive_service.domain.people.account import Role
from archive_service.domain.retention.disposition import (
    Disposition,
    DispositionItem,
    DispositionState,
    ItemState,
)
from archive_service.domain.retention.hold import Hold
from archive_service.domain.retention.removal import Removal, RemovalPlace
from archive_service.domain.retention.retention import RetentionSchedule, ScheduleState
from archive_service.evidence.write_out import write_out_evidence
from archive_service.keeping.copies.retiring import retire_copy
from archive_service.keeping.fixity.decided_rows import decided_otherwise
from archive_service.notices.incidents import open_incidents
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.recovery.restore.surviving_copies import REBUILD_AWAITED
from archive_service.services import Services
from archive_service.storage.acts import iter_acts, written_act
from archive_service.storage.destroy.claim import RemovalRefusedError
from archive_service.storage.filesystem import FilesystemStore
from archive_service.worker import run_one, work
from retention.disposition.custody_acts import tell
from retention.disposition.execution import CARRY_OUT_JOB
from retention.holds.acts import lift_hold, place_holds
from retention.holds.given import LiftIn
from retention.terms.changes import set_term
from retention.terms.known_schedules import known_schedules
from retention.terms.rules import RetentionRule
from tests.faults.retention.destruction.home import adopt_schedule, load_schedule
from tests.faults.retention.destruction.law import SHORT
from tests.worlds.archive import OPERATOR, copy_home, open_home, person
from tests.worlds.clients import add_person
from tests.worlds.command import Command
from tests.worlds.retention.removing import (
    MARKED,
    OTHER,
    approved,
    case_of,
    claim_item,
    marked_home,
)
from tests.worlds.servers.backends import read_settings, write_settings

BOTH = (MARKED, OTHER)


class Lost:
    """An archive that goes on after a backup, loses its database, and comes back from that."""

    def __init__(self, place: Path, home: Path) -> None:
        self._place, self.home = place, home

    def back_up(self) -> None:
        """All of it, packages too."""
        Command(self.home).ask("backup", "--to", self._place / "medium", "--objects")

    def restore(self, *, code: int = 0) -> dict[str, Any]:
        """The database is lost with all but copies and keys; what the restore tells."""
        new = self._place / "new"
        new.mkdir()
        for name in ("kho1", "kho2", "backup-keys", "archive.toml", "keys"):
            shutil.move(self.home / name, new / name)
        shutil.rmtree(self.home)
        self.home, keys = new, new / "backup-keys"
        medium = self._place / "medium"
        answer = Command(new).run("restore", "--from", medium, "--keys", keys, "--json")
        assert answer.code == code, answer
        return answer.document


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two case files; a list of both is approved, and a backup knows it."""
    place = tmp_path_factory.mktemp("lived-on")
    home = marked_home(place)
    settings = read_settings(home)
    settings["storage"]["staging_grace_s"] = 0
    write_settings(home, settings)
    with open_home(home) as services:
        approved(services, *BOTH)
    Lost(place, home).back_up()
    return place


@pytest.fixture
def lost(stored: Path, tmp_path: Path) -> Lost:
    """A copy of it with its medium, for one test."""
    shutil.copytree(stored / "medium", tmp_path / "medium")
    return Lost(tmp_path, copy_home(stored / "home", tmp_path / "home"))


def carry_out(services: Services) -> set[str]:
    """As a worker does; the codes of what is claimed, or gone."""
    with services.writing() as session:
        for listed in session.scalars(select(Disposition.id)):
            services.jobs.add(session, CARRY_OUT_JOB, subject_id=listed)
    for _ in range(50):
        if run_one(services, names=(CARRY_OUT_JOB, "destroy-case-file")) is None:
            break
    with services.read_only() as session:
        return set(session.scalars(select(Removal.code)))


def item_states(services: Services) -> set[ItemState]:
    """Where the case files of all lists stand."""
    with services.read_only() as session:
        return set(session.scalars(select(DispositionItem.state)))


def incidents(services: Services) -> set[str]:
    """Kinds of those that are open."""
    with services.read_only() as session:
        return {incident.kind for incident in open_incidents(session)}


def require_whole_trail(services: Services) -> None:
    """In the rows and in every copy."""
    work(services, until_empty=True)
    assert Command(services.settings.home).ask("audit", "verify")["ok"]


def test_a_hold_of_after_the_backup_stays(lost: Lost) -> None:
    with open_home(lost.home) as services:
        place_holds(
            services, [OTHER], reason="Thanh tra", authority="1/QĐ", actor=person(services, "hung")
        )
        work(services, until_empty=True)
    assert lost.restore()["taken_up"] >= 2
    with open_home(lost.home) as services:
        with services.read_only() as session:
            assert len(in_force(session, case_of(services, OTHER).id)) == 1
        assert carry_out(services) == {MARKED}
        require_whole_trail(services)


def test_one_that_was_lifted_after_the_backup_is_lifted(lost: Lost) -> None:
    with open_home(lost.home) as services:
        hung = person(services, "hung")
        (told,) = place_holds(services, [OTHER], reason="Thanh tra", authority="1/QĐ", actor=hung)
    lost.back_up()
    with open_home(lost.home) as services:
        hung = person(services, "hung")
        lift_hold(services, told.id, LiftIn(reason="Xong"), actor=hung)
    lost.restore()
    with open_home(lost.home) as services, services.read_only() as session:
        (hold,) = session.scalars(select(Hold))
        assert hold.lift_reason == "Xong"


def test_a_term_that_was_made_longer_after_the_backup_runs(lost: Lost) -> None:
    rule = RetentionRule("QT-09", "Công văn", 50, "TT 10/2022/TT-BNV", "schedule")
    with open_home(lost.home) as services:
        with services.writing() as session:
            row = session.scalars(select(CaseFile).where(CaseFile.code == OTHER)).one()
            ended = dt.date(2015, 6, 1)
            set_term(session, row, rule, ended_on=ended, cause="disposition", by="test")
        write_out_evidence(services)
    lost.restore()
    with open_home(lost.home) as services:
        assert case_of(services, OTHER).ends_on == dt.date(2065, 12, 31)
        assert carry_out(services) == {MARKED}


def test_a_schedule_that_was_adopted_after_the_backup_holds(lost: Lost) -> None:
    with open_home(lost.home) as services:
        adopt_schedule(services, load_schedule(services, lost.home.parent, edition=1, short=7))
        work(services, until_empty=True)
    lost.restore()
    with open_home(lost.home) as services:
        with services.read_only() as session:
            (row,) = session.scalars(select(RetentionSchedule))
            assert row.state is ScheduleState.ADOPTED
            rule = known_schedules(session).find(SHORT, clock.today())
            assert rule is not None
            assert rule.years == 7
        require_whole_trail(services)


def test_a_copy_that_was_retired_after_the_backup_is_so(lost: Lost) -> None:
    with open_home(lost.home) as services:
        retire_copy(services, "kho2", reason="Ổ đĩa cũ", actor=OPERATOR)
        work(services, until_empty=True)
    lost.restore()
    with open_home(lost.home) as services:
        assert [copy.name for copy in services.copies] == ["kho1"]
        with services.read_only() as session:
            row = session.get_one(EnrolledCopy, "kho2")
            noted = set(session.scalars(select(RetiredHolding.case_file_id)))
            assert (row.state, row.holdings_known) == (CopyStanding.RETIRED, True)
            assert noted == {case_of(services, code).id for code in BOTH}
        assert carry_out(services) == set(BOTH)
        with services.read_only() as session:
            places = set(session.scalars(select(RemovalPlace.place)))
        assert {"copy:kho1", "copy:kho2"} <= places
        require_whole_trail(services)


def test_a_decision_that_was_taken_back_after_the_backup_destroys_nothing(lost: Lost) -> None:
    with open_home(lost.home) as services:
        with services.writing() as session:
            listed = session.scalars(select(Disposition)).one()
            listed.state = DispositionState.REJECTED
            tell(session, listed, "disposition:rejected", actor=OPERATOR, items=True)
        write_out_evidence(services)
    lost.restore()
    with open_home(lost.home) as services:
        assert carry_out(services) == set()


def test_a_list_that_was_carried_out_after_the_backup_comes_to_its_end(lost: Lost) -> None:
    with open_home(lost.home) as services:
        carry_out(services)
        work(services, until_empty=True)
    assert lost.restore()["destroyed"] == sorted(BOTH)
    with open_home(lost.home) as services:
        assert carry_out(services) == set(BOTH)
        with services.read_only() as session:
            items = session.scalars(select(DispositionItem)).all()
            assert ItemState.APPROVED not in {item.state for item in items}
            assert len(session.scalars(select(Removal)).all()) == len(BOTH)
        require_whole_trail(services)
        rebuild(services, actor=OPERATOR)
        require_whole_trail(services)


def test_what_was_linked_or_changed_after_the_backup_waits_for_a_rebuild(lost: Lost) -> None:
    with open_home(lost.home) as services:
        link(
            services,
            OTHER,
            1,
            LinkIn(into=MARKED, reason="Dùng chung"),
            actor=person(services, "lan"),
        )
        with services.writing() as session:
            listed = session.scalars(select(Disposition)).one()
            tell(session, listed, "disposition:executing", actor=OPERATOR, items=True)
        work(services, until_empty=True)
    lost.restore()
    with open_home(lost.home) as services:
        assert carry_out(services) == set(), "no row knows of the link, nor of what it changed"
        assert REBUILD_AWAITED in incidents(services)
        assert item_states(services) == {ItemState.APPROVED}
        with services.read_only() as session:
            item = session.scalars(select(DispositionItem.id)).first()
        with pytest.raises(RemovalRefusedError) as refused, services.unit_of_work() as uow:
            claim_item(services, uow.session, uow.session.get_one(DispositionItem, item))
        assert refused.value.facts["reason"] == "behind"
        rebuild(services, actor=OPERATOR)
        assert REBUILD_AWAITED not in incidents(services)
        assert item_states(services) == {ItemState.APPROVED}
        assert carry_out(services) == set(), "one is linked, and the other was changed"
        assert item_states(services) == {ItemState.LEFT_OUT}
        require_whole_trail(services)


def test_a_request_that_was_decided_after_the_backup_is_open_and_no_alarm(lost: Lost) -> None:
    with open_home(lost.home) as services:
        add_person(services, "doc.gia", Role.READER)
        with services.writing() as session:
            session.execute(update(CaseFile).values(mode="02"))
        wish = Wish(
            code=OTHER, document=1, purpose="Xác minh", person="Trần Văn An", identity="C1234567"
        )
        asked = make_access_request(services, wish, actor=person(services, "doc.gia"))
        work(services, until_empty=True)
    lost.back_up()
    with open_home(lost.home) as services:
        refuse_access_request(
            services, asked.id, Words(text="Điều 31"), actor=person(services, "hung")
        )
        work(services, until_empty=True)
    lost.restore()
    with open_home(lost.home) as services, services.unit_of_work() as uow:  # none is committed
        row = uow.session.get_one(AccessRequest, asked.id)
        assert row.state is AccessRequestState.ASKED
        assert not list(decided_otherwise(uow.session))
        uow.session.get_one(AccessRequest, asked.id).state = AccessRequestState.GRANTED
        uow.session.flush()
        assert list(decided_otherwise(uow.session)) == [f"access-request {asked.id}"]


def test_an_act_that_somebody_planted_since_is_left_out_and_an_incident(lost: Lost) -> None:
    real = next(iter_acts(FilesystemStore(lost.home / "kho1"), "receipt"))
    at, id_ = clock.now() + dt.timedelta(hours=1), str(uuid4())
    said = real.said() | {"id": id_, "at": clock.iso(at)}
    act = written_act("receipt", f"{at:%Y%m%dT%H%M%S%f}-{id_}", said)
    for copy in ("kho1", "kho2"):
        for key, data in (*act.beside.items(), (act.key, act.data)):
            (lost.home / copy / key).write_bytes(data)
    told = lost.restore(code=5)
    assert [(one["key"], one["code"]) for one in told["passed_over"]] == [(act.key, "act-unproved")]
    with open_home(lost.home) as services, services.read_only() as session:
        subjects = {one.subject for one in open_incidents(session) if one.kind == "act-differs"}
        assert subjects == {act.key}


def test_where_nothing_came_since_nothing_is_taken_up(lost: Lost) -> None:
    with open_home(lost.home) as services:
        work(services, until_empty=True)
    lost.back_up()
    assert lost.restore()["taken_up"] == 0
