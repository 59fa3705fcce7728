"""The real door: folders, ZIPs and forms in, submissions with all their findings out."""

import io
import zipfile
from pathlib import Path
from uuid import uuid4

import pytest
from PIL import Image
from sqlalchemy import event, select

from archive_service import messages
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.demo.case_files import make_born_digital, make_faulty
from archive_service.demo.papers import read_case
from archive_service.domain.intake.finding import Severity
from archive_service.domain.intake.submission import SubmissionState
from archive_service.domain.keeping.job import Job
from archive_service.domain.people.account import Actor, Role
from archive_service.errors import NotAllowedError
from archive_service.signing.key_stores.pkcs12 import open_pkcs12
from archive_service.signing.trust.demo_authority import DemoAuthority
from archive_service.signing.trust.roots import Trust
from ingest.channels.web_form import FormDocument, UploadedFile, open_form
from tests.worlds.door import (
    OLD_CODE,
    Door,
    case_row,
    codes,
    document_row,
    finding,
    one_case,
    sha256_of,
    write_pdf,
    write_sheet,
)
from tests.worlds.papers import bad_scans, strange_images


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "C"
    make_faulty(folder, read_case("case_c"), SAMPLE_AGENCY)
    return folder


def test_all_five_faults_of_the_faulty_sample_are_told_at_once(door: Door, faulty: Path) -> None:
    submission = door.checked(faulty)
    assert submission.state is SubmissionState.CHECKED
    assert submission.worst == "error"
    assert codes(submission, Severity.ERROR) == [
        "record-code-character",
        "field-missing",
        "checksum-differs",
        "format-other-ending",
        "pdf-encrypted",
    ]
    assert finding(submission, "field-missing").place == "Văn bản, dòng 5, subject"
    assert finding(submission, "pdf-encrypted").place.endswith(".pdf")


def test_every_finding_has_its_words_and_a_remedy(door: Door, faulty: Path) -> None:
    for row in door.checked(faulty).findings:
        for lang in messages.LANGUAGES:
            told = messages.finding(row.code, lang, row.facts)
            assert told.message != row.code
            assert told.remedy
            assert "{" not in told.message + told.remedy


def test_a_good_case_file_has_no_error_and_its_signatures_are_judged(
    door: Door, tmp_path: Path
) -> None:
    authority = DemoAuthority.open_or_make(tmp_path / "authority")
    authority.issue_key(SAMPLE_AGENCY.subject_of(SAMPLE_AGENCY.heads[-1]), tmp_path / "person.p12")
    authority.issue_key(SAMPLE_AGENCY.subject(), tmp_path / "agency.p12")
    case = read_case("case_a")
    make_born_digital(
        tmp_path / "A",
        case,
        SAMPLE_AGENCY,
        person=open_pkcs12("pkcs12:person.p12", home=tmp_path),
        seal=open_pkcs12("pkcs12:agency.p12", home=tmp_path),
    )
    door.trust = Trust.read(tmp_path / "authority")
    door.add_plan(2025, "07.QLCT")
    submission = door.checked(tmp_path / "A")
    assert codes(submission, Severity.ERROR) == []
    assert codes(submission).count("signature-valid") == 4
    assert [file.puid is not None for file in submission.named_files()] == [True] * 5
    assert all(file.pages for file in submission.named_files())
    signed = [file for file in submission.named_files() if file.signatures]
    assert [len(file.signatures) for file in signed] == [2, 2]
    for file in submission.named_files():
        assert file.sha256 == sha256_of(tmp_path / "A" / file.path)


def test_receiving_leaves_rows_an_event_and_a_job_in_one_transaction(
    door: Door, tmp_path: Path
) -> None:
    (submission_id,) = door.receive(one_case(tmp_path / "case"))
    submission = door.submission(submission_id)
    assert submission.state is SubmissionState.RECEIVED
    assert submission.agency_id == door.agency_id
    case = tmp_path / "case"
    sent = (case / "van-ban" / "01.pdf", *case.glob("*.xlsx"))
    assert door.staged() == {sha256_of(file) for file in sent}
    assert door.events() == ["submission:received"]
    with door.database.read_only() as session:
        (job,) = session.scalars(select(Job))
        assert (job.name, job.subject_id) == ("check-submission", submission_id)


def test_checking_twice_changes_nothing(door: Door, tmp_path: Path) -> None:
    submission = door.checked(one_case(tmp_path / "case"))
    again = door.check(submission.id)
    assert again.checked_at == submission.checked_at
    assert codes(again) == codes(submission)
    assert door.events() == ["submission:received", "submission:checked"]


def test_several_rows_make_several_submissions(door: Door, tmp_path: Path) -> None:
    first, second = "H40.18.2025.01.TH", f"{OLD_CODE}.2011.02.TH"
    for name in ("a.pdf", "b.pdf", "c.pdf"):
        write_pdf(tmp_path / "case" / name)
    write_sheet(
        tmp_path / "case" / "x.xlsx",
        [case_row(first), case_row(second)],
        [document_row("a.pdf", first), document_row("b.pdf", second), document_row("c.pdf", first)],
    )
    ids = door.receive(tmp_path / "case")
    received = [door.submission(submission_id) for submission_id in ids]
    assert [(s.code, [f.path for f in s.named_files()]) for s in received] == [
        (first, ["a.pdf", "c.pdf"]),
        (second, ["b.pdf"]),
    ]


