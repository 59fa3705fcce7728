"""Packages made by other programs, and by ourselves: sent elsewhere they arrive as they left."""

from pathlib import Path
from typing import Any

import pytest

from archive_service.domain.case_files.document import Document
from archive_service.domain.intake.finding import Severity
from archive_service.recovery.export.case_file import export_case_file
from archive_service.services import Services
from archive_service.worker import run_one, work
from ingest.submissions.acts import accept, submit
from tests.services.tools import commons_ip_create
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.door import (
    Door,
    case_row,
    codes,
    document_row,
    finding,
    sha256_of,
    write_pdf,
    write_sheet,
)
from tests.worlds.holding import case_of
from tests.worlds.ingest.sent_packages import CODE

DC = """<?xml version="1.0" encoding="UTF-8"?>
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
 <dc:title>Hồ sơ của chương trình khác</dc:title>
 <dc:identifier>H40.18.2025.08.QLCT</dc:identifier>
 <dc:date>2025-01-01/2025-12-31</dc:date>
</metadata>
"""
EAD = """<?xml version="1.0" encoding="UTF-8"?>
<ead xmlns="urn:isbn:1-931666-22-9"><archdesc level="file"><did>
 <unitid>H40.18.2025.08.QLCT</unitid>
 <unittitle>Hồ sơ <emph>theo EAD</emph></unittitle>
 <unitdate normal="2025-02-01/2025-11-30">năm 2025</unitdate>
</did></archdesc></ead>
"""
MODS = """<?xml version="1.0" encoding="UTF-8"?>
<mods xmlns="http://www.loc.gov/mods/v3"><titleInfo><title>Hồ sơ theo MODS</title></titleInfo>
 <originInfo><dateIssued>2025-03-04</dateIssued></originInfo></mods>
"""
NAME = "thư mục con/số 1 + phụ lục.pdf"


def made(folder: Path, described: str, kind: str, *more: str, **options: Any) -> Path:
    """A package of commons-ip with a PDF in one representation and its text in another."""
    (folder / "goc" / "thư mục con").mkdir(parents=True)
    write_pdf(folder / "goc" / NAME, words="một trang")
    (folder / "ban-chu" / "goc" / "thư mục con").mkdir(parents=True)
    text = folder / "ban-chu" / "goc" / "thư mục con" / "số 1 + phụ lục.txt"
    text.write_text("một trang", encoding="utf-8")
    metadata = folder / "mo-ta.xml"
    metadata.write_text(described, encoding="utf-8")
    return commons_ip_create(
        folder / "out",
        {"rep1": folder / "goc", "rep2": folder / "ban-chu" / "goc"},
        metadata=metadata,
        metadata_type=kind,
        more=more,
        **options,
    )


@pytest.mark.parametrize("version", ["2.0.4", "2.2.0"])
def test_a_package_of_commons_ip_is_taken_with_all_its_representations(
    door: Door, tmp_path: Path, version: str
) -> None:
    note = tmp_path / "huong-dan.txt"
    note.write_text("đọc trước", encoding="utf-8")
    source = made(tmp_path, DC, "DC", "--version", version, documentation=note)
    submission = door.checked(source)
    declared = submission.case_file()
    assert submission.code == CODE
    assert declared.fields["title"] == "Hồ sơ của chương trình khác"
    assert (declared.fields["startDate"], declared.fields["endDate"]) == (
        "2025-01-01",
        "2025-12-31",
    )
    (document,) = declared.documents
    assert [(file.path.rpartition("/")[2], file.standing) for file in document.files] == [
        ("số 1 + phụ lục.pdf", "main"),
        ("số 1 + phụ lục.txt", "annex"),
    ]
    assert document.files[0].sha256 == sha256_of(tmp_path / "goc" / NAME)
    assert finding(submission, "package-document-bare").severity is Severity.WARNING
    assert "field-missing" in codes(submission, Severity.ERROR)  # what DC cannot say
    unexpected = {"package-file-absent", "package-file-unlisted", "checksum-differs"}
    assert unexpected.isdisjoint(codes(submission))
    beside = {file.path for file in submission.unnamed_files()}
    assert {"metadata/descriptive/mo-ta.xml", "documentation/huong-dan.txt"} <= beside


