"""Words of Office Open XML and OpenDocument, from the parts of their ZIP; nothing is computed."""

import posixpath
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from lxml import etree

from archive_service.formats.compound import opened
from archive_service.formats.office.fields import prompts_of
from archive_service.formats.office.lines import MOST_BYTES
from archive_service.formats.office.old_book import STREAMS, is_locked, parts_of_book
from archive_service.formats.office.rows import unescaped
from archive_service.formats.words.drawings import drawn_beside, drawn_lines, embedded_lines
from archive_service.formats.words.parts import (
    elements,
    main_part,
    open_parts,
    read,
    related,
    related_parts,
    xml_parser,
)
from archive_service.formats.words.section import Section, UnreadableWordsError

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_BLANKS = frozenset(f"{_TEXT}{name}" for name in ("s", "tab", "line-break"))
_APART = frozenset(
    {f"{_TEXT}{name}" for name in ("p", "h", "note-citation", "ruby-text")}
    | {f"{{http://purl.org/dc/elements/1.1/}}{name}" for name in ("creator", "date")}
)
_BESIDE = ("header", "footer", "footnotes", "endnotes", "comments")  # parts of a Word file


def docx_sections(path: Path) -> Iterator[Section]:
    """The body by its headings, then headers, footers, notes, comments, charts and diagrams."""
    with open_parts(path) as parts:
        body = main_part(parts, "word/document.xml")
        headings = _heading_styles(parts, posixpath.join(posixpath.dirname(body), "styles.xml"))
        place, number = "", 0
        lines: list[str] = []
        for paragraph in elements(parts, body, f"{_W}p"):
            text = _paragraph(paragraph)
            style = paragraph.find(f"{_W}pPr/{_W}pStyle")
            if style is not None and style.get(f"{_W}val") in headings and text.strip():
                yield Section(place or f"part:{number + 1}", "\n".join(lines))
                place, lines, number = f"section:{text.strip()}", [], number + 1
            lines.append(text)
        yield Section(place or "part:1", "\n".join(lines))
        for name in sorted(parts.namelist()):
            if posixpath.basename(name).startswith(_BESIDE) and name.endswith(".xml"):
                kind = posixpath.basename(name).rstrip("0123456789.xml") or "part"
                text = "\n".join(_paragraph(element) for element in elements(parts, name, f"{_W}p"))
                yield Section(f"{kind}:", text)
        yield Section("drawings:", "\n".join(drawn_beside(parts, body)))


def pptx_sections(path: Path) -> Iterator[Section]:
    """Each slide in the order in which it is shown, its notes with it."""
    with open_parts(path) as parts:
        main = main_part(parts, "ppt/presentation.xml")
        shown = related(parts, main)
        order = [
            shown.get(element.get(f"{_R}id", ""), "")
            for element in elements(parts, main, "{*}sldId")
        ]
        for number, slide in enumerate(
            (name for name in order if name in parts.namelist()), start=1
        ):
            lines = [*drawn_lines(parts, slide), *drawn_beside(parts, slide)]
            for part in related(parts, slide).values():
                if ("notesSlide" in part or "comment" in part) and part in parts.namelist():
                    lines += drawn_lines(parts, part)
            yield Section(f"slide:{number}", "\n".join(lines))


def xlsx_sections(path: Path) -> Iterator[Section]:
    """Each sheet with the values that it showed last, then what is drawn on it or noted to it."""
    import warnings

    from openpyxl.reader.excel import ExcelReader

    class Reader(ExcelReader):
        def read_chartsheet(self, sheet: Any, rel: Any) -> None:
            with suppress(AttributeError):  # it falls over a chart sheet on which nothing is drawn
                super().read_chartsheet(sheet, rel)

    beside = _beside_sheets(path)
    # A stream: by its path it would be refused for a name without an ending.
    with path.open("rb") as source, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        reader = Reader(source, read_only=True, data_only=True, keep_links=False)
        reader.read()
        book = reader.wb
        for sheet in book.worksheets:
            if not hasattr(sheet, "iter_rows"):
                continue
            sheet.reset_dimensions()
            lines = (
                "\t".join(_cell(value) for value in row).rstrip("\t")
                for row in sheet.iter_rows(max_col=500, max_row=200_000, values_only=True)
            )
            texts = [*(line for line in lines if line), *beside.pop(sheet.title, [])]
            yield Section(f"sheet:{sheet.title}", "\n".join(texts))
        book.close()
    for title, texts in beside.items():  # sheets that are a chart
        yield Section(f"sheet:{title}", "\n".join(texts))


def xls_sections(path: Path) -> Iterator[Section]:
    """Each sheet of a workbook of Excel before 2007, as ``xlsx_sections`` reads later ones."""
    with opened(path) as book:
        streams = [] if book is None else [*book.streams()]
        named = [
            stream for stream in streams if stream.path[-1] in STREAMS and len(stream.path) == 1
        ]
        if book is None or not named:
            raise UnreadableWordsError("no workbook")
        data = book.read(named[0], MOST_BYTES)
    if is_locked(data):
        raise UnreadableWordsError("locked")
    for part in parts_of_book(data):
        lines = ("\t".join(row) for row in part.cells)
        texts = [line for line in (*lines, *part.beside) if line.strip()]
        if part.name or part.cells:  # the head of a book has its sheets' names alone
            yield Section(f"sheet:{part.name}" if part.name else "part:1", "\n".join(texts))


