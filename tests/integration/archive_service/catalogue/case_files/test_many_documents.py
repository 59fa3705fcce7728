"""A case file of many documents is worked on like any other: its pages show a part of the list."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from archive_service.app import create_app
from archive_service.bench.decided import decided_list
from archive_service.bench.material import make_case_files
from archive_service.bench.people import People, make_peopled
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.submission import (
    CHECK_JOB,
    DeclaredCaseFile,
    Submission,
    SubmissionState,
)
from archive_service.domain.retention.disposition import DispositionState
from archive_service.services import Services
from archive_service.web.session import COOKIE
from archive_service.worker import run_one
from ingest.drafts import acts as drafts
from ingest.drafts.order import DraftOrderStaleError, move
from ingest.drafts.taking import take_uploads
from ingest.submissions import acts as submissions_acts
from ingest.submissions.given import Return
from ingest.uploads.acts import upload_folder
from tests.worlds.archive import open_without_model
from tests.worlds.browsers import counted
from tests.worlds.calls import calls

FEW, MANY = 12, 250


@dataclass(frozen=True, slots=True)
class Place:
    """An archive with two case files on the desk, two in custody, drafts that mend two others."""

    services: Services
    people: People
    checked: dict[int, UUID]
    drafts: dict[int, UUID]
    held: dict[int, str]  # codes of two in custody
    list_id: UUID  # of the list on which both stand

    def client(self, cookie: str) -> FlaskClient:
        found = create_app(self.services).test_client()
        found.set_cookie(COOKIE, cookie)
        return found


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    root = tmp_path_factory.mktemp("many")
    people = make_peopled(root / "home")
    with open_without_model(root / "home") as services:  # 800 pages: what they show is not asked
        checked = {count: taken(services, people, root, count, "A") for count in (FEW, MANY)}
        mended = {}
        for count in (FEW, MANY):
            returned = taken(services, people, root, count, "B")
            submissions_acts.give_back(
                services, returned, Return(reason="bench"), actor=people.archivist
            )
            mended[count] = drafts.mend(services, returned, actor=people.officer)
        held = {}
        for count in (FEW, MANY):
            kept = taken(services, people, root, count, "C")
            accepted = submissions_acts.accept(services, kept, actor=people.archivist)
            held[count] = str(accepted.case_file)
        yield Place(services, people, checked, mended, held, listed(services))


def listed(services: Services) -> UUID:
    """A list with those in custody on it, proposed for destruction."""
    with services.writing() as session:
        rows = session.scalars(select(CaseFile).order_by(CaseFile.code)).all()
        proposed = decided_list(rows, state=DispositionState.PROPOSED)
        session.add(proposed)
        session.flush()
        return proposed.id


def taken(services: Services, people: People, root: Path, count: int, name: str) -> UUID:
    """One case file of so many documents, received and checked."""
    series = f"{name}{count}"
    (folder,) = make_case_files(root / series, count=1, files=count, file_bytes=2048, series=series)
    (submission,) = submissions_acts.submit(folder, actor=people.officer, services=services)
    run_one(services, subject_id=submission, names=(CHECK_JOB,))
    with services.read_only() as session:
        assert session.get_one(Submission, submission).state is SubmissionState.CHECKED
    return submission


def titles(page: str) -> set[int]:
    """Numbers of the reports that a page names."""
    return {int(found) for found in re.findall(r">Báo cáo số (\d+)<", page)}


@pytest.mark.parametrize(
    "page", ["desk", "submission", "draft", "parts", "case-file", "describe", "item"]
)
def test_a_page_asks_as_much_of_the_database_for_many_documents_as_for_few(
    place: Place, page: str
) -> None:
    people = place.people
    is_draft = page in ("draft", "parts")
    client = place.client(people.officer_cookie if is_draft else people.archivist_cookie)
    paths: dict[str, tuple[str, Mapping[int, UUID | str]]] = {
        "desk": ("/desk/{}", place.checked),
        "submission": ("/submissions/{}", place.checked),
        "draft": ("/drafts/{}", place.drafts),
        "parts": ("/drafts/{}/parts", place.drafts),
        "case-file": ("/case-files/{}", place.held),
        "item": (f"/dispositions/{place.list_id}/items/{{}}", place.held),
        "describe": ("/case-files/{}/describe?document=7", place.held),
    }
    path, ids = paths[page]
    seen, sizes = {}, {}
    for count, one in ids.items():
        client.get(path.format(one))  # claims and reads once what it keeps
        with counted(place.services) as statements:
            answer = client.get(path.format(one))
        assert answer.status_code == 200
        seen[count], sizes[count] = len(statements), len(answer.data)
    assert seen[FEW] == seen[MANY]
    assert sizes[MANY] < 800_000


def test_a_case_file_shows_a_hundred_documents_and_what_the_whole_list_comes_to(
    place: Place,
) -> None:
    client = place.client(place.people.archivist_cookie)
    path = f"/case-files/{place.held[MANY]}"
    first = client.get(path).text
    assert titles(first) == set(range(1, 101))
    assert "Tài liệu 1–100 trong 250" in first
    named = client.get(f"{path}?document=150").text
    assert titles(named) == set(range(101, 201))
    assert f"{path}?document=150" in named
    assert f"{path}?from=201" in named
    last = client.get(f"{path}?from=201").text
    assert titles(last) == set(range(201, 251))
    assert re.search(r'<td class="num">250</td>', last)  # the sheets before it are counted
    told = [re.search(r'<div class="panel-foot">([^<]+)</div>', one) for one in (first, last)]
    assert told[0] is not None
    assert told[1] is not None
    assert "250" in told[0][1]
    assert told[0][1] == told[1][1]


def test_of_a_long_list_one_document_is_described(place: Place) -> None:
    client = place.client(place.people.archivist_cookie)
    page, few = (
        client.get(f"/case-files/{place.held[count]}/describe?document={document}").text
        for count, document in ((MANY, 222), (FEW, 7))
    )
    assert "Báo cáo số 222" in page
    choice = page.partition('id="part"')[2].partition("</select>")[0]
    offered = {int(found) for found in re.findall(r'<option value="(\d+)"', choice)}
    assert offered == {0, 100, *range(200, MANY + 1)}
    assert len(page) < len(few) + 20_000


@pytest.mark.parametrize("page", ["", "/describe?document=222"])
def test_what_hangs_on_documents_is_read_of_those_that_are_shown(place: Place, page: str) -> None:
    client = place.client(place.people.archivist_cookie)
    path = f"/case-files/{place.held[MANY]}{page}"
    assert client.get(path).status_code == 200
    with counted(place.services) as statements:
        client.get(path)
    read = [
        statement
        for statement in statements
        if "FROM digital_object" in statement and " IN (" in statement
    ]
    assert len(read) == (2 if page else 1)  # the viewer beside the form reads its document too
    assert {one.count("?") for one in read} == {1 if page else 100}


def test_the_page_of_their_order_reads_each_document_once_and_no_file(place: Place) -> None:
    client = place.client(place.people.archivist_cookie)
    path = f"/case-files/{place.held[MANY]}/arrange"
    assert client.get(path).status_code == 200
    with counted(place.services) as statements:
        page = client.get(path).text
    assert page.count('name="place-') == MANY
    assert "Báo cáo số 222" in page
    assert not [statement for statement in statements if "FROM digital_object" in statement]
    assert len([statement for statement in statements if "FROM document " in statement]) == 1


def test_a_submission_shows_a_hundred_documents_and_the_way_to_the_others(place: Place) -> None:
    client = place.client(place.people.archivist_cookie)
    path = f"/submissions/{place.checked[MANY]}"
    assert titles(client.get(path).text.replace("<span", "<")) == set(range(1, 101))
    last = client.get(f"{path}?from=201").text
    assert titles(last.replace("<span", "<")) == set(range(201, 251))
    assert "Tài liệu 201–250 trong 250" in last
    assert f"{path}?from=101" in last
    beyond = client.get(f"{path}?from=9999").text
    assert titles(beyond.replace("<span", "<")) == set(range(201, 251))


def test_few_documents_have_no_parts(place: Place) -> None:
    client = place.client(place.people.archivist_cookie)
    assert "trong 12" not in client.get(f"/submissions/{place.checked[FEW]}").text


def test_a_draft_shows_the_part_that_holds_the_open_document(place: Place) -> None:
    client = place.client(place.people.officer_cookie)
    path = f"/drafts/{place.drafts[MANY]}"
    assert titles(client.get(path).text) == set(range(1, 101))
    page = client.get(f"{path}?document=150").text
    assert titles(page) == set(range(101, 201))
    assert 'data-place="149"' in page
    parts = client.get(f"{path}/parts?selected=&from=201").text
    assert titles(parts) == set(range(201, 251))


def test_what_is_wrong_with_a_long_draft_is_looked_for_once_a_page(place: Place) -> None:
    client = place.client(place.people.officer_cookie)
    path = f"/drafts/{place.drafts[MANY]}"
    assert client.get(path).status_code == 200
    with calls() as seen:
        client.get(path)
    assert (seen["errors"], seen["warnings"]) == (1, 1)


def test_a_moved_document_of_a_long_list_is_refused_once_the_list_has_changed(
    place: Place,
) -> None:
    services, officer = place.services, place.people.officer
    draft = place.drafts[MANY]
    seen = drafts.show(services, draft, actor=officer).order
    assert len(seen) == 64

    def to_the_front(declared: DeclaredCaseFile, _draft: Draft) -> None:
        move(declared, 200, 0)

    drafts.arrange(services, draft, to_the_front, seen=seen, actor=officer)
    with pytest.raises(DraftOrderStaleError):
        drafts.arrange(services, draft, to_the_front, seen=seen, actor=officer)
    shown = drafts.show(services, draft, actor=officer)
    assert shown.declared.documents[0].row == 200

    def back(declared: DeclaredCaseFile, _draft: Draft) -> None:
        move(declared, 200, 199)

    drafts.arrange(services, draft, back, seen=shown.order, actor=officer)


def test_the_desk_offers_the_documents_around_the_open_one_and_the_first_of_the_others(
    place: Place,
) -> None:
    client = place.client(place.people.archivist_cookie)
    path = f"/desk/{place.checked[MANY]}"
    page = client.get(f"{path}?document=150").text
    offered = {int(found) for found in re.findall(rf'value="{path}\?document=(\d+)', page)}
    assert offered == {1, *range(101, 202)}


def test_a_file_is_added_to_a_long_draft_without_reading_what_was_seen_in_the_others(
    place: Place,
) -> None:
    draft, officer, services = place.drafts[MANY], place.people.officer, place.services
    with services.read_only() as session:
        before = session.get_one(Submission, draft)
        size, last = before.size_bytes, before.files[-1].ordinal
    folder = upload_folder(services)
    body = b"%PDF-1.7 one more"
    sent = folder.begin(
        owner=officer.account, name="them.pdf", size_bytes=len(body), into=str(draft)
    )
    folder.path(sent.id).write_bytes(body)
    with counted(services) as statements:
        path = take_uploads(services, draft, [sent.id], actor=officer)[sent.id]
    read = [statement for statement in statements if statement.startswith("SELECT")]
    assert read
    assert not [one for one in read if "submission_file.signatures" in one]
    with services.read_only() as session:
        after = session.get_one(Submission, draft)
        assert after.size_bytes == size + len(body)
        assert (after.files[-1].path, after.files[-1].ordinal) == (path, last + 1)
        assert path in {file.path for file in after.named_files()}


def test_a_former_version_shows_a_part_of_its_documents(place: Place) -> None:
    lan = place.client(place.people.archivist_cookie)
    with place.services.read_only() as session:
        of_it = select(CaseFile.id).where(CaseFile.code == place.held[MANY])
        case_file_id = session.scalars(of_it).one()
    while run_one(place.services, subject_id=case_file_id):
        pass
    address = f"/case-files/{place.held[MANY]}/versions/1"
    shown = r"versions/1\?document=(\d+)\""
    assert re.findall(shown, lan.get(address).text) == [str(one) for one in range(1, 101)]
    with calls() as seen:
        page = lan.get(f"{address}?document={MANY}").text
    assert re.findall(shown, page) == [str(one) for one in range(201, MANY + 1)]
    assert seen["values_of"] < 100
