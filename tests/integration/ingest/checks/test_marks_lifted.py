"""Of several marked documents each is said to bear no mark by its own name."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from archive_service.app import create_app
from archive_service.domain.intake.submission import CHECK_JOB, Submission
from archive_service.keeping.fixity.checked_submissions import checked_otherwise
from archive_service.services import Services
from archive_service.worker import run_one
from ingest.acceptance.marks import MarkSecondPersonError, MarkUnknownError, MarkUnnamedError
from ingest.submissions.acts import accept, lift, submit
from ingest.submissions.given import LiftedMark
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.browsers import browser_of
from tests.worlds.browsers import post as send_form
from tests.worlds.clients import program_of
from tests.worlds.command import Command
from tests.worlds.door import case_row, document_row, write_sheet
from tests.worlds.papers.lettered import written

CODE = "H40.18.2025.08.QLCT"
FIRST, SECOND = "a.pdf", "b.pdf"
WHY = "Chữ nằm trong tên bài thuốc."


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    with open_home(new_home(tmp_path / "home")) as opened:
        yield opened


@pytest.fixture
def marked(services: Services, tmp_path: Path) -> UUID:
    """A submission of two documents, each with a mark of its own."""
    case = tmp_path / "case"
    case.mkdir()
    written(case / FIRST, "SỞ CÔNG TRÌNH\nSố: 12/BC-SCT\nMẬT\nKính gửi: Ủy ban nhân dân tỉnh")
    written(case / SECOND, "SỞ CÔNG TRÌNH\nSố: 13/BC-SCT\nTỐI MẬT\nKính gửi: Ủy ban nhân dân")
    rows = [document_row(FIRST, CODE, codeNumber="12"), document_row(SECOND, CODE, codeNumber="13")]
    write_sheet(case / "Hồ sơ.xlsx", [case_row(CODE)], rows)
    (submission,) = submit(case, actor=person(services, "bach"), services=services)
    check(services, submission)
    return submission


def check(services: Services, submission: UUID) -> None:
    while run_one(services, subject_id=submission, names=(CHECK_JOB,)) == "done":
        pass


def state_of(services: Services, submission: UUID) -> str:
    with services.read_only() as session:
        return session.get_one(Submission, submission).state.value


def test_one_word_counts_for_the_document_it_names_and_the_other_stays_closed(
    services: Services, marked: UUID
) -> None:
    head = person(services, "hung")
    with pytest.raises(MarkUnnamedError):
        lift(services, marked, LiftedMark(reason=WHY), actor=head)
    with pytest.raises(MarkUnknownError):
        lift(services, marked, LiftedMark(reason=WHY, documents=["c.pdf"]), actor=head)
    lift(services, marked, LiftedMark(reason=WHY, documents=[FIRST]), actor=head)
    check(services, marked)
    assert state_of(services, marked) == "quarantined"
    told = (
        program_of(create_app(services), services, "hung").get(f"/submissions/{marked}").get_json()
    )
    assert [(mark["document"], mark["mark"], bool(mark["lifted"])) for mark in told["marks"]] == [
        (FIRST, "MẬT", True),
        (SECOND, "TỐI MẬT", False),
    ]
    codes = {
        finding["place"]: finding["code"]
        for finding in told["findings"]
        if "secrecy-mark" in finding["code"]
    }
    assert codes == {FIRST: "secrecy-mark-judged", SECOND: "secrecy-mark-seen"}
    with pytest.raises(MarkUnknownError):  # it is lifted already
        lift(services, marked, LiftedMark(reason=WHY, documents=[FIRST]), actor=head)
    lift(services, marked, LiftedMark(reason=WHY), actor=head)  # one is left, and needs no name
    check(services, marked)
    assert state_of(services, marked) == "checked"
    with pytest.raises(MarkSecondPersonError):
        accept(services, marked, actor=head)
    accept(services, marked, actor=person(services, "lan"))


def test_that_one_word_was_given_is_no_difference_from_its_check(
    services: Services, marked: UUID
) -> None:
    lift(
        services, marked, LiftedMark(reason=WHY, documents=[FIRST]), actor=person(services, "hung")
    )
    assert state_of(services, marked) == "quarantined"
    with services.read_only() as session:
        assert list(checked_otherwise(session)) == []


def test_page_program_and_command_say_which(services: Services, marked: UUID) -> None:
    app = create_app(services)
    browser = browser_of(app, services, "hung")
    shown = browser.get(f"/submissions/{marked}").text
    assert f'name="document" value="{FIRST}"' in shown
    assert f'name="document" value="{SECOND}"' in shown
    assert send_form(browser, f"/submissions/{marked}/lift-mark", reason=WHY).status_code == 422
    program = program_of(app, services, "hung")
    place = f"/submissions/{marked}/lift-mark"
    refused = program.ask("POST", place, json={"reason": WHY})
    assert (refused.status_code, refused.get_json()["code"]) == (422, "mark-unnamed")
    done = program.ask("POST", place, json={"reason": WHY, "documents": [SECOND]})
    assert done.get_json()["state"] == "quarantined"
    command = Command(services.settings.home)
    parts = ("submission", "lift-mark", marked, "--reason", WHY, "--json")
    unknown = command.run(*parts, "--document", SECOND, account="hung")
    assert (unknown.code, unknown.error["code"]) == (2, "mark-unknown")
    lifted = command.run(*parts, "--document", FIRST, account="hung")
    assert (lifted.code, lifted.document["state"]) == (0, "received")
