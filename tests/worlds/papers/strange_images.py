"""Page images that no PDF/A takes, as scanners, cameras and programs of print make them."""

import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

SIZE = (400, 300)
INK = (0, 0, 100, 50)  # a black corner, upper left
DPI = (200, 200)
_EXTRA_SAMPLES = 338  # tag of TIFF: 1 is a layer that colours were multiplied by, 2 one of its own


def paper(mode: str = "RGB") -> Image.Image:
    """White, one corner black."""
    sheet = Image.new("L", SIZE, 255)
    sheet.paste(0, INK)
    return sheet.convert(mode)


def _cmyk_jpeg(folder: Path) -> Path:
    path = folder / "cmyk.jpg"
    paper("CMYK").save(path, dpi=DPI, quality=95)
    return path


def _cmyk_tiff(folder: Path) -> Path:
    path = folder / "cmyk.tif"
    paper("CMYK").save(path, dpi=DPI, compression="tiff_lzw")
    return path


def _lab_tiff(folder: Path) -> Path:
    path = folder / "lab.tif"
    light = np.full((*SIZE[::-1], 3), (255, 0, 0), np.uint8)
    light[INK[1] : INK[3], INK[0] : INK[2], 0] = 0
    Image.fromarray(light, "LAB").save(path, dpi=DPI)
    return path


def _deep_grey_tiff(folder: Path) -> Path:
    path = folder / "deep.tif"
    Image.fromarray(np.asarray(paper("L"), np.uint16) * 257).save(path, dpi=DPI)
    return path


def _deep_grey_tiff_of_the_other_order(folder: Path) -> Path:
    path = folder / "deep-other-order.tif"
    deep = np.asarray(paper("L"), np.uint16) * 257
    Image.fromarray(deep.astype(">u2")).save(path, dpi=DPI)
    return path


def _grey_tiff_laid_on_black(folder: Path) -> Path:
    path = folder / "laid-on-black.tif"
    paper("LA").save(path, dpi=DPI)
    given, wanted = (struct.pack("<HHIH", _EXTRA_SAMPLES, 3, 1, kind) for kind in (2, 1))
    path.write_bytes(path.read_bytes().replace(given, wanted))
    return path


def _tiff_with_a_spare_channel(folder: Path) -> Path:
    path = folder / "spare.tif"
    paper("RGB").convert("RGBX").save(path, dpi=DPI)
    return path


def _deep_colour_tiff(folder: Path) -> Path:
    import cv2

    path = folder / "deep-colour.tif"
    cv2.imwrite(str(path), np.asarray(paper("RGB"), np.uint16) * 257)
    return path


def _transparent_png(folder: Path) -> Path:
    path = folder / "transparent.png"
    sheet = Image.new("RGBA", SIZE, (0, 0, 0, 0))  # black where nothing is
    sheet.paste((0, 0, 0, 255), INK)
    sheet.save(path, dpi=DPI)
    return path


def _transparent_grey_png(folder: Path) -> Path:
    path = folder / "transparent-grey.png"
    sheet = Image.new("LA", SIZE, (0, 0))
    sheet.paste((0, 255), INK)
    sheet.save(path, dpi=DPI)
    return path


def _clear_colour_png(folder: Path) -> Path:
    path = folder / "clear-colour.png"
    sheet = Image.new("P", SIZE, 1)
    sheet.putpalette([0, 0, 0, 9, 9, 9])
    sheet.paste(0, INK)
    sheet.save(path, dpi=DPI, transparency=1)
    return path


def _jpeg_2000(folder: Path) -> Path:
    path = folder / "page.jp2"
    paper().save(path, quality_layers=[20])
    return path


# What makes one, by what people are told of it.
KINDS: dict[Callable[[Path], Path], str] = {
    _cmyk_jpeg: "CMYK",
    _cmyk_tiff: "CMYK",
    _lab_tiff: "LAB",
    _deep_grey_tiff: "16 bit",
    _deep_grey_tiff_of_the_other_order: "16 bit",
    _grey_tiff_laid_on_black: "La",
    _tiff_with_a_spare_channel: "RGBX",
    _deep_colour_tiff: "RGB 16 bit",
    _transparent_png: "RGBA",
    _transparent_grey_png: "LA",
    _clear_colour_png: "P",
    _jpeg_2000: "JPEG 2000",
}
