"""A mixed case file names the document that makes its term longer, wherever the term is told."""

from flask import Flask

from archive_service import law
from archive_service.catalogue.describing.acts import describe_case_file
from archive_service.services import Services
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE, do_all, program_of
from tests.worlds.command import Command

CITED = law.code_list("maintenance").meta.citation
PERMANENT = {"maintenance": "01", "codeNumber": "12", "codeNotation": "QĐ-UBND"}


def test_the_document_that_makes_a_term_longer_is_named_with_its_citation(
    app: Flask, services: Services
) -> None:
    actor, program = person(services, "lan"), program_of(app, services, "lan")
    at = f"/case-files/{OPEN_CODE}/retention"
    before = program.get(at).get_json()
    assert (before["forced_by"], before["permanent"]) == ([], False)
    describe_case_file(services, OPEN_CODE, {1: PERMANENT}, reason="Xác định lại", actor=actor)
    do_all(services)
    told = program.get(at).get_json()
    assert told["permanent"]
    (one,) = told["forced_by"]
    title = one["title"]
    assert (one["ordinal"], one["number"], one["symbol"]) == (1, "12", "QĐ-UBND")
    assert (one["maintenance"], one["permanent"], one["citation"]) == ("01", True, CITED)
    words = (
        f"Tài liệu 1, số 12/QĐ-UBND, “{title}”, có thời hạn Vĩnh viễn"
        " (mã 01 khai cho tài liệu này)."
    )
    assert {"text": words, "citation": CITED} in told["steps"]
    lan = browser_of(app, services, "lan")
    for page in (f"/case-files/{OPEN_CODE}", f"/case-files/{OPEN_CODE}/term"):
        shown = lan.get(page).text
        assert words in shown
        assert CITED in shown.partition(words)[2][:400]
    archive = Command(services.settings.home)
    printed = archive.run("retention", "explain", OPEN_CODE, account="lan").stdout
    assert words in printed
    assert archive.ask("retention", "explain", OPEN_CODE)["forced_by"] == told["forced_by"]
    back = {"maintenance": ""}
    describe_case_file(services, OPEN_CODE, {1: back}, reason="Ghi lại", actor=actor)
    assert program.get(at).get_json()["forced_by"] == []
