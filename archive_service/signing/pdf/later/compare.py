"""Compares the revision that a signature covers with the last one, as a reader sees both."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive_service.formats.pdf.behind import bytes_behind
from archive_service.formats.pdf.opening import shown_pdf
from archive_service.signing.pdf.head import head_of
from archive_service.signing.pdf.later.annotations import (
    boxes_on,
    note_changes,
    notes_on,
    rect_of,
)
from archive_service.signing.pdf.later.catalogue import catalogue_changes, form_of
from archive_service.signing.pdf.later.change import Change, ChangeKind, Standing, gravest
from archive_service.signing.pdf.later.document_data import data_changes, metadata_changes
from archive_service.signing.pdf.later.form import FormField, field_changes, read_fields
from archive_service.signing.pdf.later.page_traits import read_fonts, read_size
from archive_service.signing.pdf.later.rendered import Box, Drawn, Picture, Spots
from archive_service.signing.pdf.later.revision import (
    Number,
    Objects,
    changed_numbers,
    held_by,
    read_objects,
)
from archive_service.signing.pdf.later.tags import tag_changes
from archive_service.signing.pdf.later.traits import form_changes
from archive_service.signing.pdf.later.unseen import same_unseen

_MOST_TOLD = 50  # changes of one signature
_NOT_ON_SCREEN = 32 | 256  # NoView, ToggleNoView (ISO 32000-1, table 165)
_NOTES = "\0"  # the name of spots that notes explain


@dataclass(slots=True)
class _Revision:
    """One revision, opened."""

    pdf: Any
    objects: Objects
    fields: Mapping[str, FormField]
    pages: list[Number]

    def boxes(self) -> dict[Number, str]:
        """The field of each box."""
        return {box: field.name for field in self.fields.values() for box in field.boxes}


def changes_since(
    path: Path,
    end: int,
    signed: Mapping[str, Standing],
    *,
    deadline: float,
    locks: Callable[[str], bool] = lambda _: False,
) -> tuple[Change, ...]:
    """What a reader sees otherwise than in the first ``end`` bytes, the gravest first.

    Objects are compared first; a page on whose objects nothing changed is not drawn. Never raises
    for what is in the file: what could not be compared is told as that.

    Args:
        signed: fields of the last revision whose signatures were made later, and fit their bytes;
            their pictures, and those alone, may be new.
        deadline: of ``time.thread_time``; what is not compared by then is told.
        locks: whether the signature forbids that a field changes.
    """

    def found() -> Iterator[Change]:
        if count := bytes_behind(path):
            yield Change(ChangeKind.STRAY_BYTES, str(count))
        try:
            yield from _compared(path, end, signed, locks, deadline)
        except Exception as wrong:  # noqa: BLE001 - a hostile file may raise anything at all in here
            yield Change(ChangeKind.NOT_COMPARED, "", "", type(wrong).__name__)

    return gravest(found(), _MOST_TOLD)


def _compared(
    path: Path,
    end: int,
    signed: Mapping[str, Standing],
    locks: Callable[[str], bool],
    deadline: float,
) -> Iterator[Change]:
    import pikepdf

    with (
        path.open("rb") as source,
        pikepdf.open(head_of(source, end), suppress_warnings=True) as before,
        shown_pdf(path) as after,
    ):
        old, new = _revision(before), _revision(after)
        changed = changed_numbers(old.objects, new.objects)
        yield from field_changes(old.fields, new.fields, signed, locks)
        of_catalogue = list(catalogue_changes(before, after, signed=bool(signed)))
        yield from of_catalogue
        filled_in = any(not field.is_signature for field in old.fields.values())
        yield from form_changes(before, after, fields=filled_in)
        further = {box for box, name in new.boxes().items() if name in signed}
        tagged = (before, old.objects), (after, new.objects)
        yield from tag_changes(*tagged, changed, further)
        yield from data_changes(before, after)
        yield from metadata_changes(before, after)
        layers = ChangeKind.LAYERS in {change.kind for change in of_catalogue}
        with closing(Drawn(head_of(source, end), path)) as drawn:
            pages = _Pages(old, new, changed, drawn, signed)
            yield from pages.changes(deadline, every=layers)


def _revision(pdf: Any) -> _Revision:
    pages = [page.obj.objgen for page in pdf.pages]
    return _Revision(pdf, read_objects(pdf), read_fields(pdf), pages)


class _Pages:
    """The pages of two revisions, each beside the one that it was."""

    def __init__(
        self,
        old: _Revision,
        new: _Revision,
        changed: Collection[Number],
        drawn: Drawn,
        signed: Mapping[str, Standing],
    ) -> None:
        self._old, self._new, self._changed, self._drawn = old, new, changed, drawn
        self._of_old, self._of_new = old.boxes(), new.boxes()
        self._further = {
            name: standing
            for name, standing in signed.items()
            if name not in old.fields or old.fields[name].held is None
        }

    def changes(self, deadline: float, *, every: bool) -> Iterator[Change]:
        """Pages on whose objects nothing changed are passed over, unless ``every`` one is asked."""
        pairs, page_pairs = _pairs(self._old.pages, self._new.pages)
        yield from page_pairs
        for first, second in self._touched(pairs, every=every):
            if time.thread_time() > deadline:
                yield Change(ChangeKind.NOT_COMPARED, str(second + 1))
                return
            yield from self._of_page(first, second)

    def _touched(self, pairs: list[tuple[int, int]], *, every: bool) -> Iterator[tuple[int, int]]:
        old, new = self._old, self._new
        form = form_of(old.pdf) != form_of(new.pdf)
        for first, second in pairs:
            reached = old.objects.reached([old.pages[first]])
            reached |= new.objects.reached([new.pages[second]])
            of_form = form and "/Annots" in new.pdf.pages[second].obj
            other = old.pages[first] != new.pages[second]  # perhaps one that was there elsewhere
            if every or of_form or other or not reached.isdisjoint(self._changed):
                yield first, second

    def _of_page(self, first: int, second: int) -> Iterator[Change]:
        old, new, number = self._old, self._new, str(second + 1)
        before, after = old.pdf.pages[first].obj, new.pdf.pages[second].obj
        notes = notes_on(before, self._of_old), notes_on(after, self._of_new)
        noted = list(note_changes(number, *notes))
        yield from noted
        spots = self._spots(before, after)
        if noted:  # told already, each by itself
            of_notes = [note.box for side in notes for note in side.values()]
            spots.named[_NOTES] = [box for box in of_notes if box is not None]
        looks = self._drawn.compare(first, second, spots)
        elsewhere = self._shown_elsewhere(after)
        known = {name for name in elsewhere if self._further[name] is Standing.KNOWN}
        for name in sorted(looks.covered | known):
            yield Change(ChangeKind.COVERED, number, name)
        for name in sorted(looks.overprinted | (elsewhere - known)):
            yield Change(ChangeKind.OVERPRINTED, number, name)
        for name in sorted(looks.crossed - known):
            yield Change(ChangeKind.CROSSED, number, name)
        if looks.outside or read_size(before) != read_size(after):
            yield Change(ChangeKind.PAGE_LOOK, number)
        elif self._reads_otherwise(first, second):
            yield Change(ChangeKind.PAGE_TEXT, number)
        elif not same_unseen(before, after):
            yield Change(ChangeKind.PAGE_UNSEEN, number)
        for name in sorted(looks.boxes - {_NOTES}):
            if _same_value(old.fields.get(name), new.fields.get(name)):
                yield Change(ChangeKind.FIELD_LOOK, name, "", number)

    def _reads_otherwise(self, first: int, second: int) -> bool:
        """Whether programs read other words from the page, or may: they read fonts differently."""
        fonts = read_fonts(self._old.pdf.pages[first].obj)
        now = read_fonts(self._new.pdf.pages[second].obj)
        same = all(now.get(place) == meaning for place, meaning in fonts.items())
        return not (same and self._drawn.says_same(first, second))

    def _spots(self, before: Any, after: Any) -> Spots:
        """Where differences of a field may lie: in a box that did not move, or that was signed."""
        there = dict(boxes_on(before))
        placed = {number: rect_of(annotation) for number, annotation in there.items()}
        named: dict[str, list[Box]] = {}
        redrawn: set[str] = set()
        further: list[Picture] = []
        for number, annotation in boxes_on(after):
            name, box = self._of_new.get(number), rect_of(annotation)
            if name is None or box is None:
                continue
            same = number in self._of_old and placed.get(number) == box
            if name in self._further:
                further.append(Picture(name, box, self._further[name], on_room=same))
            elif same:
                named.setdefault(name, []).append(box)
                if _picture(there[number]) != _picture(annotation):
                    redrawn.add(name)
        fields = self._old.fields
        earlier = [
            box
            for number, box in placed.items()
            if box is not None and number in self._of_old
            if fields[self._of_old[number]].is_signature
        ]
        return Spots(named, further, earlier, steady=named.keys() - redrawn)

    def _shown_elsewhere(self, after: Any) -> set[str]:
        """Further signatures with a picture that is not on the screen, but in print or on hovering.

        No signing program makes such; what is drawn here says nothing of it.
        """
        return {
            name
            for number, annotation in boxes_on(after)
            if (name := self._of_new.get(number)) in self._further
            and "/AP" in annotation
            and rect_of(annotation) is not None
            and int(annotation.get("/F", 0)) & _NOT_ON_SCREEN
        }


def _picture(box: Any) -> Any:
    return [held_by(box.get(key)) for key in ("/AP", "/AS", "/MK", "/F")]


def _same_value(before: FormField | None, after: FormField | None) -> bool:
    return before is not None and after is not None and before.held == after.held


def _pairs(old: list[Number], new: list[Number]) -> tuple[list[tuple[int, int]], list[Change]]:
    """Pages that are to be the same, by count from 0; what was added, taken out or moved."""
    if len(old) == len(new) and (old == new or set(old) != set(new)):
        return [(number, number) for number in range(len(old))], []
    places = {number: place for place, number in enumerate(old)}
    pairs = [(places[number], place) for place, number in enumerate(new) if number in places]
    kept = {first for first, _ in pairs}
    page_pairs = [
        Change(ChangeKind.PAGE_ADDED, str(place + 1))
        for place, number in enumerate(new)
        if number not in places
    ]
    page_pairs += [
        Change(ChangeKind.PAGE_REMOVED, str(place + 1))
        for place in range(len(old))
        if place not in kept
    ]
    if [first for first, _ in pairs] != sorted(kept):
        page_pairs.append(Change(ChangeKind.PAGE_ORDER))
    return pairs, page_pairs
