"""Case files on their way in: what was declared, which files it names, what was seen so far."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from archive_service.domain.intake.finding import Finding, Severity
from archive_service.domain.intake.submission import DeclaredCaseFile
from archive_service.storage.staging import StagedObject
from ingest.channels.edxml.row_packets import RowPackets
from ingest.channels.parcel import Announced, Declaration, Entry, Parcel
from ingest.checks.secrecy_findings import secrecy_findings


@dataclass(slots=True)
class Arrival:
    """One case file on its way in."""

    declared: DeclaredCaseFile
    findings: list[Finding]
    secret: list[Finding]
    paths: list[str] = field(default_factory=list)

    @property
    def code(self) -> str:
        """As declared; empty where none was."""
        return self.declared.fields.get("fileCode", "")

    def unpack(self, packets: RowPackets, known: Mapping[str, Entry]) -> list[Finding]:
        """Put what its packets hold in their place; errors of a row that names one wrongly.

        Nothing of a state secret is read.
        """
        if self.secret:
            return []
        unpacked = packets.unpack(self.declared, known)
        if unpacked.declared is not self.declared:
            self.declared = unpacked.declared
            named = [file.path for each in self.declared.documents for file in each.files]
            self.paths = list(dict.fromkeys([*named, *unpacked.beside]))
            self.findings.extend(unpacked.findings)
        return unpacked.refused


@dataclass(slots=True)
class Written:
    """The submissions of a parcel, in the order of its rows; ``again`` were there before.

    ``paths`` are those of the files that the new ones hold. What is still to be laid down:
    ``file_rows`` of ``submission_file``, and a job for each of ``to_check``.
    """

    ids: list[UUID] = field(default_factory=list)
    again: set[UUID] = field(default_factory=set)
    paths: set[str] = field(default_factory=set)
    files: int = 0
    size_bytes: int = 0
    file_rows: list[dict[str, Any]] = field(default_factory=list)
    to_check: list[UUID] = field(default_factory=list)


def arrivals_of(declaration: Declaration, parcel: Parcel) -> list[Arrival]:
    """One for each case file of the parcel, in the order of its rows."""
    shared = [*parcel.findings, *declaration.findings]
    arrivals = []
    for declared in declaration.case_files:
        own = declaration.of_rows.get(declared.row, ())
        arrival = Arrival(declared, [*own, *shared], secrecy_findings(declared))
        named = (file.path for document in declared.documents for file in document.files)
        arrival.paths = list(dict.fromkeys(named))
        arrivals.append(arrival)
    return arrivals


def unpacked(
    arrivals: Sequence[Arrival], packets: RowPackets, known: Mapping[str, Entry]
) -> Mapping[str, Entry]:
    """The files of the packets that rows name, by path; what is wrong with them is told."""
    for arrival in arrivals:
        arrival.findings.extend(arrival.unpack(packets, known))
    return packets.entries


def wanted_files(arrivals: Sequence[Arrival], entries: Mapping[str, Entry]) -> list[Entry]:
    """The files to stage: what a row names, but nothing that a secret case file names."""
    withheld = {path for arrival in arrivals if arrival.secret for path in arrival.paths}
    wanted: dict[str, Entry] = {}
    for arrival in arrivals:
        for path in arrival.paths if not arrival.secret else ():
            if path in withheld:
                arrival.findings.append(Finding("secrecy", "file-withheld", Severity.ERROR, path))
            elif path in entries:
                wanted[path] = entries[path]
    return list(wanted.values())


def tell_measured(
    arrivals: Sequence[Arrival], measured: Announced, staged: Mapping[str, StagedObject]
) -> None:
    """Of bytes that are not as announced: to the case file that names them, else to all."""
    withheld = {path for arrival in arrivals if arrival.secret for path in arrival.paths}
    found = measured.findings(staged, withheld)
    named = {path for arrival in arrivals for path in arrival.paths}
    for arrival in arrivals:
        own = {*arrival.paths}
        arrival.findings.extend(
            finding for finding in found if finding.place in own or finding.place not in named
        )


def files_of(
    submission_id: UUID,
    arrival: Arrival,
    staged: Mapping[str, StagedObject],
    beside: tuple[str, ...],
) -> list[dict[str, Any]]:
    """Rows of what rows of the sheet name and of what came beside them, which stands last."""
    named = [path for path in arrival.paths if path in staged and path not in beside]
    here = [*named, *beside]
    return [
        {
            "submission_id": submission_id,
            "ordinal": ordinal,
            "path": path,
            "sha256": staged[path].sha256,
            "size_bytes": staged[path].size_bytes,
        }
        for ordinal, path in enumerate(here, start=1)
    ]
