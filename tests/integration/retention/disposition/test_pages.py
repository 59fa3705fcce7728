"""Lists of what is due as people at a browser take them from review to decision."""

import datetime as dt
import re

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service import clock, messages
from archive_service.domain.people.account import Account
from archive_service.services import Services
from retention.disposition import acts as disposition_acts
from retention.holds.acts import place_holds
from tests.worlds.archive import OPERATOR, person
from tests.worlds.browsers import act_on, browser_of, post
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.retention.dispositions import (
    HEAD,
    MINUTES,
    REASON,
    add_agency_head,
    make_due,
    otp_of,
    proposed,
    reviewed,
    submitted,
)

SUBMIT = "Trình thủ trưởng cơ quan"
BOTH = (OPEN_CODE, RESTRICTED_CODE)


def test_each_bar_of_acts_names_its_own_reason(app: Flask, services: Services) -> None:
    make_due(services, OPEN_CODE)
    row = reviewed(services, OPEN_CODE)
    page = browser_of(app, services, "lan").get(f"/dispositions/{row}").text
    assert re.findall(r'class="why" id="([a-z-]+)"', page) == ["why", "why-review"]


@pytest.mark.usefixtures("both_due")
def test_people_take_a_list_from_review_to_decision(app: Flask, services: Services) -> None:
    secret = add_agency_head(services)
    at = f"/dispositions/{proposed(services, *BOTH).id}"
    lan, bach = browser_of(app, services, "lan"), browser_of(app, services, "bach")
    head = browser_of(app, services, HEAD)
    page = lan.get(at).text
    assert OPEN_CODE in page
    assert "Xem xét hủy" in page
    outcome = {"outcome": "keep", "years": "10", "reason": REASON, "code": OPEN_CODE}
    assert act_on(lan, at, "review", **outcome).status_code == 303
    gone = {"outcome": "destroy", "reason": REASON, "code": RESTRICTED_CODE}
    assert act_on(lan, at, "review", **gone).status_code == 303
    page = lan.get(at).text
    assert "Giữ tiếp 10 năm" in page
    assert "Còn thiếu: thành phần hội đồng, " in page
    assert f'aria-disabled="true" aria-describedby="why">{SUBMIT}' in page
    seats = {
        "name": ["Trần Văn Bình", "Lê Thị Lan", "Nguyễn Văn Bách", ""],
        "position": ["Phó Chánh Văn phòng", "Lưu trữ viên", "Chuyên viên", ""],
        "duty": ["chair", "secretary", "member", "member"],
        "account": ["", "lan", "bach", ""],
    }
    today = str(clock.today())
    met = {"number": "15/QĐ", "decided_on": today, "met_on": today, "met_at": "P2"}
    sat = post(lan, f"{at}/council", minutes=MINUTES, **seats, **met)  # type: ignore[arg-type]  # a form may say a name often
    assert sat.status_code == 303
    act_on(lan, at, "votes", agrees="yes", name="Trần Văn Bình")
    act_on(lan, at, "votes", agrees="yes")
    assert "Ý kiến của bạn" in bach.get(at).text
    act_on(bach, at, "votes", agrees="no", opinion="Còn giá trị")
    assert "Còn giá trị" in lan.get(at).text
    assert f'type="submit">{SUBMIT}' in lan.get(at).text
    assert act_on(lan, at, "submit").status_code == 303
    inbox = head.get("/approvals").text
    assert "2/3 thành viên đồng ý" in inbox
    assert at in inbox
    assert "<dt>hồ sơ giữ tiếp</dt><dd>1</dd>" in inbox
    page = head.get(at).text
    assert (
        page.index('name="otp"') < page.index('id="items-title"') < page.index('id="council-title"')
    )
    asked = page[page.index('id="approve-dialog"') :].partition("</dialog>")[0]
    assert "<dt>hồ sơ hủy</dt><dd>1</dd><dt>hồ sơ giữ tiếp</dt><dd>1</dd>" in asked
    assert 'btn-danger" type="submit" form="decide-form" name="decision" value="approve"' in asked
    bare = act_on(head, at, "decision", decision="approve")
    assert bare.status_code == 403
    act_on(head, at, "decision", decision="approve", otp=otp_of(secret), decision_number="7/QĐ")
    assert "7/QĐ" in lan.get(at).text
    assert act_on(lan, at, "execute").status_code == 303
    assert "Đang thi hành" in lan.get(at).text
    assert "Đang thi hành" in lan.get("/dispositions?state=executing").text
    assert "Chưa có danh sách nào" in lan.get("/dispositions?state=rejected").text


