"""What of a page neither its drawing nor its words tell: hidden content, print alone, acts."""

from typing import Any

from archive_service.signing.pdf.later.page_traits import inherited
from archive_service.signing.pdf.later.revision import held_by
from archive_service.signing.pdf.later.traits import kept_resources

# Compared elsewhere, drawn, or written by programs for themselves.
_ELSEWHERE = frozenset((
    "/Type", "/Parent", "/Annots", "/Contents", "/Resources", "/MediaBox", "/CropBox", "/TrimBox",
    "/BleedBox", "/ArtBox", "/UserUnit", "/Rotate", "/Tabs", "/LastModified", "/PieceInfo",
    "/Metadata", "/StructParents", "/Thumb", "/B", "/ID",
))  # fmt: skip


def same_unseen(before: Any, after: Any) -> bool:
    """Whether all that a page holds is as it was."""
    return (
        _own(before) == _own(after)
        and _printed(before) == _printed(after)
        and kept_resources(inherited(before, "/Resources"), inherited(after, "/Resources"))
    )


def _own(page: Any) -> Any:
    return {key: held_by(value) for key, value in page.items() if key not in _ELSEWHERE}


def _printed(page: Any) -> list[bytes]:
    """The instructions of the page; a state that is kept and given back around them is nothing."""
    import pikepdf

    found = page.get("/Contents")
    parts = list(found) if isinstance(found, pikepdf.Array) else [found]
    words = b"\n".join(_read(part) for part in parts if isinstance(part, pikepdf.Stream)).split()
    while len(words) > 1 and words[0] == b"q" and words[-1] == b"Q" and _is_closed(words):
        words = words[1:-1]
    return words


def _is_closed(words: list[bytes]) -> bool:
    """Whether the last word gives back what the first one kept."""
    depth = 0
    for place, word in enumerate(words):
        depth += (word == b"q") - (word == b"Q")
        if depth == 0:
            return place == len(words) - 1
    return False


def _read(stream: Any) -> bytes:
    import pikepdf

    try:
        return bytes(stream.read_bytes())
    except (pikepdf.PdfError, RuntimeError):
        return repr(held_by(stream)).encode()
