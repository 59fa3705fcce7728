"""Packages as a way in: SIPs of the circular, whole and liberal, and each way of being wrong."""

import re
import socket
import threading
from pathlib import Path

import pytest

from archive_service.domain.intake.finding import Severity
from archive_service.domain.intake.submission import SubmissionState
from archive_service.web import display
from ingest.channels.eark.package import PackageWithoutMetsError
from ingest.channels.eark.xml import PackageDoctypeError, PackageMetsUnreadableError
from ingest.channels.parcel import PackagesSeveralError
from ingest.receiving.page_parts.sheets import Sheets
from tests.worlds.door import Door, codes, finding
from tests.worlds.ingest.sent_packages import (
    CODE,
    UUID,
    edited,
    lay_down,
    put,
    sip,
    with_fields,
    zipped,
)

REP = "representations/rep1/"


@pytest.fixture
def files(tmp_path: Path) -> dict[str, bytes]:
    return sip(tmp_path)


def test_a_package_is_taken_as_its_mets_says(
    door: Door, tmp_path: Path, files: dict[str, bytes]
) -> None:
    submission = door.checked(zipped(tmp_path / "sip.zip", files))
    assert submission.state is SubmissionState.CHECKED
    assert codes(submission, Severity.ERROR) == []
    assert submission.code == CODE
    assert submission.channel == "sip"
    assert submission.package_id == f"uuid-{UUID}"
    assert submission.record_status == "NEW"
    assert submission.sent_at is not None
    declared = submission.case_file()
    assert declared.origin == "metadata/descriptive/EAD.xml"
    assert declared.fields["startDate"] == "2025-01-15"
    assert [document.fields["codeNumber"] for document in declared.documents] == ["1", "2"]
    assert declared.documents[1].files[0].path == f"{REP}data/quyet dinh 2.pdf"
    assert declared.documents[1].files[0].sha256 is not None
    beside = {file.path for file in submission.unnamed_files()}
    assert beside >= {"METS.xml", f"{REP}METS.xml", "metadata/descriptive/EAD.xml"}
    assert "schemas/EAD.xsd" in beside


def test_folder_zip_and_bare_zip_say_the_same(
    door: Door, tmp_path: Path, files: dict[str, bytes]
) -> None:
    first = door.receive(zipped(tmp_path / "a.zip", files))
    again = [
        *door.receive(zipped(tmp_path / "b.zip", files, root="")),
        *door.receive(lay_down(tmp_path / "plain", files)),
        *door.receive(lay_down(tmp_path / "wrapped" / "uuid-x", files).parent),
    ]
    assert {*again} == {*first}, "the same package again is the same submission"


def test_what_the_circular_contradicts_is_read_all_the_same(
    door: Door, tmp_path: Path, files: dict[str, bytes]
) -> None:
    """Another case of names, ``@USER``, form-encoded links, dates as days and months."""
    odd = {path: data for path, data in files.items() if path != f"{REP}METS.xml"}
    inner = edited(
        files,
        f"{REP}METS.xml",
        ("quyet%20dinh", "quyet+dinh"),
        ('USE="original"', 'USER="original"'),
    )[f"{REP}METS.xml"]
    odd[f"{REP}mets.xml"] = inner
    odd["metadata/descriptive/ead.xml"] = odd.pop("metadata/descriptive/EAD.xml")
    root = edited(files, "METS.xml", ('CHECKSUM="[0-9a-f]{64}"', lambda m: m[0].upper()))
    odd["METS.xml"] = root["METS.xml"]
    submission = door.checked(zipped(tmp_path / "odd.zip", odd))
    assert submission.code == CODE
    assert len(submission.named_files()) == 2
    wrong = {"package-file-absent", "package-representation-bare", "checksum-differs"}
    assert wrong.isdisjoint(codes(submission))


@pytest.mark.parametrize("written", ["20/12/2025", "2025-12-20"])
def test_dates_are_taken_in_both_forms(
    door: Door, tmp_path: Path, files: dict[str, bytes], written: str
) -> None:
    changed = with_fields(files, "metadata/descriptive/EAD.xml", endDate=written)
    submission = door.checked(zipped(tmp_path / "sip.zip", changed))
    assert submission.case_file().fields["endDate"] == "2025-12-20"
    assert codes(submission, Severity.ERROR) == []


def test_a_changed_document_is_named_with_both_digests(
    door: Door, tmp_path: Path, files: dict[str, bytes]
) -> None:
    path = f"{REP}data/quyet dinh 1.pdf"
    files[path] += b"\n% one more line"
    submission = door.checked(zipped(tmp_path / "sip.zip", files))
    wrong = finding(submission, "checksum-differs")
    assert wrong.place == path
    assert wrong.facts["declared"] != wrong.facts["found"]
    size = finding(submission, "package-size-differs")
    assert (size.place, size.severity) == (path, Severity.ERROR)
    assert size.facts["found"] == len(files[path])