@pytest.mark.usefixtures("both_due")
def test_who_has_no_second_factor_is_told_so_before_deciding(
    app: Flask, services: Services
) -> None:
    secret = add_agency_head(services)
    head, at = browser_of(app, services, HEAD), f"/dispositions/{submitted(services, OPEN_CODE)}"
    page = head.get(at).text
    (field,) = re.findall(r'<input[^>]* name="otp"[^>]*>', page)
    assert 'required pattern="[0-9]{6}"' in field
    assert 'data-opens="approve-dialog" data-checks="decide-form"' in page
    assert re.search(r"formnovalidate[^>]* value=\"reject\"", page), "refusing asks for no code"
    take_second_factor_away(services, HEAD)
    page = head.get(at).text
    assert "Tài khoản của bạn chưa đăng ký xác thực thứ hai" in page
    assert 'name="otp"' not in page
    assert 'aria-disabled="true" aria-describedby="otp"' in page
    assert 'data-opens="approve-dialog"' not in page
    refused = act_on(head, at, "decision", decision="approve", otp=otp_of(secret))
    assert refused.status_code == 403
    said = act_on(head, at, "decision", decision="reject", decision_reason="Còn cần")
    assert said.status_code == 303


def take_second_factor_away(services: Services, name: str) -> None:
    with services.writing() as session:
        row = session.scalars(select(Account).where(Account.name == name)).one()
        row.totp_secret = None


@pytest.mark.usefixtures("both_due")
def test_the_list_is_narrowed_and_downloaded(app: Flask, services: Services) -> None:
    add_agency_head(services)
    lan, head = browser_of(app, services, "lan"), browser_of(app, services, HEAD)
    row = submitted(services, OPEN_CODE)
    act_on(head, f"/dispositions/{row}", "decision", decision="reject", decision_reason="Còn cần")
    assert "Không chấp thuận" in lan.get("/dispositions?kind=destroy").text
    table = lan.get("/dispositions?export=csv")
    assert "Không chấp thuận" in table.get_data(as_text=True)
    assert disposition_acts.show(services, row, actor=OPERATOR).decision_reason == "Còn cần"
    assert browser_of(app, services, "binh").get("/dispositions").status_code == 403


@pytest.mark.usefixtures("both_due")
def test_a_review_says_nothing_of_what_is_not_ticked(app: Flask, services: Services) -> None:
    at, lan = f"/dispositions/{proposed(services, *BOTH).id}", browser_of(app, services, "lan")
    kept = {"outcome": "keep", "years": "10", "reason": "Còn dùng", "code": OPEN_CODE}
    assert act_on(lan, at, "review", **kept).status_code == 303
    page = lan.get(at).text
    other = page[page.index(f">{RESTRICTED_CODE}<") :].partition("</tr>")[0]
    assert "Hủy" not in other
    assert "Còn dùng" not in other
    unsaid = act_on(lan, at, "review", outcome="destroy", reason="Hết giá trị")
    assert unsaid.status_code == 422
    assert messages.text("errors.disposition-unchosen.message", "vi") in unsaid.text
    assert 'value="Hết giá trị"' in unsaid.text
    half = act_on(lan, at, "submit")
    assert half.status_code == 409
    assert f"1 hồ sơ chưa xét: {RESTRICTED_CODE}" in half.text


