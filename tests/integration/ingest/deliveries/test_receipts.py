"""One signed receipt for a delivery of many case files, once the last of them is decided."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID, uuid4

import pypdfium2
import pytest
from flask import Flask
from sqlalchemy import select

from archive_service.catalogue.holdings.opening import ReceiptNotIssuedError, read_receipt
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.delivery import DELIVERY, SETTLE_JOB, DeliveryState
from archive_service.domain.intake.submission import SubmissionState
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.keeping.job import FormNumber, Job, JobState
from archive_service.errors import NotAllowedError
from archive_service.reports.registers import rows_of_year
from archive_service.services import Services
from archive_service.storage.acts import act_name
from archive_service.worker import run_one, work
from ingest.deliveries import acts as deliveries_acts
from ingest.deliveries.delivery import DeliveryNotFoundError, DeliveryNotStoppedError
from ingest.deliveries.documents import DeliveryDocument
from ingest.deliveries.receipts import DeliveryReceiptNotIssuedError, read_delivery_receipt
from ingest.submissions import acts as submissions_acts
from ingest.submissions.given import Return
from tests.worlds.archive import OPERATOR, copy_home, new_home, open_home, person, small_pdf_case
from tests.worlds.browsers import browser_of
from tests.worlds.clients import program_of, session_token
from tests.worlds.command import Command
from tests.worlds.holding import case_of
from tests.worlds.ingest.bulk import code_of, make_bulk
from tests.worlds.ingest.delivered import (
    KEPT,
    REASON,
    REFUSED,
    RETURNED,
    SECRET,
    Settled,
    decide,
    deliver,
    delivery_of,
    settled_archive,
    submissions_of,
)
from tests.worlds.papers.coded import told_of


@pytest.fixture
def settled() -> Settled:
    return settled_archive()


@pytest.fixture
def home(settled: Settled, tmp_path: Path) -> Path:
    return copy_home(settled.home, tmp_path / "home")


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Services]:
    """An archive without a delivery."""
    with open_home(new_home(tmp_path / "empty")) as opened:
        yield opened


def case_files(services: Services) -> list[CaseFile]:
    with services.read_only() as session:
        return list(session.scalars(select(CaseFile).order_by(CaseFile.code)))


def acts_of(services: Services, subject: UUID) -> list[Act]:
    with services.read_only() as session:
        query = select(Act).where(Act.subject_id == str(subject)).order_by(Act.at, Act.id)
        return list(session.scalars(query))


def last_number(services: Services) -> int:
    with services.read_only() as session:
        last = session.scalar(select(FormNumber.last).where(FormNumber.form == "receipt"))
        return last or 0


def printed(data: bytes) -> str:
    document = pypdfium2.PdfDocument(data)
    words = " ".join(page.get_textpage().get_text_range() for page in document)
    document.close()
    return words.replace("\r\n", " ")


def test_the_last_decision_brings_one_receipt_for_all_that_was_kept(
    services: Services, settled: Settled
) -> None:
    row = delivery_of(services, settled.delivery)
    assert row.receipt_number is not None
    assert row.settled_at is not None
    assert row.receipt_issued_at is not None
    assert row.outcome == {"stored": 3, "returned": 1, "rejected": 1}
    held = case_files(services)
    assert [case_file.code for case_file in held] == KEPT
    assert {case_file.receipt_number for case_file in held} == {row.receipt_number}
    assert {case_file.receipt_sha256 for case_file in held} == {row.receipt_sha256}
    assert {case_file.receipt_issued_at for case_file in held} == {row.receipt_issued_at}
    assert last_number(services) == 1
    with services.read_only() as session:
        receipts = session.scalars(select(Act.id).where(Act.kind == "receipt")).all()
        tags = session.scalars(select(AuditEvent.tag)).all()
    assert receipts == []
    assert tags.count("submission:stored") == 3
    assert tags.count("delivery:settled") == 1


def test_the_paper_names_each_case_file_and_what_became_of_the_others(
    services: Services, settled: Settled
) -> None:
    number, data = read_delivery_receipt(services, settled.delivery, actor=person(services, "bach"))
    told = printed(data)
    checked = told_of(services, data)
    assert (checked.state, checked.kind) == ("valid", "receipt")
    assert number in told
    for code in KEPT:
        assert code in told.replace(" ", "")
        assert case_of(services, code).versions[0].inventory_sha256[:16] in told
    assert "03 hồ sơ (ba), 06 tài liệu; 06 tệp" in told  # as handed in, no file of the packages
    assert RETURNED in told.replace(" ", "")
    assert REASON in told
    assert REFUSED in told.replace(" ", "")
    assert "Hồ sơ số 3" not in told  # nothing of a secret but its code


def test_every_copy_holds_the_paper_beside_its_act(services: Services, settled: Settled) -> None:
    begun, ended = acts_of(services, settled.delivery)
    assert (begun.kind, ended.kind) == (DELIVERY, DELIVERY)
    assert begun.companion_sha256 is None
    row = delivery_of(services, settled.delivery)
    for copy in services.copies:
        with copy.open(f"acts/delivery/{act_name(ended)}.pdf") as source:
            assert hashlib.sha256(source.read()).hexdigest() == row.receipt_sha256
    assert [entry["code"] for entry in ended.document["returned"]] == [RETURNED]
    assert [entry["code"] for entry in ended.document["refused"]] == [SECRET, REFUSED]


def test_whoever_asks_for_the_receipt_of_a_case_file_is_given_that_of_its_delivery(
    services: Services, app: Flask, settled: Settled
) -> None:
    bach = person(services, "bach")
    number, whole = read_delivery_receipt(services, settled.delivery, actor=bach)
    assert read_receipt(services, KEPT[0], actor=bach) == (number, whole)
    services.staging.discard(hashlib.sha256(whole).hexdigest())
    assert read_receipt(services, KEPT[1], actor=bach) == (number, whole)
    officer = program_of(app, services, "bach")
    (submission, *_) = [
        row for row in submissions_of(services, settled.delivery) if row.code in KEPT
    ]
    told = officer.get(f"/submissions/{submission.id}").get_json()
    assert told["state"] == "stored"
    assert told["delivery"] == str(settled.delivery)
    assert told["receipt"]["number"] == number
    assert told["receipt"]["delivery"] == str(settled.delivery)
    assert officer.get(f"/submissions/{submission.id}/receipt").data == whole
    assert officer.get(f"/case-files/{KEPT[2]}/receipt").data == whole
    assert officer.get(f"/case-files/{KEPT[2]}").get_json()["receipt"]["number"] == number
    assert officer.get(f"/deliveries/{settled.delivery}/receipt").data == whole
    shown = officer.get(f"/deliveries/{settled.delivery}").get_json()
    assert (shown["kept"], shown["returned"], shown["refused"]) == (3, 1, 2)
    assert shown["awaits"] == {"rows": 0, "checks": 0, "decision": 0, "storage": 0}
    assert shown["receipt"]["sha256"] == hashlib.sha256(whole).hexdigest()


def test_the_register_has_its_number_once(services: Services, settled: Settled) -> None:
    row = delivery_of(services, settled.delivery)
    assert row.receipt_year is not None
    with services.read_only() as session:
        found = list(rows_of_year(session, "receipts", row.receipt_year))
    assert [one[1] for one in found] == [row.receipt_number]
    _, _, _, cases, source, _, digest = found[0]
    assert cases == "3 hồ sơ của đợt nộp"
    assert "“Đợt 1”" in source
    _, paper = read_delivery_receipt(services, settled.delivery, actor=person(services, "bach"))
    assert hashlib.sha256(paper).hexdigest().startswith(digest)


def test_it_is_for_those_alone_who_may_read_what_was_delivered(
    services: Services, app: Flask, settled: Settled
) -> None:
    with pytest.raises(DeliveryNotFoundError):
        read_delivery_receipt(services, settled.delivery, actor=person(services, "stranger"))
    with pytest.raises(DeliveryNotFoundError):
        read_delivery_receipt(services, settled.delivery, actor=person(services, "binh"))
    with pytest.raises(NotAllowedError):  # the operator sees lists, but reads nothing of them
        read_delivery_receipt(services, settled.delivery, actor=OPERATOR)
    stranger = browser_of(app, services, "stranger")
    assert stranger.get(f"/deliveries/{settled.delivery}/receipt").status_code == 404
    assert (
        program_of(app, services, "stranger")
        .get(f"/deliveries/{settled.delivery}/receipt")
        .status_code
        == 404
    )
    assert program_of(app, services, "bach").get(f"/deliveries/{uuid4()}/receipt").status_code == (
        404
    )


def test_the_pages_give_it_and_say_what_is_awaited(
    services: Services, app: Flask, settled: Settled
) -> None:
    number, whole = read_delivery_receipt(
        services, settled.delivery, actor=person(services, "bach")
    )
    browser = browser_of(app, services, "bach")
    page = browser.get(f"/deliveries/{settled.delivery}").text
    assert number in page
    assert f"/deliveries/{settled.delivery}/receipt" in page
    answer = browser.get(f"/deliveries/{settled.delivery}/receipt")
    assert (answer.data, answer.mimetype) == (whole, "application/pdf")


def test_the_command_shows_and_writes_it(home: Path, settled: Settled, tmp_path: Path) -> None:
    archive = Command(home)
    target = tmp_path / "giấy.pdf"
    shown = archive.run("delivery", "show", settled.delivery, account="bach")
    assert "01/GTN-LT" in shown.stdout
    told = archive.run(
        "delivery", "receipt", settled.delivery, "--to", target, "--json", account="bach"
    )
    assert told.document == {"number": "01/GTN-LT", "path": str(target)}
    assert target.read_bytes().startswith(b"%PDF")


def test_what_is_stored_is_not_held_up_by_what_is_not_decided(
    empty: Services, tmp_path: Path, app_of_empty: Flask
) -> None:
    found = deliver(empty, make_bulk(tmp_path / "Đợt 2", 3))
    first, second, last = submissions_of(empty, found)
    lan, bach = person(empty, "lan"), person(empty, "bach")
    submissions_acts.accept(empty, first.id, actor=lan)
    program = program_of(app_of_empty, empty, "bach")
    awaits = program.get(f"/deliveries/{found}").get_json()["awaits"]
    assert awaits == {"rows": 0, "checks": 0, "decision": 2, "storage": 1}
    work(empty, until_empty=True)
    assert submissions_of(empty, found)[0].state is SubmissionState.STORED
    assert delivery_of(empty, found).settled_at is None
    with pytest.raises(ReceiptNotIssuedError):
        read_receipt(empty, first.code, actor=bach)
    with pytest.raises(DeliveryReceiptNotIssuedError):
        read_delivery_receipt(empty, found, actor=bach)
    assert program.get(f"/deliveries/{found}/receipt").status_code == 409
    page = browser_of(app_of_empty, empty, "bach").get(f"/deliveries/{found}").text
    assert "2 hồ sơ chờ lưu trữ quyết định" in page
    submissions_acts.withdraw(empty, second.id, actor=bach)
    assert last_number(empty) == 0
    submissions_acts.give_back(empty, last.id, Return(reason=REASON), actor=lan)
    assert run_one(empty, names=(SETTLE_JOB,)) == "done"
    row = delivery_of(empty, found)
    assert row.outcome == {"stored": 1, "withdrawn": 1, "returned": 1}
    assert read_receipt(empty, first.code, actor=bach)[0] == row.receipt_number == "01/GTN-LT"


def test_where_nothing_was_kept_there_is_no_receipt_and_no_number(
    empty: Services, tmp_path: Path
) -> None:
    found = deliver(empty, make_bulk(tmp_path / "Đợt 3", 2))
    decide(empty, found, returned=[code_of(1), code_of(2)])
    work(empty, until_empty=True)
    row = delivery_of(empty, found)
    assert row.settled_at is not None
    assert (row.receipt_number, row.receipt_sha256, last_number(empty)) == (None, None, 0)
    _, ended = acts_of(empty, found)
    assert (ended.companion_sha256, ended.written) == (None, True)


def test_a_list_of_one_case_file_leaves_it_its_own_receipt(empty: Services, tmp_path: Path) -> None:
    found = deliver(empty, make_bulk(tmp_path / "Đợt 4", 1))
    decide(empty, found)
    work(empty, until_empty=True)
    (held,) = case_files(empty)
    assert (held.receipt_number, held.delivery_id) == ("01/GTN-LT", None)
    row = delivery_of(empty, found)  # settled by the acceptance, before the watch comes by
    assert row.settled_at is not None
    assert (row.receipt_number, last_number(empty)) == (None, 1)
    assert DeliveryDocument.of(row, row.outcome).kept == 1


def test_what_was_returned_and_corrected_later_gets_a_receipt_of_its_own(
    services: Services, settled: Settled, tmp_path: Path
) -> None:
    before = delivery_of(services, settled.delivery)
    source = small_pdf_case(tmp_path / "source", code=RETURNED)
    (again,) = submissions_acts.submit(source, actor=person(services, "bach"), services=services)
    work(services, until_empty=True)
    submissions_acts.accept(services, again, actor=person(services, "lan"))
    work(services, until_empty=True)
    held = {case_file.code: case_file for case_file in case_files(services)}
    assert held[RETURNED].receipt_number == "02/GTN-LT"
    assert held[KEPT[0]].receipt_number == before.receipt_number
    assert delivery_of(services, settled.delivery).receipt_sha256 == before.receipt_sha256


def test_what_came_before_keeps_the_receipt_it_has(empty: Services, tmp_path: Path) -> None:
    folder = make_bulk(tmp_path / "Đợt 5", 2)
    first = deliver(empty, folder)
    decide(empty, first)
    work(empty, until_empty=True)
    second = deliver(empty, folder)
    work(empty, until_empty=True)
    row = delivery_of(empty, second)
    assert (row.again, row.receipt_number) == (2, None)
    assert row.settled_at is not None
    assert {case_file.receipt_number for case_file in case_files(empty)} == {"01/GTN-LT"}


def test_a_stopped_delivery_is_closed_and_what_was_taken_gets_its_receipt(
    empty: Services, app_of_empty: Flask, tmp_path: Path
) -> None:
    found = deliver(empty, make_bulk(tmp_path / "Đợt 6", 2))
    bach = person(empty, "bach")
    with empty.writing() as session:  # as if it had been stopped after these
        row = session.get_one(type(delivery_of(empty, found)), found)
        row.state, row.rows, row.finished_at = DeliveryState.RUNNING, 5, None
    program = program_of(app_of_empty, empty, "bach")
    refused = program.post(f"/deliveries/{found}/close")
    assert (refused.status_code, refused.get_json()["code"]) == (409, "delivery-not-stopped")
    with pytest.raises(DeliveryNotStoppedError):
        deliveries_acts.close(empty, found, actor=bach)
    decide(empty, found)
    deliveries_acts.stop(empty, found, actor=bach)
    work(empty, until_empty=True)
    assert delivery_of(empty, found).settled_at is None
    shown = program.get(f"/deliveries/{found}").get_json()
    assert shown["awaits"]["rows"] == 3
    browser = browser_of(app_of_empty, empty, "bach")
    form = {"csrf_token": session_token(browser)}
    assert "/close" in browser.get(f"/deliveries/{found}").text
    assert browser.post(f"/deliveries/{found}/close", data=form).status_code == 303
    deliveries_acts.close(empty, found, actor=bach)  # once more changes nothing
    work(empty, until_empty=True)
    assert delivery_of(empty, found).receipt_issued_at is not None
    with pytest.raises(NotAllowedError):
        deliveries_acts.close(empty, found, actor=person(empty, "binh"))


def test_a_job_that_comes_too_early_or_twice_changes_nothing(
    services: Services, settled: Settled
) -> None:
    before = delivery_of(services, settled.delivery)
    with services.writing() as session:
        services.jobs.add(session, SETTLE_JOB, subject_id=settled.delivery)
    assert run_one(services, names=(SETTLE_JOB,)) == "done"
    assert delivery_of(services, settled.delivery).revision == before.revision
    assert len(acts_of(services, settled.delivery)) == 2
    with services.read_only() as session:
        states = session.scalars(select(Job.state).where(Job.name == SETTLE_JOB))
        assert set(states) == {JobState.DONE}


@pytest.fixture
def app_of_empty(empty: Services) -> Flask:
    from archive_service.app import create_app

    return create_app(empty)
