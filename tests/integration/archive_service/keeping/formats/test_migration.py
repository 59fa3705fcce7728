"""Files of formats at risk are converted beside their originals, in batches that people look at."""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, select

from archive_service.domain.case_files.case_file import CaseFile, Digitization
from archive_service.domain.case_files.document import FileRole
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.migration_batch import ItemState, MigrationBatch, MigrationItem
from archive_service.errors import ArchiveError
from archive_service.keeping.formats import migration
from archive_service.keeping.formats.batches import list_batches, show_batch
from archive_service.keeping.formats.watch import list_formats
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.storage.needed import needed_digests
from retention.holds.acts import lift_hold, place_holds
from retention.holds.given import LiftIn
from tests.worlds.archive import copy_home, person
from tests.worlds.at_once import at_once
from tests.worlds.clients import do_all
from tests.worlds.holding import case_of
from tests.worlds.ingest.old_formats import CODE, DOC, GIF, OLD_PDF, TEXT, UNICODE, old_formats_home
from tests.worlds.read_back.package import read_package
from tests.worlds.shelf import DATA, object_of, tree_of


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return old_formats_home(tmp_path_factory.mktemp("formats"))


@pytest.fixture
def home(kept: Path, tmp_path: Path) -> Path:
    return copy_home(kept, tmp_path / "home")


def converted(services: Services, puid: str) -> tuple[UUID, list[dict[str, Any]]]:
    """A batch proposed by lan and done by the workers."""
    lan = person(services, "lan")
    batch = migration.propose(services, puid, actor=lan)
    migration.convert(services, batch, actor=lan)
    do_all(services)
    return batch, show_batch(services, batch, actor=lan)["files"]


def accepted(services: Services, puid: str) -> UUID:
    """The same, with every result accepted by mai."""
    batch, files = converted(services, puid)
    good = [file["number"] for file in files if file["state"] == "converted"]
    migration.review(services, batch, accept=good, actor=person(services, "mai"))
    return batch


def stored(services: Services, puid: str) -> UUID:
    """The same, approved by the head of the archive and put into the case file."""
    batch = accepted(services, puid)
    migration.approve(services, batch, actor=person(services, "hung"))
    do_all(services)
    return batch


def test_what_is_held_is_told_by_format_with_its_risk(services: Services) -> None:
    found = {
        holding.puid: holding for holding in list_formats(services, actor=person(services, "lan"))
    }
    assert (found[GIF].files, found[GIF].risk.level, found[GIF].risk.target) == (
        1,
        "medium",
        "pdf-a",
    )
    assert (found[TEXT].files, found[TEXT].case_files) == (2, 1)
    assert found[OLD_PDF].risk.level == "high"
    assert found[GIF].size_bytes > 0
    assert next(iter(found)) == OLD_PDF  # the worst first


def test_an_accepted_result_becomes_a_version_beside_the_original(
    services: Services, home: Path, tools: ModuleType, tmp_path: Path
) -> None:
    before = object_of(home / "kho1", CODE)
    originals = {path: before.read(path) for path in before.state() if path.startswith(DATA)}
    stored(services, GIF)
    row = case_of(services, CODE)
    assert (row.version_stored, row.digitization) == (2, Digitization.NONE)
    (document,) = [one for one in row.documents if one.files[0].puid == GIF]
    original, made = document.files
    assert (made.role, made.puid, made.version_added) == (FileRole.PRESERVATION, "fmt/477", 2)
    assert made.derived_from == [original.path]
    after = object_of(home / "kho1", CODE)
    assert {path: after.read(path) for path in originals} == originals
    result = tmp_path / "made.pdf"
    result.write_bytes(after.read(DATA + made.path))
    (verdict,) = tools.verapdf([result])
    assert (verdict.passed, verdict.flavour) == (True, "2b"), verdict.details


