"""Files of documents that a stored version names and other case files keep."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import DigitalObject, Document
from archive_service.packaging.model import DATA, PackageLink
from archive_service.packaging.read.link import read_link
from archive_service.storage.content import HeldContent, NoSoundCopyError

_FETCH = ".fetch.txt"
_LINKED = f"{DATA}linked-"  # folders of linked documents; our own files lie in numbered ones


@dataclass(frozen=True, slots=True)
class LinkedFile:
    """One file, the document that it is of, and the case file that keeps both."""

    source: CaseFile
    document: Document
    file: DigitalObject

    @property
    def place(self) -> str:
        """Where it lies: the object and the path that the ``.fetch.txt`` says."""
        return f"{self.source.ocfl_id.replace(':', '_')}/{DATA}{self.file.path}"


def files_linked_in(
    session: Session, content: HeldContent, state: Mapping[str, str]
) -> list[LinkedFile]:
    """What the ``.fetch.txt`` of a version name, in their order; three statements for all.

    Args:
        state: the version's files, digests by path.

    Raises:
        NoSoundCopyError: a case file that is named is not known any more.
    """
    named = [
        read_link(path, content.read_small(digest))
        for path, digest in sorted(state.items())
        if path.startswith(_LINKED) and path.endswith(_FETCH)
    ]
    if not named:
        return []
    urns = {link.urn for link in named}
    sources = {
        case_file.ocfl_id: case_file
        for case_file in session.scalars(select(CaseFile).where(CaseFile.ocfl_id.in_(urns)))
    }
    rows = session.execute(
        select(DigitalObject, Document)
        .join(Document, Document.id == DigitalObject.document_id)
        .where(
            DigitalObject.case_file_id.in_([source.id for source in sources.values()]),
            DigitalObject.path.in_({_path_there(link) for link in named}),
        )
    )
    files = {(file.case_file_id, file.path): (file, document) for file, document in rows}
    return [_found(link, sources, files) for link in named]


def _found(
    link: PackageLink,
    sources: Mapping[str, CaseFile],
    files: Mapping[tuple[UUID, str], tuple[DigitalObject, Document]],
) -> LinkedFile:
    source = sources.get(link.urn)
    there = files.get((source.id, _path_there(link))) if source is not None else None
    if source is None or there is None:
        raise NoSoundCopyError(object=link.urn, sha256=PurePosixPath(link.path).name)
    file, document = there
    return LinkedFile(source, document, file)


def _path_there(link: PackageLink) -> str:
    return link.path.removeprefix(DATA)
