"""RTF as Outlook packs the body of a letter.

Source: [MS-OXRTFCP] 2.1 and 3.1.
"""

import struct

_PACKED, _PLAIN = b"LZFu", b"MELA"
_RING = 4096
_KNOWN = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)


def unpacked_rtf(data: bytes, most_bytes: int) -> str:
    """The text of a property that holds RTF; what is damaged ends it."""
    if len(data) < 16:
        return ""
    packed, plain = struct.unpack_from("<II", data)
    if data[8:12] == _PLAIN:
        found = data[16 : 16 + min(plain, most_bytes)]
    elif data[8:12] == _PACKED:
        found = _unpacked(data[16 : 4 + packed], min(plain, most_bytes))
    else:
        found = data
    return found.decode("latin-1")


def _unpacked(data: bytes, most_bytes: int) -> bytes:
    """Each byte of flags says of eight parts whether one is a letter, or a place in what was."""
    ring = bytearray(_KNOWN.ljust(_RING, b"\0"))
    write, at = len(_KNOWN), 0
    found = bytearray()
    while at < len(data) and len(found) < most_bytes:
        flags, at = data[at], at + 1
        for bit in range(8):
            if at >= len(data):
                return bytes(found)
            if not flags >> bit & 1:
                some, at = data[at : at + 1], at + 1
            elif at + 2 > len(data):
                return bytes(found)
            else:
                place = int.from_bytes(data[at : at + 2], "big")
                at += 2
                offset, length = place >> 4, (place & 15) + 2
                if offset == write:
                    return bytes(found)
                some = b""
                for step in range(length):
                    # What was written a moment ago may be read again within the same part.
                    byte = ring[(offset + step) % _RING]
                    ring[(write + step) % _RING] = byte
                    some += bytes([byte])
            for step, byte in enumerate(some):
                ring[(write + step) % _RING] = byte
            write = (write + len(some)) % _RING
            found += some
    return bytes(found)
