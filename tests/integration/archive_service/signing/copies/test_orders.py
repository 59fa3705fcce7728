"""Digitized copies wait for the agency's seal; a clerk orders it for all, a worker puts it on."""

import io
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from uuid import UUID

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.access import ActNotAllowedError
from archive_service.catalogue.agencies.acts import get_agency
from archive_service.domain.case_files.case_file import CaseFile, Digitization
from archive_service.domain.case_files.document import DigitalObject, Document, FileRole
from archive_service.domain.digitization.scan_batch import (
    BatchState,
    ScanBatch,
    ScanPage,
    ScanSource,
)
from archive_service.domain.digitization.station import Station
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.job import Job
from archive_service.domain.people.account import Account
from archive_service.domain.signing.copy_signing import CopySigning, CopyToSign, SigningOrder
from archive_service.errors import NotAllowedError
from archive_service.notices.incidents import open_incidents
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.signing.copies import waiting
from archive_service.signing.copies.documents import SigningOrderDocument
from archive_service.signing.copies.given import OrderIn
from archive_service.signing.copies.jobs import FIND_JOB
from archive_service.signing.copies.orders import NoCopyToSignError, get_order, order_signatures
from archive_service.signing.copies.waiting import SIGN_JOB
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.seals import acts as seals_acts
from archive_service.storage.content import HeldContent
from archive_service.storage.needed import needed_digests
from archive_service.worker import run_one
from tests.worlds.archive import OPERATOR, OTHER_AGENCY, copy_home, open_home, person
from tests.worlds.clients import do_all
from tests.worlds.command import Command
from tests.worlds.damage.killing import Killer, Moment, under
from tests.worlds.digitize.scanned import AGENCY, CLERK, OTHER_CLERK, SCANNED_CODES, scanned_home

ALL = 3  # copies in both case files


@pytest.fixture(scope="module")
def waiting_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return scanned_home(tmp_path_factory.mktemp("scanned"))


@pytest.fixture
def services(waiting_home: Path, tmp_path: Path) -> Iterator[Services]:
    home = copy_home(waiting_home, tmp_path / "home")
    with open_home(home) as opened:
        yield opened


def states(services: Services) -> list[CopySigning]:
    with services.read_only() as session:
        found = select(CopyToSign.state).order_by(CopyToSign.code, CopyToSign.ordinal)
        return list(session.scalars(found))


def tags(services: Services, tag: str) -> int:
    with services.read_only() as session:
        return session.scalar(select(func.count()).where(AuditEvent.tag == tag)) or 0


def opened_pdfs(services: Services, folder: Path) -> list[tuple[DigitalObject, Path]]:
    """What a reader opens of every document, fetched from a copy."""
    found = []
    with services.read_only() as session:
        for row in session.scalars(select(CaseFile).order_by(CaseFile.code)):
            content = HeldContent(services.copies, row.ocfl_id)
            for document in row.documents:
                pdf = document.readable_pdf()
                assert pdf is not None
                target = folder / f"{row.number}-{document.ordinal}.pdf"
                content.fetch(pdf.sha256, pdf.size_bytes, target)
                found.append((pdf, target))
    return found


def order(services: Services, *, limit: int | None = None) -> SigningOrderDocument:
    return order_signatures(services, OrderIn(limit=limit), actor=person(services, CLERK))


def test_what_was_digitized_waits_for_the_seal_of_its_agency(services: Services) -> None:
    assert states(services) == [CopySigning.WAITING] * ALL
    (seal,) = waiting.copies_summary(services, actor=person(services, CLERK))
    assert (seal.agency, seal.waiting, seal.order) == (AGENCY, ALL, None)
    rows, total = waiting.list_copies(services, actor=person(services, CLERK))
    assert total == ALL
    assert [row["code"] for row in rows] == [SCANNED_CODES[0], *SCANNED_CODES]
    with services.read_only() as session:
        done = session.scalars(select(CaseFile.digitization)).all()
    assert set(done) == {Digitization.DONE}


