"""A draft survives whatever its people and browsers do, and is handed in without a copy."""

import unicodedata
from pathlib import Path
from uuid import UUID

import pytest

from archive_service import clock
from archive_service.access import ActNotAllowedError
from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.field_source import Source
from archive_service.domain.intake.submission import Submission, SubmissionFile, SubmissionState
from archive_service.domain.people.account import Account, Actor, Role
from archive_service.storage.needed import needed_digests
from ingest.channels.parcel import FileTooLargeError, NameTooLongError
from ingest.channels.web_form import FormFieldUnknownError
from ingest.drafts import drafts
from ingest.drafts import files as drafts_files
from ingest.drafts import order as drafts_order
from ingest.drafts.drafts import DraftNotFoundError, DraftStaleError
from ingest.drafts.files import DraftFileNameError
from ingest.drafts.hand_in import DraftIncompleteError, DraftSecretError, hand_in
from ingest.drafts.order import DraftMoveError, DraftOrderStaleError, DraftRowError
from tests.unit.ingest.drafts.filled import CODE, GIVEN, add, begun, fill, put, send
from tests.worlds.door import Door, codes, write_pdf

STRANGER = Actor("stranger", Role.OFFICER, UUID(int=9))


def subjects(door: Door, draft_id: UUID) -> list[str]:
    declared = door.submission(draft_id).case_file()
    return [document.fields.get("subject", "") for document in declared.documents]


def test_a_draft_keeps_what_its_entry_gave_and_is_no_submission_yet(door: Door) -> None:
    draft_id = begun(door)
    row = door.submission(draft_id)
    assert (row.state, row.code, row.agency_id) == (SubmissionState.DRAFT, CODE, door.agency_id)
    with door.database.read_only() as session:
        draft = session.get_one(Draft, draft_id)
        assert draft.sources["0.title"] == Source.PLAN
        assert draft.sources["0.mode"] == Source.AGENCY
    assert door.events() == ["draft:opened"]


def test_the_same_entry_opens_the_draft_that_is_there(door: Door) -> None:
    entry = UUID(int=5)
    with door.database.writing() as session:
        first = drafts.open_draft(session, actor=door.officer, entry_id=entry).id
        again = drafts.open_draft(session, actor=door.officer, entry_id=entry).id
    assert again == first


def test_a_draft_of_another_agency_does_not_exist(door: Door) -> None:
    draft_id = begun(door)
    with door.database.read_only() as session, pytest.raises(DraftNotFoundError):
        drafts.get_draft(session, draft_id, actor=STRANGER)
    with door.database.unit_of_work() as uow, pytest.raises(DraftNotFoundError):
        drafts.put_field(uow.session, draft_id, 0, "title", "x", was="", actor=STRANGER)


def test_who_may_not_hand_in_opens_no_draft(door: Door) -> None:
    reader = Actor("binh", Role.READER, door.agency_id)
    with door.database.unit_of_work() as uow, pytest.raises(ActNotAllowedError):
        drafts.open_draft(uow.session, actor=reader)


def test_a_file_lies_in_staging_once_and_is_needed(door: Door, tmp_path: Path) -> None:
    draft_id = begun(door)
    pdf = write_pdf(tmp_path / "a.pdf").read_bytes()
    assert add(door, draft_id, "01. Tờ trình sửa chữa.pdf", pdf) == "01. Tờ trình sửa chữa.pdf"
    assert add(door, draft_id, "01. Tờ trình sửa chữa.pdf", pdf) == "01. Tờ trình sửa chữa.pdf"
    row = door.submission(draft_id)
    assert len(row.files) == 1
    assert door.staged() == {row.files[0].sha256}
    with door.database.read_only() as session:
        assert needed_digests(session) == door.staged()
    (document,) = row.case_file().documents
    assert document.fields["typeName"] == "15"
    assert document.fields["subject"] == "Tờ trình sửa chữa"
    assert document.fields["organName"] == "Sở Công trình tỉnh Sơn Lam"


def test_other_bytes_of_the_same_name_get_a_number(door: Door) -> None:
    draft_id = begun(door)
    add(door, draft_id, "a.pdf", b"%PDF-1")
    assert add(door, draft_id, "a.pdf", b"%PDF-2") == "a (2).pdf"
    assert len(door.submission(draft_id).files) == 2


def test_a_name_in_nfd_is_kept_in_nfc_and_said(door: Door) -> None:
    draft_id = begun(door)
    decomposed = unicodedata.normalize("NFD", "Tờ trình.pdf")
    assert add(door, draft_id, decomposed, b"%PDF-1") == "Tờ trình.pdf"
    assert [door_finding["code"] for door_finding in door.submission(draft_id).door_findings] == [
        "name-nfd"
    ]


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("../ra ngoài.pdf", DraftFileNameError),
        ("/etc/passwd", DraftFileNameError),
        ("a\x07.pdf", DraftFileNameError),
        ("x" * 252 + ".pdf", NameTooLongError),
    ],
)
def test_a_name_that_cannot_be_used_is_refused_and_nothing_stays(
    door: Door, name: str, error: type[Exception]
) -> None:
    draft_id = begun(door)
    with pytest.raises(error):
        add(door, draft_id, name, b"%PDF-1")
    assert door.staged() == set()
    assert door.submission(draft_id).files == []


