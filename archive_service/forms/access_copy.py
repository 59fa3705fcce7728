"""A PDF to be read in place of files that no browser shows; made in a child process.

Pictures of pages go in one after the other, upright; of texts the words, part by part under the
name of the part, each in the order of the file. Nothing of it is evidence, and each sheet of words
says so.
"""

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from archive_service.errors import InputError
from archive_service.formats.page_image import page_frames, squared, stated_dpi, stretch_of

if TYPE_CHECKING:
    import pikepdf
    from PIL import Image

MOST_PAGES = 3_000  # pictures; more is no document that anybody reads in place
MOST_CHARACTERS = 2_000_000  # of words; what is left out is told
_TABLE_CELLS = 20_000  # of one part; more stands in lines
_TABLE_COLUMNS = 12
_LONGEST_PX = 3_000
_JPEG_QUALITY = 82
_USUAL_DPI = 300
_FRAMES_AT_ONCE = 20
_LONGEST_LINE = 2_000  # letters; a PDF/A takes no string of more than 32,767 bytes
# What a library of pictures raises at a damaged one.
_DAMAGE = (OSError, SyntaxError, ValueError, TypeError, LookupError, struct.error)
_TEMPLATE = Path(__file__).resolve().parent / "templates" / "ban_doc.typ"


class AccessCopyImpossibleError(InputError):
    """The file is damaged, too large to be shown, or not of the form it claims."""


@dataclass(frozen=True, slots=True)
class Part:
    """One file: its pictures at ``path``, or its ``sections`` of words (heading, text)."""

    name: str
    path: Path | None
    turn_deg: int = 0  # clockwise, beyond what its own header asks for
    sections: tuple[tuple[str, str], ...] = ()


def press_access_copy(parts: list[Part], target: Path, note: str, cut: str) -> int:
    """Write the parts to ``target``, linearised; how many pages it has.

    Args:
        note: stands on each sheet of words, with ``{name}`` in it.
        cut: stands where words were left out.
    """
    import pikepdf

    with pikepdf.new() as whole:
        for part in parts:
            pieces = _words(part, note, cut)
            if part.path is not None:
                pieces = _pictures(part.path, part.turn_deg)
            for piece in pieces:
                with pikepdf.open(io.BytesIO(piece)) as some:
                    whole.pages.extend(some.pages)
                if len(whole.pages) > MOST_PAGES:
                    raise AccessCopyImpossibleError(reason=f"more than {MOST_PAGES} pages")
        if not len(whole.pages):
            raise AccessCopyImpossibleError(reason="nothing to show")
        _save(whole, target)
        return len(whole.pages)


def _save(whole: "pikepdf.Pdf", target: Path) -> None:
    import pikepdf

    whole.save(target, linearize=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def _pictures(path: Path, turn_deg: int) -> Iterator[bytes]:
    """A few pages at a time, as PDFs."""
    import img2pdf
    from PIL import Image

    try:
        with Image.open(path) as image:
            frames = page_frames(image)
            if len(frames) > MOST_PAGES:
                raise AccessCopyImpossibleError(reason=f"more than {MOST_PAGES} pages")
            waiting: list[bytes] = []
            for frame in frames:
                image.seek(frame)
                waiting.append(_frame(image, turn_deg))
                if len(waiting) == _FRAMES_AT_ONCE:
                    yield img2pdf.convert(waiting)
                    waiting = []
            if waiting:
                yield img2pdf.convert(waiting)
    except (Image.DecompressionBombError, *_DAMAGE) as wrong:
        raise AccessCopyImpossibleError(reason=str(wrong)[:300]) from wrong


def _frame(frame: "Image.Image", turn_deg: int) -> bytes:
    """Black and white stays so; all else becomes a JPEG that a screen shows whole."""
    from PIL import Image, ImageOps

    stated = stated_dpi(frame)
    dpi = _USUAL_DPI if stated is None else max(stated)
    upright = ImageOps.exif_transpose(squared(frame, stretch_of(stated)))
    if turn_deg:
        upright = upright.rotate(-turn_deg, expand=True)
    out = io.BytesIO()
    if upright.mode == "1":
        upright.save(out, "PNG", dpi=(dpi, dpi))
        return out.getvalue()
    shown = _plain(upright)
    if (longest := max(shown.size)) > _LONGEST_PX:
        share = _LONGEST_PX / longest
        size = (max(1, round(shown.width * share)), max(1, round(shown.height * share)))
        shown, dpi = shown.resize(size, Image.Resampling.LANCZOS), dpi * share
    shown.save(out, "JPEG", quality=_JPEG_QUALITY, dpi=(round(dpi), round(dpi)))
    return out.getvalue()


def _plain(image: "Image.Image") -> "Image.Image":
    """In grey or colour without transparency, which lies on white; 16 bits in eight."""
    from PIL import Image

    if image.mode.startswith("I;16"):
        return image.point(lambda level: level / 256).convert("L")
    if "A" in image.getbands() or "transparency" in image.info:
        clear = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear).convert("RGB")
    return image if image.mode == "L" else image.convert("RGB")


def _words(part: Part, note: str, cut: str) -> Iterator[bytes]:
    from archive_service.forms.typst_form import FormTemplateError, render_bytes

    sections, left = [], MOST_CHARACTERS
    for heading, text in part.sections:
        sections.append(_section(heading, text[:left]))
        left -= len(text)
        if left < 0:
            sections.append({"heading": "", "columns": 0, "lines": [cut], "rows": []})
            break
    data = {"name": part.name, "note": note.format(name=part.name), "sections": sections}
    try:
        yield render_bytes(_TEMPLATE, data)
    except FormTemplateError as wrong:
        raise AccessCopyImpossibleError(reason=str(wrong)[:300]) from wrong


def _section(heading: str, text: str) -> dict[str, object]:
    """A table where its lines have cells, as those of a worksheet."""
    lines = [
        line[start : start + _LONGEST_LINE]
        for line in text.splitlines()
        for start in range(0, max(len(line), 1), _LONGEST_LINE)
    ]
    rows = [line.split("\t") for line in lines] if "\t" in text else []
    columns = max(map(len, rows), default=0)
    if not 1 < columns <= _TABLE_COLUMNS or columns * len(rows) > _TABLE_CELLS:
        shown_lines = [line.replace("\t", "   ") for line in lines]
        return {"heading": heading, "columns": 0, "lines": shown_lines, "rows": []}
    filled = [[*row, *[""] * (columns - len(row))] for row in rows]
    return {"heading": heading, "columns": columns, "lines": [], "rows": filled}