def _beside_sheets(path: Path) -> dict[str, list[str]]:
    """Lines of charts, boxes and notes by the title of their sheet."""
    found: dict[str, list[str]] = {}
    with open_parts(path) as parts:
        main = main_part(parts, "xl/workbook.xml")
        if main not in parts.namelist():
            return found
        held = related(parts, main)
        for sheet in elements(parts, main, "{*}sheet"):
            part = held.get(sheet.get(f"{_R}id", ""), "")
            found[sheet.get("name", "")] = lines = [*drawn_beside(parts, part)]
            if part in parts.namelist():
                for one in elements(parts, part, "{*}dataValidation"):
                    lines += prompts_of(one.attrib)
            for kind, name in related_parts(parts, part).values():
                if kind == "comments" and name in parts.namelist():
                    lines += (
                        "".join(element.itertext()) for element in elements(parts, name, "{*}text")
                    )
    return found


def odf_sections(path: Path) -> Iterator[Section]:
    """Sheets and slides by their names, a text by its headings."""
    with open_parts(path) as parts:
        root = etree.fromstring(read(parts, "content.xml"), xml_parser())
        body = root.find(f"{_OFFICE}body")
        content = body[0] if body is not None and len(body) else None
        if content is None:
            raise UnreadableWordsError("no body")
        if content.tag == f"{_OFFICE}spreadsheet":
            for table in content.findall(f"{_TABLE}table"):
                name = table.get(f"{_TABLE}name", "")
                yield Section(f"sheet:{name}", _odf_lines(parts, table))
        elif content.tag == f"{_OFFICE}presentation":
            for number, page in enumerate(content.findall(f"{_DRAW}page"), start=1):
                yield Section(f"slide:{number}", _odf_lines(parts, page))
        else:
            for gone in content.findall(f"{_TEXT}tracked-changes"):
                content.remove(gone)  # what was deleted is not there any more
            yield from _odf_text(content)
            yield from _odf_margins(parts)
            yield Section("drawings:", "\n".join(embedded_lines(parts, content)))


def _odf_margins(parts: zipfile.ZipFile) -> Iterator[Section]:
    """Headers and footers; several kinds of pages may have their own."""
    if "styles.xml" in parts.namelist():
        root = etree.fromstring(read(parts, "styles.xml"), xml_parser())
        for kind in ("header", "footer"):
            found = root.iter(f"{_STYLE}{kind}", f"{_STYLE}{kind}-left", f"{_STYLE}{kind}-first")
            yield Section(f"{kind}:", "\n".join(_odf_lines(parts, element) for element in found))


def _odf_text(content: Any) -> Iterator[Section]:  # Any: lxml publishes no types of elements
    place = "part:1"
    pieces: list[str] = []
    for element in content.iter(f"{_TEXT}h", f"{_TEXT}p"):
        text = "".join(_odf_line(element))
        if element.tag == f"{_TEXT}h" and text.strip():
            yield Section(place, "\n".join(pieces))
            place, pieces = f"section:{text.strip()}", []
        pieces.append(text)
    yield Section(place, "\n".join(pieces))


def _odf_lines(parts: zipfile.ZipFile, element: Any) -> str:
    found = element.iter(f"{_TEXT}h", f"{_TEXT}p")
    return "\n".join((*("".join(_odf_line(one)) for one in found), *embedded_lines(parts, element)))


def _odf_line(paragraph: Any) -> Iterator[str]:
    """Its own words; a note, a comment or a box within it has paragraphs of its own."""
    yield paragraph.text or ""
    for element in paragraph:
        if element.tag in _BLANKS:
            yield " "
        elif element.tag not in _APART:
            yield from _odf_line(element)
        yield element.tail or ""


def _cell(value: object) -> str:
    import datetime as dt

    if value is None:  # an empty cell keeps those after it in their columns
        return ""
    if isinstance(value, dt.datetime | dt.date):
        return f"{value:%d/%m/%Y}"
    return unescaped(str(value))


def _heading_styles(parts: zipfile.ZipFile, name: str) -> set[str]:
    """Ids of the styles that are headings: their names are English in every language of Word."""
    if name not in parts.namelist():
        return set()
    found = set()
    for style in elements(parts, name, f"{_W}style"):
        named = style.find(f"{_W}name")
        text = named.get(f"{_W}val", "").lower() if named is not None else ""
        if text.startswith("heading") or text == "title":
            found.add(style.get(f"{_W}styleId", ""))
    return found


def _paragraph(paragraph: Any) -> str:
    """Its words, tabs and breaks; deleted ones are not there any more."""
    pieces = []
    for element in paragraph.iter(f"{_W}t", f"{_W}tab", f"{_W}br", f"{_W}cr", f"{_W}noBreakHyphen"):
        tag = element.tag.removeprefix(_W)
        pieces.append(
            (element.text or "") if tag == "t" else "-" if tag == "noBreakHyphen" else " "
        )
    return "".join(pieces)
