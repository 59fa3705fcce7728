"""Identifiers of documents in the forms that senders use."""

import datetime as dt

import pytest

from archive_service.domain.case_files.document_id import DocumentIdForm, parse_document_id

CODE = "H40.18.2025.08.QLCT"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("000.00.18.H40.2025.123", DocumentIdForm.ISSUED),
        ("H40.18.2025.0000123", DocumentIdForm.ISSUED),
        (f"{CODE}.1", DocumentIdForm.OF_FILE),
        (f"{CODE}.x", DocumentIdForm.OPAQUE),
        ("000.00.00.G22,2025/3/14,12/QĐ-SCT", DocumentIdForm.EDXML),
        ("000.00.00.G22,2025/2/31,12/QĐ-SCT", DocumentIdForm.OPAQUE),
        ("8c6f0f3e-64b1-4f0e-9c3f-2b8f0e1a7d10", DocumentIdForm.UUID),
        ("văn bản số 1", DocumentIdForm.OPAQUE),
        ("", DocumentIdForm.OPAQUE),
    ],
)
def test_each_form_is_known_and_the_rest_is_opaque(text: str, form: DocumentIdForm) -> None:
    assert parse_document_id(text, file_code=CODE).form is form


def test_an_identifier_is_taken_apart() -> None:
    issued = parse_document_id("000.00.18.H40.2025.123")
    assert (issued.agency, issued.year, issued.ordinal) == ("000.00.18.H40", 2025, 123)
    packet = parse_document_id("000.00.00.G22,2025/3/14,12/QĐ-SCT")
    assert (packet.agency, packet.issued_on) == ("000.00.00.G22", dt.date(2025, 3, 14))
    assert packet.number == "12/QĐ-SCT"
