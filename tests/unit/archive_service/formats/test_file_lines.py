"""Lines of texts that are longer than the piece by which they are read."""

import codecs
from pathlib import Path

import pytest

from archive_service.formats.file_lines import lines_here

_LONG = 3 << 20  # bytes: several pieces


def _lines(path: Path, text: str | bytes, media_type: str = "text/plain") -> list[str]:
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return list(lines_here(path, media_type, ""))


@pytest.mark.parametrize("before", ["", "x", "xx"])  # each letter lies across a piece's end once
def test_letters_across_pieces_are_read_as_they_are(tmp_path: Path, before: str) -> None:
    row = before + "Ậ" * (_LONG // 3)
    assert _lines(tmp_path / "a", f"{row}\nMẬT\r\ncuối") == [row, "MẬT", "cuối"]


def test_one_letter_that_is_no_utf_8_makes_all_of_it_windows(tmp_path: Path) -> None:
    rows = "a" * _LONG + "\nM\u00c2\u0323T"
    assert _lines(tmp_path / "a", rows.encode("cp1258"))[1] == "MÂ\u0323T"


def test_a_windows_letter_at_the_very_end_is_no_utf_8_that_was_cut(tmp_path: Path) -> None:
    assert _lines(tmp_path / "a", "Xa Nam Hà".encode("cp1258")) == ["Xa Nam Hà"]
    assert _lines(tmp_path / "a", "Xã Nam Hà".encode()[:-1]) == ["Xã Nam H\ufffd"]


@pytest.mark.parametrize("shift", range(-8, 3))
def test_tags_and_signs_across_pieces_are_dropped_and_turned(tmp_path: Path, shift: int) -> None:
    filler = "a" * ((1 << 20) + shift - 3)
    xml = f"<a>{filler}<b c='d'/>M&#7852;T</a>"
    assert _lines(tmp_path / "a", xml, "text/xml") == [filler, "MẬT"]


def test_a_sign_that_opens_no_tag_hides_nothing_behind_it(tmp_path: Path) -> None:
    assert _lines(tmp_path / "a", "<a>1 < 2\nMẬT\n", "text/xml") == ["1 < 2", "MẬT"]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig"]
)
def test_letters_of_any_width_are_read_with_their_mark_or_without(
    tmp_path: Path, encoding: str
) -> None:
    lines = _lines(tmp_path / "a.txt", "MẬT\nCông văn số 15\n".encode(encoding))
    assert [line for line in lines if line] == ["MẬT", "Công văn số 15"]


def test_a_nought_behind_the_mark_of_two_bytes_makes_them_no_four(tmp_path: Path) -> None:
    begun = codecs.BOM_UTF16_LE + "\0\nMẬT\n".encode("utf-16-le")
    assert "MẬT" in _lines(tmp_path / "a.txt", begun)
