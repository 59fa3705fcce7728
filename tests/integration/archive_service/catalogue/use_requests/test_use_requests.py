"""Who is refused asks; another one decides; what is granted is read page by page, with a foot."""

import datetime as dt
import io
from uuid import UUID

import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select, update

from archive_service import clock
from archive_service.access import ActNotAllowedError
from archive_service.catalogue.holdings import rows
from archive_service.catalogue.holdings.opening import DocumentUnknownError, readable_file
from archive_service.catalogue.holdings.rows import CaseFileNotFoundError
from archive_service.catalogue.holdings.uses import DocumentQuarantinedError, DocumentRecalledError
from archive_service.catalogue.linking.acts import link
from archive_service.catalogue.linking.given import LinkIn
from archive_service.catalogue.use_requests import deadlines
from archive_service.catalogue.use_requests.acts import (
    answer_access_request,
    ask_about_access_request,
    grant_access_request,
    list_access_requests,
    make_access_request,
    refuse_access_request,
    revoke_access_request,
    withdraw_access_request,
)
from archive_service.catalogue.use_requests.documents import AccessRequestDocument
from archive_service.catalogue.use_requests.given import Grant, Wish, Words
from archive_service.catalogue.use_requests.past_uses import list_past_uses
from archive_service.catalogue.use_requests.reading import (
    ReadingEndedError,
    reading_copy,
    reading_page,
)
from archive_service.catalogue.use_requests.rules import (
    AccessRequestNeedlessError,
    AccessRequestNotFoundError,
    AccessRequestOpenError,
    AccessRequestOwnError,
    AccessRequestPageError,
    AccessRequestPagesError,
    AccessRequestStateError,
    AccessRequestTermError,
    AccessRequestWordsError,
)
from archive_service.domain.case_files.access_request import AccessRequest, Wanted
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.document import Document
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Actor, Role
from archive_service.domain.people.notice import Notice
from archive_service.domain.retention.removal import CaseFileDestroyedError
from archive_service.evidence.leaves import iter_misfits
from archive_service.recovery.export.request import DipRequestError, of_reader
from archive_service.services import Services
from tests.worlds.archive import actor_of, person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, Program, add_person, do_all, program_of
from tests.worlds.command import Command

WISH = Wish(code=RESTRICTED_CODE, document=1, purpose="Xác minh thời gian công tác")
_OF_USES = "Đề nghị này hỏi lượt sử dụng của hồ sơ"
WHY = Words(text="Điều 21 Luật Lưu trữ")


def test_the_page_without_requests_says_what_stands_there_and_keeps_its_tabs(
    app: Flask, services: Services, reading: Actor, head: Actor
) -> None:
    own = browser_of(app, services, reading.account).get("/use-requests").text
    assert "Đề nghị của bạn và kết quả hiện ở đây." in own
    decides = browser_of(app, services, head.account).get("/use-requests").text
    assert "chờ quyết định sẽ hiện ở đây" in decides
    assert 'href="/browse"' in decides


def test_who_is_refused_asks_and_reads_what_another_granted(
    app: Flask, services: Services, reading: Actor, head: Actor
) -> None:
    client = browser_of(app, services, reading.account)
    refused = client.get(f"/case-files/{RESTRICTED_CODE}?document=1").text
    assert f"/use-requests/new?code={RESTRICTED_CODE}" in refused
    assert client.get(f"/use-requests/new?code={RESTRICTED_CODE}&document=1").status_code == 200
    sent = {"code": RESTRICTED_CODE, "document": "1", "purpose": WISH.purpose}
    assert post(client, "/use-requests", **sent).status_code == 303
    (row,) = list_access_requests(services, actor=reading).requests
    assert (row.state, row.overdue) == ("asked", False)
    assert client.get(f"/use-requests/{row.id}/read").status_code == 409
    desk = browser_of(app, services, head.account)
    assert row.purpose in desk.get("/use-requests").text
    assert post(desk, f"/use-requests/{row.id}/grant", days="5").status_code == 303
    page = client.get(f"/use-requests/{row.id}/read")
    assert f"/use-requests/{row.id}/pages/1" in page.text
    picture = client.get(f"/use-requests/{row.id}/pages/1")
    assert picture.headers["Cache-Control"] == "no-store"
    image = Image.open(io.BytesIO(picture.data))
    foot = image.convert("L").crop((0, image.height - 60, image.width, image.height))
    assert min(foot.tobytes()) < 80  # letters stand there
    assert desk.get(f"/use-requests/{row.id}/pages/1").status_code == 404  # another's copy
    assert client.get(f"/use-requests/{row.id}/pages/999").status_code == 404
    with services.read_only() as session:
        tags = session.scalars(select(AuditEvent.tag).where(AuditEvent.account == reading.account))
        assert {"access-request:made", "access-request:read", "document:read"} <= {*tags}


