"""Words of Office Open XML and OpenDocument, from the parts of their ZIP; nothing is computed."""

import posixpath
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from lxml import etree

from archive_service.formats.words.section import Section, UnreadableWordsError

_UNPACKED_BYTES = 512 << 20  # of all parts
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
_BESIDE = ("header", "footer", "footnotes", "endnotes", "comments")  # parts of a Word file


def docx_sections(path: Path) -> Iterator[Section]:
    """The body by its headings, then headers, footers, notes and comments."""
    with _parts(path) as parts:
        body = _main_part(parts, "word/document.xml")
        headings = _heading_styles(parts, posixpath.join(posixpath.dirname(body), "styles.xml"))
        place, number = "", 0
        said: list[str] = []
        for paragraph in _elements(parts, body, f"{_W}p"):
            text = _paragraph(paragraph)
            style = paragraph.find(f"{_W}pPr/{_W}pStyle")
            if style is not None and style.get(f"{_W}val") in headings and text.strip():
                yield Section(place or f"part:{number + 1}", "\n".join(said))
                place, said, number = f"section:{text.strip()}", [], number + 1
            said.append(text)
        yield Section(place or "part:1", "\n".join(said))
        for name in sorted(parts.namelist()):
            if posixpath.basename(name).startswith(_BESIDE) and name.endswith(".xml"):
                kind = posixpath.basename(name).rstrip("0123456789.xml") or "part"
                text = "\n".join(_paragraph(one) for one in _elements(parts, name, f"{_W}p"))
                yield Section(f"{kind}:", text)


def pptx_sections(path: Path) -> Iterator[Section]:
    """Each slide in the order in which it is shown, its notes with it."""
    with _parts(path) as parts:
        main = _main_part(parts, "ppt/presentation.xml")
        related = _related(parts, main)
        order = [
            related.get(one.get(f"{_R}id", ""), "") for one in _elements(parts, main, "{*}sldId")
        ]
        for number, slide in enumerate((one for one in order if one in parts.namelist()), start=1):
            beside = [
                one
                for one in _related(parts, slide).values()
                if "notesSlide" in one or "comment" in one
            ]
            said = [_drawn(parts, one) for one in (slide, *beside) if one in parts.namelist()]
            yield Section(f"slide:{number}", "\n".join(said))


def xlsx_sections(path: Path) -> Iterator[Section]:
    """Each sheet with the values that it showed last; formulas are not computed."""
    import warnings

    from openpyxl import load_workbook

    with _parts(path):
        pass
    # A stream: by its path it would be refused for a name without an ending.
    with path.open("rb") as source, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        book = load_workbook(source, read_only=True, data_only=True, keep_links=False)
        for sheet in book.worksheets:
            if not hasattr(sheet, "iter_rows"):
                continue
            sheet.reset_dimensions()
            lines = (
                "\t".join(_cell(value) for value in row).rstrip("\t")
                for row in sheet.iter_rows(max_col=500, max_row=200_000, values_only=True)
            )
            yield Section(f"sheet:{sheet.title}", "\n".join(line for line in lines if line))
        book.close()


def odf_sections(path: Path) -> Iterator[Section]:
    """Sheets and slides by their names, a text by its headings."""
    with _parts(path) as parts:
        root = etree.fromstring(_read(parts, "content.xml"), _parser())
        body = root.find(f"{_OFFICE}body")
        content = body[0] if body is not None and len(body) else None
        if content is None:
            raise UnreadableWordsError("no body")
        if content.tag == f"{_OFFICE}spreadsheet":
            for table in content.findall(f"{_TABLE}table"):
                yield Section(f"sheet:{table.get(f'{_TABLE}name', '')}", _odf_lines(table))
        elif content.tag == f"{_OFFICE}presentation":
            for number, page in enumerate(content.findall(f"{_DRAW}page"), start=1):
                yield Section(f"slide:{number}", _odf_lines(page))
        else:
            yield from _odf_text(content)


