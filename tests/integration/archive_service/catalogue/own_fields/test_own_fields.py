"""Fields of an agency's own: defined, described, found, exported, sent in, back after a rebuild."""

import csv
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any
from uuid import UUID

import openpyxl
import pytest
from flask import Flask
from openpyxl import load_workbook

from archive_service import access
from archive_service.catalogue.describing.acts import (
    DescriptionRefusedError,
    FieldNotEditedError,
)
from archive_service.catalogue.own_fields import acts as own_fields_acts
from archive_service.catalogue.own_fields.fields import (
    OwnFieldNotFoundError,
    OwnFieldRetiredError,
    OwnFieldTakenError,
    OwnFieldWordsError,
)
from archive_service.catalogue.own_fields.given import OwnFieldChange
from archive_service.domain.intake.submission import Submission
from archive_service.packaging.tree import CATALOGUE, OWN
from archive_service.recovery.export.case_file import export_case_file
from archive_service.recovery.rebuild.acts import rebuild
from archive_service.services import Services
from ingest.submissions.acts import accept, submit
from tests.integration.archive_service.catalogue.own_fields.defined import (
    AGENCY,
    define,
    describe,
    row,
)
from tests.worlds.archive import OPERATOR, person
from tests.worlds.browsers import browser_of, post_from
from tests.worlds.clients import OPEN_CODE, Program, do_all, session_token
from tests.worlds.papers.bad_input import small_case
from tests.worlds.shelf import object_of


def kept(services: Services, name: str) -> Any:
    """A JSON file of the last version of the package."""
    return json.loads(object_of(services.settings.home / "kho1", OPEN_CODE).read(name))


def test_who_may_define_fields_of_an_agency(services: Services) -> None:
    define(services, "soTrang", "Số trang", "number")
    told = own_fields_acts.list_all(services, actor=person(services, "bach"))
    assert [(entry.name, entry.agency) for entry in told] == [("soTrang", AGENCY)]
    for name in ("bach", "binh"):
        with pytest.raises(access.ActNotAllowedError):
            define(services, "khac", "Khác", by=name)
    with pytest.raises(OwnFieldTakenError):
        define(services, "soTrang", "Số khác")
    with pytest.raises(OwnFieldTakenError):
        define(services, "soTrang2", "số  TRANG")
    define(services, "soTrang", "Số trang", subject="document")
    with pytest.raises(OwnFieldNotFoundError):
        own_fields_acts.change(
            services, UUID(int=5), OwnFieldChange(label="x"), actor=person(services, "lan")
        )


@pytest.mark.parametrize(
    ("name", "label", "more"),
    [
        ("Số trang", "Số trang", {}),
        ("1a", "Nhãn", {}),
        ("a" * 41, "Nhãn", {}),
        ("tot", " ", {}),
        ("tot", "Nhãn", {"kind": "choice"}),
        ("tot", "Nhãn", {"choices": ["a"]}),
    ],
)
def test_a_field_that_cannot_be_kept_is_refused(
    services: Services, name: str, label: str, more: dict[str, Any]
) -> None:
    with pytest.raises(OwnFieldWordsError):
        define(services, name, label, **more)


def test_values_are_judged_kept_in_the_package_and_found(app: Flask, services: Services) -> None:
    define(services, "duAn", "Dự án", required=True)
    define(services, "ngayDuyet", "Ngày duyệt", "date")
    define(services, "loai", "Loại công trình", "choice", choices=["Cầu", "Đường"])
    define(services, "soTo", "Số tờ", "number", subject="document", searchable=False)
    for wrong in ({"own:ngayDuyet": "31/2/2025"}, {"own:loai": "Nhà"}, {"own:duAn": "x" * 501}):
        with pytest.raises(DescriptionRefusedError):
            describe(services, {0: wrong})
    with pytest.raises(DescriptionRefusedError):
        describe(services, {1: {"own:soTo": "ba"}})
    with pytest.raises(FieldNotEditedError):
        describe(services, {0: {"own:soTo": "3"}})
    given = {"own:duAn": "Hồ chứa Nậm Pông", "own:ngayDuyet": "5/3/2025", "own:loai": "cầu"}
    describe(services, {0: given, 1: {"own:soTo": "3,5"}})
    with pytest.raises(DescriptionRefusedError):
        describe(services, {0: {"own:duAn": ""}})
    do_all(services)
    wanted = {"duAn": "Hồ chứa Nậm Pông", "ngayDuyet": "2025-03-05", "loai": "Cầu"}
    assert row(services).own_fields == wanted
    told = kept(services, OWN)
    assert (told["case_file"], told["documents"]) == (wanted, {"1": {"soTo": "3.5"}})
    assert {field["label"] for field in told["fields"]} == {
        "Dự án", "Ngày duyệt", "Loại công trình", "Số tờ",
    }  # fmt: skip
    assert kept(services, CATALOGUE)["case_file"]["own_fields"] == wanted
    client = browser_of(app, services, "lan")
    for words in ("Nậm Pông", "05/03/2025"):
        assert OPEN_CODE in client.get("/search", query_string={"q": words}).text
    page = client.get(f"/case-files/{OPEN_CODE}").text
    assert "Hồ chứa Nậm Pông" in page
    assert "05/03/2025" in page
    assert "Số tờ" in client.get(f"/case-files/{OPEN_CODE}/documents/1").text