def test_what_is_granted_opens_neither_the_file_nor_its_text(
    app: Flask, services: Services, archivist: Program, reading: Actor, head: Actor
) -> None:
    made = make_access_request(services, WISH, actor=reading)
    grant_access_request(services, made.id, Grant(), actor=head)
    program = program_of(app, services, reading.account)
    document = archivist.get(f"/case-files/{RESTRICTED_CODE}").get_json()["documents"][0]
    file = document["files"][0]["id"]
    assert program.get(f"/case-files/{RESTRICTED_CODE}/files/{file}").status_code == 403
    assert program.get(f"/documents/{document['id']}/text").status_code == 403


def test_the_days_end_and_pages_are_those_that_were_granted(
    services: Services, asked: AccessRequestDocument, reading: Actor, head: Actor
) -> None:
    for days in (0, 16):
        with pytest.raises(AccessRequestTermError):
            grant_access_request(services, asked.id, Grant(days=days), actor=head)
    with pytest.raises(AccessRequestPagesError):
        grant_access_request(services, asked.id, Grant(pages="1-x"), actor=head)
    granted = grant_access_request(services, asked.id, Grant(pages="2-9"), actor=head)
    assert granted.until is not None
    assert dt.timedelta(days=14) < granted.until - clock.now() <= dt.timedelta(days=15)
    with pytest.raises(AccessRequestPageError):
        reading_page(services, asked.id, 1, actor=reading)
    with services.writing() as session:
        session.execute(update(AccessRequest).values(pages="", until=clock.now()))
    with pytest.raises(ReadingEndedError):
        reading_page(services, asked.id, 1, actor=reading)
    (row,) = list_access_requests(services, actor=reading).requests
    assert row.state == "ended"


def test_nobody_decides_on_their_own_wish(services: Services, head: Actor, reading: Actor) -> None:
    wish = Wish(**dict(WISH) | {"person": "Trần Văn B", "identity": "001099000001"})
    own = make_access_request(services, wish, actor=head)
    assert (own.person, own.identity) == ("Trần Văn B", "••••••••0001")
    with pytest.raises(AccessRequestOwnError):
        grant_access_request(services, own.id, Grant(), actor=head)
    made = make_access_request(services, WISH, actor=reading)
    for who in (reading, actor_of(services, "lan")):
        with pytest.raises(ActNotAllowedError):
            refuse_access_request(services, made.id, WHY, actor=who)


def test_it_is_clarified_refused_with_a_reason_and_told(
    services: Services, asked: AccessRequestDocument, reading: Actor, head: Actor
) -> None:
    ask_about_access_request(services, asked.id, Words(text="Cho việc gì?"), actor=head)
    with pytest.raises(AccessRequestStateError):
        ask_about_access_request(services, asked.id, Words(text="Cho việc gì?"), actor=head)
    with pytest.raises(AccessRequestNotFoundError):  # it is not theirs
        answer_access_request(services, asked.id, Words(text="Cho tôi"), actor=head)
    back = answer_access_request(services, asked.id, Words(text="Bảo hiểm"), actor=reading)
    assert (back.state, back.answer) == ("asked", "Bảo hiểm")
    with pytest.raises(AccessRequestWordsError):
        refuse_access_request(services, asked.id, Words(text=" "), actor=head)
    done = refuse_access_request(services, asked.id, WHY, actor=head)
    assert (done.state, done.reason, done.decided_by) == ("refused", WHY.text, head.account)
    with pytest.raises(AccessRequestStateError):
        grant_access_request(services, asked.id, Grant(), actor=head)
    with services.read_only() as session:
        kinds = session.scalars(select(Notice.kind).where(Notice.account_id == reading.account_id))
        assert "access-request-moved" in {*kinds}


