"""A page as pieces of print: words that stand together in one row, apart from the next column."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from statistics import median

from archive_service.text import fold
from digitize.ocr.edit_distance import edits
from digitize.ocr.words import Line, PageReading, Word

Box = tuple[float, float, float, float]  # left, top, right, bottom in shares of the upright page

HEAD = 0.36  # share of the page above which columns stand close together
GAP_IN_HEAD = 0.9  # of the height of a row: a wider gap parts two columns
GAP_BELOW = 1.6
# The name of the state opens the right column, however close the left one comes.
_OPENS_COLUMN = (("cong", "hoa", "xa"), ("doc", "lap", "tu"), ("doc", "lap"))


@dataclass(frozen=True, slots=True)
class Piece:
    """Words of one row; ``left`` to ``bottom`` in shares of the page as its lines lie level."""

    words: tuple[Word, ...]
    left: float
    top: float
    right: float
    bottom: float

    @property
    def text(self) -> str:
        """The words, one space between them."""
        return " ".join(word.text for word in self.words)

    @property
    def folded(self) -> str:
        """The same without case and marks."""
        return fold(self.text)

    @property
    def middle(self) -> float:
        """Where its middle stands, from the left."""
        return (self.left + self.right) / 2

    @property
    def height(self) -> float:
        """Share of the page's height."""
        return self.bottom - self.top

    @property
    def confidence(self) -> float:
        """Mean over the letters, 0 to 100."""
        letters = sum(len(word.text) for word in self.words)
        return sum(len(word.text) * word.confidence for word in self.words) / max(letters, 1)

    @property
    def is_capital(self) -> bool:
        """Whether it is printed in capitals."""
        letters = [letter for letter in self.text if letter.isalpha()]
        small = sum(1 for letter in letters if letter.islower())
        return len(letters) > 1 and small <= len(letters) // 8

    def within(self, box: Box) -> bool:
        """Whether its middle lies in the box."""
        left, top, right, bottom = box
        return left <= self.middle <= right and top <= (self.top + self.bottom) / 2 <= bottom


def pieces_of(reading: PageReading) -> list[Piece]:
    """All pieces from top to bottom, those of one row from left to right."""
    sheet = _Sheet.of(reading)
    parts: list[tuple[Word, ...]] = []
    for line in reading.lines:
        parts.extend(_apart(line, sheet))
    joined = _joined(parts, sheet)
    return sorted(
        (sheet.piece(words) for words in joined), key=lambda piece: (piece.top, piece.left)
    )


def stamps_of(reading: PageReading) -> list[Piece]:
    """What is stamped at the upper left, in red ink or in a frame; a line a piece."""
    sheet = _Sheet.of(reading)
    return [sheet.piece(line.words) for line in reading.stamped if line.words]


def place_of(reading: PageReading, words: Sequence[Word]) -> Box:
    """The box around these words in shares of the upright page, as it is shown to people."""
    a, b, c, d, e, f = reading.to_page
    corners = [
        (a * x + c * y + e, b * x + d * y + f)
        for word in words
        for x in (word.left, word.right)
        for y in (word.top, word.bottom)
    ]
    return _around(corners, reading, turn_of(reading))


def place_of_box(box: tuple[int, int, int, int], reading: PageReading, turn_deg: int) -> Box:
    """The same for a box of the page as it was scanned, which stands upright turned so far."""
    left, top, right, bottom = box
    return _around([(left, top), (right, bottom)], reading, turn_deg)


def box_of_place(place: Box, reading: PageReading, turn_deg: int) -> tuple[int, int, int, int]:
    """The way back: a place of the upright page in pixels of the page as it was scanned."""
    wide, high = upright_size(reading, turn_deg)
    left, top, right, bottom = place
    upright = replace(reading, width_px=wide, height_px=high)  # as if that had been scanned
    corners = [(left * wide, top * high), (right * wide, bottom * high)]
    turned = [_upright(corner, -turn_deg % 360, upright) for corner in corners]
    across, down = [round(x) for x, _ in turned], [round(y) for _, y in turned]
    return min(across), min(down), max(across), max(down)


def upright_size(reading: PageReading, turn_deg: int) -> tuple[int, int]:
    """Width and height of the page as it is shown to people."""
    wide, high = max(reading.width_px, 1), max(reading.height_px, 1)
    return (high, wide) if turn_deg in (90, 270) else (wide, high)


def like(text: str, wanted: str, *, share: float = 0.2) -> bool:
    """Whether folded ``text`` may be ``wanted`` badly read: one letter in ``1 / share`` differs."""
    return edits(text, wanted) <= int(len(wanted) * share)


