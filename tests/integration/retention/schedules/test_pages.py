"""«Bảng thời hạn» in a browser: loaded with its faults, compared, adopted by a second person."""

import re
from io import BytesIO

from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from archive_service import messages
from archive_service.domain.people.account import Role
from archive_service.services import Services
from tests.worlds.browsers import browser_of, post, post_from
from tests.worlds.clients import add_person
from tests.worlds.retention.dispositions import new_otp
from tests.worlds.retention.schedule_files import CSV, HEAD, TOML

PAGE = "/retention-schedules"


def send(client: FlaskClient, text: str, name: str, **head: str) -> TestResponse:
    """Load a file as the dialog of the page does."""
    return post_from(client, PAGE, PAGE, file=(BytesIO(text.encode()), name), **head)


def test_from_a_file_with_faults_to_a_schedule_that_holds(app: Flask, services: Services) -> None:
    archivist, head = browser_of(app, services, "lan"), browser_of(app, services, "hung")
    assert "TT 10/2022/TT-BNV" in archivist.get(PAGE).text
    wrong = TOML.replace("years = 5", "years = -5")
    answer = send(archivist, wrong, "bang.toml")
    assert answer.status_code == 422
    assert "dòng 8: thời hạn là số âm: -5" in answer.text
    answer = send(archivist, TOML, "bang.toml")
    assert answer.status_code == 303, answer.text
    address = answer.headers["Location"]
    shown = archivist.get(address).text
    assert "05 năm kể từ khi hợp đồng chấm dứt" in shown
    assert "Duyệt áp dụng" not in shown
    beside = head.get(f"{address}?with=tt10-2022").text
    assert beside.count("Thêm</span>") + beside.count("Bỏ</span>") >= 2
    assert "Duyệt áp dụng" in beside
    decided = f"{address}/decision"
    wordless = post(head, decided, adopt="1", reason="")
    assert wordless.status_code == 422
    assert 'required aria-invalid="true" aria-describedby="adopt-reason-note"' in wordless.text
    assert messages.text("forms.no_second_factor", "vi") in wordless.text
    otp = new_otp(services, "hung")
    bare = post(head, decided, adopt="1", reason="QĐ 9")
    assert bare.status_code == 403
    asked = bare.text.partition('id="adopt-dialog"')[2].partition("</dialog>")[0]
    assert 'aria-describedby="adopt-otp-note"' in asked
    assert messages.text("errors.second-factor-missing.message", "vi") in asked
    assert ">QĐ 9</textarea>" in asked
    assert post(head, decided, adopt="1", reason="QĐ 9", otp=otp).status_code == 303
    assert "Đang áp dụng" in head.get(PAGE).text


def test_without_a_file_the_form_asks_for_one(app: Flask, services: Services) -> None:
    archivist = browser_of(app, services, "lan")
    sent = post_from(archivist, PAGE, PAGE, title="Bảng của Sở")
    assert sent.status_code == 422
    assert "Chưa chọn tệp ở mục" in sent.text.partition('name="file"')[2].partition("</form>")[0]
    assert "bang.toml" not in sent.text
    assert "Bảng của Sở" in sent.text


def test_who_loaded_a_table_sees_that_another_decides(app: Flask, services: Services) -> None:
    add_person(services, "thu", Role.HEAD)
    head = browser_of(app, services, "hung")
    address = send(head, CSV, "bang.csv", **HEAD).headers["Location"]
    assert "một phụ trách lưu trữ khác phải duyệt" in head.get(address).text
    answer = post(head, f"{address}/decision", adopt="1", reason="QĐ 9")
    assert answer.status_code == 403
    second = browser_of(app, services, "thu")
    assert post(second, f"{address}/decision", reason="Chưa đủ").status_code == 303
    assert "Đã bỏ" in second.get(PAGE).text


