"""Every kind of old paper, drawn by lot: the same seed gives the same page on every machine."""

import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw

from archive_service.demo.drawn_papers import PrintedLine
from archive_service.demo.ink import DPI, InkMarks, Light
from archive_service.demo.ink import ink as pressed
from archive_service.demo.old_papers import wear
from archive_service.demo.old_papers.sheets import Sheet, beside, printed, scribble, table, typed
from archive_service.demo.old_papers.wear import Seen, Way, share
from archive_service.forms.typst_form import FONTS

_WHITE = (246.0, 243.0, 234.0)
_YELLOW = (212.0, 186.0, 136.0)
_TISSUE = (226.0, 220.0, 198.0)
_BLACK, _BROWN, _VIOLET = (28.0, 27.0, 30.0), (74.0, 56.0, 44.0), (98.0, 78.0, 150.0)
_PEN = (36.0, 56.0, 150.0)
_MARKERS = ((255, 240, 90), (255, 170, 200), (150, 235, 150))


@dataclass(frozen=True, slots=True)
class OldPage:
    """One scanned page, and what is printed on it in the order in which it is to be read."""

    name: str
    kind: str
    file: bytes
    suffix: str  # of the file
    lines: tuple[PrintedLine, ...]
    way: Way

    def on_sheet(self, x: float, y: float) -> tuple[float, float]:
        """Where a point of the scan lies on the sheet that was printed."""
        return self.way(x, y)


Drawn = tuple[Sheet, Seen]
Maker = Callable[[np.random.Generator, Path], Drawn]


def old_pages(kind: str, seed: int, count: int, *, fonts: Path = FONTS) -> Iterator[OldPage]:
    """``count`` pages of one kind; page ``n`` of a seed is the same however many are asked for."""
    for number in range(count):
        rng = np.random.default_rng((seed, list(KINDS).index(kind), number))
        sheet, seen = KINDS[kind](rng, fonts)
        bilevel = kind in ("fax", "copies") and number % 2 == 0
        file, suffix = _saved(seen.light, rng, bilevel=bilevel)
        yield OldPage(f"{kind}-{seed}-{number + 1}", kind, file, suffix, sheet.lines, seen.way)


def _saved(light: Light, rng: np.random.Generator, *, bilevel: bool) -> tuple[bytes, str]:
    image = Image.fromarray(np.clip(light, 0, 255).astype(np.uint8))
    file = io.BytesIO()
    if bilevel:
        black = image.convert("L").point([0] * 128 + [255] * 128).convert("1")
        black.save(file, "TIFF", compression="group4", dpi=(DPI, DPI))
        return file.getvalue(), ".tif"
    image.save(file, "JPEG", quality=int(rng.integers(62, 90)), dpi=(DPI, DPI))
    return file.getvalue(), ".jpg"


def _fax(rng: np.random.Generator, fonts: Path) -> Drawn:
    sheet = printed(rng, fonts)
    return sheet, Seen(wear.on_paper(wear.faxed(sheet.ink, rng), rng, paper=_WHITE, grain=1.0))


def _carbon(rng: np.random.Generator, fonts: Path) -> Drawn:
    sheet = typed(rng, fonts)
    ink = wear.soft(sheet.ink, float(rng.uniform(1.2, 1.8))) * float(rng.uniform(0.65, 0.9))
    ink = ink * (0.9 + 0.1 * wear.cloud(rng, ink.shape, 60))
    smudged = ink + 0.05 * np.clip(wear.cloud(rng, ink.shape, 120), 0, 2)
    light = wear.on_paper(smudged, rng, paper=_TISSUE, colour=_VIOLET, grain=4.0)
    return sheet, wear.skewed(light, float(rng.uniform(-1.2, 1.2)), fill=_TISSUE)


def _copies(rng: np.random.Generator, fonts: Path) -> Drawn:
    sheet = printed(rng, fonts)
    light = wear.on_paper(wear.copied(sheet.ink, rng, 3), rng, paper=_WHITE)
    return sheet, wear.skewed(light, float(rng.uniform(-1.0, 1.0)), fill=_WHITE)


def _worn(marks: str) -> Maker:
    def make(rng: np.random.Generator, fonts: Path) -> Drawn:
        sheet = typed(rng, fonts, marks=marks)
        ink = wear.soft(sheet.ink, 0.8) * (0.85 + 0.12 * wear.cloud(rng, sheet.ink.shape, 25))
        light = wear.on_paper(ink, rng, paper=(224.0, 204.0, 160.0), colour=(52.0, 46.0, 50.0))
        light *= (1 - 0.04 * np.clip(wear.cloud(rng, ink.shape, 150), 0, 2))[..., None]
        return sheet, Seen(light)

    return make


