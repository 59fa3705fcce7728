"""Two revisions of a page as PDFium draws them, compared dot by dot."""

from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pypdfium2

Box = tuple[float, float, float, float]  # left, bottom, right, top, in the units of the page

_DPI = 100
_MOST_DOTS = 3_000_000
_DARK, _LIGHT = 110, 190  # of 255: print, and paper
_FEW_DOTS = 150  # print of a few letters; less of it may be a frame or a dotted line
_MOST_COVERED = 0.5  # of the print below the picture of a signature
_EDGE = 2  # dots by which a box is widened


@dataclass(frozen=True, slots=True)
class Looks:
    """What differs on a page. ``boxes`` are the names of those within which dots differ."""

    outside: bool
    boxes: frozenset[str]
    covered: frozenset[str]


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

    def compare(
        self, old_page: int, new_page: int, boxes: dict[str, list[Box]], signed: set[str]
    ) -> Looks:
        """How two pages differ; by counts from 0.

        Args:
            boxes: by name the spots whose differences are told by that name.
            signed: names of those that hold the picture of a further signature.
        """
        import numpy as np

        first, second = self._old[old_page], self._new[new_page]
        try:
            if first.get_size() != second.get_size():
                return Looks(outside=True, boxes=frozenset(), covered=frozenset())
            scale = _scale(*first.get_size())
            before, after = _dots(first, scale), _dots(second, scale)
            if before.shape != after.shape:
                return Looks(outside=True, boxes=frozenset(), covered=frozenset())
            differ = np.any(before != after, axis=2)
            if not differ.any():
                return Looks(outside=False, boxes=frozenset(), covered=frozenset())
            names, covered = set(), set()
            if boxes and np.any(_dots(first, scale, bare=True) != _dots(second, scale, bare=True)):
                return Looks(outside=True, boxes=frozenset(), covered=frozenset())
            for name, spots in boxes.items():
                for spot in spots:
                    rows, columns = _spot(second, spot, after.shape)
                    if not differ[rows, columns].any():
                        continue
                    names.add(name)
                    if name in signed and _hides(before[rows, columns], after[rows, columns]):
                        covered.add(name)
                    differ[rows, columns] = False
            return Looks(bool(differ.any()), frozenset(names), frozenset(covered))
        finally:
            first.close()
            second.close()


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


def _dots(page: Any, scale: float, *, bare: bool = False) -> Any:
    """Colours; ``bare``: of the page itself, without what lies on it."""
    bitmap = page.render(scale=scale, may_draw_forms=not bare, draw_annots=not bare)
    try:
        return bitmap.to_numpy()[:, :, :3].copy()
    finally:
        bitmap.close()


def _spot(page: Any, box: Box, shape: tuple[int, ...]) -> tuple[slice, slice]:
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


def _hides(before: Any, after: Any) -> bool:
    """Whether most of what was printed there cannot be seen any more."""
    was_dark = before.min(axis=2) < _DARK
    printed = int(was_dark.sum())
    if printed < _FEW_DOTS:
        return False
    gone = was_dark & (after.min(axis=2) > _LIGHT)
    return bool(gone.sum() / printed > _MOST_COVERED)
