"""The officer's page: one count everywhere, keywords suggested, an old draft told of once."""

import datetime as dt
import html
import io
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select, update

from archive_service import clock
from archive_service.access import ActNotAllowedError
from archive_service.app import create_app
from archive_service.catalogue.vocabularies import acts as vocabularies_acts
from archive_service.catalogue.vocabularies.given import TermIn
from archive_service.domain.agencies.term import TermKind
from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.submission import Submission
from archive_service.domain.people.account import Account
from archive_service.domain.people.notice import Notice
from archive_service.services import Services
from archive_service.web import display
from archive_service.worker import run_one, work
from ingest.drafts import acts as drafts_acts
from ingest.drafts.files import Sent, add_files, remove_document
from ingest.drafts.hand_in import DraftIncompleteError, DraftMarkedSecretError
from ingest.drafts.old_drafts import OLD_DRAFT
from ingest.submissions import acts as submissions_acts
from ingest.submissions.given import Return
from tests.integration.ingest.drafts.taken import add_officer, add_plan
from tests.worlds.archive import PDF_NAME, new_home, open_home, person, small_pdf_case
from tests.worlds.browsers import browser_of, post
from tests.worlds.door import write_pdf


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with open_home(new_home(tmp_path_factory.mktemp("officer-page") / "home")) as opened:
        yield opened


@pytest.fixture(scope="module")
def app(services: Services) -> Flask:
    return create_app(services)


def begun(services: Services, name: str = "bach") -> UUID:
    return drafts_acts.open_empty(services, actor=person(services, name))


def begun_by_a_colleague(services: Services) -> UUID:
    """A draft of the same agency that another officer works on."""
    draft_id = begun(services)
    with services.writing() as session:
        session.get_one(Submission, draft_id).submitted_by = "colleague"
        session.get_one(Draft, draft_id).changed_by = "colleague"
    return draft_id


def told(services: Services, name: str) -> list[Notice]:
    with services.read_only() as session:
        mine = select(Notice).join(Account, Account.id == Notice.account_id)
        return list(session.scalars(mine.where(Account.name == name, Notice.kind == OLD_DRAFT)))


def stood_still(services: Services, draft_id: UUID, days: int) -> None:
    at = clock.now() - dt.timedelta(days=days)
    with services.writing() as session:
        session.execute(update(Draft).where(Draft.submission_id == draft_id).values(changed_at=at))


def look(services: Services) -> None:
    with services.writing() as session:
        services.jobs.add(session, drafts_acts.OLD_JOB)
    assert run_one(services, names=[drafts_acts.OLD_JOB]) == "done"


def counts(page: str) -> tuple[str, str]:
    """Beside the page in the bar, and on its first tab."""
    (bar,) = set(re.findall(r'href="/my-case-files"[^>]*>[^<]*<span class="n">(\d+)<', page))
    row = page.partition('<nav class="tabs')[2]
    (tab, *_) = re.findall(r'<span class="n">(\d+)<', row)
    return bar, tab


def test_the_bar_counts_what_the_first_tab_lists(app: Flask, services: Services) -> None:
    mine, colleagues = begun(services), begun_by_a_colleague(services)
    client = browser_of(app, services, "bach")
    page = client.get("/my-case-files").text
    shown = set(re.findall(r'href="/drafts/([0-9a-f-]+)"', page))
    assert counts(page) == (str(len(shown)), str(len(shown)))
    assert str(mine) in shown
    assert str(colleagues) not in shown
    all_of_them = client.get("/my-case-files?whose=agency").text
    assert counts(all_of_them) == counts(page)
    assert f'href="/drafts/{colleagues}"' in all_of_them