@pytest.mark.parametrize("algorithm", ["MD5", "SHA-512", "SHA3-256"])
def test_other_digests_of_commons_ip_are_compared(
    door: Door, tmp_path: Path, algorithm: str
) -> None:
    submission = door.checked(made(tmp_path, DC, "DC", "--checksum", algorithm))
    told = codes(submission)
    assert "package-digest-differs" not in told
    assert "package-digests-absent" not in told


def test_a_digest_that_cannot_be_computed_is_told(door: Door, tmp_path: Path) -> None:
    submission = door.checked(made(tmp_path, DC, "DC", "--checksum", "MD2"))
    assert finding(submission, "package-digests-absent").severity is Severity.WARNING


@pytest.mark.parametrize(
    ("described", "kind", "title", "start"),
    [
        (EAD, "EAD", "Hồ sơ theo EAD", "2025-02-01"),
        (MODS, "MODS", "Hồ sơ theo MODS", "2025-03-04"),
    ],
)
def test_other_descriptions_give_what_is_plain_in_them(
    door: Door, tmp_path: Path, described: str, kind: str, title: str, start: str
) -> None:
    submission = door.checked(made(tmp_path, described, kind))
    fields = submission.case_file().fields
    assert (fields["title"], fields["startDate"]) == (title, start)
    assert finding(submission, "package-described-otherwise").facts["form"] == kind


def test_a_description_in_no_known_form_leaves_the_data_to_be_added(
    door: Door, tmp_path: Path
) -> None:
    submission = door.checked(made(tmp_path, "<x><y z='1'/></x>", "OTHER"))
    assert finding(submission, "package-not-described").severity is Severity.ERROR
    assert len(submission.named_files()) == 2


def stored(services: Services, source: Path, **more: Any) -> None:
    """Handed in, checked, accepted, stored."""
    (identifier,) = submit(source, actor=person(services, "bach"), services=services, **more)
    while run_one(services, subject_id=identifier, names=("check-submission",)):
        pass
    accept(services, identifier, actor=person(services, "lan"))
    work(services, until_empty=True)


def told(document: Document) -> dict[str, Any]:
    """Fields of the circular and the digests of the files."""
    fields = (
        "doc_id", "doc_code", "type_name", "code_number", "code_notation", "issued_date",
        "organ_name", "subject", "language", "number_of_page", "keyword", "mode",
        "confidence_level", "autograph", "format", "process", "risk_recovery", "description",
    )  # fmt: skip
    return {name: getattr(document, name) for name in fields} | {
        "files": [(file.sha256, file.size_bytes, file.page_image) for file in document.files],
    }


def test_our_own_package_sent_to_another_archive_arrives_as_it_left(tmp_path: Path) -> None:
    """Fields, files and digests; the second archive knows nothing of the first."""
    folder = tmp_path / "source"
    folder.mkdir()
    names = ["01 Tờ trình.pdf", "02 Quyết định.pdf", "03 Phụ lục.pdf"]
    for name in names:
        write_pdf(folder / name, words=name, pages=2)
    rows = [
        document_row(f"{names[0]};{names[2]}", CODE, keyword="một", autograph="Đồng ý"),
        document_row(names[1], CODE, description="hai", codeNumber="77"),
    ]
    write_sheet(folder / "Hồ sơ.xlsx", [case_row(CODE, maintenance="01", keyword="thử")], rows)
    with open_home(new_home(tmp_path / "first")) as first:
        stored(first, folder)
        sent = case_of(first, CODE)
        lan = person(first, "lan")
        exported = export_case_file(first, CODE, form="sip", folder=tmp_path / "out", actor=lan)
    with open_home(new_home(tmp_path / "second")) as second:
        stored(second, exported.path)
        came = case_of(second, CODE)
    for name in ("title", "maintenance", "mode", "language", "start_date", "end_date", "keyword"):
        assert getattr(came, name) == getattr(sent, name), name
    # A document that says no language has that of its case file in what goes out.
    assert [told(document) for document in came.documents] == [
        told(document) | {"language": document.language or sent.language}
        for document in sent.documents
    ]
