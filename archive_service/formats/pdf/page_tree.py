"""A tree of pages for a PDF whose pages all hang from one node, to stand behind its last byte.

A reader that takes a file in pieces finds a page by walking the tree, and of a flat one it reads
every page on its way: all of a file of 2,000 scans to show the last. With what is made here added
as an update (ISO 32000-1, 7.5.6) it reads the tree and one page. No byte of the file changes.
"""

import re
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from archive_service.formats.child import ParserFailure, run_limited

if TYPE_CHECKING:
    import pikepdf

FEWEST_PAGES = 100  # of a shorter PDF nobody waits for the way to a page
_LIMIT_S = 60
_FAN = 16  # nodes below a node
_TAIL = 2048  # bytes at the end of a file in which its last table is named
_START = re.compile(rb"startxref\s+(\d+)")
_OWN = ("/Type", "/Kids", "/Count", "/Parent")

Ref = tuple[int, int]  # number and generation of an object


def page_tree_tail(path: Path) -> bytes:
    """The update; nothing where the PDF has few pages or a tree, is locked, or is not sound."""
    outcome = run_limited(page_tree_tail_here, path, limit_s=_LIMIT_S)
    return b"" if isinstance(outcome, ParserFailure) else outcome


def page_tree_tail_here(path: Path) -> bytes:
    """``page_tree_tail`` in this very process."""
    import pikepdf

    with path.open("rb") as file:
        begins_so = file.read(5) == b"%PDF-"
        size = file.seek(0, 2)
        file.seek(max(0, size - _TAIL))
        starts = _START.findall(file.read())
    try:
        with pikepdf.open(path, suppress_warnings=True, inherit_page_attributes=False) as pdf:
            pages = _flat_pages(pdf)
            sound = begins_so and starts and not pdf.is_encrypted and not pdf.get_warnings()
            if not sound or len(pages) < FEWEST_PAGES:
                return b""
            return _update(pdf, pages, size, previous=int(starts[-1]))
    except pikepdf.PdfError:
        return b""


def _flat_pages(pdf: "pikepdf.Pdf") -> list[Ref]:
    """The pages below the root of the tree; none where another node stands between."""
    root = pdf.Root.get("/Pages")
    kids = list(root.get("/Kids", [])) if root is not None and root.is_indirect else []
    flat = all(kid.is_indirect and "/Kids" not in kid for kid in kids)
    return [kid.objgen for kid in kids] if flat else []


def _update(pdf: "pikepdf.Pdf", pages: Sequence[Ref], size: int, *, previous: int) -> bytes:
    root = pdf.Root["/Pages"]
    number, generation = root.objgen
    first = int(pdf.trailer["/Size"])
    nodes: list[bytes] = []
    top = list(_nodes(pages, first, root.objgen, nodes))
    others = [key for key in root.keys() if key not in _OWN]  # noqa: SIM118 - no mapping
    kept = b"".join(key.encode() + b" " + root[key].unparse() for key in others)
    tree = b"<</Type/Pages/Count %d/Kids[%s]%s>>" % (len(pages), _refs(top), kept)
    packed, table = first + len(nodes), first + len(nodes) + 1
    out = bytearray(b"\n")
    places = {number: size + len(out)}
    out += b"%d %d obj\n%s\nendobj\n" % (number, generation, tree)
    places[packed] = size + len(out)
    out += _stream(packed, *_packed(nodes, first))
    places[table] = size + len(out)
    rows = [(1, places[number], generation)]
    rows += [(2, packed, at) for at in range(len(nodes))]
    rows += [(1, places[packed], 0), (1, places[table], 0)]
    about = b"/Type/XRef/Size %d/Root %d %d R/Prev %d/W[1 8 4]/Index[%d 1 %d %d]" % (
        table + 1,
        *pdf.Root.objgen,
        previous,
        number,
        first,
        len(nodes) + 2,
    )
    for key in ("/Info", "/ID"):
        if key in pdf.trailer:
            about += key.encode() + b" " + _written(pdf.trailer[key])
    content = b"".join(
        kind.to_bytes(1, "big") + one.to_bytes(8, "big") + other.to_bytes(4, "big")
        for kind, one, other in rows
    )
    out += _stream(table, about, content)
    return bytes(out) + b"startxref\n%d\n%%%%EOF\n" % places[table]


def _nodes(pages: Sequence[Ref], first: int, root: Ref, nodes: list[bytes]) -> Iterator[Ref]:
    """Adds a node of each page, nodes of those and so on; the highest ones."""
    level: list[tuple[Ref, int]] = [(page, 1) for page in pages]
    fan = 1
    while fan == 1 or len(level) > _FAN:
        above: list[tuple[Ref, int]] = []
        for at in range(0, len(level), fan):
            below = level[at : at + fan]
            count = sum(pages_below for _, pages_below in below)
            above.append(((first + len(nodes), 0), count))
            kids = _refs([ref for ref, _ in below])
            nodes.append(b"<</Type/Pages/Count %d/Parent %d %d R/Kids[%s]>>" % (count, *root, kids))
        level, fan = above, _FAN
    for ref, _ in level:
        yield ref


def _refs(refs: Sequence[Ref]) -> bytes:
    return b" ".join(b"%d %d R" % ref for ref in refs)


def _packed(nodes: Sequence[bytes], first: int) -> tuple[bytes, bytes]:
    """What an object stream says of itself, and its content (ISO 32000-1, 7.5.7)."""
    head, at = [], 0
    for number, node in enumerate(nodes, start=first):
        head.append(b"%d %d" % (number, at))
        at += len(node) + 1
    heads = b" ".join(head) + b"\n"
    about = b"/Type/ObjStm/N %d/First %d" % (len(nodes), len(heads))
    return about, heads + b"\n".join(nodes)


def _stream(number: int, about: bytes, content: bytes) -> bytes:
    data = zlib.compress(content)
    return b"%d 0 obj\n<<%s/Filter/FlateDecode/Length %d>>stream\n%s\nendstream\nendobj\n" % (
        number,
        about,
        len(data),
        data,
    )


def _written(value: "pikepdf.Object") -> bytes:
    if value.is_indirect:
        return b"%d %d R" % value.objgen
    return value.unparse()
