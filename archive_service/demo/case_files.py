"""The case files of the sample, as an officer would put them into a folder."""

import hashlib
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from archive_service.demo.agency import SampleAgency
from archive_service.demo.papers import CaseText, Paper, print_paper
from archive_service.demo.sheets import (
    Cell,
    Row,
    case_row,
    document_row,
    write_submission_sheet,
)
from archive_service.forms.signed_form import signature_mark
from archive_service.forms.typst_form import FONTS, FormPlace, Press
from archive_service.signing.port import Signer

SHEET_NAME = "Danh sách hồ sơ.xlsx"
# Cell 14 of NĐ 30/2020 PL I, above the name of the state: where an agency's signature is seen.
AGENCY_PLACE = FormPlace(page=0, box=(320, 796, 538, 824))
PERSON_FIELD = "ChuKyNguoiKy"
AGENCY_FIELD = "ChuKyCoQuan"
SKEW_DEGREES = 1.5
PASSWORD = "mat-khau-thu"  # noqa: S105 - it locks the sample's encrypted PDF


def make_born_digital(
    folder: Path,
    text: CaseText,
    agency: SampleAgency,
    *,
    person: Signer,
    seal: Signer,
    fonts: Path = FONTS,
) -> None:
    """Case files A and E: PDFs; some signed by a person and then by the agency."""
    folder.mkdir(parents=True)
    rows = []
    for paper in text.papers:
        file = folder / paper.file
        place = print_paper(paper, file, agency=agency, fonts=fonts)
        if paper.signed and place is not None:
            _sign_twice(file, paper, place, person=person, seal=seal, fonts=fonts)
        sha256 = "" if paper.signed else _sha256(file.read_bytes())
        rows.append(_document_row(text, paper, agency, files=paper.file, sha256=sha256))
    case_file = _case_row(text) | {"maintenance": text.fields.get("maintenance", "20 năm")}
    write_submission_sheet(folder / SHEET_NAME, [case_file], rows, vietnamese=True)


def make_scanned(
    folder: Path,
    text: CaseText,
    agency: SampleAgency,
    *,
    seed: int,
    fonts: Path = FONTS,
) -> None:
    """Case file B: a folder of page images for each document of paper."""
    folder.mkdir(parents=True)
    rows = []
    for ordinal, paper in enumerate(text.papers, start=1):
        scan_paper(folder / paper.folder, paper, agency, seed=seed * 100 + ordinal, fonts=fonts)
        row = _document_row(text, paper, agency, files=paper.folder) | {
            "language": "01",
            "mode": "01",
            "confidenceLevel": "02",
            "process": "",
            "riskRecovery": 0,
            "standing": "official",
            "origin": "digitized-by-receiver",
            "typeName": _TYPE_CODES[paper.type],
            "format": "02",
        }
        rows.append(row)
    case_file = _case_row(text) | {
        "maintenance": "05",
        "mode": "01",
        "language": "01",
        "confidenceLevel": "02",
        "numberOfPaper": sum(len(paper.pages) for paper in text.papers),
        "format": "02",
        "paperFileCode": f"{agency.old_code}.KhoA-Gia14-Hop221.03",
        "riskRecovery": 0,
    }
    write_submission_sheet(folder / SHEET_NAME, [case_file], rows, vietnamese=False)


def make_faulty(folder: Path, text: CaseText, agency: SampleAgency, *, fonts: Path = FONTS) -> None:
    """Case file C: each document but the first has the fault its text names."""
    folder.mkdir(parents=True)
    rows: list[Row] = []
    for paper in text.papers:
        file = folder / paper.file
        print_paper(paper, file, agency=agency, fonts=fonts)
        if (spoil := _SPOILERS.get(paper.fault)) is not None:
            spoil(file)
        sha256 = _sha256(file.read_bytes())
        if paper.fault == "checksum":
            _append_after_listing(file)
        row = _document_row(text, paper, agency, files=paper.file, sha256=sha256)
        if paper.fault == "field":
            row = {key: value for key, value in row.items() if key != "subject"}
        rows.append(row)
    case_file = _case_row(text) | {"maintenance": "10 năm"}
    write_submission_sheet(folder / SHEET_NAME, [case_file], rows, vietnamese=True)


