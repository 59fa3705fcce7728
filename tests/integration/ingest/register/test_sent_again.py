"""The same content again is the same submission; a changed one is named as such."""

import shutil
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import UUID

import pytest

from archive_service import messages
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.domain.people.account import Actor, Role
from ingest.acceptance.acts import accept_submission
from ingest.acceptance.decide import return_submission, withdraw_submission
from ingest.channels.parcel import Parcel
from ingest.channels.web_form import FormDocument, UploadedFile, open_form
from tests.services.servers import PostgreSql
from tests.worlds.door import (
    Door,
    case_row,
    codes,
    document_row,
    finding,
    open_door,
    write_pdf,
    write_sheet,
)
from tests.worlds.ingest.sent_packages import sip
from tests.worlds.ingest.sent_packages import zipped as packed

CODE = "H40.18.2025.08.QLCT"


@pytest.fixture
def parcel(tmp_path: Path) -> Path:
    return folder_with(tmp_path / "case")


def folder_with(folder: Path, *files: str, **changed: str) -> Path:
    """A case file with these documents, each of other bytes."""
    names = files or ("a.pdf", "b.pdf")
    for name in names:
        write_pdf(folder / name, words=name)
    documents = [
        document_row(name, codeNumber=str(number)) for number, name in enumerate(names, start=1)
    ]
    write_sheet(folder / "x.xlsx", [case_row(CODE, **changed)], documents)
    return folder


def zipped(folder: Path) -> Path:
    target = folder.with_suffix(".zip")
    with zipfile.ZipFile(target, "w") as packed:
        for file in sorted(folder.rglob("*")):
            packed.write(file, f"khác/{file.relative_to(folder)}")
    return target


def give_back(door: Door, submission_id: UUID) -> None:
    with door.database.writing() as session:
        return_submission(submission_id, "Thiếu phụ lục", actor=door.archivist, session=session)


def take_back(door: Door, submission_id: UUID) -> None:
    with door.database.writing() as session:
        withdraw_submission(submission_id, actor=door.officer, session=session)


def accept(door: Door, submission: Submission) -> None:
    with door.database.writing() as session:
        session.add(Fonds(agency_id=door.agency_id, code="H40.18", name="Phông Sở Công trình"))
        session.flush()
        accept_submission(
            submission.id, actor=door.archivist, session=session, archive_code="LT.H40"
        )


def test_the_same_by_another_way_and_under_other_names_is_the_same(
    door: Door, parcel: Path
) -> None:
    (first,) = door.receive(parcel)
    assert door.receive(zipped(parcel)) == [first]
    (parcel / "a.pdf").rename(parcel / "khác.pdf")
    documents = [
        document_row("khác.pdf", codeNumber="1"),
        document_row("b.pdf", codeNumber="2"),
    ]
    write_sheet(parcel / "x.xlsx", [case_row(CODE)], documents)
    assert door.receive(parcel) == [first]
    assert len(door.submissions()) == 1
    assert door.events() == [
        "submission:received",
        "submission:sent-again",
        "submission:sent-again",
    ]


def test_a_form_of_the_same_content_is_the_same(door: Door, parcel: Path) -> None:
    (first,) = door.receive(parcel)
    documents = [
        FormDocument(
            fields={name: text for name, text in document.fields.items() if name != "fileCode"},
            files=[upload(parcel / document.files[0].path)],
        )
        for document in door.submission(first).case_file().documents
    ]
    fields = dict(door.submission(first).case_file().fields)
    form: Parcel = open_form(fields, documents, door.limits, channel="web")
    assert door.receive(form) == [first]


def upload(path: Path) -> UploadedFile:
    return UploadedFile(path.name, path.stat().st_size, lambda: path.open("rb"))


