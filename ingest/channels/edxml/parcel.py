"""An edXML packet as a parcel: one document with its enclosures, and the packet itself beside."""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import IO, Any
from urllib.parse import unquote

from archive_service import clock, law
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.submission import DeclaredDocument, DeclaredFile
from archive_service.errors import InputError
from archive_service.settings import LimitSettings
from archive_service.signing.trust.roots import Trust
from archive_service.signing.xml.tree import Node
from archive_service.text import fold
from ingest.channels.declare import DeclaredRow, declare
from ingest.channels.edxml.handling import handling_of
from ingest.channels.edxml.history import write_history
from ingest.channels.edxml.packet import CHECK, RECEIVED, PacketFacts, told_by
from ingest.channels.edxml.process_files import with_process_files
from ingest.channels.edxml.read import Attachment, Packet, read_packet
from ingest.channels.edxml.signature import signature_findings
from ingest.channels.names import safe_name
from ingest.channels.parcel import Budget, Declaration, Entry, Parcel, Sending, require_sizes
from ingest.channels.values import as_kept
from ingest.channels.zip_file import open_zip

CHANNEL = "edxml"
_ZIP = b"PK\x03\x04"
_ZIP_BASED = (".docx", ".xlsx", ".pptx", ".odt", ".ods", ".odp", ".dotx", ".jar", ".epub")


@dataclass(frozen=True, slots=True)
class Placing:
    """Where the document goes: to the case file of ``code``, or to an officer as a draft.

    ``relates`` is ``(relation, target)`` to a document that is there already.
    """

    code: str = ""
    record_status: str = "NEW"
    is_draft: bool = True
    relates: tuple[str, str] = ("", "")
    findings: tuple[Finding, ...] = ()  # of what is known here of sender and receivers


@dataclass(frozen=True, slots=True)
class OpenedPacket:
    """A packet that was read: its parcel, what it says, and what tells its bytes from others."""

    parcel: Parcel
    told: PacketFacts
    sha256: str


def open_packet(
    path: Path,
    name: str,
    limits: LimitSettings,
    trust: Trust,
    *,
    folder: Path,
    place: Callable[[PacketFacts], Placing] = lambda _told: Placing(),
) -> OpenedPacket:
    """Read the packet at ``path``; its attachments lie in ``folder`` until the parcel is closed.

    Args:
        name: as its sender knows it.
        place: says where the document goes, once it is known what is sent.

    Raises:
        InputError: see ``read_packet`` and ``told_by``; nothing is left in ``folder``.
    """
    size = path.stat().st_size
    require_sizes([(name, size)], limits)
    held = tempfile.TemporaryDirectory(dir=folder, prefix="packet-")
    try:
        with path.open("rb") as source:
            packet = read_packet(source, Path(held.name), limits)
        fields = told_by(packet)
        placing = place(fields)
        taken = _Taken(packet, fields, limits, Path(held.name))
        taken.add_history(write_history(packet, fields, Path(held.name)))
        judged_at = fields.sent_at or clock.now()
        findings = [
            _received(fields, packet),
            *fields.findings,
            *placing.findings,
            *taken.findings,
            *signature_findings(lambda: path.open("rb"), packet, trust, at=judged_at),
        ]
        own = safe_name(name).path or "packet.edxml"
        own = own.rpartition("/")[2]
        own = own if own not in taken.paths else f"packet/{own}"
        beside = Entry(own, name, size, partial(_opened, path, own, limits))
        parcel = Parcel(
            CHANNEL,
            own,
            (*taken.entries, beside),
            tuple(findings),
            declaration=_declared(fields, taken, placing, handling_of(packet, fields)),
            held=held,
            sending=Sending(
                fields.document_id,
                fields.sent_at,
                placing.record_status,
                is_draft=placing.is_draft,
                receivers=tuple(organ.identifier for organ in fields.receivers),
            ),
            beside=frozenset({own}),
        )
    except BaseException:
        held.cleanup()
        raise
    return OpenedPacket(parcel, fields, packet.sha256)


def _opened(path: Path, name: str, limits: LimitSettings) -> IO[bytes]:
    return Budget(limits).reader(path.open("rb", buffering=0), name)


