"""Drafts over HTTP: whose they are, what is told when all is not as it was, what a page asks."""

import html
import json
import re
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from archive_service.app import create_app
from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.people.account import Account
from archive_service.services import Services
from archive_service.worker import work
from ingest.drafts import acts as drafts_acts
from ingest.drafts.hand_in import annex_findings
from ingest.drafts.shown import DraftChangedError
from ingest.drafts.taking import take_uploads
from ingest.submissions import queries
from ingest.uploads.acts import upload_folder
from tests.integration.ingest.drafts.taken import (
    TITLE,
    add_officer,
    add_plan,
    draft_id,
    services,
    take,
    uploaded,
)
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of, counted, post
from tests.worlds.clients import session_token

__all__ = ["draft_id", "services"]  # fixtures


@pytest.fixture(scope="module")
def officer(services: Services) -> FlaskClient:
    return browser_of(create_app(services), services, "bach")


@pytest.fixture(scope="module")
def stranger(services: Services) -> FlaskClient:
    return browser_of(create_app(services), services, "stranger")


def htmx(client: FlaskClient, address: str, **form: str) -> TestResponse:
    data = {"csrf_token": session_token(client), **form}
    return client.post(address, data=data, headers={"HX-Request": "true"})


def test_another_agencys_draft_is_not_there_for_any_act(
    services: Services, stranger: FlaskClient, draft_id: UUID
) -> None:
    assert stranger.get(f"/drafts/{draft_id}").status_code == 404
    assert stranger.get(f"/drafts/{draft_id}/parts").status_code == 404
    for act, form in (
        ("fields", {"row": "0", "name": "title", "value": "x"}),
        ("fields/others", {"row": "1", "name": "organName"}),
        ("arrange", {"act": "by-time"}),
        ("remove", {"row": "1"}),
        ("paper", {}),
        ("proposals", {"shown": "[]"}),
        ("rules", {"rules": ""}),
        ("discard", {}),
        ("hand-in", {}),
    ):
        assert post(stranger, f"/drafts/{draft_id}/{act}", **form).status_code == 404, act
    assert take(stranger, draft_id, uploaded(services, draft_id, "a.pdf")).status_code == 404
    with services.read_only() as session:
        assert session.get_one(Submission, draft_id).state is SubmissionState.DRAFT


def test_a_reader_may_begin_none(services: Services) -> None:
    reader = browser_of(create_app(services), services, "binh")
    assert post(reader, "/drafts").status_code == 403


def test_an_unknown_entry_of_the_plan_opens_no_draft(
    officer: FlaskClient, stranger: FlaskClient, services: Services
) -> None:
    (entry,) = add_plan(services, 2040, "bach")  # due long after today
    before = drafts_there(services)
    for client, named in ((officer, uuid4()), (stranger, entry)):  # the second is another agency's
        for refused in (
            post(client, "/drafts", entry=str(named)),
            client.get(f"/submit?entry={named}"),
        ):
            assert refused.status_code == 404
            assert "Không có mục danh mục hồ sơ nào" in html.unescape(refused.text)
    assert drafts_there(services) == before


def drafts_there(services: Services) -> int:
    with services.read_only() as session:
        return session.query(Draft).count()


def test_what_was_dropped_is_in_the_draft_and_what_was_refused_is_told(
    officer: FlaskClient, services: Services
) -> None:
    good = uploaded(services, uuid4(), "tờ trình.pdf")
    form = {"upload": [str(good), str(uuid4()), str(uuid4())], "csrf_token": session_token(officer)}
    begun = officer.post("/drafts", data=form)
    assert begun.status_code == 303
    page = html.unescape(officer.get(begun.headers["Location"]).text)
    assert "tờ trình.pdf" in page
    assert "Còn 1 tệp nữa cũng chưa được nhận." in page
    assert post(officer, "/drafts", upload="mot").status_code == 400


def test_a_field_is_saved_and_the_list_comes_with_the_answer(
    officer: FlaskClient, draft_id: UUID
) -> None:
    path = f"/drafts/{draft_id}/fields"
    saved = htmx(officer, path, row="0", name="title", value=TITLE, was="")
    assert saved.status_code == 200
    for part in ("documents", "checks", "saved", "why", "f-0-title-note"):
        assert f'id="{part}"' in saved.text
    stale = htmx(officer, path, row="0", name="title", value="Khác", was="")
    assert stale.status_code == 409
    assert TITLE in html.unescape(stale.text)
    assert htmx(officer, path, row="0", name="nonsense", value="x").status_code == 422
    assert htmx(officer, path, row="7", name="subject", value="x").status_code == 409
    assert htmx(officer, path, row="x", name="subject", value="x").status_code == 400