@pytest.mark.usefixtures("both_due")
def test_a_case_file_is_reviewed_with_its_documents_at_hand(app: Flask, services: Services) -> None:
    at, lan = f"/dispositions/{proposed(services, *BOTH).id}", browser_of(app, services, "lan")
    first, second = f"{at}/items/{OPEN_CODE}", f"{at}/items/{RESTRICTED_CODE}"
    assert f'href="{first}"' in lan.get(at).text
    page = lan.get(first).text
    assert f"/api/v1/case-files/{OPEN_CODE}/files/" in page
    assert f'href="{first}?document=1"' in page
    assert f'href="{second}"' in page
    assert "2020" in page.partition("Mục lục")[0]
    said = {"outcome": "wait", "reason": "Chờ thanh tra"}
    done = act_on(lan, first, "review", **said, next=RESTRICTED_CODE)
    assert done.headers["Location"] == second
    last = act_on(lan, second, "review", outcome="destroy", reason=REASON, next="")
    assert last.headers["Location"] == f"{at}#item-{RESTRICTED_CODE}"
    assert "Chờ thanh tra" in lan.get(first).text
    assert lan.get(f"{at}/items/H40.18.1.X").status_code == 404
    assert browser_of(app, services, "binh").get(first).status_code == 403


@pytest.mark.usefixtures("both_due")
def test_earlier_opinions_and_decisions_stand_beside_a_case_file(
    app: Flask, services: Services
) -> None:
    add_agency_head(services)
    lan, head = browser_of(app, services, "lan"), browser_of(app, services, HEAD)
    first = submitted(services, OPEN_CODE)
    refused = {
        "decision": "reject",
        "decision_number": "9/QĐ",
        "decision_reason": "Đang tranh chấp",
    }
    assert act_on(head, f"/dispositions/{first}", "decision", **refused).status_code == 303
    assert "Chưa có danh sách nào" in lan.get(f"/dispositions/{first}/items/{OPEN_CODE}").text
    second = proposed(services, *BOTH).id
    other = lan.get(f"/dispositions/{second}/items/{RESTRICTED_CODE}").text
    assert "Chưa có danh sách nào trước đây nêu hồ sơ này." in other
    page = lan.get(f"/dispositions/{second}/items/{OPEN_CODE}").text
    told = page.partition('id="earlier-title"')[2].partition("</section>")[0]
    (number,) = re.findall(r"Hủy (\d+/\d+)</a>", told)
    assert f'href="/dispositions/{first}#item-{OPEN_CODE}">Hủy {number}' in told
    for said in ("Không chấp thuận", f"Hủy: {REASON}", "3/3 thành viên đồng ý", "Đang tranh chấp"):
        assert said in told, said
    day = clock.local(clock.now()).strftime("%d/%m/%Y")
    assert re.search(rf"Xét: [^<]+, {day}", told)
    assert re.search(rf"Quyết định: [^<]+, {day}", told)
    assert "Lê Thị Lan: Đồng ý" in told


