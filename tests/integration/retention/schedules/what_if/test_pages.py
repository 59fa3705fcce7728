"""A draft tried on its page and over REST: asked for, told with pictures, listed, thrown away."""

from pathlib import Path
from uuid import UUID

from flask import Flask

from archive_service.services import Services
from tests.integration.retention.schedules.what_if.drafted import draft
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, Program, do_all
from tests.worlds.retention.dispositions import make_due


def address_of(schedule: UUID) -> str:
    return f"/retention-schedules/{schedule}"


def test_a_draft_is_tried_on_its_page(app: Flask, services: Services, tmp_path: Path) -> None:
    make_due(services, OPEN_CODE, RESTRICTED_CODE)
    schedule = draft(services, tmp_path, "years = 90")
    lan, address = browser_of(app, services, "lan"), address_of(schedule)
    assert "Thử bản nháp này" in lan.get(address).text
    assert lan.get(f"{address}/trial").status_code == 404
    assert post(lan, f"{address}/trial").status_code == 303
    assert "Đang thử: đã xét 0 hồ sơ" in lan.get(address).text
    do_all(services)
    shown = lan.get(address).text
    assert "hồ sơ đổi ngày cuối" in shown
    assert "Hồ sơ đổi ngày cuối, theo năm hết hạn" in shown
    listed = lan.get(f"{address}/trial?turn=later").text
    assert OPEN_CODE in listed
    assert "31/12/2105" in listed
    assert "Không có hồ sơ nào" in lan.get(f"{address}/trial?turn=earlier").text
    follows = lan.get(f"{address}/trial?after={max(OPEN_CODE, RESTRICTED_CODE)}").text
    assert f'/case-files/{OPEN_CODE}"' not in follows
    assert OPEN_CODE in lan.get(f"{address}/trial?export=csv").text
    assert post(lan, f"{address}/trial/discard").status_code == 303
    assert lan.get(f"{address}/trial").status_code == 404


def test_a_draft_that_no_case_file_falls_under_says_so(
    app: Flask, services: Services, tmp_path: Path
) -> None:
    schedule = draft(services, tmp_path, "years = 90")
    lan, address = browser_of(app, services, "lan"), address_of(schedule)
    assert post(lan, f"{address}/trial").status_code == 303
    do_all(services)
    shown = lan.get(address).text
    assert "Không có hồ sơ nào thuộc các mục của bảng" in shown
    assert "dung lượng của các hồ sơ đó" not in shown


def test_who_tries_none_sees_no_panel(app: Flask, services: Services, tmp_path: Path) -> None:
    schedule = draft(services, tmp_path, "years = 90")
    auditor, address = browser_of(app, services, "kiem"), address_of(schedule)
    assert "Thử bản nháp này" not in auditor.get(address).text
    assert post(auditor, f"{address}/trial").status_code == 403


def test_a_draft_is_tried_over_rest(
    services: Services, archivist: Program, officer: Program, tmp_path: Path
) -> None:
    make_due(services, OPEN_CODE, RESTRICTED_CODE)
    address = f"{address_of(draft(services, tmp_path, 'years = 90'))}/trial"
    assert archivist.get(address).status_code == 404
    begun = archivist.post(address)
    assert (begun.status_code, begun.get_json()["done_at"]) == (202, None)
    do_all(services)
    told = archivist.get(address).get_json()
    assert told["counts"]["moved"] == 2
    first, second = sorted((OPEN_CODE, RESTRICTED_CODE))
    items = archivist.get(f"{address}/items?after={first}").get_json()["items"]
    assert [(entry["code"], entry["turn"]) for entry in items] == [(second, "later")]
    assert archivist.get(f"{address}/items?turn=sideways").status_code == 422
    assert officer.post(address).status_code == 403
    assert archivist.ask("DELETE", address).status_code == 204
    assert archivist.get(address).status_code == 404
