"""PDFs made to bring a parser down: endless, nested, swollen, or mere noise."""

import zlib
from collections.abc import Callable
from pathlib import Path
from random import Random


def written(objects: list[bytes], *, size: int | None = None, trailer: bytes = b"") -> bytes:
    """A file of these objects, numbered from 1, the first being the catalogue."""
    data = b"%PDF-1.7\n"
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(data)
    data += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    data += b"".join(b"%010d 00000 n \n" % place for place in places)
    told = len(objects) + 1 if size is None else size
    data += b"trailer\n<< /Size %d /Root 1 0 R %s >>\nstartxref\n%d\n" % (told, trailer, table)
    return data + b"%%EOF\n"


def deeply_nested() -> bytes:
    """Arrays in arrays, 200,000 deep."""
    deep = b"[" * 200_000 + b"]" * 200_000
    return written([b"<< /Type /Catalog /Pages 2 0 R /Deep %s >>" % deep, _pages(), _page()])


def huge_table() -> bytes:
    """A table of objects that tells of two thousand million."""
    return written([b"<< /Type /Catalog /Pages 2 0 R >>", _pages(), _page()], size=2_000_000_000)


def endless_pages() -> bytes:
    """A page tree whose branches are their own children."""
    tree = b"<< /Type /Pages /Kids [2 0 R 2 0 R] /Count 2000000 >>"
    return written([b"<< /Type /Catalog /Pages 2 0 R >>", tree])


def table_in_a_circle() -> bytes:
    """Each table of objects names the other as the earlier one."""
    whole = written([b"<< /Type /Catalog /Pages 2 0 R >>", _pages(), _page()])
    at = int(whole.rsplit(b"startxref\n", 1)[1].split()[0])
    return written(
        [b"<< /Type /Catalog /Pages 2 0 R >>", _pages(), _page()], trailer=b"/Prev %d" % at
    )


def content_bomb() -> bytes:
    """A page whose content unpacks to 700 MiB: packed twice, as one filter is not enough."""
    once = zlib.compressobj(9)
    packed = b"".join(once.compress(bytes(1 << 20)) for _ in range(700)) + once.flush()
    packed = zlib.compress(packed, 9)
    head = b"<< /Length %d /Filter [/FlateDecode /FlateDecode] >>" % len(packed)
    stream = head + b"\nstream\n" + packed + b"\nendstream"
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R >>"
    return written([b"<< /Type /Catalog /Pages 2 0 R >>", _pages(), page, stream])


def wild_page() -> bytes:
    """A page of no size, with a font that is a number."""
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 1e38 -1e38] /Resources << /Font 7 >> >>"
    return written([b"<< /Type /Catalog /Pages 2 0 R >>", _pages(), page])


def noise(seed: int) -> bytes:
    """A sound file in which a hundred bytes are others."""
    random = Random(seed)
    data = bytearray(written([b"<< /Type /Catalog /Pages 2 0 R >>", _pages(), _page()] * 5))
    for _ in range(100):
        data[random.randrange(9, len(data))] = random.randrange(256)
    return bytes(data)


MAKERS: dict[str, Callable[[], bytes]] = {
    "deeply-nested": deeply_nested,
    "huge-table": huge_table,
    "endless-pages": endless_pages,
    "table-in-a-circle": table_in_a_circle,
    "content-bomb": content_bomb,
    "wild-page": wild_page,
}


def put(folder: Path, name: str, data: bytes) -> Path:
    """The file in ``folder``."""
    target = folder / f"{name}.pdf"
    target.write_bytes(data)
    return target


def _pages() -> bytes:
    return b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>"


def _page() -> bytes:
    return b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] >>"
