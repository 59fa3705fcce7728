"""A copy as it is packed: PDF/A-2b by two judges, with what it shows told in XMP, and turned."""

import datetime as dt
from pathlib import Path
from types import ModuleType

import pikepdf
import pytest
from PIL import Image

from archive_service.formats.pdf.pdfa import CopyFacts, NotPdfaError, require_pdfa
from digitize.documents.pdfa import MadePage, assemble, image_to_pdf
from digitize.ocr.words import Line, PageReading, Word
from tests.worlds.papers.copy_fields import read_copy_fields

MADE_AT = dt.datetime(2026, 3, 2, 1, 0, tzinfo=dt.UTC)
FACTS = CopyFacts(
    file_code="H40.18.2025.09.QLCT",
    ordinal=12,
    document_code="H40.18.2025.09.QLCT.0000012",
    type_name="02",
    number="15",
    notation="QĐ-SCT",
    issued_date="2025-03-05",
    issuer="Sở Công trình tỉnh Sơn Lam",
    agency_code="H40.18",
    agency="Sở Công trình tỉnh Sơn Lam",
    archive="Lưu trữ tỉnh Sơn Lam",
    source_digest="ab" * 32,
)
WORD = Word("Quyết", 95.0, 100, 100, 300, 160)


def page(folder: Path, name: str, *, turn_deg: int = 0) -> MadePage:
    """A small page of one word."""
    image = folder / f"{name}.jpg"
    Image.new("RGB", (820, 1160), "white").save(image, dpi=(100, 100))
    made = folder / f"{name}.pdf"
    image_to_pdf(image, made, dpi=100, name=image.name)
    line = Line((WORD,), 100, 100, 300, 160, 150, 150, starts_block=True)
    return MadePage(made, PageReading(820, 1160, 100, (line,)), turn_deg)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    pages = [page(tmp_path, str(turn), turn_deg=turn) for turn in (0, 90, 180, 270)]
    target = tmp_path / "copy.pdf"
    assemble(pages, target, title="Quyết định", made_at=MADE_AT, about=FACTS)
    return target


def test_both_judges_pass_it_with_its_own_fields(copy: Path, tools: ModuleType) -> None:
    (verdict,) = tools.verapdf([copy])
    assert verdict.passed, verdict.details
    assert verdict.flavour == "2b"
    require_pdfa(copy)


def test_it_tells_code_number_agencies_and_days(copy: Path) -> None:
    with pikepdf.open(copy) as pdf:
        assert pdf.pdf_version >= "1.4"
        told = read_copy_fields(pdf.Root.Metadata.read_bytes())
        with pdf.open_metadata() as xmp:
            assert xmp["dc:title"] == "Quyết định"
            assert xmp["dc:identifier"] == "H40.18.2025.09.QLCT.12"
            assert xmp["dc:creator"] == ["Sở Công trình tỉnh Sơn Lam"]
            assert xmp["dc:publisher"] == {FACTS.agency, FACTS.archive}
            assert xmp["dc:source"] == f"urn:sha256:{'ab' * 32}"
    assert told["fileCode"] == "H40.18.2025.09.QLCT"
    assert (told["codeNumber"], told["codeNotation"]) == ("15", "QĐ-SCT")
    assert (told["issuedDate"], told["docOrdinal"]) == ("2025-03-05", "12")
    assert told["digitizedAt"] == "2026-03-02T08:00:00+07:00"


def test_a_turned_page_is_turned_by_the_viewer_alone(copy: Path) -> None:
    with pikepdf.open(copy) as pdf:
        turns = [int(each.obj.get("/Rotate", 0)) for each in pdf.pages]
        sizes = {tuple(float(edge) for edge in each.mediabox) for each in pdf.pages}
        images = {next(iter(each.get_images().values())).read_raw_bytes()[:4] for each in pdf.pages}
    assert turns == [0, 90, 180, 270]
    assert len(sizes) == 1
    assert images == {b"\xff\xd8\xff\xe0"}


def test_a_field_that_nothing_describes_is_refused_by_both(
    copy: Path, tmp_path: Path, tools: ModuleType
) -> None:
    broken = tmp_path / "broken.pdf"
    data = copy.read_bytes()
    assert data.count(b"<pdfaProperty:name>docCode<") == 1
    broken.write_bytes(data.replace(b"<pdfaProperty:name>docCode<", b"<pdfaProperty:name>docKode<"))
    with pytest.raises(NotPdfaError, match="docCode"):
        require_pdfa(broken)
    (verdict,) = tools.verapdf([broken])
    assert not verdict.passed