def test_a_changed_description_is_named_with_both_digests(
    door: Door, tmp_path: Path, files: dict[str, bytes]
) -> None:
    files["metadata/descriptive/EAD.xml"] += b"<!-- later -->\n"
    submission = door.checked(zipped(tmp_path / "sip.zip", files))
    wrong = finding(submission, "package-digest-differs")
    assert (wrong.place, wrong.severity) == ("metadata/descriptive/EAD.xml", Severity.ERROR)
    assert wrong.facts["algorithm"] == "sha256"
    assert len(str(wrong.facts["declared"])) == len(str(wrong.facts["found"])) == 64


def test_other_digests_than_sha256_are_compared_while_the_bytes_are_staged(
    door: Door, tmp_path: Path, files: dict[str, bytes]
) -> None:
    path = f"{REP}METS.xml"
    kind = ('CHECKSUM="[0-9a-f]{64}" CHECKSUMTYPE="SHA-256"', 'CHECKSUM="0" CHECKSUMTYPE="SHA-1"')
    changed = put(files, path, edited(files, path, kind)[path])
    submission = door.checked(zipped(tmp_path / "sip.zip", changed))
    wrong = [row for row in submission.findings if row.code == "package-digest-differs"]
    assert {row.facts["algorithm"] for row in wrong} == {"sha1"}
    assert f"{REP}data/quyet dinh 1.pdf" in {row.place for row in wrong}


@pytest.mark.parametrize("outside", ["/etc/x", "http://127.0.0.1/x", "file:///etc/x", "%2e%2e/x"])
@pytest.mark.parametrize(
    ("mets", "link"),
    [
        ("METS.xml", "metadata/descriptive/EAD.xml"),
        (f"{REP}METS.xml", "data/quyet%20dinh%201.pdf"),
        (f"{REP}METS.xml", "metadata/descriptive/EAD_doc_quyet%20dinh%201.xml"),
    ],
)
def test_links_that_leave_the_package_are_one_finding_and_nothing_that_follows_from_it(
    door: Door, tmp_path: Path, files: dict[str, bytes], mets: str, link: str, outside: str
) -> None:
    target = outside.replace("%2e%2e/", "%2e%2e/" * (mets.count("/") + 1))
    changed = edited(files, mets, (re.escape(f'href="{link}"'), f'href="{target}"'))
    if mets != "METS.xml":
        changed = put(changed, mets, changed[mets])
    submission = door.checked(zipped(tmp_path / "sip.zip", changed))
    told = finding(submission, "package-points-outside")
    assert (told.place, told.facts) == (mets, {"name": target, "count": 1})
    assert codes(submission, Severity.ERROR) == ["package-points-outside"]
    follows = ("package-", "field-", "element-", "documents-", "pages-")
    assert [code for code in codes(submission) if code.startswith(follows)] == [told.code]


def test_files_that_did_not_come_and_files_that_nothing_lists_are_told(
    door: Door, tmp_path: Path, files: dict[str, bytes]
) -> None:
    del files[f"{REP}data/quyet dinh 2.pdf"]
    files[f"{REP}data/la.pdf"] = b"%PDF-1.4 stray"
    submission = door.checked(zipped(tmp_path / "sip.zip", files))
    absent = finding(submission, "package-file-absent")
    assert (absent.place, absent.severity) == (f"{REP}METS.xml", Severity.ERROR)
    assert "quyet%20dinh%202.pdf" in str(absent.facts["name"])
    assert finding(submission, "package-file-unlisted").place == f"{REP}data/la.pdf"
    assert all(file.path != f"{REP}data/la.pdf" for file in submission.files)


def test_a_representation_without_mets_is_an_error(
    door: Door, tmp_path: Path, files: dict[str, bytes]
) -> None:
    del files[f"{REP}METS.xml"]
    submission = door.checked(zipped(tmp_path / "sip.zip", files))
    assert finding(submission, "package-representation-bare").place == "representations/rep1"


def test_a_package_without_mets_is_refused_as_such(
    door: Door, tmp_path: Path, files: dict[str, bytes]
) -> None:
    del files["METS.xml"]
    with pytest.raises(PackageWithoutMetsError):
        door.receive(zipped(tmp_path / "sip.zip", files))
    assert door.staged() == set()


