"""The basket: at every door, nobody else's, and by the rights of the moment."""

import csv
import io
from pathlib import Path
from uuid import UUID, uuid4

import docx
import openpyxl
import pytest
from flask import Flask
from sqlalchemy import select, update

from archive_service import clock
from archive_service.catalogue.holdings import shelf
from archive_service.catalogue.holdings.opening import DocumentUnknownError
from archive_service.catalogue.holdings.rows import CaseFileNotFoundError
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.shelf import ShelfKind, ShelfMark
from archive_service.errors import NotAllowedError, NotFoundError
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from search.basket.acts import BASKET_COLUMNS, TAG, Chosen, put_in, show_basket
from tests.worlds.archive import OPERATOR, person
from tests.worlds.browsers import browser_of, counted, post
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, program_of
from tests.worlds.command import Command

WORDS = "cầu treo"
CSV = "/search/basket/export?form=csv"


def document_of(services: Services, code: str) -> UUID:
    with services.read_only() as session:
        of = select(Document.id).join(CaseFile, CaseFile.id == Document.case_file_id)
        return session.scalars(of.where(CaseFile.code == code, Document.ordinal == 1)).one()


def held(services: Services, name: str = "binh") -> tuple[list[tuple[str, UUID | None]], int]:
    found = show_basket(services, actor=person(services, name))
    return [(basket_item.code, basket_item.document) for basket_item in found.items], found.unseen


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def quarantine(services: Services, document: UUID) -> None:
    with services.writing() as session:
        session.get_one(Document, document).quarantined = True


def hide(services: Services, code: str) -> None:
    """It belongs to an agency of which the reader's knows nothing."""
    with services.writing() as session:
        other = Agency(id=uuid4(), code="H40.77", name="Cơ quan khác")
        session.add(other)
        session.flush()
        session.execute(update(CaseFile).where(CaseFile.code == code).values(agency_id=other.id))


def change(services: Services, code: str, **changed: object) -> None:
    with services.writing() as session:
        session.execute(update(CaseFile).where(CaseFile.code == code).values(**changed))


def test_one_press_at_a_hit_and_at_what_it_opens_puts_in_and_takes_out(
    app: Flask, services: Services
) -> None:
    binh = browser_of(app, services, "binh")
    document = document_of(services, OPEN_CODE)
    found = binh.get("/search", query_string={"q": WORDS}).text
    assert f'name="document" value="{document}"' in found
    back = "/search?q=c%E1%BA%A7u+treo#hit-1"
    put = post(binh, "/search/basket/put", code=OPEN_CODE, document=str(document), back=back)
    assert (put.status_code, put.location) == (303, back)
    again = binh.get("/search", query_string={"q": WORDS}).text
    assert "Giỏ tài liệu (1)" in again
    assert 'action="/search/basket/take-out"' in again
    opened = binh.get(f"/case-files/{OPEN_CODE}").text
    assert "Cho hồ sơ vào giỏ" in opened
    assert "Bỏ khỏi giỏ" in opened
    assert "Bỏ khỏi giỏ" in binh.get(f"/case-files/{OPEN_CODE}/documents/1").text
    post(binh, "/search/basket/put", code=OPEN_CODE, back="https://example.org/")
    assert held(services) == ([(OPEN_CODE, None), (OPEN_CODE, document)], 0)
    assert "Bỏ hồ sơ khỏi giỏ" in binh.get(f"/case-files/{OPEN_CODE}").text
    away = post(binh, "/search/basket/take-out", code=OPEN_CODE, back="//example.org/")
    assert away.location.startswith("/")
    assert not away.location.startswith("//")
    assert held(services) == ([(OPEN_CODE, document)], 0)
    assert "Giỏ tài liệu (" not in browser_of(app, services, "lan").get("/search").text
    assert post(binh, "/search/basket/empty").status_code == 303
    assert held(services) == ([], 0)
    assert "Giỏ tài liệu đang trống" in binh.get("/search/basket").text


