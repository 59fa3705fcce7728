"""A whole case file as one PDF and as one XML document, and packages as ZIP and bag."""

import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pikepdf
import pytest
import typst
from lxml import etree
from PIL import Image

from archive_service.packaging.model import FileRole, Package, PackageDocument, PackageFile
from archive_service.packaging.reading_order.pdf import PART_ROWS, OrderedPdf, write_case_pdf
from archive_service.packaging.reading_order.xml import case_xml
from archive_service.packaging.schema_files import FOLDER
from tests.worlds.ingest.packages import file, package, text_fields
from tests.worlds.read_back.catalogue import catalogue_in

FONTS = Path("archive_service/static/vendor/fonts")


def dated(ordinal: int, day: str, *files: PackageFile) -> PackageDocument:
    fields = {**text_fields(ordinal), "issuedDate": day, "subject": f"Quyết định số {ordinal}"}
    return PackageDocument(ordinal, f"{ordinal:04}", fields, files)


def pdf(folder: Path, pages: int) -> bytes:
    source = folder / "page.typ"
    source.write_text("#pagebreak()".join(f"Trang {n}" for n in range(pages)), "utf-8")
    made = typst.compile(str(source))
    assert isinstance(made, bytes)
    return made


def jpeg(dpi: int = 200) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (1654, 2339), "white").save(out, "JPEG", dpi=(dpi, dpi))
    return out.getvalue()


@pytest.fixture
def case(tmp_path: Path) -> tuple[Package, Callable[[PackageFile], IO[bytes]]]:
    """Second in time a scan of two pages; first a PDF of three; last a recording, undated."""
    pages = [file(f"1/p{n}.jpg", "image/jpeg", role=FileRole.PAGE) for n in (1, 2)]
    sound = file("3/ghi-am.mp3", "audio/mpeg", original_name="Ghi âm.mp3")
    documents = [
        dated(1, "2024-05-02", *pages),
        dated(2, "2024-01-31", file("2/a.pdf")),
        dated(3, "", sound),
    ]
    data = {"1/p1.jpg": jpeg(), "1/p2.jpg": jpeg(), "2/a.pdf": pdf(tmp_path, 3)}
    return package(documents=documents), lambda one: io.BytesIO(data[one.path])


def write(target: Path, made: Package, open_file: Callable[[PackageFile], IO[bytes]]) -> OrderedPdf:
    return write_case_pdf(
        target, made, open_file=open_file, history=made.events, font_paths=[FONTS]
    )


def text_of(pdf_file: Path) -> list[str]:
    import pypdfium2

    with pypdfium2.PdfDocument(pdf_file) as document:
        return [page.get_textpage().get_text_bounded() for page in document]


def test_documents_stand_in_order_of_time_where_the_index_says(
    case: tuple[Package, Callable[[PackageFile], IO[bytes]]], tmp_path: Path
) -> None:
    done = write(tmp_path / "case.pdf", *case)
    pages = text_of(done.path)
    assert done.pages == len(pages)
    index = next(page for page in pages if "MỤC LỤC VĂN BẢN" in page)
    assert index.index("Quyết định số 2") < index.index("Quyết định số 1")
    with pikepdf.Pdf.open(done.path) as joined, joined.open_outline() as outline:
        assert [item.title for item in outline.root] == ["Quyết định số 2", "Quyết định số 1"]
    first = next(number for number, page in enumerate(pages, 1) if page.strip() == "Trang 0")
    assert f"\n{first}\r" in index or f"\n{first}\n" in index or f" {first} " in index
    assert "LỊCH SỬ CỦA HỒ SƠ" in "".join(pages[-2:])


def test_what_has_no_pages_is_named_in_the_index(
    case: tuple[Package, Callable[[PackageFile], IO[bytes]]], tmp_path: Path
) -> None:
    done = write(tmp_path / "case.pdf", *case)
    assert done.left_out == ["Ghi âm.mp3"]
    assert any("Ghi âm.mp3" in page for page in text_of(done.path))


def test_a_file_that_is_no_pdf_does_not_stop_the_others(tmp_path: Path) -> None:
    broken = file("2/b.pdf", original_name="hỏng.pdf")
    made = package(documents=[dated(1, "2024-01-01", broken)])
    done = write(tmp_path / "case.pdf", made, lambda _: io.BytesIO(b"%PDF-1.7 broken"))
    assert done.left_out == ["hỏng.pdf"]


