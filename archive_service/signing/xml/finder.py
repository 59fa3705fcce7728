"""Finds the signatures of an XML document while it is read, and keeps nothing else of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from archive_service.signing.xml.canonical import Canonical, Method, namespaces
from archive_service.signing.xml.events import XmlEvents
from archive_service.signing.xml.tree import TreeBuilder

DSIG = "http://www.w3.org/2000/09/xmldsig#"


@dataclass(frozen=True, slots=True)
class FoundSignature:
    """A signature as it stands in the document, with the namespaces that hold around it.

    ``inherited`` are attributes of XML itself, such as ``xml:lang``, that hold for its parts.
    """

    number: int  # of the signatures of the document, from 0
    inherited: dict[str, str] = field(default_factory=dict)
    pieces: list[bytes] = field(default_factory=list)

    @property
    def xml(self) -> bytes:
        """The element as a document of its own."""
        return b"".join(self.pieces)


class SignatureFinder:
    """Listens to a whole document and keeps its signatures, and nothing else."""

    def __init__(self) -> None:
        self.found: list[FoundSignature] = []
        self._scopes: list[dict[str, str]] = [{}]
        self._inherited: list[dict[str, str]] = [{}]
        self._within = 0
        self._guard = TreeBuilder()  # its limits are those of a signature too
        self._listeners: tuple[XmlEvents, ...] = ()

    @property
    def is_within(self) -> bool:
        """Whether the parser is inside of one."""
        return self._within > 0

    @property
    def depth(self) -> int:
        """How many elements are open."""
        return len(self._scopes) - 1

    def start(self, name: str, attributes: Sequence[tuple[str, str]]) -> None:
        """See ``XmlEvents``."""
        above = self._scopes[-1]
        declared, plain = namespaces(attributes)
        scope = above | declared if declared else above
        self._scopes.append(scope)
        own = {key: value for key, value in plain if key.startswith("xml:")}
        self._inherited.append(self._inherited[-1] | own if own else self._inherited[-1])
        prefix, _, local = name.rpartition(":")
        if not self._within and local == "Signature" and scope.get(prefix, "") == DSIG:
            found = FoundSignature(len(self.found), self._inherited[-1])
            self.found.append(found)
            self._within = len(self._scopes)
            whole = Method(comments=True)
            writer = Canonical(found.pieces.append, whole, above, is_document=False)
            self._listeners = self._guard, writer
        for listener in self._listeners:
            listener.start(name, attributes)

    def end(self, name: str) -> None:
        """See ``XmlEvents``."""
        for listener in self._listeners:
            listener.end(name)
        if self._within == len(self._scopes):
            self._within, self._listeners = 0, ()
        self._scopes.pop()
        self._inherited.pop()

    def text(self, data: str) -> None:
        """See ``XmlEvents``."""
        for listener in self._listeners:
            listener.text(data)

    def comment(self, data: str) -> None:
        """See ``XmlEvents``."""
        for listener in self._listeners:
            listener.comment(data)

    def instruction(self, target: str, data: str) -> None:
        """See ``XmlEvents``."""
        for listener in self._listeners:
            listener.instruction(target, data)
