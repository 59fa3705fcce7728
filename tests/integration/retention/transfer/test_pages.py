"""Transfers as people at a browser take them from what is due to the other archive's answer."""

import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from archive_service import clock, messages
from archive_service.domain.people.account import WORKER
from archive_service.domain.transfer.transfer import Transfer, TransferItem
from archive_service.services import Services
from retention.holds.acts import place_holds
from tests.worlds.archive import person
from tests.worlds.browsers import act_on, browser_of, counted, post
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.retention.dispositions import HEAD, add_agency_head
from tests.worlds.transfer.transfers import RECEIVER, approved, composed, make_permanent

BOTH = (OPEN_CODE, RESTRICTED_CODE)


@pytest.fixture
def lan(app: Flask, services: Services) -> FlaskClient:
    """The archivist; both case files are permanent and due, and the agency has a head."""
    make_permanent(services, *BOTH)
    add_agency_head(services)
    return browser_of(app, services, "lan")


def held(services: Services, code: str) -> None:
    place_holds(
        services, [code], reason="Thanh tra", authority="QĐ 5", actor=person(services, "hung")
    )


def steps(page: str) -> list[str]:
    """What the steps of the line say, those behind it marked."""
    line = page[page.index('id="line-title"') :].partition("</section>")[0]
    marks = re.findall(r"#([a-z-]+)\"/></svg>\s*<span>([^<]+)<", line)
    return [("✓ " if mark == "check-circle-fill" else "") + words for mark, words in marks]


def test_what_is_due_is_composed_approved_sent_and_answered(
    lan: FlaskClient, app: Flask, services: Services
) -> None:
    page = lan.get("/nop-luu").text
    assert "Đến hạn đăng ký" in page
    page = lan.get("/nop-luu/new").text
    assert all(f'value="{code}" checked' in page for code in BOTH)
    ticked = {"agency": "H40.18", "code": list(BOTH), "partner": RECEIVER, "reason": "Đợt một"}
    made = post(lan, "/nop-luu", **ticked)  # type: ignore[arg-type]  # a form may say a name often
    assert made.status_code == 303
    at = made.headers["Location"]
    page = lan.get(at).text
    assert f"Đã lập đăng ký 01/{clock.today().year}." in page
    assert steps(page)[:2] == ["✓ Lập đăng ký", "Phê duyệt"]
    assert "Đến hạn đăng ký" not in lan.get("/nop-luu").text

    head = browser_of(app, services, HEAD)
    inbox = head.get("/approvals").text
    assert at in inbox
    assert act_on(head, at, "approval", approval_number="12/QĐ-SCT").status_code == 303
    assert at not in head.get("/approvals").text
    page = lan.get(at).text
    assert "số 12/QĐ-SCT" in page
    today = clock.today().isoformat()
    sent = post(lan, f"{at}/register", register_on=today, register_number="45/SCT-VP")
    assert sent.status_code == 303
    page = lan.get(at).text
    assert steps(page)[:3] == ["✓ Lập đăng ký", "✓ Phê duyệt", "✓ Gửi đăng ký"]
    assert "chậm nhất" in page
    answer = {"answer_on": today, "answer_number": "9/LTLS", "answer_reason": "Nhận"}
    gone = post(lan, f"{at}/answer", **answer, declined=f"{RESTRICTED_CODE}\tTrùng hồ sơ đã nộp")
    assert gone.status_code == 303
    page = lan.get(at).text
    assert "Trùng hồ sơ đã nộp" in page
    assert "Bên nhận từ chối" in page
    assert "Bên nhận, số 9/LTLS. Nhận" in page
    assert "Trùng hồ sơ" not in lan.get(f"{at}?state=listed").text
    assert OPEN_CODE in lan.get(f"{at}?export=csv").text