def test_one_order_seals_all_and_readers_open_the_sealed_ones(
    services: Services, tmp_path: Path, tools: ModuleType
) -> None:
    unsigned = opened_pdfs(services, tmp_path)
    before = {(pdf.case_file_id, pdf.path): path.read_bytes() for pdf, path in unsigned}
    ordered = order(services)
    assert (ordered.total, ordered.ended_at) == (ALL, None)
    do_all(services)
    assert states(services) == [CopySigning.KEPT] * ALL
    sealed = opened_pdfs(services, tmp_path)
    assert [(v.passed, v.flavour, v.details) for v in tools.verapdf([p for _, p in sealed])] == [
        (True, "2b", "")
    ] * ALL
    for pdf, path in sealed:
        (report,) = inspect_signatures(path, services.trust)
        assert report.trusted
        assert report.covers_whole_document
        (source,) = pdf.derived_from
        assert path.read_bytes().startswith(before[pdf.case_file_id, source])
        assert pdf.role is FileRole.PRESERVATION
        assert pdf.name.endswith(f".{pdf.path[3]}.pdf")
    assert tags(services, "seal:used") == ALL
    ended = get_order(services, _order_id(services), actor=person(services, CLERK))
    assert (ended.signed, ended.refused, ended.error) == (ALL, 0, None)
    assert ended.ended_at


def test_the_unsigned_copy_stays_and_premis_tells_how_the_sealed_one_came(
    services: Services,
) -> None:
    order(services)
    do_all(services)
    with services.read_only() as session:
        row = session.scalars(select(CaseFile).order_by(CaseFile.code)).first()
        assert row is not None
        assert row.version_stored == 3
        files = [file.path for file in row.documents[0].files if file.role is FileRole.PRESERVATION]
        content = HeldContent(services.copies, row.ocfl_id)
        inventory = content.inventory(3, row.versions[2].inventory_sha256)
        state = inventory.state(3)
        premis = content.read_small(
            state["representations/rep1/metadata/preservation/PREMIS_rep1.xml"]
        ).decode()
    assert files == ["0001/preservation/0001.pdf", "0001/preservation/0001.signed.pdf"]
    assert {f"representations/rep1/data/{path}" for path in files} <= set(state)
    assert "<premis:eventType>digital signature generation<" in premis.replace(
        "<eventType>", "<premis:eventType>"
    )
    assert "transfer<" in premis
    assert "signatureValidationRules" in premis


def test_an_order_may_be_for_some_and_the_next_is_for_the_rest(services: Services) -> None:
    assert order(services, limit=1).total == 1
    do_all(services)
    assert states(services).count(CopySigning.KEPT) == 1
    assert order(services).total == ALL - 1
    do_all(services)
    assert states(services) == [CopySigning.KEPT] * ALL
    with pytest.raises(NoCopyToSignError):
        order(services)


def test_only_the_clerk_who_has_the_seal_in_hand_may_order(services: Services) -> None:
    for name in ("lan", "bach", "hung", OTHER_CLERK):
        with pytest.raises(NotAllowedError):
            order_signatures(services, OrderIn(agency=AGENCY), actor=person(services, name))
    with pytest.raises(NotAllowedError):
        order_signatures(services, OrderIn(agency=OTHER_AGENCY), actor=person(services, CLERK))
    with pytest.raises(ActNotAllowedError):
        order_signatures(services, OrderIn(agency=AGENCY), actor=OPERATOR)
    assert states(services) == [CopySigning.WAITING] * ALL


def test_a_seal_given_back_meanwhile_signs_nothing_and_the_order_says_why(
    services: Services,
) -> None:
    order(services)
    seals_acts.take_back(services, AGENCY, account=CLERK, to="Giám đốc", actor=OPERATOR)
    do_all(services)
    assert states(services) == [CopySigning.WAITING] * ALL
    ended = get_order(services, _order_id(services), actor=person(services, "lan"))
    assert ended.signed == 0
    assert ended.ended_at
    assert CLERK in str(ended.error)


