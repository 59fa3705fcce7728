"""A case file with a fault on a later page, in a field of a document, and in its own data."""

from pathlib import Path

from PIL import Image

from tests.worlds.door import case_row, document_row, write_pdf, write_sheet

CODE = "H40.18.2025.10.QLCT"
PAGES = "anh"


def misplaced_case(folder: Path) -> Path:
    """Document 1: two page images, the second too coarse; 2: no day, no number; 3: two PDFs alike.

    The case file says that it has four.
    """
    (folder / PAGES).mkdir(parents=True)
    for number, dpi in ((1, 200), (2, 96)):
        image = Image.new("RGB", (900, 1200), (240 - number, 240, 240))
        image.save(folder / PAGES / f"{number:03}.jpg", dpi=(dpi, dpi))
    write_pdf(folder / "02.pdf", words="mot")
    write_pdf(folder / "03a.pdf", words="hai")
    write_pdf(folder / "03b.pdf", words="hai", pages=2)
    (folder / "03b.pdf").write_bytes((folder / "03b.pdf").read_bytes()[:-40])
    documents = [
        document_row(PAGES, CODE, confidenceLevel="Số hóa"),
        document_row("02.pdf", CODE, issuedDate="", codeNumber="Số 12 dài quá"),
        document_row("03a.pdf; 03b.pdf", CODE, codeNumber="14"),
    ]
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(CODE, totalDoc="4")], documents)
    return folder
