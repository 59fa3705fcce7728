"""The signatures of a letter itself (S/MIME, RFC 8551; PGP, RFC 3156), as it was sent.

Line ends are written anew on the way: those that mail has are read, then those of the file.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import Message
from email.parser import HeaderParser
from email.utils import getaddresses
from typing import cast

from archive_service.formats.smime import signed_letter
from archive_service.signing.carried import Carried, carried_in
from archive_service.signing.cms.inspect import (
    FIELD,
    WORSE,
    Means,
    Reading,
    inspect_cms,
    partial_report,
)
from archive_service.signing.pdf.report import SignatureReport
from archive_service.signing.pdf.reporting import unjudged

_BLANK_LINE = re.compile(rb"(?:\r\n|\r(?!\n)|\n)(?:\r\n|\r|\n)")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_WRAPPED = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_SIGNATURES = ("application/pkcs7-signature", "application/x-pkcs7-signature")
_ONCE = ("Content-Type", "Content-Transfer-Encoding")  # heads of a part
_SHOWN = ("Subject", "From", "To", "Cc", "Date")  # heads of a letter, as labels.letter-heads
_DEEPEST = 6  # parts within parts
_MOST_PARTS = 100


def letter_signatures(
    letter: bytes, means: Means, depth: int = 0, outer: Message | None = None
) -> Iterator[SignatureReport]:
    """A report for each signature over the letter, over a part of it, or over a letter within it.

    Beside a part that alone is signed a reader sees what nobody signed. What hangs on the letter
    is judged by itself.

    Args:
        outer: head of the letter whose part this is.
    """
    if depth > _DEEPEST:
        return
    head, body = _head_and_body(letter)
    outer, kind = head if outer is None else outer, head.get_content_type()
    found: list[SignatureReport] = []
    is_whole = True
    if head.get_content_maintype() == "multipart":
        parts = _parts(body, str(head.get_boundary("")))
        is_signed = kind == "multipart/signed" and len(parts) > 1
        is_whole = len(parts) == (2 if is_signed else 1)
        if is_signed:
            made = _of_part(parts[0], parts[1], means)
            found += _with_heads(made, outer, _head_and_body(parts[0])[0])
        for part in parts[:1] if is_signed else parts:
            found += letter_signatures(part, means, depth + 1, outer)
    elif kind == "message/rfc822":
        name = head.get_filename("") or "message.eml"
        for report in letter_signatures(body, means, depth + 1):
            within = f"{name}/{report.within}" if report.within else name
            found.append(replace(report, within=within))
    elif kind in _WRAPPED:
        data = _decoded(message_from_bytes(letter))
        carried, inner = carried_in(data)
        inner_letter = signed_letter(data)
        hangs_on = depth and head.get_filename() and not inner_letter
        is_cms = carried is Carried.SIGNED or not (carried is Carried.ENCRYPTED or inner_letter)
        if is_cms and not hangs_on:
            found += _with_heads(inspect_cms(data, (), means), outer, _head_and_body(inner)[0])
        found += letter_signatures(inner_letter or inner, means, depth + 1, outer)
    is_whole = is_whole and _is_read_alike(head)
    yield from (one if is_whole or one.within else partial_report(one) for one in found)


def _head_and_body(letter: bytes) -> tuple[Message, bytes]:
    """Parted where Python's parser parts them, by which the words of a letter are read."""
    blank = _BLANK_LINE.search(letter)
    end = len(letter) if blank is None else blank.end()
    head = HeaderParser().parsestr(letter[:end].decode("latin-1"))  # byte for byte
    return head, str(head.get_payload()).encode("latin-1") + letter[end:]


def _is_read_alike(head: Message) -> bool:
    """Whether all programs read it so: of two, some take the first and some the last."""
    boundaries = [name for name, _ in head.get_params([]) if name.lower() == "boundary"]
    return len(boundaries) < 2 and all(len(head.get_all(name, [])) < 2 for name in _ONCE)


def _with_heads(
    reports: Iterable[SignatureReport], outer: Message, signed: Message
) -> Iterator[SignatureReport]:
    """Each with what of the letter's own head it leaves open, and a sender who did not sign."""
    open_heads = tuple(
        name for name in _SHOWN if name in outer and _values(outer, name) != _values(signed, name)
    )
    sent_by = {address.casefold() for _, address in getaddresses(_values(outer, "From"))}
    for report in reports:
        others = sent_by - {"", *(mail.casefold() for mail in report.mails)}
        sender = ", ".join(sorted(others)) if report.mails else ""
        is_told = report.outcome not in WORSE
        yield replace(report, open_heads=open_heads, sender=sender) if is_told else report


def _values(head: Message, name: str) -> list[str]:
    return [" ".join(_text(str(value)).split()) for value in head.get_all(name, [])]


def _text(value: str) -> str:
    return value.encode("latin-1", "replace").decode("utf-8", "replace")


def signature_parts(message: Message) -> set[bytes]:
    """What of a letter is the signature of another part, and nothing that hangs on it."""
    kinds = (*_SIGNATURES, "application/pgp-signature")
    return {
        _decoded(part)
        for signed in message.walk()
        if signed.get_content_type() == "multipart/signed" and signed.is_multipart()
        for part in cast("list[Message]", signed.get_payload())[1:2]
        if part.get_content_type() in kinds
    }


def _of_part(signed: bytes, signature: bytes, means: Means) -> Iterator[SignatureReport]:
    part = message_from_bytes(signature)
    if part.get_content_type() not in _SIGNATURES:
        detail = part.get_content_subtype().partition("-")[0].upper()
        yield unjudged(FIELD, "format-unknown", means.now, detail)
        return
    as_mail = _LINE_END.sub(b"\r\n", signed)
    yield from inspect_cms(_decoded(part), [Reading.of(as_mail), Reading.of(signed)], means)


def _decoded(part: Message) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _parts(body: bytes, boundary: str) -> list[bytes]:
    """As they stand between the lines of the boundary; the line end before one belongs to it."""
    if not boundary:
        return []
    mark = re.escape(boundary.encode("latin-1", "replace"))
    line = re.compile(rb"(?:\A|\r\n|\r|\n)--" + mark + rb"(?P<last>--)?[ \t]*(?=\r|\n|\Z)")
    parts: list[bytes] = []
    start = None
    for found in line.finditer(body):
        if start is not None:
            parts.append(_LINE_END.sub(b"", body[start : found.start()], count=1))
        start = found.end()
        if found["last"] or len(parts) == _MOST_PARTS:
            return parts
    return parts if start is None else [*parts, _LINE_END.sub(b"", body[start:], count=1)]
