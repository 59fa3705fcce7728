"""Canonical XML 1.0, 1.1 and exclusive, written while the document is read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
C14N_1_1 = "http://www.w3.org/2006/12/xml-c14n11"  # of whole documents the same as 1.0
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"
_COMMENTS = "#WithComments"
_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"})
_VALUE = str.maketrans(
    {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;"}
)
_XML = "http://www.w3.org/XML/1998/namespace"


@dataclass(frozen=True, slots=True)
class Method:
    """One way to write XML canonically; ``prefixes`` are those an exclusive one treats as plain."""

    exclusive: bool = False
    comments: bool = False
    prefixes: frozenset[str] = frozenset()

    @classmethod
    def of(cls, algorithm: str, prefixes: str = "") -> "Method | None":
        """The method of an algorithm's name; ``None`` for one that is not known here."""
        comments = algorithm.endswith(_COMMENTS)
        plain = algorithm.removesuffix("WithComments") if comments else algorithm
        if comments and not plain.startswith(EXCLUSIVE):
            plain = plain.removesuffix("#")
        if plain not in (C14N, C14N_1_1, EXCLUSIVE):
            return None
        named = frozenset("" if name == "#default" else name for name in prefixes.split())
        return cls(exclusive=plain == EXCLUSIVE, comments=comments, prefixes=named)


@dataclass(slots=True)
class _Level:
    scope: Mapping[str, str]  # prefix -> namespace that holds here
    shown: Mapping[str, str]  # what the element above has written of it


@dataclass(slots=True)
class Canonical:
    """Takes a parser's events and gives the canonical bytes to ``write``, piece by piece.

    ``scope`` are the namespaces that hold around the first element, where it is not the root.
    """

    write: Callable[[bytes], object]
    method: Method = field(default_factory=Method)
    scope: Mapping[str, str] = field(default_factory=dict)
    is_document: bool = True
    _levels: list[_Level] = field(default_factory=list)
    _root_seen: bool = False

    def start(self, name: str, attributes: Sequence[tuple[str, str]]) -> None:
        """An element begins; names with their prefixes, ``xmlns`` among the attributes."""
        above = self._levels[-1] if self._levels else _Level(self.scope, {})
        declared, plain = namespaces(attributes)
        scope = {**above.scope, **declared} if declared else above.scope
        wanted = self._wanted(name, plain, scope)
        new = sorted(
            (prefix, scope.get(prefix, ""))
            for prefix in wanted
            if prefix != "xml" and scope.get(prefix, "") != above.shown.get(prefix, "")
        )
        shown = {**above.shown, **dict(new)} if new else above.shown
        self._levels.append(_Level(scope, shown))
        parts = ["<", name]
        for prefix, uri in new:
            label = f"xmlns:{prefix}" if prefix else "xmlns"
            parts.append(f' {label}="{uri.translate(_VALUE)}"')
        for key, value in sorted(plain, key=lambda pair: _order(pair[0], scope)):
            parts.append(f' {key}="{value.translate(_VALUE)}"')
        parts.append(">")
        self._root_seen = True
        self.write("".join(parts).encode())

    def end(self, name: str) -> None:
        """The element ends."""
        self._levels.pop()
        self.write(f"</{name}>".encode())

    def text(self, data: str) -> None:
        """Characters, as the parser gives them; outside of the root there are none."""
        if self._levels:
            self.write(data.translate(_TEXT).encode())

    def comment(self, data: str) -> None:
        """A comment, where the method keeps them."""
        if self.method.comments:
            self._beside(f"<!--{data}-->")

    def instruction(self, target: str, data: str) -> None:
        """A processing instruction."""
        self._beside(f"<?{target} {data}?>" if data else f"<?{target}?>")

    def _beside(self, written: str) -> None:
        if self._levels:
            self.write(written.encode())
        elif self.is_document:
            self.write((f"\n{written}" if self._root_seen else f"{written}\n").encode())

    def _wanted(
        self, name: str, plain: Sequence[tuple[str, str]], scope: Mapping[str, str]
    ) -> set[str]:
        if not self.method.exclusive:
            return {*scope, ""}
        used = {name.rpartition(":")[0]}
        used.update(key.partition(":")[0] for key, _ in plain if ":" in key)
        return used | (self.method.prefixes & scope.keys())


def namespaces(
    attributes: Sequence[tuple[str, str]],
) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Namespaces that the attributes declare, by prefix, and the attributes that are none."""
    declared: dict[str, str] = {}
    plain: list[tuple[str, str]] = []
    for key, value in attributes:
        if key == "xmlns":
            declared[""] = value
        elif key.startswith("xmlns:"):
            declared[key[6:]] = value
        else:
            plain.append((key, value))
    return declared, plain


def _order(key: str, scope: Mapping[str, str]) -> tuple[str, str]:
    prefix, _, local = key.rpartition(":")
    uri = _XML if prefix == "xml" else scope.get(prefix, "")
    return (uri if prefix else "", local)
