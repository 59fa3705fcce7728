"""What one document of a draft says is given to all that say nothing there, and taken back."""

import html
import json
import re
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from archive_service.app import create_app
from archive_service.services import Services
from ingest.channels.web_form import FormFieldUnknownError
from ingest.drafts import acts as drafts_acts
from ingest.drafts.order import DraftRowError
from tests.integration.ingest.drafts.taken import draft_id, services
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import session_token

__all__ = ["draft_id", "services"]  # fixtures
AGENCY, OTHER = "UBND xã Khe Lạnh", "Sở Công trình"


@pytest.fixture(scope="module")
def officer(services: Services) -> FlaskClient:
    return browser_of(create_app(services), services, "bach")


@pytest.fixture
def rows(services: Services, draft_id: UUID) -> list[int]:
    """Four documents; the first says by whom it was issued, and the last says otherwise."""
    actor = person(services, "bach")
    made = [drafts_acts.add_paper(services, draft_id, actor=actor) for _ in range(4)]
    put(services, draft_id, made[0], "organName", AGENCY)
    put(services, draft_id, made[3], "organName", OTHER)
    return made


def put(services: Services, draft_id: UUID, row: int, name: str, value: str, was: str = "") -> None:
    actor = person(services, "bach")
    drafts_acts.put_field(services, draft_id, row, name, value, was=was, actor=actor)


def said(services: Services, draft_id: UUID, name: str = "organName") -> dict[int, str | None]:
    declared = drafts_acts.show(services, draft_id, actor=person(services, "bach")).declared
    return {document.row: document.fields.get(name) for document in declared.documents}


def act(officer: FlaskClient, draft_id: UUID, **form: str) -> str:
    data = {"csrf_token": session_token(officer), "selected": form["row"], **form}
    address = f"/drafts/{draft_id}/fields/others"
    answer = officer.post(address, data=data, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    return answer.text


def test_those_that_say_nothing_are_filled_and_emptied_again(
    services: Services, officer: FlaskClient, draft_id: UUID, rows: list[int]
) -> None:
    page = officer.get(f"/drafts/{draft_id}?document={rows[0]}").text
    assert "Điền cho 2 tài liệu còn trống ô này" in page
    told = act(officer, draft_id, row=str(rows[0]), name="organName")
    assert "Đã điền cho 2 tài liệu." in told
    assert 'value="UBND xã Khe Lạnh"' in told
    assert "còn trống ô này" not in told
    assert said(services, draft_id) == dict(zip(rows, [AGENCY, AGENCY, AGENCY, OTHER], strict=True))
    put(services, draft_id, rows[2], "organName", OTHER, was=AGENCY)  # a person says otherwise
    (facts,) = re.findall(r'class="undo".*?hx-vals="([^"]*)"', told, re.DOTALL)
    back = {name: str(value) for name, value in json.loads(html.unescape(facts)).items()}
    assert "Điền cho 1 tài liệu" in act(officer, draft_id, **back)
    assert said(services, draft_id) == dict(zip(rows, [AGENCY, None, OTHER, OTHER], strict=True))


def test_a_day_that_many_get_puts_them_in_order(
    services: Services, draft_id: UUID, rows: list[int]
) -> None:
    put(services, draft_id, rows[3], "issuedDate", "03/03/2025")
    put(services, draft_id, rows[1], "issuedDate", "01/03/2025")
    actor = person(services, "bach")
    filled = drafts_acts.fill_others(services, draft_id, rows[1], "issuedDate", actor=actor)
    assert {*filled} == {rows[0], rows[2]}
    assert [*said(services, draft_id)][-1] == rows[3]


def test_what_every_document_has_of_its_own_is_given_to_none(
    services: Services, officer: FlaskClient, draft_id: UUID, rows: list[int]
) -> None:
    put(services, draft_id, rows[0], "subject", "Về việc sửa trạm bơm")
    page = officer.get(f"/drafts/{draft_id}?document={rows[0]}").text
    assert "organName-fill" in page
    assert "subject-fill" not in page
    actor = person(services, "bach")
    assert drafts_acts.fill_others(services, draft_id, rows[0], "subject", actor=actor) == []
    with pytest.raises(FormFieldUnknownError):
        drafts_acts.empty_again(services, draft_id, rows[0], "subject", rows, actor=actor)
    assert [*said(services, draft_id, "subject").values()].count(None) == 3


def test_a_document_or_a_field_that_is_not_there_is_told(
    services: Services, draft_id: UUID, rows: list[int]
) -> None:
    actor = person(services, "bach")
    with pytest.raises(DraftRowError):
        drafts_acts.fill_others(services, draft_id, 99, "organName", actor=actor)
    with pytest.raises(FormFieldUnknownError):
        drafts_acts.fill_others(services, draft_id, rows[0], "nothing", actor=actor)


def test_without_scripts_the_page_comes_anew(
    services: Services, officer: FlaskClient, draft_id: UUID, rows: list[int]
) -> None:
    data = {"csrf_token": session_token(officer), "row": str(rows[0]), "name": "organName"}
    answer = officer.post(f"/drafts/{draft_id}/fields/others", data=data)
    assert (answer.status_code, answer.location) == (303, f"/drafts/{draft_id}")
    broken = officer.post(f"/drafts/{draft_id}/fields/others", data=data | {"back": "all"})
    assert broken.status_code == 400
    assert said(services, draft_id)[rows[1]] == AGENCY
