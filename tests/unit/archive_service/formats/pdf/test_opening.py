"""PDFs whose last bytes lead to no page, though programs show them."""

from pathlib import Path

import pikepdf
import pytest

from archive_service.formats.pdf.attached import attached_here
from archive_service.formats.pdf.facts import PdfCondition, read_pdf_here


def paper(target: Path) -> Path:
    """One page, with a file attached to it."""
    with pikepdf.new() as pdf:
        pdf.add_blank_page()
        pdf.attachments["a.txt"] = b"words of the attached file"
        pdf.save(target, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return target


def table(entries: bytes, *, after: int) -> bytes:
    """A table of objects that names none, and does not lead to the one before it."""
    rows = b"xref\n0 1\n0000000000 65535 f \ntrailer\n<</Size 1%b>>\n" % entries
    return b"\n%bstartxref\n%d\n%%%%EOF\n" % (rows, after + 1)


@pytest.mark.parametrize("entries", [b"", b"/Root 1 0 R"])
def test_a_table_that_leads_to_no_catalogue_hides_no_page(tmp_path: Path, entries: bytes) -> None:
    path = paper(tmp_path / "a.pdf")
    data = path.read_bytes()
    path.write_bytes(data + table(entries, after=len(data)))
    facts = read_pdf_here(path)
    assert (facts.condition, facts.pages) == (PdfCondition.DAMAGED, 1)
    assert [data for _, data in attached_here(path)] == [b"words of the attached file"]


@pytest.mark.parametrize("blanks", [bytes(5000), b" " * (3 << 20), b"\0\n" * 1000])
def test_a_file_filled_up_with_blanks_is_not_damaged(tmp_path: Path, blanks: bytes) -> None:
    path = paper(tmp_path / "a.pdf")
    path.write_bytes(path.read_bytes() + blanks)
    facts = read_pdf_here(path)
    assert (facts.condition, facts.pages) == (PdfCondition.GOOD, 1)


def test_what_nothing_can_be_found_in_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    head = b"%PDF-1.7\n"
    path.write_bytes(head + table(b"", after=len(head)))
    facts = read_pdf_here(path)
    assert facts.condition is PdfCondition.UNREADABLE
    assert "shown" not in facts.detail
