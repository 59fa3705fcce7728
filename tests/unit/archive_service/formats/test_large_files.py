"""Large files are read in parts, and said to be what they are."""

from pathlib import Path
from random import Random

import pikepdf
import pytest

from archive_service.formats.identify import identify
from archive_service.formats.page_text import pdf_texts

PADDING_BYTES = 70 << 20


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A PDF of four pages, each with a word, and much that is none."""
    path = tmp_path_factory.mktemp("large") / "large.pdf"
    with pikepdf.new() as pdf:
        font = pdf.make_indirect(
            pikepdf.Dictionary(
                Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica
            )
        )
        for number in range(1, 5):
            page = pdf.add_blank_page()
            page.Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F=font))
            words = f"BT /F 24 Tf 72 72 Td (page{number}) Tj ET".encode()
            page.Contents = pdf.make_stream(words)
        pdf.Root.Padding = pdf.make_stream(Random(1).randbytes(PADDING_BYTES))
        pdf.save(path, compress_streams=False)
    return path


def test_every_page_of_a_large_pdf_gives_its_text_in_order(large: Path) -> None:
    texts = pdf_texts(large)
    assert [(page.number, page.text.strip()) for page in texts] == [
        (number, f"page{number}") for number in range(1, 5)
    ]


def test_a_large_pdf_is_identified_by_its_ends(large: Path) -> None:
    found = identify(large)
    assert found.media_type == "application/pdf"
    assert found.by_content
    assert found.extension_matches


def test_large_bytes_without_a_signature_are_no_pdf(tmp_path: Path) -> None:
    path = tmp_path / "false.pdf"
    path.write_bytes(Random(2).randbytes(PADDING_BYTES))
    assert not identify(path).by_content
