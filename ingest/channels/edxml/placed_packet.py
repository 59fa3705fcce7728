"""What an edXML packet holds, put into a folder among the files of a case file."""

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from archive_service.domain.intake.finding import Finding
from archive_service.domain.intake.submission import DeclaredDocument
from ingest.channels.edxml.packet import RECEIVED

ENDING = ".edxml"
_UNSAFE = re.compile(r"[^\w. -]+")
_LONGEST = 60


def folder_of(path: str, known: Collection[str], fields: Mapping[str, str] | None = None) -> str:
    """Where the files of the packet at ``path`` go: a folder named like it, free of others.

    Args:
        fields: of its document: number and symbol stand behind the name, as many packets are
            called the same.
    """
    stem = path[: -len(ENDING)] if path.lower().endswith(ENDING) else path
    parts = [(fields or {}).get(name, "") for name in ("codeNumber", "codeNotation")]
    named = _UNSAFE.sub("-", " ".join(filter(None, parts)))[:_LONGEST].strip(" .-")
    stem = f"{stem} {named}" if named else stem
    folder, number = stem, 1
    while any(other.startswith(f"{folder}/") for other in known):
        number += 1
        folder = f"{stem} ({number})"
    return folder


def inside(document: DeclaredDocument, folder: str) -> DeclaredDocument:
    """The document with its files in the folder."""
    files = [file.model_copy(update={"path": f"{folder}/{file.path}"}) for file in document.files]
    return document.model_copy(update={"files": files})


def told_at(finding: Finding, path: str, folder: str) -> Finding:
    """The finding of a packet at the place of the packet itself, whose files lie in ``folder``."""
    place = f"{path}: {finding.place}" if finding.place else path
    finding_placed = replace(finding, place=place[:900])
    if finding.code == RECEIVED:
        finding_placed = replace(finding_placed, facts=finding.facts | {"folder": folder})
    return finding_placed
