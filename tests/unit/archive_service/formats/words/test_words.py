"""Words of office files, letters and old texts, and where in the file they stand."""

import zipfile
from collections.abc import Callable
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

import pytest

from archive_service.formats.convert.text import encode_legacy
from archive_service.formats.enclosed import mail_texts, mail_titles
from archive_service.formats.identify import identify
from archive_service.formats.words.drawings import drawn_lines
from archive_service.formats.words.read import UnreadWords, has_words, read_words
from archive_service.formats.words.section import Section
from tests.worlds.papers.lettered import written
from tests.worlds.papers.office_files import SENTENCE, docx, eml, odf, packed, pptx, rtf, xlsx


def words(path: Path) -> list[Section]:
    found = read_words(path, path.suffix[1:])
    assert not isinstance(found, UnreadWords), found
    return found


def places(path: Path, text: str = SENTENCE) -> list[str]:
    return [word.place for word in words(path) if text in word.text]


def test_a_word_file_is_found_by_its_headings_and_notes(tmp_path: Path) -> None:
    file = docx(tmp_path / "a.docx")
    assert places(file) == ["part:1", "section:II. Kết quả"]
    assert places(file, "Chú thích cuối trang") == ["footnotes:"]


def test_slides_are_in_the_order_in_which_they_are_shown(tmp_path: Path) -> None:
    file = pptx(tmp_path / "a.pptx")
    assert (places(file), places(file, "Trang sau")) == (["slide:1"], ["slide:2"])
    assert places(file, "Lời người trình bày") == ["slide:1"]


def test_sheets_are_named(tmp_path: Path) -> None:
    assert places(xlsx(tmp_path / "a.xlsx")) == ["sheet:Dự toán"]
    inside = (
        '<office:spreadsheet><table:table table:name="Dự toán"><table:table-row><table:table-cell>'
        f"<text:p>{SENTENCE}</text:p></table:table-cell></table:table-row></table:table>"
        "</office:spreadsheet>"
    )
    assert places(odf(tmp_path / "a.ods", inside)) == ["sheet:Dự toán"]


def test_open_documents_are_read(tmp_path: Path) -> None:
    text = (
        f"<text:h>II</text:h><text:p>{SENTENCE[:9]}<text:span>{SENTENCE[9:]}</text:span></text:p>"
    )
    assert places(odf(tmp_path / "a.odt", f"<office:text>{text}</office:text>")) == ["section:II"]
    other = "<draw:page><text:p>x</text:p></draw:page>"
    page = f"{other}<draw:page><text:p>{SENTENCE}</text:p></draw:page>"
    shown = f"<office:presentation>{page}</office:presentation>"
    assert places(odf(tmp_path / "a.odp", shown)) == ["slide:2"]


def test_what_parts_words_of_an_open_document_parts_them_here(tmp_path: Path) -> None:
    """A break, a tab or the mark of a note must not make one word of two."""
    note = (
        "<text:note><text:note-citation>1</text:note-citation>"
        "<text:note-body><text:p>lời chú</text:p></text:note-body></text:note>"
    )
    gone = "<text:tracked-changes><text:p>đã xóa</text:p></text:tracked-changes>"
    line = f"Hồng Quang{note}<text:line-break/>năm<text:tab/>một<text:s text:c='3'/>hai"
    file = odf(tmp_path / "a.odt", f"<office:text>{gone}<text:p>{line}</text:p></office:text>")
    (found,) = words(file)
    assert found.text.split("\n") == ["Hồng Quang năm một hai", "lời chú"]


def test_headers_and_footers_of_an_open_document_are_read(tmp_path: Path) -> None:
    text = "<office:text><text:p>thân bài</text:p></office:text>"
    file = odf(tmp_path / "a.odt", text)
    spaces = "".join(
        f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "style", "text")
    )
    head = f"<style:header><text:p>{SENTENCE}</text:p></style:header>"
    with zipfile.ZipFile(file, "a") as package:
        package.writestr("styles.xml", f"<office:x{spaces}>{head}</office:x>")
    assert places(file) == ["header:"]


def test_a_break_on_a_slide_parts_words(tmp_path: Path) -> None:
    a = "http://schemas.openxmlformats.org/drawingml/2006/main"
    file = tmp_path / "a.zip"
    runs = "<a:r><a:t>NHÂN DÂN</a:t></a:r><a:br/><a:r><a:t>TỈNH</a:t></a:r>"
    with zipfile.ZipFile(file, "w") as package:
        package.writestr("s.xml", f'<a:p xmlns:a="{a}">{runs}</a:p>')
    with zipfile.ZipFile(file) as package:
        assert list(drawn_lines(package, "s.xml")) == ["NHÂN DÂN TỈNH"]