def test_two_packages_in_one_zip_are_refused_as_such(
    door: Door, tmp_path: Path, files: dict[str, bytes]
) -> None:
    other = files | {"METS.xml": files["METS.xml"].replace(UUID.encode(), b"b" * len(UUID))}
    for root in ("", "goi/", "goi/hai/"):  # side by side, in a folder, and in one of that
        two = {
            f"{root}{name}/{path}": data
            for name, package in (("a", files), ("b", other))
            for path, data in package.items()
        }
        with pytest.raises(PackagesSeveralError) as several:
            door.receive(zipped(tmp_path / f"{root.count('/')}.zip", two, root=""))
        assert several.value.facts["count"] == 2
    assert door.submissions() == []


@pytest.mark.parametrize("broken", [b"", b"<mets", b"<html/>", b"\x00\x01"])
def test_a_mets_that_is_none_is_refused_as_such(
    door: Door, tmp_path: Path, files: dict[str, bytes], broken: bytes
) -> None:
    files["METS.xml"] = broken
    with pytest.raises(PackageMetsUnreadableError):
        door.receive(zipped(tmp_path / "sip.zip", files))


def test_a_broken_description_is_told_with_its_line(
    door: Door, tmp_path: Path, files: dict[str, bytes]
) -> None:
    path = f"{REP}metadata/descriptive/EAD_doc_quyet dinh 1.xml"
    changed = put(files, path, b"<simpledc>\n<docId>1\n</simpledc>")
    submission = door.checked(zipped(tmp_path / "sip.zip", changed))
    damaged = finding(submission, "package-xml-damaged")
    assert (damaged.place, damaged.facts["line"]) == (path, 3)


