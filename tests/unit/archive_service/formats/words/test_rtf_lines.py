"""Lines of RTF as Word, LibreOffice, SheetJS and Outlook write them."""

from pathlib import Path

import pytest

from archive_service.formats.identify import identify_here
from archive_service.formats.secrecy import read_mark_here
from archive_service.formats.words.read import UnreadWords, read_words
from archive_service.formats.words.rtf_lines import rtf_lines
from archive_service.formats.words.section import Section

OF_LIBREOFFICE = r"""{\rtf1\ansi\deff4\adeflang1025
{\fonttbl{\f0\froman\fprq2\fcharset0 Times New Roman;}}
{\colortbl;\red0\green0\blue0;}
{\stylesheet{\s0\snext0\rtlch\loch Normal;}}{\*\generator LibreOffice/7.4.7.2}{\info}
\pard\plain \s19\loch\sb0\sa283\ql\ltrpar{\loch
M\u7852\'3fT}
\par \pard\plain \s1{\loch
Quy\u7871\'3ft \u273\'3f\u7883\'3fnh}
\par }"""
OF_WORD = r"""{\rtf1\ansi\ansicpg1258\uc1{\fonttbl{\f0 Arial;}}{\info{\title B\'e1o c\'e1o}}
{\headerr \pard\plain {\rtlch\fcs1 M\u7852\'3fT\par}}
\pard\plain {\rtlch\fcs1 \af0 K\'ednh g\u7917\'3fi}{\*\bkmkstart _a}
{\*\bkmkend _a}\par}"""


def mark_of(path: Path, rtf: str) -> str:
    path.write_bytes(rtf.encode())
    return read_mark_here(path, identify_here(path, path.name))


@pytest.mark.parametrize(
    "rtf",
    [
        OF_LIBREOFFICE,
        OF_WORD,
        r"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\f0 M\u7852?T\par x}",
        "{\\rtf1\\ansi\\trowd\\cellx1\\pard\\intbl MẬT\\cell x\\row}",
        r"{\rtf1 M{\*\bkmkstart _GoBack}{\*\bkmkend _GoBack}\u7852?T\par x}",
        r"{\rtf1\uc2 M\u7852\'c2\'f2T\par}",
        r"{\rtf1\uc0 M\u7852 T\par}",
        r"{\rtf1 M\-\u7852?T\par x}",
        r"{\rtf1 x\par{\*\shpinst{\sp{\sn wzDescription}{\sv M\u7852?T}}{\shptxt y\par}}}",
        r"{\rtf1{\pict\bin5 }}}}}\par}M\u7852?T\par x}",
        r"{\rtf1 {\info{\title x}{\subject M\u7852?T}}x\par}",
    ],
)
def test_a_mark_is_found_as_each_program_writes_it(tmp_path: Path, rtf: str) -> None:
    assert mark_of(tmp_path / "a.rtf", rtf) == "MẬT"


@pytest.mark.parametrize(
    "rtf",
    [
        r"{\rtf1 b\u7843?o\par M\u7852?T\par x}",
        r"{\rtf1 B\u7842?O M\u7852?T\par x}",
        r"{\rtf1{\*\fldinst HYPERLINK M\u7852?T}{\fldrslt x}\par}",
    ],
)
def test_other_words_are_none(tmp_path: Path, rtf: str) -> None:
    assert mark_of(tmp_path / "a.rtf", rtf) == ""


def test_the_text_and_what_is_beside_it_are_told_apart() -> None:
    text, beside = rtf_lines(OF_WORD)
    assert [line for line in text if line.strip()] == ["Kính gửi"]
    assert [line for line in beside if line.strip()] == ["Báo cáo", "MẬT"]


def test_a_cut_rtf_gives_what_it_has() -> None:
    assert rtf_lines(r"{\rtf1 x\par{\header M\u7852?T") == (["x"], ["MẬT"])


def test_tags_that_outlook_keeps_stand_where_they_are() -> None:
    page = r"{\rtf1\fromhtml1{\*\htmltag64 <p>}M{\*\mhtmltag84 <b>}\u7852?T{\*\htmltag72 </p>}x}"
    assert rtf_lines(page)[0] == ["<p>MẬT</p>x"]


def test_words_of_an_rtf_in_utf_8_are_found(tmp_path: Path) -> None:
    """As SheetJS writes it; a byte of Windows alone stays one."""
    path = tmp_path / "a.rtf"
    path.write_bytes("{\\rtf1\\ansi\\trowd\\pard\\intbl Trích yếu 𠀀\\cell\\row}".encode())
    found = read_words(path, "rtf")
    assert not isinstance(found, UnreadWords)
    assert "Trích yếu 𠀀" in found[0].text
    path.write_bytes(b"{\\rtf1\\ansi\\ansicpg1252 Th\xe0nh ph\xf4}")
    assert read_words(path, "rtf") == [Section("part:1", "Thành phô")]
