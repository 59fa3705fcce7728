"""What a CMS holds within itself (RFC 5652): bytes that were signed, or what none can read."""

import zlib
from enum import StrEnum

_PACKED = "compressed_data"  # RFC 3274
_MOST_BYTES = 64 << 20  # of what was packed


class Carried(StrEnum):
    """What the bytes of a CMS are."""

    SIGNED = "signed"
    ENCRYPTED = "encrypted"
    OTHER = "other"  # packed bytes, a digest, or no CMS at all


_KINDS = {
    "signed_data": Carried.SIGNED,
    "enveloped_data": Carried.ENCRYPTED,
    "authenticated_enveloped_data": Carried.ENCRYPTED,
    "encrypted_data": Carried.ENCRYPTED,
}


def carried_in(data: bytes) -> tuple[Carried, bytes]:
    """Of which kind it is, and the signed or packed bytes that it holds, unverified; else none."""
    from asn1crypto import cms

    try:
        outer = cms.ContentInfo.load(data)
        named = outer["content_type"].native
        kind = _KINDS.get(named, Carried.OTHER)
        if kind is not Carried.SIGNED and named != _PACKED:
            return kind, b""
        held = outer["content"]["encap_content_info"]["content"].native
        if named == _PACKED:
            held = zlib.decompressobj().decompress(held, _MOST_BYTES)
    except (ValueError, TypeError, KeyError, AttributeError, zlib.error):
        return Carried.OTHER, b""
    return kind, held if isinstance(held, bytes) else b""