def test_what_ends_a_block_of_a_page_parts_words(tmp_path: Path) -> None:
    page = "<title>Tin</title><div>Hà Nội</div>ngày<dl><dt>số<dd>12</dl><pre>một\nhai</pre>ba"
    (tmp_path / "a.html").write_text(page, "utf-8")
    (found,) = words(tmp_path / "a.html")
    assert found.text.split() == ["Tin", "Hà", "Nội", "ngày", "số", "12", "một", "hai", "ba"]


def test_a_pdf_that_hangs_on_a_letter_is_read(tmp_path: Path) -> None:
    letter = EmailMessage(policy=SMTP)
    letter["Subject"] = "Gửi báo cáo"
    letter.set_content("Kính gửi")
    hung = {"a.pdf": written(tmp_path / "a.pdf", SENTENCE).read_bytes(), "b.pdf": b"%PDF-1.7"}
    for name, data in hung.items():
        letter.add_attachment(data, maintype="application", subtype="pdf", filename=name)
    (tmp_path / "a.eml").write_bytes(letter.as_bytes())
    assert places(tmp_path / "a.eml") == ["attachment:a.pdf"]
    assert places(tmp_path / "a.eml", "b.pdf") == ["message:"]


def test_rtf_html_and_letters_are_read(tmp_path: Path) -> None:
    assert places(rtf(tmp_path / "a.rtf")) == ["part:1"]
    page = (
        f"<html><script>an giau</script><h2>Mục II</h2><p>{SENTENCE[:5]}<b>{SENTENCE[5:]}</b></p>"
    )
    (tmp_path / "a.html").write_text(page, "utf-8")
    assert places(tmp_path / "a.html") == ["section:Mục II"]
    assert places(tmp_path / "a.html", "an giau") == []
    (tmp_path / "b.html").write_bytes(f'<meta charset="utf-16"><p>{SENTENCE}'.encode("utf-16"))
    assert places(tmp_path / "b.html") == ["part:1"]
    letter = eml(tmp_path / "a.eml")
    assert places(letter) == ["attachment:dự toán.docx"]
    assert places(letter, "Kính gửi phòng Tài chính") == ["message:"]
    assert places(letter, "Gửi dự toán") == ["message:"]


def test_what_stands_beside_the_body_of_an_rtf_is_read(tmp_path: Path) -> None:
    """Written as Word writes it: shapes tell their text twice, a note stands in a text box."""
    fonts = r"{\fonttbl{\f0\fcharset0 Times;}{\f1\fcharset163 Arial{\*\falt Arial};}}"
    box = r"\pard\plain trong khung{\footnote \pard chú trong khung}\par"
    said = (
        rf"{{\rtf1\ansi\ansicpg1258\deff0{fonts}{{\info{{\title Mật mã}}}}\u-10174?\u-8289?"
        r"{\header \pard\plain đầu trang\par}{\headerr \pard\plain đầu trang\par}"
        r"{\footerf \f1 s\'f4 cuối}Thân bài \{giữ\}"
        r"{\super\chftn{\footnote\ftnalt \pard{\super\chftn} cuối hồ sơ}}"
        r"{\*\atnid A}{\*\annotation{\*\atndate 1}\pard xem lại}"
        r"{\pict\jpegblip\bin4 }{}{}{\shp{\*\shpinst{\sp{\sn wzName}{\sv Tên}}"
        rf"{{\shptxt {box}}}}}{{\shprslt{{\*\do\dptxbx{{\dptxbxtext {box}}}}}}}}}\par}}"
    )
    said = "".join(c if ord(c) < 128 else f"\\u{ord(c)}?" for c in said)
    (tmp_path / "a.rtf").write_text(said)
    found = {word.place: word.text.split("\n") for word in words(tmp_path / "a.rtf")}
    assert {place: [*filter(None, map(str.strip, lines))] for place, lines in found.items()} == {
        "part:1": ["\U00020b9fThân bài {giữ}"],
        "header:": ["đầu trang"],
        "footer:": ["sô cuối"],
        "footnotes:": ["cuối hồ sơ", "chú trong khung"],
        "comments:": ["xem lại"],
        "drawings:": ["trong khung"],
    }


