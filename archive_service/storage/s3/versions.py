"""The versions of keys as a bucket's server lists them; of its dates nothing is read.

minio-py reads them, and takes a date to the nanosecond for no answer: so versitygw dates a mark of
deletion.
"""

from dataclasses import dataclass
from urllib.parse import unquote_plus
from xml.etree import ElementTree as ET

_MARKER = "DeleteMarker"


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a key, or a mark that the key was deleted."""

    key: str
    id: str
    is_marker: bool


@dataclass(frozen=True, slots=True)
class VersionPage:
    """Of each key the newest first; ``next`` is the query of the page that follows."""

    versions: list[Version]
    next: dict[str, str] | None


def first_page(prefix: str) -> dict[str, str]:
    """The query of the first page."""
    return {"versions": "", "prefix": prefix, "encoding-type": "url"}


def parse_page(data: bytes, asked: dict[str, str]) -> VersionPage:
    """A page of ListObjectVersions, and what was ``asked`` for it.

    Raises:
        ValueError, ElementTree.ParseError: it is none, or names itself as the next.
    """
    top = ET.fromstring(data.decode())  # noqa: S314 - of a server that keeps our holdings
    space = top.tag.rpartition("}")[0] + "}" if "}" in top.tag else ""
    if top.tag != f"{space}ListVersionsResult":
        raise ValueError("no list of versions")

    def told(element: ET.Element, name: str) -> str:
        return element.findtext(f"{space}{name}") or ""

    is_encoded = told(top, "EncodingType") == "url"

    def key(element: ET.Element, name: str) -> str:
        return unquote_plus(told(element, name)) if is_encoded else told(element, name)

    versions = [
        Version(key(one, "Key"), told(one, "VersionId") or "null", one.tag.endswith(_MARKER))
        for one in top
        if one.tag in (f"{space}Version", f"{space}{_MARKER}")
    ]
    if told(top, "IsTruncated") != "true":
        return VersionPage(versions, None)
    following = asked | {"key-marker": key(top, "NextKeyMarker")}
    if version := told(top, "NextVersionIdMarker"):
        following["version-id-marker"] = version
    if following == asked or not following["key-marker"]:
        raise ValueError("a page that leads nowhere")
    return VersionPage(versions, following)
