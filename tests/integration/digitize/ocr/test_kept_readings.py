"""What was read from a page before it was stored is not read again when its PDF is made."""

from pathlib import Path

from sqlalchemy import select

from archive_service import clock
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import DigitalObject
from archive_service.domain.digitization.page_reading import PageReadingRow
from archive_service.storage.content import HeldContent
from archive_service.storage.reader import sha256_of
from digitize.ocr.kept_readings import find_reading
from digitize.ocr.reading_file import dump_reading
from digitize.ocr.words import Line, PageReading, Word
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.clients import do_all
from tests.worlds.digitize.scanned import scanned_case

CODE = "H40.18.2025.41.QLCT"
WORD = Word("KHÁC", 97.0, 100, 60, 260, 100)
READING = PageReading(
    900, 260, 200, (Line((WORD,), 100, 60, 260, 100, 98, 98, starts_block=True),), software="thử"
)


def test_a_kept_reading_is_what_the_copy_says(tmp_path: Path) -> None:
    folder = scanned_case(tmp_path / "case", code=CODE, documents=1)
    with (folder / "01 Biên bản" / "001.jpg").open("rb") as image:
        digest = sha256_of(image)
    with open_home(new_home(tmp_path / "home")) as services:
        kept = services.staging.receive_all([dump_reading(READING)])[0]
        with services.writing() as session:
            session.add(
                PageReadingRow(
                    image_sha256=digest,
                    software=services.ocr.software,
                    reading_sha256=kept.sha256,
                    size_bytes=kept.size_bytes,
                    read_at=clock.now(),
                )
            )
        (submission,) = submit(folder, actor=person(services, "bach"), services=services)
        do_all(services)
        accept(services, submission, actor=person(services, "lan"))
        do_all(services)
        with services.read_only() as session:
            row = session.scalars(select(CaseFile)).one()
            plain, _ = row.documents[0].text_files()
            assert plain is not None
            content = HeldContent(services.copies, row.ocfl_id)
            assert content.read(plain.sha256, plain.size_bytes).decode().split() == ["KHÁC"]


def test_a_page_turned_otherwise_or_read_by_another_engine_is_read_anew(tmp_path: Path) -> None:
    with open_home(new_home(tmp_path / "home")) as services:
        kept = services.staging.receive_all([dump_reading(READING)])[0]
        broken = services.staging.receive_all([b"no reading"])[0]
        with services.writing() as session:
            for image, sha256 in (("a" * 64, kept.sha256), ("b" * 64, broken.sha256)):
                session.add(
                    PageReadingRow(
                        image_sha256=image,
                        turn_deg=90,
                        software="máy 1",
                        reading_sha256=sha256,
                        size_bytes=1,
                        read_at=clock.now(),
                    )
                )

        def found(image: str, turn_deg: int, software: str) -> PageReading | None:
            page = DigitalObject(sha256=image * 64, turn_deg=turn_deg)
            return find_reading(
                page, software=software, database=services.database, staging=services.staging
            )

        assert found("a", 90, "máy 1") == READING
        assert found("a", 450, "máy 1") == READING
        assert found("a", 0, "máy 1") is None
        assert found("a", 90, "máy 2") is None
        assert found("b", 90, "máy 1") is None
        services.staging.discard(kept.sha256)
        assert found("a", 90, "máy 1") is None
