"""A long PDF whose pages all hang from one node and lie far apart, as scanners write it."""

import random
from pathlib import Path

APART_BYTES = 40_000


def long_pdf(path: Path, *, pages: int) -> Path:
    """Each page is one point wider than the one before, so that they can be told apart."""
    noise = random.Random(1)
    objects = {
        1: b"<</Type/Catalog/Pages 2 0 R>>",
        2: b"<</Type/Pages/Count %d/MediaBox[0 0 10 842]/Kids[%s]>>"
        % (pages, b" ".join(b"%d 0 R" % (5 + 3 * at) for at in range(pages))),
    }
    for at in range(pages):
        first = 3 + 3 * at
        objects[first] = _stream(noise.randbytes(APART_BYTES))  # no page shows it
        objects[first + 1] = _stream(b"BT /F 12 Tf 60 700 Td (Trang %d) Tj ET" % (at + 1))
        objects[first + 2] = (
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 %d 842]/Resources<</Font<</F"
            b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>/Contents %d 0 R>>"
            % (500 + at, first + 1)
        )
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, content in objects.items():
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)
    path.write_bytes(out)
    return path


def _stream(content: bytes) -> bytes:
    return b"<</Length %d>>stream\n%s\nendstream" % (len(content), content)
