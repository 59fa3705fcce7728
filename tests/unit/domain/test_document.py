"""Which of its files a document shows depends on the version that is safe."""

from archive_service.domain.document import DigitalObject, Document, FileRole


def _file(role: FileRole, media_type: str, version: int) -> DigitalObject:
    return DigitalObject(role=role, media_type=media_type, version_added=version)


def _digitized() -> Document:
    scan = _file(FileRole.ORIGINAL, "image/jpeg", 1)
    pdf = _file(FileRole.PRESERVATION, "application/pdf", 2)
    text = _file(FileRole.TEXT, "text/plain", 2)
    alto = _file(FileRole.TEXT, "application/xml", 2)
    return Document(files=[scan, pdf, text, alto])


def test_what_is_not_stored_yet_is_not_read() -> None:
    document = _digitized()
    assert document.readable_pdf(1) is None
    assert document.text_files(1) == (None, None)


def test_what_is_stored_is_read() -> None:
    document = _digitized()
    assert document.readable_pdf(2) is document.readable_pdf() is document.files[1]
    assert document.text_files(2) == (document.files[2], document.files[3])


def test_of_a_case_file_that_is_not_stored_nothing_is_read() -> None:
    document = Document(files=[_file(FileRole.ORIGINAL, "application/pdf", 1)])
    assert document.readable_pdf(0) is None
    assert document.readable_pdf(1) is document.files[0]
