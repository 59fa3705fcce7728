"""What goes wrong at a scanner: a good page image made into a flawed one, as strongly as wanted."""

import io

from PIL import Image, ImageChops, ImageEnhance, ImageFilter

from archive_service.demo.ink import DPI

QUALITY = 85
MM = DPI / 25.4
LID = (18, 18, 20)


def enlarged(page: Image.Image, dpi: float) -> Image.Image:
    """Scanned at ``dpi`` and enlarged to look like more."""
    size = page.size
    small = (round(size[0] * dpi / DPI), round(size[1] * dpi / DPI))
    return page.resize(small, Image.Resampling.BOX).resize(size, Image.Resampling.BICUBIC)


def blurred(page: Image.Image, pixels: float) -> Image.Image:
    """Out of focus by this sigma."""
    return page.filter(ImageFilter.GaussianBlur(pixels))


def skewed(page: Image.Image, degrees: float) -> Image.Image:
    """Lying askew, clockwise."""
    return page.rotate(-degrees, Image.Resampling.BICUBIC, fillcolor=page.getpixel((5, 5)))


def dark(page: Image.Image, part: float) -> Image.Image:
    """With this part of the light."""
    return ImageEnhance.Brightness(page).enhance(part)


def faint(page: Image.Image, part: float) -> Image.Image:
    """With this part of the contrast, towards white."""
    return Image.blend(Image.new("RGB", page.size, "white"), page, part)


def dark_rim(page: Image.Image, millimetres: float) -> Image.Image:
    """The lid seen beside the right and lower edge of the sheet."""
    rim = round(millimetres * MM)
    seen = Image.new("RGB", page.size, LID)
    seen.paste(page.crop((0, 0, page.width - rim, page.height - rim)))
    return seen


def cut(page: Image.Image, millimetres: float) -> Image.Image:
    """The frame of the scan began so far right of the sheet's edge, and ended so far right."""
    off = round(millimetres * MM)
    return ImageChops.offset(page, -off, 0).crop((0, 0, page.width - off, page.height))


def seen_through(page: Image.Image, back: Image.Image, part: float) -> Image.Image:
    """The ink of the other side, blurred by the paper, with this part of its darkness."""
    behind = back.convert("L").transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    behind = behind.filter(ImageFilter.GaussianBlur(1.6)).resize(page.size)
    veil = Image.blend(Image.new("L", page.size, 255), behind, part)
    return ImageChops.multiply(page, Image.merge("RGB", (veil, veil, veil)))


def squeezed(page: Image.Image, quality: int) -> Image.Image:
    """Compressed so strongly, then opened again."""
    return Image.open(io.BytesIO(saved(page, quality=quality))).convert("RGB")


def grey(page: Image.Image) -> Image.Image:
    """Scanned without colour, kept as colour."""
    return page.convert("L").convert("RGB")


def bilevel(page: Image.Image) -> Image.Image:
    """Scanned as black and white."""
    return page.convert("L").point(lambda level: 255 if level > 150 else 0).convert("1")


def saved(page: Image.Image, *, quality: int = QUALITY, dpi: float | None = DPI) -> bytes:
    """A JPEG; ``dpi`` in its header, or none."""
    file = io.BytesIO()
    page.save(file, "JPEG", quality=quality, **({} if dpi is None else {"dpi": (dpi, dpi)}))
    return file.getvalue()


def png(page: Image.Image, *, dpi: float = DPI) -> bytes:
    """Without loss."""
    file = io.BytesIO()
    page.save(file, "PNG", dpi=(dpi, dpi))
    return file.getvalue()
