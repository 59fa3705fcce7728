"""What tells one sending of a case file from another: fields, documents, files. Pure."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from archive_service import law
from archive_service.domain.agencies.own_field import OWN
from archive_service.domain.intake.submission import (
    DeclaredCaseFile,
    DeclaredDocument,
    DeclaredFile,
)

TOLD = 20  # so many of each kind are told by name
_SAID_ELSEWHERE = ("fileCode",)  # the case file says it
_LONGEST = 200
_TITLES = ("subject", "imageTitle", "movieTitle", "eventName")  # of text, photograph, recording
_NONE = ["–"]


@dataclass(frozen=True, slots=True)
class Content:
    """A case file as declared, and by path the SHA-256 of each file that came."""

    declared: DeclaredCaseFile
    digests: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field by its TT 05 name; an empty text where it was or is not given."""

    name: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class DocumentChange:
    """A document that stands in both; rows count as in each declaration."""

    row: int
    row_before: int
    label: str
    fields: tuple[FieldChange, ...]
    files_added: tuple[str, ...]
    files_removed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NamedDocument:
    """A document that stands in one of both."""

    row: int
    label: str


@dataclass(frozen=True, slots=True)
class Differences:
    """All that is not equal; ``reordered`` where the same documents stand in another order."""

    fields: tuple[FieldChange, ...] = ()
    added: tuple[NamedDocument, ...] = ()
    removed: tuple[NamedDocument, ...] = ()
    changed: tuple[DocumentChange, ...] = ()
    reordered: bool = False

    def __bool__(self) -> bool:
        return bool(self.fields or self.added or self.removed or self.changed or self.reordered)

    def as_facts(self) -> dict[str, Any]:
        """Plain JSON for a finding: counts, and the first of each by name."""
        return {
            "fields": [_label(change.name) for change in self.fields[:TOLD]] or _NONE,
            "added": [document.label for document in self.added[:TOLD]] or _NONE,
            "removed": [document.label for document in self.removed[:TOLD]] or _NONE,
            "changed": [document.label for document in self.changed[:TOLD]] or _NONE,
            "fields_count": len(self.fields),
            "added_count": len(self.added),
            "removed_count": len(self.removed),
            "changed_count": len(self.changed),
            "reordered": self.reordered,
        }


def _label(name: str) -> str:
    """What a field of the case file is called; one of an agency's own by its name."""
    labels = {rule.name: rule.label_vi for rule in law.fields("case-file")}
    return labels.get(name, name.removeprefix(OWN))


def compare(earlier: Content, later: Content) -> Differences:
    """What ``later`` says otherwise than ``earlier``; nothing where only paths and rows differ.

    Documents are paired by identifier, then by number and bytes, by their bytes, by number, symbol
    and date, then by what they are about, and what is left by one file that both have,
    a photograph or a recording by its file's name.
    """
    pairs = _paired(earlier, later)
    kept_before, kept_after = {p[0] for p in pairs}, {p[1] for p in pairs}
    changed = [_change(earlier, later, *pair) for pair in pairs]
    order = [before for before, _ in sorted(pairs, key=lambda pair: pair[1])]
    return Differences(
        fields=field_changes(earlier.declared.fields, later.declared.fields),
        added=_named(later, kept_after),
        removed=_named(earlier, kept_before),
        changed=tuple(change for change in changed if change is not None),
        reordered=order != sorted(order),
    )


def field_changes(
    before: Mapping[str, str], after: Mapping[str, str], *, besides: Sequence[str] = ()
) -> tuple[FieldChange, ...]:
    """The fields of unequal value, an empty one being the same as none."""
    names = dict.fromkeys([*before, *after])
    changes = (FieldChange(name, before.get(name, ""), after.get(name, "")) for name in names)
    return tuple(
        change
        for change in changes
        if change.before.strip() != change.after.strip() and change.name not in besides
    )


