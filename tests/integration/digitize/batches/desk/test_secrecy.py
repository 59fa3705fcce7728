"""A page with a secrecy mark on the desk: that it stops the batch, and what is offered to whom."""

import re
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.app import create_app
from archive_service.domain.digitization.scan_batch import PageState, ScanBatch, ScanPage, Verdict
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.services import Services
from archive_service.web.layout import here
from digitize.batches.desk.strip import PagePictureHiddenError, page_picture, show_page
from digitize.batches.reading.read import CHECK, stop_batch
from digitize.batches.reading.verdicts import SECRECY, finding_row
from tests.worlds.archive import open_home, person
from tests.worlds.browsers import browser_of, post
from tests.worlds.digitize.scanning import (
    CODE,
    STATION,
    folder_of_pages,
    import_batch,
    station_of,
    waiting_home,
)


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    """An archive with one batch of three pages: one is good, one is secret, one was not read."""
    folder = tmp_path_factory.mktemp("secret")
    with open_home(waiting_home(folder)) as services:
        import_batch(services, folder_of_pages(folder / "box", 3), station_of(services), code=CODE)
        with services.writing() as session:
            _, secret, unread = rows(session)
            found = Finding(CHECK, SECRECY, Severity.ERROR, secret.name, {"level": "MẬT"})
            secret.findings, secret.verdict = [finding_row(found)], Verdict.RESCAN
            unread.read_anew()
            batch = session.get_one(ScanBatch, secret.batch_id)
            stop_batch(session, batch, SECRECY, found.facts)
        yield services


def rows(session: Session) -> list[ScanPage]:
    return list(session.scalars(select(ScanPage).order_by(ScanPage.position)))


def shown(services: Services, name: str, place: int = 1) -> tuple[FlaskClient, str, str]:
    with services.read_only() as session:
        page = rows(session)[place]
        batch = session.get_one(ScanBatch, page.batch_id).number
    client = browser_of(create_app(services), services, name)
    address = f"/scanning/batches/{batch}"
    return client, address, client.get(f"{address}?page={page.id}").text


def keys(text: str) -> set[str]:
    return set(re.findall(r'data-key="(.)"', text))


def dialogs(text: str) -> set[str]:
    return set(re.findall(r'id="([a-z]+)-dialog"', text))


def test_it_stops_the_batch_and_is_not_called_one_to_be_scanned_again(services: Services) -> None:
    for name in ("lan", STATION):
        client, _, text = shown(services, name)
        assert "Dừng: dấu mật" in text
        assert "1 trang có dấu mật" in text
        assert "hải quét lại" not in text
        assert "1/3 trang đạt" in client.get("/scanning").text


def test_a_station_is_offered_no_act_on_it_and_archive_staff_those_that_decide(
    services: Services,
) -> None:
    theirs, ours = (keys(shown(services, name)[2]) for name in (STATION, "lan"))
    acts = set("gtxvmibcaeplqhzw9")
    assert not theirs & acts
    assert {"g", "x", "y"} <= ours
    assert not ours & {"t", "l"}  # a secret is not scanned twice
    with services.read_only() as session:
        secret = rows(session)[1].id
    with pytest.raises(PagePictureHiddenError):
        page_picture(services, secret, actor=station_of(services))
    asked, offered = (dialogs(shown(services, name)[2]) for name in (STATION, "lan"))
    assert not asked & {"keep", "ticket", "move", "remove", "insert", "replace"}
    assert {"keep", "move", "remove"} <= offered
    assert not offered & {"ticket", "replace"}
    assert {"t", "x"} <= keys(shown(services, STATION, place=0)[2])  # a page like all others


def test_asked_to_be_scanned_again_it_is_refused_and_the_page_asks_its_own_address(
    services: Services,
) -> None:
    client, address, _ = shown(services, "lan")
    with services.read_only() as session:
        good, page = (str(row.id) for row in rows(session)[:2])
    asked = [post(client, f"{address}/rescan", page=good, reason="mờ") for _ in range(2)]
    assert [response.status_code for response in asked] == [303, 409]
    assert "đã được yêu cầu quét lại" in asked[1].text
    refused = post(client, f"{address}/rescan", page=page, reason="mờ")
    assert refused.status_code == 409
    assert "không có phiếu quét lại nào được lập" in refused.text
    with client.application.test_request_context(f"{address}/rescan", method="POST"):
        assert here() == address
        assert here(page=page) == f"{address}?page={page}"


def test_turned_to_be_looked_at_it_can_still_be_said_to_be_no_secret(services: Services) -> None:
    client, address, _ = shown(services, "lan")
    with services.read_only() as session:
        page = str(rows(session)[1].id)
    assert post(client, f"{address}/rotate", page=page, by="90").status_code == 303
    asked = shown(services, "lan")[2]
    assert "g" in keys(asked)
    assert "Ảnh và chữ của trang này mở cho trạm số hóa" in asked
    assert post(client, f"{address}/keep", page=page, reason=" ").status_code == 422
    assert post(client, f"{address}/keep", page=page, reason="Tên bài thuốc").status_code == 303
    after = shown(services, "lan")[2]
    assert "Mở trang có dấu mật" in after
    assert "đã có quyết định đó không phải dấu mật" in after
    assert "lô trang dừng lại" not in after
    assert 'id="ticket-dialog"' not in after
    told_now = show_page(services, page, actor=person(services, "lan"))["findings"]
    assert "secrecy-mark-lifted" in {entry["code"] for entry in told_now}
    with services.read_only() as session:
        kept = rows(session)[1]
        assert (kept.decision, kept.state) == ("kept", PageState.WAITING)
        assert session.get_one(ScanBatch, kept.batch_id).state == "reading"
