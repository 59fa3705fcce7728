"""The pages of deliveries: a list, one with its refused case files, the list to mend."""

from io import BytesIO
from pathlib import Path
from uuid import UUID

import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select

from archive_service.domain.intake.submission import Submission
from archive_service.services import Services
from ingest.deliveries import acts as deliveries_acts
from ingest.deliveries.delivery import find_delivery
from ingest.deliveries.views import brought_by
from tests.worlds.archive import new_home, person
from tests.worlds.browsers import browser_of, counted
from tests.worlds.clients import session_token
from tests.worlds.ingest.bulk import code_of, make_bulk

COUNT = 6


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_home(tmp_path / "home")


@pytest.fixture
def place(services: Services, tmp_path: Path) -> str:
    """The page of a delivery of which two case files were refused."""
    folder = make_bulk(tmp_path / "Đợt 1", COUNT, c3={"mode": "Mật"})
    (folder / "005" / "1.pdf").unlink()
    delivery_id = deliveries_acts.deliver(folder, actor=person(services, "bach"), services=services)
    return f"/deliveries/{delivery_id}"


def test_the_list_and_the_page_of_one_tell_how_far_it_is(
    app: Flask, services: Services, place: str
) -> None:
    browser = browser_of(app, services, "bach")
    assert place in browser.get("/deliveries").text
    page = browser.get(place).text
    assert "Đợt 1" in page
    assert code_of(5) in page
    assert "hx-trigger" not in page  # it is done: nothing is asked for again
    assert place not in browser.get("/deliveries?state=running").text


def test_what_was_received_is_named_and_leads_to_it_beside_what_was_refused(
    app: Flask, services: Services, place: str
) -> None:
    browser = browser_of(app, services, "bach")

    def told(**asked: str) -> list[str]:
        page = browser.get(place, query_string=asked).text
        return [code_of(number) for number in range(1, COUNT + 1) if f">{code_of(number)}<" in page]

    whole = [code_of(number) for number in range(1, COUNT + 1)]
    refused = [code_of(3), code_of(5)]
    assert told() == whole
    assert told(which="refused") == refused
    assert told(which="received") == [code for code in whole if code not in refused]
    assert told(q=code_of(2).lower()) == [code_of(2)]
    assert told(q="Hồ sơ số 4") == [code_of(4)]
    assert told(q="%") == []
    page = browser.get(place, query_string={"q": code_of(2)}).text
    with services.read_only() as session:
        came = session.scalars(select(Submission).where(Submission.code == code_of(2))).one()
    assert f'href="/submissions/{came.id}"' in page
    assert came.title in page


def test_a_page_of_it_goes_on_from_what_was_refused_to_what_was_received(
    services: Services, place: str
) -> None:
    delivery_id = UUID(place.rsplit("/", 1)[-1])

    def stretch(offset: int) -> list[str]:
        with counted(services) as statements, services.read_only() as session:
            shown = brought_by(session, delivery_id, which="", text="", offset=offset, limit=3)
        assert len([statement for statement in statements if statement.startswith("SELECT")]) <= 4
        assert shown.total == COUNT
        return [row.code for row in shown.refused] + [row.code for row in shown.received]

    assert stretch(0) == [code_of(number) for number in (3, 5, 1)]
    assert stretch(3) == [code_of(number) for number in (2, 4, 6)]


def test_refused_case_files_come_as_a_list_that_can_be_mended_and_sent_again(
    app: Flask, services: Services, place: str, tmp_path: Path
) -> None:
    answer = browser_of(app, services, "bach").get(f"{place}/refused.xlsx")
    book = openpyxl.load_workbook(BytesIO(answer.data))
    rows = list(book["Hồ sơ"].iter_rows(values_only=True))
    assert [row[rows[0].index("fileCode")] for row in rows[1:]] == [code_of(5)]
    assert "Hồ sơ số 3" not in str(list(book["Lỗi"].values))  # nothing of a secret
    assert code_of(3) in str(list(book["Lỗi"].values))
    folder = tmp_path / "Đợt 1"
    (folder / "danh-sach.xlsx").unlink()
    (folder / "sửa.xlsx").write_bytes(answer.data)
    (folder / "005" / "1.pdf").write_bytes((folder / "004" / "1.pdf").read_bytes() + b"\n% 5")
    again = deliveries_acts.deliver(folder, actor=person(services, "bach"), services=services)
    with services.read_only() as session:
        told = find_delivery(session, again, actor=person(services, "bach"))
    assert (told.rows, told.refused, told.again) == (1, 0, 0)


def test_a_delivery_is_stopped_and_gone_on_with_by_forms(
    app: Flask, services: Services, tmp_path: Path
) -> None:
    from archive_service.domain.intake.delivery import Delivery, DeliveryState
    from ingest.channels.bulk import open_bulk
    from ingest.deliveries.acts import DeliveryChangedError, _tools, resume
    from ingest.deliveries.take_in import begin_delivery

    folder = make_bulk(tmp_path / "Đợt 2", 2)
    limits = services.settings.limits
    with open_bulk(folder, folder.name, limits, channel="folder") as bulk:
        delivery_id, _ = begin_delivery(
            bulk,
            place=str(folder),
            channel="folder",
            actor=person(services, "bach"),
            tools=_tools(services),
        )
    browser = browser_of(app, services, "bach")
    form = {"csrf_token": session_token(browser)}
    for act, state in (("stop", DeliveryState.STOPPED), ("resume", DeliveryState.RUNNING)):
        assert browser.post(f"/deliveries/{delivery_id}/{act}", data=form).status_code == 303
        with services.read_only() as session:
            assert session.get_one(Delivery, delivery_id).state is state
    assert "every 3s" in browser.get(f"/deliveries/{delivery_id}").text
    other = make_bulk(tmp_path / "Đợt 3", 3)
    (folder / "danh-sach.xlsx").write_bytes((other / "danh-sach.xlsx").read_bytes())
    bach = person(services, "bach")
    with pytest.raises(DeliveryChangedError):
        resume(services, delivery_id, actor=bach, progress=lambda *_: None)


def test_what_another_agency_sent_is_not_shown(app: Flask, services: Services, place: str) -> None:
    reader = browser_of(app, services, "stranger")
    assert reader.get(place).status_code in (403, 404)
    assert reader.get(f"{place}/refused.xlsx").status_code in (403, 404)