def test_a_scanned_page_keeps_the_bytes_of_its_image(tmp_path: Path) -> None:
    image = jpeg()
    page = file("1/p.jpg", "image/jpeg", role=FileRole.PAGE)
    made = package(documents=[dated(1, "2024-01-01", page)])
    done = write(tmp_path / "case.pdf", made, lambda _: io.BytesIO(image))
    with pikepdf.Pdf.open(done.path) as joined:
        kept = [
            bytes(stream.read_raw_bytes())
            for each in joined.pages
            for stream in each.get_images().values()
        ]
    assert kept == [image]


def test_more_documents_than_files_may_be_open_are_joined(tmp_path: Path) -> None:
    one_page = pdf(tmp_path, 1)
    days = [f"2024-01-{n % 28 + 1:02}" for n in range(200)]
    made = package(documents=[dated(n, day, file("a.pdf")) for n, day in enumerate(days, 1)])
    done = write(tmp_path / "case.pdf", made, lambda _: io.BytesIO(one_page))
    assert done.pages > 200
    with pikepdf.Pdf.open(done.path) as joined, joined.open_outline() as outline:
        assert len(outline.root) == 200


def test_a_long_case_file_is_set_in_parts_that_read_as_one(tmp_path: Path) -> None:
    """Set at once, 20,000 documents took ten gigabytes."""
    count = 2 * PART_ROWS + 1
    made = package(documents=[dated(n, "") for n in range(1, count + 1)])
    done = write(tmp_path / "case.pdf", made, lambda _: io.BytesIO())
    pages = text_of(done.path)
    assert [page.split()[-1] for page in pages] == [str(n) for n in range(1, done.pages + 1)]
    told = "".join(pages)
    for heading in ("MỤC LỤC VĂN BẢN TRONG", "DỮ LIỆU CỦA TỪNG", "LỊCH SỬ CỦA"):
        assert told.count(heading) == 1
    index, data = told.split("DỮ LIỆU CỦA TỪNG")
    for part in (index, data):
        found = [int(n) for n in re.findall(r"Quyết định số (\d+)", part)]
        assert sorted(set(found)) == list(range(1, count + 1))


def test_the_xml_form_obeys_its_schema_and_keeps_the_order_of_time(
    case: tuple[Package, Callable[[PackageFile], IO[bytes]]],
) -> None:
    made, _ = case
    root = etree.fromstring(case_xml(made, history=made.events))
    schema = etree.XMLSchema(etree.parse(FOLDER / "case_file.xsd"))
    assert schema.validate(root), schema.error_log
    ordinals = [each.get("ordinal") for each in root.iter("{*}document")]
    assert ordinals == ["2", "1", "3"]
    assert len(list(root.iter("{*}event"))) == len(made.events)


def test_the_xml_form_gives_back_whatever_a_record_holds() -> None:
    record = {
        "none": None, "yes": True, "no": False, "number": -7, "share": 0.25, "empty": "",
        "words": " hai dòng\r\nvà một\ttab ", "signs": "<&>\"'", "never in XML": "\x00\x1b\ufffe",
        "rows": [{"a": [], "b": {}}, ["1", 2], "ba"],
    }  # fmt: skip
    made = package(documents=[], catalogue=json.dumps(record).encode())
    document = case_xml(made, history=())
    schema = etree.XMLSchema(etree.parse(FOLDER / "case_file.xsd"))
    assert schema.validate(etree.fromstring(document)), schema.error_log
    assert catalogue_in(document) == record


def test_both_forms_name_who_kept_the_case_file_where_that_is_known(tmp_path: Path) -> None:
    for creator in ("Trần Văn Bách", ""):
        made = package(documents=[dated(1, "2024-01-01")], creator=creator)
        done = write(tmp_path / "case.pdf", made, lambda _: io.BytesIO(b""))
        front = " ".join(text_of(done.path)[0].split())
        assert (f"Người lập hồ sơ {creator}" in front) is bool(creator)
        assert ("Người lập hồ sơ" in front) is bool(creator)
        root = etree.fromstring(case_xml(made, history=()))
        schema = etree.XMLSchema(etree.parse(FOLDER / "case_file.xsd"))
        assert schema.validate(root), schema.error_log
        assert root.findtext("{*}creator", "") == creator


@pytest.mark.parametrize("role", FileRole)
def test_files_of_every_role_obey_the_schema_of_the_xml_form(role: FileRole) -> None:
    made = package(documents=[PackageDocument(1, "0001", text_fields(1), [file("a", role=role)])])
    root = etree.fromstring(case_xml(made, history=()))
    schema = etree.XMLSchema(etree.parse(FOLDER / "case_file.xsd"))
    assert schema.validate(root), schema.error_log
