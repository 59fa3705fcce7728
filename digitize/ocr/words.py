"""Words as they were read from one page, in reading order, with where they stand."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from digitize.ocr.clean import UNCHANGED, Matrix

UNREAD_LOWERS = 5.0  # so that a page of which a twentieth is unread comes to a person

Box = tuple[int, int, int, int]  # left, top, right, bottom; pixels of the page as it was scanned


@dataclass(frozen=True, slots=True)
class Word:
    """One word and its box, in pixels of the image that was read."""

    text: str
    confidence: float  # 0 to 100
    left: int
    top: int
    right: int
    bottom: int
    possible: bool = True  # False: letters that no Vietnamese word can have, see syllables.py


@dataclass(frozen=True, slots=True)
class Line:
    """One line of words; the baseline runs from its left end to its right one."""

    words: tuple[Word, ...]
    left: int
    top: int
    right: int
    bottom: int
    baseline_left: float  # y at ``left``
    baseline_right: float  # y at ``right``
    starts_block: bool  # a new column, paragraph or frame begins here

    @property
    def text(self) -> str:
        """The words, one space between them."""
        return " ".join(word.text for word in self.words)

    @property
    def slope(self) -> float:
        """By how much the baseline falls from one pixel to the next."""
        return (self.baseline_right - self.baseline_left) / max(1, self.right - self.left)

    def baseline_at(self, x: float) -> float:
        """The y of its baseline there."""
        return self.baseline_left + self.slope * (x - self.left)

    def part(self, words: Sequence[Word]) -> "Line":
        """Some of its words as a line of their own, on the same baseline."""
        if len(words) == len(self.words):
            return self
        left, right = min(word.left for word in words), max(word.right for word in words)
        return Line(
            words=tuple(words),
            left=left,
            top=min(word.top for word in words),
            right=right,
            bottom=max(word.bottom for word in words),
            baseline_left=self.baseline_at(left),
            baseline_right=self.baseline_at(right),
            starts_block=self.starts_block and words[0] is self.words[0],
        )

    def enlarged(self, scale: float) -> "Line":
        """The same line on an image so many times as large."""
        if scale == 1.0:
            return self

        def times(side: float) -> int:
            return round(scale * side)

        return replace(
            self,
            left=times(self.left),
            top=times(self.top),
            right=times(self.right),
            bottom=times(self.bottom),
            baseline_left=scale * self.baseline_left,
            baseline_right=scale * self.baseline_right,
            words=tuple(
                replace(
                    word,
                    left=times(word.left),
                    top=times(word.top),
                    right=times(word.right),
                    bottom=times(word.bottom),
                )
                for word in self.words
            ),
        )


@dataclass(frozen=True, slots=True)
class PageReading:
    """What was read from one page; sizes are those of the page as it was scanned."""

    width_px: int
    height_px: int
    dpi: float
    lines: tuple[Line, ...] = ()
    to_page: Matrix = UNCHANGED  # from the image that was read to the page as it was scanned
    skew_deg: float = 0.0
    software: str = ""  # engine and model, for PREMIS and ALTO
    # What is stamped at the upper left in red ink or in a frame; no part of the page's text.
    stamped: tuple[Line, ...] = ()
    guessed: int = 0  # words left out: strokes of a hand, of drawings, stains, that are no print
    unread: float = 0.0  # share, 0 to 1, of the signs as large as letters that no sure word covers
    cut: bool = False  # the time of a page was over before all of it was read

    @property
    def text(self) -> str:
        """Plain text, a line of the page a line, an empty line between blocks."""
        parts: list[str] = []
        for line in self.lines:
            if line.starts_block and parts:
                parts.append("")
            parts.append(line.text)
        return "\n".join(parts)

    @property
    def confidence(self) -> float | None:
        """Mean over the letters, 0 to 100, less for what was not read; ``None`` without a word."""
        letters = sum(len(word.text) for word in self.iter_words())
        if not letters:
            return None
        weighed = sum(len(word.text) * word.confidence for word in self.iter_words())
        return round(weighed / letters * max(0.0, 1 - UNREAD_LOWERS * self.unread), 1)

    @property
    def impossible_share(self) -> float | None:
        """Share of the words, 0 to 1, that cannot exist; ``None`` where no word was read."""
        words = list(self.iter_words())
        if not words:
            return None
        return round(sum(not word.possible for word in words) / len(words), 4)

    def iter_words(self) -> Iterator[Word]:
        """All words in reading order."""
        for line in self.lines:
            yield from line.words

    def on_page(self, item: Word | Line) -> Box:
        """The upright box on the page as it was scanned around a box of the image that was read."""
        a, b, c, d, e, f = self.to_page
        corners = [(x, y) for y in (item.top, item.bottom) for x in (item.left, item.right)]
        xs = [a * x + c * y + e for x, y in corners]
        ys = [b * x + d * y + f for x, y in corners]
        return (
            max(0, round(min(xs))),
            max(0, round(min(ys))),
            min(self.width_px, round(max(xs))),
            min(self.height_px, round(max(ys))),
        )
