"""Writing and reading of what two archives sign to each other in XML: a head, and its lines.

All of it stands in attributes; ``tables`` says which. A message comes from outside: nothing is
fetched, no entity is expanded, and its size is bounded. Elements and attributes that a later
release may add are passed over.
"""

import hashlib
import io
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import IO, Any, Generic, TypeVar

from lxml import etree

from archive_service.domain.kept_document import Kept
from archive_service.errors import InputError
from archive_service.packaging.markup import xml_text
from archive_service.signing.port import Signer
from archive_service.signing.xml.canonical import namespaces
from archive_service.signing.xml.events import read_events
from archive_service.signing.xml.signing import sign_xml
from retention.transfer.messages.attributes import (
    AttributeWrongError,
    read_fields,
    unique_fields,
    written,
)

MOST_BYTES = 256 << 20
MOST_LINES = 200_000
PARTS = "giver", "receiver"
# In an attribute, https://www.w3.org/TR/xml-c14n#ProcessingModel
_ESCAPED = str.maketrans(
    {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"}
)


class TransferMessageError(InputError):
    """A message does not say what it has to: ``field``, and ``line`` of its items or 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """The head of a message; ``lines``: how many it has, as it was read."""

    lines: int = 0

    def wrong(self) -> str:
        """The field that does not go with the others, if there is one."""
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter(Head):
    """The head of a message that is short enough to stay beside it."""

    document: bytes = b""

    @property
    def sha256(self) -> str:
        """Of the document as it was signed."""
        return hashlib.sha256(self.document).hexdigest()


H = TypeVar("H", bound=Head)
L = TypeVar("L")
D = TypeVar("D", bound=Letter)


@dataclass(frozen=True, slots=True)
class Form(Generic[H, L]):
    """A kind of message: namespace and name of its root, tables of its head and of its lines."""

    namespace: str
    root: str
    head: type[H]
    line: type[L]
    item: str = "item"
    error: type[InputError] = TransferMessageError

    def write(self, head: H, lines: Iterable[L], signer: Signer) -> Kept:
        """The document, signed as a whole (XML-DSig, rsa-sha256).

        Raises:
            SigningKeyExpiredError, TokenAwayError, TokenPinError, TokenLockedError: see ``Signer``.
        """
        spaces = {"transfer": self.namespace}
        root = etree.Element(self._name(self.root), attrib=written(head), nsmap=spaces)
        place = etree.SubElement(root, self._name("head"))
        for part in PARTS:
            etree.SubElement(place, self._name(part), attrib=written(head, part))
        items = (_plain_element(self.item, written(line)) for line in lines)
        return sign_xml(root, place, signer, more=items)

    def read(self, source: IO[bytes], seen: Callable[[L], None]) -> H:
        """The head; its lines are told in their order, and are not held together.

        All is sound but the signature, which is the caller's to judge.

        Raises:
            TransferMessageError, or what ``error`` is: another kind of document, or not sound.
            XmlForbiddenError, XmlBrokenError: see ``read_events``.
        """
        listener = _Listener(self, seen)
        read_events(source, listener)
        head = self.head(**listener.fields(self.head, 0), lines=listener.lines)
        if wrong := head.wrong():
            raise self.error(field=wrong, line=0)
        return head

    def each(self, document: bytes, seen: Callable[[L], None]) -> None:
        """Tell each line of a message that was read before."""
        self.read(io.BytesIO(document), seen)

    def _name(self, plain: str) -> str:
        return f"{{{self.namespace}}}{plain}"


def signed(form: Form[D, L], head: D, lines: Iterable[L], signer: Signer) -> D:
    """The head with its document; see ``Form.write``.

    Raises:
        SigningKeyExpiredError, TokenAwayError, TokenPinError, TokenLockedError: see ``Signer``.
    """
    return replace(head, document=form.write(head, lines, signer).read())


def parse(form: Form[D, L], document: bytes) -> D:
    """The head of a message that is taken whole or not at all; see ``Form.read``.

    Raises:
        TransferMessageError: also where it is too long.
        XmlForbiddenError, XmlBrokenError
    """
    if len(document) > MOST_BYTES:
        raise form.error(field="size", line=0)
    head = form.read(io.BytesIO(document), Once(form).require)
    return replace(head, document=document)


class Once(Generic[L]):
    """Refuses two lines that share what no two lines may."""

    def __init__(self, form: Form[Any, L]) -> None:
        self._error, self._line = form.error, 0
        self._seen: dict[str, set[object]] = {field: set() for field in unique_fields(form.line)}

    def require(self, line: L) -> None:
        """The next one."""
        self._line += 1
        for field, seen in self._seen.items():
            value = getattr(line, field)
            if value in seen:
                raise self._error(field=field, line=self._line)
            seen.add(value)


class _Listener(Generic[L]):
    """Listens to a message: the head and its two parts come first, each once, then the lines."""

    def __init__(self, form: Form[Any, L], seen: Callable[[L], None]) -> None:
        self.lines = 0
        self._form, self._seen = form, seen
        self._given: dict[str, Mapping[str, str]] = {}  # "" are those of the root
        self._scopes: list[Mapping[str, str]] = [{}]
        self._open: list[str] = []  # names in the namespace of the message, else ""
        self._has_head = False

    def start(self, name: str, attributes: Sequence[tuple[str, str]]) -> None:
        """See ``XmlEvents``."""
        declared, _ = namespaces(attributes)
        scope = {**self._scopes[-1], **declared} if declared else self._scopes[-1]
        self._scopes.append(scope)
        prefix, _, plain = name.rpartition(":")
        is_of_it = scope.get(prefix) == self._form.namespace
        self._open.append(plain if is_of_it else "")
        match self._open:
            case [root]:
                if root != self._form.root:
                    raise self._form.error(field=self._form.root, line=0)
                self._given[""] = dict(attributes)
            case [_, "head"]:
                if self._has_head or self.lines:
                    raise self._form.error(field="head", line=0)
                self._has_head = True
            case [_, "head", part] if part in PARTS:
                if part in self._given:
                    raise self._form.error(field=part, line=0)
                self._given[part] = dict(attributes)
            case [_, item] if item == self._form.item:
                self._add(dict(attributes))

    def _add(self, given: Mapping[str, str]) -> None:
        self.lines += 1
        if self.lines > MOST_LINES or not self._has_head:
            field = self._form.item if self._has_head else "head"
            raise self._form.error(field=field, line=self.lines)
        self._seen(self._form.line(**self.fields(self._form.line, self.lines, {"": given})))

    def fields(
        self, table: type, line: int, given: Mapping[str, Mapping[str, str]] | None = None
    ) -> dict[str, Any]:
        """Values of a table; of the head where nothing else is given."""
        try:
            return read_fields(table, self._given if given is None else given)
        except AttributeWrongError as wrong:
            raise self._form.error(field=wrong.name, line=line) from None

    def end(self, _name: str) -> None:
        """See ``XmlEvents``."""
        self._open.pop()
        self._scopes.pop()

    def text(self, _data: str) -> None:
        """All is told by attributes."""

    def comment(self, _data: str) -> None:
        """A comment says nothing."""

    def instruction(self, _target: str, _data: str) -> None:
        """Nor does an instruction."""


def _plain_element(name: str, facts: Mapping[str, str]) -> bytes:
    """An empty element as canonical XML writes it: attributes by their names, no white space.

    Its prefix is ``transfer``; of so many no tree is made.
    """
    words = "".join(f' {key}="{xml_text(facts[key]).translate(_ESCAPED)}"' for key in sorted(facts))
    return f"<transfer:{name}{words}></transfer:{name}>".encode()


def content_of(lines: Iterable[object], **also: str) -> str:
    """SHA-256 of what the lines of a message say: whether there is anything new to say."""
    digest = hashlib.sha256(json.dumps(also, sort_keys=True).encode())
    for line in lines:
        line_text = json.dumps(written(line), sort_keys=True, separators=(",", ":"))
        digest.update(line_text.encode() + b"\n")
    return digest.hexdigest()
