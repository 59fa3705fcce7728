"""All hits of a search as a table: at every door, within rights, and told in the trail."""

import csv
import io
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pypdfium2
import pytest
from flask import Flask
from sqlalchemy import select

from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.errors import NotAllowedError
from archive_service.services import Services
from search.conditions import Conditions
from search.export.acts import SearchTooManyError, Taken, export_hits
from search.export.columns import COLUMNS
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, program_of
from tests.worlds.command import Command

WORDS = "cầu treo"


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


def lines_of(target: Path) -> list[list[Any]]:
    if target.suffix == ".csv":
        return list(csv.reader(io.StringIO(target.read_text(encoding="utf-8-sig"))))
    sheet = openpyxl.load_workbook(target).active
    assert sheet is not None
    return [list(row) for row in sheet.iter_rows(values_only=True)]


def exported(services: Services) -> list[dict[str, Any]]:
    with services.read_only() as session:
        tagged = select(AuditEvent.data).where(AuditEvent.tag == "search:exported")
        return list(session.scalars(tagged.order_by(AuditEvent.number)))


def test_the_page_gives_every_hit_in_the_chosen_columns_and_the_trail_tells(
    app: Flask, services: Services
) -> None:
    lan = browser_of(app, services, "lan")
    assert 'action="/search/export"' in lan.get("/search", query_string={"q": WORDS}).text
    asked = {"q": WORDS, "form": "csv", "column": ["title", "code", "snippet"], "mode": "02"}
    answer = lan.get("/search/export", query_string=asked)
    assert answer.headers["Content-Disposition"].endswith("ket-qua-tra-cuu.csv")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    (row, *more) = table(answer.data)
    assert list(row) == ["Mã hồ sơ", "Tiêu đề", "Đoạn tìm thấy"]
    assert {entry["Mã hồ sơ"] for entry in (row, *more)} == {RESTRICTED_CODE}
    assert any(entry["Đoạn tìm thấy"] for entry in (row, *more))
    (told,) = exported(services)
    assert told["text"] == WORDS
    assert told["hits"] == 1 + len(more)
    assert (told["form"], told["conditions"]) == ("csv", {"modes": ["02"]})
    assert "Xuất toàn bộ kết quả tra cứu" in browser_of(app, services, "kiem").get("/audit").text


def test_a_program_and_the_terminal_take_the_same(
    app: Flask, services: Services, home: Path, tmp_path: Path
) -> None:
    answer = program_of(app, services, "lan").get(
        "/search/export", query_string={"q": WORDS, "sort": "code"}
    )
    assert answer.status_code == 200
    sheet = openpyxl.load_workbook(io.BytesIO(answer.data)).active
    assert sheet is not None
    rows = [list(row) for row in sheet.iter_rows(values_only=True)]
    assert len(rows[0]) == len(COLUMNS)
    target = tmp_path / "hits.csv"
    done = Command(home).ask(
        "search", WORDS, "--sort", "code", "--export", target, "--column", "code", account="lan"
    )
    codes = [next(iter(row.values())) for row in table(target.read_bytes())]
    assert done == {"file": str(target), "hits": len(codes), "told": None}
    assert codes == [row[0] for row in rows[1:]]
    assert len(exported(services)) == 2


def test_a_paper_names_what_was_sought_and_who_took_it(
    app: Flask, services: Services, home: Path, tmp_path: Path
) -> None:
    lan = browser_of(app, services, "lan")
    assert 'name="form" value="pdf"' in lan.get("/search", query_string={"q": WORDS}).text
    answer = lan.get("/search/export", query_string={"q": WORDS, "form": "docx"})
    assert answer.headers["Content-Type"].startswith("application/vnd.openxmlformats")
    paper = docx.Document(io.BytesIO(answer.data))
    words = "\n".join(paragraph.text for paragraph in paper.paragraphs)
    assert "KẾT QUẢ TRA CỨU" in words
    assert f"Từ khóa: {WORDS}" in words
    heads = [cell.text for cell in paper.tables[-1].rows[0].cells]
    assert heads == ["Mã hồ sơ", "Tiêu đề", "Số và ký hiệu", "Ngày văn bản",
                     "Cơ quan ban hành", "Trang", "Đoạn tìm thấy"]  # fmt: skip
    codes = {row.cells[0].text for row in paper.tables[-1].rows[1:]}
    assert RESTRICTED_CODE in codes
    target = tmp_path / "hits.pdf"
    chosen = ("--column", "code", "--column", "title")
    Command(home).ask("search", WORDS, "--export", target, *chosen, account="lan")
    pages = pypdfium2.PdfDocument(target)
    text = pages[0].get_textpage().get_text_range()
    assert RESTRICTED_CODE in text
    assert "lan xuất lúc" in text
    assert [entry["form"] for entry in exported(services)] == ["docx", "pdf"]


