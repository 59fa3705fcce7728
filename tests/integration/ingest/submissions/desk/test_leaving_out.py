"""One document left out at the desk: told, kept in the record, and in no package."""

from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from archive_service.access import ActNotAllowedError
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.submission import (
    Submission,
    SubmissionState,
    SubmissionStateError,
)
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.notice import Notice
from archive_service.services import Services
from archive_service.worker import run_one
from ingest.acceptance.decide import ReasonMissingError
from ingest.acceptance.leaving_out import LeftOutLastError, LeftOutPackageError, LeftOutUnknownError
from ingest.submissions.acts import accept, leave_out, submit
from ingest.submissions.given import LeavingOut
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import do_all, program_of
from tests.worlds.command import Command
from tests.worlds.ingest.three_documents import THREE, three_documents

REASON = "Bản dự thảo, đã có bản chính."


@pytest.fixture
def checked(services: Services, tmp_path: Path) -> UUID:
    folder = three_documents(tmp_path / "ba")
    (submission,) = submit(folder, actor=person(services, "bach"), services=services)
    look(services, submission)
    return submission


def look(services: Services, submission: UUID) -> None:
    while run_one(services, subject_id=submission, names=("check-submission",)) == "done":
        pass


def row_of(services: Services, submission: UUID) -> Submission:
    with services.read_only() as session:
        row = session.get_one(Submission, submission)
        assert row.files is not None
        assert row.findings is not None
        return row


def taken_over(services: Services, submission: UUID, custody: dict[str, str]) -> None:
    with services.writing() as session:
        row = session.get_one(Submission, submission)
        row.declared = row.declared | {"custody": custody}


def test_what_is_left_out_is_in_no_package_and_stays_in_the_record(
    app: Flask, services: Services, checked: UUID
) -> None:
    archivist = person(services, "lan")
    leave_out(services, checked, 2, LeavingOut(reason=REASON), actor=archivist)
    row = row_of(services, checked)
    assert (row.state, row.document_count, len(row.files)) == ("received", 2, 4)
    look(services, checked)
    row = row_of(services, checked)
    assert row.state == "checked"
    assert row.worst != "error", [finding.code for finding in row.findings]
    (told,) = [finding for finding in row.findings if finding.code == "document-left-out"]
    assert (told.severity, told.facts["by"], told.facts["files"]) == ("info", "lan", 1)
    accept(services, checked, actor=archivist)
    do_all(services)
    with services.read_only() as session:
        kept = session.scalars(select(CaseFile).where(CaseFile.code == THREE)).one()
        titles = [document.subject for document in kept.documents]
        names = [file.name for document in kept.documents for file in document.files]
        assert titles == ["Văn bản 1 về trạm bơm", "Văn bản 3 về trạm bơm"]
        assert "hai.pdf" not in str(names)
        (event,) = session.scalars(
            select(AuditEvent).where(AuditEvent.tag == "submission:document-left-out")
        )
        (file,) = event.data["files"]
        assert (event.data["reason"], file["path"], len(file["sha256"])) == (REASON, "hai.pdf", 64)
        kinds = {notice.kind: notice.facts for notice in session.scalars(select(Notice))}
        assert kinds["submission-document-left-out"]["title"] == "Văn bản 2 về trạm bơm"
    program = program_of(app, services, "lan")
    (left,) = program.get(f"/submissions/{checked}").get_json()["left_out"]
    assert (left["title"], left["by"], len(left["files"])) == ("Văn bản 2 về trạm bơm", "lan", 1)
    events = program.get(f"/case-files/{THREE}/documents/1").get_json()["events"]
    assert any("Văn bản 2 về trạm bơm" in one["note"] for one in events), "kept in the package"
    page = browser_of(app, services, "bach").get(f"/submissions/{checked}").text
    assert "Tài liệu không tiếp nhận" in page
    assert left["files"][0]["sha256"] in page


