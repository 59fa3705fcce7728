"""Notes, links and marks on a page; boxes of fields belong to the form."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from archive_service.signing.pdf.later.change import Change, ChangeKind
from archive_service.signing.pdf.later.revision import Number, held_by
from archive_service.signing.pdf.later.traits import waiting_looks
from archive_service.text import nfc

_LONGEST = 200  # characters of a note that are told
_MOST = 5_000  # of one page
# When it was made, how it is drawn (the rendering tells), and what a viewer keeps for itself.
_NOT_SEEN = ("/M", "/NM", "/CreationDate", "/AP", "/AS", "/Popup", "/Open", "/StructParent", "/P")


@dataclass(frozen=True, slots=True)
class Note:
    """One annotation; ``words`` name its kind and what it says."""

    words: str
    held: str
    box: tuple[float, float, float, float] | None


def boxes_on(page: Any) -> Iterator[tuple[Number, Any]]:
    """Each annotation of the page with the number of its object."""
    import pikepdf

    found = page.get("/Annots")
    for annotation in list(found)[:_MOST] if isinstance(found, pikepdf.Array) else []:
        if isinstance(annotation, pikepdf.Dictionary):
            yield annotation.objgen, annotation


def notes_on(page: Any, of_form: Collection[Number]) -> Mapping[Number | int, Note]:
    """Annotations but the boxes of fields, by the number of the object or their place."""
    found: dict[Number | int, Note] = {}
    for place, (number, box) in enumerate(boxes_on(page)):
        if number in of_form or _is_window(box):
            continue
        held = {key: held_by(value) for key, value in box.items() if key not in _NOT_SEEN}
        held["/AP"] = waiting_looks(box)
        text = " ".join(nfc(str(box.get("/Contents", ""))).split())[:_LONGEST]
        kind = str(box.get("/Subtype", "")).removeprefix("/")
        words = f"{kind}: {text}" if text else kind
        key: Number | int = number if number[0] else place
        found[key] = Note(words, repr(held), rect_of(box))
    return found


def _is_window(one: Any) -> bool:
    """A pop-up: the window of a note, which has no picture (ISO 32000-1, 12.5.6.14).

    One with a picture is a note like any other: some viewers draw it.
    """
    return one.get("/Subtype") == "/Popup" and "/AP" not in one


def rect_of(annotation: Any) -> tuple[float, float, float, float] | None:
    """Left, bottom, right, top in the units of the page; ``None`` where it has no size."""
    try:
        x1, y1, x2, y2 = (float(each) for each in annotation.get("/Rect"))
    except (TypeError, ValueError):
        return None
    box = min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)
    return box if box[0] < box[2] and box[1] < box[3] else None


def note_changes(
    page: str, old: Mapping[Number | int, Note], new: Mapping[Number | int, Note]
) -> Iterator[Change]:
    """What was put on the page, altered or taken off; one that only got another number is not."""
    gone = {key: note for key, note in old.items() if key not in new}
    added = {key: note for key, note in new.items() if key not in old}
    for key, note in list(added.items()):
        same = next(
            (other for other, note_gone in gone.items() if note_gone.held == note.held), None
        )
        if same is not None:
            del gone[same], added[key]
    for note in added.values():
        yield Change(ChangeKind.ANNOTATION_ADDED, page, "", note.words)
    for note in gone.values():
        yield Change(ChangeKind.ANNOTATION_REMOVED, page, note.words)
    for key in old.keys() & new.keys():
        if old[key].held != new[key].held:
            yield Change(ChangeKind.ANNOTATION_CHANGED, page, old[key].words, new[key].words)
