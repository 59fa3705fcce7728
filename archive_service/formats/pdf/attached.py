"""Files that are attached within a PDF; read in a child."""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from archive_service.formats.pdf.opening import shown_pdf
from archive_service.formats.pdf.text import MOST_BYTES

if TYPE_CHECKING:
    from pikepdf import Object

_MOST_OBJECTS = 200_000
_ARRAYS = ("/Names", "/AF", "/Annots", "/Kids")
_NAMES = ("/UF", "/F", "/Unix", "/DOS", "/Mac")


def attached_here(path: Path) -> Iterator[tuple[str, bytes]]:
    """Name and bytes of each, wherever the PDF names it; nothing of one that cannot be opened.

    Every object is asked, not the list of attachments alone: notes, pages and media carry files
    which that list need not name.
    """
    import pikepdf

    if path.stat().st_size > MOST_BYTES:
        return
    try:
        with shown_pdf(path) as pdf:
            seen: set[tuple[int, int]] = set()
            for number, item in enumerate(pdf.objects):
                if number >= _MOST_OBJECTS:
                    return
                for spec in _specs(item):
                    yield from _files(spec, seen)
    except (pikepdf.PdfError, ValueError, RuntimeError, TypeError):
        return


def _specs(thing: "Object") -> Iterator["Object"]:
    """What describes an attached file: the object itself, or what lies directly in it."""
    import pikepdf

    if isinstance(thing, pikepdf.Array):
        yield from (item for item in _direct(thing) if "/EF" in item)
        return
    if not isinstance(thing, pikepdf.Dictionary):
        return
    if "/EF" in thing:
        yield thing
    for key in _ARRAYS:
        if isinstance(listed := thing.get(key), pikepdf.Array) and not listed.is_indirect:
            for item in _direct(listed):
                yield from _specs(item)
    if isinstance(spec := thing.get("/FS"), pikepdf.Dictionary) and not spec.is_indirect:
        yield from _specs(spec)


def _direct(listed: "Object") -> Iterator["Object"]:
    import pikepdf

    for item in islice(listed.as_list(), _MOST_OBJECTS):
        if isinstance(item, pikepdf.Dictionary) and not item.is_indirect:
            yield item


def _files(spec: "Object", seen: set[tuple[int, int]]) -> Iterator[tuple[str, bytes]]:
    import pikepdf

    name = next((str(spec[key]) for key in _NAMES if key in spec), "part")
    kept = spec["/EF"]
    if not isinstance(kept, pikepdf.Dictionary):
        return
    for stream in dict(kept.items()).values():
        if not isinstance(stream, pikepdf.Stream) or stream.objgen in seen:
            continue
        seen.add(stream.objgen)
        try:
            yield name, stream.read_bytes()
        except (pikepdf.PdfError, MemoryError):
            continue  # damaged, or too large once it is unpacked