class _Taken:
    """The files of a packet: what the manifest announces beside what came."""

    def __init__(
        self, packet: Packet, told: PacketFacts, limits: LimitSettings, folder: Path
    ) -> None:
        self.entries: list[Entry] = []
        self.findings: list[Finding] = []
        self.standings: dict[str, str] = {}
        self.history = ""  # path of the process file
        self._limits, self._folder = limits, folder
        self._appendixes = {fold(name) for name in told.appendixes}
        announced = {
            _cid_of(reference): reference.told("AttachmentName") for reference in packet.references
        }
        by_name = {name: cid for cid, name in announced.items() if name}
        self._tell_broken(packet)
        came: set[str] = set()
        for number, attachment in enumerate(packet.attachments, start=1):
            cid = _cid(attachment.content_id) or by_name.get(attachment.name, "")
            shown = attachment.name or announced.get(cid) or attachment.content_id or f"({number})"
            if cid in came:
                self._note("edxml-attachment-twice", Severity.ERROR, shown, cid=cid[:200])
                continue
            came.add(cid)
            if cid not in announced:
                self._note("edxml-attachment-unknown", Severity.WARNING, shown, cid=cid[:200])
            self._take(attachment, shown)
        for cid, name in announced.items():
            if cid not in came:
                self._note("edxml-attachment-absent", Severity.ERROR, name or cid, cid=cid[:200])
        if not self.entries:
            self._note("edxml-no-content", Severity.ERROR, "")

    def add_history(self, file: Path | None) -> None:
        """The packet's trace, as the process file of its document."""
        if file is not None and self.entries:
            path = file.name if file.name not in self.paths else f"packet-{file.name}"
            size = file.stat().st_size
            opened = partial(_opened, file, path, self._limits)
            self.entries.append(Entry(path, file.name, size, opened))
            self.history = path

    @property
    def paths(self) -> list[str]:
        """Of the files, in order."""
        return [entry.path for entry in self.entries]

    def _tell_broken(self, packet: Packet) -> None:
        if packet.broken:
            finding = Finding(CHECK, "edxml-broken", Severity.ERROR, "", dict(packet.broken))
            self.findings.append(finding)

    def _take(self, attachment: Attachment, shown: str) -> None:
        if attachment.path is None or attachment.trouble:
            code = attachment.trouble or "edxml-attachment-empty"
            self._note(code, Severity.ERROR, shown, size_bytes=attachment.size_bytes)
            return
        name = safe_name(shown.replace("\\", "/").rpartition("/")[2] or "attachment")
        self.findings.extend(name.findings)
        path = name.path or f"attachment-{len(self.entries) + 1}"
        if self._is_packed(attachment.path, path, attachment.media_type):
            self._unpack(attachment.path, path)
            return
        self._add(path, shown, attachment.path, attachment.size_bytes)

    def _is_packed(self, file: Path, name: str, media_type: str) -> bool:
        """Whether the bytes are a ZIP around the file, or around several."""
        with file.open("rb") as source:
            if source.read(len(_ZIP)) != _ZIP:
                return False
        return "zip" in media_type.lower() or PurePosixPath(name).suffix.lower() not in _ZIP_BASED

    def _unpack(self, file: Path, name: str) -> None:
        """Each file of the ZIP; where it cannot be read, the ZIP as it came, and a finding."""
        try:
            with open_zip(file, self._limits, name=name) as packed:
                self.findings.extend(packed.findings)
                several = len(packed.entries) > 1
                stem = PurePosixPath(name).stem
                for entry in packed.entries:
                    target = self._folder / f"{file.name}-{len(self.entries):04}"
                    with entry.open() as source, target.open("wb") as out:
                        while piece := source.read(1 << 20):
                            out.write(piece)
                    path = f"{stem}/{entry.path}" if several else entry.path.rpartition("/")[2]
                    self._add(path, entry.original, target, target.stat().st_size)
        except InputError as wrong:
            facts = {"reason": wrong.code}
            self._note("edxml-attachment-zip", Severity.ERROR, name, **facts)
            self._add(name, name, file, file.stat().st_size)

    def _add(self, path: str, original: str, file: Path, size: int) -> None:
        known = set(self.paths)
        if path in known:
            path = f"{len(self.entries) + 1:04}/{path}"
        self.entries.append(Entry(path, original, size, partial(_opened, file, path, self._limits)))
        plain = fold(PurePosixPath(path).stem)
        is_annex = fold(path) in self._appendixes or plain in self._appendixes
        standing = "annex" if is_annex else "enclosure"
        self.standings[path] = "main" if len(self.entries) == 1 else standing

    def _note(self, code: str, severity: Severity, place: str, **facts: object) -> None:
        name = place[:900]
        self.findings.append(Finding(CHECK, code, severity, name, {"name": name} | facts))


def _cid_of(reference: Node) -> str:
    """The content id that a reference tells, or leads to."""
    return _cid(reference.told("ContentId") or reference.attributes.get("href", ""))


def _cid(written: str) -> str:
    """A content id without its scheme, brackets and case: senders write every form."""
    bare = unquote(written).strip("<>{} ").lower()
    return bare.removeprefix("cid:").strip("<>{} ")


def _received(told: PacketFacts, packet: Packet) -> Finding:
    """What the packet says of itself stays with the submission, for answers and recalls."""
    facts = {
        "document_id": told.document_id,
        "sender": told.sender.identifier,
        "organization": told.sender.name,
        "receivers": [organ.identifier for organ in told.receivers],
        "errand": told.errand.value,
        "sha256": packet.sha256,
    }
    return Finding(CHECK, RECEIVED, Severity.INFO, "", facts)


def _declared(
    told: PacketFacts, taken: _Taken, placing: Placing, handling: dict[str, Any]
) -> Declaration:
    """One case file, as far as the packet can say it, with one document."""
    code = placing.code
    case_file = DeclaredRow("case-file", 1)
    case_file.fields["fileCode"] = code
    if not code:
        _put(case_file, {"title": told.fields["subject"]})
    document = DeclaredRow("document", 1, files=taken.paths)
    relation, target = placing.relates
    _put(document, told.fields | {"relation": relation, "relatesTo": target})
    document.fields["fileCode"] = code
    made = declare([case_file], [document], taken.paths)
    (declared,) = made.case_files
    documents = [
        with_process_files(
            _with_standings(declared_document, taken.standings), filter(None, [taken.history])
        )
        for declared_document in declared.documents
    ]
    for declared_document in documents:
        declared_document.handling = handling
    whole = declared.model_copy(update={"documents": documents})
    return Declaration((whole,), made.findings, made.of_rows)


def _put(row: DeclaredRow, fields: dict[str, str]) -> None:
    for rule in law.fields(row.kind):
        if written := fields.get(rule.name, ""):
            row.put(rule, as_kept(written, rule), written=written)


def _with_standings(document: DeclaredDocument, standings: dict[str, str]) -> DeclaredDocument:
    files: Sequence[DeclaredFile] = [
        file.model_copy(update={"standing": standings.get(file.path, file.standing)})
        for file in document.files
    ]
    return document.model_copy(update={"files": list(files)})
