"""An archive whose texts were misread: a case file of paper, and one of a PDF of images."""

import io
from dataclasses import replace
from pathlib import Path

from archive_service import clock
from archive_service.domain.digitization.page_reading import PageReadingRow
from archive_service.services import Services
from digitize.ocr.page_scan import PageRequest
from digitize.ocr.reading_file import dump_reading
from digitize.ocr.words import PageReading, Word
from digitize.twins.readings import keep
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import PAPER_FOLDER, mixed_case, new_home, open_home, person
from tests.worlds.clients import do_all
from tests.worlds.door import case_row, document_row, sha256_of, write_sheet
from tests.worlds.papers import incoming_pdfs as pdfs
from tests.worlds.servers.backends import read_settings, write_settings

PAPER, PDF = "H40.18.2025.08.QLCT", "H40.18.2025.09.QLCT"


def misread(reading: PageReading) -> PageReading:
    """The same with every "bàn" taken for "bản", and doubts about it."""

    def wrong(word: Word) -> Word:
        if word.text.casefold() != "bàn":
            return word
        return replace(word, text="bqn", confidence=40.0)

    lines = tuple(replace(line, words=tuple(map(wrong, line.words))) for line in reading.lines)
    return replace(reading, lines=lines)


def bring(services: Services, *folders: Path) -> None:
    """Submitted, accepted, stored and read."""
    for folder in folders:
        (submission,) = submit(folder, actor=person(services, "bach"), services=services)
        do_all(services)
        accept(services, submission, actor=person(services, "lan"))
        do_all(services)


def read_wrong(services: Services, *images: Path) -> list[PageReading]:
    """What the engine at work reads of them, misread."""
    answers = services.ocr.read([PageRequest(image) for image in images])
    return [misread(answer) for answer in answers if isinstance(answer, PageReading)]


def misread_home(place: Path) -> Path:
    """A case file of paper and one of a PDF of images, read by the fast model, which misread."""
    home = new_home(place / "home")
    settings = read_settings(home)
    write_settings(home, settings | {"digitize": {**settings["digitize"], "model": "fast"}})
    paper, pdf = mixed_case(place / "paper", code=PAPER), place / "pdf"
    pdf.mkdir()
    image = pdfs.sheet(place / "sheet.jpg")
    made = pdfs.of_images(pdf / "quet.pdf", image, image)
    write_sheet(pdf / "Hồ sơ.xlsx", [case_row(PDF)], [document_row("quet.pdf", PDF)])
    with open_home(home) as services:
        scan = paper / PAPER_FOLDER / "001.jpg"
        on_paper, on_pdf = read_wrong(services, scan, image)
        with services.writing() as session:
            staged = services.staging.receive(io.BytesIO(dump_reading(on_paper)))
            row = PageReadingRow(
                image_sha256=sha256_of(scan),
                software=on_paper.software,
                reading_sha256=staged.sha256,
                size_bytes=staged.size_bytes,
                read_at=clock.now(),
            )
            session.add(row)
        folder = services.work_folder / f"readings-{sha256_of(made)[:32]}-fast"
        folder.mkdir()
        for number in (1, 2):
            keep(folder, number, on_pdf)
        bring(services, paper, pdf)
    write_settings(home, settings)
    return home
