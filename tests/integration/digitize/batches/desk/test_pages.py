"""Each form of the desk's page does its act, or tells at its place why not."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from archive_service.app import create_app
from archive_service.domain.people.account import Role
from archive_service.services import Services
from archive_service.worker import work
from digitize.batches.desk import acts as desk_acts
from digitize.batches.documents import BatchDetail, PageRow
from digitize.batches.queue.views import show_batch
from tests.worlds.archive import open_home, person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import add_person, session_token
from tests.worlds.digitize.scanning import (
    CODE,
    STATION,
    folder_of_pages,
    import_batch,
    new_station,
    paper_case,
    scanned_page,
    station_of,
    text_of_page,
    waiting_home,
)


@dataclass(frozen=True)
class Desk:
    """A batch of three good pages that is read, and the station's browser before it."""

    services: Services
    client: FlaskClient
    number: str

    def batch(self) -> BatchDetail:
        actor = person(self.services, "lan")
        return show_batch(self.services, self.number, actor=actor)

    def names(self) -> list[str]:
        return [page["name"] for page in self.batch()["pages"] if not page["removed"]]

    def page(self, name: str) -> PageRow:
        return next(one for one in self.batch()["pages"] if one["name"] == name)

    def act(self, kind: str, **form: str) -> TestResponse:
        place = f"/scanning/batches/{self.number}"
        sent = {"csrf_token": session_token(self.client), **form}
        browser = {"Accept": "text/html", "Referer": f"http://localhost{place}"}
        return self.client.post(f"{place}/{kind}", data=sent, headers=browser)

    def does(self, kind: str, **form: str) -> None:
        answer = self.act(kind, **form)
        assert answer.status_code == 303, (kind, answer.status_code, answer.text[:4000])
        assert self.client.get(answer.location).status_code == 200


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Desk]:
    folder = tmp_path_factory.mktemp("desk")
    with open_home(waiting_home(folder)) as services:
        box = folder_of_pages(folder / "box", 3)
        number = import_batch(services, box, station_of(services), code=CODE)
        yield Desk(services, browser_of(create_app(services), services, STATION), number)


def test_pages_are_moved_and_put_back(desk: Desk) -> None:
    third = desk.page("003.jpg")["id"]
    desk.does("move", page=third, after="1")
    assert desk.names() == ["001.jpg", "003.jpg", "002.jpg"]
    desk.does("move", page=third, after="0")
    assert desk.names() == ["003.jpg", "001.jpg", "002.jpg"]
    desk.does("undo", page=third)
    desk.does("undo", page=third)
    desk.does("redo", page=third)
    desk.does("undo", page=third)
    assert desk.names() == ["001.jpg", "002.jpg", "003.jpg"]


def test_a_second_tab_undoes_nothing_that_it_did_not_show(desk: Desk) -> None:
    third = desk.page("003.jpg")["id"]
    for after in ("1", "0"):
        desk.does("move", page=third, after=after)
    address = f"/scanning/batches/{desk.number}"
    (form,) = re.findall(r'/undo" method.*?</form>', desk.client.get(address).text, re.DOTALL)
    (seen,) = re.findall(r'name="edit" value="(\d+)"', form)
    desk.does("undo", page=third, edit=seen)
    shown = desk.client.get(address).text
    assert 'class="muted">2. Chuyển trang: trang 2 (đã bỏ)' in shown
    answer = desk.act("undo", page=third, edit=seen)
    assert (answer.status_code, "không còn là việc số" in answer.text) == (409, True)
    assert desk.names() == ["001.jpg", "003.jpg", "002.jpg"]
    desk.does("undo", page=third)


def test_after_another_order_it_is_told_that_pages_are_compared_and_release_waits(
    desk: Desk,
) -> None:
    work(desk.services, until_empty=True)
    address = f"/scanning/batches/{desk.number}"
    archivist = browser_of(desk.client.application, desk.services, "lan")
    assert "Sẵn sàng duyệt" in archivist.get(address).text
    desk.does("move", page=desk.page("003.jpg")["id"], after="1")
    shown = archivist.get(address).text
    assert "Sẵn sàng duyệt" not in shown
    assert "release-dialog" not in re.findall(r'<dialog[^>]* id="([^"]+)"', shown)
    assert "duyệt được khi so sánh xong" in shown
    assert "data-reloads" in shown
    assert "Đang so sánh" in archivist.get("/scanning").text
    answer = post(archivist, f"{address}/release")
    assert (answer.status_code, "Sẵn sàng duyệt" in answer.text) == (409, False)
    work(desk.services, until_empty=True)
    shown = archivist.get(address).text
    assert "Sẵn sàng duyệt" in shown
    assert "data-reloads" not in shown
    desk.does("undo")
    work(desk.services, until_empty=True)