def label_of(document: DeclaredDocument) -> str:
    """What a person knows a document by: number and symbol, else title, else identifier."""
    fields = document.fields
    number = "/".join(filter(None, (fields.get("codeNumber"), fields.get("codeNotation"))))
    named = number or _title(fields) or fields.get("docCode") or fields.get("docId")
    return (named or (document.files[0].path if document.files else str(document.row)))[:_LONGEST]


_Key = Callable[[Content, DeclaredDocument], Hashable | None]


def _paired(earlier: Content, later: Content) -> list[tuple[int, int]]:
    """Places in both lists, in the order of the earlier one."""
    left = dict(enumerate(earlier.declared.documents))
    right = dict(enumerate(later.declared.documents))
    pairs: list[tuple[int, int]] = []
    for key in _KEYS:
        waiting: dict[Hashable, list[int]] = {}
        for place, document in right.items():
            if (hashable := key(later, document)) not in (None, "", ()):
                waiting.setdefault(hashable, []).append(place)
        for place, document in list(left.items()):
            hashable = key(earlier, document)
            if hashable is not None and waiting.get(hashable):
                other = waiting[hashable].pop(0)
                pairs.append((place, other))
                del left[place], right[other]
    return sorted(pairs)


def _by_identifier(_: Content, document: DeclaredDocument) -> Hashable:
    return document.fields.get("docCode") or document.fields.get("docId")


def _by_number(_: Content, document: DeclaredDocument) -> Hashable:
    fields = document.fields
    values = tuple(fields.get(name, "") for name in ("codeNumber", "codeNotation", "issuedDate"))
    return values if values[0] else None


def _by_bytes(content: Content, document: DeclaredDocument) -> Hashable:
    return tuple(sorted(_digests(content, document)))


def _by_number_and_bytes(content: Content, document: DeclaredDocument) -> Hashable:
    number, held = _by_number(content, document), _by_bytes(content, document)
    return None if number is None or held == () else (number, held)


def _by_subject(_: Content, document: DeclaredDocument) -> Hashable:
    return _title(document.fields)


def _title(fields: Mapping[str, str]) -> str:
    return next((fields[name] for name in _TITLES if fields.get(name)), "")


def _by_name_of_file(_: Content, document: DeclaredDocument) -> Hashable | None:
    """Photographs and recordings alone: files of texts are often called all the same."""
    if document.kind == "document" or not document.files:
        return None
    return document.kind, document.files[0].path


def _by_bytes_in_part(content: Content, document: DeclaredDocument) -> Hashable:
    return next(iter(_digests(content, document)), None)


def _digests(content: Content, document: DeclaredDocument) -> dict[str, DeclaredFile]:
    """What the document's files are, in their order, told apart by bytes and standing."""
    return {
        f"{digest} {file.standing}": file
        for file in document.files
        if (digest := content.digests.get(file.path))
    }


# A number may stand at two documents, and one file at two: both together come first.
_KEYS: tuple[_Key, ...] = (
    _by_identifier,
    _by_number_and_bytes,
    _by_bytes,
    _by_number,
    _by_subject,
    _by_bytes_in_part,
    _by_name_of_file,
)


def _change(earlier: Content, later: Content, before: int, after: int) -> DocumentChange | None:
    old, new = earlier.declared.documents[before], later.declared.documents[after]
    fields = field_changes(old.fields, new.fields, besides=_SAID_ELSEWHERE)
    had, has = _digests(earlier, old), _digests(later, new)
    gone = tuple(file.path for key, file in had.items() if key not in has)
    come = tuple(file.path for key, file in has.items() if key not in had)
    if not (fields or gone or come):
        return None
    return DocumentChange(new.row, old.row, label_of(new), fields, come, gone)


def _named(content: Content, kept: set[int]) -> tuple[NamedDocument, ...]:
    return tuple(
        NamedDocument(document.row, label_of(document))
        for place, document in enumerate(content.declared.documents)
        if place not in kept
    )
