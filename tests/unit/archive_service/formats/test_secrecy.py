"""The mark of a state secret in the words of files of every kind."""

import zipfile
from pathlib import Path

import pikepdf
import pytest

from archive_service.formats.identify import identify_here
from archive_service.formats.office.lines import FAR
from archive_service.formats.secrecy import mark_in, mark_in_name, mark_of, read_mark_here
from tests.worlds.papers.lettered import written

_CHOICE = (
    "<p>SỞ A</p><label>Độ mật:</label><select name=m><option value='MẬT'>MẬT"
    "<option label='TỐI MẬT'>TỐI MẬT</option><option selected_by=x>Thường</option></select>"
)


@pytest.mark.parametrize(
    ("line", "level"),
    [
        ("MẬT", "MẬT"),
        ("  (MẬT) ", "MẬT"),
        ("| MẬT |", "MẬT"),
        ("M Ậ T", "MẬT"),
        ("MA\u0323\u0302T", "MẬT"),
        ("TỐI MẬT", "TỐI MẬT"),
        ("TUYỆT MẬT  Bản số: 03", "TUYỆT MẬT"),
        ("MẬT      Hà Nội, ngày 3 tháng 5 năm 2025", "MẬT"),
        ("Số: 12/BC-STC MẬT", "MẬT"),
        ("Độ mật: Tối mật", "TỐI MẬT"),
        ("\uff2dẬ\uff34", "MẬT"),
        ("DẤU MẬT", "MẬT"),
        ("Đóng dấu: Mật", "MẬT"),
        ("BÍ MẬT NHÀ NƯỚC - ĐỘ TỐI MẬT", "TỐI MẬT"),
        ("TUYỆT MẬT (A)", "TUYỆT MẬT"),
        ("MẬT – Không được sao chụp", "MẬT"),
        ("MẬT\tSố: 12/BC", "MẬT"),
        ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\tMẬT", "MẬT"),
        ("ĐỘ TỐI MẬT", "TỐI MẬT"),
        ("CẤP ĐỘ TUYỆT MẬT", "TUYỆT MẬT"),
        ("Loại: Mật", "MẬT"),
        ("Loại: Tối mật", "TỐI MẬT"),
        ("Phân loại: MẬT", "MẬT"),
        ("Phân loại mật: Tối mật", "TỐI MẬT"),
        ("Độ bảo mật: Tối mật", "TỐI MẬT"),
        ("B: TỐI MẬT", "TỐI MẬT"),
        ("C: MẬT", "MẬT"),
        ("A (TUYỆT MẬT)", "TUYỆT MẬT"),
        ("TUYỆT-MẬT", "TUYỆT MẬT"),
        ("T Ố I   M Ậ T", "TỐI MẬT"),
        ("TOP SECRET", "TUYỆT MẬT"),
        ("SECRET", "TỐI MẬT"),
        ("CONFIDENTIAL", "MẬT"),
        ("Classification: Secret", "TỐI MẬT"),
        ("MẬT (SECRET)", "MẬT"),
        ("TỐI MẬT / TOP SECRET", "TỐI MẬT"),
        ("TUYET MAT", "TUYỆT MẬT"),
        ("BÍ MẬT NHÀ NƯỚC", ""),
        ("ĐỘ MẬT", ""),
        ("Đóng dấu: chữ ký", ""),
        ("mËt", "MẬT"),
        ("MAÄT", "MẬT"),
        ("M\u2021T", "MẬT"),
        ("\u041c\u1eac\u0422", "MẬT"),  # the first and the last letter are Cyrillic
        ("\u041c\u0410\u0323\u0302\u0422", "MẬT"),
        ("\u0422\u1ed0\u0399 \u039c\u1eac\u03a4", "TỐI MẬT"),  # and Greek
        ("\u041c\u1eac\u0422 ONG", ""),
        ("\u041c\u0410\u0422", ""),
        ("MẬT - HỎA TỐC", "MẬT"),
        ("HỎA TỐC   MẬT", "MẬT"),
        ("TỐI MẬT / HOẢ TỐC HẸN GIỜ", "TỐI MẬT"),
        ("KHẨN - MẬT - TÀI LIỆU THU HỒI", "MẬT"),
        ("TÀI LIỆU MẬT", "MẬT"),
        ("(Văn bản TUYỆT MẬT)", "TUYỆT MẬT"),
        ("Dấu chỉ độ mật: Tuyệt mật", "TUYỆT MẬT"),
        ("- Mức độ mật của tài liệu: TỐI MẬT", "TỐI MẬT"),
        ("MẬT (Bản 02/05)", "MẬT"),
        ("MẬT | TỐI MẬT | TUYỆT MẬT", ""),
        ("Độ mật: Tuyệt mật, Tối mật, Mật", ""),
        ("MẬT KHẨU", ""),
        ("QUẢN LÝ TÀI LIỆU MẬT", ""),
        ("tài liệu mật", ""),
        ("A. TÀI LIỆU TỐI MẬT", ""),
        ("Độ mật: Không", ""),
        ("Mật", ""),
        ("MẬT MÃ HỌC", ""),
        ("MẬT ONG RỪNG", ""),
        ("BẢO MẬT", ""),
        ("MẬT 1", ""),
        ("Bảo đảm bí mật, an toàn", ""),
        ("", ""),
    ],
)
def test_a_mark_stands_alone_in_capitals(line: str, level: str) -> None:
    assert mark_of(line) == level


