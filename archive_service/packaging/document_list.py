"""The mục lục văn bản as a file of the package: what stands for paper that is still to come."""

from collections.abc import Sequence
from pathlib import Path

from archive_service.formats.pdf.drawn import drawn
from archive_service.packaging.descriptive import PREFIX
from archive_service.packaging.model import Package, PackageDocument
from archive_service.packaging.reading_order.content import (
    Words,
    circular_words,
    field_labels,
    in_time_order,
    index_row,
)
from archive_service.packaging.reading_order.pdf import TEMPLATE

FILE_NAME = "muc-luc-van-ban.pdf"
PUID = "fmt/477"  # PDF/A-2b
FORMAT_NAME = "Acrobat PDF/A - Portable Document Format 2b"


def document_list_pdf(
    package: Package,
    *,
    font_paths: Sequence[Path],
    words: Words = circular_words,
    trial: str = "",
) -> bytes:
    """The list as PDF/A-2b; the same package always gives the same bytes.

    ``trial`` are the words over each page where it proves nothing.

    Source: NĐ 30/2020/NĐ-CP, Phụ lục V, mẫu mục lục văn bản trong hồ sơ.
    """
    import typst

    rows = []
    for number, document in enumerate(in_time_order(package), 1):
        row = index_row(document, words)
        rows.append(
            [
                str(number),
                row.number_and_symbol,
                row.date,
                row.type_and_abstract,
                row.author,
                "",  # which page it begins on is known once the paper came
                "; ".join(part for part in (row.note, _pages(package, document)) if part),
            ]
        )
    data = {
        "part": "list",
        "first_page": 1,
        "title": package.label,
        "code": package.fields.get("fileCode") or package.fields.get("arcFileCode", ""),
        "agency": package.agency_name,
        "archive": package.archive_name,
        "rows": rows,
        "trial": trial,
    }
    pdf = typst.compile(
        str(TEMPLATE),
        font_paths=[str(path) for path in font_paths],
        ignore_system_fonts=True,
        sys_inputs={"data": drawn(data, font_paths[0])},
        pdf_standards="a-2b",
        timestamp=package.created_at.replace(microsecond=0),  # typst takes whole seconds
    )
    if not isinstance(pdf, bytes):
        raise TypeError("typst gave more than one file")
    return pdf


def _pages(package: Package, document: PackageDocument) -> str:
    """How many pages the sender counted, where they did."""
    counted = document.fields.get("numberOfPage", "0")
    if counted == "0":
        return ""
    return f"{field_labels(package.kind, PREFIX[document.kind])['numberOfPage']}: {counted}"
