"""The content of a PDF page, and whether one image is all of it; runs in a child process.

Only what is known to show nothing is passed over: all else that lies over an image, or hides part
of it, makes the page one that has to be drawn.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pikepdf

HIDDEN = 3  # text rendering mode of a layer of recognised words
_CLIPS = 7  # and of words that show nothing, but clip what comes after them
SLACK = 2.0  # points by which an image may stand over its page or be cut: sizes are rounded
_SHOWS = frozenset(("Tj", "TJ", "'", '"'))
_LINES = frozenset("mlcvy")
_ASKEW = 0.01  # of the longest side
_DEEPEST = 8  # forms within forms
# They set something, or begin, end and mark; they show nothing.
_SILENT = frozenset(
    [
        *("w", "J", "j", "M", "d", "ri", "i", "h"),
        *("BT", "ET", "Tc", "Tw", "Tz", "TL", "Tf", "Ts", "Td", "TD", "Tm", "T*"),
        *("CS", "cs", "SC", "SCN", "sc", "scn", "G", "g", "RG", "rg", "K", "k"),
        *("MP", "DP", "BMC", "EMC", "BX", "EX"),
    ]
)
_UNSEEN_NOTES = ("/Link", "/Popup")  # unless they bring a look of their own
_NOT_SHOWN = 0x02 | 0x20  # flags of an annotation: hidden, not for the screen

Matrix = tuple[float, float, float, float, float, float]
Box = tuple[float, float, float, float]  # left, bottom, right, top
_SQUARE: Box = (0.0, 0.0, 1.0, 1.0)  # of an image, before its matrix
_UNIT: Matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
_NOTHING: Box = (0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Placed:
    """An image and where it stands, in points of the page."""

    image: Any  # pikepdf.Object; None: written into the content itself
    matrix: Matrix

    @property
    def width(self) -> float:
        return math.hypot(self.matrix[0], self.matrix[1])

    @property
    def height(self) -> float:
        return math.hypot(self.matrix[2], self.matrix[3])


@dataclass(slots=True)
class Content:
    """The content of a page."""

    placed: list[Placed] = field(default_factory=list)
    text: bool = False  # that can be seen
    below: bool = False  # something is painted before the first image
    text_below: bool = False  # so are words
    drawn: bool = False  # something is painted later, or an image is not shown whole and as it is

    @property
    def is_empty(self) -> bool:
        """Whether nothing at all is shown."""
        return not (self.placed or self.text or self.text_below or self.below or self.drawn)


@dataclass(frozen=True, slots=True)
class _State:
    """The graphics state that ``q`` keeps and ``Q`` brings back."""

    matrix: Matrix
    shown: Box  # what clips leave of the page
    mode: int = 0


def content_of(page: "pikepdf.Page") -> Content:
    """Walk through all that the page shows, the forms and annotations too."""
    content = Content()
    visible = _rectangle([float(number) for number in page.cropbox], _UNIT)
    _Walk(content, page.get("/Resources"), _State(_UNIT, visible), 0).through(page)
    if any(_shows_note(note) for note in page.get("/Annots", ())):
        content.drawn = True
    # What was painted before is seen where the first image does not cover it.
    covers = bool(content.placed) and _covers(content.placed[0], visible)
    content.drawn = content.drawn or (content.below and not covers)
    content.text = content.text or (content.text_below and not covers)
    return content


def _covers(placed: Placed, visible: Box) -> bool:
    """Whether nothing below the image can be seen; a program that reads scans hides words there."""
    image = placed.image
    sheer = image is None or any(key in image for key in ("/SMask", "/Mask", "/ImageMask"))
    return not sheer and _holds(_rectangle(_SQUARE, placed.matrix), visible)


class _Walk:
    """Through one content stream, and through the forms that it shows."""

    def __init__(self, content: Content, resources: Any, state: _State, depth: int) -> None:
        self.content, self.resources, self.now, self.depth = content, resources, state, depth
        self._kept: list[_State] = []
        self._path: list[Box] = []
        self._clips = False
        self._acts: dict[str, Callable[[Any], None]] = {
            "q": lambda _: self._kept.append(self.now),
            "Q": self._bring_back,
            "cm": self._turn,
            "Tr": self._set_mode,
            "re": self._add_rectangle,
            "Do": self._show,
            "gs": self._set_state,
            "BDC": self._mark,
            "INLINE IMAGE": lambda _: self.content.placed.append(Placed(None, self.now.matrix)),
            **dict.fromkeys(_LINES, lambda _: self._path.append(_NOTHING)),
            **dict.fromkeys(_SHOWS, self._show_text),
            **dict.fromkeys(("W", "W*"), self._clip),
            "n": self._end_path,
        }

    def through(self, holder: Any) -> None:
        import pikepdf

        for step in pikepdf.parse_content_stream(holder):
            name = str(step.operator)
            if (act := self._acts.get(name)) is not None:
                act(step.operands)
            elif name not in _SILENT:
                self._paint()
                self._end_path(())

    def _bring_back(self, _: Any) -> None:
        if self._kept:
            self.now = self._kept.pop()

    def _turn(self, operands: Any) -> None:
        self.now = replace(self.now, matrix=_times(_matrix(operands), self.now.matrix))

    def _set_mode(self, operands: Any) -> None:
        self.now = replace(self.now, mode=int(operands[0]))

    def _add_rectangle(self, operands: Any) -> None:
        x, y, width, height = (float(number) for number in operands)
        self._path.append(_rectangle((x, y, x + width, y + height), self.now.matrix))

    def _clip(self, _: Any) -> None:
        self._clips = True

    def _end_path(self, _: Any) -> None:
        """End a path; content that no single rectangle clips is taken for hidden."""
        if self._clips:
            left = self._path[0] if len(self._path) == 1 else _NOTHING
            self.now = replace(self.now, shown=_common(self.now.shown, left))
        self._path, self._clips = [], False

    def _show_text(self, operands: Any) -> None:
        if self.now.mode == HIDDEN or _is_empty(operands[-1]):
            return
        if self.now.mode == _CLIPS:
            self.content.drawn = True
        elif self.content.placed:
            self.content.text = True
        else:
            self.content.text_below = True

    def _set_state(self, operands: Any) -> None:
        if _alters(_named(self.resources, "/ExtGState", operands[0])):
            self.content.drawn = True

    def _mark(self, operands: Any) -> None:
        if str(operands[0]) == "/OC":  # a layer that may be switched off
            self.content.drawn = True

    def _show(self, operands: Any) -> None:
        item = _named(self.resources, "/XObject", operands[0])
        if item is None:
            return
        kind, now = item.get("/Subtype"), self.now
        if "/OC" in item or self.depth > _DEEPEST:
            self.content.drawn = True
        if kind == "/Image":
            self.content.placed.append(Placed(item, now.matrix))
            if not _holds(now.shown, _rectangle(_SQUARE, now.matrix)):
                self.content.drawn = True
        elif kind == "/Form" and self.depth <= _DEEPEST:
            matrix = _times(_matrix(item.get("/Matrix", _UNIT)), now.matrix)
            box = _rectangle([float(number) for number in item.get("/BBox", _SQUARE)], matrix)
            inner = replace(now, matrix=matrix, shown=_common(now.shown, box))
            below = item.get("/Resources", self.resources)
            _Walk(self.content, below, inner, self.depth + 1).through(item)

    def _paint(self) -> None:
        if self.content.placed:
            self.content.drawn = True
        else:
            self.content.below = True


def _is_empty(shown: Any) -> bool:
    """Whether a string, or a row of strings and gaps, holds no letter."""
    import pikepdf

    pieces = shown if isinstance(shown, pikepdf.Array) else [shown]
    return not any(bytes(piece) for piece in pieces if isinstance(piece, pikepdf.String))


def _named(resources: Any, kind: str, name: Any) -> Any:
    return None if resources is None else resources.get(kind, {}).get(str(name))


def _alters(state: Any) -> bool:
    """Whether an extended graphics state lets an image look different from its bytes."""
    if state is None:
        return False
    return (
        float(state.get("/ca", 1)) != 1
        or state.get("/SMask", "/None") != "/None"
        or state.get("/BM", "/Normal") not in ("/Normal", "/Compatible")
        or "/TR" in state
        or "/TR2" in state
    )


def _shows_note(note: Any) -> bool:
    if int(note.get("/F", 0)) & _NOT_SHOWN:
        return False
    return "/AP" in note or str(note.get("/Subtype")) not in _UNSEEN_NOTES


def _matrix(operands: Any) -> Matrix:
    a, b, c, d, e, f = (float(number) for number in operands)
    return a, b, c, d, e, f


def _times(one: Matrix, other: Matrix) -> Matrix:
    """``one`` and then ``other`` (ISO 32000-1, 8.3.4)."""
    a, b, c, d, e, f = one
    g, h, i, j, k, m = other
    return (
        a * g + b * i,
        a * h + b * j,
        c * g + d * i,
        c * h + d * j,
        e * g + f * i + k,
        e * h + f * j + m,
    )


def _rectangle(box: Any, matrix: Matrix) -> Box:
    """Where the box stands on the page; nothing where it stands askew."""
    left, bottom, right, top = box
    a, b, c, d, e, f = matrix
    if max(min(abs(a), abs(b)), min(abs(c), abs(d))) > _ASKEW * max(map(abs, (a, b, c, d))):
        return _NOTHING
    corners = [(x, y) for x in (left, right) for y in (bottom, top)]
    across = [a * x + c * y + e for x, y in corners]
    up = [b * x + d * y + f for x, y in corners]
    return min(across), min(up), max(across), max(up)


def _common(one: Box, other: Box) -> Box:
    left, bottom = max(one[0], other[0]), max(one[1], other[1])
    right, top = min(one[2], other[2]), min(one[3], other[3])
    return (left, bottom, right, top) if left < right and bottom < top else _NOTHING


def _holds(outer: Box, inner: Box) -> bool:
    return (
        outer[0] - SLACK <= inner[0]
        and outer[1] - SLACK <= inner[1]
        and outer[2] + SLACK >= inner[2]
        and outer[3] + SLACK >= inner[3]
    )
