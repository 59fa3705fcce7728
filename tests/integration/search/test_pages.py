"""Tra cứu in the browser: what is found, by whom, and where a hit leads."""

import re
from dataclasses import replace
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service import messages
from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.index_in_use import SEARCH, IndexInUse
from archive_service.jobs.due import note_edited
from archive_service.services import Services
from search.acts import visibility
from search.index_watch import adopt_index
from search.port import document_key
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all

IN_THE_PAGE, IN_THE_TITLE = "/search?q=day+treo", "/search?q=cau+treo"


def test_words_without_marks_find_the_page_and_mark_it(app: Flask, services: Services) -> None:
    page = browser_of(app, services, "binh").get(IN_THE_PAGE).text
    assert f"/case-files/{OPEN_CODE}?document=" in page
    assert "page=1" in page
    assert "<mark>dây</mark> <mark>treo</mark>" in page


def test_a_reader_learns_the_title_of_what_is_restricted_and_no_word_of_it(
    app: Flask, services: Services
) -> None:
    reader, archivist = browser_of(app, services, "binh"), browser_of(app, services, "lan")
    assert RESTRICTED_CODE not in reader.get(IN_THE_PAGE).text
    assert RESTRICTED_CODE in archivist.get(IN_THE_PAGE).text
    hit = _hit(reader.get(IN_THE_TITLE).text, RESTRICTED_CODE)
    assert 'class="locked"' in hit
    assert 'class="snip"' not in hit
    assert 'class="snip"' in _hit(archivist.get(IN_THE_TITLE).text, RESTRICTED_CODE)


def test_the_description_of_what_is_restricted_finds_nothing_for_a_reader(
    app: Flask, services: Services
) -> None:
    with services.writing() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == RESTRICTED_CODE)).one()
        row.documents[0].keyword, row.documents[0].description = "giải tỏa", "Hộ bà Mẫu nhận tiền"
        row.version_indexed = 0
        services.jobs.add(session, "index-case-file", subject_id=row.id)
    do_all(services)
    reader, archivist = browser_of(app, services, "binh"), browser_of(app, services, "lan")
    for words in ("giai+toa", "ba+mau"):
        assert "<article" not in reader.get(f"/search?q={words}&as_typed=1").text
        assert "nhận tiền" not in reader.get(f"/search?q={words}").text
        assert RESTRICTED_CODE in archivist.get(f"/search?q={words}").text
    assert RESTRICTED_CODE in reader.get(IN_THE_TITLE).text


def closed_now(services: Services) -> set[str]:
    """Case files of which the index may tell a reader more than the rows do."""
    visible = visibility(services, person(services, "binh"))
    return {key.split("/")[0] for key in visible.closed | visible.shut}


def test_a_lost_index_closes_nothing_but_what_changes_from_then_on(services: Services) -> None:
    def closed() -> set[str]:
        return closed_now(services)

    services.index.clear()
    adopt_index(services)
    assert closed() == set()  # it has none of them, however many there are
    with services.writing() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == RESTRICTED_CODE)).one()
        note_edited(session, row, services)
        changed = str(row.id)
    assert closed() == {changed}
    services.index.clear()
    adopt_index(services)  # it may have been written there before it changed
    assert closed() == {changed}
    do_all(services)
    assert closed() == set()


def test_edits_of_words_close_nothing_and_those_of_access_do_at_once(services: Services) -> None:
    def edit(code: str, field: str, value: str, ordinal: int = 0) -> bool:
        edits = {ordinal: {field: value}}
        lan = person(services, "lan")
        describe_case_file(services, code, edits, reason="Sửa", actor=lan)
        return bool(closed_now(services))

    assert not edit(RESTRICTED_CODE, "title", "Hồ sơ khảo sát cầu treo")
    assert not edit(RESTRICTED_CODE, "signer", "Lê Thị Mẫu", 1)
    with services.read_only() as session:  # it is not indexed as it stands, and says so
        row = session.scalars(select(CaseFile).where(CaseFile.code == RESTRICTED_CODE)).one()
        assert not row.indexed
    assert edit(OPEN_CODE, "mode", "02", 1)
    assert edit(OPEN_CODE, "title", "Hồ sơ cầu treo")  # the index does not know the mode yet
    do_all(services)
    assert not closed_now(services)


