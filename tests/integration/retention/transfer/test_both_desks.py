"""Both desks of a transfer at a browser: decided, replied to, corrected, closed, let go."""

import io
import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from archive_service import clock, messages
from archive_service.app import create_app
from archive_service.services import Services
from retention.transfer.partners import acts as partners_acts
from retention.transfer.partners.acts import PartnerGiven
from retention.transfer.partners.rules import PartnerFacts
from retention.transfer.receiving.receive import receive
from tests.worlds.archive import HISTORICAL_CODE, OPERATOR, person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all, session_token
from tests.worlds.retention.dispositions import HEAD, new_otp
from tests.worlds.retention.removing import graceless
from tests.worlds.transfer.replies import WRONG, closed, is_over, packed, replied, sent, taken
from tests.worlds.transfer.transfers import NewArchives, TwoArchives

BOTH = (OPEN_CODE, RESTRICTED_CODE)


@pytest.fixture
def two(two: NewArchives) -> TwoArchives:
    """Both; the giver's staging has no time of grace, so that what is let go goes at once."""
    two.change_giver(graceless)
    return two


def desk(services: Services, name: str = "lan") -> FlaskClient:
    app: Flask = create_app(services)
    return browser_of(app, services, name)


def upload(client: FlaskClient, path: str, field: str, data: bytes, name: str) -> TestResponse:
    given = {"csrf_token": session_token(client), field: (io.BytesIO(data), name)}
    return client.post(path, data=given, content_type="multipart/form-data")


def said(code: str, **facts: object) -> str:
    return messages.error(code, "vi", facts).message


def came_in(two: TwoArchives, folder: Path) -> str:
    """The address of a transfer whose disk the other archive took in and checked."""
    row = sent(two, folder, *BOTH)
    receive(two.receiver, folder / "disk", actor=person(two.receiver, "lan"))
    do_all(two.receiver)
    return f"/nop-luu/{row}"


def test_the_other_desk_decides_case_file_by_case_file_and_replies(
    two: TwoArchives, tmp_path: Path
) -> None:
    at = came_in(two, tmp_path)
    here, there = desk(two.giver), desk(two.receiver)
    page = there.get(at).text
    assert "Nhận nộp lưu 01/" in page
    assert "Đã nhận gói tin, chờ quyết định" in page
    assert f"không sớm hơn {clock.today():%d/%m/%Y}" in page, "as far as its manifest tells"
    assert "Nhận từ" in there.get("/nop-luu?direction=in").text
    assert "reply-form" not in there.get(at).text  # nothing is decided yet
    unsaid = post(there, f"{at}/decision", back=RESTRICTED_CODE)
    assert unsaid.status_code == 422
    assert said("transfer-unsaid", item=RESTRICTED_CODE) in unsaid.text
    why = {"back": RESTRICTED_CODE, f"why-{RESTRICTED_CODE}": WRONG}
    assert post(there, f"{at}/decision", **why).status_code == 303
    assert "reply-form" in there.get(at).text
    do_all(two.receiver)
    page = there.get(at).text
    assert WRONG in page
    assert "Đã lưu trữ" in page

    assert post(there, f"{at}/reply").status_code == 303
    page = there.get(at).text
    assert "Phúc đáp lần 1 đã sẵn sàng để tải về." in page
    (address,) = set(re.findall(r'href="([^"]+reply-out-1\.xml)"', page))
    document = there.get(address).data
    assert there.get(address.replace("out-1", "out-9")).status_code == 404

    assert upload(here, f"{at}/replies", "reply", b"<x", "reply-001.xml").status_code == 422
    assert upload(here, f"{at}/replies", "reply", b"", "").status_code == 422
    taken = upload(here, f"{at}/replies", "reply", document, "reply-001.xml")
    assert taken.status_code == 303
    page = here.get(at).text
    assert "Đã đọc phúc đáp." in page
    assert "Bên nhận đã xác nhận" in page
    assert re.search(r"Mã mới \S+ ở ", page)
    assert WRONG in page
    assert "1 hồ sơ bị trả lại hoặc bị dừng sẽ không đưa lại vào đợt này được nữa." in page
    none = post(here, f"{at}/correction")
    assert (none.status_code, said("transfer-unchosen") in none.text) == (422, True)
    assert post(here, f"{at}/correction", correct=RESTRICTED_CODE).status_code == 303
    page = here.get(at).text
    assert "cần đóng gói và gửi lại" in page
    assert '<details class="panel" id="take"' in page, "no reply is to come before it goes again"
    assert 'btn-primary" type="submit" form="build-form"' in page
    assert "amend-form" not in page
    late = post(here, f"{at}/amendment", drop=RESTRICTED_CODE)
    assert late.status_code == 409, "what has a receipt is not taken off with an amendment"
    assert "Bên nhận đã xác nhận" in here.get(at).text


