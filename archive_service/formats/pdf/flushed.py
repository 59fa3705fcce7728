"""Packed streams without an end: written whole all the same, or broken off."""

import zlib
from typing import Any

_PIECE_BYTES = 1 << 20
_FLUSHED = b"\0\0\xff\xff"  # all that went before can be unpacked (RFC 1951, 3.2.4; Z_SYNC_FLUSH)


def all_flushed(pdf: Any) -> bool:
    """Whether each packed stream that has no end was flushed by its writer, as Acrobat Reader does.

    Such a stream holds all that was written into it; one that breaks off elsewhere does not.
    """
    import pikepdf

    return all(
        _is_whole(one)
        for one in pdf.objects
        if isinstance(one, pikepdf.Stream) and one.get("/Filter") == "/FlateDecode"
    )


def _is_whole(stream: Any) -> bool:
    import pikepdf

    try:
        packed = stream.read_raw_bytes()
    except (pikepdf.PdfError, RuntimeError):
        return False
    unpacking, left = zlib.decompressobj(), bytes(packed)
    try:
        while left and not unpacking.eof:
            unpacking.decompress(left, _PIECE_BYTES)
            left = unpacking.unconsumed_tail
    except zlib.error:
        return False
    return unpacking.eof or bytes(packed).rstrip(b"\r\n").endswith(_FLUSHED)