def test_what_was_granted_of_a_case_file_that_is_closed_stays_found(services: Services) -> None:
    with services.writing() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == RESTRICTED_CODE)).one()
        row.mode = "02"
        note_edited(session, row, services)
        document, places = row.documents[0].id, (row.id, row.fonds_id, row.agency_id)
    binh = person(services, "binh")
    own, one = document_key(row.id, None), document_key(row.id, document)
    assert visibility(services, binh).shut == {str(row.id)}
    granted = visibility(services, replace(binh, granted=frozenset({(str(document), "02")})))
    assert not granted.shut
    assert (own in granted.closed, one in granted.closed) == (True, False)
    for place in places:
        all_of_it = replace(binh, granted=frozenset({(str(place), "02")}))
        assert not visibility(services, all_of_it).shut
        assert own not in visibility(services, all_of_it).closed
    elsewhere = replace(binh, granted=frozenset({(str(UUID(int=5)), "02")}))
    assert visibility(services, elsewhere).shut == {str(row.id)}
    many = frozenset((str(UUID(int=number)), "02") for number in range(60_000))
    one_of_many = visibility(services, replace(binh, granted=many | {(str(document), "02")}))
    assert (own in one_of_many.closed, one in one_of_many.closed) == (True, False)


def test_an_old_index_that_was_put_back_tells_nothing_that_was_closed_since(
    services: Services,
) -> None:
    with services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == RESTRICTED_CODE)).one()
    with services.writing() as session:  # which index the rows speak of: another than this one
        session.get_one(IndexInUse, SEARCH).identity = "the newer one, which broke"
    adopt_index(services)
    assert str(row.id) in closed_now(services)
    do_all(services)
    assert not closed_now(services)


def test_another_agency_finds_nothing(app: Flask, services: Services) -> None:
    page = browser_of(app, services, "stranger").get(IN_THE_PAGE).text
    assert "<article" not in page
    assert OPEN_CODE not in page


def test_a_whole_code_leads_straight_to_the_case_file(app: Flask, services: Services) -> None:
    answer = browser_of(app, services, "binh").get(f"/search?q={OPEN_CODE}")
    assert (answer.status_code, answer.location) == (303, f"/case-files/{OPEN_CODE}")
    loose = OPEN_CODE.lower().replace(".", "-"), OPEN_CODE.replace(".", "")
    for typed in loose:
        answer = browser_of(app, services, "binh").get("/search", query_string={"q": typed})
        assert answer.location == f"/case-files/{OPEN_CODE}", typed
        hidden = browser_of(app, services, "stranger").get("/search", query_string={"q": typed})
        assert hidden.status_code == 200
    stranger = browser_of(app, services, "stranger").get(f"/search?q={OPEN_CODE}")
    assert stranger.status_code == 200


def test_conditions_narrow_and_can_be_dropped(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "lan")
    every = client.get(IN_THE_PAGE).text
    assert every.count("<article") == 2
    none = client.get(f"{IN_THE_PAGE}&year=1999").text
    assert "<article" not in none
    assert 'href="/search?q=day+treo"' in none
    assert client.get(f"{IN_THE_PAGE}&agency=H40.18").text.count("<article") == 2
    assert client.get(f"{IN_THE_PAGE}&agency=H40.77").status_code == 404


def test_a_refusal_on_a_page_names_no_command(app: Flask, services: Services) -> None:
    page = browser_of(app, services, "lan").get(f"{IN_THE_PAGE}&agency=H40.77").text
    assert "Không có cơ quan nào mang mã định danh H40.77." in page
    assert "archive agency" not in page
    assert "đề nghị người quản trị" in page


def test_a_search_is_never_said_to_take_no_time(app: Flask, services: Services) -> None:
    page = browser_of(app, services, "lan").get(IN_THE_PAGE).text
    assert re.search(r">[0-9,]+ (mili )?giây<", page)
    assert ">0 giây<" not in page


def test_what_was_typed_is_shown_and_never_run(app: Flask, services: Services) -> None:
    page = browser_of(app, services, "lan").get("/search?q=<script>ban</script>").text
    assert "<script>ban" not in page


def _hit(page: str, code: str) -> str:
    return next(part for part in page.split("<article")[1:] if code in part)


@pytest.mark.parametrize("query", ["", "...", "%22%22"])
def test_without_a_word_the_page_says_how_to_search(
    app: Flask, services: Services, query: str
) -> None:
    answer = browser_of(app, services, "lan").get(f"/search?q={query}")
    assert answer.status_code == 200
    assert "<article" not in answer.text


def test_days_and_the_case_file_narrow_and_stay_for_the_next_words(
    app: Flask, services: Services
) -> None:
    client = browser_of(app, services, "lan")
    inside = client.get(f"{IN_THE_PAGE}&in={OPEN_CODE}").text
    assert inside.count("<article") == 1
    assert f"Trong hồ sơ {OPEN_CODE}" in inside
    assert f'name="in" value="{OPEN_CODE}"' in inside
    assert "<article" not in client.get(f"{IN_THE_PAGE}&in=H40.18.1999.01.X").text
    late = client.get(f"{IN_THE_PAGE}&from=2999-01-01").text
    assert "<article" not in late
    assert "Từ 01/01/2999" in late
    assert 'value="01/01/2999"' in late
    odd = client.get(f"{IN_THE_PAGE}&from=31/02/2025&to=01012999")
    assert odd.status_code == 422  # told, and searched without it
    assert messages.error("day-invalid", "vi", {"text": "31/02/2025"}).message in odd.text
    assert odd.text.count("<article") == 2


