"""One difference between the revision that was signed and the last one."""

from dataclasses import asdict, dataclass
from enum import StrEnum


class ChangeKind(StrEnum):
    """What differs. What an added signature brings with it is no change."""

    FIELD_VALUE = "field-value"
    FIELD_LOOK = "field-look"  # another picture of the same value
    FIELD_ADDED = "field-added"
    FIELD_REMOVED = "field-removed"
    FORM_DATA = "form-data"  # XFA
    PAGE_LOOK = "page-look"
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
    LAYERS = "layers"
    ACTION = "action"
    OUTLINE = "outline"
    VIEW = "view"  # how the document opens, or another part of its catalogue
    COVERED = "covered"  # the picture of a further signature hides what stood below it
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


class Weight(StrEnum):
    """What follows from changes, the gravest first."""

    CONTENT = "content"
    FORM = "form"  # a field that was there was filled in otherwise
    UNKNOWN = "unknown"
    NOTHING = ""


def weight_of(changes: tuple[Change, ...]) -> Weight:
    """What counts is the gravest of them; a covered spot is for a person to look at."""
    kinds = {change.kind for change in changes} - {ChangeKind.COVERED}
    if kinds - {ChangeKind.FIELD_VALUE, ChangeKind.NOT_COMPARED}:
        return Weight.CONTENT
    if ChangeKind.FIELD_VALUE in kinds:
        return Weight.FORM
    return Weight.UNKNOWN if kinds else Weight.NOTHING