def test_the_highest_counts_and_words_broken_off_do_not() -> None:
    assert mark_in(["SỞ CÔNG TRÌNH", "MẬT", "Số: 12", "TỐI MẬT"]) == "TỐI MẬT"
    assert mark_in(["QUY CHẾ BẢO", "MẬT", "của cơ quan"]) == ""
    assert mark_in([]) == ""


@pytest.mark.parametrize(
    ("lines", "level"),
    [
        (["Độ mật:", "Tối mật"], "TỐI MẬT"),
        (["Loại:", "Mật"], "MẬT"),
        (["DANH MỤC BÍ MẬT NHÀ NƯỚC", "ĐỘ TỐI MẬT", "lĩnh vực y tế"], ""),
        (["A: TUYỆT MẬT", "B: TỐI MẬT", "C: MẬT"], ""),
        (["Độ mật:", "Tuyệt mật", "Mật"], "TUYỆT MẬT"),
        (["SỞ CÔNG TRÌNH", "TÀI LIỆU MẬT", "Số: 1"], "MẬT"),
        (["QUY CHẾ QUẢN LÝ", "TÀI LIỆU MẬT"], ""),
        (["Chương II", "TÀI LIỆU TỐI MẬT", "Điều 9", "TÀI LIỆU MẬT"], ""),
        (["x", f"{FAR}TỐI MẬT"], "TỐI MẬT"),
        (["SỞ CÔNG TRÌNH", "M", "A\u0323\u0302", "T", "Số: 12"], "MẬT"),
        (["SỞ A", "T", "Ố", "I", "", "M", "Ậ", "T"], "TỐI MẬT"),
        (["BẢO", "M", "Ậ", "T", "ONG"], "MẬT"),
        (["Đáp án", "M", "A", "T", "B"], ""),
        (["SỞ A", "A", "M", "Ậ", "T", "Số: 12"], "MẬT"),
        (["1", "T", "Ố", "I", "M", "Ậ", "T", "B", "C"], "TỐI MẬT"),
        (["B", "Ả", "O", "M", "Ậ", "T"], ""),
        (["M", "Ậ", "T", "M", "Ã"], ""),
        (["x", f"{FAR}TỐI MẬT", f"{FAR}MẬT"], ""),
    ],
)
def test_what_stands_around_a_line_decides(lines: list[str], level: str) -> None:
    assert mark_in(lines) == level


