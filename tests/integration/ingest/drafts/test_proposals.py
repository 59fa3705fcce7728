"""Title and dates are proposed from the documents, and are entered once a person takes them."""

import html
import json
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient

from archive_service.app import create_app
from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.field_source import Source
from archive_service.domain.intake.submission import DeclaredCaseFile, Submission
from archive_service.services import Services
from archive_service.worker import work
from ingest.drafts import acts as drafts_acts
from tests.integration.ingest.drafts.read_drafts import add, begun
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import session_token
from tests.worlds.papers.nd30_papers import make_document


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with open_home(new_home(tmp_path_factory.mktemp("proposals") / "home")) as opened:
        yield opened


@pytest.fixture(scope="module")
def app(services: Services) -> Flask:
    return create_app(services)


@pytest.fixture
def bach(app: Flask, services: Services) -> FlaskClient:
    return browser_of(app, services, "bach")


def read_papers(services: Services, tmp_path: Path) -> tuple[UUID, list[dict[str, str]]]:
    """A draft with three papers that were read, and what they say in the order of time."""
    papers = [make_document(seed, tmp_path) for seed in (3, 4, 5)]
    draft_id = begun(services)
    for at, paper in enumerate(papers, start=1):
        add(services, draft_id, paper.pdf, f"{at}.pdf")
    work(services, until_empty=True)
    return draft_id, sorted((paper.truth for paper in papers), key=lambda one: one["date"])


def declared(services: Services, draft_id: UUID) -> DeclaredCaseFile:
    with services.read_only() as session:
        return session.get_one(Submission, draft_id).case_file()


def sources(services: Services, draft_id: UUID) -> dict[str, str]:
    with services.read_only() as session:
        return session.get_one(Draft, draft_id).sources


def proposed(services: Services, draft_id: UUID) -> list[tuple[int, str, str]]:
    shown = drafts_acts.show(services, draft_id, actor=person(services, "bach"))
    return [(proposal.row, proposal.name, proposal.value) for proposal in shown.proposals]


def test_title_and_dates_of_the_case_file_are_proposed_and_filled_by_one_act_alone(
    services: Services, bach: FlaskClient, tmp_path: Path
) -> None:
    draft_id, told = read_papers(services, tmp_path)
    assert not {"title", "startDate", "endDate"} & declared(services, draft_id).fields.keys()
    page = html.unescape(bach.get(f"/drafts/{draft_id}").text)
    panel = page.partition('id="proposals"')[2].partition("</section>")[0]
    matter = told[0]["abstract"]
    title = f"Hồ sơ {matter[0].lower()}{matter[1:]}"
    assert title in panel
    assert "theo tài liệu 1" in panel
    assert "Điền sẵn, chưa có người xem lại" in page
    shown = [one for one in proposed(services, draft_id) if one[0] == 0]
    assert shown == [
        (0, "title", title),
        (0, "startDate", told[0]["date"]),
        (0, "endDate", told[-1]["date"]),
    ]
    answer = post(bach, f"/drafts/{draft_id}/proposals", shown=json.dumps(shown))
    assert answer.status_code == 303
    assert {name: declared(services, draft_id).fields[name] for _, name, _ in shown} == {
        name: value for _, name, value in shown
    }
    assert sources(services, draft_id)["0.title"] == Source.PERSON
    assert not [one for one in proposed(services, draft_id) if one[0] == 0]


def test_what_was_filled_in_from_a_document_is_a_proposal_until_it_is_taken(
    services: Services, bach: FlaskClient, tmp_path: Path
) -> None:
    draft_id, _ = read_papers(services, tmp_path)
    first = declared(services, draft_id).documents[0]
    shown = [one for one in proposed(services, draft_id) if one[0] == first.row]
    assert {"subject", "issuedDate"} <= {name for _, name, _ in shown}
    told = {"shown": json.dumps(shown), "csrf_token": session_token(bach)}
    answer = bach.post(f"/drafts/{draft_id}/proposals", data=told, headers={"HX-Request": "true"})
    assert f"Đã nhận {len(shown)} giá trị." in html.unescape(answer.text)
    assert declared(services, draft_id).documents[0].fields == first.fields
    assert sources(services, draft_id)[f"{first.row}.issuedDate"] == Source.PERSON
    assert not [one for one in proposed(services, draft_id) if one[0] == first.row]


def test_only_what_was_shown_and_still_is_proposed_is_taken(
    services: Services, bach: FlaskClient, tmp_path: Path
) -> None:
    draft_id, told = read_papers(services, tmp_path)
    officer = person(services, "bach")
    drafts_acts.put_field(services, draft_id, 0, "title", "Của tôi", was="", actor=officer)
    shown = [(0, "title", "Hồ sơ khác"), (0, "startDate", "1999-01-01"), (9, "subject", "lạ")]
    post(bach, f"/drafts/{draft_id}/proposals", shown=json.dumps(shown))
    fields = declared(services, draft_id).fields
    assert fields["title"] == "Của tôi"
    assert "startDate" not in fields
    assert post(bach, f"/drafts/{draft_id}/proposals", shown="không phải").status_code == 400
    late = told[-1]["date"]
    drafts_acts.put_field(services, draft_id, 0, "startDate", late, was="", actor=officer)
    assert (0, "startDate", told[0]["date"]) in proposed(services, draft_id)
    page = html.unescape(bach.get(f"/drafts/{draft_id}").text)
    assert "đang ghi: " in page
