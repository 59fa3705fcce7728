"""A small part of an XML document as nodes, by local names; large parts never become any."""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from archive_service.errors import InputError
from archive_service.signing.xml.events import read_events

MOST_CHARACTERS = 8 << 20
MOST_NODES = 50_000


class XmlTooLargeError(InputError):
    """What should be a few lines of data is so large that nobody could mean it."""


@dataclass(slots=True)
class Node:
    """An element: its local name, attributes by local name, its own text and its children."""

    name: str
    attributes: dict[str, str] = field(default_factory=dict)
    children: list["Node"] = field(default_factory=list)
    pieces: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its own characters, with white space drawn together."""
        return " ".join("".join(self.pieces).split())

    def find(self, path: str) -> "Node | None":
        """The first node at a path such as ``Code/CodeNumber``."""
        return next(self.each(path), None)

    def each(self, path: str) -> Iterator["Node"]:
        """All nodes at a path, in order."""
        name, _, rest = path.partition("/")
        for child in self.children:
            if child.name == name:
                yield from child.each(rest) if rest else (child,)

    def told(self, path: str) -> str:
        """The text at a path; empty where there is none."""
        found = self.find(path)
        return found.text if found is not None else ""


class TreeBuilder:
    """Builds nodes from a parser's events, within limits; ``root`` is the first element."""

    def __init__(self) -> None:
        self.root: Node | None = None
        self._open: list[Node] = []
        self._characters = self._nodes = 0

    def start(self, name: str, attributes: Sequence[tuple[str, str]]) -> None:
        """See ``XmlEvents``."""
        node = Node(local(name), {local(key): value for key, value in attributes})
        self._nodes += 1
        self._count(sum(len(value) for _, value in attributes))
        if self._open:
            self._open[-1].children.append(node)
        elif self.root is None:
            self.root = node
        self._open.append(node)

    def end(self, _name: str) -> None:
        """See ``XmlEvents``."""
        self._open.pop()

    def text(self, data: str) -> None:
        """See ``XmlEvents``."""
        if self._open:
            self._count(len(data))
            self._open[-1].pieces.append(data)

    def comment(self, _data: str) -> None:
        """A comment says nothing."""

    def instruction(self, _target: str, _data: str) -> None:
        """Nor does an instruction."""

    def _count(self, characters: int) -> None:
        self._characters += characters
        if self._characters > MOST_CHARACTERS or self._nodes > MOST_NODES:
            raise XmlTooLargeError(characters=self._characters, limit=MOST_CHARACTERS)


def tree_of(document: bytes) -> Node:
    """A small document as nodes.

    Raises:
        XmlBrokenError, XmlForbiddenError, XmlTooLargeError: it cannot be read.
    """
    builder = TreeBuilder()
    read_events(io.BytesIO(document), builder)
    return builder.root or Node("")


def local(name: str) -> str:
    """A name without its prefix."""
    return name.rpartition(":")[2]