def test_a_zip_gives_what_its_folder_gives(door: Door, tmp_path: Path) -> None:
    folder = one_case(tmp_path / "case")
    with zipfile.ZipFile(tmp_path / "case.zip", "w", zipfile.ZIP_DEFLATED) as packed:
        for file in sorted(folder.rglob("*.*")):
            packed.write(file, f"bọc ngoài/{file.relative_to(folder).as_posix()}")
    submission = door.checked(tmp_path / "case.zip")
    assert codes(submission, Severity.ERROR) == []
    assert [file.path for file in submission.named_files()] == ["van-ban/01.pdf"]
    assert submission.channel == "zip"


def test_page_images_are_judged_by_resolution_and_readability(door: Door, tmp_path: Path) -> None:
    folder = tmp_path / "case"
    (folder / "01").mkdir(parents=True)
    image = Image.new("RGB", (200, 280), "white")
    for number, dpi in ((10, 200), (2, 100), (1, None)):
        image.putpixel((0, 0), (number, 0, 0))
        if dpi is None:
            image.save(folder / "01" / f"{number}.jpg")
        else:
            image.save(folder / "01" / f"{number}.jpg", dpi=(dpi, dpi))
    (folder / "01" / "11.jpg").write_bytes((folder / "01" / "10.jpg").read_bytes()[:200])
    bad_scans.overwritten(bad_scans.jpeg(folder / "01" / "12.jpg"))
    (folder / "01" / "Thumbs.db").write_bytes(b"made by the system")
    write_sheet(folder / "x.xlsx", [case_row(confidenceLevel="03")], [document_row("01")])
    submission = door.checked(folder)
    assert [file.path for file in submission.named_files()] == [
        f"01/{n}.jpg" for n in (1, 2, 10, 11, 12)
    ]
    assert finding(submission, "page-too-coarse").place == "01/2.jpg"
    assert finding(submission, "page-without-dpi").severity is Severity.WARNING
    assert finding(submission, "page-damaged").place == "01/12.jpg"
    assert "01/11.jpg" in {row.place for row in submission.findings}
    assert finding(submission, "system-file-left-out").severity is Severity.INFO


def test_paper_to_come_is_no_fault_but_a_forgotten_file_is(door: Door, tmp_path: Path) -> None:
    paper, digital = "H40.18.2011.01.TH", "H40.18.2025.02.TH"
    sheet = write_sheet(
        tmp_path / "x.xlsx",
        [
            case_row(paper, confidenceLevel="02", paperFileCode="H40.K1.3"),
            case_row(digital),
        ],
        [document_row("", paper), document_row("", digital)],
    )
    first, second = (door.check(submission_id) for submission_id in door.receive(sheet))
    assert finding(first, "paper-to-come").severity is Severity.INFO
    assert "no-files" not in codes(first)
    assert finding(second, "no-files").severity is Severity.ERROR


def test_files_that_no_row_names_are_told_and_not_taken(door: Door, tmp_path: Path) -> None:
    folder = one_case(tmp_path / "case")
    write_pdf(folder / "van-ban" / "02 thừa.pdf")
    submission = door.checked(folder)
    assert finding(submission, "file-not-named").place == "van-ban/02 thừa.pdf"
    assert [file.path for file in submission.named_files()] == ["van-ban/01.pdf"]


def test_a_state_secret_is_refused_at_the_door_and_no_byte_of_it_is_kept(
    door: Door, tmp_path: Path
) -> None:
    folder = tmp_path / "case"
    secret, plain = "H40.18.2025.01.TH", "H40.18.2025.02.TH"
    write_pdf(folder / "a.pdf", words="mật")
    write_pdf(folder / "b.pdf", words="thường")
    write_sheet(
        folder / "x.xlsx",
        [case_row(secret), case_row(plain)],
        [document_row("a.pdf", secret, mode="Mật"), document_row("b.pdf", plain)],
    )
    refused, taken = (door.submission(submission_id) for submission_id in door.receive(folder))
    assert refused.state is SubmissionState.REJECTED
    assert codes(refused) == ["state-secret"]
    assert refused.title == ""
    assert "Biên bản" not in str(refused.declared)
    assert taken.state is SubmissionState.RECEIVED
    assert door.staged() == {sha256_of(folder / "b.pdf")}
    of_submissions = [one for one in door.events() if one.startswith("submission:")]
    assert of_submissions == ["submission:rejected", "submission:received"]


def test_the_same_parcel_sent_again_is_the_same_submission(door: Door, tmp_path: Path) -> None:
    folder = one_case(tmp_path / "case")
    first = door.checked(folder)
    assert door.receive(folder) == [first.id]
    assert door.events()[-1] == "submission:sent-again"


