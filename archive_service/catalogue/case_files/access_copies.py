"""Access copies: what no browser shows, as a PDF made for reading at the moment it is asked for.

The original is never touched and the copy is no part of the package. It is kept nowhere but in the
memory of this process, for some minutes and a bounded size, so that turning pages does not make it
anew; rights are asked for at every piece of it.
"""

import hashlib
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from archive_service import messages
from archive_service.catalogue.case_files.kept import Kept
from archive_service.catalogue.holdings.opening import (
    FileUnknownError,
    held_file,
    readable_document,
)
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import DigitalObject, Document, FileRole
from archive_service.domain.people.account import Actor
from archive_service.formats.child import ParserFailure, run_limited
from archive_service.formats.output import Output
from archive_service.formats.words.read import (
    WITHOUT_READER,
    UnreadWords,
    has_words,
    read_words,
)
from archive_service.formats.words.section import Section, part_of
from archive_service.forms.access_copy import (
    AccessCopyImpossibleError,
    Part,
    press_access_copy,
)
from archive_service.services import Services
from archive_service.storage.content import HeldContent
from archive_service.storage.work_folder import work_place
from search.part import part_words

_AS_IMAGE = ("image/jpeg", "image/png")  # browsers show them by themselves
_PICTURES = (*_AS_IMAGE, "image/tiff", "image/gif", "image/bmp", "image/x-bmp", "image/webp")
_MOST_BYTES = 512 << 20  # of what a copy is made of
_LIMIT_S = 120
_MEMORY_MIB = 2048
_PROCESS = "process"  # how the document was handled: shown when it is asked for


_kept = Kept(most_bytes=64 << 20, for_s=600)


@dataclass(frozen=True, slots=True)
class AccessCopy:
    """A PDF in memory; ``etag`` changes with what it was made of."""

    name: str
    data: bytes
    etag: str


def is_copied(file: DigitalObject) -> bool:
    """Whether a browser shows the received file through an access copy alone."""
    return file.role is FileRole.ORIGINAL and (
        (file.media_type in _PICTURES and file.media_type not in _AS_IMAGE) or _is_text(file)
    )


def copied_files(document: Document) -> list[DigitalObject]:
    """What an access copy of the document shows, in its order; nothing where none is needed."""
    files = [
        file
        for file in document.current_files()
        if file.role is FileRole.ORIGINAL
        and file.standing != _PROCESS
        and (file.media_type in _PICTURES or _is_text(file))
    ]
    return files if any(is_copied(file) for file in files) else []


def access_copy(
    services: Services,
    code: str,
    document_id: UUID,
    *,
    actor: Actor,
    lang: str,
    file_id: UUID | None = None,
) -> AccessCopy:
    """The files of a document, or the one that is named, as a PDF; the use is noted.

    Raises:
        CaseFileNotFoundError, DocumentUnknownError, FileUnknownError: absent, or not to be known.
        ActNotAllowedError, DocumentQuarantinedError, ContentRestrictedError: not to be read.
        AccessCopyImpossibleError: damaged, locked, or too large to be shown.
    """
    keeper, document = readable_document(services, code, document_id, actor=actor)
    files = copied_files(document)
    if file_id is not None:
        files = [
            current_file
            for current_file in document.current_files()
            if current_file.id == file_id and is_copied(current_file)
        ]
    if not files:
        raise FileUnknownError(code=code, file=str(file_id or document_id))
    if sum(file.size_bytes for file in files) > _MOST_BYTES:
        raise AccessCopyImpossibleError(reason=f"more than {_MOST_BYTES >> 20} MiB")
    etag = _etag(files, lang)
    data = _kept.get(etag)
    if data is None:
        data = _made(services, keeper, files, lang)
        _kept.put(etag, data)
    return AccessCopy(f"{code}-{document.ordinal}.pdf", data, etag)


def _made(services: Services, keeper: CaseFile, files: list[DigitalObject], lang: str) -> bytes:
    with work_place(services.work_folder, "text-") as place, ExitStack() as stack:
        parts = [
            _part(file, _fetched(services, keeper, file, place / str(number), stack), lang)
            for number, file in enumerate(files)
        ]
        target = place / "access.pdf"
        note = messages.text("pages.access_copy.note", lang, name="{name}")
        cut = messages.text("pages.access_copy.cut", lang)
        made = run_limited(
            press_access_copy,
            parts,
            Output(target),
            note,
            cut,
            limit_s=_LIMIT_S,
            memory_mib=_MEMORY_MIB,
        )
        if isinstance(made, ParserFailure):
            raise AccessCopyImpossibleError(reason=f"{made.reason.value}: {made.detail}"[:300])
        return target.read_bytes()


def _fetched(
    services: Services, keeper: CaseFile, file: DigitalObject, place: Path, stack: ExitStack
) -> Path:
    """Its bytes as a local file, from a copy or where they wait for one."""
    readable = held_file(keeper, file)
    if readable.ocfl_id is None:
        return stack.enter_context(services.staging.path(file.sha256))
    HeldContent(services.copies, readable.ocfl_id).fetch(file.sha256, file.size_bytes, place)
    return place


def _part(file: DigitalObject, place: Path, lang: str) -> Part:
    name = file.name.rpartition("/")[2]
    if not _is_text(file):
        return Part(name, place, turn_deg=file.turn_deg)
    found = read_words(place, _extension(file))
    if isinstance(found, UnreadWords):
        raise AccessCopyImpossibleError(reason=f"{name}: {found.reason}")
    return Part(name, None, sections=tuple(_section(section, lang) for section in found))


def _section(section: Section, lang: str) -> tuple[str, str]:
    """Its heading and its words: a heading of the file itself stands once, a lone part has none."""
    kind, _, named = section.place.partition(":")
    first, _, rest = section.text.partition("\n")
    if kind == "section":
        return named, rest if first.strip() == named else section.text
    heading = "" if section.place == "part:1" else part_words(part_of(section.place), lang)
    return heading, section.text


def _is_text(file: DigitalObject) -> bool:
    extension = _extension(file)
    return has_words(extension) and extension not in WITHOUT_READER


def _extension(file: DigitalObject) -> str:
    return file.path.rpartition(".")[2].lower()


def _etag(files: list[DigitalObject], lang: str) -> str:
    text = "\n".join(f"{file.sha256} {file.turn_deg} {file.name}" for file in files)
    return hashlib.sha256(f"access-1 {lang}\n{text}".encode()).hexdigest()
