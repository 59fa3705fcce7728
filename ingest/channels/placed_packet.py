"""What an edXML packet holds, put into a folder among the files of a case file."""

from collections.abc import Collection
from dataclasses import replace

from archive_service.domain.finding import Finding
from archive_service.domain.submission import DeclaredDocument
from ingest.channels.edxml_packet import RECEIVED

ENDING = ".edxml"


def folder_of(path: str, known: Collection[str]) -> str:
    """Where the files of the packet at ``path`` go: a folder named like it, free of others."""
    folder = path[: -len(ENDING)] if path.lower().endswith(ENDING) else path
    stem, number = folder, 1
    while any(other.startswith(f"{folder}/") for other in known):
        number += 1
        folder = f"{stem} ({number})"
    return folder


def inside(document: DeclaredDocument, folder: str) -> DeclaredDocument:
    """The document with its files in the folder."""
    files = [one.model_copy(update={"path": f"{folder}/{one.path}"}) for one in document.files]
    return document.model_copy(update={"files": files})


def told_at(finding: Finding, path: str, folder: str) -> Finding:
    """The finding of a packet at the place of the packet itself, whose files lie in ``folder``."""
    place = f"{path}: {finding.place}" if finding.place else path
    told = replace(finding, place=place[:900])
    if finding.code == RECEIVED:
        told = replace(told, facts=finding.facts | {"folder": folder})
    return told
