"""«Thời hạn lưu trữ» of a case file: events and groups with a preview, the newer entry taken."""

import datetime as dt
import re
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.retention.retention import RetentionChange, RetentionEvent
from archive_service.services import Services
from retention.holds.acts import place_holds
from retention.terms.changes import set_term
from retention.terms.rules import RetentionRule
from tests.integration.retention.schedules.adopted import adopt, load, written
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import OPEN_CODE
from tests.worlds.retention.schedule_files import TOML

PAGE = f"/case-files/{OPEN_CODE}/term"
DAY = dt.date(2020, 3, 1)
CONTRACT = RetentionRule("H.1", "Hợp đồng", 5, "TT 1, mục 1", event="contract-ends")
DECLARED = RetentionRule("declared", "", 3, "TT 05", "declared", "declared")


def put_under(services: Services, rule: RetentionRule) -> None:
    """Let the open case file fall under a rule, with documents that say no term."""
    with services.writing() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
        for document in row.documents:
            document.maintenance = None
        row.end_date = "2019-05-01"
        set_term(session, row, rule, cause="classified", by="lan")


def at_field(page: str, dialog: str, field: str) -> str:
    """What the dialog that stands open tells below a field that is marked as wrong."""
    asked = page.partition(f'id="{dialog}" open')[2].partition("</dialog>")[0]
    assert re.search(rf'id="{field}"[^>]* aria-invalid="true"', asked), (dialog, field)
    return asked.partition(f'id="{field}-note"')[2].partition("</div>\n    </div>")[0]


def ends_on(services: Services) -> dt.date | None:
    with services.read_only() as session:
        return session.scalar(select(CaseFile.ends_on).where(CaseFile.code == OPEN_CODE))


def counted(services: Services) -> tuple[int, int]:
    """Events and changes of terms that are kept."""
    with services.read_only() as session:
        found = (session.scalars(select(kind)).all() for kind in (RetentionEvent, RetentionChange))
        events, changes = found
        return len(events), len(changes)


def test_an_event_is_seen_before_it_is_recorded_and_taken_back(
    app: Flask, services: Services
) -> None:
    put_under(services, CONTRACT)
    lan = browser_of(app, services, "lan")
    assert f'href="{PAGE}"' in lan.get(f"/case-files/{OPEN_CODE}").text
    assert "chưa ghi nhận việc này" in lan.get(PAGE).text
    before = counted(services)
    told = lan.get(f"{PAGE}/preview?kind=contract-ends&on={DAY}").text
    assert "Ngày cuối sẽ là: 31/12/2025" in told
    assert "không tính từ sự kiện" in lan.get(f"{PAGE}/preview?kind=death&on={DAY}").text
    later = clock.today() + dt.timedelta(days=2)
    early = lan.get(f"{PAGE}/preview?kind=contract-ends&on={later}").text
    assert "Ngày cuối" not in early
    assert "finding error" in early
    assert lan.get(f"{PAGE}/preview?kind=contract-ends&on=").text.strip() == ""
    assert (counted(services), ends_on(services)) == (before, None)
    given = {"kind": "contract-ends", "on": str(DAY), "basis": "BB thanh lý 07/BB"}
    refused = post(lan, f"{PAGE}/events", **given | {"basis": " "})
    assert refused.status_code == 422
    assert "Căn cứ hoặc lý do còn trống" in at_field(refused.text, "event-dialog", "event-basis")
    assert f'value="{DAY:%d/%m/%Y}"' in refused.text
    late = post(lan, f"{PAGE}/events", **given | {"on": str(later)})
    assert "chưa đến" in at_field(late.text, "event-dialog", "on")
    assert "BB thanh lý 07/BB</textarea>" in late.text
    assert post(lan, f"{PAGE}/events", **given | {"on": "hôm qua"}).status_code == 422
    assert post(lan, f"{PAGE}/events", **given).status_code == 303
    assert ends_on(services) == dt.date(2025, 12, 31)
    shown = lan.get(PAGE).text
    assert "BB thanh lý 07/BB" in shown
    (address,) = re.findall(r'action="([^"]+/withdraw)"', shown)
    unsaid = post(lan, address, reason="")
    event = address.rpartition("events/")[2].removesuffix("/withdraw")
    assert unsaid.status_code == 422
    assert at_field(unsaid.text, f"withdraw-{event}", f"withdraw-reason-{event}")
    assert post(lan, address, reason="Ghi nhầm hồ sơ").status_code == 303
    assert ends_on(services) is None
    assert "Ghi nhầm hồ sơ" in lan.get(PAGE).text