def test_what_is_open_on_conditions_leads_to_a_request_and_is_told_by_its_data(
    app: Flask, services: Services
) -> None:
    binh = browser_of(app, services, "binh")
    document = document_of(services, RESTRICTED_CODE)
    post(binh, "/search/basket/put", document=str(document))
    page = binh.get("/search/basket").text
    assert f"/use-requests/new?code={RESTRICTED_CODE}&amp;document={document}" in page
    request = binh.get("/use-requests/new", query_string={"document": str(document)})
    assert request.status_code == 200
    (item,) = show_basket(services, actor=person(services, "binh")).items
    assert item.locked
    put_in(services, Chosen(document=document), actor=person(services, "lan"))
    (item,) = show_basket(services, actor=person(services, "lan")).items
    assert not item.locked


def test_what_may_be_known_no_longer_is_counted_and_told_nowhere(
    app: Flask, services: Services
) -> None:
    binh = person(services, "binh")
    document = document_of(services, OPEN_CODE)
    for chosen in (Chosen(code=OPEN_CODE), Chosen(code=RESTRICTED_CODE), Chosen(document=document)):
        put_in(services, chosen, actor=binh)
    change(services, RESTRICTED_CODE, removing_since=clock.now())
    quarantine(services, document)
    assert held(services) == ([(OPEN_CODE, None)], 2)
    browser = browser_of(app, services, "binh")
    page = browser.get("/search/basket").text
    assert "2 mục không còn xem được" in page
    assert RESTRICTED_CODE not in page
    assert [row["Mã hồ sơ"] for row in table(browser.get(CSV).data)] == [OPEN_CODE]
    for gone in (Chosen(document=document), Chosen(document=uuid4())):
        with pytest.raises(DocumentUnknownError):
            put_in(services, gone, actor=person(services, "lan"))
    for code in (RESTRICTED_CODE, "", "H40.9"):
        with pytest.raises(CaseFileNotFoundError):
            put_in(services, Chosen(code=code), actor=person(services, "lan"))
    change(services, RESTRICTED_CODE, removing_since=None)
    assert held(services)[1] == 1
    hide(services, OPEN_CODE)
    stranger = person(services, "stranger")
    for chosen in (Chosen(code=RESTRICTED_CODE), Chosen(document=document)):
        with pytest.raises(NotFoundError):
            put_in(services, chosen, actor=stranger)
    assert held(services, "stranger") == ([], 0)
    assert post(browser, "/search/basket/empty").status_code == 303
    assert held(services) == ([], 0)


