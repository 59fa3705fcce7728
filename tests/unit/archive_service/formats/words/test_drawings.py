"""Words of charts, of SmartArt and of boxes and notes on a sheet are found where they are shown."""

import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from archive_service.formats.words.read import UnreadWords, read_words
from tests.worlds.papers.office_files import docx, odf, pptx

OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
A = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'
C = 'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
D = 'xmlns:d="http://schemas.openxmlformats.org/drawingml/2006/diagram"'
CHART = (
    f"<c:chart {C} {A}><a:p><a:r><a:t>Biểu đồ </a:t></a:r><a:r><a:t>thu chi</a:t></a:r></a:p>"
    "<c:ser><c:strCache><c:pt><c:v>Quý hai</c:v></c:pt></c:strCache></c:ser>"
    "<c:ser><c:strCache><c:pt><c:v>Quý hai</c:v></c:pt></c:strCache></c:ser></c:chart>"
)
DIAGRAM = (
    f"<d:data {D} {A}><d:pt><d:t><a:p><a:r><a:t>Sơ đồ họp</a:t></a:r></a:p></d:t></d:pt></d:data>"
)


def places(path: Path, text: str) -> list[str]:
    found = read_words(path, path.suffix[1:])
    assert not isinstance(found, UnreadWords), found
    return [section.place for section in found for _ in range(section.text.count(text))]


def add(path: Path, of: str, **targets: tuple[str, str]) -> None:
    """Parts that ``of`` leads to: kind of the relationship → name beside it and content."""
    folder, _, name = of.rpartition("/")
    rows = "".join(
        f'<Relationship Id="x{kind}" Target="{target}" Type="{OFFICE}/{kind}"/>'
        for kind, (target, _) in targets.items()
    )
    with zipfile.ZipFile(path, "a") as parts:
        rels = "http://schemas.openxmlformats.org/package/2006/relationships"
        told = f'<Relationships xmlns="{rels}">{rows}</Relationships>'
        parts.writestr(f"{folder}/_rels/{name}.rels", told)
        for target, content in targets.values():
            if content:
                parts.writestr(f"{folder}/{target}", content)


def test_a_text_tells_of_its_charts_and_diagrams(tmp_path: Path) -> None:
    file = docx(tmp_path / "a.docx")
    parts = {"chart": ("charts/chart1.xml", CHART), "diagramData": ("diagrams/data1.xml", DIAGRAM)}
    add(file, "word/document.xml", **parts)
    assert places(file, "Biểu đồ thu chi") == ["drawings:"]
    assert places(file, "Quý hai") == ["drawings:"]  # a class that all series share is said once
    assert places(file, "Sơ đồ họp") == ["drawings:"]


def test_a_slide_tells_of_its_own(tmp_path: Path) -> None:
    file = pptx(tmp_path / "a.pptx")
    add(file, "ppt/slides/slide1.xml", diagramData=("data1.xml", DIAGRAM))
    assert places(file, "Sơ đồ họp") == ["slide:2"]


def test_drawings_that_lead_to_one_another_end(tmp_path: Path) -> None:
    file = docx(tmp_path / "a.docx")
    add(file, "word/document.xml", drawing=("drawing1.xml", DIAGRAM))
    add(file, "word/drawing1.xml", drawing=("drawing1.xml", ""), chart=("document.xml", ""))
    assert places(file, "Sơ đồ họp") == ["drawings:"]


def test_a_sheet_tells_of_charts_boxes_and_notes(tmp_path: Path) -> None:
    file = tmp_path / "a.xlsx"
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet("Dự toán")
        sheet.write("A1", "Hạng mục")
        sheet.write_comment("A1", "Chờ thẩm định")
        sheet.insert_textbox("D2", "Tạm ứng đợt một")
        chart = book.add_chart({"type": "column"})
        chart.add_series({"values": ["Dự toán", 0, 0, 3, 0]})
        chart.set_title({"name": "Chi theo quý"})
        sheet.insert_chart("D9", chart)
        alone = book.add_chart({"type": "pie"})
        alone.add_series({"values": ["Dự toán", 0, 0, 3, 0]})
        alone.set_title({"name": "Cơ cấu vốn"})
        book.add_chartsheet("Cơ cấu").set_chart(alone)
    for text in ("Hạng mục", "Chờ thẩm định", "Tạm ứng đợt một", "Chi theo quý"):
        assert places(file, text) == ["sheet:Dự toán"], text
    assert places(file, "Cơ cấu vốn") == ["sheet:Cơ cấu"]


def test_a_chart_sheet_without_a_chart_hides_no_cells(tmp_path: Path) -> None:
    drawn, file = tmp_path / "a.xlsx", tmp_path / "b.xlsx"
    with xlsxwriter.Workbook(drawn) as book:
        sheet = book.add_worksheet("Dự toán")
        sheet.write("A1", "Hạng mục")
        chart = book.add_chart({"type": "pie"})
        chart.add_series({"values": ["Dự toán", 0, 0, 3, 0]})
        book.add_chartsheet("Cơ cấu").set_chart(chart)
    with zipfile.ZipFile(drawn) as source, zipfile.ZipFile(file, "w") as out:
        for name in source.namelist():
            if name != "xl/chartsheets/_rels/sheet1.xml.rels":
                out.writestr(name, source.read(name))
    assert places(file, "Hạng mục") == ["sheet:Dự toán"]


@pytest.mark.parametrize("place", ["drawings:", "slide:1", "sheet:Dự toán"])
def test_an_open_document_tells_of_what_is_embedded(tmp_path: Path, place: str) -> None:
    inner = '<draw:object xmlns:x="http://www.w3.org/1999/xlink" x:href="./Object 1"/>'
    inside = {
        "drawings:": f"<office:text><text:p>Kính gửi{inner}</text:p></office:text>",
        "slide:1": f"<office:presentation><draw:page>{inner}</draw:page></office:presentation>",
        "sheet:Dự toán": (
            f'<office:spreadsheet><table:table table:name="Dự toán">{inner}</table:table>'
            "</office:spreadsheet>"
        ),
    }[place]
    file = odf(tmp_path / "a.odt", inside)
    with zipfile.ZipFile(odf(tmp_path / "b.odt", "<text:p>Chi theo quý</text:p>")) as chart:
        content = chart.read("content.xml")
    with zipfile.ZipFile(file, "a") as parts:
        parts.writestr("Object 1/content.xml", content)
    assert places(file, "Chi theo quý") == [place]