def test_sent_again_leaves_no_bytes_that_nothing_needs(door: Door, parcel: Path) -> None:
    door.receive(parcel)
    before = door.staged()
    door.receive(zipped(parcel))
    other = folder_with(parcel.with_name("other"))
    write_sheet(  # another sheet file of the same content
        other / "x.xlsx",
        [case_row(CODE)],
        [document_row(f"{name}.pdf", codeNumber=n) for name, n in (("a", "1"), ("b", "2"))],
    )
    door.receive(other)
    assert door.staged() == before


def test_the_same_as_an_accepted_one_is_that_one(door: Door, parcel: Path) -> None:
    first = door.checked(parcel)
    accept(door, first)
    assert door.receive(parcel) == [first.id]
    assert door.submission(first.id).state is SubmissionState.ACCEPTED


def test_another_agency_with_the_same_content_has_a_submission_of_its_own(
    door: Door, parcel: Path
) -> None:
    (first,) = door.receive(parcel)
    other = Actor("khac", Role.OFFICER, door.add_agency(["H40.19"]))
    (second,) = door.receive(parcel, actor=other)
    assert second != first
    assert str(first) not in str(door.submission(second).door_findings)


def test_what_was_returned_and_comes_unchanged_follows_it_and_says_so(
    door: Door, parcel: Path
) -> None:
    first = door.checked(parcel)
    give_back(door, first.id)
    again = door.checked(parcel)
    assert (again.id != first.id, again.follows_id) == (True, first.id)
    assert finding(again, "unchanged-since-returned").facts["id"] == str(first.id)


def test_what_was_corrected_after_a_return_follows_it_and_tells_what_differs(
    door: Door, parcel: Path
) -> None:
    first = door.checked(parcel)
    give_back(door, first.id)
    corrected = folder_with(
        parcel.with_name("corrected"), "a.pdf", "b.pdf", "c.pdf", title="Tiêu đề đã sửa"
    )
    again = door.checked(corrected)
    assert again.follows_id == first.id
    facts = finding(again, "changed-since-returned").facts
    assert (facts["added_count"], facts["removed_count"]) == (1, 0)
    said = messages.finding("changed-since-returned", "vi", facts).message
    assert "Thông tin hồ sơ khác: Tiêu đề hồ sơ." in said
    assert "Thêm 1 tài liệu: " in said
    assert not {"Bớt", "Sửa", "–", str(first.id)} & set(said.replace(":", " ").split())
    assert f"nhận lúc {messages.shown(first.received_at)}" in said


def test_what_was_withdrawn_is_followed_too_and_the_last_one_counts(
    door: Door, parcel: Path
) -> None:
    first = door.checked(parcel)
    give_back(door, first.id)
    (second,) = door.receive(parcel)
    take_back(door, second)
    (third,) = door.receive(parcel)
    assert door.submission(third).follows_id == second


def test_a_changed_one_while_one_is_open_names_it_and_what_differs(
    door: Door, parcel: Path
) -> None:
    (first,) = door.receive(parcel)
    second = door.checked(folder_with(parcel.with_name("other"), "a.pdf", "z.pdf"))
    told = finding(second, "changed-while-open").facts
    assert second.follows_id is None
    assert (told["id"], told["changed_count"], told["fields_count"]) == (str(first), 1, 0)
    assert "code-in-open-submission" in codes(second)
    assert "code-in-open-submission" not in codes(door.check(first))


def test_a_checked_one_is_told_at_once_that_a_newer_changed_one_waits(
    door: Door, parcel: Path
) -> None:
    first = door.checked(parcel)
    assert "newer-changed-waits" not in codes(first)
    (second,) = door.receive(folder_with(parcel.with_name("other"), "a.pdf", "z.pdf"))
    warned = door.submission(first.id)
    assert finding(warned, "newer-changed-waits").facts["id"] == str(second)
    assert warned.worst in ("warning", "error")  # it is none of those that many take at once
    door.receive(folder_with(parcel.with_name("third"), "a.pdf", "y.pdf"))
    assert codes(door.submission(first.id)).count("newer-changed-waits") == 1