def test_what_may_not_stand_on_a_register_says_why(lan: FlaskClient, services: Services) -> None:
    held(services, RESTRICTED_CODE)
    page = lan.get("/nop-luu/new", query_string={"code": list(BOTH)}).text
    assert "1 hồ sơ không đăng ký được." in page
    assert "Hồ sơ đang có lệnh tạm dừng xử lý." in page
    none = post(lan, "/nop-luu", code=RESTRICTED_CODE, partner=RECEIVER)
    assert none.status_code == 422
    assert "Hồ sơ đang có lệnh tạm dừng xử lý." in none.text
    made = post(lan, "/nop-luu", codes="\n".join(BOTH), partner=RECEIVER)
    page = lan.get(made.headers["Location"]).text
    assert "1 hồ sơ không đăng ký được, lý do ghi ở từng hồ sơ." in page
    assert "Không đăng ký được" in page


def test_a_refused_form_stands_as_it_was_filled(
    lan: FlaskClient, app: Flask, services: Services
) -> None:
    empty = post(lan, "/nop-luu", agency="H40.18", partner="")
    assert empty.status_code in (409, 422)
    unknown = post(lan, "/nop-luu", codes="H40.18.1999.01.XX", partner=RECEIVER, reason="Thử")
    assert unknown.status_code == 404
    assert 'value="Thử"' in unknown.text
    at = f"/nop-luu/{approved(services, *BOTH, head=HEAD)}"
    for wrong in ("", "2999-01-01"):
        refused = post(lan, f"{at}/register", register_on=wrong, register_number="45/SCT")
        assert refused.status_code == 422
        assert 'value="45/SCT"' in refused.text
        assert re.search(r'id="register_on"[^>]*aria-invalid="true"', refused.text)
    post(lan, f"{at}/register", register_on=clock.today().isoformat())
    for wrong in (OPEN_CODE, "H40.18.1999.01.XX: không có", f"{OPEN_CODE}:{'x' * 1001}"):
        refused = post(lan, f"{at}/answer", answer_on=clock.today().isoformat(), declined=wrong)
        assert refused.status_code == 422, wrong
        assert re.search(r'id="declined"[^>]*aria-invalid="true"', refused.text)
    lines = messages.error("transfer-line", "vi", {"line": 2, "text": "???"})
    twice = f"{OPEN_CODE}: Trùng\n???"
    refused = post(lan, f"{at}/answer", answer_on=clock.today().isoformat(), declined=twice)
    assert lines.message in refused.text
    head = browser_of(app, services, HEAD)
    late = post(head, f"{at}/approval")
    assert late.status_code == 409
    assert "đang ở bước" in late.text


def test_a_register_is_amended_and_withdrawn(lan: FlaskClient, services: Services) -> None:
    at = f"/nop-luu/{composed(services, *BOTH).id}"
    refused = post(lan, f"{at}/amendment", add="H40.18.1999.01.XX")
    assert re.search(r'id="add"[^>]*aria-invalid="true"', refused.text)
    changed = post(lan, f"{at}/amendment", drop=RESTRICTED_CODE)
    assert changed.status_code == 303
    page = lan.get(at).text
    assert "item-1" in page
    assert RESTRICTED_CODE not in page
    assert post(lan, f"{at}/withdrawal", withdraw_reason="").status_code == 422
    assert post(lan, f"{at}/withdrawal", withdraw_reason="Nhầm đợt").status_code == 303
    page = lan.get(at).text
    assert "Nhầm đợt" in page
    assert steps(page) == ["✓ Lập đăng ký", "Rút đăng ký"]
    assert "Sửa đăng ký" not in page


def test_who_composed_does_not_approve_and_who_only_looks_acts_on_nothing(
    lan: FlaskClient, app: Flask, services: Services
) -> None:
    at = f"/nop-luu/{composed(services, *BOTH).id}"
    auditor = browser_of(app, services, "kiem")
    page = auditor.get(at).text
    assert '<form class="panel-body"' not in page
    assert "withdraw-dialog" not in page
    assert "amend-form" not in page
    assert post(auditor, f"{at}/withdrawal", withdraw_reason="x").status_code == 403
    assert auditor.get("/nop-luu/new").status_code == 403
    assert browser_of(app, services, "binh").get(at).status_code in (403, 404)
    assert "Phê duyệt đăng ký" not in lan.get(at).text