def test_what_was_asked_in_place_of_the_typed_words_is_told(
    services: Services, home: Path, tmp_path: Path
) -> None:
    target = tmp_path / "hits.pdf"
    done = Command(home).ask("search", "daay treo", "--export", target, account="lan")
    assert (done["told"]["instead"], done["hits"] > 0) == ("dây treo", True)
    text = " ".join(pypdfium2.PdfDocument(target)[0].get_textpage().get_text_range().split())
    assert "Đang hiển thị kết quả của: dây treo" in text
    assert exported(services)[-1]["instead"] == "dây treo"
    done = Command(home).ask("search", "dayy treo", "--export", target, account="lan")
    assert done["told"]["instead"] == "dây treo"  # as the hits write it
    for suffix in ("csv", "xlsx"):
        target = tmp_path / f"hits.{suffix}"
        Command(home).ask(
            "search", "daay treo", "--export", target, "--column", "code", account="lan"
        )
        (head, *rows) = lines_of(target)
        assert head == ["Mã hồ sơ", "Ghi chú tra cứu"]
        assert {row[1].partition(". ")[2] for row in rows} == {
            "Đang hiển thị kết quả của: dây treo"
        }


def test_a_paper_of_too_many_hits_is_refused(services: Services, tmp_path: Path) -> None:
    with pytest.raises(SearchTooManyError):
        export_hits(
            services,
            WORDS,
            Taken(form="pdf"),
            actor=person(services, "lan"),
            lang="vi",
            target=tmp_path / "hits.pdf",
            most=0,
        )
    assert not (tmp_path / "hits.pdf").exists()


@pytest.mark.parametrize("more", [["--export", "hits.txt"], ["--export", "a.csv", "--column", "x"]])
def test_the_terminal_refuses_another_form_or_column(home: Path, more: list[str]) -> None:
    refused = Command(home).run("search", WORDS, *more, "--json", account="lan")
    assert (refused.code, refused.error["code"]) == (2, "command-usage")


def test_a_table_holds_no_more_than_the_account_may_see(
    app: Flask, services: Services, tmp_path: Path
) -> None:
    def rows(name: str) -> list[dict[str, str]]:
        answer = browser_of(app, services, name).get(
            "/search/export", query_string={"q": WORDS, "form": "csv"}
        )
        return table(answer.data)

    closed = [row for row in rows("binh") if row["Mã hồ sơ"] == RESTRICTED_CODE]
    assert closed
    assert not any(row["Đoạn tìm thấy"] or row["Trang"] for row in closed)
    assert any(row["Đoạn tìm thấy"] for row in rows("binh") if row["Mã hồ sơ"] == OPEN_CODE)
    assert rows("stranger") == []
    with pytest.raises(NotAllowedError):
        export_hits(
            services, WORDS, Taken(), actor=person(services, "quan"), lang="vi",
            target=tmp_path / "x.csv",
        )  # fmt: skip
    assert not (tmp_path / "x.csv").exists()


def test_more_hits_than_a_table_takes_are_refused(services: Services, tmp_path: Path) -> None:
    given = Taken(form="csv", conditions=Conditions(years=(2025,)))
    with pytest.raises(SearchTooManyError) as refused:
        export_hits(
            services, WORDS, given, actor=person(services, "lan"), lang="vi",
            target=tmp_path / "x.csv", most=1,
        )  # fmt: skip
    assert refused.value.code == "search-too-many"
    assert exported(services) == []