def test_what_needs_no_request_or_is_not_there_is_not_asked_for(
    services: Services, asked: AccessRequestDocument, reading: Actor
) -> None:
    with pytest.raises(AccessRequestOpenError):
        make_access_request(services, WISH, actor=reading)
    for change, why in (
        ({"code": OPEN_CODE}, AccessRequestNeedlessError),
        ({"document": 99}, DocumentUnknownError),
        ({"purpose": ""}, AccessRequestWordsError),
    ):
        with pytest.raises(why):
            make_access_request(services, Wish(**dict(WISH) | change), actor=reading)
    withdraw_access_request(services, asked.id, actor=reading)
    assert make_access_request(services, WISH, actor=reading).state == "asked"


def test_what_nobody_may_read_is_not_asked_for(services: Services, reading: Actor) -> None:
    stranger = actor_of(services, "stranger")  # an officer of another agency
    with pytest.raises(CaseFileNotFoundError):
        make_access_request(services, WISH, actor=stranger)
    for change, why in (
        (update(Document).values(quarantined=True), DocumentQuarantinedError),
        (update(Document).values(recalled_at=clock.now()), DocumentRecalledError),
        (update(CaseFile).values(state=CaseState.DESTROYED), CaseFileDestroyedError),
    ):
        with services.writing() as session:
            session.execute(change)
        with pytest.raises(why):
            make_access_request(services, WISH, actor=reading)


def test_one_that_nobody_decided_in_time_is_overdue_and_first(
    app: Flask, services: Services, asked: AccessRequestDocument, head: Actor
) -> None:
    with services.writing() as session:
        session.execute(update(AccessRequest).values(due_on="2020-01-01"))
    assert "Quá hạn" in browser_of(app, services, head.account).get("/use-requests").text


def test_programs_and_commands_do_the_same(
    app: Flask, services: Services, reading: Actor, head: Actor
) -> None:
    program, desk = (program_of(app, services, actor.account) for actor in (reading, head))
    made = program.post("/access-requests", json=WISH.model_dump())
    assert made.status_code == 201
    name = made.get_json()["id"]
    archive = Command(services.settings.home)
    listed = archive.ask("access-request", "list", account=head.account)["requests"]
    assert [entry["id"] for entry in listed] == [name]
    told = archive.run("access-request", "list", account=head.account).stdout
    assert WISH.purpose in " ".join(told.split()), "who decides reads what it is wanted for"
    assert made.get_json()["due_on"] not in told, "a day as people write it"
    granted = archive.ask("access-request", "grant", name, "--days", 3, account=head.account)
    assert granted["state"] == "granted"
    picture = program.get(f"/access-requests/{name}/pages/1")
    assert (picture.status_code, picture.content_type) == (200, "image/jpeg")
    assert desk.post(f"/access-requests/{name}/refuse", json={"text": "x y"}).status_code == 409
    assert program.post(f"/access-requests/{name}/withdraw").get_json()["state"] == "withdrawn"
    assert program.get(f"/access-requests/{name}/pages/1").status_code == 409


