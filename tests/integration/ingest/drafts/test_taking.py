"""Finished uploads on their way into a draft: together, once, and none left behind."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from flask.testing import FlaskClient

from archive_service.app import create_app
from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.submission import Submission
from archive_service.services import Services
from archive_service.storage.uploads import UploadUnknownError
from archive_service.worker import run_one
from ingest.drafts import acts as drafts_acts
from ingest.drafts.files import READ_JOB
from ingest.drafts.taking import take_finished, take_uploads
from ingest.uploads.acts import upload_folder
from tests.integration.ingest.drafts.taken import take, uploaded
from tests.worlds.archive import new_home, open_home, person
from tests.worlds.browsers import browser_of, counted, post
from tests.worlds.clients import session_token


@pytest.fixture(scope="module")
def services(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Services]:
    with open_home(new_home(tmp_path_factory.mktemp("taking") / "home")) as opened:
        yield opened


@pytest.fixture(scope="module")
def officer(services: Services) -> FlaskClient:
    return browser_of(create_app(services), services, "bach")


@pytest.fixture
def draft_id(services: Services) -> UUID:
    return drafts_acts.open_empty(services, actor=person(services, "bach"))


def test_an_upload_is_taken_once_and_a_second_window_is_told_no_trouble(
    services: Services, officer: FlaskClient, draft_id: UUID
) -> None:
    upload = uploaded(services, draft_id, "a.pdf")
    assert take(officer, draft_id, upload).status_code == 200
    assert take(officer, draft_id, upload).status_code == 200  # attached a moment ago
    assert take(officer, draft_id, uuid4(), "b.pdf").status_code == 404
    page = officer.get(f"/drafts/{draft_id}").text
    assert page.count('class="draft-document') == 1


def test_what_has_arrived_is_taken_together_and_each_refused_for_itself(
    services: Services, officer: FlaskClient, draft_id: UUID
) -> None:
    names = ["02. Phụ lục.pdf", "../x.pdf", "01. Tờ trình.pdf", "01. Tờ trình.pdf"]
    sent = [uploaded(services, draft_id, name, b"%d" % at) for at, name in enumerate(names)]
    told = [{"upload": str(identifier), "name": f"{at}"} for at, identifier in enumerate(sent)]
    headers = {"X-CSRFToken": session_token(officer)}
    path = f"/drafts/{draft_id}/files"
    with counted(services) as statements:
        answer = officer.post(path, json={"uploads": told}, headers=headers)
    assert answer.status_code == 200
    assert [(entry["place"], entry["code"]) for entry in answer.get_json()["refused"]] == [
        ("1", "draft-file-name")
    ]
    assert sum(statement.startswith("UPDATE submission ") for statement in statements) == 1
    with services.read_only() as session:
        kept = {file.path for file in session.get_one(Submission, draft_id).named_files()}
    assert kept == {"01. Tờ trình.pdf", "01. Tờ trình (2).pdf", "02. Phụ lục.pdf"}
    left = upload_folder(services).meant_for(str(draft_id), owner="bach")
    assert [upload.id for upload in left] == [sent[1]]  # it is told again when the page is opened
    assert officer.post(path, json={"uploads": "x"}, headers=headers).status_code == 400


def test_two_windows_that_take_the_same_files_at_once_double_none(
    services: Services, officer: FlaskClient, draft_id: UUID
) -> None:
    sent = [uploaded(services, draft_id, f"{at}.pdf", b"%d" % at) for at in range(12)]
    bach = person(services, "bach")

    def window(at: int) -> list[bool]:
        taken = take_uploads(services, draft_id, sent[:: 1 - 2 * (at % 2)], actor=bach)
        return [isinstance(one, str | UploadUnknownError) for one in taken.values()]

    with ThreadPoolExecutor(3) as threads:
        assert all(all(told) for told in threads.map(window, range(3)))
    page = officer.get(f"/drafts/{draft_id}").text
    assert page.count('class="draft-document') == len(sent)
    assert upload_folder(services).meant_for(str(draft_id), owner="bach") == []


def test_a_file_that_arrived_before_the_press_is_not_left_behind(
    services: Services, officer: FlaskClient, draft_id: UUID
) -> None:
    uploaded(services, draft_id, "a.pdf")
    answer = post(officer, f"/drafts/{draft_id}/hand-in", seen="")
    assert answer.status_code == 409
    assert answer.text.count('class="draft-document') == 1


def test_a_name_that_cannot_be_used_is_refused_in_words(
    services: Services, officer: FlaskClient, draft_id: UUID
) -> None:
    answer = take(officer, draft_id, uploaded(services, draft_id, "../a.pdf"))
    assert answer.status_code == 422
    assert answer.get_json()["code"] == "draft-file-name"
    long = take(officer, draft_id, uploaded(services, draft_id, "x" * 300 + ".pdf"))
    assert long.get_json()["code"] == "name-too-long"


def test_one_that_another_window_took_hides_no_other_that_is_refused(
    services: Services, officer: FlaskClient, draft_id: UUID
) -> None:
    for name in ("a.pdf", "b.pdf"):
        assert take(officer, draft_id, uploaded(services, draft_id, name)).status_code == 200
    folder = upload_folder(services)
    begun = folder.begin(owner="bach", name="a.pdf", size_bytes=9, into=str(draft_id))
    told = [{"upload": str(begun.id), "name": "a.pdf"}, {"upload": str(uuid4()), "name": "b.pdf"}]
    headers = {"X-CSRFToken": session_token(officer)}
    answer = officer.post(f"/drafts/{draft_id}/files", json={"uploads": told}, headers=headers)
    refused = [(entry["place"], entry["code"]) for entry in answer.get_json()["refused"]]
    assert refused == [("a.pdf", "upload-incomplete")]


def test_each_file_that_may_not_come_in_is_told_before_the_rest_is_handed_in(
    services: Services, officer: FlaskClient, draft_id: UUID
) -> None:
    for name in ("../dau.pdf", "../cuoi.pdf"):
        uploaded(services, draft_id, name)
    answer = post(officer, f"/drafts/{draft_id}/hand-in", seen="")
    assert answer.status_code == 422
    assert all(name in answer.text for name in ("../dau.pdf", "../cuoi.pdf"))


def test_what_is_read_in_a_moment_is_written_into_the_draft_once(
    services: Services, officer: FlaskClient, draft_id: UUID
) -> None:
    for at in range(12):
        uploaded(services, draft_id, f"{at:02}.txt", b"Trang %d" % (at // 2))  # pairs of the same
    take_finished(services, draft_id, actor=person(services, "bach"))
    with counted(services) as statements:
        assert run_one(services, subject_id=draft_id, names=(READ_JOB,)) == "done"
    assert (
        1 <= sum(statement.startswith("UPDATE submission_draft ") for statement in statements) < 6
    )
    with services.read_only() as session:
        files = session.get_one(Submission, draft_id).files
        reads = session.get_one(Draft, draft_id).reads
        assert len(files) == 12
        assert all(file.facts and reads[file.sha256]["done"] for file in files)
