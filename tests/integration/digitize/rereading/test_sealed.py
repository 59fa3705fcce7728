"""Copies that a clerk has sealed, read again: readers keep them until the new ones are sealed."""

from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import select

from archive_service.app import create_app
from archive_service.catalogue.holdings.rows import owner_of
from archive_service.catalogue.holdings.texts import case_texts
from archive_service.domain.digitization.rereading import RereadingItem
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.signing.copy_signing import SEALED, CopySigning, CopyToSign
from archive_service.packaging.build import package_of
from archive_service.packaging.reading_order.content import printable
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from archive_service.signing.copies.given import OrderIn
from archive_service.signing.copies.orders import order_signatures
from digitize.rereading import acts as rereading_acts
from digitize.rereading.given import AdoptIn
from tests.worlds.archive import OPERATOR, open_home, person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import do_all
from tests.worlds.digitize.misread import PAPER, PDF, misread_home
from tests.worlds.digitize.scanned import CLERK, add_clerks
from tests.worlds.holding import case_of
from tests.worlds.read_back.package import read_package
from tests.worlds.shelf import object_of

UNSIGNED, SIGNED = "0002/preservation/0002-2.pdf", "0002/preservation/0002-2.signed.pdf"
FORMER = "0002/preservation/0002.signed.pdf"


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = misread_home(tmp_path_factory.mktemp("again"))
    with open_home(home) as services:
        add_clerks(services)
        seal(services)
    return home


def seal(services: Services) -> None:
    order_signatures(services, OrderIn(), actor=person(services, CLERK))
    do_all(services)


def proposed(services: Services) -> UUID:
    made = rereading_acts.propose(services, codes=[PAPER], actor=person(services, "lan"))
    do_all(services)
    return made


def adopt(services: Services) -> None:
    rereading_acts.adopt(services, proposed(services), AdoptIn(), actor=person(services, "lan"))
    do_all(services)


def opened(services: Services) -> str:
    """What a reader opens of the document of paper."""
    (_, document) = case_of(services, PAPER).documents
    pdf = document.readable_pdf()
    assert pdf is not None
    return pdf.path


def waiting(services: Services) -> list[str]:
    with services.read_only() as session:
        found = select(CopyToSign.path).where(CopyToSign.state == CopySigning.WAITING)
        return list(session.scalars(found))


def printed(services: Services) -> list[str]:
    """What an export as one file shows of it."""
    row = case_of(services, PAPER)
    with services.read_only() as session:
        submission = session.get_one(Submission, row.id)
        package = package_of(row, [submission], owner_of(session, row), services.keeper)
    return [file.path for file in printable(package.documents[1])]


def test_readers_keep_the_sealed_copy_until_the_new_one_is_sealed(services: Services) -> None:
    assert opened(services) == FORMER
    adopt(services)
    assert opened(services) == FORMER
    assert waiting(services) == [UNSIGNED]
    assert printed(services) == [FORMER]
    told = case_texts(services, PAPER, actor=person(services, "lan"))
    assert "bqn" not in str(told)
    rebuild(services, actor=OPERATOR)
    do_all(services)
    assert (opened(services), waiting(services)) == (FORMER, [UNSIGNED])
    seal(services)
    assert (opened(services), waiting(services)) == (SIGNED, [])
    assert printed(services) == [SIGNED]
    (_, document) = case_of(services, PAPER).documents
    sealed = [file for file in document.files if file.made_as == SEALED]
    assert [file.superseded_in is None for file in sealed] == [False, True]
    assert sealed[1].making["supersedes"] == [UNSIGNED, FORMER]


def test_events_of_the_package_are_told_in_one_language(services: Services, home: Path) -> None:
    adopt(services)
    stored_object = object_of(home / "kho1", PAPER)
    said = {
        event.detail for event in read_package(stored_object.state(), stored_object.read).events
    }
    assert {"Số hóa tài liệu giấy", "Kiểm tra khi tiếp nhận"} <= said
    assert not said & {"digitization of paper", "ingest checks"}


def test_the_proposal_tells_how_many_sealed_copies_wait_again(services: Services) -> None:
    made = proposed(services)
    assert rereading_acts.show_rereading(services, made, actor=person(services, "lan")).sealed == 1
    page = browser_of(create_app(services), services, "lan").get(f"/rereading/{made}").text
    assert "1 bản đã ký số sẽ có bản mới chờ ký" in page


def test_a_reading_that_loses_is_adopted_for_a_reason_only(services: Services) -> None:
    lan, made = person(services, "lan"), proposed(services)
    with services.writing() as session:
        item = session.scalars(select(RereadingItem)).one()
        item.impossible_after = item.impossible_before + 1
    with pytest.raises(rereading_acts.WorseReadingError):
        rereading_acts.adopt(services, made, AdoptIn(), actor=lan)
    browser = browser_of(create_app(services), services, "lan")
    assert '<span class="badge warn">kém hơn</span>' in browser.get(f"/rereading/{made}").text
    assert "cần lý do" in post(browser, f"/rereading/{made}/adopt").text
    answer = post(browser, f"/rereading/{made}/adopt", reason="đã xem từng trang")
    assert answer.status_code == 303
    with services.read_only() as session:
        adopted = select(AuditEvent.data).where(AuditEvent.tag == "rereading:adopted")
        assert session.scalars(adopted).one()["reason"] == "đã xem từng trang"


def test_case_files_that_are_not_named_keep_their_texts(services: Services) -> None:
    lan = person(services, "lan")
    made = rereading_acts.propose(services, actor=lan)
    do_all(services)
    with pytest.raises(rereading_acts.NothingToAdoptError):
        rereading_acts.adopt(services, made, AdoptIn(codes=["H40.18.2025.99.QLCT"]), actor=lan)
    told = rereading_acts.adopt(services, made, AdoptIn(codes=[PDF]), actor=lan)
    assert told.documents == {"read": 1, "dropped": 1}
    do_all(services)
    assert rereading_acts.show_rereading(services, made, actor=lan).documents == {
        "adopted": 1,
        "dropped": 1,
    }
    assert "bqn" in str(case_texts(services, PAPER, actor=lan))
    assert "bqn" not in str(case_texts(services, PDF, actor=lan))
