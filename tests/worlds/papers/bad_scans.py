"""Files that a station sends by mistake, each wrong in one way."""

from pathlib import Path

import img2pdf
import numpy as np
import pikepdf
from PIL import Image

SIZE = (330, 467)


def sheet(seed: int = 0, mode: str = "RGB") -> Image.Image:
    """A small page with ink at random places."""
    chance = np.random.default_rng(seed)
    pixels = chance.integers(0, 256, (SIZE[1], SIZE[0], 3), dtype=np.uint8)
    return Image.fromarray(pixels).convert(mode)


def jpeg(path: Path, seed: int = 0, *, mode: str = "RGB", **told: object) -> Path:
    """A page as a scanner writes it."""
    sheet(seed, mode).save(path, "JPEG", **({"dpi": (200, 200)} | told))
    return path


def pdf_of(folder: Path, image: Path) -> Path:
    """One image as the only page of a PDF."""
    path = folder / "one.pdf"
    path.write_bytes(img2pdf.convert(str(image)) or b"")
    return path


def overwritten(path: Path) -> Path:
    """What a bad disk makes of a file: other bytes in its middle; head and end are as they were."""
    data = bytearray(path.read_bytes())
    middle, length = len(data) // 2, min(4000, len(data) // 10)
    data[middle : middle + length] = np.random.default_rng(3).bytes(length).replace(b"\xff", b"\0")
    path.write_bytes(data)
    return path


def cut(folder: Path) -> Path:
    """A JPEG of which half has come."""
    path = jpeg(folder / "cut.jpg", quality=95)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def cut_tiff(folder: Path) -> Path:
    """A TIFF without its end."""
    path = folder / "cut.tif"
    sheet().save(path, compression=None)
    path.write_bytes(path.read_bytes()[:-5000])
    return path


def cut_pages(folder: Path) -> Path:
    """A TIFF of several pages of which half has come."""
    path = folder / "pages.tif"
    others = [sheet(), sheet().convert("L"), sheet().rotate(90, expand=True)]
    sheet().convert("1").save(path, save_all=True, append_images=others)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    return path


def cut_png(folder: Path) -> Path:
    """A PNG without its end."""
    path = folder / "cut.png"
    sheet().save(path)
    path.write_bytes(path.read_bytes()[:-5000])
    return path


def bomb(folder: Path) -> Path:
    """900 million pixels in some kilobytes."""
    path = folder / "bomb.png"
    Image.new("1", (30_000, 30_000)).save(path)
    return path


def dot(folder: Path) -> Path:
    """One pixel, as web pages and letters carry it."""
    path = folder / "dot.png"
    Image.new("RGB", (1, 1)).save(path)
    return path


def cmyk(folder: Path) -> Path:
    """A JPEG in the colours of printers."""
    return jpeg(folder / "cmyk.jpg", mode="CMYK")


def scripted(folder: Path) -> Path:
    """A PDF that runs a script when it is opened."""
    path = folder / "script.pdf"
    with pikepdf.open(pdf_of(folder, jpeg(folder / "1.jpg"))) as pdf:
        act = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
        pdf.Root.OpenAction = pdf.make_indirect(act)
        pdf.save(path)
    return path


def locked(folder: Path) -> Path:
    """A PDF with a password."""
    path = folder / "locked.pdf"
    with pikepdf.open(pdf_of(folder, jpeg(folder / "1.jpg"))) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(owner="a", user="b"))
    return path


def no_pages(folder: Path) -> Path:
    """A PDF that is whole and shows nothing."""
    path = folder / "none.pdf"
    pikepdf.new().save(path)
    return path


def note(folder: Path) -> Path:
    """A text, and no image."""
    path = folder / "note.txt"
    path.write_text("xin chào", encoding="utf-8")
    return path


def empty(folder: Path) -> Path:
    """No byte at all."""
    path = folder / "empty.jpg"
    path.touch()
    return path
