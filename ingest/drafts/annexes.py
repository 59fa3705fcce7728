"""Which document of a draft an annex belongs to, as far as names and first pages tell."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archive_service.domain.intake.submission import DeclaredCaseFile, DeclaredDocument, Submission
from archive_service.text import fold
from ingest.channels.file_references import natural_order


@dataclass(frozen=True, slots=True)
class Main:
    """A document that annexes may belong to; ``number`` as file names may write it."""

    document: DeclaredDocument
    number: str
    folder: str
    place: list[tuple[int, str]]

    @classmethod
    def of(cls, document: DeclaredDocument) -> "Main":
        parts = [document.fields.get(name, "") for name in ("codeNumber", "codeNotation")]
        number = _plain("-".join(parts)) if all(parts) else ""
        path = _path(document)
        return cls(document, number, path.rpartition("/")[0], natural_order(path))


def mains_of(declared: DeclaredCaseFile) -> list[Main]:
    """All documents with files that are not called annexes."""
    return [
        Main.of(document)
        for document in declared.documents
        if document.files and not document.is_called_annex
    ]


def main_of(
    annex: DeclaredDocument, mains: Sequence[Main], head: str = ""
) -> DeclaredDocument | None:
    """What the annex belongs to, as far as its words, folder, issuer and day tell.

    Args:
        head: how its first page begins, which names the document that it goes with
            (NĐ 30/2020, Phụ lục I, Phần II, Mục III.1).
    """
    path = _path(annex)
    text = _plain(f"{annex.fields.get('subject', '')} {path} {head}")
    mains = [main for main in mains if main.document is not annex]
    named = [main for main in mains if main.number in text and _names(text, main.number)]
    if len(named) == 1:
        return named[0].document
    folder, place = path.rpartition("/")[0], natural_order(path)
    if not (folder or annex.fields.get("issuedDate")):
        return None
    beside = [main for main in mains if main.folder == folder and _agree(annex, main.document)]
    before = [page for page in beside if page.place < place]
    nearest = beside if len(beside) == 1 else before
    found = max(nearest, key=lambda page: page.place, default=None)
    return found.document if found is not None else None


class Annexes:
    """The annexes of a draft that are documents of their own, and what each may be put under."""

    def __init__(
        self, submission: Submission, declared: DeclaredCaseFile, reads: Mapping[str, Any]
    ) -> None:
        """``reads`` by digest what was seen in a file, as ``Draft`` keeps it."""
        self._heads = {
            file.path: str(reads.get(file.sha256, {}).get("annex") or "")
            for file in submission.files
        }
        self._mains = [main for main in mains_of(declared) if not self._head(main.document)]

    def main_of(self, document: DeclaredDocument) -> DeclaredDocument | None:
        """The document it goes with; ``None`` for what is no annex or bears another number."""
        head = self._head(document)
        if not document.files or not (head or document.is_called_annex):
            return None
        main = main_of(document, self._mains, head)
        number = document.fields.get("codeNumber")
        own = main is None or (number and number != main.fields.get("codeNumber"))
        return None if own else main

    def _head(self, document: DeclaredDocument) -> str:
        return self._heads.get(document.files[0].path, "") if document.files else ""


def _agree(annex: DeclaredDocument, other: DeclaredDocument) -> bool:
    """Whether day and issuer are those of the other one, where the annex says them."""
    return all(
        not (value := annex.fields.get(name, "")) or value == other.fields.get(name, "")
        for name in ("issuedDate", "organName")
    )


def _plain(text: str) -> str:
    return re.sub(r"[/_]", "-", fold(text))


def _names(text: str, number: str) -> bool:
    """Whether the words bear the number itself, and not as a part of another one."""
    return bool(number) and re.search(rf"(?<!\d){re.escape(number)}(?!\w)", text) is not None


def _path(document: DeclaredDocument) -> str:
    return fold(document.files[0].path) if document.files else ""
