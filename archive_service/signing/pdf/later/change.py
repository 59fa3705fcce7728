"""One difference between the revision that was signed and the last one."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from enum import StrEnum


class ChangeKind(StrEnum):
    """What differs. What an added signature brings with it is no change."""

    FIELD_VALUE = "field-value"
    FIELD_LOCKED = "field-locked"  # another value, though the signature locked the field
    FIELD_LOOK = "field-look"  # another picture of the same value
    FIELD_ADDED = "field-added"
    FIELD_REMOVED = "field-removed"
    FIELD_TRAITS = "field-traits"  # its hint, its length, what it does, looks of other states
    FORM_DATA = "form-data"  # XFA
    FORM_TRAITS = "form-traits"  # how fields are drawn that say nothing of it themselves
    PAGE_LOOK = "page-look"
    PAGE_TEXT = "page-text"  # drawn alike, but other words are copied, searched and read aloud
    PAGE_UNSEEN = "page-unseen"  # drawn and read alike; its instructions or acts differ
    PAGE_ADDED = "page-added"
    PAGE_REMOVED = "page-removed"
    PAGE_ORDER = "page-order"
    ANNOTATION_ADDED = "annotation-added"
    ANNOTATION_CHANGED = "annotation-changed"
    ANNOTATION_REMOVED = "annotation-removed"
    ATTACHMENT_ADDED = "attachment-added"
    ATTACHMENT_CHANGED = "attachment-changed"
    ATTACHMENT_REMOVED = "attachment-removed"
    SIGNATURE_REMOVED = "signature-removed"
    SIGNATURE_REPLACED = "signature-replaced"
    SIGNATURE_FORBIDDEN = "signature-forbidden"  # added, though this one lets nothing be added
    SIGNATURE_WORDS = "signature-words"  # the reason, the place, the time that stand beside it
    LAYERS = "layers"
    ACTION = "action"
    OUTLINE = "outline"
    TAGS = "tags"  # what is read aloud for a picture or a passage, and in which order
    DOCUMENT_DATA = "document-data"  # title, author and the like
    VIEW = "view"  # how the document opens, or another part of its catalogue
    OVERPRINTED = "overprinted"  # by the picture of a signature that is nobody's who is known
    COVERED = "covered"  # the picture of a further signature hides what stood below it
    CROSSED = "crossed"  # it prints on text, and hides no spot of it
    METADATA = "metadata"  # what no reader shows beside the pages
    COLOURS_NAMED = "colours-named"  # for which printer colours are meant, where nothing said so
    STRAY_BYTES = "stray-bytes"  # behind the last revision, and part of none
    NOT_COMPARED = "not-compared"


@dataclass(frozen=True, slots=True)
class Change:
    """``place`` is the name of a field or an attachment, or the number of a page.

    ``old`` and ``new`` are values as a reader would see them, empty where there are none.
    """

    kind: ChangeKind
    place: str = ""
    old: str = ""
    new: str = ""

    def as_row(self) -> dict[str, str]:
        """Plain JSON."""
        return asdict(self) | {"kind": self.kind.value}


class Standing(StrEnum):
    """Who made a further signature, beside the one that is looked at."""

    KNOWN = "known"  # somebody who is trusted
    STRANGER = "stranger"  # nobody who is, though the signer of this one is
    UNKNOWN = "unknown"  # neither is


class Weight(StrEnum):
    """What follows from changes, the gravest first."""

    CONTENT = "content"
    FORM = "form"  # a field that was there was filled in otherwise
    UNKNOWN = "unknown"
    NOTHING = ""


_OF_KIND = {
    ChangeKind.FIELD_VALUE: Weight.FORM,
    ChangeKind.NOT_COMPARED: Weight.UNKNOWN,
    ChangeKind.COVERED: Weight.NOTHING,  # for a person to look at
    ChangeKind.CROSSED: Weight.NOTHING,
    ChangeKind.METADATA: Weight.NOTHING,
    ChangeKind.COLOURS_NAMED: Weight.NOTHING,
    ChangeKind.STRAY_BYTES: Weight.NOTHING,
}
_GRAVEST_FIRST = tuple(Weight)


def weight_of(changes: Iterable[Change]) -> Weight:
    """What counts is the gravest of them."""
    weights = {_weight(change) for change in changes}
    return next((weight for weight in _GRAVEST_FIRST if weight in weights), Weight.NOTHING)


def gravest(changes: Iterable[Change], most: int) -> tuple[Change, ...]:
    """So many of them, none twice: the gravest first, and of one weight each kind before others.

    However many there are, no more than ``most`` of a kind are held.
    """
    kept: dict[ChangeKind, dict[Change, None]] = {}
    for change in changes:
        of_kind = kept.setdefault(change.kind, {})
        if len(of_kind) < most:
            of_kind[change] = None
    ranked = [
        (_GRAVEST_FIRST.index(_weight(change)), place, change)
        for of_kind in kept.values()
        for place, change in enumerate(of_kind)
    ]
    ranked.sort(key=lambda change: change[:2])
    return tuple(change for *_, change in ranked[:most])


def _weight(change: Change) -> Weight:
    return _OF_KIND.get(change.kind, Weight.CONTENT)
