"""Letters that were signed or encrypted whole (S/MIME, RFC 8551): what lies within their CMS.

Outlook sends a signed letter so where it is not told to send it as clear text: no words of it stand
in the file as such.
"""

import re
from email import message_from_binary_file, message_from_bytes, policy
from email.message import Message
from pathlib import Path
from typing import cast

from archive_service.formats.words.plain import to_first_word
from archive_service.signing.carried import Carried, carried_in

_WRAPPED = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_DEEPEST = 4  # signed, encrypted and signed again, and once more
_HEAD = re.compile(rb"\s*(?:MIME-Version|Content-[A-Za-z-]+|From|Date|Subject)\s*:", re.IGNORECASE)


def read_letter(path: Path) -> Message:
    """The letter of a file, with what was signed whole in the place of its CMS."""
    with path.open("rb") as file:
        return _unwrapped(message_from_binary_file(to_first_word(file), policy=policy.default))


def _unwrapped(message: Message, depth: int = 0) -> Message:
    """The same letter; each part that was signed whole holds what was signed, as its one part."""
    for part in list(message.walk()):  # not into what is set within the loop: it has its own depth
        if depth < _DEEPEST and not part.is_multipart() and part.get_content_type() in _WRAPPED:
            data = part.get_payload(decode=True)
            if isinstance(data, bytes) and (letter := signed_letter(data)):
                inner = message_from_bytes(letter, policy=policy.default)
                part.set_payload([_unwrapped(inner, depth + 1)])
    return message


def is_wrapped_deeper(message: Message) -> bool:
    """Whether a part of an unwrapped letter holds yet another that was signed whole."""
    wrapped = (part for part in message.walk() if part.get_content_type() in _WRAPPED)
    held = (part.get_payload(decode=True) for part in wrapped if not part.is_multipart())
    return any(isinstance(data, bytes) and signed_letter(data) for data in held)


def signed_letter(data: bytes) -> bytes:
    """The letter that a file ``smime.p7m`` holds, as Outlook keeps it too; empty if it is none."""
    letter = data if _HEAD.match(data) else carried_in(data)[1]
    return letter if _HEAD.match(letter) else b""


def is_encrypted(message: Message) -> bool:
    """Whether nobody reads an unwrapped letter without a key: by S/MIME, or by PGP (RFC 3156)."""
    while message.is_multipart() and len(parts := message.get_payload()) == 1:
        message = cast("list[Message]", parts)[0]
    if message.get_content_type() == "multipart/encrypted":
        return True
    if message.is_multipart() or message.get_content_type() not in _WRAPPED:
        return False
    data = message.get_payload(decode=True)
    return isinstance(data, bytes) and carried_in(data)[0] is Carried.ENCRYPTED