def test_an_upload_cut_off_is_shown_and_waits(
    services: Services, officer: FlaskClient, draft_id: UUID
) -> None:
    folder = upload_folder(services)
    folder.begin(owner="bach", name="dở dang.pdf", size_bytes=10, into=str(draft_id))
    page = html.unescape(officer.get(f"/drafts/{draft_id}").text)
    assert "dở dang.pdf" in page
    assert 'class="draft-document' not in page


def test_an_order_that_changed_meanwhile_is_told(
    services: Services, officer: FlaskClient, draft_id: UUID
) -> None:
    for name in ("a.pdf", "b.pdf"):
        take(officer, draft_id, uploaded(services, draft_id, name, name.encode()))
    path = f"/drafts/{draft_id}/arrange"
    assert htmx(officer, path, act="down", row="1", seen="1,2").status_code == 200
    stale = htmx(officer, path, act="down", row="1", seen="1,2")
    assert stale.status_code == 409
    assert 'data-order="2,1"' in stale.text
    assert htmx(officer, path, act="under", row="2", seen="2,1").status_code == 422  # the first
    assert htmx(officer, path, act="under", row="1", seen="2,1").status_code == 200
    assert htmx(officer, path, act="out", path="a.pdf", seen="2").status_code == 200
    assert htmx(officer, path, act="out", path="gone.pdf", seen="2,1").status_code == 409
    assert htmx(officer, path, act="to", row="1", place="0", seen="2,1").status_code == 200
    assert htmx(officer, path, act="dance", row="1", seen="1,2").status_code == 400
    gone = htmx(officer, f"/drafts/{draft_id}/remove", row="1")
    assert 'data-order="2"' in gone.text
    assert htmx(officer, f"/drafts/{draft_id}/remove", row="1").status_code == 200  # already


def test_what_became_an_annex_goes_back_as_it_was_and_is_told_where_it_bears_a_number(
    services: Services, officer: FlaskClient, draft_id: UUID
) -> None:
    for name in ("a.pdf", "b.pdf", "c.pdf", "d.pdf"):
        take(officer, draft_id, uploaded(services, draft_id, name, name.encode()))
    path, fields = f"/drafts/{draft_id}/arrange", f"/drafts/{draft_id}/fields"
    for name, value in (("codeNumber", "210"), ("codeNotation", "BC-SCT"), ("typeName", "09")):
        assert htmx(officer, fields, row="3", name=name, value=value, was="").status_code == 200
    seen = order_in(officer.get(f"/drafts/{draft_id}").text)
    rows = seen.split(",")
    assert htmx(officer, path, act="under", row="4", main="3", seen=seen).status_code == 200
    now = ",".join(row for row in rows if row != "4")
    under = htmx(officer, path, act="under", row="3", main="1", seen=now)
    text = html.unescape(under.text)
    assert "Đã đưa “c.pdf” làm phụ lục của tài liệu" in text
    assert "mang số, ký hiệu và tên loại riêng" in text
    assert "210/BC-SCT" in text
    with services.read_only() as session:
        declared = session.get_one(Submission, draft_id).case_file()
        (said,) = annex_findings(declared, session.get_one(Draft, draft_id))
    assert (said.code, said.place, said.facts["number"]) == (
        "annex-numbered",
        "c.pdf",
        "210/BC-SCT",
    )
    (given,) = re.findall(r'class="undo"[^>]*hx-vals="([^"]*)"', under.text)
    facts = json.loads(html.unescape(given))
    back = htmx(officer, path, **{key: str(value) for key, value in facts.items()})
    assert order_in(back.text) == now
    assert "mang số" not in html.unescape(back.text)
    with services.read_only() as session:
        own = session.get_one(Submission, draft_id).case_file().documents[now.split(",").index("3")]
    assert [(file.path, file.standing) for file in own.files] == [
        ("c.pdf", "main"),
        ("d.pdf", "annex"),
    ]
    assert own.fields["codeNumber"] == "210"


def order_in(page: str) -> str:
    """The order of documents that a page shows."""
    return page.partition('data-order="')[2].partition('"')[0]


