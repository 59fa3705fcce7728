"""What years, copying machines and handling do to a sheet: ink, paper and pixels."""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from archive_service.demo.ink import Light

Way = Callable[[float, float], tuple[float, float]]  # from a point of the scan to the sheet
Colour = tuple[float, float, float]


def straight(x: float, y: float) -> tuple[float, float]:
    """The sheet as it lies."""
    return x, y


@dataclass(frozen=True, slots=True)
class Seen:
    """What a scanner sees: red, green and blue from 0 to 255, and the way back to the sheet."""

    light: Light
    way: Way = straight


def share(image: Image.Image) -> Light:
    """Its levels from 0 to 1."""
    found: Light = np.asarray(image, dtype=np.float32) / np.float32(255)
    return found


def soft(ink: Light, pixels: float) -> Light:
    """Blurred."""
    image = Image.fromarray(np.clip(ink * 255, 0, 255).astype(np.uint8))
    blurred = image.filter(ImageFilter.GaussianBlur(pixels))
    return share(blurred)


def cloud(rng: np.random.Generator, shape: tuple[int, int], cell: int) -> Light:
    """Uneven from place to place, mean 0 and deviation about 1; ``cell`` is how coarse, in px."""
    high, wide = shape
    coarse = rng.normal(0, 1, (high // cell + 2, wide // cell + 2)).astype(np.float32)
    image = Image.fromarray(coarse).resize((wide, high), Image.Resampling.BICUBIC)
    return np.asarray(image, dtype=np.float32)


def on_paper(
    ink: Light,
    rng: np.random.Generator,
    *,
    paper: Colour = (245.0, 240.0, 226.0),
    colour: Colour = (25.0, 25.0, 28.0),
    grain: float = 3.0,
) -> Light:
    """Ink of one colour on paper of another, with the grain of a scanner."""
    base, dark = np.array(paper, np.float32), np.array(colour, np.float32)
    light = base - np.clip(ink, 0, 1)[..., None] * (base - dark)
    light += rng.normal(0, grain, ink.shape).astype(np.float32)[..., None]
    return light


def specked(ink: Light, rng: np.random.Generator, count: int, most: int = 4) -> Light:
    """Specks of toner or dust."""
    high, wide = ink.shape
    spotted = ink.copy()
    for _ in range(count):
        x, y = int(rng.integers(0, wide - most)), int(rng.integers(0, high - most))
        spotted[y : y + int(rng.integers(1, most)), x : x + int(rng.integers(1, most))] = 1.0
    return spotted


def copied(ink: Light, rng: np.random.Generator, times: int) -> Light:
    """Copied by a machine so many times: soft, then hard, fine strokes and marks lost."""
    for _ in range(times):
        blurred = soft(ink, float(rng.uniform(0.9, 1.15)))
        level = 0.47 + 0.05 * cloud(rng, ink.shape, 40) + 0.05 * cloud(rng, ink.shape, 3)
        ink = np.clip((blurred - level) * 7 + 0.5, 0, 1).astype(np.float32)
        ink = specked(ink, rng, int(rng.integers(60, 120)), most=3)
    edge = int(rng.integers(8, 22))
    ink[:, :edge] = 1.0
    ink[-edge:] = np.maximum(ink[-edge:], 0.9)
    return ink


def faxed(ink: Light, rng: np.random.Generator) -> Light:
    """Sent by telephone: 98 lines an inch, black and white, drawn twice as high when printed."""
    high, wide = ink.shape
    image = Image.fromarray(np.clip(soft(ink, 0.6) * 255, 0, 255).astype(np.uint8))
    lines = image.resize((wide, round(high * 0.49)), Image.Resampling.BOX)
    noisy = share(lines)
    noisy = noisy + rng.normal(0, 0.06, noisy.shape).astype(np.float32)
    sharp = (noisy > 0.42).astype(np.uint8) * 255
    for _ in range(int(rng.integers(1, 4))):  # a line that was lost on the way
        at = int(rng.integers(1, len(sharp)))
        sharp[at] = sharp[at - 1]
    again = Image.fromarray(sharp).resize((wide, high), Image.Resampling.NEAREST)
    return share(again)


def needled(ink: Light, rng: np.random.Generator) -> Light:
    """Printed by needles: a dot every few pixels, the ribbon worn."""
    high, wide = ink.shape
    pitch = 3
    rows, columns = high // pitch, wide // pitch
    part = ink[: rows * pitch, : columns * pitch].reshape(rows, pitch, columns, pitch)
    struck = part.mean(axis=(1, 3)) > 0.36
    dot = np.array([[0.3, 0.7, 0.3], [0.7, 1.0, 0.7], [0.3, 0.7, 0.3]], np.float32)
    drawn = np.zeros_like(ink)
    drawn[: rows * pitch, : columns * pitch] = np.kron(struck.astype(np.float32), dot)
    worn = 0.8 + 0.08 * cloud(rng, ink.shape, 90)
    drawn = soft(drawn, 0.7) * worn
    return drawn.astype(np.float32)


def curled(seen: Light, rng: np.random.Generator, *, pixels: float) -> Seen:
    """Lines rise and fall along the sheet, and light with them."""
    high, wide = seen.shape[:2]
    phase, waves = float(rng.uniform(0, math.tau)), float(rng.uniform(0.6, 1.2))

    def fall(x: float) -> float:
        return pixels * math.sin(phase + waves * math.tau * x / wide)

    moved = np.empty_like(seen)
    rows = np.arange(high)
    for x in range(wide):
        from_rows = np.clip(np.rint(rows - fall(x)).astype(int), 0, high - 1)
        shade = 1 - 0.10 * (1 + math.cos(phase + waves * math.tau * x / wide))
        moved[:, x] = seen[from_rows, x] * shade
    return Seen(moved, lambda x, y: (x, y - fall(x)))


def folded(seen: Light, rng: np.random.Generator) -> Light:
    """Creased across and along: pale and dark lines, ink broken off."""
    high, wide = seen.shape[:2]
    creased = seen.copy()
    for at in (round(high * float(rng.uniform(0.3, 0.4))), round(high * 0.68)):
        creased[at : at + 3] = np.minimum(creased[at : at + 3] + 90, 235)
        creased[at + 3 : at + 6] -= 50
    at = round(wide * float(rng.uniform(0.4, 0.6)))
    creased[:, at : at + 3] = np.minimum(creased[:, at : at + 3] + 80, 235)
    creased[:, at + 3 : at + 6] -= 45
    return creased


def photographed(seen: Light, rng: np.random.Generator) -> Seen:
    """By telephone, from the side and by one lamp, on a table."""
    high, wide = seen.shape[:2]
    out_wide, out_high = round(wide * 1.1), round(high * 1.12)
    edge = 0.05

    def corner(x: float, y: float) -> tuple[float, float]:
        return (
            out_wide * (x + (edge if x < 0.5 else -edge) * float(rng.uniform(0.2, 1.0))),
            out_high * (y + (edge if y < 0.5 else -edge) * float(rng.uniform(0.2, 1.0))),
        )

    shown = [corner(x, y) for x, y in ((0, 0), (1, 0), (1, 1), (0, 1))]
    flat = [(0.0, 0.0), (float(wide), 0.0), (float(wide), float(high)), (0.0, float(high))]
    back = _homography(shown, flat)
    source = Image.fromarray(np.clip(seen, 0, 255).astype(np.uint8))
    turned = source.transform(
        (out_wide, out_high),
        Image.Transform.PERSPECTIVE,
        tuple(back),
        Image.Resampling.BICUBIC,
        fillcolor=(74, 58, 46),
    )
    light = np.asarray(turned.filter(ImageFilter.GaussianBlur(0.9)), dtype=np.float32)
    across = np.linspace(0, 1, out_wide, dtype=np.float32)[None, :]
    down = np.linspace(0, 1, out_high, dtype=np.float32)[:, None]
    lean = float(rng.uniform(-0.5, 0.5))
    lamp = 0.95 - 0.5 * (across * (0.5 + lean) + down * (0.5 - lean))
    a, b, c, d, e, f, g, h = back

    def way(x: float, y: float) -> tuple[float, float]:
        depth = g * x + h * y + 1
        return (a * x + b * y + c) / depth, (d * x + e * y + f) / depth

    shaded = (light * lamp[..., None]).astype(np.float32)
    return Seen(shaded, way)


def _homography(
    source: list[tuple[float, float]], target: list[tuple[float, float]]
) -> list[float]:
    rows: list[list[float]] = []
    values: list[float] = []
    for (x, y), (u, v) in zip(source, target, strict=True):
        rows.append([x, y, 1, 0, 0, 0, -u * x, -u * y])
        rows.append([0, 0, 0, x, y, 1, -v * x, -v * y])
        values += [u, v]
    return [float(number) for number in np.linalg.solve(np.array(rows), np.array(values))]


def skewed(seen: Light, degrees: float, *, fill: Colour) -> Seen:
    """Laid askew on the glass, anticlockwise."""
    red, green, blue = (round(part) for part in fill)
    image = Image.fromarray(np.clip(seen, 0, 255).astype(np.uint8))
    turned = image.rotate(degrees, Image.Resampling.BICUBIC, fillcolor=(red, green, blue))
    middle_x, middle_y = seen.shape[1] / 2, seen.shape[0] / 2
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))

    def way(x: float, y: float) -> tuple[float, float]:
        dx, dy = x - middle_x, y - middle_y
        return middle_x + dx * cos - dy * sin, middle_y + dx * sin + dy * cos

    return Seen(np.asarray(turned, dtype=np.float32), way)