def test_the_strip_counts_the_pages_of_the_batch_and_names_what_is_none_beside_them(
    desk: Desk,
) -> None:
    address = f"/scanning/batches/{desk.number}"
    assert "Trang 1–3 trong 3" in (shown := desk.client.get(address).text)
    assert "không tính là trang" not in shown
    desk.does("remove", page=desk.page("002.jpg")["id"], reason="Quét nhầm")
    assert desk.batch()["pages"][1]["removed"]
    shown = desk.client.get(address).text
    assert "Trang 1–2 trong 2" in shown
    assert "Thêm 1 ảnh không tính là trang" in shown
    flagged = desk.client.get(f"{address}?flagged=1").text
    assert "không tính là trang" not in flagged
    desk.does("undo")


def test_documents_are_split_joined_and_named(desk: Desk) -> None:
    desk.does("split", page=desk.page("002.jpg")["id"])
    documents = desk.batch()["documents"]
    assert [one["pages"] for one in documents] == [1, 2]
    page = desk.page("002.jpg")
    desk.does("join", page=page["id"], document=page["document"] or "")
    (document,) = desk.batch()["documents"]
    assert document["pages"] == 3
    named = {"document": document["id"], "code": CODE, "ordinal": "1"}
    desk.does("assign", page=page["id"], **named)
    map_ = {"code": CODE, "ordinal": "2", "place": "Kho bản đồ, giá 3", "reason": "Khổ A0"}
    desk.does("without-image", **map_)
    assert desk.batch()["documents"][-1]["without_image"]
    assert "Kho bản đồ" in desk.client.get(f"/scanning/batches/{desk.number}").text
    desk.does("undo")


def test_a_page_is_turned_measured_anew_and_decided_on(desk: Desk) -> None:
    page = desk.page("002.jpg")["id"]
    desk.does("rotate", page=page, by="90")
    assert desk.page("002.jpg")["turn_deg"] == 90
    shown = desk.client.get(f"/scanning/batches/{desk.number}").text
    assert "Sẵn sàng duyệt" not in shown
    assert shown.count("Đang đọc") >= 2  # the badge of the batch, and the panel of its progress
    desk.does("rotate", page=page, by="270")
    desk.does("set-dpi", page=page, dpi="", paper="A4")
    assert desk.page("002.jpg")["dpi_from"] == "person"
    desk.does("set-dpi", page=page, dpi="200", paper="")
    assert desk.act("set-dpi", page=page, dpi="200", all="1").status_code == 422  # none lacks it
    assert desk.act("set-dpi", page=page, dpi="200", numbers="1-3").status_code == 422
    desk.does("rescan", page=page, reason="Mép bị gập")
    assert desk.page("002.jpg")["ticket"]
    shown = desk.client.get(f"/scanning/batches/{desk.number}?page={page}").text
    name = f"Trạm {STATION}"
    assert re.search(rf"{name} yêu cầu quét lại lúc \d.+: Mép bị gập", shown)
    assert f'<span class="meta">{name}, ' in shown
    desk.does("undecide", page=page)
    assert not desk.page("002.jpg")["ticket"]
    desk.does("remove", page=page, reason="Trang thừa")
    assert desk.names() == ["001.jpg", "003.jpg"]
    desk.does("undo", page=page)


def test_a_finding_of_a_document_names_it_and_leads_to_it(desk: Desk) -> None:
    desk.does("split", page=desk.page("002.jpg")["id"])
    second = desk.batch()["documents"][1]
    first = second["first_page"] or ""
    desk.does("assign", page=first, document=second["id"], code=CODE, ordinal="77")
    shown = desk.client.get(f"/scanning/batches/{desk.number}").text
    (found,) = re.findall(r'id="found".*?</section>', shown, re.DOTALL)
    link = f'href="/scanning/batches/{desk.number}?page={second["first_page"]}">'
    assert f"{link}Tài liệu 77 của hồ sơ {CODE}</a>" in found
    assert '<p class="where">2</p>' not in found
    desk.does("undo")
    desk.does("undo")


def test_files_are_inserted_before_and_after(desk: Desk, tmp_path: Path) -> None:
    new = scanned_page(tmp_path / "moi.jpg", *text_of_page(9))
    for where, at, name in (("before", "001.jpg", "moi.jpg"), ("after", "001.jpg", "moi (2).jpg")):
        with new.open("rb") as file:
            form = {"page": desk.page(at)["id"], "where": where, "files": (file, "moi.jpg")}
            answer = desk.client.post(
                f"/scanning/batches/{desk.number}/insert",
                data={"csrf_token": session_token(desk.client), **form},
            )
        assert answer.status_code == 303, answer.text[:2000]
        names = desk.names()
        assert names.index(name) - names.index(at) == (-1 if where == "before" else 1)
    desk.does("undo")
    desk.does("undo")
    assert desk.names() == ["001.jpg", "002.jpg", "003.jpg"]