def test_what_somebody_changed_meanwhile_is_not_handed_in_unseen(
    services: Services, officer: FlaskClient, draft_id: UUID
) -> None:
    fields, bach = f"/drafts/{draft_id}/fields", person(services, "bach")
    with services.read_only() as session:
        shown = session.get_one(Submission, draft_id).case_file().fields.get("title", "")
    changed = htmx(officer, fields, row="0", name="title", value="Hồ sơ khác", was=shown)
    assert changed.status_code == 200
    with pytest.raises(DraftChangedError) as refused:
        drafts_acts.send(services, draft_id, shown=[(0, "title", shown)], actor=bach)
    assert refused.value.facts["value"] == "Hồ sơ khác"
    with services.read_only() as session:
        assert session.get_one(Submission, draft_id).state is SubmissionState.DRAFT


def test_handing_in_too_early_is_refused_on_the_page(officer: FlaskClient, draft_id: UUID) -> None:
    answer = post(officer, f"/drafts/{draft_id}/hand-in")
    assert answer.status_code == 409
    assert "finding error" in answer.text


def test_a_draft_is_no_submission_in_lists_and_its_page_leads_to_the_draft(
    services: Services, officer: FlaskClient, draft_id: UUID
) -> None:
    archivist = person(services, "lan")
    listed = queries.list_submissions(services, actor=archivist)
    assert draft_id not in {row.id for row in listed}
    asked = queries.list_submissions(services, actor=archivist, state="draft")
    assert draft_id in {row.id for row in asked}
    answer = officer.get(f"/submissions/{draft_id}")
    assert answer.headers["Location"] == f"/drafts/{draft_id}"


def test_entries_are_shown_by_whom_the_plan_names(services: Services, officer: FlaskClient) -> None:
    add_officer(services, "Người khác")
    add_officer(services, "Người cùng phòng")
    unit = "Phòng Quản lý công trình"
    ids = add_plan(services, 2024, "bach", "Người cùng phòng", unit=unit)
    add_plan(services, 2023, "Người khác")
    with services.writing() as session:
        account = session.query(Account).filter_by(name="bach").one()
        account.unit = "Phòng quản lý công trình"
    counts = {"mine": 1, "unit": 2, "agency": 3}
    for whose, count in counts.items():
        page = officer.get(f"/my-case-files?whose={whose}").text
        assert page.count('name="entry"') == count, whose
    page = officer.get("/my-case-files").text
    assert page.count('name="entry"') == 1  # mine
    begun = post(officer, "/drafts", entry=str(ids[0]))
    again = post(officer, "/drafts", entry=str(ids[0]))
    assert begun.headers["Location"] == again.headers["Location"]
    told = officer.post(
        "/drafts",
        data={"entry": str(ids[0]), "csrf_token": session_token(officer)},
        headers={"Accept": "application/json"},
    )
    address = begun.headers["Location"]
    assert told.get_json() == {"id": address.rpartition("/")[2], "take": f"{address}/files"}
    page = html.unescape(officer.get("/my-case-files?whose=mine").text)
    assert page.count('name="entry"') == 1  # it is due until it is handed in
    assert "Làm tiếp" in page


def test_the_pages_ask_a_fixed_number_of_statements(
    services: Services, officer: FlaskClient
) -> None:
    def asked(path: str) -> int:
        officer.get(path)
        with counted(services) as seen:
            assert officer.get(path).status_code == 200
        return len(seen)

    few = asked("/my-case-files")
    identifier = drafts_acts.open_empty(services, actor=person(services, "bach"))
    work(services, until_empty=True)
    page = asked(f"/drafts/{identifier}")
    for number in range(12):
        drafts_acts.open_empty(services, actor=person(services, "bach"))
        upload = uploaded(services, identifier, f"{number}.pdf", b"%d" % number)
        take_uploads(services, identifier, [upload], actor=person(services, "bach"))
    work(services, until_empty=True)
    assert asked("/my-case-files") == few
    assert asked(f"/drafts/{identifier}") == page


@pytest.mark.parametrize("after", ["button", "entry"])
def test_two_presses_without_scripts_begin_one_draft(
    services: Services, officer: FlaskClient, after: str
) -> None:
    form = {"entry": str(add_plan(services, 2031, "bach")[0])} if after == "entry" else {}

    def press(_: int) -> str:
        browser = browser_of(officer.application, services, "bach")
        return post(browser, "/drafts", **form).headers["Location"]

    with ThreadPoolExecutor() as pool:
        places = set(pool.map(press, range(3)))
    (place,) = places
    draft_id = UUID(place.rsplit("/", 1)[-1])
    if after == "button":
        actor = person(services, "bach")
        drafts_acts.put_field(services, draft_id, 0, "title", TITLE, was="", actor=actor)
    again = {press(0), press(1)}
    assert len(again) == 1
    assert (again == places) == (after == "entry"), "what somebody works on is not begun anew"