@pytest.mark.parametrize("path", ["METS.xml", "metadata/descriptive/EAD.xml"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_and_outside_references_are_refused_and_no_network_is_touched(
    door: Door, tmp_path: Path, files: dict[str, bytes], path: str, encoding: str
) -> None:
    with _Listening() as heard:
        doctype = (
            f'<!DOCTYPE x SYSTEM "http://127.0.0.1:{heard.port}/x.dtd" ['
            f'<!ENTITY % p SYSTEM "http://127.0.0.1:{heard.port}/p"> %p;'
            '<!ENTITY e SYSTEM "file:///etc/passwd">]>'
        )
        text = files[path].decode().partition("?>")[2]
        head = f'<?xml version="1.0" encoding="{encoding}"?>'
        changed = put(files, path, (head + doctype + text).encode(encoding))
        with pytest.raises(PackageDoctypeError) as refused:
            door.receive(zipped(tmp_path / "sip.zip", changed))
        assert refused.value.facts["path"] == path
        assert heard.connections == 0
    assert door.staged() == set()


def test_a_package_that_bears_no_identifier_is_told(
    door: Door, tmp_path: Path, files: dict[str, bytes]
) -> None:
    objid = re.search(rb'OBJID="[^"]+"', files["METS.xml"])
    assert objid
    changed = edited(files, "METS.xml", (objid[0].decode(), 'OBJID=""'))
    submission = door.checked(zipped(tmp_path / "sip.zip", changed))
    assert finding(submission, "package-id-missing").place == "METS.xml"


def test_an_unknown_status_and_another_kind_of_package_are_told(
    door: Door, tmp_path: Path, files: dict[str, bytes]
) -> None:
    changed = edited(
        files,
        "METS.xml",
        ('RECORDSTATUS="NEW"', 'RECORDSTATUS="LATER"'),
        ('OAISPACKAGETYPE="SIP"', 'OAISPACKAGETYPE="DIP"'),
    )
    submission = door.checked(zipped(tmp_path / "sip.zip", changed))
    assert submission.record_status == "NEW"
    assert finding(submission, "package-status-unknown").facts["status"] == "LATER"
    assert finding(submission, "package-not-sip").facts["kind"] == "DIP"


def test_a_secret_package_is_refused_and_nothing_of_it_is_kept(
    door: Door, tmp_path: Path, files: dict[str, bytes]
) -> None:
    changed = with_fields(files, "metadata/descriptive/EAD.xml", mode="03")
    (identifier,) = door.receive(zipped(tmp_path / "sip.zip", changed))
    refused = door.submission(identifier)
    assert refused.state is SubmissionState.REJECTED
    assert refused.files == []
    assert door.staged() == set()


def test_loose_documents_become_a_draft(
    door: Door, tmp_path: Path, files: dict[str, bytes]
) -> None:
    loose = _loose(files, doc_code="H40.18.2025.01.0000001.0000001")
    (identifier,) = door.receive(zipped(tmp_path / "sip.zip", loose))
    draft = door.submission(identifier)
    assert draft.state is SubmissionState.DRAFT
    assert draft.code == ""
    assert len(draft.named_files()) == 2
    (told,) = [
        door_finding
        for door_finding in draft.door_findings or ()
        if door_finding["code"] == "package-loose"
    ]
    assert told["facts"]["code"] == "H40.18.2025.01.0000001"
    notes = {document.fields["description"] for document in draft.case_file().documents}
    assert all(note.startswith("Nguồn gốc: Văn bản đến") for note in notes)


def test_findings_of_a_package_name_number_and_file_of_the_document_and_no_row(
    door: Door, tmp_path: Path, files: dict[str, bytes]
) -> None:
    described = next(path for path in files if "EAD_doc" in path and path.startswith(REP))
    changed = with_fields(files, described, issuedDate="ngày nào đó")
    changed = with_fields(changed, "metadata/descriptive/EAD.xml", endDate="32/13/2025")
    submission = door.checked(zipped(tmp_path / "sip.zip", changed))
    places = {row.place for row in submission.findings}
    assert not [place for place in places if "dòng" in place]
    assert "Hồ sơ, tệp metadata/descriptive/EAD.xml, endDate" in places
    number = [document.origin for document in submission.case_file().documents].index(described) + 1
    named = f"Văn bản, số {number}, tệp {described}, issuedDate"
    assert named in places
    sheets = Sheets(submission, [{"place": named, "severity": "error"}])
    (found,) = sheets[number].findings
    assert found["field"] == "issuedDate"
    assert display.place(named) == named.replace("issuedDate", "Ngày, tháng, năm tài liệu")


def test_loose_documents_whose_codes_name_a_case_file_are_added_to_it(
    door: Door, tmp_path: Path, files: dict[str, bytes]
) -> None:
    (identifier,) = door.receive(zipped(tmp_path / "sip.zip", _loose(files)))
    added = door.submission(identifier)
    assert (added.code, added.record_status) == (CODE, "SUPPLEMENT")
    (told,) = [
        door_finding
        for door_finding in added.door_findings or ()
        if door_finding["code"] == "package-loose-named"
    ]
    assert (told["severity"], told["facts"]["code"]) == ("info", CODE)


def test_data_of_the_older_standard_is_converted_and_kept(
    door: Door, tmp_path: Path, files: dict[str, bytes]
) -> None:
    old = (
        "<record><OrganId>H40.18</OrganId><FileCatalog>2025</FileCatalog>"
        "<FileNotation>08.QLCT</FileNotation><Title>Hồ sơ cũ</Title>"
        "<Maintenance>Vĩnh viễn</Maintenance><Rights>Công khai</Rights>"
        "<Language>Tiếng Việt</Language>"
        "<StartDate>15/01/2025</StartDate><EndDate>20/12/2025</EndDate><TotalDoc>2</TotalDoc>"
        "<SheetNumber>4</SheetNumber><PageNumber>2</PageNumber><Identifier>X1</Identifier></record>"
    )
    path = "metadata/descriptive/EAD.xml"
    changed = put(files, path, old.encode())
    submission = door.checked(zipped(tmp_path / "sip.zip", changed))
    fields = submission.case_file().fields
    assert submission.code == CODE
    assert (fields["mode"], fields["maintenance"]) == ("01", "01")
    assert (fields["numberOfPaper"], fields["endDate"]) == ("4", "2025-12-20")
    told = finding(submission, "older-data-converted")
    assert told.severity is Severity.INFO
    assert told.facts["dropped"] == "Identifier"
    assert path in {file.path for file in submission.unnamed_files()}


def _loose(files: dict[str, bytes], *, doc_code: str = "") -> dict[str, bytes]:
    """As SIP_tailieu describes itself: a code of the package, a source, no period."""
    described = (
        "<simpledc><fileCode>H40.18.2025.01.0000001</fileCode><title>Tài liệu rời lẻ</title>"
        "<source>1</source><totalDoc>2</totalDoc></simpledc>"
    )
    changed = put(files, "metadata/descriptive/EAD.xml", described.encode())
    if doc_code:
        for number in (1, 2):
            path = f"{REP}metadata/descriptive/EAD_doc_quyet dinh {number}.xml"
            changed = with_fields(changed, path, docCode=doc_code)
    return changed


class _Listening:
    """A server on loopback that counts who comes."""

    def __enter__(self) -> "_Listening":
        self.connections = 0
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self._socket.settimeout(0.1)
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._count)
        self._thread.start()
        return self

    def _count(self) -> None:
        while not self._over.is_set():
            try:
                self._socket.accept()[0].close()
                self.connections += 1
            except TimeoutError:
                continue

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._thread.join()
        self._socket.close()
