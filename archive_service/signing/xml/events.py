"""A parser for XML from outside: pieces as they are read, no DTD, no entity, nothing fetched."""

from collections.abc import Sequence
from typing import IO, Any, Protocol
from xml.parsers import expat
from xml.parsers.expat import errors

from archive_service.errors import InputError
from archive_service.log import logger

_PIECE_BYTES = 1 << 18
DEEPEST = 100
_CAUSES = {  # what the parser says: the word for it in labels.xml-faults
    errors.XML_ERROR_NO_ELEMENTS: "cut-off",
    errors.XML_ERROR_UNCLOSED_TOKEN: "cut-off",
    errors.XML_ERROR_PARTIAL_CHAR: "cut-off",
    errors.XML_ERROR_UNCLOSED_CDATA_SECTION: "cut-off",
    errors.XML_ERROR_TAG_MISMATCH: "tags",
    errors.XML_ERROR_DUPLICATE_ATTRIBUTE: "attribute-twice",
    errors.XML_ERROR_JUNK_AFTER_DOC_ELEMENT: "more-behind",
    errors.XML_ERROR_UNDEFINED_ENTITY: "entity",
    errors.XML_ERROR_UNKNOWN_ENCODING: "encoding",
    errors.XML_ERROR_INCORRECT_ENCODING: "encoding",
}


class XmlForbiddenError(InputError):
    """The XML has a DTD, entities or references to the outside: refused, nothing is fetched."""


class XmlBrokenError(InputError):
    """The XML is cut off or not well formed; ``line`` and ``byte`` say where, ``reason`` how."""


class XmlEvents(Protocol):
    """Who listens; names with their prefixes, attributes in the order of the document."""

    def start(self, name: str, attributes: Sequence[tuple[str, str]]) -> None:
        """An element begins."""

    def end(self, name: str) -> None:
        """It ends."""

    def text(self, data: str) -> None:
        """Characters, in pieces of any length."""

    def comment(self, data: str) -> None:
        """A comment."""

    def instruction(self, target: str, data: str) -> None:
        """A processing instruction."""


def read_events(source: IO[bytes], listener: XmlEvents) -> None:
    """Tell ``listener`` what is read; memory stays flat however long the document is.

    Raises:
        XmlForbiddenError: a DTD, an entity, or elements in each other without end.
        XmlBrokenError: cut off or not well formed; what came before was told.
    """
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.buffer_size = _PIECE_BYTES
    parser.ordered_attributes = True
    depth = 0

    def refuse(*_told: Any) -> None:
        raise XmlForbiddenError(line=parser.CurrentLineNumber)

    def start(name: str, flat: list[str]) -> None:
        nonlocal depth
        depth += 1
        if depth > DEEPEST:
            refuse()
        listener.start(name, list(zip(flat[::2], flat[1::2], strict=True)))

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        listener.end(name)

    parser.StartDoctypeDeclHandler = refuse
    parser.EntityDeclHandler = refuse
    parser.ExternalEntityRefHandler = refuse  # type: ignore[assignment]  # it never returns
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = listener.text
    parser.CommentHandler = listener.comment
    parser.ProcessingInstructionHandler = listener.instruction
    try:
        while piece := source.read(_PIECE_BYTES):
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except (expat.ExpatError, UnicodeDecodeError, LookupError, ValueError) as wrong:
        line, byte = parser.ErrorLineNumber, max(parser.ErrorByteIndex, 0)
        logger().info("xml-broken", line=line, byte=byte, reason=str(wrong)[:200])
        reason = _CAUSES.get(expat.ErrorString(parser.ErrorCode) or "", "syntax")
        raise XmlBrokenError(line=line, byte=byte, reason=reason) from None
