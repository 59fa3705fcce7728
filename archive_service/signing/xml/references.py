"""What a reference of an XML signature names: which part of a document, and how it is digested."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import IO

from archive_service.signing.xml.canonical import Canonical, Method, namespaces
from archive_service.signing.xml.events import XmlEvents, read_events
from archive_service.signing.xml.finder import DSIG, SignatureFinder
from archive_service.signing.xml.tree import Node, local

ENVELOPED = f"{DSIG}enveloped-signature"
BASE64 = f"{DSIG}base64"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_FILTERS = {  # XPath that takes every signature out, as DSS and older programs write it
    "http://www.w3.org/2002/06/xmldsig-filter2": "/descendant::Signature",
    "http://www.w3.org/TR/1999/REC-xpath-19991116": "not(ancestor-or-self::Signature)",
}
_DIGESTS = {
    f"{DSIG}sha1": "sha1",
    SHA256: "sha256",
    "http://www.w3.org/2001/04/xmldsig-more#sha384": "sha384",
    "http://www.w3.org/2001/04/xmlenc#sha512": "sha512",
}
IDS = ("Id", "ID", "id", "xml:id")


class UncheckableError(Exception):
    """Something in a signature that is not known here.

    Args:
        reason: a key of ``labels.signature-error``.
        detail: what it is, in the signature's own words.
    """

    def __init__(self, detail: str, reason: str = "format-unknown") -> None:
        super().__init__(detail[:200])
        self.reason = reason


class LeftOut(StrEnum):
    """Which signatures are left out of what is digested."""

    NONE = ""
    OWN = "own"
    ALL = "all"


@dataclass(frozen=True, slots=True)
class Reference:
    """The part of a document, how it is written, and its digest.

    ``part`` is the id of an element, empty for the whole document; ``outside`` is the address of
    another file.
    """

    method: Method
    left_out: LeftOut
    digest: str
    value: bytes
    part: str = ""
    outside: str = ""
    is_base64: bool = False  # the text of the part is, and what it says was digested
    is_canonical: bool = False  # a transform says so; without one an outside file is plain bytes

    @classmethod
    def of(cls, node: Node) -> "Reference":
        """As it stands in ``SignedInfo`` or a manifest.

        Raises:
            UncheckableError: a way of digesting that is not known here.
        """
        uri = node.attributes.get("URI")
        if uri is None:
            raise UncheckableError("Reference")
        method, left_out, is_canonical, is_base64 = Method(), LeftOut.NONE, False, False
        for transform in node.each("Transforms/Transform"):
            if is_base64 or (is_base64 := transform.attributes.get("Algorithm") == BASE64):
                if not uri.startswith("#") or is_canonical or left_out:
                    raise UncheckableError(f"Transform {BASE64}")
                continue
            algorithm = transform.attributes.get("Algorithm", "")
            if algorithm == ENVELOPED:
                left_out = LeftOut.OWN
            elif algorithm in _FILTERS:
                left_out = _filtered(transform, algorithm)
            else:
                method, is_canonical = method_of(transform), True
        is_inside = not uri or uri.startswith("#")
        return cls(
            method,
            left_out,
            digest_of(node),
            base64_of(node.told("DigestValue")),
            part=uri.removeprefix("#") if is_inside else "",
            outside="" if is_inside else uri,
            is_base64=is_base64,
            is_canonical=is_canonical,
        )

    def matches(self, source: Callable[[], IO[bytes]], number: int) -> bool:
        """Whether the document that ``source`` opens still holds what was signed.

        Args:
            number: of the signature among those of the document.

        Raises:
            UncheckableError: no element, or several, have the id.
        """
        digest = hashlib.new(self.digest)
        method = replace(self.method, comments=False)  # none of its own document (4.4.3.3)
        target: XmlEvents
        if self.part:
            text = _Base64Text(digest.update) if self.is_base64 else None
            target = named = _Named(self.part, method, digest.update, text)
        else:
            target, named = Canonical(digest.update, method), None
        hidden_ids: set[str] = set()
        if self.left_out is not LeftOut.NONE:
            own = number if self.left_out is LeftOut.OWN else None
            target = _Without(target, own, hidden_ids)
        with source() as opened:
            read_events(opened, target)
        if named is not None and (named.count != 1 or self.part in hidden_ids):
            raise UncheckableError(f"Reference #{self.part}")
        return hmac.compare_digest(digest.digest(), self.value)


class _Named:
    """Writes the one element that has an id; ``count`` says how many have it."""

    def __init__(
        self,
        name: str,
        method: Method,
        write: Callable[[bytes], object],
        text: "_Base64Text | None" = None,
    ) -> None:
        self.count = 0
        self._text = text
        self._name, self._method, self._write = name, method, write
        self._scopes: list[dict[str, str]] = [{}]
        self._xml_above = [False]  # what inclusive canonical form would draw down (2.4)
        self._writer: XmlEvents | None = None
        self._depth = 0

    def start(self, name: str, attributes: Sequence[tuple[str, str]]) -> None:
        above = self._scopes[-1]
        declared, plain = namespaces(attributes)
        self._scopes.append(above | declared if declared else above)
        if any(key in IDS and value == self._name for key, value in plain):
            self.count += 1
            if self._writer is None and self.count == 1:
                if self._xml_above[-1] and not self._method.exclusive:
                    raise UncheckableError(f"Reference #{self._name}, xml:")
                canonical = Canonical(self._write, self._method, above, is_document=False)
                self._writer = self._text or canonical
                self._depth = len(self._scopes)
        has_xml = any(key.startswith("xml:") for key, _ in plain)
        self._xml_above.append(self._xml_above[-1] or has_xml)
        if self._writer is not None:
            self._writer.start(name, attributes)

    def end(self, name: str) -> None:
        if self._writer is not None:
            self._writer.end(name)
            if len(self._scopes) == self._depth:
                self._writer = None
        self._scopes.pop()
        self._xml_above.pop()

    def text(self, data: str) -> None:
        if self._writer is not None:
            self._writer.text(data)

    def comment(self, data: str) -> None:
        if self._writer is not None:
            self._writer.comment(data)

    def instruction(self, target: str, data: str) -> None:
        if self._writer is not None:
            self._writer.instruction(target, data)


class _Base64Text:
    """Writes what the text of an element says, with all elements within it passed over (6.6.2)."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write, self._held, self._open = write, "", 0

    def start(self, name: str, attributes: Sequence[tuple[str, str]]) -> None:  # noqa: ARG002 - see ``XmlEvents``
        self._open += 1

    def end(self, name: str) -> None:  # noqa: ARG002 - see ``XmlEvents``
        self._open -= 1
        if not self._open and self._held:
            raise UncheckableError("base64")

    def text(self, data: str) -> None:
        self._held += "".join(data.split())
        whole = len(self._held) // 4 * 4
        self._write(base64_of(self._held[:whole]))
        self._held = self._held[whole:]

    def comment(self, data: str) -> None:
        """It says nothing."""

    def instruction(self, target: str, data: str) -> None:
        """Nor does an instruction."""


