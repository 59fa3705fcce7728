"""Many case files at once as pages, programs and commands ask for it; and the page of a series."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service.app import create_app
from archive_service.catalogue.fonds.acts import add_series
from archive_service.catalogue.fonds.given import SeriesIn
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.services import Services
from tests.worlds.archive import copy_home, new_home, open_home, person
from tests.worlds.browsers import browser_of, counted
from tests.worlds.clients import do_all, program_of, session_token
from tests.worlds.command import Command
from tests.worlds.holding import take_in

REASON = "Chuẩn hóa từ khóa"


@pytest.fixture(scope="module")
def many_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that holds six case files of one fonds with a series, and one series below it."""
    place = tmp_path_factory.mktemp("asked")
    home = new_home(place / "home")
    with open_home(home) as services:
        take_in(services, place / "in", range(1, 7))
        do_all(services)
        lan = person(services, "lan")
        add_series(services, fonds_of(services), SeriesIn(code="TH", title="Tổng hợp"), actor=lan)
        add_series(
            services,
            fonds_of(services),
            SeriesIn(code="TH.1", title="Báo cáo", parent="TH"),
            actor=lan,
        )
    return home


@pytest.fixture
def services(many_home: Path, tmp_path: Path) -> Iterator[Services]:
    with open_home(copy_home(many_home, tmp_path / "home")) as opened:
        yield opened


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services)


def fonds_of(services: Services) -> str:
    with services.read_only() as session:
        mine = select(CaseFile.fonds_id)
        return session.scalars(select(Fonds.code).where(Fonds.id.in_(mine))).one()


def held(services: Services) -> list[CaseFile]:
    with services.read_only() as session:
        return list(session.scalars(select(CaseFile).order_by(CaseFile.code)))


def test_the_pages_show_before_they_do_and_take_back(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "lan")
    codes = [row.code for row in held(services)]
    assert f'value="{codes[0]}" form="many"' in client.get("/case-files").text
    asked = client.get("/case-files/many", query_string={"code": codes[:2]}).text
    assert codes[1] in asked
    fields = re.findall(r"<option[^>]*>([^<]+: [^<]+)</option>", asked)
    assert {"Phim ảnh: Loại", "Ghi âm, ghi hình: Loại"} <= set(fields)
    assert len(set(fields)) == len(set(re.findall(r'value="((?:case-file|documents)/\w+)"', asked)))
    assert "TH · Tổng hợp" in asked
    form = {"csrf_token": session_token(client), "code": codes[:2], "reason": REASON,
            "keyword_add": "chỉnh lý", "title_find": "Hồ sơ", "title_put": "Tập hồ sơ",
            "field_1": "documents/signer", "act_1": "set", "value_1": "Lê A"}  # fmt: skip
    assert client.post("/case-files/many", data=form | {"reason": ""}).status_code == 422
    shown = client.post("/case-files/many", data=form)
    assert shown.status_code == 303
    place = shown.headers["Location"]
    page = client.get(place).text
    for words in ("chỉnh lý", "Tập hồ sơ", "Lê A", "Áp dụng cho 2 hồ sơ"):
        assert words in page
    assert held(services)[0].keyword is None
    token = {"csrf_token": form["csrf_token"]}
    assert client.post(f"{place}/apply", data=token).status_code == 303
    do_all(services)
    assert [row.keyword for row in held(services)] == ["chỉnh lý"] * 2 + [None] * 4
    assert client.post(f"{place}/apply", data=token).status_code == 409
    back = client.post(f"{place}/undo", data=token | {"reason": "Nhầm"}).headers["Location"]
    assert "Xem đợt sửa được hoàn tác" in client.get(back).text
    waiting = client.get(place).text
    assert f'href="{back}"' in waiting
    assert 'data-opens="undo"' not in waiting
    client.post(f"{back}/apply", data=token)
    do_all(services)
    assert {row.keyword for row in held(services)} == {None}
    assert client.get("/description-batches").text.count("data-item") == 2
    for name in ("bach", "binh"):
        other = browser_of(app, services, name)
        assert other.get(place).status_code == 403
        assert 'form="many"' not in other.get("/case-files").text


def test_all_of_a_narrowed_list_is_meant(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "lan")
    asked = client.get("/case-files/many?all=1&q=none-of-them").text
    assert "Chưa chọn hồ sơ" in asked
    every = client.get("/case-files/many?all=1").text
    assert "Mọi hồ sơ trong danh sách, không qua bộ lọc nào." in every
    assert "theo bộ lọc: H40</p>" in client.get("/case-files/many?all=1&q=H40").text
    narrowed = client.get("/case-files/many?all=1&state=held&q=H40").text
    assert "theo bộ lọc: H40, Đang giữ</p>" in narrowed
    assert 'name="state" value="held"' in narrowed
    form = {"csrf_token": session_token(client), "all": "1", "q": "", "reason": REASON,
            "keyword_add": "chỉnh lý"}  # fmt: skip
    place = client.post("/case-files/many", data=form).headers["Location"]
    assert 'hx-trigger="every 2s"' in client.get(place).text
    do_all(services)
    assert "Áp dụng cho 6 hồ sơ" in client.get(place).text
    assert client.get(f"{place}?state=ready").text.count("data-item") == 6
    assert "data-item" not in client.get(f"{place}?state=refused").text