def test_a_page_opens_on_mine_and_counts_mine_even_where_nothing_is(
    app: Flask, services: Services
) -> None:
    client = browser_of(app, services, "bach")
    before = counts(client.get("/my-case-files").text)
    add_officer(services, "Người khác")
    add_plan(services, 2024, "Người khác")
    page = client.get("/my-case-files").text
    assert counts(page) == before
    assert 'name="entry" value="' not in page.partition("due-title")[2]
    others = html.unescape(client.get("/my-case-files?whose=agency").text)
    assert "Nộp thay" in others
    assert counts(others) == before
    lead = re.compile(r"còn \d+ hồ sơ phải nộp")
    assert lead.findall(others) == lead.findall(html.unescape(page))


def test_what_names_somebody_without_an_account_is_left_to_everybody(
    app: Flask, services: Services
) -> None:
    client = browser_of(app, services, "bach")
    bar, tab = counts(client.get("/my-case-files").text)
    add_plan(services, 2023, "Người đã nghỉ")
    assert counts(client.get("/my-case-files").text) == (str(int(bar) + 1), str(int(tab) + 1))


def test_a_returned_one_that_is_being_mended_stands_once(
    app: Flask, services: Services, tmp_path: Path
) -> None:
    add_plan(services, 2025, "bach")
    folder = small_pdf_case(tmp_path / "case", code="H40.18.2025.01.TH")
    bach, lan = person(services, "bach"), person(services, "lan")
    (sent,) = submissions_acts.submit(folder, actor=bach, services=services)
    work(services, until_empty=True)
    submissions_acts.give_back(services, sent, Return(reason="Thiếu trang 3"), actor=lan)
    client = browser_of(app, services, "bach")
    before = counts(client.get("/my-case-files").text)
    drafts_acts.mend(services, sent, actor=bach)
    page = html.unescape(client.get("/my-case-files").text)
    assert page.partition("recent-title")[0].count(">H40.18.2025.01.TH<") == 1
    returned = page.partition("returned-title")[2].partition("</section>")[0]
    assert "Làm tiếp" in returned
    noted = "chưa được quét mã độc"  # nothing that an officer could mend
    assert noted not in returned
    assert noted in html.unescape(client.get(f"/submissions/{sent}").text)
    assert counts(page) == before


def test_what_was_returned_and_handed_in_again_tells_both_turns_with_their_times(
    app: Flask, services: Services, tmp_path: Path
) -> None:
    folder = small_pdf_case(tmp_path / "case", code="H40.18.2025.07.TH")
    bach, lan = person(services, "bach"), person(services, "lan")
    (first,) = submissions_acts.submit(folder, actor=bach, services=services)
    work(services, until_empty=True)
    submissions_acts.give_back(services, first, Return(reason="Thiếu trang 3"), actor=lan)
    write_pdf(folder / PDF_NAME, words="trang 3", pages=3)
    (again,) = submissions_acts.submit(folder, actor=bach, services=services)
    assert again != first
    with services.read_only() as session:
        rows = {
            identifier: session.get_one(Submission, identifier) for identifier in (first, again)
        }
        returned_at, received_at = rows[first].decided_at, rows[again].received_at
    client = browser_of(app, services, "bach")
    before = client.get(f"/submissions/{first}").text
    history = before.partition("Nhật ký")[2]
    for words in ("Nộp hồ sơ", "Trả lại người nộp"):
        assert words in history
    assert display.moment(returned_at) in history
    assert f'href="/submissions/{again}">Đã nộp lại {display.moment(received_at)}<' in before
    after = client.get(f"/submissions/{again}").text
    assert (
        f'href="/submissions/{first}">Lần nộp trước bị trả lại {display.moment(returned_at)}<'
        in after
    )


