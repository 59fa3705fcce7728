"""Plain text and ALTO of a document."""

import unicodedata
from dataclasses import replace
from pathlib import Path

from lxml import etree

from archive_service.formats.page_text import split_pages
from digitize.documents.text_file import ALTO, read_alto, write_alto, write_text
from digitize.ocr.words import Line, PageReading, Word
from digitize.rereading.rules import ALTO_HEAD, alto_software


def line(text: str, top: int, *, starts_block: bool = False) -> Line:
    words = tuple(
        Word(word, 90.0, 100 + 100 * n, top, 190 + 100 * n, top + 30)
        for n, word in enumerate(text.split())
    )
    right = words[-1].right
    return Line(words, 100, top, right, top + 30, top + 24.0, top + 24.0, starts_block)


def found(path: Path, tag: str) -> list[etree._Element]:
    return list(etree.parse(path).iter(f"{{{ALTO}}}{tag}"))


PAGE = PageReading(
    width_px=1000,
    height_px=2000,
    dpi=200,
    lines=(
        line("ỦY BAN", 100, starts_block=True),
        line("Số: 12", 200, starts_block=True),
        line("ngày 3", 240),
    ),
    software="Tesseract 5.5.4, vie",
)
SOURCES = ["0001/pages/0001-001.jpg", "0001/pages/0001-002.jpg"]
BLANK = PageReading(width_px=1000, height_px=2000, dpi=200, software="Tesseract 5.5.4, vie")


def test_blocks_are_set_apart_and_lines_kept() -> None:
    assert PAGE.text == "ỦY BAN\n\nSố: 12\nngày 3"
    assert PAGE.confidence == 90.0


def test_a_blank_page_is_an_empty_page_without_confidence(tmp_path: Path) -> None:
    assert BLANK.confidence is None
    write_text([PAGE, BLANK, PAGE], tmp_path / "a.txt")
    pages = split_pages((tmp_path / "a.txt").read_text("utf-8"))
    assert pages == [PAGE.text, "", PAGE.text]


def test_decomposed_letters_are_written_composed(tmp_path: Path) -> None:
    text = unicodedata.normalize("NFD", "Việt")
    write_text([replace(PAGE, lines=(line(text, 100),))], tmp_path / "a.txt")
    assert (tmp_path / "a.txt").read_text("utf-8") == "Việt\n\f"


def test_alto_holds_every_page_word_and_box(tmp_path: Path) -> None:
    write_alto([PAGE, BLANK], tmp_path / "a.xml", sources=SOURCES)
    pages = found(tmp_path / "a.xml", "Page")
    assert [page.get("PHYSICAL_IMG_NR") for page in pages] == ["1", "2"]
    words = found(tmp_path / "a.xml", "String")
    assert [word.get("CONTENT") for word in words] == ["ỦY", "BAN", "Số:", "12", "ngày", "3"]
    first = {name: words[0].get(name) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT", "WC")}
    assert first == {"HPOS": "100", "VPOS": "100", "WIDTH": "90", "HEIGHT": "30", "WC": "0.900"}
    assert len(found(tmp_path / "a.xml", "TextBlock")) == 2
    assert found(tmp_path / "a.xml", "softwareName")[0].text == "Tesseract 5.5.4"


def test_boxes_of_a_turned_reading_stay_on_the_page(tmp_path: Path) -> None:
    turned = replace(PAGE, to_page=(0, 1, -1, 0, 1000, 0))  # a quarter turn clockwise
    write_alto([turned], tmp_path / "a.xml", sources=SOURCES[:1])
    word = found(tmp_path / "a.xml", "String")[0]
    box = [word.get(name) for name in ("HPOS", "VPOS", "WIDTH", "HEIGHT")]
    assert box == ["870", "100", "30", "90"]


def test_the_same_readings_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        write_alto([PAGE, BLANK], tmp_path / name, sources=SOURCES)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_what_was_written_is_read_back_with_its_places(tmp_path: Path) -> None:
    write_alto([PAGE, BLANK], tmp_path / "a.xml", sources=SOURCES)
    (first, read), (second, blank) = read_alto(tmp_path / "a.xml")
    assert (first, second, blank.lines) == (1, 2, ())
    assert read.text == PAGE.text
    assert (read.width_px, read.height_px) == (PAGE.width_px, PAGE.height_px)
    assert list(read.iter_words()) == list(PAGE.iter_words())


# The order of children and the attributes that alto-4-2.xsd asks for.
CHILDREN = {
    "alto": ("Description", "Layout"),
    "Description": ("MeasurementUnit", "sourceImageInformation", "Processing"),
    "sourceImageInformation": ("fileName", "fileIdentifier"),
    "Processing": ("processingStepSettings", "processingSoftware"),
    "processingSoftware": ("softwareName",),
    "Layout": ("Page",),
    "Page": ("PrintSpace",),
    "PrintSpace": ("TextBlock",),
    "TextBlock": ("TextLine",),
    "TextLine": ("String", "SP"),
}
PLACED = {"HPOS", "VPOS", "WIDTH", "HEIGHT"}
REQUIRED = {
    "alto": {"SCHEMAVERSION"},
    "Processing": {"ID"},
    "Page": {"ID", "PHYSICAL_IMG_NR"},
    "PrintSpace": PLACED,
    "TextBlock": {"ID"} | PLACED,
    "TextLine": PLACED,
    "String": {"CONTENT"} | PLACED,
}


def test_alto_keeps_to_the_structure_of_its_schema(tmp_path: Path) -> None:
    write_alto([PAGE, BLANK], tmp_path / "a.xml", sources=SOURCES)
    root = etree.parse(tmp_path / "a.xml").getroot()
    assert root.get("SCHEMAVERSION") == "4.2"
    for element in root.iter():
        name = etree.QName(element).localname
        children = [etree.QName(child).localname for child in element]
        order = CHILDREN.get(name, ())
        assert set(children) <= set(order)
        if name != "TextLine":  # there words and spaces take turns
            assert children == sorted(children, key=order.index)
        assert REQUIRED.get(name, set()) <= set(element.keys())
    names = [element.get("ID") for element in root.iter() if element.get("ID")]
    assert len(names) == len(set(names))


def test_alto_names_the_images_of_its_pages(tmp_path: Path) -> None:
    write_alto([PAGE, BLANK], tmp_path / "a.xml", sources=SOURCES)
    (first,) = found(tmp_path / "a.xml", "fileName")
    others = found(tmp_path / "a.xml", "fileIdentifier")
    assert [first.text, *(element.text for element in others)] == SOURCES


def test_what_read_many_pages_is_told_within_the_head(tmp_path: Path) -> None:
    many = [f"0001/pages/0001-{number:03}.jpg" for number in range(1, 3001)]
    write_alto([PAGE], tmp_path / "a.xml", sources=many)
    with (tmp_path / "a.xml").open("rb") as source:
        assert alto_software(source.read(ALTO_HEAD)) == PAGE.software