def test_what_cannot_be_done_is_told_on_the_page(desk: Desk) -> None:
    page = desk.page("001.jpg")["id"]
    for kind, form, status in (
        ("move", {"page": page, "after": "99"}, 422),
        ("remove", {"page": page, "reason": " "}, 422),
        ("split", {"page": page}, 422),
        ("decide", {"key": "none", "reason": "x"}, 404),
        ("word", {"page": page, "box": "0 0 5 5", "was": "a", "becomes": ""}, 422),
        ("word", {"page": page, "box": "0 0 5", "was": "a", "becomes": "b"}, 400),
        ("replace", {"page": page}, 422),
        ("take", {"page": page, "document": desk.page("001.jpg")["document"], "field": "x"}, 404),
        ("take-all", {"page": page}, 409),
        ("dance", {"page": page}, 404),
    ):
        answer = desk.act(kind, **form)
        assert answer.status_code == status, (kind, answer.status_code)
        assert "data-batch=" in answer.text or status in (400, 404), kind
        assert "data-refusal=" in answer.text or status == 400 or kind == "dance", kind
    assert desk.client.get(f"/scanning/batches/{desk.number}?page={page[:-1]}").status_code == 404
    assert desk.client.get("/scanning/batches/1999-0001").status_code == 404


def test_a_word_put_right_stands_in_the_history_of_its_batch_and_goes_back_there(
    desk: Desk,
) -> None:
    page = desk.page("001.jpg")["id"]
    word = desk.client.get(f"/scanning/pages/{page}/words").get_json()["words"][0]
    box = " ".join(str(side) for side in word["scan_box"])
    desk.does("word", page=page, box=box, was=word["text"], becomes="Khexyz")
    said = f"Sửa chữ: “{word['text']}” → “Khexyz” (001.jpg)"
    shown = desk.client.get(f"/scanning/batches/{desk.number}?page={page}").text
    assert said in shown
    listed = shown.partition('history-title">')[2].partition("</ol>")[0]
    assert re.findall(r'<span class="n">(\d+)<', listed) == [str(listed.count("<li "))]
    found = re.search(r'name="correction" value="([^"]+)"', shown)
    assert found
    desk.does("word-back", page=page, correction=found[1])
    assert said not in desk.client.get(f"/scanning/batches/{desk.number}?page={page}").text
    assert desk.act("word-back", page=page, correction=found[1]).status_code == 404
    assert desk.act("word-back", page=page, correction="x").status_code == 400


def test_lists_are_exported_and_strangers_see_nothing(desk: Desk) -> None:
    assert desk.number in desk.client.get("/scanning?state=all&export=csv").get_data(as_text=True)
    assert desk.client.get("/scanning/words/list?export=csv").status_code == 200
    assert "tram-1" in desk.client.get("/scanning/stations").text
    page = desk.page("001.jpg")["id"]
    assert desk.client.get(f"/scanning/pages/{page}/thumbnail").data[:2] == b"\xff\xd8"
    assert len(desk.client.get(f"/scanning/pages/{page}/words").get_json()["words"]) > 50
    image = f"/api/v1/batches/pages/{page}/image"
    assert image in desk.client.get(f"/scanning/batches/{desk.number}?page={page}").text
    assert desk.client.get(image).headers["Content-Type"] == "image/jpeg"
    add_person(desk.services, "docgia", Role.READER)
    other = new_station(desk.services, "tram-2")
    for name, status in (("docgia", 403), (other.account, 404)):
        client = browser_of(desk.client.application, desk.services, name)
        for place in (
            f"/scanning/batches/{desk.number}",
            f"/scanning/pages/{page}/picture",
            f"/scanning/pages/{page}/thumbnail",
            f"/scanning/pages/{page}/words",
            f"/scanning/words/{page}",
            image,
        ):
            assert client.get(place).status_code == status, (name, place)


def test_a_released_batch_leads_to_where_its_pages_went(tmp_path: Path) -> None:
    sent = "H40.18.2025.19.QLCT"
    with open_home(waiting_home(tmp_path)) as services:
        paper_case(services, tmp_path / "sent", code=sent, stored=False)
        station, archivist = station_of(services), person(services, "lan")
        links = {}
        for code, page in ((CODE, 1), (sent, 2)):
            box = tmp_path / code
            box.mkdir()
            scanned_page(box / "1.jpg", *text_of_page(page))
            number = import_batch(services, box, station, code=code)
            desk_acts.release(services, number, actor=archivist)
            app = create_app(services)
            ours = browser_of(app, services, "lan").get(f"/scanning/batches/{number}").text
            theirs = browser_of(app, services, STATION).get(f"/scanning/batches/{number}").text
            assert "Các trang của lô đã vào" in ours
            assert "Các trang của lô đã vào" not in theirs  # a station opens neither
            assert all("Nhập lô tiếp theo" in shown for shown in (ours, theirs))
            links[code] = re.findall(r'href="(/(?:case-files|submissions)/[^"]+)"', ours)
            client = browser_of(app, services, "lan")
            assert all(client.get(link).status_code == 200 for link in links[code])
    assert links[CODE] == [f"/case-files/{CODE}"]
    assert [link.rpartition("/")[0] for link in links[sent]] == ["/submissions"]