def turned(seen: Light, quarters: int) -> Seen:
    """Fed in on its side or upside down; so many quarters anticlockwise."""
    high, wide = seen.shape[:2]
    ways: dict[int, Way] = {
        1: lambda x, y: (wide - y, x),
        2: lambda x, y: (wide - x, high - y),
        3: lambda x, y: (y, high - x),
    }
    return Seen(np.ascontiguousarray(np.rot90(seen, quarters)), ways[quarters])


def stained(seen: Light, rng: np.random.Generator, count: int) -> Light:
    """Rings and pools of tea and damp."""
    high, wide = seen.shape[:2]
    image = Image.new("L", (wide, high), 0)
    draw = ImageDraw.Draw(image)
    for _ in range(count):
        x, y = int(rng.integers(0, wide)), int(rng.integers(0, high))
        reach = int(rng.integers(60, 220))
        box = (x - reach, y - round(reach * 0.8), x + reach, y + round(reach * 0.8))
        draw.ellipse(
            box, fill=int(rng.integers(50, 110)), outline=int(rng.integers(120, 190)), width=7
        )
    damp = share(image.filter(ImageFilter.GaussianBlur(3)))
    damp = damp * (1 + 0.15 * cloud(rng, (high, wide), 50))
    take = np.array((0.35, 0.5, 0.75), np.float32)
    stained: Light = seen * (1 - np.clip(damp, 0, 1)[..., None] * take)
    return stained