def _needles(rng: np.random.Generator, fonts: Path) -> Drawn:
    sheet = typed(rng, fonts, wear=0.0)
    ink = wear.needled(sheet.ink, rng)
    return sheet, Seen(wear.on_paper(ink, rng, paper=_WHITE, colour=(60.0, 60.0, 72.0)))


def _thermal(rng: np.random.Generator, fonts: Path) -> Drawn:
    sheet = printed(rng, fonts)
    fade = np.linspace(float(rng.uniform(0.5, 0.8)), float(rng.uniform(0.2, 0.3)), sheet.size[0])
    ink = wear.soft(sheet.ink, 0.8) * fade.astype(np.float32)[None, :]
    ink = ink + 0.04 * np.clip(wear.cloud(rng, ink.shape, 30), 0, 2)
    return sheet, Seen(
        wear.on_paper(ink, rng, paper=(232.0, 226.0, 214.0), colour=(70.0, 60.0, 66.0))
    )


def _stamped(rng: np.random.Generator, fonts: Path) -> Drawn:
    sheet = printed(rng, fonts)
    light = wear.on_paper(wear.soft(sheet.ink, 0.6), rng, paper=_WHITE)
    left, top = int(rng.integers(200, 500)), int(rng.integers(180, 360))
    marks = InkMarks((left, top, left + 320, top + 280), "ỦY BAN NHÂN DÂN", "DẤU\nCƠ QUAN")
    region, red = pressed(marks, rng, fonts)
    light[region] *= red
    frame = Image.new("RGB", sheet.size, "white")
    draw = ImageDraw.Draw(frame)
    x, y = int(rng.integers(620, 760)), int(rng.integers(420, 620))
    for inset in (0, 6):
        draw.rectangle(
            (x + inset, y + inset, x + 330 - inset, y + 120 - inset),
            outline=(110, 70, 170),
            width=3,
        )
    violet = np.asarray(
        frame.rotate(float(rng.uniform(-4, 4)), fillcolor="white"), dtype=np.float32
    )
    return sheet, Seen((light * violet / 255).astype(np.float32))


def _remarked(rng: np.random.Generator, fonts: Path) -> Drawn:
    sheet = printed(rng, fonts, size=(1400, 880))
    light = wear.on_paper(wear.soft(sheet.ink, 0.6), rng, paper=_WHITE)
    pen = np.zeros_like(sheet.ink)
    scribble(pen, rng, (40, 0, 900, 60), pen=3)
    y = int(rng.integers(250, 500))
    scribble(pen, rng, (500, y, 1300, y + 70), pen=3)
    return sheet, Seen(_over(light, pen, _PEN))


def _underlined(rng: np.random.Generator, fonts: Path) -> Drawn:
    sheet = printed(rng, fonts)
    light = wear.on_paper(wear.soft(sheet.ink, 0.6), rng, paper=_WHITE)
    marker = Image.new("RGB", sheet.size, "white")
    pen = Image.new("L", sheet.size, 0)
    for line in sheet.lines:
        start = float(rng.uniform(line.left, line.left + 0.5 * (line.right - line.left)))
        end = float(rng.uniform((start + line.right) / 2, line.right))
        if rng.random() < 0.3:
            colour = _MARKERS[int(rng.integers(0, len(_MARKERS)))]
            ImageDraw.Draw(marker).rectangle(
                (start, line.top + 4, end, line.bottom + 2), fill=colour
            )
        elif rng.random() < 0.6:
            foot = line.bottom - 3 + float(rng.normal(0, 2))
            ImageDraw.Draw(pen).line((start, foot, end, foot + float(rng.normal(0, 3))), 255, 3)
    light = light * share(marker)
    return sheet, Seen(_over(light, share(pen), _PEN))


def _folded(rng: np.random.Generator, fonts: Path) -> Drawn:
    sheet = printed(rng, fonts)
    light = wear.on_paper(wear.soft(sheet.ink, 0.6), rng, paper=_WHITE)
    return sheet, wear.curled(wear.folded(light, rng), rng, pixels=float(rng.uniform(6, 14)))


def _telephone(rng: np.random.Generator, fonts: Path) -> Drawn:
    sheet = printed(rng, fonts)
    return sheet, wear.photographed(wear.on_paper(sheet.ink, rng, paper=_WHITE), rng)


def _yellowed(rng: np.random.Generator, fonts: Path) -> Drawn:
    sheet = printed(rng, fonts)
    ink = wear.soft(sheet.ink, 0.8) * 0.9
    light = wear.on_paper(ink, rng, paper=_YELLOW, colour=_BROWN, grain=5.0)
    light *= (1 - 0.06 * np.clip(wear.cloud(rng, ink.shape, 100), -1, 2))[..., None]
    return sheet, Seen(wear.stained(light, rng, int(rng.integers(2, 5))))


