"""What two archives tell each other of a transfer in XML: a head, and a line for each case file.

All of it stands in attributes. It comes from outside: nothing is fetched, no entity is expanded,
and its size is bounded.
"""

import datetime as dt
import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from lxml import etree

from archive_service import clock
from archive_service.errors import InputError
from archive_service.packaging.markup import xml_text
from archive_service.signing.port import Signer
from archive_service.signing.xml.events import read_events
from archive_service.signing.xml.signing import sign_xml
from archive_service.signing.xml.tree import local

MOST_BYTES = 256 << 20
MOST_LINES = 200_000
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")
_NUMBER = re.compile(r"[0-9]{1,9}\Z")
# In an attribute, https://www.w3.org/TR/xml-c14n#ProcessingModel
_ESCAPED = str.maketrans(
    {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"}
)


class TransferMessageError(InputError):
    """A message does not say what it has to: ``field``, and ``line`` of its items or 0."""

    code = "transfer-message"


@dataclass(frozen=True, slots=True)
class Fields:
    """Attributes of one element; each is asked for as what it has to be.

    All raise ``TransferMessageError``.
    """

    given: Mapping[str, str]
    line: int = 0

    def text(self, field: str, longest: int, *, least: int = 1) -> str:
        """Words, of so many characters."""
        told = self.given.get(field, "").strip()
        return self._sound(field, told, least <= len(told) <= longest)

    def one_of(self, field: str, known: Iterable[str]) -> str:
        """A word that is known."""
        told = self.given.get(field, "")
        return self._sound(field, told, told in set(known))

    def digest(self, field: str) -> str:
        """A SHA-256 in small hexadecimal digits."""
        told = self.given.get(field, "")
        return self._sound(field, told, _DIGEST.match(told) is not None)

    def number(self, field: str) -> int:
        """One or more."""
        told = self.given.get(field, "")
        return int(self._sound(field, told, _NUMBER.match(told) is not None and int(told) > 0))

    def amount(self, field: str) -> int:
        """None or more."""
        told = self.given.get(field, "")
        return int(self._sound(field, told, _NUMBER.match(told) is not None))

    def day(self, field: str) -> dt.date | None:
        """A day; ``None`` where the attribute is empty or missing."""
        told = self.given.get(field, "")
        try:
            return dt.date.fromisoformat(told) if told else None
        except ValueError:
            raise TransferMessageError(field=field, line=self.line) from None

    def moment(self, field: str) -> dt.datetime:
        """A moment with its zone."""
        try:
            return clock.parse_iso(self.given.get(field, ""))
        except ValueError:
            raise TransferMessageError(field=field, line=self.line) from None

    def id(self, field: str) -> UUID:
        """The id of a transfer."""
        try:
            return UUID(self.given.get(field, ""))
        except ValueError:
            raise TransferMessageError(field=field, line=self.line) from None

    def _sound(self, field: str, told: str, is_sound: bool) -> str:  # noqa: FBT001 - its one use
        if not is_sound:
            raise TransferMessageError(field=field, line=self.line)
        return told


@dataclass(frozen=True, slots=True)
class Form:
    """What a kind of message is: its namespace and the name of its root."""

    namespace: str
    root: str

    def name(self, plain: str) -> str:
        """A name in its namespace."""
        return f"{{{self.namespace}}}{plain}"

    def write(
        self,
        head: Mapping[str, str],
        parts: Mapping[str, Mapping[str, str]],
        lines: Iterable[Mapping[str, str]],
        signer: Signer,
    ) -> bytes:
        """The document, signed as a whole (XML-DSig, rsa-sha256).

        Raises:
            SigningKeyExpiredError, TokenAwayError, TokenPinError, TokenLockedError: see ``Signer``.
        """
        spaces = {"transfer": self.namespace}
        root = etree.Element(self.name(self.root), attrib={**head}, nsmap=spaces)
        place = etree.SubElement(root, self.name("head"))
        for name, told in parts.items():
            etree.SubElement(place, self.name(name), attrib={**told})
        items = (plain_element("item", line) for line in lines)
        return sign_xml(root, place, signer, more=items).read()

    def read(self, document: bytes, seen: Callable[[Fields], None]) -> dict[str, Fields]:
        """Tell each line in its order; the head and its parts by their names.

        Raises:
            TransferMessageError: too long, or another kind of document.
            XmlForbiddenError, XmlBrokenError: see ``read_events``.
        """
        if len(document) > MOST_BYTES:
            raise TransferMessageError(field="size", line=0)
        listener = _Listener(self, seen)
        read_events(io.BytesIO(document), listener)
        return listener.told


class _Listener:
    def __init__(self, form: Form, seen: Callable[[Fields], None]) -> None:
        self.told: dict[str, Fields] = {}
        self._form, self._seen = form, seen
        self._open: list[str] = []
        self._lines = 0

    def start(self, name: str, attributes: Sequence[tuple[str, str]]) -> None:
        """See ``XmlEvents``."""
        given, plain = dict(attributes), local(name)
        self._open.append(plain)
        match self._open[1:]:
            case []:
                prefix = name.rpartition(":")[0]
                space = given.get(f"xmlns:{prefix}" if prefix else "xmlns")
                if (plain, space) != (self._form.root, self._form.namespace):
                    raise TransferMessageError(field=self._form.root, line=0)
                self.told["head"] = Fields(given)
            case ["item"]:
                self._lines += 1
                if self._lines > MOST_LINES:
                    raise TransferMessageError(field="item", line=self._lines)
                self._seen(Fields(given, self._lines))
            case ["head", part]:
                self.told.setdefault(part, Fields(given))

    def end(self, _name: str) -> None:
        """See ``XmlEvents``."""
        self._open.pop()

    def text(self, _data: str) -> None:
        """All is told by attributes."""

    def comment(self, _data: str) -> None:
        """A comment says nothing."""

    def instruction(self, _target: str, _data: str) -> None:
        """Nor does an instruction."""


def plain_element(name: str, told: Mapping[str, str]) -> bytes:
    """An empty element as canonical XML writes it: attributes by their names, no white space.

    Its prefix is ``transfer``; of so many no tree is made.
    """
    said = "".join(f' {key}="{xml_text(told[key]).translate(_ESCAPED)}"' for key in sorted(told))
    return f"<transfer:{name}{said}></transfer:{name}>".encode()


def content_of(lines: Iterable[Mapping[str, Any]], **also: str) -> str:
    """SHA-256 of what a message says: whether there is anything new to say."""
    digest = hashlib.sha256(json.dumps(also, sort_keys=True).encode())
    for line in lines:
        digest.update(json.dumps(line, sort_keys=True, separators=(",", ":")).encode() + b"\n")
    return digest.hexdigest()
