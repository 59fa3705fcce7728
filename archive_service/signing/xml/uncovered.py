"""Whether an XML document says something that no signature covers."""

from collections.abc import Callable, Collection, Sequence
from typing import IO

from archive_service.signing.xml.canonical import namespaces
from archive_service.signing.xml.events import read_events
from archive_service.signing.xml.finder import SignatureFinder
from archive_service.signing.xml.references import IDS
from archive_service.signing.xml.tree import local

_SAYS_NOTHING = (*IDS, "version")  # of attributes; nor do those of XML itself and of schemas
_HOW = ("SignedInfo", "SignatureValue", "KeyInfo", "QualifyingProperties")
_PREFIXES = ("xml:", "xsi:")


def has_uncovered(source: Callable[[], IO[bytes]], ids: Collection[str]) -> bool:
    """Whether text or an attribute lies outside of signatures and of the elements with these ids.

    Whether that matters is for the caller: some documents are signed part by part.
    """
    looking = _Looking(ids)
    with source() as opened:
        read_events(opened, looking)
    return looking.found


class _Looking:
    def __init__(self, ids: Collection[str]) -> None:
        self.found = False
        self._ids = ids
        self._finder = SignatureFinder()
        self._within = 0  # elements open within one that says nothing of its own
        self._is_signature = False  # the document itself is one, and its text an object of it

    def start(self, name: str, attributes: Sequence[tuple[str, str]]) -> None:
        is_root = not self._finder.depth
        self._finder.start(name, attributes)
        self._is_signature = self._is_signature or (is_root and self._finder.is_within)
        _, plain = namespaces(attributes)
        if self._within or self._says_nothing(name, plain):
            self._within += 1
        else:
            self.found = self.found or any(
                key not in _SAYS_NOTHING and not key.startswith(_PREFIXES) for key, _ in plain
            )

    def _says_nothing(self, name: str, plain: Sequence[tuple[str, str]]) -> bool:
        """It is covered, or says how it was signed."""
        if any(key in IDS and value in self._ids for key, value in plain):
            return True
        return local(name) in _HOW if self._is_signature else self._finder.is_within

    def end(self, name: str) -> None:
        self._finder.end(name)
        self._within -= bool(self._within)

    def text(self, data: str) -> None:
        if not self._within and data.strip():
            self.found = True

    def comment(self, data: str) -> None:
        """A comment is not read by anybody."""

    def instruction(self, target: str, data: str) -> None:
        """Nor is an instruction."""
