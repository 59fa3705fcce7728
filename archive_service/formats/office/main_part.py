"""The part of an Office file that holds its document, and what kind of document that says it is."""

import zipfile
from pathlib import Path
from xml.parsers import expat

from archive_service.formats.zip_damage import ZIP_DAMAGE

_RELATIONS, _TYPES = "_rels/.rels", "[Content_Types].xml"
_MOST_BYTES = 1 << 20  # of a list of parts


def main_parts(package: zipfile.ZipFile) -> list[str]:
    """Names of the documents that it leads to, in lower case (ISO/IEC 29500-2, 8.3)."""
    return [
        attributes.get("Target", "").removeprefix("/").casefold()
        for attributes in _elements(package, _RELATIONS)
        if attributes.get("Type", "").endswith("/officeDocument")
    ]


def kind_of_main_part(path: Path) -> str:
    """The media type of its one document; empty where it has none or several, or is damaged."""
    try:
        with zipfile.ZipFile(path) as package:
            named = main_parts(package)
            types = {
                attributes.get("PartName", "").removeprefix("/").casefold(): kind
                for attributes in _elements(package, _TYPES)
                if (kind := attributes.get("ContentType", ""))
            }
    except (OSError, expat.ExpatError, *ZIP_DAMAGE):
        return ""
    return types.get(named[0], "") if len(named) == 1 else ""


def _elements(package: zipfile.ZipFile, part: str) -> list[dict[str, str]]:
    """The attributes of each element of a part; none of one that is not there, or too large."""
    if part not in package.namelist() or package.getinfo(part).file_size > _MOST_BYTES:
        return []
    found: list[dict[str, str]] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda _name, attributes: found.append(attributes)
    parser.Parse(package.read(part), True)
    return found