def test_a_draft_is_begun_changed_and_thrown_away_on_the_page(
    app: Flask, services: Services
) -> None:
    lan = browser_of(app, services, "lan")
    head = {"code": "so", "title": "Bảng của Sở", "instrument": "QĐ 5", "article": "Phụ lục"}
    refused = post(lan, f"{PAGE}/drafts", **head, valid_from="")
    assert refused.status_code == 422
    assert 'id="begin-valid_from-note"' in refused.text
    begun = post(lan, f"{PAGE}/drafts", **head, valid_from="2026-01-01")
    address = begun.headers["Location"]
    assert "Chưa có mục nào" in lan.get(address).text
    assert 'name="was"' not in lan.get(f"{address}?dialog=add").text
    rule = {"code": "S.1", "title": "Hồ sơ cấp phép", "article": "mục 1", "kind": "years"}
    wrong = post(lan, f"{address}/rules", **rule, years="-2")
    assert wrong.status_code == 422
    assert "Thời hạn là số âm: -2." in wrong.text
    assert 'value="Hồ sơ cấp phép"' in wrong.text
    assert post(lan, f"{address}/rules", **rule, years="12").status_code == 303
    edited = lan.get(f"{address}?edit=S.1").text
    assert 'name="was" value="S.1"' in edited
    assert 'value="12"' in edited
    changed = rule | {"kind": "event", "event": "contract-ends", "years": "", "was": "S.1"}
    assert post(lan, f"{address}/rules", **changed).status_code == 303
    assert "đến khi hợp đồng chấm dứt" in lan.get(address).text.casefold()
    no_day = post(lan, f"{address}/head", **head, valid_from="x")
    assert no_day.status_code == 422
    assert "Ngày có hiệu lực chưa đúng dạng ngày: x." in no_day.text
    nameless = post(lan, f"{address}/head", **(head | {"title": " "}), valid_from="2026-02-01")
    assert nameless.status_code == 422
    assert "Thiếu thông tin chung của bảng: tên." in nameless.text
    renamed = head | {"title": "Bảng mới", "valid_from": "2026-02-01"}
    assert post(lan, f"{address}/head", **renamed).status_code == 303
    assert "Bảng mới" in lan.get(address).text
    assert post(lan, f"{address}/rules/remove", code="S.1").status_code == 303
    assert "Chưa có mục nào" in lan.get(address).text
    head_of_archive = browser_of(app, services, "hung").get(address).text
    assert "dialog=add" not in head_of_archive
    assert post(lan, f"{address}/decision", reason="Không dùng").status_code == 303
    assert "Đã bỏ" in lan.get(PAGE).text


def test_a_draft_is_begun_from_a_schedule_that_ships(app: Flask, services: Services) -> None:
    lan = browser_of(app, services, "lan")
    assert "Lập bản nháp để sửa" in lan.get(f"{PAGE}/tt10-2022").text
    address = post(lan, f"{PAGE}/drafts", source="tt10-2022").headers["Location"]
    shown = lan.get(address).text
    assert "TT10.2.01" in shown
    assert "Thử bản nháp này" in shown
    assert "Không có khác biệt" in lan.get(f"{address}?with=tt10-2022").text
    assert post(lan, f"{address}/rules/remove", code="TT10.2.01").status_code == 303
    assert "Bỏ</span>" in lan.get(f"{address}?with=tt10-2022").text
    kiem = browser_of(app, services, "kiem")
    assert "Lập bản nháp để sửa" not in kiem.get(f"{PAGE}/tt10-2022").text
    assert post(kiem, f"{PAGE}/drafts", source="tt10-2022").status_code == 403


def test_a_draft_is_compared_at_first_with_the_edition_that_it_would_replace(
    app: Flask, services: Services
) -> None:
    lan, hung = browser_of(app, services, "lan"), browser_of(app, services, "hung")
    first = post(lan, f"{PAGE}/drafts", source="tt10-2022").headers["Location"]
    unasked = lan.get(first).text
    assert chosen(unasked) == "tt10-2022"
    assert "Không có khác biệt" not in unasked, "nothing was compared yet"
    second = post(lan, f"{PAGE}/drafts", source="tt10-2022").headers["Location"]
    assert chosen(lan.get(second).text) == "tt10-2022", "another draft holds nowhere"
    otp = new_otp(services, "hung")
    assert post(hung, f"{first}/decision", adopt="1", reason="QĐ 9", otp=otp).status_code == 303
    own = second.rpartition("/")[2]
    for address in (second, f"{second}?with={own}"):
        shown = lan.get(address).text
        assert chosen(shown) == first.rpartition("/")[2]
        assert f'value="{own}"' not in shown
    assert chosen(lan.get(first).text) == "tt10-2022"
    assert chosen(lan.get(f"{PAGE}/tt10-2022").text) == ""


def chosen(page: str) -> str:
    """Which schedule the form offers to compare with before one is chosen."""
    found = re.search(r'<option value="([^"]*)" selected>', page.partition('id="with"')[2])
    return found[1] if found else ""


def test_a_draft_of_another_waits_among_the_approvals(app: Flask, services: Services) -> None:
    lan, hung = browser_of(app, services, "lan"), browser_of(app, services, "hung")
    address = send(lan, TOML, "bang.toml").headers["Location"]
    schedule = address.rpartition("/")[2]
    shown = hung.get(f"/approvals?item={schedule}").text
    assert "Xem bảng và quyết định" in shown
    assert f'href="{address}"' in shown
    assert schedule not in lan.get("/approvals").text
    otp = new_otp(services, "hung")
    assert post(hung, f"{address}/decision", adopt="1", reason="QĐ 9", otp=otp).status_code == 303
    assert schedule not in hung.get("/approvals").text


def test_a_reader_sees_no_schedules(app: Flask, services: Services) -> None:
    assert browser_of(app, services, "binh").get(PAGE).status_code == 403