def windows_1258(text: str) -> bytes:
    """As Windows writes it: the base vowel, then the tone as a sign of its own."""
    import unicodedata

    said = b""
    for letter in text:
        try:
            said += letter.encode("cp1258")
        except UnicodeEncodeError:
            base, *marks = list(unicodedata.normalize("NFD", letter))
            tones = [mark for mark in marks if mark in "\u0300\u0301\u0303\u0309\u0323"]
            rest = [mark for mark in marks if mark not in tones]
            said += unicodedata.normalize("NFC", "".join([base, *rest])).encode("cp1258")
            said += "".join(tones).encode("cp1258")
    return said


@pytest.mark.parametrize(
    "encode",
    [
        lambda text: text.encode(),
        lambda text: text.encode("utf-8-sig"),
        lambda text: text.encode("utf-16"),
        lambda text: text.encode("utf-16-le"),
        lambda text: text.encode("utf-16-be"),
        lambda text: text.encode("utf-32"),
        lambda text: encode_legacy(text, "TCVN3"),
        lambda text: encode_legacy(text, "VNI"),
        windows_1258,
    ],
    ids=["utf8", "bom", "utf16", "utf16le", "utf16be", "utf32", "tcvn3", "vni", "windows1258"],
)
def test_plain_text_is_read_in_every_encoding_of_its_time(
    tmp_path: Path, encode: Callable[[str], bytes]
) -> None:
    (tmp_path / "a.txt").write_bytes(encode(f"{SENTENCE}\r\nCộng hòa xã hội\r\n"))
    assert places(tmp_path / "a.txt") == ["part:1"]


def test_a_word_file_in_an_old_font_is_put_right(tmp_path: Path) -> None:
    shown = encode_legacy(SENTENCE, "TCVN3").decode("cp1252", "replace")
    assert places(docx(tmp_path / "a.docx", shown)) == ["part:1", "section:II. Kết quả"]


@pytest.mark.parametrize("name", ["a.docx", "a.xlsx", "a.pptx", "a.odt", "a.rtf", "a.eml"])
@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 cut", b"\xd0\xcf\x11\xe0" + bytes(600)])
def test_what_cannot_be_read_says_so(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    assert isinstance(read_words(tmp_path / name, name[2:]), UnreadWords)


def test_entities_bombs_and_old_formats_give_no_words(tmp_path: Path) -> None:
    bomb = "".join(f'<!ENTITY e{n + 1} "{f"&e{n};" * 10}">' for n in range(9))
    text = f'<!DOCTYPE x [<!ENTITY e0 "lol">{bomb}]><w:x xmlns:w="x"><w:p>&e9;</w:p></w:x>'
    found = read_words(packed(tmp_path / "a.docx", {"word/document.xml": text}), "docx")
    assert isinstance(found, UnreadWords) or not found
    assert read_words(tmp_path / "a.doc", "doc") == UnreadWords("no-reader")
    assert has_words("doc")
    assert not has_words("jpg")


@pytest.mark.parametrize("before", [b"\xef\xbb\xbf", b"\r\n", b"\xef\xbb\xbf\r\n\n"])
def test_a_letter_may_begin_with_a_mark_or_blank_lines(tmp_path: Path, before: bytes) -> None:
    file = eml(tmp_path / "a.eml")
    plain = words(file)
    file.write_bytes(before + file.read_bytes())
    assert words(file) == plain
    assert identify(file).media_type == "message/rfc822"
    assert next(mail_texts(file))[1] == next(mail_titles(file, "", "eml")) != ""


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.html", f"<p>{SENTENCE}</p>".encode()),
        ("afchunk1.dat", f"<html><body>{SENTENCE}</body></html>".encode()),
        ("b.mht", b"MIME-Version: 1.0\r\nContent-Type: text/html; charset=utf-8\r\n\r\n"
         + f"<p>{SENTENCE}</p>".encode()),
        ("c.txt", SENTENCE.encode()),
    ],
)  # fmt: skip
def test_words_of_what_word_takes_in_as_its_text_are_found(
    tmp_path: Path, name: str, data: bytes
) -> None:
    file = docx(tmp_path / "a.docx")
    chunk = SENTENCE.replace("dự toán", "quyết toán")
    with zipfile.ZipFile(file, "a") as package:
        package.writestr(
            "word/_rels/document.xml.rels",
            '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            '<Relationship Id="c" Target="' + name + '" Type="http://schemas.openxmlformats.org/'
            'officeDocument/2006/relationships/aFChunk"/></Relationships>',
        )
        package.writestr(f"word/{name}", data.replace(SENTENCE.encode(), chunk.encode()))
    assert places(file, chunk) == ["inserted:"]
