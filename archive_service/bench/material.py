"""Case files of any size for the benches: sound PDFs whose bytes cannot be packed."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from random import Random

from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.demo.sheets import Row, case_row, document_row, write_submission_sheet

_SIDE = 1024  # pixels of a line of a grey image, and of its lines where it is of 1 MiB
_WORDS = b"Page of a bench: words enough for a page that was written and not scanned"
_DAY = dt.date(2025, 6, 2)
SHEET_NAME = "Danh sách hồ sơ.xlsx"
TYPED_TITLE = "Hồ sơ soạn trên trang"
# What an officer types into a draft: of the case file, and of its document.
TYPED_CASE_FILE = {
    "fileCode": f"{SAMPLE_AGENCY.new_code}.2025.002.BM",
    "title": TYPED_TITLE,
    "maintenance": "10 năm",
    "startDate": _DAY.isoformat(),
    "endDate": _DAY.isoformat(),
}
TYPED_DOCUMENT = {
    "subject": "Báo cáo",
    "typeName": "Báo cáo",
    "codeNumber": "1",
    "codeNotation": "BC-BM",
    "issuedDate": _DAY.isoformat(),
    "organName": SAMPLE_AGENCY.name,
}


def make_case_files(
    target: Path, *, count: int, files: int, file_bytes: int, series: str = "BM"
) -> list[Path]:
    """Submission folders ``001``, ``002``, … in ``target``, each with ``files`` PDFs.

    Case files of another ``series`` have other codes and other bytes.
    """
    folders = []
    for number in range(1, count + 1):
        folder = target / f"{number:03}"
        folder.mkdir(parents=True)
        names = [f"{ordinal:03}.pdf" for ordinal in range(1, files + 1)]
        for ordinal, name in enumerate(names, start=1):
            write_pdf(
                folder / name,
                file_bytes,
                seed=(number * 10_000 + ordinal) * 1000 + sum(series.encode()),
            )
        _write_sheet(folder, f"{SAMPLE_AGENCY.new_code}.2025.{number:03}.{series}", names)
        folders.append(folder)
    return folders


def make_bulk(target: Path, *, count: int, files: int, file_bytes: int) -> int:
    """One list of ``count`` case files, each in a folder with ``files`` PDFs; bytes of them all."""
    cases: list[Row] = []
    documents: list[Row] = []
    size = 0
    for number in range(1, count + 1):
        folder = target / f"{number:05}"
        folder.mkdir(parents=True)
        names = [f"{folder.name}/{ordinal:03}.pdf" for ordinal in range(1, files + 1)]
        for ordinal, name in enumerate(names, start=1):
            write_pdf(target / name, file_bytes, seed=number * 10_000 + ordinal)
            size += (target / name).stat().st_size
        code = f"{SAMPLE_AGENCY.new_code}.2025.{number:05}.BM"
        cases.append(_case_row(code))
        documents.extend(_document_rows(code, names))
    write_submission_sheet(target / SHEET_NAME, cases, documents, vietnamese=True)
    return size


def write_pdf(path: Path, size_bytes: int, *, seed: int) -> None:
    """A PDF of about this size, a page for each whole MiB, written in bounded memory.

    Below 1 MiB it has one page, and is never smaller than 2 KiB.
    """
    random = Random(seed)
    pages = max(1, size_bytes >> 20)
    lines = _SIDE if size_bytes >= _SIDE * _SIDE else max(1, size_bytes // _SIDE - 1)
    places: list[int] = []
    with path.open("wb") as out:
        out.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        for number, body in enumerate(_objects(pages, lines, random), start=1):
            places.append(out.tell())
            out.write(b"%d 0 obj\n" % number + body + b"\nendobj\n")
        table = out.tell()
        out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(places) + 1))
        out.writelines(b"%010d 00000 n \n" % place for place in places)
        out.write(b"trailer\n<< /Size %d /Root 1 0 R >>\n" % (len(places) + 1))
        out.write(b"startxref\n%d\n%%%%EOF\n" % table)


def _objects(pages: int, lines: int, random: Random) -> Iterator[bytes]:
    """Catalog, page tree, then page, content and image of each page, in the order of numbers."""
    kids = b" ".join(b"%d 0 R" % (3 + 3 * page) for page in range(pages))
    yield b"<< /Type /Catalog /Pages 2 0 R >>"
    yield b"<< /Type /Pages /Count %d /Kids [%s] >>" % (pages, kids)
    # A quarter of the page: no image of a sheet, of which digitization would make a twin.
    # Words stand above it, so that nobody takes the page for a scan.
    draw = b"BT /F 12 Tf 72 760 Td (%s) Tj ET q 297 0 0 421 0 0 cm /I Do Q" % _WORDS
    for page in range(pages):
        own = 3 + 3 * page
        yield (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /XObject << /I %d 0 R >> /Font << /F << /Type /Font /Subtype /Type1 "
            b"/BaseFont /Helvetica >> >> >> >>" % (own + 1, own + 2)
        )
        yield b"<< /Length %d >>\nstream\n%s\nendstream" % (len(draw), draw)
        yield (
            b"<< /Type /XObject /Subtype /Image /Width %d /Height %d /ColorSpace /DeviceGray "
            b"/BitsPerComponent 8 /Length %d >>\nstream\n"
            % (_SIDE, lines, _SIDE * lines)
            + random.randbytes(_SIDE * lines)
            + b"\nendstream"
        )


def _write_sheet(folder: Path, code: str, names: list[str]) -> None:
    write_submission_sheet(
        folder / SHEET_NAME, [_case_row(code)], _document_rows(code, names), vietnamese=True
    )


def _case_row(code: str) -> Row:
    title = f"Hồ sơ đo tốc độ {code}"
    return case_row(code, title, maintenance="10 năm", startDate=_DAY, endDate=_DAY)


def _document_rows(code: str, names: list[str]) -> list[Row]:
    """No two case files have a document of one number and symbol: acceptance would ask."""
    return [
        document_row(
            code,
            name,
            typeName="Báo cáo",
            codeNumber=str(number),
            codeNotation="BC-" + "".join(code.split(".")[-2:]),
            issuedDate=_DAY,
            organName=SAMPLE_AGENCY.name,
            subject=f"Báo cáo số {number}",
        )
        for number, name in enumerate(names, start=1)
    ]
