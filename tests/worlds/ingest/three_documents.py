"""A case file of three documents, as its sender brings it."""

from pathlib import Path

from tests.worlds.door import case_row, document_row, write_pdf, write_sheet

THREE = "H40.18.2025.11.QLCT"


def three_documents(folder: Path) -> Path:
    """The folder, made, with a spreadsheet and the PDFs that it names."""
    folder.mkdir()
    rows = []
    for number, name in enumerate(("mot.pdf", "hai.pdf", "ba.pdf"), start=1):
        write_pdf(folder / name, words=f"Tài liệu {name}")
        rows.append(document_row(name, THREE, subject=f"Văn bản {number} về trạm bơm"))
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(THREE)], rows)
    return folder