def test_a_copy_that_the_signer_refuses_is_an_incident_until_it_is_signed(
    services: Services,
) -> None:
    whole = _copy_points_at(services, None)
    order(services)
    do_all(services)
    assert states(services) == [CopySigning.REFUSED, CopySigning.KEPT, CopySigning.KEPT]
    assert _open_subjects(services) == [("copy-unsigned", SCANNED_CODES[0])]
    _copy_points_at(services, whole)
    order_signatures(services, OrderIn(again=True), actor=person(services, CLERK))
    do_all(services)
    assert states(services) == [CopySigning.KEPT] * ALL
    assert _open_subjects(services) == []


def test_a_key_that_is_away_lets_the_rest_wait_for_it(services: Services) -> None:
    order(services)
    key = services.settings.home / "keys" / f"{AGENCY}.p12"
    key.rename(key.with_suffix(".away"))
    with open_home(services.settings.home) as other:
        assert run_one(other, names=(SIGN_JOB,)) == "retry"
        assert states(other) == [CopySigning.ORDERED] * ALL
        key.with_suffix(".away").rename(key)
        with other.writing() as session:
            job = session.scalars(select(Job).where(Job.name == SIGN_JOB)).one()
            job.run_at = clock.now()  # people are slower than tests
        do_all(other)
        assert states(other) == [CopySigning.KEPT] * ALL


def test_a_quarantined_document_is_not_ordered(services: Services) -> None:
    with services.writing() as session:
        row = session.scalars(select(CaseFile).order_by(CaseFile.code)).first()
        assert row is not None
        row.documents[0].quarantined = True
    assert order(services).total == ALL - 1


def test_the_command_signs_all_and_tells_how_many(waiting_home: Path, tmp_path: Path) -> None:
    archive = Command(copy_home(waiting_home, tmp_path / "home"))
    assert archive.ask("sign", "copies", "--list", account=CLERK)["total"] == ALL
    told = archive.ask("sign", "copies", "--wait", account=CLERK)
    assert (told["total"], told["signed"], told["refused"]) == (ALL, ALL, 0)
    target = tmp_path / "sao.pdf"
    issue = ("sign", "copy", SCANNED_CODES[1], 1, "--form", "sao-y", "--to", target)
    assert archive.ask(*issue, account=CLERK)["size_bytes"] == target.stat().st_size
    assert archive.run("sign", "copies", account="lan").code == 4


def test_killed_at_any_commit_nothing_is_lost_or_signed_twice(
    waiting_home: Path, tmp_path: Path
) -> None:
    ordered = copy_home(waiting_home, tmp_path / "ordered")
    with open_home(ordered) as services:
        order(services)
    kills = 0
    for k in range(1, 40):
        home = copy_home(ordered, tmp_path / f"{k}")
        if not _killed(home, k):
            break
        kills += 1
        with open_home(home) as services:
            do_all(services)
            assert states(services) == [CopySigning.KEPT] * ALL
            assert tags(services, "seal:used") == ALL
            assert tags(services, "copies:signed") == 1
            paths = _paths(services)
            assert len(paths) == len(set(paths)) == ALL
        shutil.rmtree(home)
    assert kills >= 2 * ALL


def test_a_rebuilt_archive_lets_wait_what_bears_no_seal_and_nothing_else(
    services: Services,
) -> None:
    order(services, limit=1)
    do_all(services)
    rebuild(services, actor=OPERATOR)
    assert states(services) == [CopySigning.WAITING] * (ALL - 1)
    assert len(_paths(services)) == 1
    assert order(services).total == ALL - 1
    do_all(services)
    assert len(_paths(services)) == ALL