@pytest.mark.usefixtures("both_due")
def test_case_files_ticked_where_they_fall_due_are_proposed_or_each_row_says_why_not(
    app: Flask, services: Services
) -> None:
    lan = browser_of(app, services, "lan")
    over = "/case-files?state=stored&ends=over"
    assert 'formaction="/dispositions/new"' in lan.get(over).text
    assert 'formaction="/dispositions/new"' not in lan.get("/case-files").text
    (every,) = re.findall(r'href="(/dispositions/new\?[^"]*all=1[^"]*)"', lan.get(over).text)
    hung = person(services, "hung")
    place_holds(services, [RESTRICTED_CODE], reason="Thanh tra", authority="12/QĐ", actor=hung)
    page = lan.get(every.replace("&amp;", "&")).text
    assert "1 hồ sơ không được đề nghị" in page
    assert "Hồ sơ đang tạm dừng xử lý." in row_of(page, RESTRICTED_CODE)
    assert 'type="checkbox"' not in row_of(page, RESTRICTED_CODE)
    assert f'name="code" value="{OPEN_CODE}" checked' in row_of(page, OPEN_CODE)
    wanted = {"kind": "destroy", "reason": "Hết giá trị"}
    refused = post(lan, "/dispositions", codes="", **wanted | {"code": list(BOTH)})  # type: ignore[arg-type]  # a form may say a name often
    assert refused.status_code == 422
    assert "Hồ sơ đang tạm dừng xử lý." in row_of(refused.text, RESTRICTED_CODE)
    assert ">Hết giá trị</textarea>" in refused.text
    assert "Chưa có danh sách nào" in lan.get("/dispositions").text, "nothing is half-done"
    wordless = post(lan, "/dispositions", code=OPEN_CODE, kind="destroy", reason=" ")
    assert wordless.status_code == 422
    assert 'aria-invalid="true" aria-describedby="reason-note"' in wordless.text
    assert f'name="code" value="{OPEN_CODE}" checked' in wordless.text
    made = post(lan, "/dispositions", code=OPEN_CODE, kind="destroy", reason="Hết giá trị")
    assert made.status_code == 303
    at = made.headers["Location"]
    due = lan.get(over).text
    assert f'href="{at}"' in row_of(due, OPEN_CODE)
    assert "Trong danh sách xem xét hủy 01/" in row_of(due, OPEN_CODE)
    assert 'name="code"' not in row_of(due, OPEN_CODE), "it is not ticked for a second list"
    assert 'name="code"' in row_of(due, RESTRICTED_CODE)
    assert "Đề nghị cả 1 hồ sơ" in due
    page = lan.get(every.replace("&amp;", "&")).text
    assert f">{OPEN_CODE}</a>" not in page, "all of the list is all that is on none yet"
    assert f'href="{at}"' in browser_of(app, services, "hung").get(over).text
    assert at not in browser_of(app, services, "binh").get(over).text
    again = lan.get(f"/dispositions/new?code={OPEN_CODE}").text
    assert "Hồ sơ đã có trong danh sách" in row_of(again, OPEN_CODE)
    unknown = post(lan, "/dispositions", codes="H40.18.1.X", kind="destroy", reason="Hết hạn")
    assert unknown.status_code == 404
    assert 'aria-invalid="true" aria-describedby="codes-note"' in unknown.text
    assert ">H40.18.1.X</textarea>" in unknown.text


def row_of(page: str, code: str) -> str:
    """The row of a case file in a table, from the tag that opens it."""
    return next(row for row in page.split("<tr>") if f">{code}</a>" in row)


def at_field(page: str, name: str) -> str:
    """What is told below a field that is marked as wrong and described by it."""
    field = re.search(rf'<(?:input|select|textarea)[^>]* id="{name}"[^>]*>', page)
    assert field, name
    assert f'aria-invalid="true" aria-describedby="{name}-note"' in field[0], field[0]
    return page.partition(f'id="{name}-note"')[2].partition("</div>\n    </div>")[0]