def _holes(rng: np.random.Generator, fonts: Path) -> Drawn:
    sheet = printed(rng, fonts)
    ink = wear.soft(sheet.ink, 0.6)
    image = Image.new("L", sheet.size, 0)
    draw = ImageDraw.Draw(image)
    for y in (int(rng.integers(180, 260)), int(rng.integers(560, 660))):
        x = int(rng.integers(40, 110))
        draw.ellipse((x - 24, y - 24, x + 24, y + 24), 255)
    for _ in range(3):
        x, y = int(rng.integers(30, 160)), int(rng.integers(20, 120))
        draw.line((x, y, x + int(rng.integers(40, 80)), y + int(rng.integers(-12, 12))), 230, 5)
    ink = np.maximum(ink, share(image))
    return sheet, Seen(wear.on_paper(ink, rng, paper=_WHITE))


def _bleed(rng: np.random.Generator, fonts: Path) -> Drawn:
    sheet, back = printed(rng, fonts), printed(rng, fonts)
    behind = wear.soft(back.ink[:, ::-1], 1.6) * float(rng.uniform(0.25, 0.42))
    front = wear.soft(sheet.ink, 0.7) * 0.9
    return sheet, Seen(wear.on_paper(1 - (1 - front) * (1 - behind), rng, paper=_TISSUE))


def _table(rng: np.random.Generator, fonts: Path) -> Drawn:
    sheet = table(rng, fonts)
    light = wear.on_paper(wear.soft(sheet.ink, 0.7) * 0.85, rng, paper=_WHITE)
    return sheet, wear.skewed(light, float(rng.uniform(-1, 1)), fill=_WHITE)


def _spread(rng: np.random.Generator, fonts: Path) -> Drawn:
    sheet = beside(printed(rng, fonts, size=(1000, 880)), printed(rng, fonts, size=(1000, 880)))
    light = wear.on_paper(wear.soft(sheet.ink, 0.7), rng, paper=_TISSUE)
    across = np.abs(np.arange(sheet.size[0], dtype=np.float32) - sheet.size[0] / 2)
    light *= (1 - 0.75 * np.exp(-across / 28))[None, :, None]
    return sheet, Seen(light)


def _hand(rng: np.random.Generator, _: Path) -> Drawn:
    ink = np.zeros((880, 1180), np.float32)
    scribble(ink, rng, (80, 60, 1100, 840))
    light = wear.on_paper(wear.soft(ink, 0.7) * 0.9, rng, paper=_TISSUE, colour=_PEN)
    return Sheet(ink, ()), Seen(light)


def _turned(rng: np.random.Generator, fonts: Path) -> Drawn:
    sheet = printed(rng, fonts)
    light = wear.on_paper(wear.soft(sheet.ink, 0.6), rng, paper=_WHITE)
    return sheet, wear.turned(light, int(rng.integers(1, 4)))


def _enlarged(rng: np.random.Generator, fonts: Path) -> Drawn:
    sheet = printed(rng, fonts)
    wide, high = sheet.size
    share = float(rng.uniform(0.5, 0.75))  # 100 to 150 dpi, told as 200
    light = wear.on_paper(wear.soft(sheet.ink, 0.8), rng, paper=_WHITE)
    image = Image.fromarray(np.clip(light, 0, 255).astype(np.uint8))
    small = image.resize((round(wide * share), round(high * share)), Image.Resampling.BOX)
    again = small.resize((wide, high), Image.Resampling.BICUBIC)
    return sheet, Seen(np.asarray(again, dtype=np.float32))


def _over(light: Light, pen: Light, colour: tuple[float, float, float]) -> Light:
    """A pen's strokes over what is printed."""
    ink_light = 1 - pen[..., None] * (1 - np.array(colour, np.float32) / 255)
    return (light * ink_light).astype(np.float32)


KINDS: Mapping[str, Maker] = {
    "fax": _fax,
    "carbon": _carbon,
    "copies": _copies,
    "typed": _worn("typed"),
    "typed-hand-marks": _worn("hand"),
    "typed-no-marks": _worn("none"),
    "needles": _needles,
    "thermal": _thermal,
    "stamped": _stamped,
    "remarked": _remarked,
    "underlined": _underlined,
    "folded": _folded,
    "telephone": _telephone,
    "yellowed": _yellowed,
    "holes": _holes,
    "bleed": _bleed,
    "table": _table,
    "spread": _spread,
    "handwriting": _hand,
    "turned": _turned,
    "enlarged": _enlarged,
}