def test_an_equivalent_group_is_found_tried_and_chosen_with_a_reason(
    app: Flask, services: Services
) -> None:
    put_under(services, DECLARED)
    lan = browser_of(app, services, "lan")
    found = lan.get(f"{PAGE}/groups?group=ho+so").text
    codes = re.findall(r'name="rule" value="([^"]+)"', found)
    assert codes
    assert "hồ sơ" in found.casefold()
    assert "Không có mục nào" in lan.get(f"{PAGE}/groups?group=khongcogi").text
    assert lan.get(f"{PAGE}/groups?group=").text.strip() == ""
    rule, until = "TT10.2.01", ends_on(services)
    tried = lan.get(f"{PAGE}/preview?rule={rule}").text
    assert "Ngày cuối sẽ là" in tried
    assert "finding error" in lan.get(f"{PAGE}/preview?rule=KHONG.CO").text
    assert ends_on(services) == until
    refused = post(lan, f"{PAGE}/rule", rule=rule, reason="")
    assert refused.status_code == 422
    told = at_field(refused.text, "choose-dialog", "choose-reason")
    assert "Lý do chọn nhóm tương đương TT10.2.01 còn trống." in told
    short = post(lan, f"{PAGE}/rule", rule="TT10.2.01", reason="Cùng loại việc", years="0")
    assert "thấp hơn" in at_field(short.text, "choose-dialog", "years")
    none = post(lan, f"{PAGE}/rule", rule="KHONG.CO", reason="Cùng loại việc")
    assert at_field(none.text, "choose-dialog", "group")
    assert "Cùng loại việc</textarea>" in none.text
    assert post(lan, f"{PAGE}/rule", rule=rule, reason="Cùng loại việc").status_code == 303
    shown = lan.get(PAGE).text
    assert "Cùng loại việc" in shown
    day = ends_on(services)
    assert (f"{day:%d/%m/%Y}" if day else "Vĩnh viễn") in tried
    assert "Các lần đổi thời hạn" in shown


def test_the_newer_entry_is_taken_over_with_a_reason(
    app: Flask, services: Services, tmp_path: Path
) -> None:
    def edition(text: str) -> None:
        adopt(services, load(services, written(tmp_path, text)))

    edition(TOML)
    put_under(services, RetentionRule("A.1", "Hợp đồng", 3, "QĐ 1, mục 1", event="contract-ends"))
    lan = browser_of(app, services, "lan")
    shown = lan.get(PAGE).text
    assert "Bảng thời hạn đang áp dụng nay ghi khác" in shown
    assert "05 năm kể từ khi hợp đồng chấm dứt" in shown
    assert post(lan, f"{PAGE}/rule", rule="A.1", renews="1", reason="").status_code == 422
    assert post(lan, f"{PAGE}/rule", rule="A.1", renews="1", reason="Bảng mới").status_code == 303
    after = lan.get(PAGE).text
    assert "nay ghi khác" not in after
    assert "QĐ 1, mục 1" in after


def test_what_is_held_or_not_ones_own_to_change_shows_no_act(
    app: Flask, services: Services
) -> None:
    put_under(services, CONTRACT)
    given = {"kind": "contract-ends", "on": str(DAY), "basis": "BB 7"}
    for name in ("kiem", "bach"):
        client = browser_of(app, services, name)
        assert 'id="event-dialog"' not in client.get(PAGE).text
        assert post(client, f"{PAGE}/events", **given).status_code == 403
        assert client.get(f"{PAGE}/preview?rule=TT10.2.01").status_code == 403
        assert client.get(f"{PAGE}/groups?group=ho").status_code == 403
    lan = browser_of(app, services, "lan")
    assert 'id="event-dialog"' in lan.get(PAGE).text
    place_holds(
        services, [OPEN_CODE], reason="Thanh tra", authority="KL 1", actor=person(services, "hung")
    )
    shown = lan.get(PAGE).text
    assert 'id="event-dialog"' not in shown
    assert "đang tạm dừng xử lý" in shown
    assert post(lan, f"{PAGE}/events", **given).status_code == 409
    assert ends_on(services) is None


def test_a_case_file_that_is_not_there_has_no_term(app: Flask, services: Services) -> None:
    assert (
        browser_of(app, services, "lan").get("/case-files/H40.18.1999.1.X/term").status_code == 404
    )
