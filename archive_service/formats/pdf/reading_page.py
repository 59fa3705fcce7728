"""A page of a PDF as a picture that says who reads it, made in a child process."""

import io
from collections.abc import Sequence
from pathlib import Path

from archive_service.formats.pdf.redacted import Area, drawn_for_reading
from archive_service.formats.picture import QUALITY, drawn_apart

_FOOT = 0.022  # of the longer side: the height of the foot's letters


def make_reading_page(
    path: Path, number: int, foot: str, *, fonts: Path, areas: Sequence[Area] = ()
) -> bytes:
    """Page ``number`` of a PDF, from 1, as a JPEG with ``foot`` burnt in below it.

    ``fonts``: where Tinos lies; ``areas`` are blackened.

    Raises:
        PictureImpossibleError: damaged, or it has no such page.
    """
    face = fonts / "Tinos-Regular.ttf"
    return drawn_apart(make_reading_page_here, path, number, foot, face, list(areas))


def make_reading_page_here(
    path: Path, number: int, foot: str, face: Path, areas: list[Area]
) -> bytes:
    """``make_reading_page`` in this very process."""
    import pypdfium2
    from PIL import Image, ImageDraw, ImageFont

    with pypdfium2.PdfDocument(path) as pdf:
        drawn = drawn_for_reading(pdf, number, areas)
    size = max(12, int(max(drawn.size) * _FOOT))
    font = ImageFont.truetype(str(face), size)
    while font.getlength(foot) > drawn.width * 0.96 and size > 8:
        size -= 1
        font = ImageFont.truetype(str(face), size)
    whole = Image.new("RGB", (drawn.width, drawn.height + 2 * size), "white")
    whole.paste(drawn, (0, 0))
    write = ImageDraw.Draw(whole)
    write.line([(0, drawn.height), (drawn.width, drawn.height)], fill="black", width=2)
    write.text((drawn.width * 0.02, drawn.height + size * 0.4), foot, fill="black", font=font)
    out = io.BytesIO()
    whole.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
