"""Destruction carried out: not a byte of it is left, in any place; what is in its way is told."""

import datetime as dt
import io
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select, update

from archive_service import clock
from archive_service.catalogue.holdings.shelf import keep_in_sight, note_read
from archive_service.catalogue.holdings.uses import require_readable
from archive_service.domain.case_files.access_request import AccessRequest, AccessRequestState
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.document import Document
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.enrolled_copy import CopyStanding, EnrolledCopy
from archive_service.domain.keeping.job import Job, JobState
from archive_service.domain.people.idempotency import IdempotentRequest
from archive_service.domain.people.incident import Incident
from archive_service.domain.people.shelf import ShelfMark
from archive_service.domain.retention.disposition import Disposition, DispositionItem, ItemState
from archive_service.domain.retention.removal import (
    CaseFileBeingDestroyedError,
    PlaceState,
    Removal,
)
from archive_service.domain.tables import METADATA
from archive_service.keeping.fixity.check import check_all
from archive_service.services import Services
from archive_service.status.health import status_document
from archive_service.storage.acts import iter_acts
from archive_service.storage.destroy.claim import RemovalRefusedError
from archive_service.storage.held import require_free
from retention.destruction.acts import REMOVAL_OPEN
from retention.destruction.places.row_owners import whose
from retention.destruction.places.rows import KEPT, going
from retention.disposition.papers.contents import file_of
from retention.holds.acts import place_holds
from search.basket.acts import Chosen, put_in
from tests.worlds.any_row import any_row
from tests.worlds.archive import OPERATOR, copy_home, open_home, person
from tests.worlds.door import case_row
from tests.worlds.holding import take_away
from tests.worlds.retention.removing import (
    MARKED,
    MARKS,
    OTHER,
    SUBJECT,
    approved,
    back_up_anew,
    case_of,
    claim_item,
    claimed,
    destroyed,
    do,
    is_alarmed,
    iter_marked,
    marked_home,
    resume,
    states,
    without_grace,
)
from tests.worlds.servers.backends import read_settings, write_settings


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a case file full of marks, another, and a backup of both."""
    return marked_home(tmp_path_factory.mktemp("destroyed"))


@pytest.fixture
def services(stored: Path, tmp_path: Path) -> Iterator[Services]:
    """A copy of it whose staging has no time of grace."""
    with without_grace(stored, tmp_path / "home") as opened:
        yield opened


def test_every_table_has_a_treatment(services: Services) -> None:
    with services.read_only() as session:
        one = whose(session, [case_of(services).id])
        gone = {rows.table.name for rows in going(session, one)} | {"job"}
    assert gone.isdisjoint(KEPT)
    assert gone | KEPT.keys() == set(METADATA.tables)


def mark_on_shelves(services: Services, code: str) -> set[UUID]:
    """Read lately, kept in sight and in the basket, itself and its documents; all these ids."""
    lan, case = person(services, "lan"), case_of(services, code)
    with services.read_only() as session:
        documents = session.scalars(select(Document.id).where(Document.case_file_id == case.id))
        ids = set(documents)
    assert ids
    keep_in_sight(services, code, kept=True, actor=lan)
    note_read(services, case.id, 1, actor=lan)
    for document in (None, *ids):
        put_in(services, Chosen(code=code, document=document), actor=lan)
    return ids | {case.id}


def shelved(services: Services) -> set[UUID]:
    with services.read_only() as session:
        return set(session.scalars(select(ShelfMark.case_file_id)))


def seal_for_reader(services: Services, code: str) -> None:
    """A reader may fetch a sealed copy of its document until tomorrow."""
    copy = services.staging.receive(io.BytesIO(b"%PDF " + MARKS[0]))
    until = clock.now() + dt.timedelta(days=1)
    with services.writing() as session:
        any_row(
            session,
            AccessRequest,
            case_file_id=case_of(services, code).id,
            state=AccessRequestState.AUTHENTICATED,
            until=until,
            sealed_at=clock.now(),
            sealed_sha256=copy.sha256,
        )


def test_no_byte_of_it_is_left_anywhere_in_the_home(services: Services) -> None:
    home = services.settings.home
    where = {str(path).split("/")[0] for path in iter_marked(home, *MARKS)}
    assert {"archive.db", "search.db", "kho1", "kho2", "staging"} <= where, "the scan can find it"
    others = mark_on_shelves(services, OTHER)
    own = mark_on_shelves(services, MARKED)
    assert others | own == shelved(services)
    seal_for_reader(services, MARKED)
    removal_id = claimed(services)
    do(services)
    assert states(services, removal_id) == {
        "copy:kho1": "gone",
        "copy:kho2": "gone",
        "index": "gone",
        "backup-keys": "gone",
        "queue": "gone",
        "rows": "gone",
        "staging": "gone",
        "uploads": "never",
        "database-file": "gone",
        "backup-rows": "open",
        "database-aside": "never",
    }
    back_up_anew(services)
    assert states(services, removal_id)["backup-rows"] == "gone"
    assert list(iter_marked(home, *MARKS)) == []
    with services.read_only() as session:
        item = session.get_one(DispositionItem, session.get_one(Removal, removal_id).ground_id)
        of_list = session.get_one(Disposition, item.disposition_id)
        assert file_of(session, services, of_list).keys_destroyed == 1
    assert shelved(services) == others, "marks of readers go with what they are on"
    row = case_of(services)
    assert (row.state, row.title) == (CaseState.DESTROYED, case_row()["title"])
    assert (row.total_doc, row.description) == (2, None)
    kept = case_of(services, OTHER)
    assert kept.state is CaseState.STORED
    assert kept.indexed
    check_all(services, progress=lambda _share: None)


def test_the_key_of_its_backups_is_destroyed_and_never_made_again(services: Services) -> None:
    from archive_service.recovery.backup.keys import BackupKeyDestroyedError, BackupKeys

    keys = BackupKeys(services.settings.home / "backup-keys")
    ocfl_id = case_of(services).ocfl_id
    assert keys.file(ocfl_id).exists()
    claimed(services)
    do(services)
    assert not keys.file(ocfl_id).exists()
    assert keys.is_destroyed(ocfl_id)
    assert keys.file(case_of(services, OTHER).ocfl_id).exists()
    with pytest.raises(BackupKeyDestroyedError) as refused:
        keys.recipient(ocfl_id)
    assert refused.value.code == "backup-key-destroyed"


def test_a_key_goes_from_every_copy_of_the_folder(services: Services, tmp_path: Path) -> None:
    home = services.settings.home
    second = tmp_path / "second-keys"
    shutil.copytree(home / "backup-keys", second)
    backup = services.settings.backup.model_copy(update={"keys_copies": [f"file://{second}"]})
    services = replace(services, settings=services.settings.model_copy(update={"backup": backup}))
    removal_id = claimed(services)
    away = take_away(second)
    do(services)
    assert states(services, removal_id)["backup-keys"] == "open"
    assert case_of(services).state is CaseState.STORED
    away.rename(second)
    back_up_anew(services)
    assert states(services, removal_id)["backup-keys"] == "gone"
    name = case_of(services).ocfl_id.replace(":", "-")
    assert [path.suffix for path in second.rglob(f"{name}*")] == [".destroyed"]
    assert case_of(services).state is CaseState.DESTROYED
    counts = status_document(services, actor=OPERATOR).counts
    assert counts
    assert counts["case_files"] == 1, "what was destroyed is not counted"


def test_a_copy_that_is_away_keeps_it_open_until_it_is_back(services: Services) -> None:
    home = services.settings.home
    away = take_away(home / "kho2")
    removal_id = claimed(services)
    do(services)
    told = states(services, removal_id)
    still = [place for place, state in told.items() if state == "open"]
    assert still == ["backup-rows", "copy:kho2"]
    with services.read_only() as session:
        incident = session.scalars(select(Incident).where(Incident.kind == REMOVAL_OPEN)).one()
        assert "copy:kho2 (" in incident.facts["places"]
    assert case_of(services).state is CaseState.STORED
    assert list(iter_marked(home / "kho1", *MARKS)) == []
    away.rename(home / "kho2")
    assert list(iter_marked(home / "kho2", *MARKS))
    back_up_anew(services)
    assert case_of(services).state is CaseState.DESTROYED
    assert list(iter_marked(home, *MARKS)) == []
    with services.read_only() as session:
        incident = session.scalars(select(Incident).where(Incident.kind == REMOVAL_OPEN)).one()
        assert incident.closed_at is not None


def test_a_copy_that_was_retired_is_told_and_cleared_when_it_is_connected(
    stored: Path, tmp_path: Path
) -> None:
    home = copy_home(stored, tmp_path / "home")
    settings = read_settings(home)
    both = settings["storage"]["copies"]
    with open_home(home) as services, services.writing() as session:
        session.get_one(EnrolledCopy, "kho2").state = CopyStanding.RETIRED
    write_settings(home, settings | {"storage": settings["storage"] | {"copies": both[:1]}})
    with open_home(home) as services:
        removal_id = claimed(services)
        do(services)
        with services.read_only() as session:
            places = {place.place: place for place in session.get_one(Removal, removal_id).places}
        assert places["copy:kho2"].trouble == "copy-not-connected"
    assert list(iter_marked(home / "kho2", *MARKS))
    write_settings(home, settings)
    with open_home(home) as services:
        resume(services)
        assert states(services, removal_id)["copy:kho2"] == "gone"
    assert list(iter_marked(home / "kho2", *MARKS)) == []


def test_from_the_claim_on_nobody_reads_it(services: Services) -> None:
    claimed(services)
    with services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == MARKED)).one()
        with pytest.raises(CaseFileBeingDestroyedError) as refused:
            require_readable(person(services, "lan"), row, row.documents[0])
    assert refused.value.code == "case-file-being-destroyed"


def test_what_is_claimed_is_neither_held_nor_edited(services: Services) -> None:
    claimed(services)
    for act in (hold_it, ask_free):
        with pytest.raises(CaseFileBeingDestroyedError):
            act(services)
    do(services)
    for act in (hold_it, ask_free):
        with pytest.raises(CaseFileBeingDestroyedError):
            act(services)


def hold_it(services: Services) -> None:
    head = person(services, "hung")
    place_holds(services, [MARKED], reason="Thanh tra", authority="12/QĐ-TTT", actor=head)


def ask_free(services: Services) -> None:
    with services.unit_of_work() as uow:
        row = uow.session.scalars(select(CaseFile).where(CaseFile.code == MARKED)).one()
        require_free(uow.session, row, act="case-file:describe", actor=OPERATOR)


def test_a_hold_that_was_first_keeps_the_gate_shut(services: Services) -> None:
    (item,) = approved(services, MARKED)
    hold_it(services)
    with services.unit_of_work() as uow:
        row = uow.session.get_one(DispositionItem, item)
        with pytest.raises(RemovalRefusedError, match="held"):
            claim_item(services, uow.session, row)


def test_what_came_into_staging_lately_may_be_anothers(services: Services, tmp_path: Path) -> None:
    storage = services.settings.storage.model_copy(update={"staging_grace_s": 3600})
    waiting = replace(services, settings=services.settings.model_copy(update={"storage": storage}))
    removal_id = claimed(waiting)
    do(waiting)
    with waiting.read_only() as session:
        places = {place.place: place for place in session.get_one(Removal, removal_id).places}
        assert places["staging"].trouble == "staged-lately"
        assert places["staging"].state is PlaceState.OPEN
    assert not is_alarmed(waiting), "it goes on by itself"
    resume(services)
    assert states(services, removal_id)["staging"] == "gone"


def test_a_submission_on_its_way_to_it_keeps_the_gate_shut(services: Services) -> None:
    (item,) = approved(services, MARKED)
    with services.writing() as session:
        of_other = select(CaseFile.id).where(CaseFile.code == OTHER).scalar_subquery()
        session.execute(
            update(Submission)
            .where(Submission.id == of_other)
            .values(code=MARKED, state="checked")
            .execution_options(synchronize_session=False)
        )
    with services.unit_of_work() as uow:
        row = uow.session.get_one(DispositionItem, item)
        with pytest.raises(RemovalRefusedError, match="busy"):
            claim_item(services, uow.session, row)


def test_a_claim_that_is_rolled_back_leaves_nothing(services: Services) -> None:
    (item,) = approved(services, MARKED)
    with services.unit_of_work() as uow:
        row = uow.session.get_one(DispositionItem, item)
        claim_item(services, uow.session, row)
        uow.session.flush()
    assert case_of(services).removing_since is None
    with services.read_only() as session:
        assert session.scalar(select(Removal)) is None
        assert session.scalar(select(Act).where(Act.kind == "removal")) is None
        assert session.get_one(DispositionItem, item).state is ItemState.APPROVED
        waiting = select(Job).where(Job.name == "destroy-case-file", Job.state == JobState.WAITING)
        assert session.scalar(waiting) is None


def test_the_tombstone_tells_the_stub_and_every_proof(services: Services) -> None:
    destroyed(services)
    told = [act.document["body"] for act in iter_acts(services.stores[0], "removal")]
    assert [body["done_at"] is not None for body in told] == [False, False, True]
    ends = [[one["place"] for one in body["places"] if one["state"] == "open"] for body in told]
    assert (len(ends[0]), ends[1:]) == (len(told[0]["places"]), [["backup-rows"], []])
    assert told[2]["stub"]["title"] == case_row()["title"]
    proofs = {place["place"]: place["proof"] for place in told[2]["places"]}
    assert proofs["copy:kho1"]["left"] == 0
    assert proofs["copy:kho1"]["found"] > 10
    assert not any(name.startswith("_") for proof in proofs.values() for name in proof)


def test_answers_to_programs_that_name_it_go_and_no_others(services: Services) -> None:
    for key, code in (("of-it", MARKED), ("of-another", OTHER)):
        with services.writing() as session:
            body = {"case_files": [{"code": code, "subject": SUBJECT}]}
            row = IdempotentRequest(
                account="bach", key=key, request_sha256="0" * 64, status=201, body=body
            )
            row.created_at = clock.now()
            session.add(row)
    claimed(services)
    do(services)
    with services.read_only() as session:
        assert session.scalars(select(IdempotentRequest.key)).all() == ["of-another"]


def test_databases_set_aside_keep_it_open_until_somebody_removes_them(services: Services) -> None:
    home = services.settings.home
    damaged = home / "archive.db.unreadable-20260101T000000"
    shutil.copy(home / "archive.db", damaged)
    before = home / "upgrades" / "upgrade-20260101T000000Z" / "archive.db"
    before.parent.mkdir(parents=True)
    shutil.copy(home / "archive.db", before)
    assert {damaged.name, "upgrades"} <= {path.parts[0] for path in iter_marked(home, *MARKS)}
    removal_id = claimed(services)
    do(services)
    back_up_anew(services)
    with services.read_only() as session:
        places = {place.place: place for place in session.get_one(Removal, removal_id).places}
    assert places["database-aside"].trouble == "database-set-aside"
    assert places["database-aside"].proof["files"] == [
        damaged.name,
        "upgrades/upgrade-20260101T000000Z/archive.db",
    ]
    damaged.unlink()
    before.unlink()
    shutil.copy(home / "archive.db", before)  # of today: nothing of it is there
    resume(services)
    assert case_of(services).state is CaseState.DESTROYED
