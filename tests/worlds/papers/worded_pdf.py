"""PDFs with a few words on each page, and one of which a page cannot be read."""

import re
from pathlib import Path

import pikepdf

_PAGE = re.compile(rb"<< /Contents .*/Type /Page >>")
_LINE = 500  # letters


def worded_pdf(path: Path, *pages: str) -> Path:
    """``pages`` are words in plain letters, one text for each page."""
    with pikepdf.new() as pdf:
        font = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
            )
        )
        for words in pages:
            page = pdf.add_blank_page(page_size=(595, 842))
            page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
            lines = "".join(
                f"({words[at : at + _LINE]}) Tj T* " for at in range(0, len(words), _LINE)
            )
            page.Contents = pdf.make_stream(f"BT /F 1 Tf 1 TL 72 700 Td {lines}ET".encode())
        pdf.save(path, compress_streams=False, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return path


def without_page(path: Path, number: int) -> Path:
    """The object of one page is a number, where a page should be."""
    data = path.read_bytes()
    found = [*_PAGE.finditer(data)][number - 1]
    path.write_bytes(
        data[: found.start()] + b"7".ljust(found.end() - found.start()) + data[found.end() :]
    )
    return path
