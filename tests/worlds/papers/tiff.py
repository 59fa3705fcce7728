"""A scan of several pages in one TIFF, as scanners leave it."""

from pathlib import Path

from PIL import Image, ImageDraw


def tiff(path: Path, pages: int = 3) -> Path:
    """Pages in black and white, grey and colour, each with its number."""
    frames = []
    for number in range(1, pages + 1):
        frame = Image.new("L", (620, 877), 255)
        ImageDraw.Draw(frame).text((80, 80), f"trang {number}", 0, font_size=40)
        frames.append(frame.convert(("1", "L", "RGB")[(number - 1) % 3]))
    frames[0].save(path, save_all=True, append_images=frames[1:], dpi=(75, 75))
    return path