def test_what_is_replied_to_is_closed_and_let_go_by_the_head(
    two: TwoArchives, tmp_path: Path
) -> None:
    at = f"/nop-luu/{replied(two, tmp_path, *BOTH)}"
    lan = desk(two.giver)
    assert post(lan, f"{at}/closing").status_code == 303
    page = lan.get(at).text
    assert "Đã kết thúc đợt nộp lưu." in page
    assert "remove-dialog" not in page
    head = desk(two.giver, HEAD)
    page = head.get(at).text
    assert "Sớm nhất là" in page
    assert "remove-dialog" not in page
    early = post(head, f"{at}/removal", otp=new_otp(two.giver, HEAD))
    assert early.status_code == 409
    case = lan.get(f"/case-files/{OPEN_CODE}").text
    assert "Đã nộp vào lưu trữ khác" in case
    assert at in case


def test_the_head_lets_go_with_the_second_factor(two: TwoArchives, tmp_path: Path) -> None:
    row = closed(two, tmp_path, *BOTH)
    is_over(two.giver, row)
    at, head = f"/nop-luu/{row}", desk(two.giver, HEAD)
    otp = new_otp(two.giver, HEAD)
    assert at in head.get("/approvals").text
    assert "remove-dialog" in head.get(at).text
    wrong = post(head, f"{at}/removal", otp="000000")
    assert wrong.status_code == 403
    assert re.search(r'id="otp"[^>]*aria-invalid="true"', wrong.text)
    assert post(head, f"{at}/removal", otp=otp).status_code == 303
    do_all(two.giver)
    page = head.get(at).text
    assert "Đã nộp lưu, đã xóa bản tại đây" in page
    assert "remove-dialog" not in page
    stub = desk(two.giver).get(f"/case-files/{OPEN_CODE}").text
    assert "Mã hồ sơ ở đó" in stub
    assert at in stub


def test_disks_have_a_place_and_papers_are_made_and_read(two: TwoArchives, tmp_path: Path) -> None:
    row = sent(two, tmp_path, *BOTH)
    at, lan = f"/nop-luu/{row}", desk(two.giver)
    page = lan.get(at).text
    assert "Đĩa và thư mục" in page
    assert post(lan, f"{at}/media/1", place="Tủ 3, ngăn 2").status_code == 303
    assert 'value="Tủ 3, ngăn 2"' in lan.get(at).text
    assert post(lan, f"{at}/media/1", place="").status_code == 422
    assert post(lan, f"{at}/media/7", place="Tủ 3").status_code == 404
    made = post(lan, f"{at}/papers", kind="media")
    assert made.status_code == 303
    paper = lan.get(f"{at}/papers/media.pdf")
    assert paper.data.startswith(b"%PDF")
    assert lan.get(f"{at}/papers/minutes.pdf").status_code == 404
    early = post(lan, f"{at}/papers", kind="catalogue")
    assert early.status_code in (303, 409)
    auditor = desk(two.giver, "kiem")
    assert "/media/1" not in auditor.get(at).text


