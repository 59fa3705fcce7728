"""Index entries of a case file: its data, each document's data, and every page's words."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from uuid import UUID

from archive_service import access, law
from archive_service.domain.agencies.own_field import OwnField, OwnSubject
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document, FileRole
from archive_service.domain.case_files.handling import handling_words
from archive_service.formats.words.plain import put_right
from archive_service.packaging.page_texts import document_words
from archive_service.storage.content import HeldContent
from search.port import Entry, SearchIndex

_PICTURE = (
    "image_title",
    "event_name",
    "photographer",
    "photo_place",
    "archives_number",
)
_RECORDING = (
    "movie_title",
    "event_name",
    "recorder",
    "record_place",
    "archives_number",
)


def index_case_file(
    case_file: CaseFile,
    *,
    index: SearchIndex,
    content: HeldContent,
    folder: Path,
    corrected: Mapping[tuple[int, int], str] | None = None,
    own_fields: Sequence[OwnField] = (),
    unread: dict[UUID, str] | None = None,
) -> int:
    """Replace what the index holds of the case file; returns how many entries it now has.

    Texts are fetched document by document: memory holds one at a time. ``corrected``, ``unread``:
    see ``entries_of``.
    """
    count = 0

    def counted() -> Iterator[Entry]:
        nonlocal count
        for entry in entries_of(
            case_file,
            content=content,
            folder=folder,
            corrected=corrected or {},
            own_fields=own_fields,
            unread=unread,
        ):
            count += 1
            yield entry

    index.replace_many([case_file.id], counted())
    return count


def entries_of(
    case_file: CaseFile,
    *,
    content: HeldContent,
    folder: Path,
    corrected: Mapping[tuple[int, int], str],
    own_fields: Sequence[OwnField] = (),
    unread: dict[UUID, str] | None = None,
) -> Iterator[Entry]:
    """The case file's own entry, then each document's data and pages; none in quarantine.

    What is not open to all has its data twice: whole, and reduced for those who may not read it.

    Args:
        corrected: by ordinal and page number the text in which people put words right; it
            stands in place of the one that was read.
        own_fields: those of the agency whose values are found.
        unread: takes by their ids the files whose words cannot be read, with why.
    """
    if case_file.is_emptied:  # all of it is found where it is now
        return
    searched = {
        subject: frozenset(field.name for field in own_fields if field.subject is subject)
        for subject in OwnSubject
    }
    words = partial(_words_of_case_file, case_file, searched[OwnSubject.CASE_FILE])
    yield from _data(_entry(case_file, None, words(reduced=False), None), words)
    for document in case_file.documents:
        if document.quarantined or document.moved_to:  # the latter is found where it is now
            continue
        words = partial(_words_of_document, document, searched[OwnSubject.DOCUMENT])
        yield from _data(_entry(case_file, document, words(reduced=False), None), words)
        for part, text in beside_pages(document):
            yield replace(_entry(case_file, document, put_right(text), None), part=part)
        found = document_words(
            document, version=case_file.version_stored, content=content, folder=folder
        )
        if unread is not None:
            unread |= found.unread
        for page in found.pages:
            text = put_right(corrected.get((document.ordinal, page.number), page.text))
            if text.strip():
                yield replace(_entry(case_file, document, text, page.number), part=page.part)


def _data(whole: Entry, words: Callable[..., str]) -> Iterator[Entry]:
    yield whole
    if whole.mode not in access.OPEN_MODES:
        yield replace(whole, text=words(reduced=True), reduced=True, format=None)


def _entry(case_file: CaseFile, document: Document | None, text: str, page: int | None) -> Entry:
    return Entry(
        case_file_id=case_file.id,
        code=case_file.code,
        text=text,
        agency_id=case_file.agency_id,
        year=case_file.year,
        mode=access.stricter_mode(case_file.mode, document.mode if document else case_file.mode),
        document_id=document.id if document else None,
        document_title=put_right(document.subject if document else case_file.title),
        page=page,
        fonds=str(case_file.fonds_id),
        series=str(case_file.series_id or ""),
        type=document.type_name if document else None,
        issuer=document.organ_name if document else None,
        signer=document.signer if document else None,
        term=_term(case_file),
        format=_format(document),
        language=(document.language if document else None) or case_file.language,
        date=(_day(document) if document else case_file.end_date) or None,
        source=_source(document),
    )


def _source(document: Document | None) -> str | None:
    """Where a document's words come from: read from paper, or born digital."""
    if document is None:
        return None
    read = document.page_images() or any(file.is_twin for file in document.files)
    return "scan" if read else "born-digital"


def _day(document: Document) -> str | None:
    """When it was issued, photographed or recorded."""
    if document.picture is not None:
        return document.picture.photo_time
    return document.recording.record_date if document.recording else document.issued_date


def _term(case_file: CaseFile) -> str | None:
    """``permanent``, a number of years, or nothing while no rule holds."""
    if case_file.permanent:
        return "permanent"
    years = (case_file.rule or {}).get("years")
    return str(years) if years else None


def _format(document: Document | None) -> str | None:
    """The ending of the name of its first file that came in."""
    files = document.current_files() if document else []
    original = next((file for file in files if file.role is FileRole.ORIGINAL), None)
    return Path(original.path).suffix.lower().removeprefix(".") or None if original else None


def _words_of_case_file(case_file: CaseFile, own: frozenset[str], *, reduced: bool) -> str:
    words = (
        case_file.code,
        case_file.title,
        case_file.creator,
        case_file.dossier_number,
        case_file.procedure_code,
        case_file.paper_file_code,
        case_file.inventory_reference,
        *(() if reduced else (case_file.keyword, case_file.description, case_file.dossier_result)),
        *(() if reduced else _own_words(case_file, own)),
    )
    return put_right("\n".join(part for part in words if part))


def _words_of_document(document: Document, own: frozenset[str], *, reduced: bool) -> str:
    number = "/".join(part for part in (document.code_number, document.code_notation) if part)
    kind = document.type_name and law.code_list("typeName").label(document.type_name)
    words = (
        document.subject,
        kind,
        number,
        document.organ_name,
        document.signer,
        document.doc_code,
        *(() if reduced else (document.keyword, document.description)),
        *handling_words(document.handling, reduced=reduced),
        *(() if reduced else _own_words(document, own)),
    )
    return put_right("\n".join(part for part in words if part))


def _own_words(row: CaseFile | Document, names: frozenset[str]) -> list[str]:
    """Values of the agency's own fields that are searched; days as people write them too."""
    found = []
    for name, value in (row.own_fields or {}).items():
        if name in names:
            parts = value.split("-")
            is_day = len(value) == 10 and len(parts) == 3 and all(map(str.isdecimal, parts))
            found += [value, "/".join(reversed(parts))] if is_day else [value]
    return found


def beside_pages(document: Document) -> Iterator[tuple[str, str]]:
    """``(part, text)``: the sheet of a photograph or a recording, and the names of what came."""
    if document.kind == "picture":
        yield from _sheet("picture:", document.picture, _PICTURE)
    elif document.kind == "media":
        yield from _sheet("recording:", document.recording, _RECORDING)
    originals = [file for file in document.current_files() if file.role is FileRole.ORIGINAL]
    names = [file.name for file in originals if not file.page_image]
    if any(letter.isalpha() for name in names for letter in name.rpartition(".")[0]):
        yield "file-names:", "\n".join(names)


def _sheet(part: str, row: object, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    words = [getattr(row, name, None) for name in names]
    if any(words):
        yield part, "\n".join(word for word in words if word)