def test_a_name_of_255_bytes_and_one_with_trailing_dots_are_kept(door: Door) -> None:
    draft_id = begun(door)
    longest = "x" * 251 + ".pdf"
    assert add(door, draft_id, longest, b"%PDF-1") == longest
    assert add(door, draft_id, "báo cáo...", b"%PDF-2") == "báo cáo..."


def test_a_file_beyond_the_limit_is_refused_by_what_it_holds(door: Door) -> None:
    draft_id = begun(door)
    door.limits = door.limits.model_copy(update={"file_bytes": 4})
    with pytest.raises(FileTooLargeError):
        add(door, draft_id, "a.pdf", b"%PDF-1")
    assert door.staged() == set()


def test_a_file_for_a_draft_that_is_gone_leaves_nothing_in_staging(door: Door) -> None:
    draft_id = begun(door)
    with door.database.writing() as session:
        drafts.discard_draft(session, draft_id, actor=door.officer)
    with pytest.raises(DraftNotFoundError):
        add(door, draft_id, "a.pdf", b"%PDF-1")
    assert door.staged() == set()
    with door.database.read_only() as session:
        assert session.query(Submission).count() == session.query(SubmissionFile).count() == 0
    assert door.events() == ["draft:opened", "draft:discarded"]


def test_images_of_one_folder_are_pages_of_one_document(door: Door) -> None:
    draft_id = begun(door)
    for number in (10, 2, 1):
        add(door, draft_id, f"hồ sơ/02 Biên bản/{number}.jpg", b"%d" % number)
    (document,) = door.submission(draft_id).case_file().documents
    assert [file.path.rpartition("/")[2] for file in document.files] == ["1.jpg", "2.jpg", "10.jpg"]
    assert all(file.page_image for file in document.files)
    assert document.fields["subject"] == "Biên bản"


def test_documents_stand_in_time_order_until_a_person_moves_one(door: Door) -> None:
    draft_id = begun(door)
    for name in ("a.pdf", "b.pdf", "c.pdf"):
        add(door, draft_id, name, name.encode())
    put(door, draft_id, 3, "issuedDate", "01/02/2025")
    put(door, draft_id, 1, "issuedDate", "05/02/2025")
    put(door, draft_id, 2, "issuedDate", "05/02/2025")
    put(door, draft_id, 1, "codeNumber", "12")
    put(door, draft_id, 2, "codeNumber", "9")
    assert subjects(door, draft_id) == ["c", "b", "a"]


def test_a_value_that_changed_elsewhere_is_told_and_not_overwritten(door: Door) -> None:
    draft_id = begun(door)
    with door.database.writing() as session:
        session.add(
            Account(
                name=door.officer.account,
                role=Role.OFFICER,
                display_name="Vũ Yến",
                created_at=clock.now(),
            )
        )
    put(door, draft_id, 0, "title", "Một", GIVEN["title"])
    with pytest.raises(DraftStaleError) as told:
        put(door, draft_id, 0, "title", "Hai", GIVEN["title"])
    assert (told.value.facts["by"], told.value.facts["value"]) == ("Vũ Yến", "Một")
    put(door, draft_id, 0, "title", "Một", GIVEN["title"])  # the same word twice is no quarrel
    assert door.submission(draft_id).title == "Một"


def test_a_date_is_the_same_however_the_page_wrote_it(door: Door) -> None:
    draft_id = begun(door)
    put(door, draft_id, 0, "startDate", "2/3/2025", "01/03/2025")
    assert door.submission(draft_id).case_file().fields["startDate"] == "2025-03-02"


@pytest.mark.parametrize("field", ["nonsense", "files", "totalDoc"])
def test_a_field_that_is_not_the_forms_is_refused(door: Door, field: str) -> None:
    draft_id = begun(door)
    with pytest.raises(FormFieldUnknownError):
        put(door, draft_id, 0, field, "x")


def test_a_field_of_a_document_that_is_gone_is_refused(door: Door) -> None:
    draft_id = begun(door)
    add(door, draft_id, "a.pdf", b"a")
    with door.database.writing() as session:
        gone = drafts_files.remove_document(session, draft_id, 1, actor=door.officer)
        again = drafts_files.remove_document(session, draft_id, 1, actor=door.officer)
    assert (len(gone), again) == (1, [])
    with pytest.raises(DraftRowError):
        put(door, draft_id, 1, "subject", "x", "a")


