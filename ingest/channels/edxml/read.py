"""An edXML packet (QCVN 102:2016) read as a stream: its data small, its attachments into files.

Elements are named as the standard names them, however the sender spelled them.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from archive_service.errors import InputError
from archive_service.settings import LimitSettings
from archive_service.signing.xml.events import XmlBrokenError, read_events
from archive_service.signing.xml.finder import FoundSignature, SignatureFinder
from archive_service.signing.xml.tree import Node, TreeBuilder, local
from ingest.channels.edxml.dialects import EARLIER, NAMESPACE, named
from ingest.channels.parcel import FileTooLargeError, SubmissionTooLargeError, TooManyFilesError

_HEAD_BYTES = 4096
_ROOT = re.compile(r"<(?:[\w.-]+:)?edXML(?:Envelope)?[\s/>]", re.IGNORECASE)
_ENVELOPE = ("edXML", "edXMLEnvelope")
_ATTACHMENTS = "AttachmentEncoded", "Attach"
_CONTENT = "ContentTransferEncoded"
_SPACES = str.maketrans("", "", " \t\r\n")
_LONGEST_NAME = 4000


class PacketUnknownError(InputError):
    """XML, but no packet of QCVN 102:2016."""

    code = "edxml-unknown"


class PacketCutOffError(InputError):
    """It ends, or breaks, before its data were complete: nobody can say what was sent."""

    code = "edxml-cut-off"


@dataclass(slots=True)
class Attachment:
    """One ``Attachment``; ``trouble`` says why its bytes are not those that were sent."""

    content_id: str = ""
    name: str = ""
    media_type: str = ""
    path: Path | None = None
    size_bytes: int = 0
    trouble: str = ""  # the code of a finding


@dataclass(slots=True)
class Packet:
    """What a packet says; attachments in its order, decoded as far as they could be."""

    envelope: Node
    attachments: list[Attachment]
    signatures: list[FoundSignature]
    sha256: str
    broken: dict[str, object] = field(default_factory=dict)  # where the XML ends too early

    @property
    def header(self) -> Node:
        """``edXMLHeader``."""
        return self.envelope.find("edXMLHeader") or Node("edXMLHeader")

    @property
    def message(self) -> Node:
        """``MessageHeader``."""
        return self.header.find("MessageHeader") or Node("MessageHeader")

    @property
    def business(self) -> list[Node]:
        """What is to be done: by the trace, where the standard has it, or beside it."""
        paths = "TraceHeaderList/Bussiness", "Bussiness", "MessageHeader/Bussiness"
        return [node for path in paths for node in self.header.each(path)]

    @property
    def references(self) -> list[Node]:
        """What the manifest announces."""
        return list(self.envelope.each("edXMLBody/edXMLManifest/Reference"))


def is_packet(source: IO[bytes]) -> bool:
    """Whether the first bytes are those of a packet."""
    head = source.read(_HEAD_BYTES)
    readings = head.decode("utf-8", "ignore"), head.decode("utf-16", "ignore")
    return any(
        NAMESPACE in reading or EARLIER in reading or _ROOT.search(reading) for reading in readings
    )


def read_packet(source: IO[bytes], folder: Path, limits: LimitSettings) -> Packet:
    """Read all of it; attachments lie in ``folder`` as ``0001``, ``0002`` and so on.

    Raises:
        XmlForbiddenError, XmlTooLargeError: it is of no form that is read at all.
        PacketUnknownError: another kind of XML.
        PacketCutOffError: its data are not whole.
        InputError: an attachment is larger than a file may be, or there are too many.
    """
    digest = hashlib.sha256()
    reader = _Reader(folder, limits)
    broken: dict[str, object] = {}
    try:
        read_events(_Hashing(source, digest), reader)  # type: ignore[arg-type]  # it only reads
    except XmlBrokenError as wrong:
        broken = dict(wrong.facts)
    finally:
        reader.close()
    if reader.tree.root is None or not reader.is_whole:
        if not (reader.is_edxml and broken):
            raise PacketUnknownError  # whole, it has no envelope
        raise PacketCutOffError(**broken)
    if reader.tree.root.find("edXMLHeader/MessageHeader") is None:
        raise PacketUnknownError  # another message in an envelope
    while _piece := source.read(1 << 20):  # what stands behind a break belongs to the digest too
        digest.update(_piece)
    return Packet(
        reader.tree.root, reader.attachments, reader.signatures.found, digest.hexdigest(), broken
    )


class _Hashing:
    def __init__(self, source: IO[bytes], digest: "hashlib._Hash") -> None:
        self._source, self._digest = source, digest

    def read(self, size: int) -> bytes:
        piece = self._source.read(size)
        self._digest.update(piece)
        return piece


class _Reader:
    """Listens: the envelope becomes nodes, attachments become files, signatures are kept."""

    def __init__(self, folder: Path, limits: LimitSettings) -> None:
        self.tree = TreeBuilder()
        self.signatures = SignatureFinder()
        self.attachments: list[Attachment] = []
        self.is_edxml = False
        self.is_whole = False  # the envelope was read to its end
        self._folder, self._limits = folder, limits
        self._path: list[str] = []
        self._within = 0  # elements of an attachment that are open
        self._words: list[str] = []
        self._decoding: _Decoding | None = None
        self._total = 0

    def start(self, name: str, attributes: Sequence[tuple[str, str]]) -> None:
        """See ``XmlEvents``."""
        if not self._path:
            self._begins(local(name))
        self.signatures.start(name, attributes)
        own = named(local(name), self._path[-1] if self._path else "")
        if self._within or (own == "Attachment" and self._path[-1] in _ATTACHMENTS):
            self._within += 1
        self._path.append(own)
        if self._within == 1:
            self._begin(attributes)
        elif self._within == 2 and own == _CONTENT:
            self._decoding = self._decoder()
        elif self._is_told:
            self.tree.start(own, attributes)
        self._words = []

    def end(self, name: str) -> None:
        """See ``XmlEvents``."""
        if self._within == 2:
            self._field(self._path[-1])
        elif self._is_told:
            self.tree.end(name)
            self.is_whole = self.is_whole or tuple(self._path) == _ENVELOPE
        self._within -= bool(self._within)
        self.signatures.end(name)
        self._path.pop()

    def text(self, data: str) -> None:
        """See ``XmlEvents``."""
        self.signatures.text(data)
        if self._decoding is not None:
            self._total += self._decoding.add(data)
            if self._total > self._limits.submission_bytes:
                raise SubmissionTooLargeError(size=self._total, limit=self._limits.submission_bytes)
        elif self._is_told:
            self.tree.text(data)
        elif self._within == 2 and len(self._words) < _LONGEST_NAME:
            self._words.append(data[:_LONGEST_NAME])

    @property
    def _is_told(self) -> bool:
        """Whether the parser is in the envelope, and neither in a signature nor an attachment."""
        inside = tuple(self._path[:2]) == _ENVELOPE
        return inside and not self._within and not self.signatures.is_within

    def _begins(self, root: str) -> None:
        """A packet; where it begins with its envelope, as if the root stood around it."""
        name = named(root, "")
        self.is_edxml = name in _ENVELOPE
        if not self.is_edxml:
            raise PacketUnknownError
        if name == _ENVELOPE[1]:
            self._path.append(_ENVELOPE[0])

    def comment(self, data: str) -> None:
        """See ``XmlEvents``."""
        self.signatures.comment(data)

    def instruction(self, target: str, data: str) -> None:
        """See ``XmlEvents``."""
        self.signatures.instruction(target, data)

    def close(self) -> None:
        """Close the file that the end of a broken packet left open."""
        if self._decoding is not None:
            self._decoding.close()
            self.attachments[-1].trouble = "edxml-attachment-cut-off"
            self._decoding = None

    def _begin(self, attributes: Sequence[tuple[str, str]]) -> None:
        if len(self.attachments) >= self._limits.file_count:
            count = len(self.attachments) + 1
            raise TooManyFilesError(count=count, limit=self._limits.file_count)
        facts = {local(name).lower(): value for name, value in attributes}
        self.attachments.append(Attachment(media_type=facts.get("content-type", "")))

    def _decoder(self) -> "_Decoding":
        attachment = self.attachments[-1]
        attachment.path = self._folder / f"{len(self.attachments):04}"
        return _Decoding(attachment, self._limits.file_bytes)

    def _field(self, name: str) -> None:
        attachment = self.attachments[-1]
        words = " ".join("".join(self._words).split())
        if name == _CONTENT and self._decoding is not None:
            self._decoding.finish()
            self._decoding = None
        elif name == "ContentId":
            attachment.content_id = words
        elif name == "AttachmentName":
            attachment.name = words
        elif name == "ContentType":
            attachment.media_type = words


class _Decoding:
    """Base64 in pieces of any length, decoded into the attachment's file."""

    def __init__(self, attachment: Attachment, limit: int) -> None:
        if attachment.path is None:
            raise ValueError("an attachment is decoded into a file")
        self._attachment, self._limit = attachment, limit
        self._out = attachment.path.open("wb")
        self._rest = ""
        self._ended = False

    def add(self, data: str) -> int:
        """Decode what is whole; how many bytes came out of it."""
        if self._attachment.trouble:
            return 0
        text = self._rest + data.translate(_SPACES)
        whole = len(text) - len(text) % 4
        self._rest = text[whole:]
        return self._write(text[:whole])

    def finish(self) -> None:
        """The element ends: nothing may be left over."""
        if self._rest and not self._attachment.trouble:
            self._attachment.trouble = "edxml-attachment-length"
        if not self._attachment.size_bytes and not self._attachment.trouble:
            self._attachment.trouble = "edxml-attachment-empty"
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._out.close()

    def _write(self, text: str) -> int:
        if not text:
            return 0
        if self._ended:  # padding stands at the end alone
            self._attachment.trouble = "edxml-attachment-base64"
            return 0
        try:
            piece = base64.b64decode(text, validate=True)
        except (binascii.Error, ValueError):
            self._attachment.trouble = "edxml-attachment-base64"
            return 0
        self._ended = text.endswith("=")
        self._attachment.size_bytes += len(piece)
        if self._attachment.size_bytes > self._limit:
            raise FileTooLargeError(name=self._attachment.name, limit=self._limit)
        self._out.write(piece)
        return len(piece)
