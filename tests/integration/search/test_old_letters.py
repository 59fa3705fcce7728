"""Texts in old letters, names of files and sheets of photographs are found, each as what it is."""

from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest

from archive_service.app import create_app
from archive_service.domain.case_files.document import Document, PictureDescription
from archive_service.formats.convert.text import encode_legacy
from archive_service.services import Services
from search.acts import find
from search.entry import beside_pages
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.command import Command
from tests.worlds.door import case_row, document_row, write_pdf, write_sheet
from tests.worlds.transfer.handed_over import brought_in


def old(text: str, encoding: str = "TCVN3") -> str:
    """What a text in an old font's encoding looks like without that font."""
    return encode_legacy(text, encoding).decode("cp1252")


WORDS = "nghiệm thu đập tràn hồ chứa"
TITLE = "Tờ trình về sửa chữa kênh dẫn nước"


def write_old_pdf(target: Path, words: str) -> None:
    """A page typed with a TCVN3 font: its letters are those of WinAnsi to every other program."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(595, 842))
    font = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.Type1,
        BaseFont=pikepdf.Name.Helvetica,
        Encoding=pikepdf.Name.WinAnsiEncoding,
    )
    page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    typed = encode_legacy(words, "TCVN3")
    page.Contents = pdf.make_stream(b"BT /F1 12 Tf 50 700 Td <%s> Tj ET" % typed.hex().encode())
    pdf.save(target)


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    folder = tmp_path / "case"
    folder.mkdir()
    write_old_pdf(folder / "a.pdf", WORDS)
    write_pdf(folder / "Bản vẽ hoàn công cống số 7.pdf", words="phụ lục")
    rows = [document_row("a.pdf"), document_row("Bản vẽ hoàn công cống số 7.pdf")]
    rows[0]["subject"] = old(TITLE, "VNI")
    write_sheet(folder / "Hồ sơ.xlsx", [case_row()], rows)
    with open_home(new_home(tmp_path / "home")) as opened:
        brought_in(opened, folder)
        yield opened


def test_texts_in_old_letters_are_found_by_words_in_unicode(services: Services) -> None:
    lan = person(services, "lan")
    for typed in (WORDS, f'"{WORDS}"', "nghiem thu dap tran", old(WORDS), old(WORDS, "VNI")):
        (hit,) = find(services, typed, actor=lan)["hits"]
        assert (hit["page"], "đập" in hit["snippet"]) == (1, True)
    titled = find(services, "sửa chữa kênh dẫn nước", actor=lan)["hits"]
    assert {hit["title"] for hit in titled} == {TITLE}


def test_a_pasted_query_is_turned_and_told_at_every_door(
    services: Services, tmp_path: Path
) -> None:
    pasted = old(WORDS)
    told = find(services, pasted, actor=person(services, "lan"))["told"]
    assert (told["step"], told["encoding"], told["turned"]) == ("all", "TCVN3", WORDS)
    browser = browser_of(create_app(services), services, "lan")
    page = browser.get("/search", query_string={"q": pasted}).text
    assert "gõ bằng bảng mã TCVN3; đã đổi sang Unicode:" in page
    assert f">{WORDS}</a>" in page
    assert f'value="{pasted}"' in page
    command = Command(tmp_path / "home").run("search", pasted, account="lan")
    assert f"đã đổi sang Unicode: {WORDS}" in command.stdout


def test_names_of_files_are_found_and_told_as_names(services: Services) -> None:
    (hit,) = find(services, "hoàn công cống", actor=person(services, "lan"))["hits"]
    assert hit["part"] == {"kind": "file-names", "name": ""}
    assert "«hoàn» «công» «cống» số 7.pdf" in hit["snippet"]
    browser = browser_of(create_app(services), services, "lan")
    assert "Tên tệp" in browser.get("/search?q=hoan+cong+cong").text
    reader = find(services, "hoàn công cống", actor=person(services, "stranger"))
    assert reader["hits"] == []


def test_the_sheet_of_a_photograph_is_a_part_of_its_own() -> None:
    picture = PictureDescription(image_title="Lễ khởi công", photographer="Đỗ Văn Mẫu")
    document = Document(kind="picture", picture=picture, files=[])
    assert list(beside_pages(document)) == [("picture:", "Lễ khởi công\nĐỗ Văn Mẫu")]
