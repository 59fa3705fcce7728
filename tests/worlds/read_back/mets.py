"""What one METS file says, in the words of the circular, read liberally."""

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree

from archive_service.clock import LOCAL_ZONE
from archive_service.packaging.mets import CSIP, METS, XLINK
from tests.worlds.read_back.entries import Entries

_M = f"{{{METS}}}"
_HREF = f"{{{XLINK}}}href"


@dataclass(frozen=True, slots=True)
class ListedFile:
    """A ``file`` of METS; ``path`` is the entry it leads to."""

    id: str
    path: str
    sha256: str
    size_bytes: int
    media_type: str
    created_at: dt.datetime
    use: str
    group: str


class MetsFile:
    """One parsed METS; links are resolved against the entries of the package."""

    def __init__(self, entries: Entries, path: str) -> None:
        self._entries = entries
        self._base = path.rpartition("METS.xml")[0]
        self.root = entries.xml(path)

    def attribute(self, name: str) -> str:
        """An attribute of ``mets``."""
        return self.root.get(name, "")

    def header(self, name: str) -> str:
        """An attribute of ``metsHdr``; ``csip:`` names without their prefix."""
        header = self.root.find(f"{_M}metsHdr")
        if header is None:
            return ""
        return header.get(name) or header.get(f"{{{CSIP}}}{name}") or ""

    def agent(self, kind: str) -> tuple[str, str]:
        """Name and note of the first agent whose TYPE or OTHERTYPE is ``kind``."""
        for agent in self.root.iterfind(f"{_M}metsHdr/{_M}agent"):
            if kind in (agent.get("TYPE"), agent.get("OTHERTYPE")):
                return agent.findtext(f"{_M}name") or "", agent.findtext(f"{_M}note") or ""
        return "", ""

    def agreement(self) -> str:
        """The submission agreement, if one is named."""
        path = f"{_M}metsHdr/{_M}altRecordID[@TYPE='SUBMISSIONAGREEMENT']"
        return self.root.findtext(path) or ""

    def descriptions(self) -> dict[str, str]:
        """Descriptive files by the ID of their ``dmdSec``."""
        return {
            section.get("ID", ""): self._path(link)
            for section in self.root.iterfind(f"{_M}dmdSec")
            for link in section.iterfind(f"{_M}mdRef")
        }

    def premis(self) -> list[str]:
        """PREMIS files; none in a SIP."""
        links = self.root.iterfind(f"{_M}amdSec/{_M}digiprovMD/{_M}mdRef")
        return [self._path(link) for link in links if link.get("MDTYPE") == "PREMIS"]

    def files(self) -> Iterator[ListedFile]:
        """Every listed file in the order of the groups."""
        for group in self.root.iterfind(f"{_M}fileSec/{_M}fileGrp"):
            for element in group.iter(f"{_M}file"):
                location = element.find(f"{_M}FLocat")
                if location is not None:
                    yield self._listed(element, self._path(location), group.get("USE", ""))

    def representations(self) -> list[str]:
        """METS files of the representations."""
        return [self._path(link) for link in self.root.iter(f"{_M}mptr")]

    def documents_of_files(self) -> dict[str, str]:
        """ID of the ``dmdSec`` that describes each file, by the ID of the file."""
        described = {}
        for div in self.root.iter(f"{_M}div"):
            sections = div.get("DMDID", "").split()
            if len(sections) == 1:
                for pointer in div.iterfind(f"{_M}fptr"):
                    described[pointer.get("FILEID", "")] = sections[0]
        return described

    def _path(self, link: etree._Element) -> str:
        return self._entries.find(link.get(_HREF, ""), base=self._base)

    @staticmethod
    def _listed(element: etree._Element, path: str, group: str) -> ListedFile:
        size = element.get("SIZE", "")
        return ListedFile(
            id=element.get("ID", ""),
            path=path,
            sha256=element.get("CHECKSUM", "").lower(),
            size_bytes=int(size) if size.isdecimal() else 0,
            media_type=element.get("MIMETYPE", ""),
            created_at=read_moment(element.get("CREATED", "")),
            use=element.get("USE", ""),
            group=group,
        )


def read_moment(text: str) -> dt.datetime:
    """A time of METS or PREMIS in UTC; without a zone Việt Nam's is meant, unreadable is 1970."""
    try:
        at = dt.datetime.fromisoformat(text)
    except ValueError:
        return dt.datetime.fromtimestamp(0, dt.UTC)
    return (at if at.tzinfo else at.replace(tzinfo=LOCAL_ZONE)).astimezone(dt.UTC)