def test_the_list_is_narrowed_by_a_field_and_written_out_with_it(
    app: Flask, services: Services
) -> None:
    define(services, "duAn", "Dự án")
    describe(services, {0: {"own:duAn": "Hồ chứa Nậm Pông"}})
    client = browser_of(app, services, "lan")
    found = client.get("/case-files?own=duAn&own_value=Nậm").text
    assert found.count("data-item") == 1
    assert "data-item" not in client.get("/case-files?own=duAn&own_value=Khác").text
    assert client.get("/case-files?own=none").text.count("data-item") == 2
    sheet = client.get("/case-files?export=csv").data.decode("utf-8-sig")
    heads, *rows = csv.reader(io.StringIO(sheet), delimiter=";" if ";" in sheet[:200] else ",")
    assert heads[-1] == "Dự án"
    assert sorted(one[-1] for one in rows) == ["", "Hồ chứa Nậm Pông"]


@pytest.mark.parametrize("label", ['=HYPERLINK("http://x")', "@SUM(A1)", "+1", "-1+1"])
def test_the_name_of_a_field_is_no_formula_in_what_is_written_out(
    app: Flask, services: Services, label: str
) -> None:
    define(services, "duAn", label)
    client = browser_of(app, services, "lan")
    sheet = client.get("/case-files?export=csv").data.decode("utf-8-sig")
    assert next(csv.reader(io.StringIO(sheet)))[-1] == f"'{label}"
    book = openpyxl.load_workbook(io.BytesIO(client.get("/case-files?export=xlsx").data))
    cell = book.worksheets[0][1][-1]
    assert (cell.value, cell.data_type) == (label, "s")


def test_an_export_for_use_tells_them(services: Services, tmp_path: Path) -> None:
    define(services, "duAn", "Dự án")
    describe(services, {0: {"own:duAn": "Hồ chứa"}})
    do_all(services)
    told = export_case_file(
        services, OPEN_CODE, form="dip", folder=tmp_path, actor=person(services, "lan")
    )
    with zipfile.ZipFile(told.path) as archive:
        (name,) = (one for one in archive.namelist() if one.endswith("own-fields.json"))
        assert json.loads(archive.read(name))["case_file"] == {"duAn": "Hồ chứa"}


def test_a_retired_field_is_described_no_more_and_keeps_its_values(
    app: Flask, services: Services
) -> None:
    field = define(services, "duAn", "Dự án")
    describe(services, {0: {"own:duAn": "Hồ chứa"}})
    lan = person(services, "lan")
    own_fields_acts.retire(services, field, actor=lan)
    with pytest.raises(FieldNotEditedError):
        describe(services, {0: {"own:duAn": "Khác"}})
    with pytest.raises(OwnFieldRetiredError):
        own_fields_acts.change(services, field, OwnFieldChange(label="Tên khác"), actor=lan)
    assert row(services).own_fields == {"duAn": "Hồ chứa"}
    assert "Hồ chứa" in browser_of(app, services, "lan").get(f"/case-files/{OPEN_CODE}").text
    own_fields_acts.restore(services, field, actor=lan)
    describe(services, {0: {"own:duAn": "Khác"}})


def test_columns_of_a_sheet_are_taken_by_name_or_label(services: Services, tmp_path: Path) -> None:
    define(services, "duAn", "Dự án")
    define(services, "soTo", "Số tờ", "number", subject="document", required=True)
    code = "H40.18.2025.09.QLCT"
    case = small_case(tmp_path / "in", code=code)
    (sheet,) = case.glob("*.xlsx")
    book = load_workbook(sheet)
    for name, headings in (("Hồ sơ", ("Dự án", "Cột lạ")), ("Văn bản", ("soTo",))):
        page = book[name]
        for heading in headings:
            column = page.max_column + 1
            page.cell(1, column, heading)
            page.cell(page.max_row, column, "Hồ chứa" if heading != "soTo" else "abc")
    book.save(sheet)
    (submission,) = submit(case, actor=person(services, "bach"), services=services)
    do_all(services)
    with services.read_only() as session:
        sent = session.get_one(Submission, submission)
        found = {finding.code: finding.facts for finding in sent.findings}
        declared = sent.case_file()
    assert declared.fields["own:duAn"] == "Hồ chứa"
    assert "own:Cột lạ" not in declared.fields
    assert found["column-unknown"]["heading"] == "Cột lạ"
    assert found["own-field-number"]["value"] == "abc"
    assert [finding.code for finding in sent.findings].count("column-unknown") == 1


