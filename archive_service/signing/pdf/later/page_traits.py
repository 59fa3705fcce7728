"""What of a page no drawing shows: which words its fonts stand for, and how large it is."""

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from archive_service.signing.pdf.later.revision import held_by

_DEEPEST = 12
_MOST_FONTS = 5_000
_LETTER = ["0", "0", "612", "792"]  # the box of a page that has none
_FOR_PRINT = ("/TrimBox", "/BleedBox", "/ArtBox")


def read_size(page: Any) -> Any:
    """Its boxes and its unit; one that is left out counts as what stands for it."""
    media_box, crop_box = inherited(page, "/MediaBox"), inherited(page, "/CropBox")
    media = _LETTER if media_box is None else held_by(media_box)
    crop = media if crop_box is None else held_by(crop_box)
    boxes = [held_by(page[key]) if key in page else crop for key in _FOR_PRINT]
    return media, crop, boxes, held_by(page.get("/UserUnit", 1))


def read_fonts(page: Any) -> dict[str, str]:
    """By the place of a font in the resources of the page: a digest of what its glyphs mean."""
    found: dict[str, str] = {}
    for place, font in _fonts(inherited(page, "/Resources"), "", 0):
        found[place] = _meaning(font)
        if len(found) >= _MOST_FONTS:
            break
    return found


def _fonts(resources: Any, place: str, depth: int) -> Iterator[tuple[str, Any]]:
    """Those of forms, patterns and fonts of drawings within it, too."""
    import pikepdf

    if not isinstance(resources, pikepdf.Dictionary) or depth > _DEEPEST:
        return
    for kind in ("/Font", "/XObject", "/Pattern"):
        held = resources.get(kind)
        for name, resource in held.items() if isinstance(held, pikepdf.Dictionary) else ():
            if not isinstance(resource, (pikepdf.Dictionary, pikepdf.Stream)):
                continue
            here = f"{place}{kind}{name}"
            if kind == "/Font":
                yield here, resource
            yield from _fonts(resource.get("/Resources"), here, depth + 1)


def _meaning(font: Any) -> str:
    import pikepdf

    words = font.get("/ToUnicode")
    if isinstance(words, pikepdf.Stream):
        try:
            meaning: Any = bytes(words.read_bytes())
        except (pikepdf.PdfError, RuntimeError):
            meaning = held_by(words)
    else:
        meaning = held_by(words)
    return sha256(repr((meaning, held_by(font.get("/Encoding")))).encode()).hexdigest()


def inherited(page: Any, key: str) -> Any:
    """An attribute of the page, or of what is above it in the tree of pages."""
    import pikepdf

    node, depth = page, 0
    while isinstance(node, pikepdf.Dictionary) and depth < _DEEPEST:
        if key in node:
            return node[key]
        node, depth = node.get("/Parent"), depth + 1
    return None
