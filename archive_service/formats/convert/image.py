"""Images to PDF/A-2b, one page a frame, without loss: every pixel is compared afterwards."""

import datetime as dt
import hashlib
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

from archive_service.formats.convert.result import (
    Migrated,
    MigrationDiffersError,
    MigrationImpossibleError,
)
from archive_service.formats.pdf.pdfa import FLAVOUR, LANGUAGE, describe_pdf

if TYPE_CHECKING:
    import pikepdf
    from PIL import Image

_PLAIN_MODES = ("1", "L", "P", "RGB")  # what a PNG holds and a PDF/A shows, bit by bit


def image_to_pdfa(source: Path, target: Path, title: str, made_at: dt.datetime) -> Migrated:
    """A JPEG goes in with its own bytes, anything else as PNG without loss; see ``migrate``."""
    import img2pdf
    import pikepdf
    import PIL
    from pikepdf import pdfa

    refused = (
        img2pdf.AlphaChannelError,
        img2pdf.ExifOrientationError,
        img2pdf.ImageOpenError,
        img2pdf.JpegColorspaceError,
        img2pdf.PdfTooLargeError,
        img2pdf.UnsupportedColorspaceError,
        PIL.UnidentifiedImageError,
    )
    shown: list[str] = []
    try:
        pages = list(_pages(source, shown))
        joined = io.BytesIO(img2pdf.convert(pages, rotation=img2pdf.Rotation.ifvalid, nodate=True))
    except refused as error:
        raise MigrationImpossibleError(reason=str(error)[:300]) from error
    with pikepdf.open(joined) as pdf:
        pdf.Root.Lang = LANGUAGE
        describe_pdf(pdf, title, made_at)
        pdfa.prepare(pdf, FLAVOUR)
        describe_pdf(pdf, title, made_at)
        try:
            pdfa.save(pdf, target, FLAVOUR, repair=False, deterministic_id=True)
        except pdfa.PdfaError as error:
            raise MigrationImpossibleError(reason=error.report.summary(3)) from error
    found = _seen(target)
    if found != shown:
        raise MigrationDiffersError(what="pixels", original=len(shown), result=len(found))
    tool = f"img2pdf {img2pdf.__version__}, pikepdf {pikepdf.__version__}, Pillow {PIL.__version__}"
    checks = {"pages": len(shown), "pixels": "equal", "pdfa": FLAVOUR}
    return Migrated(tool=tool, pages=len(shown), checks=checks)


def _pages(source: Path, shown: list[str]) -> Iterator[bytes]:
    """Each frame as img2pdf takes it; ``shown`` gets the digest of its pixels."""
    from PIL import Image, ImageSequence

    with Image.open(source) as image:
        frames = getattr(image, "n_frames", 1)
        if image.format == "GIF" and frames > 1:
            raise MigrationImpossibleError(reason="an animation has no pages")
        if image.format in ("JPEG", "MPO"):
            shown.append(_digest(image))
            yield source.read_bytes()
            return
        for frame in ImageSequence.Iterator(image):
            if frame.mode not in _PLAIN_MODES or "transparency" in frame.info:
                raise MigrationImpossibleError(reason=f"colours of kind {frame.mode}")
            shown.append(_digest(frame))
            out = io.BytesIO()
            dpi = frame.info.get("dpi")
            frame.save(out, "PNG", **({"dpi": dpi} if dpi else {}))
            yield out.getvalue()


def _seen(target: Path) -> list[str]:
    """Digests of the pixels of what was written, page by page."""
    import pikepdf

    with pikepdf.open(target) as pdf:
        return [_page_digest(page) for page in pdf.pages]


def _page_digest(page: "pikepdf.Page") -> str:
    import pikepdf

    (image,) = page.get_images().values()
    return _digest(pikepdf.PdfImage(cast(pikepdf.Stream, image)).as_pil_image())


def _digest(image: "Image.Image") -> str:
    pixels = image.convert("RGB")
    digest = hashlib.sha256(repr(pixels.size).encode())
    digest.update(pixels.tobytes())
    return digest.hexdigest()
