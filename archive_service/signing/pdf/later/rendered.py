"""Two revisions of a page as PDFium draws them, compared dot by dot."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from archive_service.signing.pdf.later.change import Standing
from archive_service.signing.pdf.later.covering import (
    crosses_text,
    hides_print,
    is_opaque,
    paper_of,
    print_on,
)

if TYPE_CHECKING:
    import pypdfium2

Box = tuple[float, float, float, float]  # left, bottom, right, top, in the units of the page
Spot = tuple[slice, slice]  # rows and columns of dots
Colour = tuple[int, int, int, int]

_WHITE, _BLACK = (255, 255, 255, 255), (0, 0, 0, 255)
_DPI = 100
_MOST_DOTS = 3_000_000
_DARK, _LIGHT = 110, 190  # of 255: print, and paper
_FEW_DOTS = 150  # print of a few letters; less of it may be a frame or a dotted line
_MOST_COVERED = 0.5  # of the print below the picture of a signature
_NEAR = (8.0, 3.0)  # units of the page beside print, and above and below it
_EDGE = 2  # dots by which a box is widened


@dataclass(frozen=True, slots=True)
class Looks:
    """What differs on a page. ``boxes`` are the names of those within which dots differ."""

    outside: bool
    boxes: frozenset[str] = frozenset()
    covered: frozenset[str] = frozenset()
    overprinted: frozenset[str] = frozenset()
    crossed: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Picture:
    """Where a further signature may show; ``on_room``: in a box that was left for it."""

    field: str
    box: Box
    standing: Standing
    on_room: bool = False


@dataclass(frozen=True, slots=True)
class Spots:
    """Where on a page differences are expected, and told by name."""

    named: dict[str, list[Box]]
    further: Sequence[Picture]
    earlier: Sequence[Box]  # of signature fields that were there
    steady: set[str]  # names of boxes whose own picture is as it was


class Drawn:
    """Both revisions opened; pages are drawn with their notes and boxes, scripts are not run."""

    def __init__(self, old: IO[bytes], new: Path) -> None:
        self._old, self._new = _opened(old), _opened(new)

    def close(self) -> None:
        """Close both."""
        self._old.close()
        self._new.close()

    def says_same(self, old_page: int, new_page: int) -> bool:
        """Whether the same words are read from two pages, by counts from 0."""
        return _words(self._old[old_page]) == _words(self._new[new_page])

    def compare(self, old_page: int, new_page: int, spots: Spots) -> Looks:
        """How two pages differ; by counts from 0."""
        first, second = self._old[old_page], self._new[new_page]
        try:
            if first.get_size() != second.get_size():
                return Looks(outside=True)
            return _looks(first, second, spots)
        finally:
            first.close()
            second.close()


def _looks(first: Any, second: Any, spots: Spots) -> Looks:
    import numpy as np

    scale = _scale(*first.get_size())
    before, after = _dots(first, scale), _dots(second, scale)
    if before.shape != after.shape:
        return Looks(outside=True)
    differ = np.any(before != after, axis=2)
    if not differ.any():
        return Looks(outside=False)
    bare = _dots(first, scale, bare=True)
    if (spots.named or spots.further) and np.any(bare != _dots(second, scale, bare=True)):
        return Looks(outside=True)
    ground = before.copy()  # without the pictures of signatures
    for box in spots.earlier:
        at = _spot(second, box, after.shape)
        ground[at] = bare[at]
    left = differ.copy()
    names = frozenset(_named(second, spots, left))
    pages = _Pages(before, after, ground, scale, paper_of(before[::4, ::4]))
    overprinted, known = set(), []
    for picture in spots.further:
        at = _spot(second, picture.box, after.shape)
        left[at] = False
        if not differ[at].any():
            continue
        if picture.standing is Standing.KNOWN:
            known.append((picture.field, at))
        elif pages.touched(at, differ[at], picture):
            overprinted.add(picture.field)
    covered, crossed = _of_known(pages, (first, second), known, spots) if known else ((), ())
    areas = frozenset(covered), frozenset(overprinted), frozenset(crossed)
    return Looks(bool(left.any()), names, *areas)


def _of_known(
    pages: "_Pages", both: tuple[Any, Any], known: Sequence[tuple[str, Spot]], spots: Spots
) -> tuple[set[str], set[str]]:
    """Those of somebody trusted that hide something, and those that print on text alone."""
    import numpy as np

    shape = pages.after.shape
    differ = np.any(pages.before != pages.after, axis=2)
    for name in spots.named.keys() - spots.steady:  # told by itself
        for box in spots.named[name]:
            differ[_spot(both[1], box, shape)] = False
    earlier = [_spot(both[1], box, shape) for box in spots.earlier]
    # The last that is drawn of them.
    opaque = _opaque(both[0], pages.scale), _opaque(both[1], pages.scale)
    covered, crossed = set(), set()
    for field, at in known:
        if pages.hidden(at, opaque) or any(pages.gone(other, at) for other in earlier):
            covered.add(field)
        elif pages.crossed(at, differ[at]):
            crossed.add(field)
    return covered, crossed


def _named(page: Any, spots: Spots, left: Any) -> Iterator[str]:
    """Names of boxes in which dots differ; what was explained by one is taken out of ``left``.

    A further signature over a box with the same picture is looked at by itself.
    """
    open_to_all = left.copy()
    for picture in spots.further:
        open_to_all[_spot(page, picture.box, left.shape)] = False
    for name, boxes in spots.named.items():
        for box in boxes:
            at = _spot(page, box, left.shape)
            if (open_to_all if name in spots.steady else left)[at].any():
                yield name
            left[at] = False


@dataclass(frozen=True, slots=True)
class _Pages:
    """Both revisions of a page in dots; ``ground`` is the first without pictures of signatures."""

    before: Any
    after: Any
    ground: Any
    scale: float
    paper: Any

    def touched(self, at: Spot, differ: Any, picture: Picture) -> bool:
        """Whether the picture of a stranger changes print, or what it says."""
        strict = picture.standing is Standing.STRANGER and not picture.on_room
        print_below = print_on((self.before if strict else self.ground)[at], self.paper)
        return _touches(print_below, differ, self.scale, _NEAR if strict else (0, 0))

    def hidden(self, at: Spot, opaque: tuple[Any, Any]) -> bool:
        """Whether print of the page is below something opaque; a seal on a picture is in order."""
        printed = self._of_page(at)
        return hides_print(printed, (opaque[0][at], opaque[1][at]), self.after[at], self.scale)

    def crossed(self, at: Spot, differ: Any) -> bool:
        """Whether text of the page has other print on it."""
        return crosses_text(self._of_page(at), differ, self.scale)

    def _of_page(self, at: Spot) -> Any:
        """Print there, but not that of pictures of earlier signatures."""
        import numpy as np

        seen = np.all(self.ground[at] == self.before[at], axis=2)
        return print_on(self.ground[at], self.paper) & seen

    def gone(self, earlier: Spot, at: Spot) -> bool:
        """Whether the picture of an earlier signature is hidden, for the most part, by another."""
        rows, columns = (
            slice(max(one.start, other.start), min(one.stop, other.stop))
            for one, other in zip(earlier, at, strict=True)
        )
        if rows.start >= rows.stop or columns.start >= columns.stop:
            return False
        return _hides(self.before[earlier], self.after[earlier])


def _opaque(page: Any, scale: float) -> Any:
    """Dots of what lies on the page that hide what is below; takes away what is printed on it."""
    from pypdfium2 import raw

    while raw.FPDFPage_CountObjects(page) > 0:
        item = raw.FPDFPage_GetObject(page, 0)
        if not raw.FPDFPage_RemoveObject(page, item):
            raise ValueError("a page that cannot be taken apart")
        raw.FPDFPageObj_Destroy(item)
    return is_opaque(_dots(page, scale), _dots(page, scale, paper=_BLACK))


def _opened(source: IO[bytes] | Path) -> "pypdfium2.PdfDocument":
    import pypdfium2

    pdf = pypdfium2.PdfDocument(source)
    pdf.init_forms()  # without it no box of a field is drawn
    return pdf


def _words(page: Any) -> str:
    found = page.get_textpage()
    try:
        return str(found.get_text_bounded())
    finally:
        found.close()
        page.close()


def _scale(width: float, height: float) -> float:
    scale = _DPI / 72
    dots = width * height * scale * scale
    return float(scale if dots <= _MOST_DOTS else scale * (_MOST_DOTS / dots) ** 0.5)


def _dots(page: Any, scale: float, *, bare: bool = False, paper: Colour = _WHITE) -> Any:
    """Colours; ``bare``: of the page itself, without what lies on it."""
    bitmap = page.render(
        scale=scale, may_draw_forms=not bare, draw_annots=not bare, fill_color=paper
    )
    try:
        return bitmap.to_numpy()[:, :, :3].copy()
    finally:
        bitmap.close()


def _spot(page: Any, box: Box, shape: tuple[int, ...]) -> Spot:
    """Rows and columns of the dots of a box, however the page is turned."""
    import ctypes

    from pypdfium2 import raw

    height, width = shape[:2]
    rows, columns = [], []
    for across, up in ((box[0], box[1]), (box[2], box[3])):
        x, y = ctypes.c_int(), ctypes.c_int()
        raw.FPDF_PageToDevice(page, 0, 0, width, height, 0, across, up, x, y)
        columns.append(x.value)
        rows.append(y.value)
    top, bottom = max(min(rows) - _EDGE, 0), max(max(rows) + _EDGE + 1, 0)
    left, right = max(min(columns) - _EDGE, 0), max(max(columns) + _EDGE + 1, 0)
    return slice(top, bottom), slice(left, right)


def _touches(printed: Any, differ: Any, scale: float, near: tuple[float, float]) -> bool:
    """Whether something differs on print or ``near`` it: a digit before an amount, say."""
    across, up = (round(side * scale) for side in near)
    for axis, dots in ((1, across), (0, up)):
        reached = printed.copy()
        for by in range(1, min(dots, printed.shape[axis] - 1) + 1):
            if axis:
                reached[:, by:] |= printed[:, :-by]
                reached[:, :-by] |= printed[:, by:]
            else:
                reached[by:] |= printed[:-by]
                reached[:-by] |= printed[by:]
        printed = reached
    return bool((printed & differ).any())


def _hides(before: Any, after: Any) -> bool:
    """Whether most of what was printed there cannot be seen any more."""
    was_dark = before.min(axis=2) < _DARK
    printed = int(was_dark.sum())
    if printed < _FEW_DOTS:
        return False
    gone = was_dark & (after.min(axis=2) > _LIGHT)
    return bool(gone.sum() / printed > _MOST_COVERED)