class _Without:
    """The document without one of its signatures, as an enveloped one is made, or without any.

    ``hidden_ids`` takes the ids of what is left out: who looks for one finds that element too.
    """

    def __init__(self, target: XmlEvents, number: int | None, hidden_ids: set[str]) -> None:
        self._target, self._number, self._hidden_ids = target, number, hidden_ids
        self._finder = SignatureFinder()
        self._hidden = 0  # elements open within it
        self._is_past = False

    def start(self, name: str, attributes: Sequence[tuple[str, str]]) -> None:
        self._finder.start(name, attributes)
        if self._hidden or self._begins:
            self._hidden += 1
            self._hidden_ids.update(value for key, value in attributes if key in IDS)
        else:
            self._target.start(name, attributes)

    @property
    def _begins(self) -> bool:
        if self._number is None:
            return self._finder.is_within
        return len(self._finder.found) == self._number + 1 and not self._is_past

    def end(self, name: str) -> None:
        self._finder.end(name)
        if not self._hidden:
            self._target.end(name)
            return
        self._hidden -= 1
        self._is_past = not self._hidden

    def text(self, data: str) -> None:
        if not self._hidden:
            self._target.text(data)

    def comment(self, data: str) -> None:
        if not self._hidden:
            self._target.comment(data)

    def instruction(self, target: str, data: str) -> None:
        if not self._hidden:
            self._target.instruction(target, data)


def digest_of(node: Node) -> str:
    """The name of a reference's digest, as ``hashlib`` has it."""
    name = attribute_of(node.find("DigestMethod"), "Algorithm")
    if name not in _DIGESTS:
        raise UncheckableError(f"DigestMethod {name}", "algorithm-unknown")
    return _DIGESTS[name]


def method_of(node: Node | None) -> Method:
    """The canonical form that an element names."""
    algorithm = attribute_of(node, "Algorithm")
    listed = node.find("InclusiveNamespaces") if node is not None else None
    prefixes = listed.attributes.get("PrefixList", "") if listed is not None else ""
    method = Method.of(algorithm, prefixes)
    if method is None:
        raise UncheckableError(f"Transform {algorithm}")
    return method


def attribute_of(node: Node | None, name: str) -> str:
    """Its value; empty where the node or the attribute is missing."""
    return node.attributes.get(name, "") if node is not None else ""


def base64_of(text: str) -> bytes:
    """The bytes that are written so."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        raise UncheckableError("base64") from None


def _filtered(transform: Node, algorithm: str) -> LeftOut:
    """The one filter that is known: it takes every signature out."""
    filters = list(transform.each("XPath"))
    written = "".join(filters[0].text.split()) if len(filters) == 1 else ""
    steps = "::".join(local(step) for step in written.replace("::", "\n").split("\n"))
    wants_subtract = "filter2" in algorithm
    if steps != _FILTERS[algorithm].replace(" ", ""):
        raise UncheckableError(f"Transform {algorithm}")
    if wants_subtract and attribute_of(filters[0], "Filter") != "subtract":
        raise UncheckableError(f"Transform {algorithm}")
    return LeftOut.ALL
