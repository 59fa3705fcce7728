"""The order of a draft's documents, and what stands under which: by time, or as people put it."""

import hashlib
from typing import Any

from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.field_source import document_of, source_key
from archive_service.domain.intake.submission import (
    MAIN,
    DeclaredCaseFile,
    DeclaredDocument,
    DeclaredFile,
)
from archive_service.errors import ConflictError, InputError
from archive_service.signing.inspect import signed_by_name
from archive_service.text import fold
from ingest.channels.file_references import natural_order
from ingest.drafts.annexes import main_of, mains_of

_PLAIN = 64  # letters: each button of the list carries it
UNDER = ("annex", "enclosure")


class DraftRowError(ConflictError):
    """The document or file is not in the draft any more, or not where it was."""


class DraftOrderStaleError(ConflictError):
    """The list of documents is not the one that was shown any more."""


class DraftMoveError(InputError):
    """A document cannot go there: no document stands before it, or it has no file."""


def order_seen(declared: DeclaredCaseFile) -> str:
    """The order as a page shows it, to tell later whether it still stands; a long one's digest."""
    rows = ",".join(str(document.row) for document in declared.documents)
    return rows if len(rows) <= _PLAIN else hashlib.sha256(rows.encode()).hexdigest()


def require_order(declared: DeclaredCaseFile, seen: str) -> None:
    """``DraftOrderStaleError`` unless the list still is as it was shown."""
    if order_seen(declared) != seen:
        raise DraftOrderStaleError(seen=seen[:200], now=order_seen(declared)[:200])


def sort_by_time(declared: DeclaredCaseFile) -> None:
    """By date of issue, then number; what has no date stays behind, in the order of its files.

    A file called an annex (phụ lục) stands behind the document that it names, else behind the one
    before it in its folder; where neither is to be told, behind what was issued on its day.
    """
    declared.documents.sort(key=_moment)
    annexes = [document for document in declared.documents if document.is_called_annex]
    if not annexes:
        return
    last_of: dict[int, DeclaredDocument] = {}  # by row of the main document
    mains = mains_of(declared)
    for annex in annexes:
        main = main_of(annex, mains)
        if main is not None:
            declared.documents.remove(annex)
            at = declared.documents.index(last_of.get(main.row, main)) + 1
            declared.documents.insert(at, annex)
            last_of[main.row] = annex


def next_row(declared: DeclaredCaseFile) -> int:
    """A number that no document bears, nor bore while the draft has it."""
    return max((document.row for document in declared.documents), default=0) + 1


def move(declared: DeclaredCaseFile, row: int, place: int) -> None:
    """Put a document at ``place``, counted from 0; beyond the ends is at the end."""
    document = _document(declared, row)
    declared.documents.remove(document)
    declared.documents.insert(max(0, min(place, len(declared.documents))), document)


def put_under(
    declared: DeclaredCaseFile, draft: Draft, row: int, main_row: int | None, standing: str
) -> None:
    """Make a document's files an annex or enclosure of another; of the one before it without one.

    Its data are kept aside with its first file, and come back with ``take_out``.
    """
    document = _document(declared, row)
    at = declared.documents.index(document)
    if main_row is None:
        main = declared.documents[at - 1] if at else None
    else:
        main = document_of(declared, main_row)
    if standing not in UNDER or main is None or main is document or not document.files:
        raise DraftMoveError(row=at + 1)
    kept = {
        "row": document.row,
        "kind": document.kind,
        "fields": dict(document.fields),
        "sources": forget_sources(draft, document.row),
        "place": at,
        "files": {file.path: file.standing for file in document.files},
    }
    draft.set_aside = draft.set_aside | {document.files[0].path: kept}
    for file in document.files:
        changed = {"standing": standing} if file.standing == MAIN else {}
        main.files.append(file.model_copy(update=changed))
    declared.documents.remove(document)


def take_out(declared: DeclaredCaseFile, draft: Draft, path: str, *, back: bool = False) -> int:
    """Make an annex a document of its own, right behind the one it stood under; its number.

    A signature apart goes with the file that it is named after.

    Args:
        back: as if it never had been put there: in its old place, with all its files.
    """
    main, file = find_file(declared, path)
    if file.standing == MAIN:
        raise DraftMoveError(row=declared.documents.index(main) + 1)
    kept: dict[str, Any] = draft.set_aside.get(path, {})
    draft.set_aside = {name: aside for name, aside in draft.set_aside.items() if name != path}
    row = int(kept.get("row", 0))
    if not row or document_of(declared, row) is not None:
        row = next_row(declared)
    standings = kept.get("files", {}) if back else {}
    files = [
        declared_file
        for declared_file in main.files
        if declared_file is file
        or signed_by_name(declared_file.path) == path
        or declared_file.path in standings
    ]
    main.files = [declared_file for declared_file in main.files if declared_file not in files]
    given = {source_key(row, name): by for name, by in kept.get("sources", {}).items()}
    draft.sources = draft.sources | given
    own = DeclaredDocument(
        row=row,
        kind=kept.get("kind", "document"),
        fields=kept.get("fields", {}),
        files=[
            declared_file.model_copy(update={"standing": standings.get(declared_file.path, MAIN)})
            for declared_file in files
        ],
    )
    behind = declared.documents.index(main) + 1
    declared.documents.insert(kept.get("place", behind) if back else behind, own)
    return row


def numbered_annexes(
    declared: DeclaredCaseFile, draft: Draft
) -> list[tuple[int, str, dict[str, str]]]:
    """Annexes that bear a number and a type of their own: ordinal of the main one, path, data."""
    found = []
    for ordinal, document in enumerate(declared.documents, start=1):
        for file in document.files:
            fields = draft.set_aside.get(file.path, {}).get("fields", {})
            if file.standing != MAIN and fields.get("codeNumber") and fields.get("typeName"):
                found.append((ordinal, file.path, fields))
    return found


def set_standing(declared: DeclaredCaseFile, path: str, standing: str) -> None:
    """Call an annex an enclosure, or the other way round."""
    document, file = find_file(declared, path)
    if file.standing == MAIN or standing not in UNDER:
        raise DraftMoveError(row=declared.documents.index(document) + 1)
    file.standing = standing


def forget_sources(draft: Draft, row: int) -> dict[str, str]:
    """Drop who gave the values of a document that leaves the list; by field, to come back."""
    start = source_key(row, "")
    own = {
        key.removeprefix(start): by for key, by in draft.sources.items() if key.startswith(start)
    }
    draft.sources = {key: by for key, by in draft.sources.items() if not key.startswith(start)}
    return own


def find_file(declared: DeclaredCaseFile, path: str) -> tuple[DeclaredDocument, DeclaredFile]:
    """A named file and its document; ``DraftRowError``."""
    for document in declared.documents:
        for file in document.files:
            if file.path == path:
                return document, file
    raise DraftRowError(row=path[:200])


def _document(declared: DeclaredCaseFile, row: int) -> DeclaredDocument:
    found = document_of(declared, row)
    if found is None:
        raise DraftRowError(row=row)
    return found


def _moment(
    document: DeclaredDocument,
) -> tuple[bool, str, bool, list[tuple[int, str]], list[Any]]:
    fields = document.fields
    date = fields.get("issuedDate", "")
    name = document.files[0].path if document.files else ""
    number = fields.get("codeNumber", "")
    annex = document.is_called_annex
    return (not date, date, annex, natural_order(number), natural_order(fold(name)))