HARMLESS = [
    "bảo vệ bí mật nhà nước",
    "thông tin mật",
    "giải mật",
    "Luật Bảo vệ bí mật nhà nước",
    "BẢO VỆ BÍ MẬT NHÀ NƯỚC",
    "LUẬT BẢO VỆ BÍ MẬT NHÀ NƯỚC",
    "QUY CHẾ BẢO VỆ BÍ MẬT NHÀ NƯỚC",
    "mật",
    "bảo mật",
    "mật ong",
    "MẬT ONG",
    "Mật khẩu:",
    "MẬT KHẨU",
    "Độ mật:",
    "Độ mật: ……",
    "Độ mật: Không",
    "Độ mật: Thường",
    "Độ mật: không mật",
    "1. Tài liệu mật",
    "Điều 8. Độ mật",
    "a) Tuyệt mật;",
    "b) Tối mật;",
    "c) Mật.",
    "Độ Tuyệt mật, Tối mật, Mật",
    "Loại: Mật ong",
    "Loại: Bình thường",
    "Loại hồ sơ: Thường",
    "B: Tối mật là thông tin",
    "Bí mật kinh doanh",
    "BÍ MẬT KINH DOANH",
    "Danh mục bí mật nhà nước độ Tuyệt mật gồm:",
    "Thời hạn bảo vệ bí mật nhà nước độ Tối mật là 20 năm",
    "confidentiality",
    "The secretary",
    "Secretary",
    "SECRETARIAT",
    "Confidential information shall not be disclosed",
    "TOP 10",
    "Túi mật",
    "VIÊM TÚI MẬT",
    "Sỏi mật",
    "SỎI MẬT",
    "Mật độ dân số",
    "MẬT ĐỘ XÂY DỰNG",
    "mật độ xây dựng tối đa",
    "Chè mật",
    "Rỉ mật",
    "Thẩm mật",
    "Cơ mật",
    "Mật thư",
    "MẬT MÃ",
    "Ban Cơ yếu - mật mã",
    "Không mật",
    "KHÔNG MẬT",
    "Đã giải mật",
    "ĐÃ GIẢI MẬT",
    "Hồ sơ mật vụ",
    "Bỏ phiếu kín, bảo mật",
    "Confidential: No",
    "Secret Garden",
    "bí mật",
    "BÍ MẬT",
    "Thông tin bí mật",
    "AN NINH, BẢO MẬT",
    "Kín, mật",
    "Tên phần mềm: Top Secret 2",
    "Sản phẩm: MẬT ONG RỪNG",
    "Loại: Mật mía",
    "Loại 1: Mật",
    "A (Tuyệt mật), B (Tối mật), C (Mật)",
    "Nơi nhận: A, B",
    "Email confidential to the addressee only",
]


@pytest.mark.parametrize("line", HARMLESS)
def test_words_about_secrecy_and_other_words_are_no_mark(line: str) -> None:
    assert mark_in(["SỞ CÔNG TRÌNH", "trang 1", line, "và các việc khác"]) == ""


@pytest.mark.parametrize(
    ("path", "level"),
    [
        ("MẬT bao cao.jpg", "MẬT"),
        ("60 MẬT bao cao.jpg", "MẬT"),
        ("61 (TỐI MẬT) bao cao.pdf", "TỐI MẬT"),
        ("Hồ sơ MẬT/1.pdf", "MẬT"),
        ("01. HỒ SƠ MẬT/1.pdf", "MẬT"),
        ("bao_cao_TUYỆT MẬT.docx", "TUYỆT MẬT"),
        ("KẾ HOẠCH - MẬT.docx", "MẬT"),
        ("KẾ HOẠCH - \u041c\u1eac\u0422.docx", "MẬT"),
        ("MA\u0323\u0302T.pdf", "MẬT"),
        ("bí mật.pdf", ""),
        ("Văn bản không MẬT.pdf", ""),
        ("Quy chế BẢO_MẬT.docx", ""),
        ("MẬT KHẨU hệ thống.txt", ""),
        ("MẬT ONG RỪNG.pdf", ""),
        ("QUY CHẾ BẢO VỆ TÀI LIỆU MẬT NĂM 2025.docx", ""),
        ("Mức độ MẬT, TỐI MẬT, TUYỆT MẬT.docx", ""),
    ],
)
def test_a_name_bears_a_mark_in_capitals(path: str, level: str) -> None:
    assert mark_in_name(path) == level


