"""Sheets before time and copying went over them: printed, typed, tables, and remarks by hand."""

import io
import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from archive_service.demo.drawn_papers import PrintedLine, sentence
from archive_service.demo.ink import DPI, Light
from archive_service.demo.old_papers.wear import share
from archive_service.forms.typst_form import Press, render_bytes

_TEMPLATE = Path(__file__).resolve().parents[1] / "templates" / "typed_letters.typ"
_CELL_PT = (12.0, 24.0)
_ATLAS_COLUMNS = 24
_TYPED_PT = 11.0
_TONES = ("\u0300", "\u0301", "\u0303", "\u0309", "\u0323")


@dataclass(frozen=True, slots=True)
class Sheet:
    """Ink from 0 to 1 on white, and what is printed there in the order of reading."""

    ink: Light
    lines: tuple[PrintedLine, ...]

    @property
    def size(self) -> tuple[int, int]:
        """Width and height in pixels."""
        return self.ink.shape[1], self.ink.shape[0]


def paragraphs(rng: np.random.Generator, letters: int) -> list[str]:
    """Sentences until there are so many letters."""
    lines: list[str] = []
    while sum(map(len, lines)) < letters:
        lines.append(sentence(rng))
    return lines


def printed(
    rng: np.random.Generator,
    fonts: Path,
    *,
    size: tuple[int, int] = (1180, 880),
    face: str = "Tinos-Regular.ttf",
    pixels: int = 37,
    rows: int = 13,
) -> Sheet:
    """Lines of a book's face, flush left, as many as there is room for."""
    font = ImageFont.truetype(str(fonts / face), pixels)
    image = Image.new("L", size, 0)
    draw = ImageDraw.Draw(image)
    left, top, step = 90, 70, round(pixels * 1.55)
    rows = min(rows, (size[1] - 2 * top) // step + 1)
    wide = size[0] - 2 * left
    found: list[PrintedLine] = []
    for number, words in enumerate(_broken(rng, lambda text: font.getlength(text) <= wide, rows)):
        foot = top + step * number + pixels
        text = " ".join(words)
        draw.text((left, foot), text, 255, font, anchor="ls")
        right = left + font.getlength(text)
        found.append(PrintedLine(words, left, foot - pixels, right, foot + 0.25 * pixels))
    return Sheet(share(image), tuple(found))


def typed(
    rng: np.random.Generator,
    fonts: Path,
    *,
    size: tuple[int, int] = (1180, 880),
    marks: str = "typed",
    wear: float = 1.0,
    rows: int = 13,
) -> Sheet:
    """Lines of a typewriter: each letter a little off its place, and pressed as hard as it came.

    Args:
        marks: ``typed`` on the letters, put there by ``hand`` afterwards, or ``none``.
        wear: 0 for a needle printer, whose letters stand where they should.
    """
    atlas, (cell_wide, cell_high) = _letters(fonts)
    left, top, step, pitch = 70, 60, 60, 20
    rows = min(rows, (size[1] - 2 * top) // step + 1)
    most = (size[0] - 2 * left) // pitch
    ink = np.zeros((size[1], size[0]), np.float32)
    found: list[PrintedLine] = []
    for number, line in enumerate(_broken(rng, lambda text: len(text) <= most, rows)):
        words = line if marks != "none" else tuple(_bare(word) for word in line)
        text = " ".join(words)
        foot = top + step * number + 34
        for at, letter in enumerate(text):
            if letter == " ":
                continue
            drawn = _bare(letter) if marks == "hand" else letter
            x = left + pitch * at + round(float(rng.normal(0, 0.7 * wear)))
            y = foot + round(float(rng.normal(0, 1.0 * wear)))
            glyph = atlas[drawn]
            hard = 1.0 - wear * float(rng.uniform(0.0, 0.45))
            x0, y0 = x - round(0.2 * cell_wide), y - round(0.72 * cell_high)
            part = ink[max(0, y0) : y0 + cell_high, max(0, x0) : x0 + cell_wide]
            seen = glyph[max(0, -y0) :, max(0, -x0) :][: part.shape[0], : part.shape[1]]
            np.maximum(part, seen * hard, out=part)
            if marks == "hand":
                _mark(ink, letter, (x + pitch // 2 - 2, y), rng)
        right = left + pitch * len(text)
        found.append(PrintedLine(words, left, foot - 32, right, foot + 10))
    return Sheet(ink, tuple(found))


def table(rng: np.random.Generator, fonts: Path) -> Sheet:
    """A ruled table across a landscape sheet, row by row."""
    font = ImageFont.truetype(str(fonts / "Tinos-Regular.ttf"), 33)
    columns, step, top = (70, 170, 840, 1180, 1530), 62, 70
    image = Image.new("L", (1600, 820), 0)
    draw = ImageDraw.Draw(image)
    found: list[PrintedLine] = []
    rows = 11
    for row in range(rows):
        foot = top + step * row + 42
        words = " ".join(paragraphs(rng, 60)).split()
        cells = (
            str(row + 1),
            _fitting(words, font, 640),
            f"{int(rng.integers(1, 990))}.{int(rng.integers(0, 1000)):03}.000",
            _fitting(words[12:], font, 320),
        )
        for left, text in zip(columns, cells, strict=False):
            draw.text((left + 14, foot), text, 255, font, anchor="ls")
            right = left + 14 + font.getlength(text)
            found.append(PrintedLine(tuple(text.split()), left + 14, foot - 33, right, foot + 9))
    foot = top + step * rows
    for edge in columns:
        draw.line((edge, top, edge, foot), 255, 2)
    for row in range(rows + 1):
        draw.line((columns[0], top + step * row, columns[-1], top + step * row), 255, 2)
    return Sheet(share(image), tuple(found))


def beside(one: Sheet, other: Sheet) -> Sheet:
    """Two pages of an open volume; the left one is read first."""
    shift = one.size[0]
    moved = tuple(
        replace(line, left=line.left + shift, right=line.right + shift) for line in other.lines
    )
    return Sheet(np.concatenate((one.ink, other.ink), axis=1), one.lines + moved)


def scribble(
    ink: Light, rng: np.random.Generator, box: tuple[int, int, int, int], *, pen: int = 4
) -> None:
    """Lines of a running hand in a box (left, top, right, bottom); loops that spell nothing."""
    image = Image.new("L", (ink.shape[1], ink.shape[0]), 0)
    draw = ImageDraw.Draw(image)
    left, top, right, bottom = box
    high = 26.0
    for foot in range(top + 40, bottom, 66):
        x = float(left) + float(rng.uniform(0, 30))
        while x < right - 60:
            points = []
            loops = int(rng.integers(2, 7))
            for step in range(loops * 14):
                turn = step / 14 * math.tau
                tall = 1.0 if rng.random() < 0.9 else 1.8
                points.append(
                    (
                        x + step * 1.5 + 7 * math.sin(turn),
                        foot
                        - high * tall * (0.35 - 0.35 * math.cos(turn + 0.5))
                        + rng.normal(0, 0.7),
                    )
                )
            for a, b in pairwise(points):
                draw.line((*a, *b), 255, pen)
            x = points[-1][0] + float(rng.uniform(22, 40))
    np.maximum(ink, share(image), out=ink)


def _broken(rng: np.random.Generator, fits: Any, rows: int) -> list[tuple[str, ...]]:
    """Sentences broken into so many lines that fit."""
    lines: list[tuple[str, ...]] = []
    while len(lines) < rows:
        row: list[str] = []
        for word in sentence(rng).split():
            if row and not fits(" ".join([*row, word])):
                lines.append(tuple(row))
                row = []
            row.append(word)
        lines.append(tuple(row))
    return lines[:rows]


def _fitting(words: Sequence[str], font: ImageFont.FreeTypeFont, wide: int) -> str:
    """As many of the words as fit."""
    text = ""
    for word in words:
        longer = f"{text} {word}".strip()
        if font.getlength(longer) > wide:
            break
        text = longer
    return text


def _bare(text: str) -> str:
    """Without any mark."""
    signs = unicodedata.normalize("NFD", text)
    plain = "".join(sign for sign in signs if not unicodedata.combining(sign))
    return plain.replace("đ", "d").replace("Đ", "D")


@lru_cache(maxsize=1)
def _alphabet() -> tuple[str, ...]:
    """Every letter that a Vietnamese paper can have."""
    tones = ("", *_TONES)
    marked = {
        unicodedata.normalize("NFC", vowel + tone) for vowel in "aăâeêioôơuưy" for tone in tones
    }
    small = marked | set("bcdđfghjklmnpqrstvwxz")
    signs = set("0123456789.,;:()-–/%\"'+?!")
    return tuple(sorted(small | {letter.upper() for letter in small} | signs))


@lru_cache(maxsize=1)
def _letters(fonts: Path) -> tuple[dict[str, Light], tuple[int, int]]:
    """Each letter as ink in a cell, and the size of a cell."""
    import pypdfium2

    data = {
        "letters": list(_alphabet()),
        "size_pt": _TYPED_PT,
        "cell_pt": list(_CELL_PT),
        "columns": _ATLAS_COLUMNS,
    }
    pdf = render_bytes(_TEMPLATE, data, press=Press(fonts))
    document: Any = pypdfium2.PdfDocument(io.BytesIO(pdf))
    picture = np.asarray(document[0].render(scale=DPI / 72).to_pil().convert("L"))
    document.close()
    ink: Light = 1 - picture.astype(np.float32) / np.float32(255)
    wide, high = (side * DPI / 72 for side in _CELL_PT)
    cells = {}
    for at, letter in enumerate(_alphabet()):
        x, y = round(at % _ATLAS_COLUMNS * wide), round(at // _ATLAS_COLUMNS * high)
        cells[letter] = ink[y : y + int(high), x : x + int(wide)]
    return cells, (int(wide), int(high))


def _mark(ink: Light, letter: str, at: tuple[int, int], rng: np.random.Generator) -> None:
    """The marks of a letter, put over its bare form with a pen."""
    signs = unicodedata.normalize("NFD", letter)
    image = Image.new("L", (60, 90), 0)
    draw = ImageDraw.Draw(image)
    x, y = 30 + float(rng.normal(0, 1.5)), 60.0  # of the foot, in this picture
    up = y - (33 if letter.isupper() else 26) + float(rng.normal(0, 1.2))
    pen = 2
    for sign in signs[1:]:
        if sign == "\u0302":
            draw.line((x - 7, up + 3, x, up - 4, x + 7, up + 3), 255, pen)
        elif sign == "\u0306":
            draw.arc((x - 7, up - 8, x + 7, up + 3), 10, 170, 255, pen)
        elif sign == "\u031b":
            draw.arc((x + 3, up + 2, x + 12, up + 14), 270, 90, 255, pen)
        elif sign == "\u0323":
            draw.ellipse((x - 2, y + 5, x + 2, y + 9), 255)
        else:
            high = up - (8 if "\u0302" in signs or "\u0306" in signs else 0)
            if sign == "\u0301":
                draw.line((x - 2, high + 2, x + 6, high - 7), 255, pen)
            elif sign == "\u0300":
                draw.line((x + 2, high + 2, x - 6, high - 7), 255, pen)
            elif sign == "\u0309":
                draw.arc((x - 4, high - 10, x + 5, high - 1), 200, 90, 255, pen)
            else:
                draw.line(
                    (x - 7, high, x - 2, high - 5, x + 2, high - 1, x + 7, high - 6), 255, pen
                )
    if letter == "đ":
        draw.line((x, y - 22, x + 11, y - 22), 255, pen)
    elif letter == "Đ":
        draw.line((x - 10, y - 13, x + 2, y - 13), 255, pen)
    left, top = at[0] - 30, at[1] - 60
    if left < 0 or top < 0:
        return
    part = ink[top : top + 90, left : left + 60]
    np.maximum(part, share(image)[: part.shape[0], : part.shape[1]], out=part)