def make_listed(folder: Path, text: CaseText, agency: SampleAgency) -> None:
    """A list alone, as of case file D: its paper comes from a scanning station."""
    folder.mkdir(parents=True)
    on_paper = {"confidenceLevel": "Số hóa", "standing": "Bản chính"}
    rows = [
        _document_row(text, paper, agency, files="") | on_paper | {"numberOfPage": len(paper.pages)}
        for paper in text.papers
    ]
    case_file = _case_row(text) | {
        "maintenance": text.fields.get("maintenance", "10 năm"),
        "confidenceLevel": "Số hóa",
        "paperFileCode": f"{agency.new_code}.KhoA-Gia02-Hop007.01",
    }
    write_submission_sheet(folder / SHEET_NAME, [case_file], rows, vietnamese=True)


def _sign_twice(
    file: Path, paper: Paper, place: FormPlace, *, person: Signer, seal: Signer, fonts: Path
) -> None:
    for signer, field, where, at in (
        (person, PERSON_FIELD, place, paper.made_at()),
        (seal, AGENCY_FIELD, AGENCY_PLACE, paper.sealed_at()),
    ):
        mark = signature_mark(signer.subject.name, where, at=at, framed=False, press=Press(fonts))
        signer.sign_pdf(file, file, field=field, visible=mark, at=at)


def scan_paper(
    folder: Path, paper: Paper, agency: SampleAgency, *, seed: int, fonts: Path = FONTS
) -> None:
    """Print and scan one document: ``001.jpg`` and so on in ``folder``, which is made."""
    import numpy as np

    from archive_service.demo.ink import InkMarks
    from archive_service.demo.scans import blank_back, page_images, pixel_box, scan

    rng = np.random.default_rng(seed)
    folder.mkdir()
    with tempfile.TemporaryDirectory() as temporary:
        pdf = Path(temporary) / "paper.pdf"
        place = print_paper(paper, pdf, agency=agency, fonts=fonts)
        fronts = list(page_images(pdf))
    image_number = 0
    for number, front in enumerate(fronts, start=1):
        marks = None
        if place is not None and place.page == number - 1:
            marks = InkMarks(
                box=pixel_box(place),
                around=agency.superior.replace("Ủy ban nhân dân", "UBND").upper(),
                inside="SỞ\nCÔNG TRÌNH",
            )
        sides = [(front, marks)]
        if paper.blank_back_after == number:
            sides.append((blank_back(front), None))
        for side, ink in sides:
            image_number += 1
            skew = SKEW_DEGREES if paper.skewed == number and side is front else 0.0
            image = scan(side, rng, fonts=fonts, skew_degrees=skew, marks=ink)
            (folder / f"{image_number:03}.jpg").write_bytes(image)


def _append_after_listing(file: Path) -> None:
    """Still a good PDF, but no longer the one that was listed."""
    with file.open("ab") as out:
        out.write("% bản sửa sau khi lập danh sách\n".encode())


def _replace_by_picture(file: Path) -> None:
    """The name says PDF, the content is a picture."""
    from PIL import Image

    with file.open("wb") as out:
        Image.new("RGB", (400, 300), (238, 232, 214)).save(out, "PNG")


def _encrypt(file: Path) -> None:
    """Opens with a password only; drawn salts make its bytes differ each time."""
    import pikepdf

    with pikepdf.open(file, allow_overwriting_input=True) as pdf:
        pdf.save(file, encryption=pikepdf.Encryption(user=PASSWORD, owner=PASSWORD))


_SPOILERS: Mapping[str, Callable[[Path], None]] = {
    "content": _replace_by_picture,
    "encrypted": _encrypt,
}
_TYPE_CODES = {"Quyết định": "02", "Biên bản": "20", "Công văn": "22", "Báo cáo": "14"}


def _case_row(text: CaseText) -> dict[str, Cell]:
    fields: Mapping[str, Any] = text.fields
    return case_row(
        fields["code"],
        fields["title"],
        startDate=fields["started_on"],
        endDate=fields["ended_on"],
        keyword=fields.get("keyword", ""),
        description=fields.get("description", ""),
        creator=fields["creator"],
    )


def _document_row(
    text: CaseText, paper: Paper, agency: SampleAgency, *, files: str, sha256: str = ""
) -> dict[str, Cell]:
    head = agency.head_on(paper.date)
    return document_row(
        text.fields["code"],
        files,
        **paper.fields(),
        sha256=sha256,
        organName=agency.name,
        standing="Bản gốc",
        origin="Ký số từ đầu" if paper.signed else "",
        signer=head.name,
        signerPosition=head.position,
        receivers="; ".join(paper.recipients),
    )


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