WORD = '<w:p xmlns:w="urn:w"><w:r><w:t>{}</w:t></w:r><w:r><w:t>{}</w:t></w:r></w:p>'
BOX = (
    '<w:p xmlns:w="urn:w"><w:r><w:box><w:p><w:r><w:t>MẬT</w:t></w:r></w:p></w:box></w:r>'
    "<w:r><w:t>Kính gửi</w:t></w:r></w:p>"
)
PARTS = {
    "a.docx": ("word/document.xml", f"<d>{WORD.format('M', 'ẬT')}</d>"),
    "head.docx": ("word/header2.xml", f"<d>{WORD.format('TỐI ', 'MẬT')}</d>"),
    "box.docx": ("word/document.xml", f"<d>{BOX}</d>"),
    "a.xlsx": ("xl/sharedStrings.xml", "<sst><si><t>STT</t></si><si><t>MẬT</t></si></sst>"),
    "cell.xlsx": ("xl/worksheets/sheet1.xml", "<s><c><is><t>MẬT</t></is></c></s>"),
    "a.pptx": ("ppt/slides/slide1.xml", "<s><p><r><t>MẬT</t></r></p></s>"),
    "a.odt": ("content.xml", "<d><p>Số: 1</p><p><span>MẬT</span></p></d>"),
    "a.ods": ("content.xml", "<d><cell><p>MẬT</p></cell></d>"),
}