def test_a_person_leaves_out_and_takes_up_at_the_desk(
    app: Flask, services: Services, checked: UUID
) -> None:
    client = browser_of(app, services, "lan")
    desk = client.get(f"/desk/{checked}?document=2").text
    assert "leave-out-dialog" in desk
    where = f"/submissions/{checked}/documents/2/left-out"
    assert post(client, where, reason=" ").status_code == 422
    assert post(client, where, reason=REASON).status_code == 303
    look(services, checked)
    assert "Lấy lại" in client.get(f"/submissions/{checked}").text
    assert post(client, f"/submissions/{checked}/left-out/1/take-up").status_code == 303
    look(services, checked)
    declared = row_of(services, checked).case_file()
    assert [document.fields["subject"][:9] for document in declared.documents] == [
        "Văn bản 1", "Văn bản 2", "Văn bản 3",
    ]  # fmt: skip
    assert declared.left_out == []


def test_programs_and_commands_do_the_same(
    app: Flask, services: Services, checked: UUID, home: Path
) -> None:
    program = program_of(app, services, "lan")
    place = f"/submissions/{checked}"
    told = program.post(f"{place}/documents/1/left-out", json={"reason": REASON}).get_json()
    assert (told["state"], told["left_out"][0]["number"]) == ("received", 1)
    busy = program.post(f"{place}/documents/1/left-out", json={"reason": REASON})
    assert busy.status_code == 409, "it is being checked"
    look(services, checked)
    assert program.ask("DELETE", f"{place}/left-out/1").get_json()["left_out"] == []
    look(services, checked)
    command = Command(home)
    told = command.ask("submission", "leave-out", checked, 3, "--reason", REASON, account="lan")
    assert told["documents"] == 2
    look(services, checked)
    assert command.run("submission", "take-up", checked, 1, account="lan").code == 0
    look(services, checked)
    assert row_of(services, checked).document_count == 3


@pytest.mark.parametrize("signs", ["...", "-", "\u200b"])
def test_signs_alone_are_a_reason_at_no_door(
    app: Flask, services: Services, home: Path, checked: UUID, signs: str
) -> None:
    program = program_of(app, services, "lan")
    for act in ("documents/1/left-out", "return"):
        told = program.post(f"/submissions/{checked}/{act}", json={"reason": signs})
        assert (told.status_code, told.get_json()["code"]) == (422, "reason-missing")
    browser = browser_of(app, services, "lan")
    page = post(browser, f"/submissions/{checked}/return", reason=signs)
    assert page.status_code == 422
    assert "lý do" in page.get_data(as_text=True).lower()
    answer = Command(home).run("submission", "return", checked, "--reason", signs, account="lan")
    assert answer.code == 2
    assert row_of(services, checked).state is SubmissionState.CHECKED


def test_nothing_is_left_out_without_right_reason_number_or_a_rest(
    services: Services, checked: UUID
) -> None:
    archivist = person(services, "lan")
    with pytest.raises(ActNotAllowedError):
        leave_out(services, checked, 1, LeavingOut(reason=REASON), actor=person(services, "bach"))
    with pytest.raises(ReasonMissingError):
        leave_out(services, checked, 1, LeavingOut(reason="  "), actor=archivist)
    for ordinal in (0, 4):
        with pytest.raises(LeftOutUnknownError):
            leave_out(services, checked, ordinal, LeavingOut(reason=REASON), actor=archivist)
    taken_over(services, checked, {"archive": "Lưu trữ lịch sử"})
    with pytest.raises(LeftOutPackageError):
        leave_out(services, checked, 1, LeavingOut(reason=REASON), actor=archivist)
    taken_over(services, checked, {})
    for _ in range(2):
        leave_out(services, checked, 1, LeavingOut(reason=REASON), actor=archivist)
        look(services, checked)
    with pytest.raises(LeftOutLastError):
        leave_out(services, checked, 1, LeavingOut(reason=REASON), actor=archivist)
    accept(services, checked, actor=archivist)
    with pytest.raises(SubmissionStateError):
        leave_out(services, checked, 1, LeavingOut(reason=REASON), actor=archivist)