def test_a_program_and_the_terminal_have_the_same_and_take_it_along(
    app: Flask, services: Services, home: Path, tmp_path: Path
) -> None:
    program, archive = program_of(app, services, "lan"), Command(home)
    document = str(document_of(services, OPEN_CODE))
    (item,) = program.post("/search/basket/put", json={"document": document}).get_json()["items"]
    known = {"code": OPEN_CODE, "document": document, "ordinal": 1, "year": 2025, "locked": False}
    assert item.items() >= known.items()
    archive.ask("basket", "put", RESTRICTED_CODE, account="lan")
    listed = archive.ask("basket", "list", account="lan")
    assert [entry["code"] for entry in listed["items"]] == [RESTRICTED_CODE, OPEN_CODE]
    assert program.get("/search/basket").get_json() == listed
    said = archive.run("basket", "list", account="lan").stdout
    assert document in said
    target = tmp_path / "basket.csv"
    done = archive.ask("basket", "export", target, "--column", "code", account="lan")
    assert done == {"file": str(target), "hits": 2}
    codes = [RESTRICTED_CODE, OPEN_CODE]
    assert [next(iter(row.values())) for row in table(target.read_bytes())] == codes
    sheet = openpyxl.load_workbook(io.BytesIO(program.get("/search/basket/export").data)).active
    assert sheet is not None
    rows = list(sheet.iter_rows(values_only=True))
    assert ([row[0] for row in rows[1:]], len(rows[0])) == (codes, len(BASKET_COLUMNS))
    paper = docx.Document(io.BytesIO(program.get("/search/basket/export?form=docx").data))
    assert any("ĐÃ CHỌN" in paragraph.text for paragraph in paper.paragraphs)
    assert [row.cells[0].text for row in paper.tables[-1].rows[1:]] == codes
    with services.read_only() as session:
        tagged = select(AuditEvent.data).where(AuditEvent.tag == TAG).order_by(AuditEvent.number)
        told = list(session.scalars(tagged))
    assert [(entry["form"], entry["hits"], document in entry["things"]) for entry in told] == [
        ("csv", 2, True), ("xlsx", 2, True), ("docx", 2, True)
    ]  # fmt: skip
    archive.ask("basket", "take-out", OPEN_CODE, "--document", document, account="lan")
    assert len(program.get("/search/basket").get_json()["items"]) == 1
    assert program.post("/search/basket/take-out", json={"code": OPEN_CODE}).status_code == 200
    assert archive.ask("basket", "empty", account="lan") == {"items": [], "unseen": 0}
    for act in (["put", RESTRICTED_CODE], ["take-out", RESTRICTED_CODE], ["empty"]):
        assert archive.run("basket", *act, account="lan").code == 0
    for given in (["a.txt"], ["a.csv", "--column", "snippet"]):
        refused = archive.run("basket", "export", *given, "--json", account="lan")
        assert (refused.code, refused.error["code"]) == (2, "command-usage")
    nobody = archive.run("basket", "put", OPEN_CODE, "--json")
    assert (nobody.code, nobody.error["code"]) == (4, "act-not-allowed")


def test_the_page_takes_along_the_chosen_columns_and_refuses_others(
    app: Flask, services: Services
) -> None:
    browser = browser_of(app, services, "binh")
    put_in(services, Chosen(code=OPEN_CODE), actor=person(services, "binh"))
    answer = browser.get(f"{CSV}&column=title&column=code")
    assert answer.headers["Content-Disposition"].endswith("gio-tai-lieu.csv")
    assert list(table(answer.data)[0]) == ["Mã hồ sơ", "Tiêu đề"]
    for wrong in ("form=txt", "column=snippet"):
        assert browser.get(f"/search/basket/export?{wrong}").status_code == 422
    assert browser.get("/search/basket/export?form=pdf").data.startswith(b"%PDF")
    admin = browser_of(app, services, "quan")
    assert admin.get("/search/basket").status_code == 403
    with pytest.raises(NotAllowedError):
        put_in(services, Chosen(code=OPEN_CODE), actor=person(services, "quan"))


def test_a_full_basket_takes_nothing_more_and_loses_nothing(services: Services, home: Path) -> None:
    lan = person(services, "lan")
    with services.writing() as session:
        session.add_all(
            ShelfMark(
                account_id=lan.account_id,
                kind=ShelfKind.BASKET,
                case_file_id=uuid4(),
                at=clock.now(),
            )
            for _ in range(shelf.MOST_KEPT)
        )
    refused = Command(home).run("basket", "put", OPEN_CODE, "--json", account="lan")
    assert (refused.code, refused.error["code"]) == (4, "basket-full")
    assert held(services, "lan") == ([], shelf.MOST_KEPT)


def test_it_costs_as_much_for_many_as_for_few_and_outlives_a_rebuild(services: Services) -> None:
    binh = person(services, "binh")
    put_in(services, Chosen(code=OPEN_CODE), actor=binh)
    with counted(services) as few:
        show_basket(services, actor=binh)
    put_in(services, Chosen(document=document_of(services, OPEN_CODE)), actor=binh)
    put_in(services, Chosen(code=RESTRICTED_CODE), actor=binh)
    with counted(services) as many:
        show_basket(services, actor=binh)
    assert len(many) == len(few)
    before = held(services)
    rebuild(services, actor=OPERATOR)
    assert held(services) == before
    assert len(before[0]) == 3
