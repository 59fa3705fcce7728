"""Papers drawn by lot in the layout of NĐ 30/2020, as many as wanted: what accuracy is measured on.

Text, names, figures, type face, stamp, signature, scanner and skew come from a seed: the same seed
gives the same page on every machine.
"""

import math
import re
import tempfile
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from archive_service.demo.ink import DPI, InkMarks
from archive_service.demo.papers import FOLDER, TEMPLATE
from archive_service.demo.scans import A4_PIXELS, Scanner, page_images, pixel_box, scan
from archive_service.forms.typst_form import FONTS, Press, render, signature_place

_SLOT = re.compile(r"\{(\w+)\}")
# The face that NĐ 30/2020 asks for, mostly; the other comes with the printing program.
_FACES = ("Tinos", "Tinos", "Tinos", "Libertinus Serif")
_BREAK = "\ufffe"  # what PDFium tells for the hyphen at the end of a line
_GAP = 0.9  # of a line's height: wider than the space of a justified line


@dataclass(frozen=True, slots=True)
class PrintedLine:
    """One run of words as printed, and its box on the level sheet, in pixels."""

    words: tuple[str, ...]
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class DrawnPage:
    """One scanned page, and what is printed on it in the order in which it is to be read."""

    name: str
    jpeg: bytes
    lines: tuple[PrintedLine, ...]
    skew_deg: float  # anticlockwise, about the middle of the page
    face: str  # in which its text is printed

    def on_sheet(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the scan would be on the sheet, had it lain straight."""
        angle = math.radians(self.skew_deg)
        dx, dy = x - A4_PIXELS[0] / 2, y - A4_PIXELS[1] / 2
        return (
            A4_PIXELS[0] / 2 + dx * math.cos(angle) - dy * math.sin(angle),
            A4_PIXELS[1] / 2 + dx * math.sin(angle) + dy * math.cos(angle),
        )


def drawn_pages(seed: int, count: int, *, fonts: Path = FONTS) -> Iterator[DrawnPage]:
    """``count`` pages; page ``n`` of a seed is the same however many are asked for."""
    given = 0
    for paper in range(count):
        rng = np.random.default_rng((seed, paper))
        for page in _paper_pages(rng, f"{seed}-{paper + 1:03}", fonts):
            if given == count:
                return
            yield page
            given += 1


def _paper_pages(rng: np.random.Generator, name: str, fonts: Path) -> Iterator[DrawnPage]:
    data = _data(rng)
    with tempfile.TemporaryDirectory() as temporary:
        pdf = Path(temporary) / "paper.pdf"
        render(TEMPLATE, data, pdf, press=Press(fonts))
        place = signature_place(TEMPLATE, data, press=Press(fonts))
        pictures = list(page_images(pdf))
        printed = list(_printed(pdf))
    for number, (picture, lines) in enumerate(zip(pictures, printed, strict=True)):
        skew = float(rng.uniform(-2.5, 2.5)) if rng.random() < 0.6 else 0.0
        marks = None
        if place is not None and place.page == number:
            around = f"{data['issuer_above']} * {data['issuer']}".upper()
            marks = InkMarks(pixel_box(place), around, "DẤU\nCƠ QUAN")
        jpeg = scan(
            picture,
            rng,
            fonts=fonts,
            skew_degrees=skew,
            marks=marks,
            scanner=_scanner(rng),
            back=pictures[number - 1],
        )
        yield DrawnPage(f"{name}-{number + 1}", jpeg, lines, skew, str(data["font"]))


def _scanner(rng: np.random.Generator) -> Scanner:
    """Of ten pages, two are blurred, two noisy, one shines through; the others are usual."""
    kind = rng.random()
    usual = Scanner(
        blur_px=float(rng.uniform(0.5, 0.8)),
        toner=float(rng.uniform(0.75, 0.92)),
        grain=float(rng.uniform(2.0, 5.0)),
        quality=int(rng.integers(70, 92)),
    )
    if kind < 0.2:
        return Scanner(float(rng.uniform(1.0, 1.35)), usual.toner, usual.grain)
    if kind < 0.4:
        grain = float(rng.uniform(8.0, 14.0))
        return Scanner(usual.blur_px, usual.toner, grain, specks=(150, 400), quality=usual.quality)
    if kind < 0.5:
        return Scanner(usual.blur_px, usual.toner, shine_through=float(rng.uniform(0.08, 0.2)))
    return usual


def sentence(rng: np.random.Generator) -> str:
    """One sentence of a paper's body, its slots drawn."""
    return _filled(rng, _one_of(rng, "sentences"))


def _data(rng: np.random.Generator) -> dict[str, object]:
    """What the form of a paper is filled with."""
    kind = _one_of(rng, "types")
    place, agency = _one_of(rng, "place"), _one_of(rng, "agency")
    number = f"{_number(rng)}/{'QĐ' if kind == 'Quyết định' else 'BC'}-UBND"
    pages = [_body(rng, kind)]
    if rng.random() < 0.4:
        pages.append([_filled(rng, _one_of(rng, "sentences")) for _ in range(_int(rng, 5, 9))])
    return {
        "title": kind,
        "font": _FACES[_int(rng, 0, len(_FACES))],
        "size_pt": _int(rng, 13, 15),
        "issuer_above": f"UBND {place}",
        "issuer": agency,
        "number": number,
        "place_and_date": f"{' '.join(place.split()[-2:])}, ngày {_day(rng)}",
        "type": "" if kind == "Công văn" else kind,
        "subject": _filled(rng, _one_of(rng, "subject")),
        "addressee": _one_of(rng, "agency") if kind in ("Công văn", "Tờ trình") else "",
        "pages": pages,
        "table": _table(rng) if rng.random() < 0.35 else None,
        "table_after": 1,
        "recipients": [f"{_filled(rng, _one_of(rng, 'recipients'))};" for _ in range(3)]
        + ["Lưu: VT, TH."],
        "position": _one_of(rng, "post"),
        "name": _one_of(rng, "person"),
    }


def _body(rng: np.random.Generator, kind: str) -> list[str]:
    """The paragraphs of page 1; as many as leave room for its foot."""
    paragraphs = [_filled(rng, _one_of(rng, "grounds")) for _ in range(_int(rng, 0, 4))]
    if kind == "Quyết định":
        paragraphs.append("QUYẾT ĐỊNH:")
        articles = _table_of("articles")[: _int(rng, 2, 5)]
        return paragraphs + [_filled(rng, text, ordinal=n) for n, text in enumerate(articles, 1)]
    for heading in _table_of("headings")[: _int(rng, 1, 4)]:
        paragraphs.append(heading)
        paragraphs += [_filled(rng, _one_of(rng, "sentences")) for _ in range(_int(rng, 1, 6))]
    return paragraphs


def _table(rng: np.random.Generator) -> dict[str, object]:
    rows = [
        [str(n), _one_of(rng, "item"), _one_of(rng, "unit"), str(_int(rng, 2, 900)), _money(rng)]
        for n in range(1, _int(rng, 4, 8))
    ]
    return {"columns": list(_table_of("columns")), "rows": rows}


def _filled(rng: np.random.Generator, text: str, *, ordinal: int = 0) -> str:
    """The sentence with every slot drawn anew; what is drawn may have slots of its own."""

    def drawn(slot: re.Match[str]) -> str:
        made = {
            "count": lambda: str(_int(rng, 2, 4000)),
            "money": lambda: _money(rng),
            "day": lambda: _day(rng),
            "number": lambda: f"{_number(rng)}/{_int(rng, 2008, 2024)}",
            "share": lambda: f"{_int(rng, 1, 100)},{_int(rng, 0, 10)}%",
            "year": lambda: str(_int(rng, 2005, 2026)),
            "ordinal": lambda: str(ordinal or _int(rng, 2, 6)),
        }
        name = slot.group(1)
        return made[name]() if name in made else _filled(rng, _one_of(rng, name))

    return _SLOT.sub(drawn, text)


def _int(rng: np.random.Generator, low: int, high: int) -> int:
    return int(rng.integers(low, high))


def _number(rng: np.random.Generator) -> str:
    return str(_int(rng, 10, 3000))


def _money(rng: np.random.Generator) -> str:
    return f"{_int(rng, 1, 990)}.{_int(rng, 0, 1000):03}.000"


def _day(rng: np.random.Generator) -> str:
    day, month, year = _int(rng, 1, 29), _int(rng, 1, 13), _int(rng, 2005, 2025)
    return f"{day:02} tháng {month:02} năm {year}"


def _one_of(rng: np.random.Generator, name: str) -> str:
    lines = _table_of(name)
    return lines[_int(rng, 0, len(lines))]


def _table_of(name: str) -> Sequence[str]:
    lines: Sequence[str] = _texts()[name]
    return lines


@lru_cache(maxsize=1)
def _texts() -> Mapping[str, Any]:
    return tomllib.loads((FOLDER / "texts" / "drawn.toml").read_text(encoding="utf-8"))


def _printed(pdf: Path) -> Iterator[tuple[PrintedLine, ...]]:
    """The runs of words of every page, in the order of the print program: cell by cell."""
    import pypdfium2

    document: Any = pypdfium2.PdfDocument(pdf)
    try:
        for page in document:
            lines = list(_runs(page.get_textpage()))
            yield tuple(_by_columns([line for line in lines if not _is_told_twice(line, lines)]))
    finally:
        document.close()


def _is_told_twice(line: PrintedLine, lines: Sequence[PrintedLine]) -> bool:
    """A letter within another line: some faces tell one of theirs once more, alone."""
    return len("".join(line.words)) == 1 and any(
        other is not line
        and other.left < line.left < other.right
        and other.top < (line.top + line.bottom) / 2 < other.bottom
        for other in lines
    )


def _by_columns(lines: list[PrintedLine]) -> list[PrintedLine]:
    """The head's left column whole before its right one; the program prints it row by row."""
    state = next((line for line in lines if line.words[:2] == ("CỘNG", "HÒA")), None)
    if state is None:
        return lines
    end = next(at for at, line in enumerate(lines) if "ngày" in line.words) + 1
    while end < len(lines) and lines[end].right < state.left:  # the abstract below the number
        end += 1
    head, left_end = lines[:end], state.left
    left = [line for line in head if line.right <= left_end]
    right = [line for line in head if line.right > left_end]
    return left + right + lines[end:]


def _runs(text: Any) -> Iterator[PrintedLine]:
    """Letters joined to words, words to runs, where neither place nor line changes."""
    run: list[tuple[str, float, float, float, float]] = []
    for word in _words(text):
        if run and not _follows(run[-1], word):
            yield _line(run)
            run = []
        run.append(word)
    if run:
        yield _line(run)


def _words(text: Any) -> Iterator[tuple[str, float, float, float, float]]:
    """Words with their boxes in pixels, y from above."""
    letters = ""
    box = (0.0, 0.0, 0.0, 0.0)
    for at in range(text.count_chars()):
        letter = text.get_text_range(at, 1).replace(_BREAK, "-")
        if not letter.strip():
            if letters:
                yield letters, *box
            letters = ""
            continue
        left, bottom, right, top = (edge * DPI / 72 for edge in text.get_charbox(at, loose=True))
        here = (left, A4_PIXELS[1] - top, right, A4_PIXELS[1] - bottom)
        if letters and not _goes_on(box, here):
            yield letters, *box
            letters = ""
        box = here if not letters else _around(box, here)
        letters += letter
    if letters:
        yield letters, *box


def _around(
    one: tuple[float, float, float, float], other: tuple[float, float, float, float]
) -> tuple[float, float, float, float]:
    return (
        min(one[0], other[0]),
        min(one[1], other[1]),
        max(one[2], other[2]),
        max(one[3], other[3]),
    )


def _goes_on(
    word: tuple[float, float, float, float], letter: tuple[float, float, float, float]
) -> bool:
    """Whether a letter belongs to the word before it; some faces tell boxes of no width."""
    height = max(word[3] - word[1], letter[3] - letter[1])
    beside = word[0] - height < letter[0] < word[2] + height
    return beside and min(word[3], letter[3]) > max(word[1], letter[1])


def _follows(
    before: tuple[str, float, float, float, float], after: tuple[str, float, float, float, float]
) -> bool:
    _, _, top, right, bottom = before
    _, left, other_top, _, other_bottom = after
    height = bottom - top
    same_line = min(bottom, other_bottom) - max(top, other_top) > 0.5 * height
    return same_line and -0.5 * height < left - right < _GAP * height


def _line(run: Sequence[tuple[str, float, float, float, float]]) -> PrintedLine:
    return PrintedLine(
        tuple(word for word, *_ in run),
        min(box[1] for box in run),
        min(box[2] for box in run),
        max(box[3] for box in run),
        max(box[4] for box in run),
    )
