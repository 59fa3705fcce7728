"""A delivery of many case files on a disk: a list, and a folder for each of them."""

from pathlib import Path
from typing import Any

from tests.worlds.door import case_row, document_row, write_pdf, write_sheet


def code_of(number: int) -> str:
    """The code of the case file of this number."""
    return f"H40.18.2025.{number:03}.BULK"


def make_bulk(folder: Path, count: int, **changed: dict[str, Any]) -> Path:
    """``count`` case files with two documents each, and their list; ``c3`` changes the third."""
    first = write_pdf(folder / "mau.pdf")
    seed = first.read_bytes()
    first.unlink()
    cases, documents = [], []
    for number in range(1, count + 1):
        code = code_of(number)
        cases.append(case_row(code, title=f"Hồ sơ số {number}") | changed.get(f"c{number}", {}))
        for ordinal in (1, 2):
            path = folder / f"{number:03}" / f"{ordinal}.pdf"
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(seed + b"\n%% %d %d\n" % (number, ordinal))
            name = f"{number:03}/{ordinal}.pdf"
            documents.append(document_row(name, code, codeNumber=f"{number:03}{ordinal}"))
    write_sheet(folder / "danh-sach.xlsx", cases, documents)
    return folder