def test_copies_from_before_the_setting_are_found_and_wait_once(services: Services) -> None:
    order(services, limit=1)
    do_all(services)
    with services.writing() as session:
        for sign in session.scalars(select(CopyToSign)):
            session.delete(sign)
    for _ in range(2):
        with services.writing() as session:
            services.jobs.add(session, FIND_JOB)
        do_all(services)
        assert states(services) == [CopySigning.WAITING] * (ALL - 1)


def test_signed_bytes_that_are_not_kept_yet_are_needed(services: Services) -> None:
    staged = services.staging.receive(io.BytesIO(b"signed"))
    with services.unit_of_work() as uow:
        row = uow.session.scalars(select(CopyToSign)).first()
        assert row is not None
        row.state, row.signed_sha256 = CopySigning.SIGNED, staged.sha256
        uow.session.flush()
        assert staged.sha256 in needed_digests(uow.session)


def test_pages_of_a_station_wait_for_the_seal_of_the_stations_agency(services: Services) -> None:
    with services.unit_of_work() as uow:
        session = uow.session
        other = get_agency(session, OTHER_AGENCY)
        row = session.scalars(select(CaseFile).order_by(CaseFile.code)).first()
        assert row is not None
        _released_page(session, row.documents[0].page_images()[0].sha256, other.id)
        for sign in session.scalars(select(CopyToSign)):
            session.delete(sign)
        session.flush()
        waiting.note_unsigned(session, row, services)
        session.flush()
        found = session.scalars(select(CopyToSign.agency_id).order_by(CopyToSign.ordinal)).all()
        assert list(found) == [other.id, row.agency_id]


def _released_page(session: Session, sha256: str, agency_id: UUID) -> None:
    now = clock.now()
    account = session.scalars(select(Account).limit(1)).one()
    station = Station(name="tram", agency_id=agency_id, account_id=account.id, created_at=now)
    session.add(station)
    session.flush()
    batch = ScanBatch(
        number="2026-0001",
        station_id=station.id,
        reference="a",
        state=BatchState.RELEASED,
        created_by="tram",
        created_at=now,
    )
    source = ScanSource(ordinal=1, name="1.jpg", sha256=sha256, size_bytes=1, received_at=now)
    batch.sources.append(source)
    session.add(batch)
    session.flush()
    page = ScanPage(
        source_id=source.id,
        position=1,
        name="1",
        sha256=sha256,
        size_bytes=1,
        media_type="image/jpeg",
    )
    batch.pages.append(page)
    session.flush()


def _killed(home: Path, k: int) -> bool:
    """Whether a worker that does the order died at its k-th commit."""
    child = os.fork()
    if child == 0:
        with open_home(home) as services:
            while run_one(under(services, Killer(Moment.COMMIT, k)), names=(SIGN_JOB,)):
                pass
        os._exit(0)
    _, status = os.waitpid(child, 0)
    return os.WIFSIGNALED(status)


def _copy_points_at(services: Services, pdf: tuple[str, int] | None) -> tuple[str, int]:
    """Have the first copy name these bytes, or those of its page image, which is no PDF."""
    with services.writing() as session:
        ordered = select(CopyToSign).order_by(CopyToSign.code, CopyToSign.ordinal)
        row = session.scalars(ordered).first()
        assert row is not None
        before = (row.sha256, row.size_bytes)
        image = session.get_one(Document, row.document_id).page_images()[0]
        row.sha256, row.size_bytes = pdf or (image.sha256, image.size_bytes)
    return before


def _open_subjects(services: Services) -> list[tuple[str, str]]:
    with services.read_only() as session:
        return [(row.kind, row.subject) for row in open_incidents(session)]


def _paths(services: Services) -> list[str]:
    with services.read_only() as session:
        sealed = select(DigitalObject.sha256).where(DigitalObject.path.endswith(".signed.pdf"))
        return list(session.scalars(sealed))


def _order_id(services: Services) -> UUID:
    with services.read_only() as session:
        return session.scalars(select(SigningOrder.id)).one()
