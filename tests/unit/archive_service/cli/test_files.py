"""Files that are named on a command line: their words, however an editor saved them."""

from pathlib import Path

import pytest

from archive_service.cli.files import FileNotTextError, first_line_of, text_of


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_words_are_read_as_editors_save_them(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.txt"
    path.write_text(" mật khẩu \nhai\n", encoding=encoding)
    assert first_line_of(path) == "mật khẩu"
    assert text_of(path).splitlines() == [" mật khẩu ", "hai"]


def test_an_empty_file_has_no_first_line(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"")
    assert first_line_of(tmp_path / "a") == ""


@pytest.mark.parametrize("data", [b"\xc3\x28", b"m\x00a\x00", b"\xff\xfem"])
def test_what_is_no_text_is_told_as_that(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a").write_bytes(data)
    with pytest.raises(FileNotTextError):
        text_of(tmp_path / "a")


def test_a_device_that_never_ends_is_no_text() -> None:
    with pytest.raises(FileNotTextError):
        text_of(Path("/dev/zero"))