def rows(pieces: Iterable[Piece]) -> Iterator[list[Piece]]:
    """Pieces by row: those whose middles lie within each other's height."""
    row: list[Piece] = []
    for piece in sorted(pieces, key=lambda piece: piece.top + piece.bottom):
        if row and (piece.top + piece.bottom) / 2 > row[0].bottom:
            yield sorted(row, key=lambda piece: piece.left)
            row = []
        row.append(piece)
    if row:
        yield sorted(row, key=lambda piece: piece.left)


@dataclass(frozen=True, slots=True)
class _Sheet:
    """The upright page inside the levelled image, which is larger by its turned corners."""

    wide: float
    high: float
    left: float
    top: float

    @classmethod
    def of(cls, reading: PageReading) -> "_Sheet":
        wide, high = upright_size(reading, turn_of(reading))
        sine = abs(math.sin(math.radians(reading.skew_deg)))
        cosine = math.cos(math.radians(reading.skew_deg))
        left = (wide * cosine + high * sine - wide) / 2 if reading.skew_deg else 0.0
        top = (high * cosine + wide * sine - high) / 2 if reading.skew_deg else 0.0
        return cls(wide, high, left, top)

    def piece(self, words: tuple[Word, ...]) -> Piece:
        left, right = min(word.left for word in words), max(word.right for word in words)
        top, bottom = min(word.top for word in words), max(word.bottom for word in words)
        return Piece(
            words,
            (left - self.left) / self.wide,
            (top - self.top) / self.high,
            (right - self.left) / self.wide,
            (bottom - self.top) / self.high,
        )

    def in_head(self, word: Word) -> bool:
        return (word.top - self.top) / self.high < HEAD


def _apart(line: Line, sheet: _Sheet) -> Iterator[tuple[Word, ...]]:
    """The line cut where the next column begins."""
    words = sorted(line.words, key=lambda word: word.left)
    if not words:
        return
    height = median(word.bottom - word.top for word in words)
    names = [fold(word.text).strip(".,:;-") for word in words]
    run = [words[0]]
    for number, word in enumerate(words[1:], start=1):
        allowed = (GAP_IN_HEAD if sheet.in_head(word) else GAP_BELOW) * height
        if word.left - run[-1].right > allowed or _opens_column(names[number:]):
            yield tuple(run)
            run = []
        run.append(word)
    yield tuple(run)


def _opens_column(names: Sequence[str]) -> bool:
    return any(tuple(names[: len(opening)]) == opening for opening in _OPENS_COLUMN)


def _joined(parts: list[tuple[Word, ...]], sheet: _Sheet) -> list[tuple[Word, ...]]:
    """Parts that the engine took for different lines, though they stand in one row, close by."""
    done: list[tuple[Word, ...]] = []
    for part in sorted(parts, key=lambda words: words[0].left):
        for number, earlier in enumerate(done):
            if _continues(earlier, part, sheet):
                done[number] = earlier + part
                break
        else:
            done.append(part)
    return done


def _continues(earlier: tuple[Word, ...], part: tuple[Word, ...], sheet: _Sheet) -> bool:
    before, after = earlier[-1], part[0]
    if before.right > after.left + (after.right - after.left) / 2:
        return False
    heights = before.bottom - before.top, after.bottom - after.top
    overlap = min(before.bottom, after.bottom) - max(before.top, after.top)
    if overlap < 0.6 * min(heights) or max(heights) > 2.5 * min(heights):
        return False
    allowed = (GAP_IN_HEAD if sheet.in_head(after) else GAP_BELOW) * min(heights)
    if after.left - before.right > allowed:
        return False
    return not _opens_column([fold(word.text).strip(".,:;-") for word in part])


def turn_of(reading: PageReading) -> int:
    """Clockwise from the scanned page to the upright one, as it was read."""
    a, b, *_ = reading.to_page
    return round(-math.degrees(math.atan2(b, a)) / 90) % 4 * 90


def _around(corners: Sequence[tuple[float, float]], reading: PageReading, turn_deg: int) -> Box:
    wide, high = upright_size(reading, turn_deg)
    shown = [_upright(corner, turn_deg, reading) for corner in corners]
    across, down = [x / wide for x, _ in shown], [y / high for _, y in shown]
    return _inside(min(across)), _inside(min(down)), _inside(max(across)), _inside(max(down))


def _upright(point: tuple[float, float], turn: int, reading: PageReading) -> tuple[float, float]:
    x, y = point
    if turn == 90:
        return reading.height_px - y, x
    if turn == 180:
        return reading.width_px - x, reading.height_px - y
    if turn == 270:
        return y, reading.width_px - x
    return point


def _inside(share: float) -> float:
    return round(min(max(share, 0.0), 1.0), 4)
