"""Which files have words beside PDF and scans, and their reading in a child under limits."""

import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from archive_service.formats.child import ParserFailure, run_limited
from archive_service.formats.enclosed import chunks_here
from archive_service.formats.office.strict import in_usual_form
from archive_service.formats.page_text import pdf_texts_here
from archive_service.formats.words.letters import (
    DEEPEST,
    eml_sections,
    html_sections,
    read_within,
)
from archive_service.formats.words.office import (
    docx_sections,
    odf_sections,
    pptx_sections,
    xls_sections,
    xlsx_sections,
)
from archive_service.formats.words.plain import decoded, put_right
from archive_service.formats.words.rtf import rtf_sections
from archive_service.formats.words.section import Section, UnreadableWordsError, parted
from archive_service.formats.zip_damage import ZIP_DAMAGE

# What carries words and is read by nothing here: it is told as not found.
WITHOUT_READER = frozenset({"doc", "ppt", "msg", "wps", "dot", "xlsb", "pages", "numbers"})
_OF_WORD = ("docx", "docm", "dotx")
_READERS: dict[str, Callable[[Path], Iterator[Section]]] = {
    **dict.fromkeys(_OF_WORD, docx_sections),
    **dict.fromkeys(("xlsx", "xlsm"), xlsx_sections),
    "xls": xls_sections,
    **dict.fromkeys(("pptx", "pptm", "ppsx"), pptx_sections),
    **dict.fromkeys(("odt", "ods", "odp", "ott", "ots", "otp"), odf_sections),
    "rtf": rtf_sections,
    **dict.fromkeys(("htm", "html", "xhtml"), html_sections),
}
_PLAIN = frozenset({"txt", "csv", "tsv", "md", "log", "xml", "json"})
_PLAIN_BYTES = 64 << 20
_DAMAGE = (
    *(OSError, *ZIP_DAMAGE),
    *(TypeError, AttributeError, SyntaxError),  # of openpyxl, for XML that says otherwise
    struct.error,  # of a workbook before 2007 that was cut off
)


@dataclass(frozen=True, slots=True)
class UnreadWords:
    """Why words of a file are not found: ``no-reader``, or how its reader ended."""

    reason: str


def has_words(extension: str) -> bool:
    """Whether a file of this extension, lower case and without its dot, is text to be found."""
    known = extension in _READERS or extension in _PLAIN or extension == "eml"
    return known or extension in WITHOUT_READER


def read_words(
    path: Path, extension: str, *, limit_s: float = 120.0, memory_mib: int = 1024
) -> list[Section] | UnreadWords:
    """The words of the file at ``path``, read in a child process under limits."""
    if extension in WITHOUT_READER:
        return UnreadWords("no-reader")
    found = run_limited(_read_here, path, extension, limit_s=limit_s, memory_mib=memory_mib)
    if isinstance(found, ParserFailure):
        return UnreadWords(found.reason.value)
    if isinstance(found, str):
        return UnreadWords(found)
    return [Section(place, text) for place, text in found]


def _read_here(path: Path, extension: str) -> list[tuple[str, str]] | str:
    try:
        found = parted(sections_of(path, extension, 0))
        return [(section.place, put_right(section.text)) for section in found]
    except UnreadableWordsError:
        return "failed"


def _pdf_sections(path: Path) -> Iterator[Section]:
    from pypdfium2 import PdfiumError

    try:
        for number, text in enumerate(pdf_texts_here(path), start=1):
            yield Section(f"page:{number}", text or "")
    except PdfiumError as wrong:
        raise UnreadableWordsError(str(wrong)) from None


def _chunks(path: Path, depth: int) -> Iterator[Section]:
    """Files within a document that Word shows as part of its text."""
    for chunk in chunks_here(path):
        extension = chunk.extension
        if extension not in _READERS and extension != "eml":
            extension = "rtf" if chunk.data.startswith(b"{\\rtf") else "docx"
        yield from read_within("inserted:", extension, chunk.data, sections_of, depth)


def sections_of(path: Path, extension: str, depth: int) -> Iterator[Section]:
    """The sections of one file; ``UnreadableWordsError`` whatever its library raised."""
    from lxml import etree

    try:
        if extension == "eml":
            yield from eml_sections(path, sections_of, depth)
        elif extension in _PLAIN:
            yield Section("part:1", decoded(path.read_bytes()[:_PLAIN_BYTES]))
        elif extension in _READERS:
            with in_usual_form(path) as usual:
                yield from _READERS[extension](usual)
            if extension in _OF_WORD and depth < DEEPEST:
                yield from _chunks(path, depth)
        elif extension == "pdf":  # what hangs on a letter: others have pages of their own
            yield from _pdf_sections(path)
        else:
            raise UnreadableWordsError("no reader")
    except (etree.LxmlError, *_DAMAGE) as wrong:
        raise UnreadableWordsError(f"{type(wrong).__name__}: {wrong}") from None