def test_what_was_sent_in_with_own_fields_is_accepted_with_them(
    services: Services, tmp_path: Path
) -> None:
    define(services, "duAn", "Dự án")
    code = "H40.18.2025.09.QLCT"
    case = small_case(tmp_path / "in", code=code)
    (sheet,) = case.glob("*.xlsx")
    book = load_workbook(sheet)
    page = book["Hồ sơ"]
    column = page.max_column + 1
    page.cell(1, column, "DỰ ÁN")
    page.cell(page.max_row, column, "Hồ chứa")
    book.save(sheet)
    (submission,) = submit(case, actor=person(services, "bach"), services=services)
    do_all(services)
    accept(services, submission, actor=person(services, "lan"))
    assert row(services, code).own_fields == {"duAn": "Hồ chứa"}


def test_a_rebuild_brings_fields_and_values_back(services: Services) -> None:
    define(services, "loai", "Loại", "choice", choices=["Cầu", "Đường"], required=True)
    field = define(services, "duAn", "Dự án", subject="document")
    own_fields_acts.retire(services, field, actor=person(services, "lan"))
    describe(services, {0: {"own:loai": "Đường"}})
    do_all(services)
    before = own_fields_acts.list_all(services, actor=person(services, "lan"))
    rebuild(services, actor=OPERATOR)
    assert own_fields_acts.list_all(services, actor=person(services, "lan")) == before
    assert row(services).own_fields == {"loai": "Đường"}


def test_pages_define_and_describe(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "lan")
    reader = browser_of(app, services, "bach").get("/own-fields").text
    assert "Lưu trữ viên thêm trường" in reader
    assert "Thêm trường khi" not in reader
    assert "Thêm trường khi" in client.get("/own-fields").text
    token = {"csrf_token": session_token(client)}
    form = token | {
        "agency": AGENCY, "subject": "case-file", "name": "loai", "kind": "choice",
        "label": "Loại công trình", "choices": "Cầu\nĐường", "searchable": "1",
    }  # fmt: skip
    assert client.post("/own-fields", data=form).status_code == 303
    taken = post_from(client, "/own-fields", "/own-fields", **form)
    assert taken.status_code == 409
    assert re.search(r'id="add-dialog"[^>]* open', taken.text)
    below = taken.text.partition('name="name" value="loai"')[2].partition("</div>")[0]
    assert "Cơ quan đã có trường riêng tên “loai”." in taken.text
    assert 'id="refused-note"' in below
    assert "Loại công trình" in client.get("/own-fields").text
    page = client.get(f"/case-files/{OPEN_CODE}/describe").text
    assert 'name="own:loai"' in page
    assert '<option value="Đường"' in page
    (told,) = own_fields_acts.list_all(services, actor=person(services, "lan"))
    changed = token | {"label": "Loại", "choices": "Cầu"}
    assert client.post(f"/own-fields/{told.id}", data=changed).status_code == 303
    assert client.post(f"/own-fields/{told.id}/retire", data=token).status_code == 303
    assert "own:loai" not in client.get(f"/case-files/{OPEN_CODE}/describe").text
    assert browser_of(app, services, "bach").post("/own-fields", data=form).status_code in (
        400,
        403,
    )


def test_a_program_does_the_same(archivist: Program, reader: Program) -> None:
    body = {"agency": AGENCY, "subject": "document", "name": "soTo", "label": "Số tờ",
            "kind": "number"}  # fmt: skip
    made = archivist.post("/own-fields", json=body)
    assert made.status_code == 201
    assert archivist.post("/own-fields", json=body).status_code == 409
    assert archivist.post("/own-fields", json=body | {"name": "Số"}).status_code == 422
    assert reader.post("/own-fields", json=body | {"name": "khac"}).status_code == 403
    place = f"/own-fields/{made.get_json()['id']}"
    assert archivist.ask("PATCH", place, json={"required": True}).get_json()["required"]
    retired = archivist.ask("PATCH", place, json={"retired": True}).get_json()
    assert retired["retired_on"]
    assert archivist.get("/own-fields").get_json()["own_fields"] == [retired]
    edit = {"reason": "x", "documents": {"1": {"own:soTo": "3"}}}
    assert (
        archivist.ask("PATCH", f"/case-files/{OPEN_CODE}/description", json=edit).status_code == 422
    )
