"""The text of a digitized document as files of its own: plain text, and ALTO with word boxes.

Both are the same bytes for the same readings: no time and no name of a machine stands in them.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive_service.formats.page_text import PAGE_BREAK
from digitize.ocr.syllables import is_possible
from digitize.ocr.words import Box, Line, PageReading, Word

if TYPE_CHECKING:
    from lxml.etree import _Element as Element

ALTO = "http://www.loc.gov/standards/alto/ns-v4#"
VERSION = "4.2"
NAMESPACES: Any = {None: ALTO}  # its type stubs know no default namespace


def write_text(readings: Iterable[PageReading], target: Path) -> None:
    """UTF-8, NFC; every page, also an empty one, ends with a form feed."""
    with target.open("w", encoding="utf-8", newline="\n") as out:
        for reading in readings:
            text = unicodedata.normalize("NFC", reading.text)
            out.write(f"{text}\n{PAGE_BREAK}" if text else PAGE_BREAK)


def write_alto(readings: Sequence[PageReading], target: Path, *, sources: Sequence[str]) -> None:
    """ALTO 4 with a ``Page`` a page; boxes in pixels of the page as it was scanned.

    Args:
        sources: paths in the package of what was read: an image a page in their order, or one file.
    """
    from lxml import etree

    with target.open("wb") as out, etree.xmlfile(out, encoding="UTF-8") as xml:
        xml.write_declaration()
        with xml.element(f"{{{ALTO}}}alto", {"SCHEMAVERSION": VERSION}, nsmap=NAMESPACES):
            xml.write(_description(readings, sources))
            with xml.element(f"{{{ALTO}}}Layout"):
                for number, reading in enumerate(readings, start=1):
                    xml.write(_page(reading, number))


def read_alto(alto: Path) -> Iterator[tuple[int, PageReading]]:
    """The pages of an ALTO file of ours, by number; boxes are those of the page as it was scanned.

    How the page stood when it was read is not told there.
    """
    from lxml import etree

    tag = "{*}Page"
    with alto.open("rb") as source:
        for _, page in etree.iterparse(source, tag=tag, no_network=True, resolve_entities=False):
            width, height = int(page.get("WIDTH", "0")), int(page.get("HEIGHT", "0"))
            lines = tuple(_iter_lines(page))
            yield int(page.get("PHYSICAL_IMG_NR", "0")), PageReading(width, height, 0, lines)
            page.clear()


def _iter_lines(page: "Element") -> Iterator[Line]:
    for block in page.iter("{*}TextBlock"):
        starts = True
        for line in block.iter("{*}TextLine"):
            words = tuple(_word_of(string) for string in line.iter("{*}String"))
            left, top, right, bottom = _box_of(line)
            yield Line(words, left, top, right, bottom, bottom, bottom, starts_block=starts)
            starts = False


def _word_of(string: "Element") -> Word:
    text = string.get("CONTENT", "")
    sure = float(string.get("WC", "0")) * 100
    return Word(text, sure, *_box_of(string), possible=is_possible(text))


def _box_of(element: "Element") -> Box:
    left, top = int(element.get("HPOS", "0")), int(element.get("VPOS", "0"))
    width, height = int(element.get("WIDTH", "0")), int(element.get("HEIGHT", "0"))
    return left, top, left + width, top + height


def _description(readings: Sequence[PageReading], sources: Sequence[str]) -> "Element":
    """Unit of the boxes, what the pages are, and what read them.

    The schema has room for one ``fileName``, and for any number of identifiers after it.
    """
    description = _new("Description")
    _add(description, "MeasurementUnit").text = "pixel"
    element = _add(description, "sourceImageInformation")
    for number, source in enumerate(sources):
        _add(element, "fileIdentifier" if number else "fileName").text = source
    for number, software in enumerate(sorted({r.software for r in readings if r.software}), 1):
        step = _add(description, "Processing", ID=f"OCR_{number}")
        name, _, model = software.partition(", ")
        _add(step, "processingStepSettings").text = model
        _add(_add(step, "processingSoftware"), "softwareName").text = name
    return description


def _page(reading: PageReading, number: int) -> "Element":
    size = {"WIDTH": str(reading.width_px), "HEIGHT": str(reading.height_px)}
    page = _new("Page", ID=f"P{number}", PHYSICAL_IMG_NR=str(number), **size)
    if reading.confidence is not None:
        page.set("PC", f"{reading.confidence / 100:.3f}")
    space = _add(page, "PrintSpace", HPOS="0", VPOS="0", **size)
    for block_number, block in enumerate(_iter_blocks(reading.lines), start=1):
        name = f"P{number}_B{block_number}"
        boxes = [reading.on_page(line) for line in block]
        text_block = _add(space, "TextBlock", ID=name, **_placed(_around(boxes)))
        for line, box in zip(block, boxes, strict=True):
            text_line = _add(text_block, "TextLine", **_placed(box))
            for word in line.words:
                if len(text_line):
                    _add(text_line, "SP")
                place = _placed(reading.on_page(word))
                content = unicodedata.normalize("NFC", word.text)
                confidence = f"{word.confidence / 100:.3f}"
                _add(text_line, "String", **place, WC=confidence, CONTENT=content)
    return page


def _iter_blocks(lines: Sequence[Line]) -> Iterator[list[Line]]:
    block: list[Line] = []
    for line in lines:
        if line.starts_block and block:
            yield block
            block = []
        block.append(line)
    if block:
        yield block


def _around(boxes: Sequence[Box]) -> Box:
    return (
        min(box[0] for box in boxes),
        min(box[1] for box in boxes),
        max(box[2] for box in boxes),
        max(box[3] for box in boxes),
    )


def _placed(box: Box) -> dict[str, str]:
    left, top, right, bottom = box
    return {
        "HPOS": str(left),
        "VPOS": str(top),
        "WIDTH": str(right - left),
        "HEIGHT": str(bottom - top),
    }


def _new(tag: str, **attributes: str) -> "Element":
    from lxml import etree

    return etree.Element(f"{{{ALTO}}}{tag}", attributes, nsmap=NAMESPACES)


def _add(parent: "Element", tag: str, **attributes: str) -> "Element":
    from lxml import etree

    return etree.SubElement(parent, f"{{{ALTO}}}{tag}", attributes)
