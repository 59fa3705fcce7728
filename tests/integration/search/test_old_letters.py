"""Texts in old letters, names of files and sheets of photographs are found, each as what it is."""

import re
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest
from PIL import Image

from archive_service.app import create_app
from archive_service.domain.intake.finding_place import sheet_name
from archive_service.formats.convert.text import encode_legacy
from archive_service.services import Services
from archive_service.text import fold
from search.acts import find
from search.conditions import Shown
from tests.worlds.archive import Backends, new_home, open_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.command import Command
from tests.worlds.door import FIRST_CODE, case_row, document_row, write_pdf, write_sheet
from tests.worlds.papers.recordings import make_mp4
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


PICTURE = {
    "fileCode": FIRST_CODE,
    "files": "DSC_0071.jpg",
    "typePic": "Ảnh",
    "colour": "Màu",
    "imageTitle": "Bà con ngóng đò ở bãi Giữa",
    "eventName": "Khánh thành phà Cồn Tiên",
    "photographer": "Lò Thị Mẩy",
    "photoPlace": "Bến Cồn Tiên",
    "photoTime": "09/11/2024",
    "archivesNumber": "PA-0071",
}
FILM = {
    "fileCode": FIRST_CODE,
    "files": "phim.mp4",
    "typeMedia": "Video",
    "playTime": "00:00:02",
    "movieTitle": "Chuyện người gác đèn Hòn Dáu",
    "eventName": "Liên hoan phim ngắn",
    "recorder": "Vừ A Sính",
    "recordPlace": "Đảo Hòn Dáu",
    "recordDate": "01/05/2024",
}


@pytest.fixture(scope="module", params=["fts5", "elasticsearch"])
def services(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Services]:
    base = tmp_path_factory.mktemp("old")
    folder = base / "case"
    folder.mkdir()
    write_old_pdf(folder / "a.pdf", WORDS)
    write_pdf(folder / "Bản vẽ hoàn công cống số 7.pdf", words="phụ lục")
    Image.new("RGB", (60, 40), "navy").save(folder / "DSC_0071.jpg", dpi=(300, 300))
    make_mp4(folder / "phim.mp4", seconds=2)
    rows = [document_row("a.pdf"), document_row("Bản vẽ hoàn công cống số 7.pdf")]
    rows[0]["subject"] = old(TITLE, "VNI")
    more = {sheet_name("picture"): [PICTURE], sheet_name("media"): [FILM]}
    write_sheet(folder / "Hồ sơ.xlsx", [case_row()], rows, more)
    server = request.param == "elasticsearch" and request.getfixturevalue("elasticsearch")
    with open_home(new_home(base / "home", Backends(elasticsearch=server or None))) as opened:
        brought_in(opened, folder)
        yield opened


def test_texts_in_old_letters_are_found_by_words_in_unicode(services: Services) -> None:
    lan = person(services, "lan")
    for typed in (WORDS, f'"{WORDS}"', "nghiem thu dap tran", old(WORDS), old(WORDS, "VNI")):
        (hit,) = find(services, typed, actor=lan).hits
        assert (hit.page, "đập" in hit.snippet) == (1, True)
    titled = find(services, "sửa chữa kênh dẫn nước", actor=lan).hits
    assert {hit.title for hit in titled} == {TITLE}


def test_a_pasted_query_is_turned_and_told_at_every_door(
    services: Services,
) -> None:
    pasted = old(WORDS)
    told = find(services, pasted, actor=person(services, "lan")).told
    assert told is not None
    assert (told.step, told.encoding, told.turned) == ("all", "TCVN3", WORDS)
    browser = browser_of(create_app(services), services, "lan")
    page = browser.get("/search", query_string={"q": pasted}).text
    assert "gõ bằng bảng mã TCVN3; đã đổi sang Unicode:" in page
    assert f">{WORDS}</a>" in page
    assert f'value="{pasted}"' in page
    command = Command(services.settings.home).run("search", pasted, account="lan")
    assert f"đã đổi sang Unicode: {WORDS}" in command.stdout


def test_names_of_files_are_found_and_told_as_names(services: Services) -> None:
    (hit,) = find(services, "hoàn công cống", actor=person(services, "lan")).hits
    assert hit.part == {"kind": "file-names", "name": ""}
    assert "«hoàn» «công» «cống» số 7.pdf" in hit.snippet
    browser = browser_of(create_app(services), services, "lan")
    assert "Tên tệp" in browser.get("/search?q=hoan+cong+cong").text
    reader = find(services, "hoàn công cống", actor=person(services, "stranger"))
    assert reader.hits == []


@pytest.mark.parametrize(
    ("typed", "title", "part"),
    [
        ("bà con ngóng đò", PICTURE["imageTitle"], "picture"),
        ("khanh thanh pha", PICTURE["imageTitle"], "picture"),
        ("Lò Mẩy ngóng đò", PICTURE["imageTitle"], "picture"),
        ("pa-0071", PICTURE["imageTitle"], "picture"),
        ("vừ a sính", FILM["movieTitle"], "recording"),
        ("dao hon dau", FILM["movieTitle"], "recording"),
        ("9/11/2024", PICTURE["imageTitle"], None),
        ("ngày 01 tháng 5 năm 2024", FILM["movieTitle"], None),
    ],
)
def test_photographs_and_films_are_found_by_their_sheets_and_days(
    services: Services, typed: str, title: str, part: str | None
) -> None:
    hits = find(services, typed, actor=person(services, "lan")).hits
    assert {hit.title for hit in hits} == {title}
    if part is None:
        return
    assert part in {hit.part["kind"] for hit in hits if hit.part}
    found = {"document": hits[0].document, "q": typed}
    browser = browser_of(create_app(services), services, "lan")
    page = browser.get(f"/case-files/{hits[0].code}", query_string=found).text
    marked = fold(" ".join(re.findall("<mark>([^<]*)</mark>", page)))
    assert set(re.split(r"\W", fold(typed))) <= set(re.split(r"\W", marked))


def test_photographs_and_films_stand_in_the_order_of_their_days(services: Services) -> None:
    told = find(
        services,
        "từ:01/01/2024 đến:31/12/2024",
        actor=person(services, "lan"),
        shown=Shown(order="newest"),
    )
    assert [hit.title for hit in told.hits] == [PICTURE["imageTitle"], FILM["movieTitle"]]