def test_the_check_itself_finds_a_newer_one_for_the_older_alone(door: Door, parcel: Path) -> None:
    (first,) = door.receive(parcel)
    (second,) = door.receive(folder_with(parcel.with_name("other"), "a.pdf", "z.pdf"))
    told = finding(door.check(first), "newer-changed-waits")
    assert (told.facts["id"], told.severity) == (str(second), "warning")
    assert "newer-changed-waits" not in codes(door.check(second))


def test_the_check_says_nothing_of_a_newer_one_that_was_taken_back(
    door: Door, parcel: Path
) -> None:
    (first,) = door.receive(parcel)
    (second,) = door.receive(folder_with(parcel.with_name("other"), "a.pdf", "z.pdf"))
    take_back(door, second)
    assert "newer-changed-waits" not in codes(door.check(first))


def test_a_mended_fault_of_the_sheet_is_another_sending(door: Door, tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "case")
    (folder / "b.pdf").unlink()
    first = door.checked(folder)
    assert "file-missing" in codes(first)
    write_pdf(folder / "b.pdf", words="b.pdf")
    assert door.receive(folder) != [first.id]


def test_one_package_from_two_channels_at_once_is_one_submission(door: Door, parcel: Path) -> None:
    both_at_once(door, parcel)


def test_one_package_from_two_channels_at_once_is_one_submission_on_a_server(
    postgresql: PostgreSql, tmp_path: Path, parcel: Path
) -> None:
    with open_door(tmp_path / "server-home", postgresql.new_database()) as door:
        both_at_once(door, parcel)


def both_at_once(door: Door, parcel: Path) -> None:
    packed = zipped(parcel)
    copy = parcel.with_name("copy")
    shutil.copytree(parcel, copy)
    sources = [parcel, packed, copy, packed]
    with ThreadPoolExecutor(len(sources)) as threads:
        found = list(threads.map(door.receive, sources))
    assert len({submission_id for (submission_id,) in found}) == 1
    assert sorted(door.events()) == ["submission:received"] + 3 * ["submission:sent-again"]
    submission = door.submission(found[0][0])
    assert {file.sha256 for file in submission.files} == door.staged()


def test_a_file_beside_the_list_that_comes_with_the_second_sending_is_named(
    door: Door, parcel: Path
) -> None:
    first = door.checked(parcel)
    write_pdf(parcel / "thêm.pdf", words="thêm")
    assert door.receive(parcel) == [first.id]
    assert door.submission(first.id).state is SubmissionState.RECEIVED
    assert finding(door.check(first.id), "file-not-named").place == "thêm.pdf"
    assert door.receive(parcel) == [first.id]  # it was told: nothing is looked at anew
    assert door.submission(first.id).state is SubmissionState.CHECKED


def test_a_file_beside_the_list_of_what_was_accepted_makes_it_another_sending_once(
    door: Door, parcel: Path
) -> None:
    first = door.checked(parcel)
    accept(door, first)
    write_pdf(parcel / "thêm.pdf", words="thêm")
    again = door.checked(parcel)
    assert again.id != first.id
    assert finding(again, "file-not-named").place == "thêm.pdf"
    assert "code-taken" in codes(again)
    assert door.receive(parcel) == [again.id]
    assert len(door.submissions()) == 2


def test_a_file_of_a_package_that_no_mets_lists_is_named_when_it_comes_later(
    door: Door, tmp_path: Path
) -> None:
    files = sip(tmp_path)
    first = door.checked(packed(tmp_path / "first.zip", files))
    files["representations/rep1/data/la.pdf"] = b"%PDF-1.4 stray"
    assert door.receive(packed(tmp_path / "again.zip", files)) == [first.id]
    found = finding(door.check(first.id), "package-file-unlisted")
    assert found.place.endswith("data/la.pdf")
