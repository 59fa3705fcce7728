"""What pen and stamp leave on paper, drawn: a blue signature and a round red stamp."""

import math
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

DPI = 200
RED = (196, 30, 38)
BLUE = (28, 52, 148)
STAMP_MM = 36
FINE = 2  # ink is drawn this much larger and then made smaller, for smooth edges

Light = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class InkMarks:
    """Stamp and signature in the box (left, top, right, bottom, in pixels) left for them."""

    box: tuple[int, int, int, int]
    around: str
    inside: str


def ink(
    marks: InkMarks, rng: np.random.Generator, fonts: Path
) -> tuple[tuple[slice, slice], Light]:
    """The part of the page (rows, columns) that is touched, and what light the ink leaves there."""
    left, top, right, bottom = marks.box
    side = round(STAMP_MM / 25.4 * DPI)
    x = left - side // 3 + int(rng.integers(-8, 9))
    y = (top + bottom - side) // 2 + int(rng.integers(-8, 9))
    edges = min(x, left), min(y, top), max(x + side, right), max(y + side, bottom)
    size = edges[2] - edges[0], edges[3] - edges[1]
    pen = Image.new("RGB", size, "white")
    pen.paste(_signature((right - left, bottom - top), rng), (left - edges[0], top - edges[1]))
    stamp = Image.new("RGB", size, "white")
    stamp.paste(_stamp(side, marks, rng, fonts), (x - edges[0], y - edges[1]))
    light: Light = np.asarray(pen, dtype=np.float32) * np.asarray(stamp, dtype=np.float32)
    touched = slice(edges[1], edges[3]), slice(edges[0], edges[2])
    return touched, light / np.float32(255.0**2)


def _signature(size: tuple[int, int], rng: np.random.Generator) -> Image.Image:
    """A few strokes of a blue pen, drawn as one swinging line."""
    width, height = size[0] * FINE, size[1] * FINE
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    swings = int(rng.integers(5, 8))
    phase, lean = rng.uniform(0, math.tau), rng.uniform(0.6, 1.4)
    points = []
    for step in range(240):
        along = step / 239
        swing = math.sin(along * swings * math.tau + phase) * (0.34 - 0.22 * along)
        sway = math.cos(along * swings * math.tau * 0.5) * 0.05 * lean
        points.append((width * (0.08 + 0.8 * along + sway), height * (0.5 + swing)))
    for (x0, y0), (x1, y1) in pairwise(points):
        thick = 3 * FINE if y1 > y0 else 2 * FINE  # the pen presses on its way down
        draw.line((x0, y0, x1, y1), fill=BLUE, width=thick)
    draw.line((width * 0.2, height * 0.86, width * 0.9, height * 0.7), fill=BLUE, width=2 * FINE)
    return image.resize(size, Image.Resampling.LANCZOS)


def _stamp(side: int, marks: InkMarks, rng: np.random.Generator, fonts: Path) -> Image.Image:
    """A round red stamp with a star, unevenly pressed."""
    large = side * FINE
    image = Image.new("RGB", (large, large), "white")
    draw = ImageDraw.Draw(image)
    middle = large / 2
    for radius, width in ((0.495, 4), (0.455, 2), (0.30, 2)):
        reach = large * radius
        box = (middle - reach, middle - reach, middle + reach, middle + reach)
        draw.ellipse(box, outline=RED, width=width * FINE)
    font = ImageFont.truetype(str(fonts / "Tinos-Bold.ttf"), round(large * 0.085))
    _write_around(image, marks.around, font, reach=large * 0.38)
    small = ImageFont.truetype(str(fonts / "Tinos-Bold.ttf"), round(large * 0.075))
    for line, text in enumerate(marks.inside.split("\n")):
        draw.text((middle, middle + large * (0.02 + 0.10 * line)), text, RED, small, anchor="mm")
    draw.polygon(_star(middle, middle - large * 0.15, large * 0.075), fill=RED)
    coarse = Image.fromarray(rng.uniform(0.0, 90.0, (9, 9)).astype(np.float32))
    weak = np.asarray(coarse.resize((large, large), Image.Resampling.BICUBIC), dtype=np.float32)
    pressed = np.asarray(image, dtype=np.float32) + weak[..., None]
    worn = Image.fromarray(np.clip(pressed, 0, 255).astype(np.uint8))
    turned = worn.rotate(float(rng.uniform(-8, 8)), Image.Resampling.BICUBIC, fillcolor="white")
    return turned.resize((side, side), Image.Resampling.LANCZOS)


def _write_around(
    image: Image.Image, text: str, font: ImageFont.FreeTypeFont, *, reach: float
) -> None:
    """Letters on a circle, over the upper three quarters of it."""
    middle = image.width / 2
    for index, letter in enumerate(text):
        angle = -135 + 270 * index / max(len(text) - 1, 1)
        tile = Image.new("L", (round(font.size * 1.6),) * 2, 0)
        ImageDraw.Draw(tile).text((tile.width / 2, tile.height / 2), letter, 255, font, anchor="mm")
        tile = tile.rotate(-angle, Image.Resampling.BICUBIC)
        x = middle + reach * math.sin(math.radians(angle)) - tile.width / 2
        y = middle - reach * math.cos(math.radians(angle)) - tile.height / 2
        image.paste(Image.new("RGB", tile.size, RED), (round(x), round(y)), tile)


def _star(x: float, y: float, reach: float) -> list[tuple[float, float]]:
    points = []
    for corner in range(10):
        length = reach if corner % 2 == 0 else reach * 0.4
        angle = math.radians(corner * 36)
        points.append((x + length * math.sin(angle), y - length * math.cos(angle)))
    return points
