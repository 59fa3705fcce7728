"""Who asks for paper that is not digitized orders its digitization, and is told when it is done."""

from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select, update

from archive_service import clock
from archive_service.catalogue.holdings.rows import get_case_file
from archive_service.catalogue.use_requests import deadlines
from archive_service.catalogue.use_requests.acts import (
    answer_access_request,
    ask_about_access_request,
    grant_access_request,
    list_access_requests,
    make_access_request,
    refuse_access_request,
)
from archive_service.catalogue.use_requests.documents import AccessRequestDocument
from archive_service.catalogue.use_requests.given import Grant, Wish, Words
from archive_service.catalogue.use_requests.reading import reading_copy
from archive_service.catalogue.use_requests.rules import (
    AccessRequestNeedlessError,
    AccessRequestUnscannedError,
)
from archive_service.catalogue.use_requests.scanning import end_scans
from archive_service.domain.case_files.document import Document
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import WORKER, Actor
from archive_service.domain.people.notice import Notice
from archive_service.services import Services
from archive_service.worker import work
from digitize.batches.desk import acts as desk_acts
from digitize.batches.queue.digitization import digitization_queue
from tests.worlds.archive import actor_of, copy_home, person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import program_of
from tests.worlds.command import Command
from tests.worlds.digitize.scanning import (
    CODE,
    decide_all,
    folder_of_pages,
    import_batch,
    station_of,
    waiting_home,
)

WISH = Wish(code=CODE, document=1, purpose="Xác minh thời gian công tác")


@pytest.fixture(scope="module")
def waiting(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case file of one document whose paper is still to be scanned."""
    return waiting_home(tmp_path_factory.mktemp("waiting"))


@pytest.fixture
def home(waiting: Path, tmp_path: Path) -> Path:
    return copy_home(waiting, tmp_path / "home")


def how_far(services: Services, actor: Actor) -> str:
    (row,) = list_access_requests(services, actor=actor).requests
    return row.scan


def told(services: Services, account: str) -> set[str]:
    with services.read_only() as session:
        mine = Notice.account_id == actor_of(services, account).account_id
        return set(session.scalars(select(Notice.kind).where(mine, Notice.read_at.is_(None))))


def test_it_is_asked_for_scanned_and_granted(
    app: Flask, services: Services, reading: Actor, head: Actor, tmp_path: Path
) -> None:
    reader, desk = (browser_of(app, services, actor.account) for actor in (reading, head))
    page = reader.get(f"/case-files/{CODE}").text
    assert "Đề nghị số hóa và đọc tài liệu này" in page
    with services.read_only() as session:
        (document_id,) = session.scalars(select(Document.id))
    assert f"/use-requests/new?document={document_id}" in page
    form = reader.get(f"/use-requests/new?document={document_id}").text
    assert f'value="{CODE}"' in form
    sent = {"code": CODE, "document": "1", "purpose": WISH.purpose}
    assert post(reader, "/use-requests", **sent).status_code == 303
    (row,) = list_access_requests(services, actor=reading).requests
    assert (row.state, row.scan, row.due_on, row.overdue) == ("asked", "queued", "", False)
    shown = reader.get("/use-requests").text
    assert "Chờ quét" in shown
    assert "Thời hạn trả lời tính từ ngày có bản số hóa" in shown
    assert told(services, "lan") == {"access-request-to-scan"}
    with pytest.raises(AccessRequestUnscannedError):
        grant_access_request(services, row.id, Grant(), actor=head)
    assert f"/use-requests/{row.id}/grant" not in desk.get("/use-requests").text

    archivist, station = person(services, "lan"), station_of(services)
    queue = browser_of(app, services, "lan").get("/scanning/case-files").text
    assert "Độc giả đề nghị đọc: văn bản số 1" in queue
    number = import_batch(services, folder_of_pages(tmp_path / "box", 2), station, code=CODE)
    assert how_far(services, reading) == "on-desk"
    decide_all(services, number, archivist)
    desk_acts.release(services, number, actor=archivist)
    assert how_far(services, reading) == "making"
    work(services, until_empty=True)

    (row,) = list_access_requests(services, actor=reading).requests
    assert (row.state, row.scan) == ("asked", "")
    assert row.due_on == deadlines.due_on(services, clock.now())
    assert told(services, "doc.gia") == {"access-request-scan-ended"}
    assert "access-request-to-scan" not in told(services, "lan")
    assert "access-request-waiting" in told(services, head.account)
    grant_access_request(services, row.id, Grant(), actor=head)
    _, numbers = reading_copy(services, row.id, actor=reading)
    assert numbers == [1, 2]
    with services.read_only() as session:
        tag = AuditEvent.tag == "access-request:scan-ended"
        (event,) = session.scalars(select(AuditEvent).where(tag))
    assert (event.data["outcome"], event.data["due_on"]) == ("scanned", row.due_on)
    with pytest.raises(AccessRequestNeedlessError):  # open to everybody, and here now
        make_access_request(services, WISH, actor=head)


@pytest.mark.parametrize(
    ("change", "outcome"),
    [({"no_image_reason": "Khổ A0"}, "unscannable"), ({"quarantined": True}, "closed")],
)
def test_what_will_not_be_scanned_is_told_and_decided_on_all_the_same(
    change: dict[str, object],
    outcome: str,
    services: Services,
    asked: AccessRequestDocument,
    reading: Actor,
) -> None:
    with services.writing() as session:
        session.execute(update(Document).values(**change))
        for _ in range(2):  # as after each step of the case file
            held = get_case_file(session, CODE, actor=WORKER)
            end_scans(session, held, services)
    (row,) = list_access_requests(services, actor=reading).requests
    assert (row.scan, bool(row.due_on)) == ("", True)
    with services.read_only() as session:
        kind = Notice.kind == "access-request-scan-ended"
        (notice,) = session.scalars(select(Notice).where(kind))
    assert notice.facts["outcome"] == outcome


def test_it_is_clarified_while_it_waits_and_a_refusal_ends_the_order(
    services: Services, asked: AccessRequestDocument, reading: Actor, head: Actor
) -> None:
    ask_about_access_request(services, asked.id, Words(text="Cho việc gì?"), actor=head)
    assert how_far(services, reading) == "queued"
    back = answer_access_request(services, asked.id, Words(text="Bảo hiểm"), actor=reading)
    assert (back.state, back.scan) == ("asked", "queued")
    ((entry,), _) = digitization_queue(services, actor=head, limit=5)
    assert entry["asked"] == [1]
    refuse_access_request(services, asked.id, Words(text="Điều 21"), actor=head)
    ((entry,), _) = digitization_queue(services, actor=head, limit=5)
    assert entry["asked"] == []
    assert "access-request-to-scan" not in told(services, "lan")


def test_programs_and_commands_ask_for_it_too(
    app: Flask, services: Services, reading: Actor, head: Actor
) -> None:
    made = program_of(app, services, reading.account).post(
        "/access-requests", json=WISH.model_dump()
    )
    assert (made.status_code, made.get_json()["scan"]) == (201, "queued")
    archive = Command(services.settings.home)
    assert "Chờ quét" in archive.run("access-request", "list", account=head.account).stdout
    name = made.get_json()["id"]
    early = archive.run("access-request", "grant", name, "--json", account=head.account)
    assert early.error["code"] == "access-request-unscanned"
