"""What is refused before anything is begun, and parsers that end: each by its own code."""

from pathlib import Path

import pytest

from archive_service.demo.stage import DemoUnprovedError, prove
from archive_service.formats.page_text import TextUnreadableError, pdf_texts
from archive_service.formats.picture import PictureImpossibleError, make_pdf_picture
from digitize.batches.intake.receive import BatchPagesEachError, require_split
from digitize.batches.intake.remote import RemoteDoor, ServerAddressError


@pytest.mark.parametrize("address", ["", "luu-tru.local", "ftp://luu-tru.local", "https://"])
def test_a_station_speaks_to_an_address_of_the_web_alone(address: str) -> None:
    with pytest.raises(ServerAddressError):
        RemoteDoor(address, "token")


@pytest.mark.parametrize("split", ["0", "100000"])
def test_documents_of_no_pages_and_of_too_many_are_not_cut(split: str) -> None:
    with pytest.raises(BatchPagesEachError) as refused:
        require_split(split)
    assert refused.value.facts["split"] == split


def test_a_parser_that_fails_gives_no_text_and_no_picture(tmp_path: Path) -> None:
    broken = tmp_path / "hong.pdf"
    broken.write_bytes(b"%PDF-1.7\nnot a document")
    with pytest.raises(TextUnreadableError) as refused:
        pdf_texts(broken)
    assert refused.value.facts["file"] == "hong.pdf"
    with pytest.raises(PictureImpossibleError):
        make_pdf_picture(broken, 1)


def test_the_demo_ends_where_it_cannot_show_what_it_claims() -> None:
    prove([1], "nonempty")
    with pytest.raises(DemoUnprovedError) as ended:
        prove([], "nonempty", found=0)
    assert ended.value.facts == {"claim": "nonempty", "found": "found=0"}