def test_the_page_of_a_case_file_and_of_a_fonds_lead_to_a_search_within_it(
    app: Flask, services: Services
) -> None:
    client = browser_of(app, services, "lan")
    address = f"/search?in={OPEN_CODE}"
    assert f'href="{address}"' in client.get(f"/case-files/{OPEN_CODE}").text
    begun = client.get(address).text
    assert f"Trong hồ sơ {OPEN_CODE}" in begun
    assert f'name="in" value="{OPEN_CODE}"' in begun
    found = re.search(r'href="(/search\?fonds=[^"]+)"', client.get("/fonds").text)
    assert found is not None
    assert 'type="hidden" name="fonds"' in client.get(found[1]).text
    assert client.get(f"{found[1]}&q=day+treo").text.count("<article") == 2
    nowhere = client.get("/search?q=day+treo&series=00000000-0000-0000-0000-000000000000").text
    assert "<article" not in nowhere
    assert "Trong một nhóm hồ sơ" in nowhere


def test_access_narrows_within_rights(app: Flask, services: Services) -> None:
    archivist = browser_of(app, services, "lan").get(IN_THE_TITLE).text
    assert "Chế độ sử dụng" in archivist
    kept = browser_of(app, services, "lan").get(f"{IN_THE_TITLE}&mode=01").text
    assert RESTRICTED_CODE not in kept
    none = browser_of(app, services, "lan").get(f"{IN_THE_TITLE}&fonds=KHONG-CO")
    assert (none.status_code, "<article" in none.text) == (200, False)


@pytest.mark.parametrize("sort", ["best", "newest", "oldest", "code", "title", "?"])
def test_every_order_shows_all(app: Flask, services: Services, sort: str) -> None:
    page = browser_of(app, services, "lan").get(f"{IN_THE_PAGE}&sort={sort}").text
    assert page.count("<article") == 2


@pytest.mark.parametrize("page", ["0", "-3", "2", "999999999999", "hai"])
def test_a_page_that_is_not_there_is_no_error(app: Flask, services: Services, page: str) -> None:
    answer = browser_of(app, services, "lan").get(f"{IN_THE_PAGE}&page={page}")
    assert answer.status_code == 200


@pytest.mark.parametrize("name", ["quan", "kiem"])
def test_who_reads_no_content_does_not_search(app: Flask, services: Services, name: str) -> None:
    assert browser_of(app, services, name).get(IN_THE_PAGE).status_code == 403


def test_a_query_that_is_mended_says_so_and_leads_back(app: Flask, services: Services) -> None:
    lan = browser_of(app, services, "lan")
    page = lan.get("/search?q=kieemr+tra").text
    assert "Đang hiển thị kết quả của" in page
    assert 'href="/search?q=ki%E1%BB%83m+tra"' in page
    assert "as_typed=1" in page
    assert "<article" not in lan.get("/search?q=kieemr+tra&as_typed=1").text
    assert "Không có trường “mầu”" in lan.get("/search?q=kiem+tra+mầu:xanh").text


def test_a_field_with_a_value_that_cannot_be_is_refused(app: Flask, services: Services) -> None:
    refused = browser_of(app, services, "lan").get("/search?q=kè+năm:mai")
    assert refused.status_code == 422
    assert "search-field-invalid" in refused.text or "bốn chữ số" in refused.text


def test_a_query_without_a_word_is_told(app: Flask, services: Services) -> None:
    page = browser_of(app, services, "lan").get("/search?q=%22%22---").text
    assert "Chưa có từ nào để tìm." in page
    assert 'value="&#34;&#34;---"' in page


@pytest.mark.parametrize("many", [40, 3_000])
def test_of_a_pasted_page_the_first_words_are_asked_and_told(
    app: Flask, services: Services, many: int
) -> None:
    pasted = "day treo " + " ".join(f"chữ{number}" for number in range(many))
    answer = browser_of(app, services, "binh").get(
        "/search", query_string={"q": pasted}, follow_redirects=True
    )
    assert answer.status_code == 200
    assert "Nội dung tra cứu quá dài: chỉ phần đầu được tra." in answer.text
    assert 'value="day treo chữ0 chữ1' in answer.text
