"""What nobody signed is for reference, whatever its sender says; the page tells both."""

from pathlib import Path

import pytest
from flask import Flask

from archive_service.services import Services
from ingest.submissions import acts as submissions_acts
from tests.worlds.archive import new_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.clients import do_all
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.holding import case_of

CODE = "H40.18.2025.12.QLCT"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_home(tmp_path / "home")


def test_an_unsigned_document_declared_as_original_is_kept_for_reference_and_told_so(
    app: Flask, services: Services, tmp_path: Path
) -> None:
    rows = []
    for name, standing in (("a.pdf", "Bản gốc"), ("b.pdf", ""), ("c.pdf", "Tham khảo")):
        write_pdf(tmp_path / "case" / name, words=name)
        rows.append(document_row(name, CODE, codeNumber=name[0], standing=standing))
    rows.append(rows[0] | {"files": "d.pdf", "codeNumber": "d", "confidenceLevel": "02"})
    write_pdf(tmp_path / "case" / "d.pdf", words="d.pdf")
    write_sheet(tmp_path / "case" / "Hồ sơ.xlsx", [case_row(CODE)], rows)
    (identifier,) = submissions_acts.submit(
        tmp_path / "case", actor=person(services, "bach"), services=services
    )
    do_all(services)
    lan = browser_of(app, services, "lan")
    desk = lan.get(f"/desk/{identifier}").text
    assert "không có chữ ký số nhưng được khai là Bản gốc" in desk
    submissions_acts.accept(services, identifier, actor=person(services, "lan"))
    do_all(services)
    found = [document.standing for document in case_of(services, CODE).documents]
    assert found == ["reference", "reference", "reference", "original"]
    page = lan.get(f"/case-files/{CODE}?document=1").text
    told = "Tham khảo (không có chữ ký số có giá trị; người nộp khai: Bản gốc)"
    assert page.count(told) == 2  # in the list of documents, and in the data of this one