def test_the_list_is_narrowed_by_words_step_direction_and_deadline(
    lan: FlaskClient, services: Services
) -> None:
    composed(services, OPEN_CODE)
    year = clock.today().year
    for query, there in {
        f"q=01/{year}": True,
        "q=1": True,
        "q=S%C6%A1n+Lam": True,
        f"q=2/{year}": False,
        "state=draft": True,
        "state=sent": False,
        "direction=in": False,
        "late=1": False,
        "state=nonsense": True,
    }.items():
        assert (f">01/{year}</a>" in lan.get(f"/nop-luu?{query}").text) is there, query
    assert "Nộp đi" in lan.get("/nop-luu?export=csv").text


def test_words_are_found_in_small_letters_and_capitals(lan: FlaskClient) -> None:
    wanted = {"partner": "Trung tâm ẤP ĐÔNG", "reason": "Đợt Ở Huyện"}
    made = post(lan, "/nop-luu", codes=OPEN_CODE, **wanted)
    at = made.headers["Location"]
    title = re.search(rf"{OPEN_CODE}</a><span class=\"title\">([^<]+)<", lan.get(at).text)
    assert title
    for words in ("ấp đông", "ẤP ĐÔNG", "đợt ở", "so cong trinh", "công trình đợt"):
        assert at in lan.get("/nop-luu", query_string={"q": words}).text, words
    assert at not in lan.get("/nop-luu", query_string={"q": "ấp tây", "as_typed": "1"}).text
    for words in (title[1].upper(), title[1].lower()):
        assert title[1] in lan.get(at, query_string={"q": words}).text, words


def test_a_register_proposed_by_itself_is_taken_over_before_the_head_sees_it(
    lan: FlaskClient, app: Flask, services: Services
) -> None:
    row = composed(services, *BOTH).id
    with services.writing() as session:
        session.get_one(Transfer, row).composed_by = WORKER.account
    at, head = f"/nop-luu/{row}", browser_of(app, services, HEAD)
    assert at not in head.get("/approvals").text
    page = head.get(at).text
    assert "chưa có ai ở lưu trữ xem và nhận" in page
    assert 'form="approve-form"' not in page
    refused = post(lan, f"{at}/reading", partner="x" * 301)
    assert re.search(r'id="partner"[^>]*aria-invalid="true"', refused.text)
    other = "Trung tâm Lưu trữ lịch sử"
    assert post(lan, f"{at}/reading", partner=other).status_code == 303
    page = lan.get(at).text
    assert "Bạn đã nhận đăng ký" in page
    assert f"nộp vào {other}." in page
    assert at in head.get("/approvals").text


def test_a_page_costs_as_many_statements_for_many_case_files_as_for_few(
    lan: FlaskClient, services: Services
) -> None:
    def cost() -> int:
        with counted(services) as seen:
            assert lan.get(f"/nop-luu/{row}").status_code == 200
        return len(seen)

    row = composed(services, OPEN_CODE).id
    lan.get(f"/nop-luu/{row}")
    few = cost()
    with services.writing() as session:
        (transfer_item,) = session.scalars(
            select(TransferItem).where(TransferItem.transfer_id == row)
        )
        for number in range(2, 80):
            told = {
                "ordinal": number,
                "code": f"{transfer_item.code}-{number}",
                "title": transfer_item.title,
            }
            session.add(TransferItem(transfer_id=row, version=1, **told))
    assert cost() == few
    page = lan.get(f"/nop-luu/{row}?cursor=2").text
    assert f"{transfer_item.code}-79" in page
    assert f"{transfer_item.code}-50<" not in page
