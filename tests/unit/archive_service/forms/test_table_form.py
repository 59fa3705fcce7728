"""A form that is a table reads the same as PDF/A, DOCX and XLSX."""

import datetime as dt
import json
import zipfile
from dataclasses import replace
from pathlib import Path

import openpyxl
import pikepdf
import pypdfium2
import pytest
from lxml import etree

from archive_service.forms.docx import write_docx
from archive_service.forms.frozen_form import frozen, thawed
from archive_service.forms.table_form import (
    TEMPLATE,
    FormColumn,
    FormRow,
    FormSigner,
    TableForm,
    data_of,
    print_table_form,
)
from archive_service.forms.typst_form import signature_place
from archive_service.forms.xlsx import sheet_name, write_xlsx

AT = dt.datetime(2026, 11, 20, 3, 0, tzinfo=dt.UTC)
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def form(rows: int = 3) -> TableForm:
    return TableForm(
        issuer="Sở Công trình tỉnh Sơn Lam",
        name="Danh mục hồ sơ",
        about=["Năm 2026"],
        number="12/DM-SCT",
        place_and_date="Sơn Lam, ngày 20 tháng 11 năm 2026",
        columns=[FormColumn("Số", 1, "center"), FormColumn("Tiêu đề", 4), FormColumn("Ghi chú", 1)],
        rows=[
            FormRow(["", "I. TỔNG HỢP", ""], "heading"),
            FormRow(["", "1. Chung", ""], "subheading"),
            *(FormRow([f"{n:02}.TH", f"=Hồ sơ <{n}> & khác\nhai dòng", ""]) for n in range(rows)),
        ],
        totals=[f"Bảng này có {rows} hồ sơ."],
        recipients=["Lưu: VT"],
        signers=[FormSigner("Giám đốc", "Hoàng Thị Mỵ")],
    )


def pages_of(pdf: Path) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [page.get_textpage().get_text_range() for page in document]


def test_the_print_is_pdfa_with_all_its_rows_and_the_heads_on_each_page(tmp_path: Path) -> None:
    print_table_form(form(60), tmp_path / "f.pdf", at=AT)
    with pikepdf.open(tmp_path / "f.pdf") as pdf:
        assert b"pdfaid" in pdf.Root.Metadata.read_bytes()
    pages = pages_of(tmp_path / "f.pdf")
    text = "\n".join(pages)
    assert len(pages) > 2
    assert all("Tiêu đề" in page for page in pages if ".TH" in page)
    assert all(f"{n:02}.TH" in text for n in range(60))
    assert "=Hồ sơ <0> & khác" in text
    assert "DANH MỤC HỒ SƠ" in text
    assert "GIÁM ĐỐC" in text


def test_a_page_that_is_signed_shows_what_of(tmp_path: Path) -> None:
    """However many rows there are: the last one stands above the signature, once, below heads."""
    pages = {}
    for count in range(8, 26):
        print_table_form(form(count), tmp_path / "f.pdf", at=AT)
        *before, last = pages_of(tmp_path / "f.pdf")
        assert f"{count - 1:02}.TH" in last, count
        assert "GIÁM ĐỐC" in last, count
        assert "Tiêu đề" in last, count
        assert f"{count - 1:02}.TH" not in "".join(before), count
        assert "".join([*before, last]).count("Tiêu đề") == len(before) + 1, count
        pages[count] = len(before) + 1
    assert set(pages.values()) == {1, 2}


def test_a_row_that_fills_a_page_leaves_the_signature_whole(tmp_path: Path) -> None:
    long = FormRow(["01.TH", "Hồ sơ dài " * 400, ""])
    printed = replace(form(), rows=[long])
    print_table_form(printed, tmp_path / "f.pdf", at=AT)
    pages = pages_of(tmp_path / "f.pdf")
    assert sum(page.count("Hồ sơ dài") for page in pages) > 390  # a line break may part the words
    assert "GIÁM ĐỐC" in pages[-1]
    assert "Hoàng Thị Mỵ" in pages[-1]


def test_place_date_and_seal_stand_where_is_signed_on_paper_document_and_workbook(
    tmp_path: Path,
) -> None:
    sealed = FormSigner("Lưu trữ", note="(Chữ ký số của cơ quan)", on="Sơn Lam, ngày 20")
    whole = thawed(json.loads(json.dumps(frozen(replace(form(), signers=[sealed])))))
    assert whole is not None
    assert whole.signers == [sealed]
    print_table_form(whole, tmp_path / "f.pdf", at=AT)
    write_docx(whole, tmp_path / "f.docx")
    write_xlsx(whole, tmp_path / "f.xlsx")
    with zipfile.ZipFile(tmp_path / "f.docx") as file:
        document = etree.fromstring(file.read("word/document.xml"))
    sheet = openpyxl.load_workbook(tmp_path / "f.xlsx").worksheets[0]
    for told in (
        "\n".join(pages_of(tmp_path / "f.pdf")),
        "\n".join(element.text or "" for element in document.iter(f"{WORD}t")),
        "\n".join(str(cell.value) for row in sheet.iter_rows() for cell in row if cell.value),
    ):
        assert told.index(sealed.on) < told.index("LƯU TRỮ") < told.index(sealed.note)