def _odf_text(content: Any) -> Iterator[Section]:  # Any: lxml publishes no types of elements
    place = "part:1"
    said: list[str] = []
    for one in content.iter(f"{_TEXT}h", f"{_TEXT}p"):
        text = "".join(one.itertext())
        if one.tag == f"{_TEXT}h" and text.strip():
            yield Section(place, "\n".join(said))
            place, said = f"section:{text.strip()}", []
        said.append(text)
    yield Section(place, "\n".join(said))


def _odf_lines(element: Any) -> str:
    found = element.iter(f"{_TEXT}h", f"{_TEXT}p")
    return "\n".join("".join(one.itertext()) for one in found)


def _cell(value: object) -> str:
    import datetime as dt

    if value is None:  # an empty cell keeps those after it in their columns
        return ""
    if isinstance(value, dt.datetime | dt.date):
        return f"{value:%d/%m/%Y}"
    return str(value)


def _parts(path: Path) -> zipfile.ZipFile:
    parts = zipfile.ZipFile(path)
    if sum(part.file_size for part in parts.infolist()) > _UNPACKED_BYTES:
        parts.close()
        raise UnreadableWordsError("too large unpacked")
    return parts


def _read(parts: zipfile.ZipFile, name: str) -> bytes:
    with parts.open(name) as part:
        data = part.read(_UNPACKED_BYTES + 1)
    if len(data) > _UNPACKED_BYTES:
        raise UnreadableWordsError("too large unpacked")
    return data


def _parser() -> Any:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
    )


def _elements(parts: zipfile.ZipFile, name: str, tag: str) -> Iterator[Any]:
    source: IO[bytes]
    with parts.open(name) as source:
        for _, element in etree.iterparse(
            source, tag=tag, resolve_entities=False, no_network=True, load_dtd=False
        ):
            yield element


def _main_part(parts: zipfile.ZipFile, usual: str) -> str:
    """What the package names as its document; usually it lies at one place."""
    for target in _related(parts, "").values():
        folder = usual.partition("/")[0]
        if target.startswith(f"{folder}/") and target.endswith(".xml"):
            return target
    return usual


def _related(parts: zipfile.ZipFile, part: str) -> dict[str, str]:
    """Part names by the ids of a part's relationships."""
    folder, name = posixpath.split(part)
    rels = posixpath.join(folder, "_rels", f"{name}.rels")
    if rels not in parts.namelist():
        return {}
    root = etree.fromstring(_read(parts, rels), _parser())
    inside = (one for one in root if one.get("TargetMode") != "External")
    return {one.get("Id", ""): _target(folder, one.get("Target", "")) for one in inside}


def _target(folder: str, target: str) -> str:
    if target.startswith("/"):
        return target.lstrip("/")
    return posixpath.normpath(posixpath.join(folder, target)).lstrip("/")


def _heading_styles(parts: zipfile.ZipFile, name: str) -> set[str]:
    """Ids of the styles that are headings: their names are English in every language of Word."""
    if name not in parts.namelist():
        return set()
    found = set()
    for style in _elements(parts, name, f"{_W}style"):
        named = style.find(f"{_W}name")
        told = named.get(f"{_W}val", "").lower() if named is not None else ""
        if told.startswith("heading") or told == "title":
            found.add(style.get(f"{_W}styleId", ""))
    return found


def _paragraph(paragraph: Any) -> str:
    """Its words, tabs and breaks; deleted ones are not there any more."""
    said = []
    for one in paragraph.iter(f"{_W}t", f"{_W}tab", f"{_W}br", f"{_W}cr", f"{_W}noBreakHyphen"):
        tag = one.tag.removeprefix(_W)
        said.append((one.text or "") if tag == "t" else "-" if tag == "noBreakHyphen" else " ")
    return "".join(said)


def _drawn(parts: zipfile.ZipFile, name: str) -> str:
    lines = (
        "".join(text.text or "" for text in one.iter(f"{_A}t"))
        for one in _elements(parts, name, f"{_A}p")
    )
    return "\n".join(lines)
