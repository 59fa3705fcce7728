"""A table of more rows than are laid out at once reads as one that was: rows, heads, pages, end."""

import datetime as dt
import re
from pathlib import Path
from types import ModuleType

import pikepdf
import pypdfium2
import pytest

from archive_service.forms.long_table import PART_ROWS, is_long, print_parts
from archive_service.forms.signed_form import SignatureWords, print_signed
from archive_service.forms.table_form import (
    TEMPLATE,
    FormColumn,
    FormRow,
    FormSigner,
    RowKind,
    TableForm,
    data_of,
    print_table_form,
)
from archive_service.signing.key_stores.pkcs12 import open_pkcs12
from archive_service.signing.port import SignerKind, Subject
from archive_service.signing.trust.demo_authority import DemoAuthority

AT = dt.datetime(2026, 11, 20, 3, 0, tzinfo=dt.UTC)
ROWS = 1043  # the last part is a short one


def form(rows: int = ROWS, *, columns: int = 3) -> TableForm:
    """Rows of one line and of two, some below a heading of their own."""
    more = [FormColumn(f"Cột {n}", 1) for n in range(columns - 3)]
    lines = []
    for n in range(rows):
        words = f"Hồ sơ {n}" + (", gồm cả phụ lục và bản vẽ hoàn công kèm theo" * (n % 3 == 1))
        kind: RowKind = "heading" if n % 90 == 0 else "row"
        lines.append(FormRow([f"M{n:05}", words, "10 năm", *("x" for _ in more)], kind))
    return TableForm(
        issuer="Sở Công trình tỉnh Sơn Lam",
        name="Mục lục hồ sơ",
        columns=[FormColumn("Số", 2), FormColumn("Tiêu đề", 4), FormColumn("Hạn", 1), *more],
        opening=["Kèm theo quyết định."],
        rows=lines,
        totals=[f"Bảng này có {rows} hồ sơ."],
        recipients=["Lưu: VT"],
        signers=[FormSigner("Giám đốc", "Hoàng Thị Mỵ")],
    )


def pages_of(pdf: Path) -> list[str]:
    with pypdfium2.PdfDocument(pdf) as document:
        return [" ".join(page.get_textpage().get_text_range().split()) for page in document]


@pytest.mark.parametrize("columns", [3, 8], ids=["upright", "across"])
def test_parts_read_as_one_table(tmp_path: Path, tools: ModuleType, columns: int) -> None:
    made = form(columns=columns)
    print_table_form(made, tmp_path / "f.pdf", at=AT)
    pages = pages_of(tmp_path / "f.pdf")
    text = " ".join(pages)
    assert re.findall(r"M\d{5}", text) == [f"M{n:05}" for n in range(ROWS)]
    assert [page.split()[0] for page in pages[1:]] == [str(n) for n in range(2, len(pages) + 1)]
    assert all("Tiêu đề" in page for page in pages if "M0" in page)
    for once in ("MỤC LỤC HỒ SƠ", "Kèm theo quyết định.", "GIÁM ĐỐC", "Bảng này có"):
        assert text.count(once) == 1, once
    assert "GIÁM ĐỐC" in pages[-1]
    full = [len(re.findall(r"M\d{5}", page)) for page in pages[1:-2]]
    assert min(full) > max(full) / 2, "no page is left half empty where a part ends"
    (verdict,) = tools.verapdf([tmp_path / "f.pdf"])
    assert verdict.passed, verdict.details


def test_as_many_pages_as_laid_out_at_once(tmp_path: Path) -> None:
    some = form(2 * PART_ROWS + 7)
    assert not is_long(TEMPLATE, data_of(some))
    print_table_form(some, tmp_path / "whole.pdf", at=AT)
    print_parts(data_of(some), tmp_path / "parts.pdf", at=AT)
    whole, parts = pages_of(tmp_path / "whole.pdf"), pages_of(tmp_path / "parts.pdf")
    assert parts == whole


def test_equal_input_gives_equal_bytes(tmp_path: Path) -> None:
    for name in ("one.pdf", "two.pdf"):
        print_parts(data_of(form(2 * PART_ROWS)), tmp_path / name, at=AT)
    assert (tmp_path / "one.pdf").read_bytes() == (tmp_path / "two.pdf").read_bytes()


def test_the_signature_stands_on_the_last_page(tmp_path: Path, tools: ModuleType) -> None:
    subject = Subject(name="Lưu trữ tỉnh Sơn Lam", organization="x", kind=SignerKind.AGENCY)
    authority = DemoAuthority.open_or_make(tmp_path / "authority")
    authority.issue_key(subject, tmp_path / "key.p12")
    signer = open_pkcs12("pkcs12:key.p12", home=tmp_path)
    target = tmp_path / "signed.pdf"
    said = SignatureWords("Mục lục hồ sơ", "Sơn Lam")
    print_signed(TEMPLATE, data_of(form()), target, signer=signer, at=AT, said=said)
    with pikepdf.open(target) as pdf:
        signed = [
            number
            for number, page in enumerate(pdf.pages)
            if any(annot.get("/FT") == "/Sig" for annot in page.get("/Annots", ()))
        ]
        assert signed == [len(pdf.pages) - 1]
    (verdict,) = tools.verapdf([target])
    assert verdict.passed, verdict.details
