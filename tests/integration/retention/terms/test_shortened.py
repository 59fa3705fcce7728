"""A term that a person made shorter is told to who reviews and decides, and on the papers."""

import datetime as dt
import unicodedata
from io import BytesIO

import pypdfium2
from flask import Flask
from sqlalchemy import select

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.services import Services
from archive_service.worker import work
from retention.disposition import acts as disposition_acts
from retention.disposition.papers.reading import read_paper
from retention.terms.changes import set_term
from retention.terms.given import RuleIn
from retention.terms.rule_choice import choose_group
from retention.terms.rules import RetentionRule
from tests.worlds.archive import OPERATOR, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE
from tests.worlds.retention.dispositions import HEAD, add_agency_head, make_due, submitted

REASON = "Cùng loại với công văn quy hoạch"


def declared(services: Services, years: int) -> None:
    """The open case file of 2016 has a declared term, which a person moves to a group's."""
    rule = RetentionRule("declared", "", years, "TT 05", "declared", "declared")
    with services.writing() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
        for document in row.documents:
            document.maintenance = None
        row.end_date = "2016-06-01"
        ended_on = dt.date(2016, 6, 1)
        set_term(session, row, rule, ended_on=ended_on, cause="disposition", by="lan")
    choose_group(
        services, OPEN_CODE, RuleIn(rule="TT10.2.01", reason=REASON), actor=person(services, "lan")
    )
    work(services, until_empty=True)


def words_of(data: bytes) -> str:
    with pypdfium2.PdfDocument(BytesIO(data)) as document:
        pages = [page.get_textpage().get_text_range() for page in document]
    return " ".join(unicodedata.normalize("NFC", " ".join(pages)).split())


def test_a_shorter_term_is_told_on_the_list_its_pages_and_papers(
    app: Flask, services: Services
) -> None:
    make_due(services, RESTRICTED_CODE)
    declared(services, 10)
    add_agency_head(services)
    row = submitted(services, OPEN_CODE, RESTRICTED_CODE)
    told = disposition_acts.show(services, row, actor=person(services, HEAD))
    shortened = {
        disposition_item.code: disposition_item.shortened for disposition_item in told.items
    }
    sentence = shortened.pop(OPEN_CODE) or ""
    today = f"{clock.today():%d/%m/%Y}"
    assert sentence.startswith(f"Thời hạn trước đây đến 31/12/2026, rút ngắn ngày {today} bởi ")
    assert sentence.endswith(f", lý do: {REASON}")
    assert shortened == {RESTRICTED_CODE: None}
    head = browser_of(app, services, HEAD)
    assert f"{sentence}." in head.get(f"/dispositions/{row}").text
    told_to_head = f"1 hồ sơ đã được rút ngắn thời hạn trước khi đưa vào danh sách: {OPEN_CODE}."
    assert told_to_head in head.get(f"/approvals?item={row}").text
    for form in ("list", "explanation"):
        paper = words_of(read_paper(services, row, form, actor=OPERATOR)[1])
        assert "trước đây đến 31/12/2026" in paper, form
        assert paper.count("rút ngắn") == 1, form


def test_a_term_that_grew_is_not_called_shorter(services: Services) -> None:
    declared(services, 3)
    row = submitted(services, OPEN_CODE)
    (item,) = disposition_acts.show(services, row, actor=person(services, "lan")).items
    assert (item.ends_on, item.shortened) == (dt.date(2021, 12, 31), None)
