"""A form on the web: the same declaration as a sheet's, within the same limits."""

import io
from pathlib import Path

import pytest

from archive_service.settings import LimitSettings, load_settings
from ingest.channels.parcel import FileTooLargeError, NothingSentError
from ingest.channels.web_form import FormDocument, FormFieldUnknownError, UploadedFile, open_form


@pytest.fixture
def limits(tmp_path: Path) -> LimitSettings:
    return load_settings(tmp_path).limits


def upload(name: str, content: bytes = b"x", announced: int | None = None) -> UploadedFile:
    size = len(content) if announced is None else announced
    return UploadedFile(name, size, lambda: io.BytesIO(content))


def test_fields_are_brought_to_the_form_in_which_they_are_kept(limits: LimitSettings) -> None:
    document = FormDocument({"issuedDate": "1/4/2025"}, [upload("a.pdf")], sha256=["0" * 64])
    parcel = open_form({"fileCode": " H40.18.2025.01 ", "mode": "Công khai"}, [document], limits)
    assert parcel.declaration is not None
    (case_file,) = parcel.declaration.case_files
    assert case_file.fields == {"fileCode": "H40.18.2025.01", "mode": "01"}
    (declared,) = case_file.documents
    assert declared.fields == {"issuedDate": "2025-04-01", "fileCode": "H40.18.2025.01"}
    assert [(file.path, file.sha256) for file in declared.files] == [("a.pdf", "0" * 64)]


def test_a_field_that_no_table_has_is_refused(limits: LimitSettings) -> None:
    with pytest.raises(FormFieldUnknownError):
        open_form({"fileCode": "x", "state": "accepted"}, [], limits)
    with pytest.raises(FormFieldUnknownError):
        open_form({"fileCode": "x"}, [FormDocument({"files": "/etc/passwd"})], limits)


def test_an_empty_form_is_refused(limits: LimitSettings) -> None:
    with pytest.raises(NothingSentError):
        open_form({}, [], limits)


def test_limits_hold_by_announcement_and_while_reading(limits: LimitSettings) -> None:
    small = limits.model_copy(update={"file_bytes": 10})
    with pytest.raises(FileTooLargeError):
        open_form({"fileCode": "x"}, [FormDocument({}, [upload("a.pdf", bytes(11))])], small)
    lying = FormDocument({}, [upload("a.pdf", bytes(11), announced=1)])
    parcel = open_form({"fileCode": "x"}, [lying], small)
    with pytest.raises(FileTooLargeError), parcel.entries[0].open() as source:
        source.read()


def test_files_of_the_same_name_are_kept_apart(limits: LimitSettings) -> None:
    documents = [FormDocument({}, [upload("Quyết định.pdf")]) for _ in range(2)]
    parcel = open_form({"fileCode": "x"}, documents, limits)
    assert [entry.path for entry in parcel.entries] == [
        "Quyết định.pdf",
        "0002/Quyết định.pdf",
    ]
