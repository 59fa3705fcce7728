"""Signatures over earlier revisions that the last revision names no more.

Whoever can append to a signed file can name another catalogue, or empty the field: programs then
show a paper that nobody signed, and the signed one still lies in its bytes.
"""

import re
from collections.abc import Collection, Iterator
from dataclasses import replace
from typing import IO

from archive_service.formats.pdf.behind import iter_overlapping
from archive_service.signing.pdf.embedded import (
    REVISIONS,
    Embedded,
    Unread,
    closes_at,
    find_signatures,
)
from archive_service.signing.pdf.head import head_of
from archive_service.signing.pdf.opened import Opened

_SPAN = re.compile(rb"/ByteRange\s{0,8}\[\s{0,8}0\s+\d{1,12}\s+(\d{1,12})\s+(\d{1,12})\s{0,40}\]")
_OVERLAP_BYTES = 160
_MOST = 32  # revisions that are opened; that there are more is told


def dropped_signatures(
    paper: Opened, known: Collection[int]
) -> tuple[list[Embedded], list[Unread]]:
    """Those that cover a whole revision, with their time stamps; and what could not be read.

    The oldest first: whoever can only append puts nothing before the end of what was signed, so
    claims of signatures that nobody made, however many, are looked at after the signed revision.

    Args:
        known: bytes of the file up to which each signature covers it that the last one names.
    """
    found: list[Embedded] = []
    unread: list[Unread] = []
    seen = set(known)
    ends = sorted(_revision_ends(paper.document) - seen)
    for end in ends[:_MOST]:
        signatures, others = ([], []) if end in seen else _signatures_of(paper, end)
        for signature in signatures:
            if signature.end not in seen and signature.coverage in REVISIONS:
                signature.is_dropped = True
                found.append(signature)
        # Without its end: it is none of those that show a picture in the last revision.
        unread += [replace(other, end=0) for other in others if other.end and other.end not in seen]
        seen.update([reading.end for reading in found] + [other.end for other in others])
    if len(ends) > _MOST:
        unread.append(Unread("", "revisions-unread"))
    return found, list(dict.fromkeys(unread))


def _signatures_of(paper: Opened, end: int) -> tuple[list[Embedded], list[Unread]]:
    """Those that the revision of the first ``end`` bytes names; none where it does not open."""
    from pyhanko.pdf_utils.reader import PdfFileReader

    try:
        reader = PdfFileReader(head_of(paper.document, end), strict=False)
        if reader.encrypted:
            return [], [Unread("", "pdf-encrypted", end=end)]
        return find_signatures(reader, paper)
    except Exception:  # noqa: BLE001 - a hostile file may raise anything at all in the parser
        return [], []


def _revision_ends(document: IO[bytes]) -> set[int]:
    """Those of them at which a PDF may end; no signature over anything else covers a revision."""
    size = document.seek(0, 2)
    ends = {end for end in _ends(document) if end <= size}
    return {end for end in ends if end == size or closes_at(document, end)}


def _ends(document: IO[bytes]) -> Iterator[int]:
    """Where the bytes end that signatures say they cover, whether any field names these or not."""
    document.seek(0)
    for data in iter_overlapping(document, _OVERLAP_BYTES):
        for found in _SPAN.finditer(data):
            yield int(found[1]) + int(found[2])
