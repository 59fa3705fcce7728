"""The parts of an Office Open XML or OpenDocument file, and how they lead to one another."""

import posixpath
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from lxml import etree

from archive_service.formats.words.section import UnreadableWordsError

_UNPACKED_BYTES = 512 << 20  # of all parts


def open_parts(path: Path) -> zipfile.ZipFile:
    """The ZIP, of which no more is read than it says of itself."""
    parts = zipfile.ZipFile(path)
    if sum(part.file_size for part in parts.infolist()) > _UNPACKED_BYTES:
        parts.close()
        raise UnreadableWordsError("too large unpacked")
    return parts


def read(parts: zipfile.ZipFile, name: str) -> bytes:
    """A whole part."""
    with parts.open(name) as part:
        data = part.read(_UNPACKED_BYTES + 1)
    if len(data) > _UNPACKED_BYTES:
        raise UnreadableWordsError("too large unpacked")
    return data


def xml_parser() -> Any:  # Any: lxml publishes no types of parsers and elements
    """One that opens nothing else."""
    return etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False
    )


def elements(parts: zipfile.ZipFile, name: str, tag: str | Sequence[str]) -> Iterator[Any]:
    """Those of a tag, or of one of several, as they end."""
    source: IO[bytes]
    with parts.open(name) as source:
        for _, element in etree.iterparse(
            source, tag=tag, resolve_entities=False, no_network=True, load_dtd=False
        ):
            yield element


def main_part(parts: zipfile.ZipFile, usual: str) -> str:
    """What the package names as its document; usually it lies at one place."""
    for target in related(parts, "").values():
        folder = usual.partition("/")[0]
        if target.startswith(f"{folder}/") and target.endswith(".xml"):
            return target
    return usual


def related(parts: zipfile.ZipFile, part: str) -> dict[str, str]:
    """Part names by the ids of a part's relationships."""
    return {key: name for key, (_, name) in related_parts(parts, part).items()}


def related_parts(parts: zipfile.ZipFile, part: str) -> dict[str, tuple[str, str]]:
    """The last word of its type, and the name of the part, by the id of each relationship."""
    folder, name = posixpath.split(part)
    rels = posixpath.join(folder, "_rels", f"{name}.rels")
    if rels not in parts.namelist():
        return {}
    root = etree.fromstring(read(parts, rels), xml_parser())
    named = root.iter("{*}Relationship")  # a comment among them is none
    inside = (relation for relation in named if relation.get("TargetMode") != "External")
    return {
        relation.get("Id", ""): (
            relation.get("Type", "").rpartition("/")[2],
            _target(folder, relation.get("Target", "")),
        )
        for relation in inside
    }


def _target(folder: str, target: str) -> str:
    if target.startswith("/"):
        return target.lstrip("/")
    return posixpath.normpath(posixpath.join(folder, target)).lstrip("/")
