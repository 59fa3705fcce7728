"""Lists of what is due as people at a browser take them from review to decision."""

import re

from flask import Flask

from archive_service import clock, messages
from archive_service.bootstrap import Services
from archive_service.workflow import disposition
from tests.factories.archive import OPERATOR
from tests.factories.browsers import act_on, browser_of, post
from tests.factories.clients import OPEN_CODE, RESTRICTED_CODE
from tests.factories.dispositions import (
    HEAD,
    MET,
    REASON,
    add_agency_head,
    make_due,
    otp_of,
    proposed,
    submitted,
)

SUBMIT = "Trình thủ trưởng cơ quan"
BOTH = (OPEN_CODE, RESTRICTED_CODE)


def test_people_take_a_list_from_review_to_decision(app: Flask, services: Services) -> None:
    make_due(services, *BOTH)
    secret = add_agency_head(services)
    at = f"/dispositions/{proposed(services, *BOTH)['id']}"
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
    met = {"number": "15/QĐ", "decided_on": "2026-01-12", "met_on": "2026-01-20", "met_at": "P2"}
    sat = post(lan, f"{at}/council", minutes=MET.minutes or "", **seats, **met)  # type: ignore[arg-type]  # a form may say a name often
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


def test_the_list_is_narrowed_and_downloaded(app: Flask, services: Services) -> None:
    make_due(services, *BOTH)
    add_agency_head(services)
    lan, head = browser_of(app, services, "lan"), browser_of(app, services, HEAD)
    row = submitted(services, OPEN_CODE)
    act_on(head, f"/dispositions/{row}", "decision", decision="reject", decision_reason="Còn cần")
    assert "Không chấp thuận" in lan.get("/dispositions?kind=destroy").text
    table = lan.get("/dispositions?export=csv")
    assert "Không chấp thuận" in table.get_data(as_text=True)
    assert disposition.show(services, row, actor=OPERATOR)["decision_reason"] == "Còn cần"
    assert browser_of(app, services, "binh").get("/dispositions").status_code == 403


def test_a_review_says_nothing_of_what_is_not_ticked(app: Flask, services: Services) -> None:
    make_due(services, *BOTH)
    at, lan = f"/dispositions/{proposed(services, *BOTH)['id']}", browser_of(app, services, "lan")
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


def test_a_case_file_is_reviewed_with_its_documents_at_hand(app: Flask, services: Services) -> None:
    make_due(services, *BOTH)
    at, lan = f"/dispositions/{proposed(services, *BOTH)['id']}", browser_of(app, services, "lan")
    first, second = f"{at}/items/{OPEN_CODE}", f"{at}/items/{RESTRICTED_CODE}"
    assert f'href="{first}"' in lan.get(at).text
    page = lan.get(first).text
    assert f"/api/v1/case-files/{OPEN_CODE}/files/" in page
    assert f'href="{first}?document=1"' in page
    assert f'href="{second}"' in page
    assert "2020" in page.partition("Mục lục")[0]
    said = {"outcome": "wait", "reason": "Chờ thanh tra", "code": OPEN_CODE}
    done = act_on(lan, at, "review", **said, next=RESTRICTED_CODE)
    assert done.headers["Location"] == second
    last = act_on(
        lan, at, "review", outcome="destroy", reason=REASON, code=RESTRICTED_CODE, next=""
    )
    assert last.headers["Location"] == f"{at}#item-{RESTRICTED_CODE}"
    assert "Chờ thanh tra" in lan.get(first).text
    assert lan.get(f"{at}/items/H40.18.1.X").status_code == 404
    assert browser_of(app, services, "binh").get(first).status_code == 403


def test_earlier_opinions_and_decisions_stand_beside_a_case_file(
    app: Flask, services: Services
) -> None:
    make_due(services, *BOTH)
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
    second = proposed(services, *BOTH)["id"]
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


def test_codes_of_a_proposal_stand_apart_by_commas_or_lines(app: Flask, services: Services) -> None:
    make_due(services, *BOTH)
    lan = browser_of(app, services, "lan")
    made = post(lan, "/dispositions", codes=", ".join(BOTH), kind="destroy", reason=REASON)
    assert made.status_code == 303
    page = lan.get(made.headers["Location"]).text
    assert all(f'id="item-{code}"' in page for code in BOTH)