def test_keywords_are_suggested_in_a_draft_and_names_of_people_are_not(
    app: Flask, services: Services
) -> None:
    lan, bach = person(services, "lan"), person(services, "bach")
    vocabularies_acts.add(services, TermIn(kind="keyword", name="Trạm bơm"), actor=lan)
    vocabularies_acts.add(services, TermIn(kind="person", name="Trần Văn Bơm"), actor=lan)
    client = browser_of(app, services, "bach")
    page = client.get(f"/drafts/{begun(services)}").text
    assert 'list="f-0-keyword-known"' in page
    (address,) = set(re.findall(r'hx-get="(/terms/suggest[^"]*)"', page))
    found = client.get(address.partition("?")[0], query_string={
        "kind": "keyword", "field": "value", "value": "tram",
    }).text  # fmt: skip
    assert 'value="Trạm bơm"' in found
    with pytest.raises(ActNotAllowedError):
        vocabularies_acts.suggest(services, TermKind.PERSON, "Trần", actor=bach)
    assert client.get("/terms/suggest?kind=person&q=Tran").status_code == 403
    assert client.get("/terms").status_code == 403


def test_a_keyword_of_a_draft_is_kept(app: Flask, services: Services) -> None:
    draft_id = begun(services)
    client = browser_of(app, services, "bach")
    done = post(
        client, f"/drafts/{draft_id}/fields", row="0", name="keyword", value="Trạm bơm", was=""
    )
    assert done.status_code in (200, 204, 303)
    assert 'value="Trạm bơm"' in client.get(f"/drafts/{draft_id}").text


def test_who_left_a_draft_for_long_is_told_once(services: Services) -> None:
    draft_id = begun(services)
    stood_still(services, draft_id, 29)
    look(services)
    assert told(services, "bach") == []
    stood_still(services, draft_id, 31)
    look(services)
    (notice,) = told(services, "bach")
    assert (notice.subject_id, notice.href, notice.facts["days"]) == (
        draft_id, f"/drafts/{draft_id}", 31,
    )  # fmt: skip
    with services.writing() as session:
        row = session.get_one(Notice, notice.id)
        row.read_at = clock.now()
    look(services)
    assert len(told(services, "bach")) == 1
    assert told(services, "lan") == []


def test_the_desk_shows_no_draft(app: Flask, services: Services) -> None:
    draft_id = begun(services)
    assert str(draft_id) not in browser_of(app, services, "lan").get("/desk").text


def with_files(services: Services, *names: str) -> UUID:
    """A draft of these PDFs, one document each."""
    officer, draft_id = person(services, "bach"), begun(services)
    bodies = {name: b"%PDF-1.4 " + name.encode() for name in names}
    add_files(
        draft_id,
        [Sent(name, len(data), partial(io.BytesIO, data)) for name, data in bodies.items()],
        actor=officer,
        database=services.database,
        staging=services.staging,
        jobs=services.jobs,
        limits=services.settings.limits,
    )
    return draft_id


@pytest.mark.parametrize("level", ["MẬT", "TỐI MẬT", "TUYỆT MẬT"])
def test_a_mark_on_page_one_stops_a_draft_until_its_file_is_taken_out(
    app: Flask, services: Services, level: str
) -> None:
    bach, draft_id = person(services, "bach"), with_files(services, "a.pdf", "b.pdf")
    with services.writing() as session:
        marked = next(
            file for file in session.get_one(Submission, draft_id).files if file.path == "b.pdf"
        )
        draft = session.get_one(Draft, draft_id)
        draft.reads = {marked.sha256: {"done": True, "secrecy": level}}
    with pytest.raises(DraftMarkedSecretError) as told:
        drafts_acts.send(services, draft_id, actor=bach)
    assert told.value.facts == {"name": "b.pdf", "level": level, "count": 1}
    page = browser_of(app, services, "bach").get(f"/drafts/{draft_id}").text
    assert f"Trang đầu của b.pdf có dấu chỉ độ mật “{level}”" in page
    assert "Bỏ tệp này khỏi bản nháp rồi mới nộp được" in page
    with services.writing() as session:
        remove_document(session, draft_id, 2, actor=bach)
    with pytest.raises(DraftIncompleteError):  # what is missing now are its data
        drafts_acts.send(services, draft_id, actor=bach)
