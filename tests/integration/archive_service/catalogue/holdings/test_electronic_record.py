"""Hồ sơ lưu trữ điện tử: what gives that standing, where it is told, what hangs on it."""

import datetime as dt
from pathlib import Path

from flask import Flask
from sqlalchemy import select, update

from archive_service import clock
from archive_service.catalogue.holdings.listing import Narrowing, find_case_files
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.services import Services
from ingest.submissions import acts as submissions_acts
from tests.integration.digitize.paper.mixed import SHEETS, make_mixed
from tests.worlds.archive import person, small_pdf_case
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, Program, do_all, program_of

NEW_CODE = "H40.18.2025.09.QLCT"
WORDS = "Hồ sơ lưu trữ điện tử"
COUNTED = {"rows": [{"code": OPEN_CODE, "sheets": SHEETS}], "giver": "Nguyễn Thị Hoa"}


def event_times(services: Services, subject: str, tag: str) -> list[dt.datetime]:
    """When acts of this kind were done on it."""
    wanted = (AuditEvent.subject_id == subject, AuditEvent.tag == tag)
    with services.read_only() as session:
        return list(session.scalars(select(AuditEvent.at).where(*wanted)))


def test_it_is_one_once_every_copy_holds_it_and_its_paper_was_received(
    archivist: Program, services: Services
) -> None:
    make_mixed(services)
    whole = archivist.get(f"/case-files/{RESTRICTED_CODE}").get_json()
    assert whole["is_electronic_record"]
    assert whole["electronic_record"]["act"] == "case-file:stored"
    first = min(event_times(services, whole["id"], "case-file:stored"))
    assert whole["electronic_record"]["since"] == clock.iso(first)
    half = archivist.get(f"/case-files/{OPEN_CODE}").get_json()
    assert (half["is_electronic_record"], half["electronic_record"]) == (False, None)
    before = clock.now().replace(microsecond=0)
    assert archivist.post("/paper/handovers", json=COUNTED).status_code == 201
    now = archivist.get(f"/case-files/{OPEN_CODE}").get_json()
    assert now["electronic_record"]["act"] == "paper:received"
    assert clock.parse_iso(now["electronic_record"]["since"]) >= before
    listed = {case["code"]: case for case in archivist.get("/case-files").get_json()["cases"]}
    assert listed[OPEN_CODE]["is_electronic_record"]


def test_what_is_being_destroyed_is_none_any_more(archivist: Program, services: Services) -> None:
    def told() -> tuple[bool, bool, list[str]]:
        one = archivist.get(f"/case-files/{RESTRICTED_CODE}").get_json()
        with services.read_only() as session:
            narrowing, actor = Narrowing(electronic=True), person(services, "lan")
            rows, _ = find_case_files(session, narrowing, actor=actor, limit=10)
        codes = sorted(row.code for row in rows)
        return one["is_electronic_record"], one["electronic_record"] is not None, codes

    assert told() == (True, True, sorted([OPEN_CODE, RESTRICTED_CODE]))
    with services.writing() as session:
        claimed = update(CaseFile).where(CaseFile.code == RESTRICTED_CODE)
        session.execute(claimed.values(removing_since=clock.now()))
    assert told() == (False, False, [OPEN_CODE])


def test_pages_tell_it_and_the_list_is_narrowed_by_it(
    app: Flask, services: Services, archivist: Program
) -> None:
    make_mixed(services)
    browser = browser_of(app, services, "lan")
    assert WORDS in browser.get(f"/case-files/{RESTRICTED_CODE}").text.partition("page-head")[2]
    assert "Ghi và đọc lại đủ ở mọi kho" in browser.get(f"/case-files/{RESTRICTED_CODE}").text
    assert f"> {WORDS}<" not in browser.get(f"/case-files/{OPEN_CODE}").text
    lists = {
        record: browser.get(f"/case-files?record={record}").text.partition("<tbody>")[2]
        for record in ("electronic", "not-yet")
    }
    assert RESTRICTED_CODE in lists["electronic"]
    assert OPEN_CODE not in lists["electronic"]
    assert OPEN_CODE in lists["not-yet"]
    assert RESTRICTED_CODE not in lists["not-yet"]
    with services.read_only() as session:
        actor = person(services, "lan")
        for wanted in (True, False):
            narrowing = Narrowing(electronic=wanted)
            rows, total = find_case_files(session, narrowing, actor=actor, limit=10)
            assert (len(rows), total) == (1, 1)


def test_what_hangs_on_it_begins_with_it(
    app: Flask, services: Services, archivist: Program, tmp_path: Path
) -> None:
    """Until then the sender may take it back and it is not given out; from then on neither."""
    folder = small_pdf_case(tmp_path / "new", code=NEW_CODE)
    (submission,) = submissions_acts.submit(
        folder, actor=person(services, "bach"), services=services
    )
    do_all(services)
    officer = program_of(app, services, "bach")
    assert archivist.post(f"/submissions/{submission}/accept", json={}).status_code == 200
    waiting = archivist.get(f"/case-files/{NEW_CODE}").get_json()
    assert (waiting["state"], waiting["electronic_record"]) == ("accepted", None)
    early = archivist.get(f"/case-files/{NEW_CODE}/export?form=aip")
    assert early.status_code == 409
    do_all(services)
    assert archivist.get(f"/case-files/{NEW_CODE}").get_json()["is_electronic_record"]
    assert archivist.get(f"/case-files/{NEW_CODE}/export?form=aip").status_code == 200
    late = officer.post(f"/submissions/{submission}/withdraw", json={})
    assert (late.status_code, late.get_json()["code"]) == (409, "submission-state")
    data = f"/case-files/{NEW_CODE}/description"
    edition = archivist.get(data).get_json()["edition"]
    change = {"fields": {"title": "Khác"}, "reason": "thử", "edition": edition}
    edited = officer.ask("PATCH", data, json=change)
    assert (edited.status_code, edited.get_json()["code"]) == (403, "act-not-allowed")
    versions = archivist.get(f"/case-files/{NEW_CODE}").get_json()["package"]["version"]
    assert archivist.ask("PATCH", data, json=change).status_code == 200
    do_all(services)
    after = archivist.get(f"/case-files/{NEW_CODE}").get_json()
    assert after["package"]["version"] == versions + 1
    assert after["electronic_record"]["since"] < after["package"]["versions"][-1]["built_at"]