@pytest.mark.parametrize("name", PARTS)
def test_office_files_are_looked_through(tmp_path: Path, name: str) -> None:
    part, text = PARTS[name]
    with zipfile.ZipFile(tmp_path / name, "w") as package:
        package.writestr("mimetype", "x")
        package.writestr(part, text)
    found = identify_here(tmp_path / name, name)
    assert read_mark_here(tmp_path / name, found).endswith("MẬT")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.txt", "SỞ A\nMẬT\n".encode()),
        ("b.txt", "SỞ A\r\nMẬT\r\n".encode("utf-16")),
        ("a.html", "<html><body><p>SỞ A</p><b>MẬT</b><br>x</body></html>".encode()),
        ("title.html", "<html><title>MẬT</title><body>SỞ A</body></html>".encode()),
        ("alt.html", '<p>SỞ A <img src="a.png" alt="MẬT"> tiếp</p>'.encode()),
        ("tip.html", "<p title='MẬT'>SỞ A</p>".encode()),
        ("x.eml", "Subject: x\nX-Do-Mat: Mật\n\nx\n".encode()),
        ("own.eml", b"Subject: x\nX-Marking: =?utf-8?B?TeG6rFQ=?=\n\nx\n"),
        ("words.eml", "Subject: x\nKeywords: MẬT\n\nx\n".encode()),
        ("a.rtf", rb"{\rtf1\ansi S\u7902? A\par M\u7852?T\par}"),
        ("chosen.html", _CHOICE.replace("<option value", "<option Selected value").encode()),
        ("only.html", "<p>SỞ A</p><select><option value=3>MẬT</select>".encode()),
        ("below.html", f"{_CHOICE}<p>MẬT</p>".encode()),
        ("noted.html", f"<!-- <select> --><p>MẬT</p>{_CHOICE}".encode()),
        ("open.html", "<select><option>1<option>2<input><p>MẬT</p>".encode()),
        ("a.eml", "Subject: x\n\nMẬT\n".encode()),
        ("b.eml", "Subject: [MẬT] Kế hoạch\nFrom: a@b.vn\n\nx\n".encode()),
        ("a.doc", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "\rMẬT\rSố".encode("utf-16-le")),
    ],
)
def test_text_of_any_kind_is_looked_through(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    found = identify_here(tmp_path / name, name)
    assert read_mark_here(tmp_path / name, found) == "MẬT"


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("choice.html", _CHOICE.encode()),
        ("cut.html", _CHOICE.removesuffix("</select>").encode()),
        ("list.html", _CHOICE.replace("select", "datalist").encode()),
        ("groups.html", _CHOICE.replace("<option", "<optgroup label='MẬT'><option", 1).encode()),
        ("a.html", '<img alt="bí mật" title="Mật"><p title="MẬT ONG">bảo <b>MẬT</b></p>'.encode()),
        (
            "a.eml",
            "Sensitivity: Company-Confidential\nFrom: MẬT <m@x.vn>\n\nx".encode(),
        ),
        ("b.eml", "Subject: x\nX-Note: Trao đổi về bí mật\nX-Do-Mat: Không\n\nx".encode()),
    ],
)
def test_other_words_beside_the_text_are_no_mark(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    assert read_mark_here(tmp_path / name, identify_here(tmp_path / name, name)) == ""


def test_words_that_stand_for_a_picture_of_a_pdf_are_looked_through(tmp_path: Path) -> None:
    file = written(tmp_path / "a.pdf", "x")
    with pikepdf.open(file, allow_overwriting_input=True) as pdf:
        figure = pikepdf.Dictionary(Type=pikepdf.Name.StructElem, S=pikepdf.Name.Figure, Alt="MẬT")
        pdf.Root.StructTreeRoot = pdf.make_indirect(
            pikepdf.Dictionary(Type=pikepdf.Name.StructTreeRoot, K=pikepdf.Array([figure]))
        )
        pdf.save(file)
    assert read_mark_here(file, identify_here(file, file.name)) == "MẬT"


def test_a_pdf_is_looked_through_on_every_page(tmp_path: Path) -> None:
    for number, pages in enumerate([["MẬT", "x"], ["x", "TỐI MẬT"], ["x", "bí mật"]]):
        file = written(tmp_path / f"{number}.pdf", *pages)
        level = ("MẬT", "TỐI MẬT", "")[number]
        assert read_mark_here(file, identify_here(file, file.name)) == level


@pytest.mark.parametrize("before", ["Danh mục", "THÔNG BÁO", "Bị", "Về việc có", "Tín", "Bao cao"])
def test_words_that_differ_by_their_marks_lead_to_no_mark(before: str) -> None:
    """«mục» is no «mức», «báo» no «bảo»: a mark below them is one."""
    assert mark_in([before, "MẬT", "Kính gửi"]) == "MẬT"


@pytest.mark.parametrize("before", ["Quy chế bảo", "QUY CHE BAO", "Độ", "theo mức", "bí"])
def test_words_that_lead_to_it_make_it_none(before: str) -> None:
    assert mark_in([before, "MẬT", "x"]) == ""


@pytest.mark.parametrize(
    ("name", "mark"),
    [
        ("Thông báo MẬT.docx", "MẬT"),
        ("Danh mục MẬT.xlsx", "MẬT"),
        ("MẬT - Vũ Văn An.pdf", "MẬT"),
        ("MẬT - Thư mời họp.pdf", "MẬT"),
        ("Nguyễn Văn Bảo (MẬT).docx", "MẬT"),
        ("Quy chế bảo MẬT.docx", ""),
        ("MẬT mã Việt.pdf", ""),
    ],
)
def test_a_mark_in_a_name_stands_beside_other_words(name: str, mark: str) -> None:
    assert mark_in_name(name) == mark


@pytest.mark.parametrize("data", [b"PK\x03\x04broken", b"%PDF-1.7 nothing", b"{\\rtf", b""])
def test_what_is_broken_has_no_mark(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.bin").write_bytes(data or b"\0")
    found = identify_here(tmp_path / "a.bin", "a.bin")
    assert read_mark_here(tmp_path / "a.bin", found) == ""