def test_an_annex_gets_its_own_data_back_when_it_is_taken_out(door: Door) -> None:
    draft_id = begun(door)
    add(door, draft_id, "a.pdf", b"a")
    add(door, draft_id, "b.pdf", b"b")
    put(door, draft_id, 2, "subject", "Phụ lục 1", "b")
    with door.database.unit_of_work() as uow:
        submission = drafts.get_draft(uow.session, draft_id, actor=door.officer, lock=True)
        draft = uow.session.get_one(Draft, draft_id)
        declared = submission.case_file()
        drafts_order.put_under(declared, draft, 2, None, "annex")
        assert [file.standing for file in declared.documents[0].files] == ["main", "annex"]
        assert "2.subject" not in draft.sources
        assert drafts_order.take_out(declared, draft, "b.pdf") == 2
        assert declared.documents[1].fields["subject"] == "Phụ lục 1"
        assert draft.sources["2.subject"] == Source.PERSON
        with pytest.raises(DraftMoveError):
            drafts_order.put_under(declared, draft, 1, None, "annex")
        with pytest.raises(DraftMoveError):
            drafts_order.take_out(declared, draft, "a.pdf")
        with pytest.raises(DraftOrderStaleError):
            drafts_order.require_order(declared, "2,1")


def test_handing_in_copies_nothing_and_the_checks_find_no_error(door: Door, tmp_path: Path) -> None:
    door.add_plan(2025, "08.QLCT")
    draft_id = begun(door)
    for number in (1, 2):
        pdf = write_pdf(tmp_path / f"{number}.pdf", pages=number).read_bytes()
        add(door, draft_id, f"0{number}. Văn bản.pdf", pdf)
    fill(door, draft_id, 1, "20/04/2025")
    fill(door, draft_id, 2, "10/04/2025")
    staged = door.staged()
    send(door, draft_id)
    assert door.staged() == staged
    checked = door.check(draft_id)
    assert checked.state is SubmissionState.CHECKED
    assert [document.row for document in checked.case_file().documents] == [1, 2]
    assert checked.files[0].path == "02. Văn bản.pdf"
    assert "error" not in {row.severity.value for row in checked.findings}, codes(checked)
    assert door.events() == ["draft:opened", "submission:received", "submission:checked"]


def test_the_same_content_again_is_the_submission_that_stands(door: Door) -> None:
    ids = []
    for _ in range(2):
        draft_id = begun(door)
        add(door, draft_id, "a.pdf", b"a")
        fill(door, draft_id, 1, "20/04/2025")
        with door.database.writing() as session:
            sent = hand_in(
                session, draft_id, actor=door.officer, jobs=door.jobs, limits=door.limits
            )
            ids.append(sent.id)
    assert ids[0] == ids[1]
    assert len(door.submissions()) == 1
    assert door.events()[-1] == "submission:sent-again"


def test_what_is_handed_in_is_no_draft_any_more(door: Door) -> None:
    draft_id = begun(door)
    add(door, draft_id, "a.pdf", b"a")
    fill(door, draft_id, 1, "20/04/2025")
    send(door, draft_id)
    with pytest.raises(DraftNotFoundError):
        send(door, draft_id)
    with pytest.raises(DraftNotFoundError):
        put(door, draft_id, 0, "title", "x", GIVEN["title"])


def test_an_empty_draft_and_one_with_errors_are_not_handed_in(door: Door) -> None:
    draft_id = begun(door)
    with pytest.raises(DraftIncompleteError):
        send(door, draft_id)
    add(door, draft_id, "a.pdf", b"a")
    with pytest.raises(DraftIncompleteError) as told:
        send(door, draft_id)
    assert told.value.facts["count"] == 2  # no date, no type
    assert door.submission(draft_id).state is SubmissionState.DRAFT


def test_a_state_secret_is_not_handed_in(door: Door) -> None:
    draft_id = begun(door)
    put(door, draft_id, 0, "mode", "03", "01")
    with pytest.raises(DraftSecretError):
        send(door, draft_id)
    assert door.submission(draft_id).state is SubmissionState.DRAFT


def test_a_returned_one_is_mended_with_its_files_and_data(door: Door, tmp_path: Path) -> None:
    draft_id = begun(door)
    add(door, draft_id, "a.pdf", write_pdf(tmp_path / "a.pdf").read_bytes())
    fill(door, draft_id, 1, "20/04/2025")
    send(door, draft_id)
    with door.database.writing() as session:
        row = session.get_one(Submission, draft_id)
        row.state = SubmissionState.RETURNED
        mended = drafts.reopen(session, row, actor=door.officer, has=door.staging.has)
        again = drafts.reopen(session, row, actor=door.officer, has=door.staging.has)
        assert again.id == mended.id != draft_id
        mended_id = mended.id
    mended = door.submission(mended_id)
    assert mended.follows_id == draft_id
    assert [file.path for file in mended.files] == ["a.pdf"]
    assert mended.case_file().documents[0].fields["issuedDate"] == "2025-04-20"
    with door.database.read_only() as session:
        assert session.get_one(Draft, mended_id).sources["1.issuedDate"] == Source.EARLIER
        assert needed_digests(session) == door.staged()


def test_a_returned_one_whose_bytes_were_swept_asks_for_them_again(door: Door) -> None:
    draft_id = begun(door)
    add(door, draft_id, "a.pdf", b"a")
    with door.database.writing() as session:
        row = session.get_one(Submission, draft_id)
        row.state = SubmissionState.RETURNED
        mended = drafts.reopen(session, row, actor=door.officer, has=lambda _: False)
        assert mended.files == []
        (document,) = mended.case_file().documents
        assert document.files == []