def test_a_form_that_was_kept_before_its_signers_said_more_is_read_as_it_was() -> None:
    kept = frozen(form())
    kept["form"]["signers"] = [["Giám đốc", "Hoàng Thị Mỵ"]]
    told = thawed(kept)
    assert told is not None
    assert told.signers == [FormSigner("Giám đốc", "Hoàng Thị Mỵ")]


@pytest.mark.parametrize("count", [1, 2, 3])
def test_each_signer_has_a_place(tmp_path: Path, count: int) -> None:
    signers = [FormSigner(f"Bên {n}", f"Người {n}") for n in range(count)]
    of_many = replace(form(), signers=signers, landscape=count == 3)
    print_table_form(of_many, tmp_path / "f.pdf", at=AT)
    text = "\n".join(pages_of(tmp_path / "f.pdf"))
    assert all(f"Người {n}" in text for n in range(count))


@pytest.mark.parametrize("wide_from", [7, 3], ids=["upright", "across"])
def test_the_signature_stands_between_the_position_and_the_name(
    tmp_path: Path, wide_from: int
) -> None:
    printed = replace(form(), wide_from=wide_from)
    print_table_form(printed, tmp_path / "f.pdf", at=AT)
    place = signature_place(TEMPLATE, data_of(printed))
    assert place is not None
    _, bottom, _, top = place.box
    with pypdfium2.PdfDocument(tmp_path / "f.pdf") as document:
        words = document[place.page].get_textpage()
        last = {
            word: words.get_charbox(words.search(word).get_next()[0])
            for word in ("GIÁM ĐỐC", "Hoàng Thị Mỵ")
        }
    assert last["GIÁM ĐỐC"][1] >= top  # left, bottom, right, top of its first letter
    assert last["Hoàng Thị Mỵ"][3] <= bottom


def test_the_workbook_has_the_rows_as_texts_and_no_formula(tmp_path: Path) -> None:
    write_xlsx(form(), tmp_path / "f.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "f.xlsx").worksheets[0]
    cells = [cell for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} == {"s"}
    values = [cell.value for cell in cells]
    assert "=Hồ sơ <0> & khác\nhai dòng" in values
    assert values.index("I. TỔNG HỢP") < values.index("00.TH") < values.index("02.TH")
    assert "Bảng này có 3 hồ sơ." in values


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("Sổ nộp lưu: 2026", "Sổ nộp lưu  2026"),
        ("5. Theo cơ quan cấp trên (gồm cả trực thuộc)", "5. Theo cơ quan cấp trên (gồm…"),
        ("x" * 40, "x" * 30 + "…"),
    ],
)
def test_the_name_of_a_sheet_is_cut_between_words(words: str, shown: str) -> None:
    assert sheet_name(words) == shown


def test_a_register_keeps_its_name_where_the_year_has_no_room(tmp_path: Path) -> None:
    named = replace(form(), name="Sổ giấy tiếp nhận hồ sơ", about=["Năm 2026"])
    write_xlsx(named, tmp_path / "f.xlsx")
    assert openpyxl.load_workbook(tmp_path / "f.xlsx").sheetnames == ["Sổ giấy tiếp nhận hồ sơ"]


def test_the_document_is_well_formed_and_has_its_heads_on_each_page(tmp_path: Path) -> None:
    write_docx(form(), tmp_path / "f.docx")
    with zipfile.ZipFile(tmp_path / "f.docx") as parts:
        assert parts.testzip() is None
        tree = etree.fromstring(parts.read("word/document.xml"))
    texts = [node.text for node in tree.iter(f"{WORD}t")]
    assert "=Hồ sơ <0> & khác" in texts
    assert len(list(tree.iter(f"{WORD}tblHeader"))) == 2
    assert len(list(tree.iter(f"{WORD}tbl"))) == 3


def test_a_word_longer_than_its_column_stays_in_it(tmp_path: Path) -> None:
    long = FormRow(["1", f"Hồ sơ {'x' * 900}", "y" * 300])
    print_table_form(replace(form(), rows=[long]), tmp_path / "f.pdf", at=AT)
    with pypdfium2.PdfDocument(tmp_path / "f.pdf") as pdf:
        texts = [page.get_textpage() for page in pdf]
        right = max(it.get_rect(at)[2] for it in texts for at in range(it.count_rects()))
        assert right < pdf[0].get_width() - 40
        assert sum(it.get_text_range().count("x") for it in texts) == 900


def test_equal_forms_are_equal_bytes(tmp_path: Path) -> None:
    for name, write in (("a.docx", write_docx), ("a.xlsx", write_xlsx)):
        write(form(), tmp_path / name)
        write(form(), tmp_path / f"again-{name}")
        assert (tmp_path / name).read_bytes() == (tmp_path / f"again-{name}").read_bytes()
