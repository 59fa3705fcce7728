"""A code that is typed into a draft is looked up in the file plan; drafts of one code are told."""

import re
from collections.abc import Iterator
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service.app import create_app
from archive_service.domain.agencies.file_plan import FilePlan, FilePlanEntry, FilePlanState
from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.field_source import Source
from archive_service.domain.intake.submission import DeclaredCaseFile, Submission
from archive_service.services import Services
from archive_service.text import fold
from ingest.drafts import acts as drafts_acts
from ingest.file_plan.due import get_entry
from tests.worlds.archive import open_home, person
from tests.worlds.browsers import browser_of, post
from tests.worlds.ingest.calling_in import plans_home


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with open_home(plans_home(tmp_path_factory.mktemp("draft-codes") / "home")) as opened:
        yield opened


@pytest.fixture(scope="module")
def app(services: Services) -> Flask:
    return create_app(services)


def entries(services: Services) -> list[tuple[UUID, str, str]]:
    """Id, code and title of what the approved plans list."""
    with services.read_only() as session:
        ids = session.scalars(
            select(FilePlanEntry.id)
            .join(FilePlan, FilePlan.id == FilePlanEntry.plan_id)
            .where(FilePlan.state == FilePlanState.APPROVED)
            .order_by(FilePlan.year, FilePlanEntry.ordinal)
        ).all()
        found = [
            get_entry(session, identifier, actor=person(services, "bach")) for identifier in ids
        ]
        return [(one[1].id, one[2], one[1].title) for one in found]


def declared(services: Services, draft_id: UUID) -> DeclaredCaseFile:
    with services.read_only() as session:
        return session.get_one(Submission, draft_id).case_file()


def put(services: Services, draft_id: UUID, name: str, value: str, was: str = "") -> list[str]:
    bach = person(services, "bach")
    return drafts_acts.put_field(services, draft_id, 0, name, value, was=was, actor=bach)


def test_a_code_of_the_plan_fills_what_the_plan_says_and_no_persons_word(
    services: Services,
) -> None:
    (entry, code, title), (_, other_code, other_title), *_ = entries(services)
    draft_id = drafts_acts.open_empty(services, actor=person(services, "bach"))
    assert put(services, draft_id, "fileCode", code[:-1]) == []
    assert "title" not in declared(services, draft_id).fields
    filled = put(services, draft_id, "fileCode", code, code[:-1])
    fields = declared(services, draft_id).fields
    assert fields["title"] == title
    assert fields["maintenance"]
    assert {"title", "maintenance"} <= set(filled)
    with services.read_only() as session:
        draft = session.get_one(Draft, draft_id)
        assert (draft.entry_id, draft.sources["0.title"]) == (entry, Source.PLAN)
    put(services, draft_id, "fileCode", other_code, code)
    assert declared(services, draft_id).fields["title"] == other_title
    put(services, draft_id, "title", "Tên của tôi", other_title)
    assert "title" not in put(services, draft_id, "fileCode", code, other_code)
    assert declared(services, draft_id).fields["title"] == "Tên của tôi"
    drafts_acts.discard(services, draft_id, actor=person(services, "bach"))


def test_what_is_due_goes_on_with_the_draft_of_its_code(services: Services) -> None:
    entry, code, _ = entries(services)[2]
    bach = person(services, "bach")
    draft_id = drafts_acts.open_empty(services, actor=bach)
    put(services, draft_id, "fileCode", code)
    assert drafts_acts.open_for_entry(services, entry, actor=bach) == draft_id
    drafts_acts.discard(services, draft_id, actor=bach)
    assert drafts_acts.open_for_entry(services, entry, actor=bach) != draft_id


def test_two_drafts_of_one_code_are_told_on_both_and_in_the_list(
    app: Flask, services: Services
) -> None:
    _, code, _ = entries(services)[3]
    bach = person(services, "bach")
    one, two = (drafts_acts.open_empty(services, actor=bach) for _ in range(2))
    client = browser_of(app, services, "bach")
    put(services, one, "fileCode", code)
    assert f"/drafts/{two}" not in client.get(f"/drafts/{one}").text
    put(services, two, "fileCode", code)
    for draft, other in ((one, two), (two, one)):
        page = client.get(f"/drafts/{draft}").text
        told = page.partition('id="same-code"')[2][:1500]
        assert f'href="/drafts/{other}"' in told
    rows = re.findall(r"<tr>.*?</tr>", client.get("/my-case-files").text, re.DOTALL)
    marked = [row for row in rows if "bản nháp khác cũng mang mã" in row]
    assert len(marked) == 2


def test_several_other_drafts_of_a_code_are_one_warning_with_the_way_to_each(
    app: Flask, services: Services
) -> None:
    bach = person(services, "bach")
    first, *others = (drafts_acts.open_empty(services, actor=bach) for _ in range(3))
    for draft in (first, *others):
        put(services, draft, "fileCode", "H40.18.2025.77.TH")
    page = browser_of(app, services, "bach").get(f"/drafts/{first}").text
    told = page.partition('id="same-code"')[2].partition("</span></div>")[0]
    assert told.count("bản nháp khác cũng mang mã") == 1
    assert all(f'href="/drafts/{other}"' in told for other in others)
    for draft in (first, *others):
        drafts_acts.discard(services, draft, actor=bach)


def test_a_draft_without_title_is_listed_with_its_first_document(
    app: Flask, services: Services
) -> None:
    bach = person(services, "bach")
    draft_id = drafts_acts.open_empty(services, actor=bach)
    row = drafts_acts.add_paper(services, draft_id, actor=bach)
    for name, value in (("codeNumber", "45"), ("codeNotation", "TTr-SCT"), ("subject", "Sửa cống")):
        drafts_acts.put_field(services, draft_id, row, name, value, was="", actor=bach)
    page = browser_of(app, services, "bach").get("/my-case-files").text
    assert "45/TTr-SCT, Sửa cống" in page


def test_the_page_changes_the_fields_that_the_plan_filled(app: Flask, services: Services) -> None:
    _, code, title = entries(services)[4]
    draft_id = drafts_acts.open_empty(services, actor=person(services, "bach"))
    client = browser_of(app, services, "bach")
    answer = post(
        client,
        f"/drafts/{draft_id}/fields",
        row="0",
        name="fileCode",
        value=code,
        was="",
    )
    assert answer.status_code == 200
    box = answer.text.partition('id="f-0-title-box"')[2][:3000]
    assert 'hx-swap-oob="true"' in box[:40]
    assert title in box


def test_codes_of_the_plan_are_offered_by_any_of_their_words(
    app: Flask, services: Services
) -> None:
    _, code, title = entries(services)[4]
    client = browser_of(app, services, "bach")
    draft_id = drafts_acts.open_empty(services, actor=person(services, "bach"))
    page = client.get(f"/drafts/{draft_id}").text
    assert 'list="f-0-fileCode-known"' in page
    assert 'hx-get="/file-plans/codes"' in page

    def offered(typed: str) -> str:
        return client.get("/file-plans/codes", query_string={"value": typed}).text

    assert f'value="{code}"' in offered(code[:-1])
    words = fold(title).split()
    assert f'value="{code}"' in offered(f"{words[-1]} {words[0]}")
    assert offered(code).count("<option") <= 12
    for nothing in ("", " ", "khong-co-ho-so-nay", "%"):
        assert "<option" not in offered(nothing)
    stranger = browser_of(app, services, "stranger")
    assert "<option" not in stranger.get("/file-plans/codes", query_string={"value": code}).text
    reader = browser_of(app, services, "binh")
    assert reader.get("/file-plans/codes", query_string={"value": code}).status_code == 403