def test_the_package_tells_of_the_migration_and_its_judges_agree(
    services: Services, home: Path, tools: ModuleType, tmp_path: Path
) -> None:
    stored(services, TEXT)
    stored_object = object_of(home / "kho1", CODE)
    valid, told = tools.ocfl_validate(stored_object.root)
    assert valid, told
    package = stored_object.extract(tmp_path)
    report = tools.commons_ip(package)
    failed = {
        rule["id"]
        for rule in report["validation"]
        if rule["testing"]["outcome"] == "FAILED" and rule["level"] == "MUST"
    }
    assert failed == {"CSIP1", "CSIP107"}
    (event,) = [
        each
        for each in read_package(stored_object.state(), stored_object.read).events
        if each.type == "migration"
    ]
    assert "legacy-encodings" in event.agent
    assert "TCVN3" in event.outcome_note
    assert "mai" in event.outcome_note
    assert "hung" in event.outcome_note
    (source,), (outcome,) = event.sources, event.outcomes
    assert source.endswith("cu.txt")
    assert stored_object.read(DATA + outcome).decode() == UNICODE


def test_a_file_that_needs_no_conversion_is_left_with_the_reason(services: Services) -> None:
    _, files = converted(services, TEXT)
    by_name = {file["name"]: file for file in files}
    assert by_name["cu.txt"]["state"] == "converted"
    assert by_name["moi.txt"]["state"] == "refused"
    assert "UTF-8" in by_name["moi.txt"]["refused"]["message"]


def test_rebuild_brings_the_migrated_file_and_the_open_batch_back(
    services: Services, home: Path
) -> None:
    done = stored(services, GIF)
    waiting = accepted(services, TEXT)
    before = {
        file.path: file.migration
        for document in case_of(services, CODE).documents
        for file in document.files
    }
    assert any(before.values())
    rebuild(services, actor=person(services, "hung"))
    do_all(services)
    after = {
        file.path: file.migration
        for document in case_of(services, CODE).documents
        for file in document.files
    }
    assert after == before
    lan = person(services, "lan")
    states = {batch["id"]: batch["state"] for batch in list_batches(services, actor=lan)}
    assert states == {str(done): "stored", str(waiting): "decided"}
    with pytest.raises(migration.NothingToMigrateError):
        migration.propose(services, GIF, actor=lan)
    migration.approve(services, waiting, actor=person(services, "hung"))
    do_all(services)
    assert case_of(services, CODE).version_stored == 3
    assert tree_of(home / "kho1" / "ocfl") == tree_of(home / "kho2" / "ocfl")


def test_files_that_only_their_packages_know_as_migrated_take_no_place_in_a_batch(
    services: Services,
) -> None:
    stored(services, TEXT)  # the first of two; the other needs no conversion
    with services.writing() as session:  # as after a rebuild without the old database
        session.execute(delete(MigrationItem))
        session.execute(delete(MigrationBatch))
    lan = person(services, "lan")
    batch = migration.propose(services, TEXT, actor=lan, limit=1)
    (item,) = show_batch(services, batch, actor=lan)["files"]
    assert item["name"] == "moi.txt"


def test_who_proposed_or_reviewed_does_not_approve(services: Services) -> None:
    batch = accepted(services, GIF)
    for name in ("lan", "mai"):
        with pytest.raises(migration.MigrationOwnApprovalError):
            migration.approve(services, batch, actor=person(services, name))
    assert case_of(services, CODE).version_wanted == 1


@pytest.mark.parametrize("name", ["bach", "binh", "quan"])
def test_only_archivists_migrate(services: Services, name: str) -> None:
    with pytest.raises(ArchiveError) as refused:
        migration.propose(services, GIF, actor=person(services, name))
    assert refused.value.code == "act-not-allowed"


def test_a_batch_is_approved_only_when_every_result_was_looked_at(services: Services) -> None:
    batch, _ = converted(services, GIF)
    with pytest.raises(migration.MigrationUnreviewedError):
        migration.approve(services, batch, actor=person(services, "hung"))


def test_a_rejected_result_goes_nowhere_and_its_bytes_are_needed_no_more(
    services: Services,
) -> None:
    batch, (one,) = converted(services, GIF)
    with services.read_only() as session:
        assert one["sha256"] in needed_digests(session)
    mai = person(services, "mai")
    migration.review(services, batch, reject=[1], actor=mai)
    with services.read_only() as session:
        assert one["sha256"] not in needed_digests(session)
    with pytest.raises(migration.MigrationNothingAcceptedError):
        migration.approve(services, batch, actor=person(services, "hung"))
    with pytest.raises(migration.MigrationItemStateError):
        migration.review(services, batch, accept=[1], actor=mai)
    with pytest.raises(migration.NothingToMigrateError):
        migration.propose(services, GIF, actor=mai)
    again = migration.propose(services, GIF, actor=mai, again=True)
    assert again != batch


