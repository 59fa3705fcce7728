"""What a CMS holds within itself (RFC 5652): bytes that were signed, or what none can read."""

from enum import StrEnum


class Carried(StrEnum):
    """What the bytes of a CMS are."""

    SIGNED = "signed"
    ENCRYPTED = "encrypted"
    OTHER = "other"  # a digest, packed bytes, or no CMS at all


_KINDS = {
    "signed_data": Carried.SIGNED,
    "enveloped_data": Carried.ENCRYPTED,
    "authenticated_enveloped_data": Carried.ENCRYPTED,
    "encrypted_data": Carried.ENCRYPTED,
}


def carried_in(data: bytes) -> tuple[Carried, bytes]:
    """Of which kind it is, and the signed bytes that it holds, unverified; else none of them."""
    from asn1crypto import cms

    try:
        outer = cms.ContentInfo.load(data)
        kind = _KINDS.get(outer["content_type"].native, Carried.OTHER)
        if kind is not Carried.SIGNED:
            return kind, b""
        held = outer["content"]["encap_content_info"]["content"].native
    except (ValueError, TypeError, KeyError, AttributeError):
        return Carried.OTHER, b""
    return kind, held if isinstance(held, bytes) else b""