def test_case_files_are_put_into_a_series_on_its_page(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "lan")
    place = f"/fonds/{fonds_of(services)}/series/TH"
    codes = [row.code for row in held(services)]
    assert client.get(f"{place}?add=").text.count("data-item") == 6
    assert client.get(f"{place}?add={codes[0]}").text.count("data-item") == 1
    token = {"csrf_token": session_token(client)}
    put = token | {"act": "put", "code": codes[:3], "reason": REASON, "add": ""}
    browser = {"Accept": "text/html", "Referer": f"http://localhost{place}?add="}
    refused = client.post(place, data=put | {"reason": ""}, headers=browser)
    assert refused.status_code == 422
    assert refused.text.count(" checked") >= 3
    assert client.post(place, data=put).status_code == 303
    do_all(services)
    page = client.get(place).text
    assert page.count("data-item") == 3
    assert "TH.1" in page
    assert 'class="n">3<' in page
    assert place in client.get(f"/case-files/{codes[0]}").text
    client.post(place, data=token | {"act": "out", "code": codes[:1], "reason": REASON})
    assert [row.series_id is None for row in held(services)][:3] == [True, False, False]
    assert client.get(f"/fonds/{fonds_of(services)}/series/none").status_code == 404
    assert browser_of(app, services, "binh").get(place).status_code == 403


def test_the_pages_ask_as_much_for_many_as_for_few(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "lan")
    codes = [row.code for row in held(services)]
    series = f"/fonds/{fonds_of(services)}/series/TH"
    token = session_token(client)

    def made(of: list[str]) -> str:
        form = {"csrf_token": token, "code": of, "reason": REASON, "keyword_add": "x"}
        return client.post("/case-files/many", data=form).headers["Location"]

    def statements(place: str) -> int:
        with counted(services) as seen:
            assert client.get(place).status_code == 200
        return len(seen)

    few, many = made(codes[:1]), made(codes)
    statements(few)
    assert statements(few) == statements(many)
    before = statements("/description-batches")
    made(codes[:2])
    assert statements("/description-batches") == before
    empty = statements(f"{series}?add=none-of-them")
    assert statements(f"{series}?add=") == empty


def test_a_program_does_the_same(app: Flask, services: Services) -> None:
    program, reader = program_of(app, services, "lan"), program_of(app, services, "binh")
    codes = [row.code for row in held(services)][:2]
    order = {"scope": "case-file", "field": "keyword", "act": "add", "value": "chỉnh lý"}
    body = {"reason": REASON, "orders": [order], "codes": codes}
    assert reader.post("/description-batches", json=body).status_code == 403
    assert program.post("/description-batches", json=body | {"orders": []}).status_code == 422
    unknown = program.post("/description-batches", json=body | {"codes": ["x"]})
    assert unknown.status_code == 404
    made = program.post("/description-batches", json=body)
    assert (made.status_code, made.get_json()["state"]) == (201, "judging")
    place = f"/description-batches/{made.get_json()['id']}"
    assert program.post(f"{place}/apply").status_code == 409
    do_all(services)
    shown = program.get(f"{place}/case-files?limit=1").get_json()
    assert shown["case_files"][0]["changes"][0]["becomes"] == "chỉnh lý"
    rest = program.get(f"{place}/case-files?cursor={shown['cursor']}").get_json()
    assert [case_file["code"] for case_file in rest["case_files"]] == codes[1:]
    assert program.post(f"{place}/apply").status_code == 202
    do_all(services)
    assert program.get(place).get_json()["counts"]["changed"] == 2
    back = program.post(f"{place}/undo", json={"reason": "Nhầm"}).get_json()
    do_all(services)
    assert program.post(f"/description-batches/{back['id']}/drop").get_json()["state"] == "dropped"
    assert len(program.get("/description-batches").get_json()["batches"]) == 1
    whole = {"reason": REASON, "orders": [order], "matching": {"text": codes[0]}}
    assert program.post("/description-batches", json=whole).get_json()["total"] == 1


def test_a_command_does_the_same(services: Services, tmp_path: Path) -> None:
    def ask(*words: str) -> tuple[int, str]:
        answer = Command(services.settings.home).run("case", *words, account="lan")
        return answer.code, answer.stdout

    codes = [row.code for row in held(services)][:2]
    named = tmp_path / "codes.txt"
    named.write_text("\n".join(codes), "utf-8")
    given = (str(named), "--add", "keyword=chỉnh lý", "--reason", REASON)
    code, shown = ask("describe-many", *given)
    assert (code, "chỉnh lý" in shown) == (0, True)
    assert held(services)[0].keyword is None
    code, shown = ask("describe-many", *given, "--apply", "--json")
    batch = json.loads(shown)["id"]
    do_all(services)
    assert held(services)[0].keyword == "chỉnh lý"
    assert ask("batch", batch)[0] == 0
    assert ask("batch", batch, "--undo", "--reason", "Nhầm")[0] == 0
    do_all(services)
    assert {row.keyword for row in held(services)} == {None}
    assert ask("describe-many", *given, "--set", "nothing")[0] == 2
    assert ask("describe-many", *given, "--replace", "title=a")[0] == 2
    replaced = (str(named), "--replace", "title=Hồ sơ=>Tập", "--set", "documents.signer=Lê A")
    assert ask("describe-many", *replaced, "--reason", REASON)[0] == 0