def _pressed(act: Callable[[], Any], _: int) -> Any:
    return act()


def test_of_two_presses_at_once_one_word_and_one_approval_are_kept(services: Services) -> None:
    batch, _ = converted(services, GIF)
    mai, hung = person(services, "mai"), person(services, "hung")
    presses: dict[str, Callable[[], Any]] = {
        "format:reviewed": partial(migration.review, services, batch, accept=[1], actor=mai),
        "format:approved": partial(migration.approve, services, batch, actor=hung),
    }
    for tag, act in presses.items():
        first, second = at_once(partial(_pressed, act), 2)
        assert first == second
        with services.read_only() as session:
            told = session.scalars(select(AuditEvent).where(AuditEvent.tag == tag)).all()
        assert len(told) == 1, tag


def test_a_file_is_in_one_open_batch_at_a_time(services: Services) -> None:
    lan = person(services, "lan")
    migration.propose(services, GIF, actor=lan)
    with pytest.raises(migration.NothingToMigrateError):
        migration.propose(services, GIF, actor=lan, again=True)


def test_what_nothing_converts_is_told_plainly(services: Services) -> None:
    lan = person(services, "lan")
    with pytest.raises(migration.FormatStaysError):
        migration.propose(services, "fmt/101", actor=lan)
    with services.writing() as session:  # as if a .doc had come
        row = session.scalars(select(CaseFile).where(CaseFile.code == CODE)).one()
        row.documents[0].files[0].puid = DOC
    batch = migration.propose(services, DOC, actor=lan)
    told = show_batch(services, batch, actor=lan)
    assert (told["state"], told["files"][0]["state"]) == ("closed", "no-tool")


def test_a_killed_conversion_goes_on_where_it_stood(services: Services) -> None:
    """What was converted before is not converted again; what is asked for twice is done once."""
    lan = person(services, "lan")
    batch = migration.propose(services, TEXT, actor=lan)
    migration.convert(services, batch, actor=lan)
    migration.convert(services, batch, actor=lan)
    with services.writing() as session:  # as the first commit of a worker that died leaves it
        item = session.scalars(select(MigrationItem).order_by(MigrationItem.number)).first()
        assert item is not None
        item.state, item.tool = ItemState.CONVERTED, "earlier"
    do_all(services)
    files = show_batch(services, batch, actor=lan)["files"]
    assert files[0]["tool"] == "earlier"
    assert {file["state"] for file in files} <= {"converted", "refused"}


def test_a_result_that_was_lost_is_told_and_not_stored(services: Services, home: Path) -> None:
    batch = accepted(services, GIF)
    shutil.rmtree(home / "staging")
    migration.approve(services, batch, actor=person(services, "hung"))
    do_all(services)
    (one,) = show_batch(services, batch, actor=person(services, "lan"))["files"]
    assert one["state"] == "refused"
    assert case_of(services, CODE).version_wanted == 1


def test_a_hold_keeps_results_out_until_it_is_lifted(services: Services) -> None:
    hung, lan = person(services, "hung"), person(services, "lan")
    batch = accepted(services, GIF)
    (hold,) = place_holds(services, [CODE], reason="Thanh tra", authority="QĐ 12/TTr", actor=hung)
    migration.approve(services, batch, actor=hung)
    do_all(services)
    assert case_of(services, CODE).version_wanted == 1
    with pytest.raises(migration.NothingToMigrateError):
        migration.propose(services, TEXT, actor=lan)
    lift_hold(services, hold.id, LiftIn(reason="Kết thúc thanh tra"), actor=hung)
    with services.writing() as session:
        migration.queue_migrations(session, services)  # as the daily watch does
    do_all(services)
    assert case_of(services, CODE).version_stored == 2
