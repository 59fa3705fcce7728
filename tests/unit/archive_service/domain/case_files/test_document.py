"""Which of its files a document shows depends on the version that is safe."""

from typing import Any

from archive_service.domain.case_files.document import PDF, DigitalObject, Document, FileRole


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


def _of(document: Document, *files: DigitalObject) -> Document:
    document.files.extend(files)
    return document


def _made(role: FileRole, media_type: str, path: str, *sources: str, **more: Any) -> DigitalObject:
    return DigitalObject(
        role=role,
        media_type=media_type,
        path=path,
        derived_from=list(sources),
        **({"version_added": 2, "making": {}, "migration": {}} | more),
    )


def _received(path: str) -> Document:
    return Document(files=[_made(FileRole.ORIGINAL, PDF, path, version_added=1)])


def test_the_twin_of_an_unsigned_pdf_is_read_and_of_a_signed_one_the_original() -> None:
    for signed in (False, True):
        twin = _made(
            FileRole.ACCESS, PDF, "t.pdf", "o.pdf", making={"kind": "twin", "of_signed": signed}
        )
        text = _made(FileRole.TEXT, "text/plain", "t.txt", "o.pdf")
        document = _of(_received("o.pdf"), twin, text)
        assert document.readable_pdf() is document.files[0 if signed else 1]
        assert document.text_files()[0] is text


def test_the_words_of_an_annex_are_not_those_of_the_main_file() -> None:
    annex = _made(FileRole.ORIGINAL, PDF, "annex.pdf", version_added=1)
    text = _made(FileRole.TEXT, "text/plain", "annex.txt", "annex.pdf")
    assert _of(_received("main.pdf"), annex, text).text_files() == (None, None)


def test_what_was_superseded_counts_up_to_the_version_before() -> None:
    page = _made(FileRole.ORIGINAL, "image/jpeg", "p.jpg", version_added=1, page_image=True)
    old = _made(FileRole.TEXT, "text/plain", "1.txt", "p.jpg", superseded_in=3)
    new = _made(FileRole.TEXT, "text/plain", "1-2.txt", "p.jpg", version_added=3)
    document = Document(files=[page, old, new])
    assert [document.text_files(version)[0] for version in (2, 3, None)] == [old, new, new]
    assert document.files_of(3) == [page, old, new]
    assert document.made_of({"p.jpg"}) == [new]


def test_only_pdfs_whose_pages_nobody_took_apart_are_looked_at() -> None:
    page = _made(FileRole.ORIGINAL, "image/jpeg", "p.jpg", "o.pdf", page_image=True)
    document = _received("o.pdf")
    assert document.unread_pdfs() == document.files
    document.files[0].text_layer = {"twin": "none"}
    assert document.unread_pdfs() == []
    assert _of(_received("o.pdf"), page).unread_pdfs() == []
