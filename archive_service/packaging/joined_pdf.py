"""Joins many PDFs and page images into one file in bounded memory and with few open files."""

import io
from collections.abc import Iterable
from pathlib import Path
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    import pikepdf

BATCH = 64  # open at once: a source must stay open until the joined file is written


class PdfJoiner:
    """Parts in their order below a temporary folder, which the caller owns."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._parts: list[Path] = []
        self.pages = 0

    def add(self, source: IO[bytes], *, is_image: bool) -> int:
        """Take one file over; the number of its pages, 0 if it cannot be shown as PDF."""
        part = self._folder / f"part-{len(self._parts):05}.pdf"
        try:
            if is_image:
                _image_to_pdf(source, part)
            else:
                _copy(source, part)
            pages = page_count(part)
        except _unreadable():
            return 0
        self._parts.append(part)
        self.pages += pages
        return pages

    def write(
        self,
        target: Path,
        *,
        before: Iterable[Path],
        after: Iterable[Path],
        bookmarks: Iterable[tuple[str, int]],
    ) -> None:
        """Join ``before``, all parts and ``after``; ``bookmarks`` name pages counted from 0."""
        import pikepdf

        level = 0
        parts = [*before, *self._parts, *after]
        while len(parts) > BATCH:
            level += 1
            batches = [parts[at : at + BATCH] for at in range(0, len(parts), BATCH)]
            parts = [
                _join(batch, self._folder / f"level-{level}-{number:05}.pdf", ())
                for number, batch in enumerate(batches)
            ]
        outline = [pikepdf.OutlineItem(title, page) for title, page in bookmarks]
        _join(parts, target, outline)


def _join(parts: list[Path], target: Path, outline: Iterable["pikepdf.OutlineItem"]) -> Path:
    import pikepdf

    joined = pikepdf.Pdf.new()
    sources = []
    try:
        for part in parts:
            source = pikepdf.Pdf.open(part)
            sources.append(source)
            # What a signature shows stays on the page; the signature itself is of the original.
            source.flatten_annotations("all")
            joined.add_pages_from(source, forms="strip")
        with joined.open_outline() as tree:
            tree.root.extend(outline)
        joined.save(target, deterministic_id=True)
    finally:
        for source in sources:
            source.close()
        joined.close()
    return target


def _copy(source: IO[bytes], part: Path) -> None:
    with part.open("wb") as out:
        while block := source.read(1 << 20):
            out.write(block)


def _image_to_pdf(source: IO[bytes], part: Path) -> None:
    """JPEG bytes go in as they are, at the size their resolution gives."""
    import img2pdf

    with part.open("wb") as out:
        img2pdf.convert(io.BytesIO(source.read()), outputstream=out)


def page_count(part: Path) -> int:
    """Pages of a PDF file."""
    import pikepdf

    with pikepdf.Pdf.open(part) as pdf:
        return len(pdf.pages)


def _unreadable() -> tuple[type[Exception], ...]:
    import img2pdf
    import pikepdf

    images = (img2pdf.ImageOpenError, img2pdf.AlphaChannelError, img2pdf.PdfTooLargeError)
    return (pikepdf.PdfError, *images)
