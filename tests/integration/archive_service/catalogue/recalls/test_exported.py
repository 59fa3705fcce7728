"""What became of a document stands in everything that goes out; recalled content does not go."""

import zipfile
from pathlib import Path
from typing import Any

import pytest
from lxml import etree
from sqlalchemy import select

from archive_service import clock
from archive_service.catalogue.holdings.uses import DocumentRecalledError
from archive_service.catalogue.recalls.acts import Wish, ask
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.recall import RecallKind
from archive_service.recovery.export.case_file import export_case_file
from archive_service.services import Services
from tests.worlds.archive import person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, Program, do_all

REASON = "Ban hành sai thẩm quyền"


def decided(services: Services, wish: Wish) -> None:
    """Asked and confirmed at once, by whoever may decide; in the package too."""
    ask(services, OPEN_CODE, "1", wish, actor=person(services, "lan"))
    do_all(services)


def recalled(services: Services) -> str:
    decided(services, Wish(kind=RecallKind.RECALL, reason=REASON))
    return f"Đã thu hồi ngày {clock.local(clock.now()):%d/%m/%Y}"


def replaced(services: Services) -> str:
    decided(
        services,
        Wish(kind=RecallKind.REPLACEMENT, reason=REASON, successor="15/QĐ-MOI", declared=True),
    )
    return "Bị thay thế bởi 15/QĐ-MOI"


def exported(services: Services, form: str, folder: Path) -> Path:
    lan = person(services, "lan")
    told = export_case_file(services, OPEN_CODE, form=form, folder=folder, actor=lan)
    return told.path


def texts(packed: Path) -> str:
    with zipfile.ZipFile(packed) as archive:
        names = [name for name in archive.namelist() if name.endswith((".xml", ".txt"))]
        return "\n".join(archive.read(name).decode() for name in names)


def digests(services: Services) -> set[str]:
    """Of the files of the document."""
    with services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == OPEN_CODE)).one()
        return {file.sha256 for file in row.documents[0].files}


@pytest.mark.parametrize("form", ["dip", "xml"])
def test_a_recalled_document_goes_out_as_its_data_and_a_note(
    services: Services, tmp_path: Path, form: str
) -> None:
    content = digests(services)
    note = recalled(services)
    path = exported(services, form, tmp_path)
    said = path.read_text() if form == "xml" else texts(path)
    assert note in said
    assert not [digest for digest in content if digest in said]
    if form == "xml":
        etree.fromstring(path.read_bytes())


def test_the_pdf_in_order_leaves_recalled_pages_out(services: Services, tmp_path: Path) -> None:
    from pypdfium2 import PdfDocument

    before = len(PdfDocument(exported(services, "pdf", tmp_path / "before")))
    note = recalled(services)
    with PdfDocument(exported(services, "pdf", tmp_path / "after")) as pdf:
        said = "\n".join(page.get_textpage().get_text_range() for page in pdf)
        assert len(pdf) < before
    assert note in " ".join(said.split())


@pytest.mark.parametrize("form", ["aip", "bag"])
def test_a_package_with_recalled_content_does_not_go_out_whole(
    services: Services, tmp_path: Path, form: str
) -> None:
    recalled(services)
    with pytest.raises(DocumentRecalledError):
        exported(services, form, tmp_path)


@pytest.mark.parametrize("form", ["dip", "xml", "bag"])
def test_by_what_a_document_was_replaced_stands_in_what_goes_out(
    services: Services, tmp_path: Path, form: str
) -> None:
    note = replaced(services)
    path = exported(services, form, tmp_path)
    assert note in (path.read_text() if form == "xml" else texts(path))


def test_nothing_is_noted_of_what_stands(services: Services, tmp_path: Path) -> None:
    said = texts(exported(services, "dip", tmp_path)) + texts(exported(services, "bag", tmp_path))
    assert "thu hồi" not in said
    assert "thay thế" not in said


def test_rest_tells_it_with_the_document_and_with_the_hit(
    services: Services, archivist: Program
) -> None:
    successor = _code_of(services, RESTRICTED_CODE)
    wish = Wish(kind=RecallKind.CORRECTION, reason=REASON, successor=successor)
    decided(services, wish)
    case: Any = archivist.get(f"/case-files/{OPEN_CODE}").json
    assert {"relation": "corrected-by", "target": successor} in case["documents"][0]["relations"]
    found: Any = archivist.get("/search", query_string={"q": case["documents"][0]["title"]}).json
    marked = {hit["document"]: hit.get("outdated") for hit in found["hits"]}
    assert marked[case["documents"][0]["id"]] == ["corrected-by"]


def test_the_list_of_recalls_as_a_table_names_the_newer_document(
    services: Services, archivist: Program
) -> None:
    replaced(services)
    listed: Any = archivist.get("/recalls").json
    assert [recall["successor"] for recall in listed["recalls"]] == ["15/QĐ-MOI"]


def _code_of(services: Services, code: str) -> str:
    with services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == code)).one()
        return row.documents[0].doc_code
