"""What is marked riskRecovery goes to the reserve copy too; its status follows from proof alone."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

from archive_service.catalogue.case_files.documents import CaseDocument
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.keeping.copies.acts import renew_copy
from archive_service.keeping.copies.retiring import retire_copy
from archive_service.keeping.fixity.check import check_all
from archive_service.keeping.fixity.repair import repair_all
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.setup.acts import init_archive
from archive_service.storage.ocfl.root import object_root
from archive_service.worker import run_one, work
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import OPERATOR, PDF_NAME, person
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.holding import opened, take_away
from tests.worlds.stored_objects import object_roots

TWO = ("file:kho1", "file:kho2")
RESERVE = ("file:duphong",)
MARKED, OF_DOCUMENT, PLAIN = (f"H40.18.2025.{number}.QLCT" for number in (60, 61, 62))


@pytest.fixture
def guarded(home: Path, tmp_path: Path) -> Iterator[Services]:
    """Three case files: one marked, one with a marked document, one that is not."""
    with opened(home, *TWO, reserve=RESERVE) as services:
        init_archive(services, actor=OPERATOR)
        told = {"riskRecovery": "1", "riskRecoveryStatus": "01"}  # the sender's own word
        hand_in(services, tmp_path / "a", MARKED, told, {})
        hand_in(services, tmp_path / "b", OF_DOCUMENT, {}, told)
        hand_in(services, tmp_path / "c", PLAIN, {}, {})
        yield services


def hand_in(
    services: Services, folder: Path, code: str, case: dict[str, str], document: dict[str, str]
) -> None:
    write_pdf(folder / PDF_NAME, words=code)
    documents = [document_row(PDF_NAME, code, **document)]
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(code, **case)], documents)
    (submission,) = submit(folder, actor=person(services, "bach"), services=services)
    run_one(services, subject_id=submission, names=("check-submission",))
    accept(services, submission, actor=person(services, "lan"))


def status(services: Services, code: str) -> str | None:
    with services.read_only() as session:
        return session.scalars(select(CaseFile).where(CaseFile.code == code)).one().reserve_status


def root_of(services: Services, code: str) -> str:
    with services.read_only() as session:
        return object_root(
            session.scalars(select(CaseFile.ocfl_id).where(CaseFile.code == code)).one()
        )


def watch(services: Services) -> None:
    with services.writing() as session:
        services.jobs.add(session, "watch-copies")
    work(services, until_empty=True)


def spoil(folder: Path) -> None:
    victim = next(path for path in sorted(folder.rglob("METS.xml")))
    victim.chmod(0o600)
    victim.write_bytes(b"x" + victim.read_bytes())


def test_marked_records_alone_go_to_the_reserve_and_are_proved_there(guarded: Services) -> None:
    assert status(guarded, MARKED) == "02"  # what the sender says of his reserve proves nothing
    work(guarded, until_empty=True)
    (reserve,) = guarded.reserves
    held = {root_of(guarded, MARKED), root_of(guarded, OF_DOCUMENT)}
    assert object_roots(reserve) == held
    assert [status(guarded, one) for one in (MARKED, OF_DOCUMENT, PLAIN)] == ["01", "01", None]
    with guarded.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == MARKED)).one()
        document = CaseDocument.whole(row, fonds="P1", actor=person(guarded, "lan"), record=None)
        proof = select(AuditEvent.data).where(AuditEvent.tag == "case-file:reserved")
        proofs = list(session.scalars(proof))
    assert document.reserve.model_dump() == {"required": True, "status": "01", "version": 1}
    assert {one["copies"].keys() == {"duphong"} for one in proofs} == {True}
    assert all(one["inventory_sha256"] for one in proofs)
    assert not check_all(guarded, progress=lambda _share: None).troubles()


def test_the_status_falls_when_the_reserve_is_damaged_and_rises_when_it_is_repaired(
    guarded: Services, home: Path
) -> None:
    work(guarded, until_empty=True)
    spoil(home / "duphong" / root_of(guarded, MARKED))
    tally = check_all(guarded, progress=lambda _share: None)
    assert [(trouble.copy, trouble.status) for trouble in tally.troubles()] == [
        ("duphong", "damaged")
    ]
    assert [status(guarded, one) for one in (MARKED, OF_DOCUMENT)] == ["02", "01"]
    assert not repair_all(guarded, actor=OPERATOR).failed
    assert status(guarded, MARKED) == "01"
    assert not check_all(guarded, progress=lambda _share: None).troubles()


def test_the_other_copies_are_repaired_from_the_reserve(guarded: Services, home: Path) -> None:
    work(guarded, until_empty=True)
    for copy in ("kho1", "kho2"):
        spoil(home / copy / root_of(guarded, MARKED))
    assert not repair_all(guarded, actor=OPERATOR).failed
    assert not check_all(guarded, progress=lambda _share: None).troubles()


def test_a_reserve_that_is_away_holds_up_nothing_else(
    guarded: Services, home: Path, tmp_path: Path
) -> None:
    away = take_away(home / "duphong")
    for _ in range(200):
        if run_one(guarded) is None:
            break
    with guarded.read_only() as session:
        rows = list(session.scalars(select(CaseFile)))
    assert all(row.receipt_issued_at for row in rows)
    assert status(guarded, MARKED) == "02"
    shutil.move(away, home / "duphong")
    work(guarded, until_empty=True)
    assert status(guarded, MARKED) == "01"


def test_a_lost_reserve_is_renewed_and_filled_again(guarded: Services, home: Path) -> None:
    work(guarded, until_empty=True)
    shutil.rmtree(home / "duphong")
    renew_copy(guarded, "duphong", reason="mất ổ đĩa", actor=OPERATOR)
    assert status(guarded, MARKED) == "02"
    watch(guarded)
    assert status(guarded, MARKED) == "01"
    assert not check_all(guarded, progress=lambda _share: None).troubles()


def test_without_a_reserve_nothing_is_proved_any_more(guarded: Services) -> None:
    work(guarded, until_empty=True)
    retire_copy(guarded, "duphong", reason="hết hạn thuê", actor=OPERATOR)
    assert status(guarded, MARKED) == "02"
    assert not guarded.reserves


def test_a_rebuild_knows_what_lies_in_the_reserve(guarded: Services, home: Path) -> None:
    work(guarded, until_empty=True)
    guarded.database.close()
    (home / "archive.db").unlink()
    with opened(home, *TWO, reserve=RESERVE) as services:
        rebuild(services, actor=OPERATOR)
        assert [copy.name for copy in services.reserves] == ["duphong"]
        assert [status(services, one) for one in (MARKED, OF_DOCUMENT, PLAIN)] == ["01", "01", None]
        watch(services)
        assert not check_all(services, progress=lambda _share: None).troubles()
