"""The signatures of a letter itself (S/MIME, RFC 8551; PGP, RFC 3156), as it was sent.

Line ends are written anew on the way: those that mail has are read, then those of the file.
"""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import Message
from email.parser import HeaderParser

from archive_service.signing.carried import Carried, carried_in
from archive_service.signing.cms.inspect import (
    FIELD,
    Means,
    Reading,
    inspect_cms,
    partial_report,
)
from archive_service.signing.pdf.report import SignatureReport
from archive_service.signing.pdf.reporting import unjudged

_END_OF_HEAD = re.compile(rb"\r?\n[ \t]*\r?\n")
_LINE_END = re.compile(rb"\r?\n")
_WRAPPED = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_SIGNATURES = ("application/pkcs7-signature", "application/x-pkcs7-signature")
_DEEPEST = 6  # parts within parts
_MOST_PARTS = 100


def letter_signatures(letter: bytes, means: Means, depth: int = 0) -> Iterator[SignatureReport]:
    """A report for each signature over the letter, over a part of it, or over a letter within it.

    Beside a part that alone is signed a reader sees what nobody signed. What hangs on the letter
    is judged by itself.
    """
    end = _END_OF_HEAD.search(letter)
    if end is None or depth > _DEEPEST:
        return
    head = HeaderParser().parsestr(letter[: end.end()].decode("latin-1"))  # byte for byte
    body, kind = letter[end.end() :], head.get_content_type()
    if head.get_content_maintype() == "multipart":
        parts = _parts(body, str(head.get_boundary("")))
        is_signed = kind == "multipart/signed" and len(parts) > 1
        is_whole = len(parts) == (2 if is_signed else 1)
        found = list(_of_part(parts[0], parts[1], means)) if is_signed else []
        for part in parts[:1] if is_signed else parts:
            found += letter_signatures(part, means, depth + 1)
        yield from (one if is_whole or one.within else partial_report(one) for one in found)
    elif kind == "message/rfc822":
        name = head.get_filename("") or "message.eml"
        for report in letter_signatures(body, means, depth + 1):
            within = f"{name}/{report.within}" if report.within else name
            yield replace(report, within=within)
    elif kind in _WRAPPED:
        data = _decoded(message_from_bytes(letter))
        carried, inner = carried_in(data)
        if carried is Carried.SIGNED or not (carried is Carried.ENCRYPTED or inner):
            yield from inspect_cms(data, (), means)
        yield from letter_signatures(inner, means, depth + 1)


def signature_parts(message: Message) -> set[bytes]:
    """What of a letter is the signature of another part, and nothing that hangs on it."""
    kinds = (*_SIGNATURES, "application/pgp-signature")
    return {
        _decoded(part)
        for signed in message.walk()
        if signed.get_content_type() == "multipart/signed"
        for part in signed.walk()
        if part.get_content_type() in kinds
    }


def _of_part(signed: bytes, signature: bytes, means: Means) -> Iterator[SignatureReport]:
    part = message_from_bytes(signature)
    if part.get_content_type() not in _SIGNATURES:
        detail = part.get_content_subtype().partition("-")[0].upper()
        yield unjudged(FIELD, "format-unknown", means.now, detail)
        return
    as_mail = _LINE_END.sub(b"\r\n", signed)
    yield from inspect_cms(_decoded(part), [_reading(as_mail), _reading(signed)], means)


def _reading(data: bytes) -> Reading:
    return lambda digest: hashlib.new(digest, data).digest()


def _decoded(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _parts(body: bytes, boundary: str) -> list[bytes]:
    """As they stand between the lines of the boundary; the line end before one belongs to it."""
    if not boundary:
        return []
    mark = re.escape(boundary.encode("latin-1", "replace"))
    line = re.compile(rb"(?:\A|\r?\n)--" + mark + rb"(?P<last>--)?[ \t]*(?=\r?\n|\Z)")
    parts: list[bytes] = []
    start = None
    for found in line.finditer(body):
        if start is not None:
            parts.append(_LINE_END.sub(b"", body[start : found.start()], count=1))
        start = found.end()
        if found["last"] or len(parts) == _MOST_PARTS:
            return parts
    return parts if start is None else [*parts, _LINE_END.sub(b"", body[start:], count=1)]