@pytest.mark.usefixtures("both_due")
def test_what_refuses_a_form_stands_at_its_field_and_what_was_typed_stays(
    app: Flask, services: Services
) -> None:
    add_agency_head(services)
    at, lan = f"/dispositions/{proposed(services, *BOTH).id}", browser_of(app, services, "lan")
    said = {"code": OPEN_CODE, "outcome": "keep", "years": "mười", "reason": "Còn dùng"}
    refused = act_on(lan, at, "review", **said)
    assert refused.status_code == 422
    why = messages.text("errors.disposition-years.message", "vi")
    assert why in at_field(refused.text, "years")
    assert 'value="mười"' in refused.text
    alone = act_on(lan, f"{at}/items/{OPEN_CODE}", "review", **said, next="")
    assert alone.status_code == 422
    assert 'id="earlier-title"' in alone.text, "the page of the case file, with its form"
    assert why in at_field(alone.text, "years")
    assert 'value="Còn dùng"' in alone.text
    wordless = act_on(lan, at, "review", code=OPEN_CODE, outcome="destroy", reason=" ")
    assert "Trường “Lý do” còn trống" in at_field(wordless.text, "review-reason")
    for code in BOTH:
        act_on(lan, at, "review", code=code, outcome="destroy", reason=REASON)
    seats = {
        "account": ["lan", "bach", ""],
        "name": ["", "", "Trần Văn Bình"],
        "position": ["Lưu trữ viên", "Chuyên viên", "Phó Chánh Văn phòng"],
        "duty": ["chair", "chair", "member"],
    }
    page = post(lan, f"{at}/council", **seats).text  # type: ignore[arg-type]  # a form may say a name often
    wrong = page.partition('id="members-note"')[2].partition('class="form-text"')[0]
    assert "Hội đồng có một chủ tịch, một thư ký" in wrong
    assert re.search(r'<option value="bach" selected>', page)
    assert 'id="name-2" name="name" maxlength="200" value="Trần Văn Bình"' in page
    today = clock.today()
    before = today - dt.timedelta(days=1)
    early = {"number": "15/QĐ", "decided_on": str(today), "met_on": str(before)}
    late = act_on(lan, at, "council", **early)
    days = f"Ngày {before:%d/%m/%Y} đứng trước ngày {today:%d/%m/%Y}"
    assert days in at_field(late.text, "met_on")
    assert 'value="15/QĐ"' in late.text
    seats |= {"account": ["lan", "nobody", ""], "duty": ["chair", "secretary", "member"]}
    gone = post(lan, f"{at}/council", **seats)  # type: ignore[arg-type]  # the same
    assert "Không có tài khoản “nobody”" in at_field(gone.text, "account-1")


def test_members_are_chosen_among_accounts_that_may_vote_or_named(
    app: Flask, services: Services
) -> None:
    make_due(services, OPEN_CODE)
    lan = browser_of(app, services, "lan")
    at = f"/dispositions/{reviewed(services, OPEN_CODE)}"
    chooses = lan.get(at).text.partition('id="account-0"')[2].partition("</select>")[0]
    offered = re.findall(r'<option value="(\w+)"', chooses)
    assert {"lan", "bach"} <= set(offered)
    assert "binh" not in offered, "a reader sits on no council"
    assert re.search(r'<option value="lan" >[^<]+ · Lưu trữ viên', chooses)
    with services.writing() as session:
        for account in session.scalars(select(Account).where(Account.name == "bach")):
            account.display_name, account.position = "Nguyễn Văn Bách", "Chuyên viên chính"
    seats = {
        "account": ["", "bach", "lan"],
        "name": ["Trần Văn Bình", "", "Lê Thị Lan"],
        "position": ["Phó Chánh Văn phòng", "", "Lưu trữ viên"],
        "duty": ["chair", "secretary", "member"],
    }
    assert post(lan, f"{at}/council", **seats).status_code == 303  # type: ignore[arg-type]  # a form may say a name often
    page = lan.get(at).text
    assert 'Nguyễn Văn Bách<span class="meta d-block">Chuyên viên chính</span>' in page
    assert 'Trần Văn Bình<span class="meta d-block">Phó Chánh Văn phòng</span>' in page


@pytest.mark.usefixtures("both_due")
def test_codes_of_a_proposal_stand_apart_by_commas_or_lines(app: Flask, services: Services) -> None:
    lan = browser_of(app, services, "lan")
    made = post(lan, "/dispositions", codes=", ".join(BOTH), kind="destroy", reason=REASON)
    assert made.status_code == 303
    page = lan.get(made.headers["Location"]).text
    assert all(f'id="item-{code}"' in page for code in BOTH)