def test_a_grant_is_ended_early_by_another_with_a_reason_that_is_told(
    app: Flask, services: Services, asked: AccessRequestDocument, reading: Actor, head: Actor
) -> None:
    with pytest.raises(AccessRequestStateError):
        revoke_access_request(services, asked.id, WHY, actor=head)  # nothing was granted yet
    grant_access_request(services, asked.id, Grant(), actor=head)
    client, desk = (browser_of(app, services, actor.account) for actor in (reading, head))
    assert client.get(f"/use-requests/{asked.id}/pages/1").status_code == 200
    with pytest.raises(ActNotAllowedError):
        revoke_access_request(services, asked.id, WHY, actor=reading)
    with pytest.raises(AccessRequestWordsError):
        revoke_access_request(services, asked.id, Words(text=" "), actor=head)
    at = f"/use-requests/{asked.id}/revoke"
    assert at in desk.get("/use-requests").text
    assert at not in client.get("/use-requests").text
    assert post(desk, at, text=WHY.text).status_code == 303
    assert client.get(f"/use-requests/{asked.id}/pages/1").status_code == 409
    shown = client.get("/use-requests").text
    assert "Bị thu hồi" in shown
    assert WHY.text in shown
    with services.read_only() as session:
        event = session.scalars(
            select(AuditEvent).where(AuditEvent.tag == "access-request:revoked")
        ).one()
        assert (event.account, event.data["reason"]) == (head.account, WHY.text)
        facts = session.scalars(select(Notice.facts).where(Notice.kind == "access-request-moved"))
        assert "revoked" in [fact["state"] for fact in facts]
    with pytest.raises(AccessRequestStateError):
        revoke_access_request(services, asked.id, WHY, actor=head)
    assert make_access_request(services, WISH, actor=reading).state == "asked"  # asked anew


def test_nobody_revokes_what_they_asked_for_and_programs_and_commands_revoke(
    app: Flask, services: Services, asked: AccessRequestDocument, head: Actor
) -> None:
    add_person(services, "truong", Role.HEAD)
    wish = Wish(**dict(WISH) | {"person": "Trần Văn B", "identity": "C1234567"})
    own = make_access_request(services, wish, actor=head)
    grant_access_request(services, own.id, Grant(), actor=actor_of(services, "truong"))
    with pytest.raises(AccessRequestOwnError):
        revoke_access_request(services, own.id, WHY, actor=head)
    archive = Command(services.settings.home)
    done = archive.ask("access-request", "revoke", own.id, "--text", WHY.text, account="truong")
    assert done["state"] == "revoked"
    grant_access_request(services, asked.id, Grant(), actor=head)
    desk = program_of(app, services, head.account)
    sent = desk.post(f"/access-requests/{asked.id}/revoke", json={"text": WHY.text})
    assert sent.get_json()["state"] == "revoked"


def test_a_linked_document_is_asked_for_by_either_of_its_places(
    services: Services, reading: Actor, head: Actor
) -> None:
    lan = person(services, "lan")
    place = link(
        services, RESTRICTED_CODE, 1, LinkIn(into=OPEN_CODE, reason="Cùng một việc"), actor=lan
    )
    do_all(services)
    wish = Wish(code=place.code, document=place.ordinal, purpose="Tìm hiểu lịch sử")
    made = make_access_request(services, wish, actor=reading)
    assert (made.code, made.document) == (RESTRICTED_CODE, 1)
    for again in (wish, WISH):
        with pytest.raises(AccessRequestOpenError):
            make_access_request(services, again, actor=reading)
    grant_access_request(services, made.id, Grant(), actor=head)
    assert reading_copy(services, made.id, actor=reading)[1] == [1]
    beyond = Wish(code=OPEN_CODE, document=99, purpose="Tìm hiểu lịch sử")
    with pytest.raises(DocumentUnknownError):
        make_access_request(services, beyond, actor=reading)


def test_the_page_tells_the_days_of_the_rules(app: Flask, services: Services) -> None:
    page = browser_of(app, services, "binh").get("/use-requests").text
    assert f"trong {deadlines.working_days()} ngày làm việc" in page


@pytest.fixture
def used(services: Services) -> None:
    for name in ("hung", "bach"):
        actor = person(services, name)
        with services.read_only() as session:
            case = rows.get_case_file(session, RESTRICTED_CODE, actor=actor)
            file = case.documents[0].files[0].id
        readable_file(services, RESTRICTED_CODE, file, actor=actor)
    services.database.openings.flush()


