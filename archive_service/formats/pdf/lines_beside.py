"""What a PDF says beside its pages: title and keywords, names of layers, bookmarks, notes, labels.

Read in a child.
"""

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from archive_service.formats.office.lines import FAR
from archive_service.formats.pdf.opening import shown_pdf

_MOST_PAGES = 3_000
_MOST_NOTES = 500  # of a page
_MOST_ENTRIES = 5_000  # of layers, of bookmarks, of fields
_MOST_TAGS = 50_000
_PARTS = re.compile(r"[;,\r\n]")
_OF_PROGRAMS = ("/Producer", "/Creator", "/CreationDate", "/ModDate", "/Trapped", "/Author")
_IN_XMP = ("dc:title", "dc:subject", "dc:description", "pdf:Keywords")
# Acrobat names its own stamps with these letters before the word.
_STAMP = re.compile(r"^/?#?(?:SB|SH|DS)?")
_WORDS = re.compile(r"[A-Z][a-z]+")


def lines_beside(path: Path) -> Iterator[str]:
    """Each line by itself, a bare one behind it; of what cannot be opened none."""
    import pikepdf

    try:
        with shown_pdf(path) as pdf:
            for read in (_information, _metadata, _layers, _bookmarks, _fields, _notes, _instead):
                for line in _readable(read(pdf)):
                    yield from (line, "")
    except (pikepdf.PdfError, RuntimeError, OSError):
        return


def _readable(lines: Iterator[str]) -> Iterator[str]:
    """As far as they can be read: what is damaged ends its kind alone."""
    import pikepdf

    try:
        yield from islice(lines, _MOST_ENTRIES)
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, RuntimeError):
        return


def _information(pdf: Any) -> Iterator[str]:
    import pikepdf

    information = pdf.trailer.get("/Info")
    for key, value in information.items() if isinstance(information, pikepdf.Dictionary) else ():
        if key not in _OF_PROGRAMS and isinstance(value, pikepdf.String):
            yield f"{key.removeprefix('/')}: {value}"
            yield from _PARTS.split(str(value))


def _metadata(pdf: Any) -> Iterator[str]:
    if "/Metadata" not in pdf.Root:
        return
    metadata = pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False)
    for key in _IN_XMP:
        value = metadata.get(key) or ""
        for text in [value] if isinstance(value, str) else sorted(value):
            yield from _PARTS.split(str(text))


def _layers(pdf: Any) -> Iterator[str]:
    import pikepdf

    layers = pdf.Root.get("/OCProperties")
    groups = layers.get("/OCGs") if isinstance(layers, pikepdf.Dictionary) else None
    for group in groups if isinstance(groups, pikepdf.Array) else ():
        yield str(group.get("/Name", ""))


def _bookmarks(pdf: Any) -> Iterator[str]:
    import pikepdf

    outlines = pdf.Root.get("/Outlines")
    waiting = [outlines.get("/First")] if isinstance(outlines, pikepdf.Dictionary) else []
    seen: set[tuple[int, int]] = set()
    while waiting and len(seen) < _MOST_ENTRIES:
        entry = waiting.pop()
        if isinstance(entry, pikepdf.Dictionary) and entry.objgen not in seen:
            seen.add(entry.objgen)
            yield f"{FAR}{entry.get('/Title', '')}"
            waiting += [entry.get("/Next"), entry.get("/First")]


def _fields(pdf: Any) -> Iterator[str]:
    """Each value behind its name, and behind the words that a reader sees for it."""
    import pikepdf

    form = pdf.Root.get("/AcroForm")
    held = form.get("/Fields") if isinstance(form, pikepdf.Dictionary) else None
    waiting = list(held)[:_MOST_ENTRIES] if isinstance(held, pikepdf.Array) else []
    for _ in range(_MOST_ENTRIES):
        if not waiting:
            return
        field = waiting.pop(0)
        if not isinstance(field, pikepdf.Dictionary):
            continue
        below = field.get("/Kids")
        waiting += list(below)[:_MOST_ENTRIES] if isinstance(below, pikepdf.Array) else []
        value = field.get("/V")
        if isinstance(value, (pikepdf.String, pikepdf.Name)):
            text = str(value).removeprefix("/")
            yield text
            yield from (f"{field[key]}: {text}" for key in ("/T", "/TU") if key in field)


def _notes(pdf: Any) -> Iterator[str]:
    import pikepdf

    for page in islice(pdf.pages, _MOST_PAGES):
        notes = page.obj.get("/Annots")
        for note in islice(notes if isinstance(notes, pikepdf.Array) else (), _MOST_NOTES):
            if not isinstance(note, pikepdf.Dictionary):
                continue
            for key in ("/Contents", "/Subj"):
                yield from str(note.get(key, "")).splitlines()
            if note.get("/Subtype") == "/Stamp":
                yield " ".join(_WORDS.findall(_STAMP.sub("", str(note.get("/Name", ""))))).upper()


def _instead(pdf: Any) -> Iterator[str]:
    """Words that stand for a picture, and those that are read in the place of a passage."""
    import pikepdf

    waiting = [pdf.Root.get("/StructTreeRoot")]
    for _ in range(_MOST_TAGS):
        if not waiting:
            return
        tag = waiting.pop()
        if isinstance(tag, pikepdf.Array):
            waiting += [tag[place] for place in range(min(len(tag), _MOST_TAGS))]
        elif isinstance(tag, pikepdf.Dictionary):
            for key in ("/Alt", "/ActualText", "/T"):
                if isinstance(text := tag.get(key), pikepdf.String):
                    yield f"{FAR}{text}"
            waiting.append(tag.get("/K"))