def test_what_is_withdrawn_after_sending_is_told_by_a_notice(
    two: TwoArchives, tmp_path: Path
) -> None:
    at = came_in(two, tmp_path)
    here, there = desk(two.giver), desk(two.receiver)
    assert post(here, f"{at}/withdrawal", withdraw_reason="Nhầm đợt").status_code == 303
    assert post(here, f"{at}/notice").status_code == 303
    page = here.get(at).text
    assert "Thông báo lần 1 đã sẵn sàng để tải về." in page
    assert 'id="reply"' in page, "the other archive may have been faster, and say so"
    document = here.get(f"{at}/messages/notice-out-1.xml").data
    assert upload(there, f"{at}/notices", "notice", b"", "").status_code == 422
    broken = upload(there, f"{at}/notices", "notice", b"<x", "notice-001.xml")
    assert broken.status_code == 422
    assert re.search(r'id="notice"[^>]*aria-invalid="true"', broken.text)
    taken = upload(there, f"{at}/notices", "notice", document, "notice-001.xml")
    assert taken.status_code == 303
    page = there.get(at).text
    assert "Bên giao đã dừng" in page
    assert "Đã rút" in page


def test_packages_are_sent_to_a_partner_that_has_a_server(two: TwoArchives, tmp_path: Path) -> None:
    at = f"/nop-luu/{packed(two, tmp_path, *BOTH)}"
    lan = desk(two.giver)
    assert "send-form" not in lan.get(at).text
    taker = PartnerFacts(name="Lưu trữ lịch sử", receives=True, url="https://127.0.0.1:9")
    seal = [("seal.crt", two.receiver.signer().certificate.der)]
    known = PartnerGiven(taker, certificates=seal)
    partners_acts.add(two.giver, HISTORICAL_CODE, known, actor=OPERATOR)
    assert "Lưu trữ lịch sử</option>" in lan.get(at).text
    refused = post(lan, f"{at}/sending", to=HISTORICAL_CODE)
    assert refused.status_code in (409, 422), "there is no token yet"
    assert 'role="alert"' in refused.text


def test_sending_that_waits_says_so_and_keeps_its_panel_up_to_date(
    two: TwoArchives, tmp_path: Path
) -> None:
    at = f"/nop-luu/{packed(two, tmp_path, *BOTH)}"
    taker = PartnerFacts(name="Lưu trữ lịch sử", receives=True, url="https://127.0.0.1:9")
    seal = [("seal.crt", two.receiver.signer().certificate.der)]
    known = PartnerGiven(taker, certificates=seal, token=b"t" * 43)
    partners_acts.add(two.giver, HISTORICAL_CODE, known, actor=OPERATOR)
    lan = desk(two.giver)
    assert post(lan, f"{at}/sending", to=HISTORICAL_CODE).status_code == 303
    page = lan.get(at).text
    assert "Đang chờ gửi." in page
    assert 'hx-select="#sending"' in page
    assert "send-form" not in page


def test_both_desks_sign_the_same_minutes(two: TwoArchives, tmp_path: Path) -> None:
    row = taken(two, tmp_path, *BOTH)
    at, here, there = f"/nop-luu/{row}", desk(two.giver), desk(two.receiver)
    assert post(there, f"{at}/papers", kind="minutes").status_code == 303
    post(there, f"{at}/reply")
    reply = there.get(f"{at}/messages/reply-out-1.xml").data
    assert upload(here, f"{at}/replies", "reply", reply, "reply-001.xml").status_code == 303
    unfit = upload(here, f"{at}/minutes", "minutes", b"%PDF-1.7", "bien-ban.pdf")
    assert unfit.status_code == 422
    assert re.search(r'id="minutes"[^>]*aria-invalid="true"', unfit.text)
    sealed = there.get(f"{at}/papers/minutes.pdf").data
    assert upload(here, f"{at}/minutes", "minutes", sealed, "bien-ban.pdf").status_code == 303
    assert "Ký biên bản giao nhận" in here.get(at).text
    assert post(here, f"{at}/minutes/signature").status_code == 303
    signed = here.get(f"{at}/papers/minutes.pdf").data
    assert signed.startswith(sealed)
    assert "Ký biên bản giao nhận" not in here.get(at).text
    assert upload(there, f"{at}/minutes", "minutes", signed, "bien-ban.pdf").status_code == 303
    assert there.get(f"{at}/papers/minutes.pdf").data == signed