def test_who_read_mine_is_told_without_names_and_opens_nothing(
    app: Flask, services: Services, reading: Actor, head: Actor, used: None
) -> None:
    client, desk = (browser_of(app, services, actor.account) for actor in (reading, head))
    assert "/use-requests/new?wants=uses" in client.get("/account").text
    assert 'value="uses" selected' in client.get("/use-requests/new?wants=uses").text
    sent = {"code": RESTRICTED_CODE, "purpose": "Hồ sơ về tôi", "wants": "uses", "document": "0"}
    assert post(client, "/use-requests", **sent).status_code == 303
    assert post(client, "/use-requests", **sent).status_code == 409  # once is enough
    assert post(client, "/use-requests", **sent | {"wants": "all"}).status_code == 422
    (row,) = list_access_requests(services, actor=reading).requests
    place = f"/use-requests/{row.id}"
    assert client.get(f"{place}/uses").status_code == 409  # nobody decided yet
    assert f"{place}/redact" not in (shown := desk.get("/use-requests").text)
    assert f"/case-files/{RESTRICTED_CODE}/openings" in shown
    assert desk.get(f"{place}/redact").status_code == 409
    for more in ({"pages": "1"}, {"copy": "plain"}, {"copy": "authenticated"}):
        with_more = post(desk, f"{place}/grant", days="5", **more)
        assert (with_more.status_code, _OF_USES in with_more.text) == (409, True)
    assert post(desk, f"{place}/grant", days="5").status_code == 303
    for part in ("read", "pages/1", "copy.pdf"):
        assert client.get(f"{place}/{part}").status_code == 409
    assert desk.get(f"{place}/uses").status_code == 404  # another's answer
    page = client.get(f"{place}/uses").text
    for told in ("Phụ trách lưu trữ", "Quản lý, bảo quản", "Giải quyết công việc"):
        assert told in page
    table = client.get(f"{place}/uses?export=csv").text
    assert table.count("\n") == 3
    assert not [name for name in ("hung", "bach", "Hùng", "Bách") if name in table]
    assert client.get(f"{place}/letter.pdf").data.startswith(b"%PDF")
    with services.read_only() as session:
        tags = session.scalars(select(AuditEvent.tag).where(AuditEvent.account == reading.account))
        assert [*tags].count("access-request:read") == 1
    assert not list(iter_misfits(services.database))


def test_programs_and_commands_tell_uses_until_the_days_are_over(
    app: Flask, services: Services, reading: Actor, head: Actor, used: None
) -> None:
    program = program_of(app, services, reading.account)
    wish = {"code": RESTRICTED_CODE, "document": 1, "purpose": "Hồ sơ về tôi", "wants": "uses"}
    name = program.post("/access-requests", json=wish).get_json()["id"]
    archive = Command(services.settings.home)
    done = archive.ask("access-request", "grant", name, account=head.account)
    assert done["state"] == "uses-granted"
    at = f"/access-requests/{name}/uses"
    part = program.get(f"{at}?limit=1").get_json()
    rest = program.get(f"{at}?limit=1&cursor={part['cursor']}").get_json()
    found = part["uses"] + rest["uses"]
    assert [(entry["role"], entry["document"]) for entry in found] == [("officer", 1), ("head", 1)]
    assert (rest["cursor"], rest["total"]) == (None, 2)
    asked = ("access-request", "uses", name)
    assert archive.ask(*asked, account=reading.account)["uses"] == found
    assert "Quản lý, bảo quản" in archive.run(*asked, account=reading.account).stdout
    with services.read_only() as session:
        case = rows.get_case_file(session, RESTRICTED_CODE, actor=head)
        with pytest.raises(DipRequestError):  # it is no leave to take the document out
            of_reader(session, case, UUID(name))
    with services.writing() as session:
        session.execute(update(AccessRequest).values(until=clock.now()))
    assert "đã hết hạn" in program.get(at).get_json()["message"]
    of_open = Wish(code=OPEN_CODE, document=1, purpose="Hồ sơ về tôi", wants=Wanted.USES)
    made = make_access_request(services, of_open, actor=reading)
    grant_access_request(services, made.id, Grant(), actor=head)
    assert list_past_uses(services, made.id, actor=reading).uses == []
    assert program.get(f"/access-requests/{made.id}/pages/1").status_code == 409
    assert revoke_access_request(services, made.id, WHY, actor=head).state == "revoked"
