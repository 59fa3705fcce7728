"""edXML packets that rows of a spreadsheet name as files: read as each would be alone."""

import shutil
import tempfile
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType
from typing import Self

from archive_service import law
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.submission import (
    DeclaredCaseFile,
    DeclaredDocument,
    DeclaredFile,
)
from archive_service.errors import InputError
from archive_service.settings import LimitSettings
from archive_service.signing.trust.roots import Trust
from archive_service.text import fold
from ingest.channels.edxml.packet import CHECK, Errand, PacketFacts
from ingest.channels.edxml.parcel import OpenedPacket, Placing, open_packet
from ingest.channels.edxml.placed_packet import ENDING, folder_of, inside, told_at
from ingest.channels.edxml.process_files import PROCESS
from ingest.channels.parcel import Entry

_RELATIONS = {Errand.UPDATE: "corrects", Errand.REPLACEMENT: "replaces"}
_COMPARED = ("codeNumber", "codeNotation", "issuedDate", "docId")


@dataclass(slots=True)
class Unpacked:
    """A case file with the files of its packets in the place of the packets themselves.

    ``refused`` are errors of naming them: the row is its sender's to mend. ``beside`` are paths of
    the packets, which are kept with the case file.
    """

    declared: DeclaredCaseFile
    refused: list[Finding] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    beside: list[str] = field(default_factory=list)


class RowPackets:
    """A context: what the packets held lies on disk until it ends, and opens from ``entries``."""

    def __init__(self, limits: LimitSettings, trust: Trust) -> None:
        self._limits, self._trust = limits, trust
        self._open = ExitStack()
        self._folder: Path | None = None
        self._count = 0
        self.entries: dict[str, Entry] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.close()

    def unpack(self, declared: DeclaredCaseFile, known: Mapping[str, Entry]) -> Unpacked:
        """The case file with its packets read; ``known`` are the files that came, by path."""
        unpacked = Unpacked(declared)
        if not any(_is_packet(file, known) for each in declared.documents for file in each.files):
            return unpacked
        documents = [self._document(each, known, unpacked) for each in declared.documents]
        unpacked.declared = declared.model_copy(update={"documents": documents})
        return unpacked

    def _document(
        self, document: DeclaredDocument, known: Mapping[str, Entry], unpacked: Unpacked
    ) -> DeclaredDocument:
        files: list[DeclaredFile] = []
        fields, handling = dict(document.fields), document.handling
        for file in document.files:
            opened = self._opened(file, known, unpacked) if _is_packet(file, known) else None
            if opened is None:
                files.append(file)
                continue
            own = self._own(opened, file.path, known, unpacked)
            _tell_other_fields(file.path, fields, own.fields, unpacked)
            fields = own.fields | {name: text for name, text in fields.items() if text}
            handling = handling or own.handling
            files += (
                own.files if not files else [_behind(declared_file) for declared_file in own.files]
            )
        files.sort(key=lambda file: file.standing == PROCESS)
        return document.model_copy(update={"files": files, "fields": fields, "handling": handling})

    def _opened(
        self, file: DeclaredFile, known: Mapping[str, Entry], unpacked: Unpacked
    ) -> OpenedPacket | None:
        """The packet; ``None`` where it cannot stand in a row, with the reason told."""
        entry = known[file.path]
        try:
            copy = self._copied(entry)
            opened = open_packet(
                copy,
                entry.original.replace("\\", "/").rpartition("/")[2],
                self._limits,
                self._trust,
                folder=copy.parent,
                place=_as_row,
            )
        except InputError as wrong:
            facts = {"name": file.path, "reason": wrong.code}
            code = "edxml-row-unreadable"
            unpacked.refused.append(Finding(CHECK, code, Severity.ERROR, file.path, facts))
            return None
        self._open.enter_context(opened.parcel)
        event_facts = opened.told
        if event_facts.errand is Errand.RECALL:
            facts = {"name": file.path, "target": event_facts.targets[0]}
            code = "edxml-row-recall"
            unpacked.refused.append(Finding(CHECK, code, Severity.ERROR, file.path, facts))
            return None
        if file.sha256 is not None and file.sha256 != opened.sha256:
            facts = {"declared": file.sha256, "found": opened.sha256}
            differs = Finding("checksums", "checksum-differs", Severity.ERROR, file.path, facts)
            unpacked.refused.append(differs)
        return opened

    def _copied(self, entry: Entry) -> Path:
        if self._folder is None:
            made = tempfile.TemporaryDirectory(prefix="row-packets-")
            self._folder = Path(self._open.enter_context(made))
        self._count += 1
        copy = self._folder / f"{self._count:06}" / "packet.edxml"
        copy.parent.mkdir()
        with entry.open() as source, copy.open("wb") as out:
            shutil.copyfileobj(source, out, 1 << 20)
        return copy

    def _own(
        self, opened: OpenedPacket, path: str, known: Mapping[str, Entry], unpacked: Unpacked
    ) -> DeclaredDocument:
        """The packet's document, its files in a folder that is named like the packet."""
        folder = folder_of(path, known)
        for entry in opened.parcel.entries:
            placed = f"{folder}/{entry.path}"
            self.entries[placed] = replace(entry, path=placed)
        unpacked.beside += [f"{folder}/{one}" for one in sorted(opened.parcel.beside)]
        for finding in opened.parcel.findings:
            unpacked.findings.append(told_at(finding, path, folder))
        declaration = opened.parcel.declaration
        if declaration is None:
            raise ValueError("a packet declares its document")
        ((document,),) = (case_file.documents for case_file in declaration.case_files)
        for found in declaration.of_rows.values():
            unpacked.findings += [replace(one, place=path) for one in found]
        fields = {name: text for name, text in document.fields.items() if name != "fileCode"}
        return inside(document, folder).model_copy(update={"fields": fields})


def _is_packet(file: DeclaredFile, known: Mapping[str, Entry]) -> bool:
    return file.path.lower().endswith(ENDING) and file.path in known


def _as_row(told: PacketFacts) -> Placing:
    """A row says where it goes; what the document replaces or corrects the packet says."""
    relation = _RELATIONS.get(told.errand, "")
    return Placing(relates=(relation, told.targets[0]) if relation else ("", ""))


def _behind(file: DeclaredFile) -> DeclaredFile:
    """What is the main file of its packet comes as an annex behind the files before it."""
    return file.model_copy(update={"standing": "annex"}) if file.standing == "main" else file


def _tell_other_fields(
    path: str, row: Mapping[str, str], packet: Mapping[str, str], unpacked: Unpacked
) -> None:
    """A row prevails over its packet; that they name different documents is told."""
    other = [
        rule.label_vi
        for rule in law.fields("document")
        if rule.name in _COMPARED
        and row.get(rule.name)
        and packet.get(rule.name)
        and fold(row[rule.name]) != fold(packet[rule.name])
    ]
    if other:
        facts: dict[str, object] = {"name": path, "fields": ", ".join(other)}
        found = Finding(CHECK, "edxml-row-differs", Severity.WARNING, path, facts)
        unpacked.findings.append(found)