def test_an_officer_submits_for_the_own_agency_only(door: Door, tmp_path: Path) -> None:
    door.add_agency(["H40.19"])
    submission = door.checked(one_case(tmp_path / "case", code="H40.19.2025.08.QLCT"))
    assert submission.agency_id == door.agency_id
    assert finding(submission, "agency-not-own").severity is Severity.ERROR


def test_a_reader_may_not_submit(door: Door, tmp_path: Path) -> None:
    with pytest.raises(NotAllowedError):
        door.receive(one_case(tmp_path / "case"), actor=Actor("đọc", Role.READER, uuid4()))
    assert door.staged() == set()


def test_a_form_on_the_web_is_the_same_as_a_sheet(door: Door, tmp_path: Path) -> None:
    content = write_pdf(tmp_path / "a.pdf").read_bytes()
    files = [
        UploadedFile(name, len(content), lambda: io.BytesIO(content))
        for name in ("C:\\fakepath\\Biên bản; bản 2.pdf", "Biên bản; bản 2.pdf")
    ]
    fields = {key: str(value) for key, value in case_row().items()}
    document = {
        "typeName": "Biên bản",
        "issuedDate": "12/4/2025",
        "organName": "Sở Công trình",
        "subject": "Bàn giao",
    }
    parcel = open_form(fields, [FormDocument(document, [file]) for file in files], door.limits)
    submission = door.checked(parcel)
    assert codes(submission, Severity.ERROR) == []
    assert submission.channel == "web"
    assert [file.path for file in submission.named_files()] == [
        "Biên bản; bản 2.pdf",
        "0002/Biên bản; bản 2.pdf",
    ]
    assert "same-bytes" in codes(submission)
    assert submission.case_file().documents[0].fields["issuedDate"] == "2025-04-12"


def test_the_number_of_queries_does_not_grow_with_the_number_of_files(
    door: Door, tmp_path: Path
) -> None:
    def statements(count: int) -> int:
        folder = tmp_path / str(count)
        code = f"H40.18.2025.{count}.TH"
        names = [f"{number:03}.pdf" for number in range(count)]
        for name in names:
            write_pdf(folder / name, words=f"{count} {name}")
        rows = [document_row(name, code) for name in names]
        write_sheet(folder / "x.xlsx", [case_row(code)], rows)
        seen: list[str] = []

        def note(_c: object, _k: object, statement: str, *_rest: object) -> None:
            seen.append(statement)

        event.listen(door.database.engine, "before_cursor_execute", note)
        try:
            door.checked(folder)
        finally:
            event.remove(door.database.engine, "before_cursor_execute", note)
        return len(seen)

    assert statements(40) == statements(4)


def test_pages_that_no_pdfa_takes_come_in_and_it_is_told_that_their_copy_is_converted(
    door: Door, tmp_path: Path
) -> None:
    folder = tmp_path / "case"
    (folder / "01").mkdir(parents=True)
    kinds = {make(folder / "01").name: kind for make, kind in strange_images.KINDS.items()}
    write_sheet(folder / "x.xlsx", [case_row()], [document_row("01")])
    submission = door.checked(folder)
    told = {
        row.place.removeprefix("01/"): row.facts["kind"]
        for row in submission.findings
        if row.code == "page-converted"
    }
    assert told == kinds
    refused = {row.code for row in submission.findings if row.severity is Severity.ERROR}
    assert refused.isdisjoint({"page-colour-space", "page-unreadable"})


def test_pages_that_digitization_could_not_take_are_errors_at_the_door(
    door: Door, tmp_path: Path
) -> None:
    folder = tmp_path / "case"
    (folder / "01").mkdir(parents=True)
    page = Image.new("L", (1654, 2339), 255)
    page.save(folder / "01" / "1.tif", save_all=True, append_images=[page], dpi=(200, 200))
    page.convert("F").save(folder / "01" / "2.tif", dpi=(200, 200))
    Image.new("1", (12000, 12000)).save(folder / "01" / "4.png", dpi=(200, 200))
    page.save(folder / "01" / "5.tif", dpi=(200, 200))
    page.resize((1, 400)).save(folder / "01" / "6.png", dpi=(200, 200))
    write_sheet(folder / "x.xlsx", [case_row()], [document_row("01")])
    submission = door.checked(folder)
    assert [(row.code, row.place) for row in submission.findings if row.check == "page-images"] == [
        ("page-several-pages", "01/1.tif"),
        ("page-not-colour", "01/1.tif"),
        ("page-colour-space", "01/2.tif"),
        ("page-not-colour", "01/2.tif"),
        ("page-too-large", "01/4.png"),
        ("page-bilevel", "01/4.png"),
        ("page-not-colour", "01/5.tif"),
        ("page-blank", "01/5.tif"),
        ("page-too-small", "01/6.png"),
        ("page-not-colour", "01/6.png"),
    ]
    for row in submission.findings:
        assert messages.has(f"findings.{row.code}.message"), row.code
    assert "page-too-large" in codes(submission, Severity.ERROR)
