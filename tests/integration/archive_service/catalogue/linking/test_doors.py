"""Linking a document by page, by REST and by command."""

from pathlib import Path
from uuid import uuid4

from flask import Flask
from sqlalchemy import select, update

from archive_service.catalogue.linking.acts import end_link, link
from archive_service.catalogue.linking.given import LinkIn, UnlinkIn
from archive_service.domain.case_files.shared_document import UNLINKED, DocumentLink
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.services import Services
from retention.holds.acts import place_holds
from tests.worlds.archive import person
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, Program, do_all
from tests.worlds.command import Command

OPEN, OTHER = f"/case-files/{OPEN_CODE}", f"/case-files/{RESTRICTED_CODE}"


def test_a_document_is_linked_on_the_page_read_there_and_taken_out(
    app: Flask, services: Services
) -> None:
    client = browser_of(app, services, "lan")
    assert "Gắn vào hồ sơ khác" in client.get(OPEN).text
    done = post(client, f"{OPEN}/documents/1/link", into=RESTRICTED_CODE, reason="Cùng việc")
    assert (done.status_code, done.location) == (303, f"{OTHER}?document=2")
    do_all(services)
    page = client.get(f"{OTHER}?document=2").text
    assert f"Thuộc hồ sơ {OPEN_CODE}, số 1" in page
    assert 'data-viewer="pdf"' in page
    assert f'href="{OPEN}/documents/1"' in page
    assert f"Cũng có trong hồ sơ {RESTRICTED_CODE}, số 2" in client.get(OPEN).text
    assert f"{RESTRICTED_CODE}, số 2" in client.get(f"{OPEN}/documents/1").text
    assert f"Thuộc hồ sơ {OPEN_CODE}" in client.get(f"{OTHER}/arrange").text
    assert f"Cũng có trong hồ sơ {RESTRICTED_CODE}" in client.get("/search?q=c%E1%BA%A7u+treo").text
    form = {"act": "order", "place-1": "2", "place-2": "1", "reason": "Xếp lại"}
    assert post(client, f"{OTHER}/arrange", **form).status_code == 303
    do_all(services)
    out = post(client, f"{OTHER}/documents/1/unlink", reason="Nhầm")
    assert out.status_code == 303
    assert "Thuộc hồ sơ" not in client.get(OTHER).text


def test_a_refusal_says_what_to_do(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "lan")
    itself = post(client, f"{OPEN}/documents/1/link", into=OPEN_CODE, reason="x")
    assert itself.status_code == 422
    assert "Nhập mã của một hồ sơ khác" in itself.text
    typed = {"into": "H40.18.2025.99.SAI", "reason": "Cùng việc bàn giao"}
    unknown = post(client, f"{OPEN}/documents/1/link?document=1", **typed)
    assert unknown.status_code == 404
    for words in typed.values():
        assert words in unknown.text, "what was typed stays in its form"
    assert "H40.18.2025.99.SAI trong phạm vi được xem" in unknown.text
    place_holds(
        services, [RESTRICTED_CODE], reason="x", authority="y", actor=person(services, "hung")
    )
    held = post(client, f"{OPEN}/documents/1/link", into=RESTRICTED_CODE, reason="x")
    assert held.status_code == 409


def test_others_neither_see_the_act_nor_do_it(app: Flask, services: Services) -> None:
    client = browser_of(app, services, "bach")
    assert "Gắn vào hồ sơ khác" not in client.get(OPEN).text
    refused = post(client, f"{OPEN}/documents/1/link", into=RESTRICTED_CODE, reason="x")
    assert refused.status_code == 403


def test_a_program_and_a_command_do_the_same(
    services: Services, home: Path, archivist: Program, reader: Program
) -> None:
    body = {"into": RESTRICTED_CODE, "reason": "x"}
    done = archivist.post(f"{OPEN}/documents/1/links", json=body).get_json()
    assert done == {"code": RESTRICTED_CODE, "ordinal": 2, "source": OPEN_CODE, "document": 1}
    twice = archivist.post(f"{OPEN}/documents/1/links", json=body)
    assert (twice.status_code, twice.get_json()["code"]) == (409, "already-linked")
    assert reader.post(f"{OPEN}/documents/1/links", json=body).status_code == 403
    do_all(services)
    (linked,) = archivist.get(OTHER).get_json()["links"]
    assert linked["kept_in"] == {"code": OPEN_CODE, "ordinal": 1}
    file = archivist.get(f"{OTHER}/files/{linked['files'][0]['id']}")
    assert file.data.startswith(b"%PDF")
    record = archivist.get(f"{OPEN}/documents/1").get_json()
    assert record["also_in"] == [{"code": RESTRICTED_CODE, "ordinal": 2}]
    out = archivist.post(f"{OTHER}/documents/2/unlink", json={"reason": "x"}).get_json()
    assert out == {"code": RESTRICTED_CODE, "ordinal": 2}
    do_all(services)
    services.close()
    archive = Command(home)
    again = archive.run(
        "case", "link", OPEN_CODE, "1", "--into", RESTRICTED_CODE, "--reason", "x", "--json",
        account="lan",
    )  # fmt: skip
    assert again.document["ordinal"] == 3
    shown = archive.run("case", "show", RESTRICTED_CODE, account="lan")
    assert f"thuộc hồ sơ {OPEN_CODE}, số 1" in " ".join(shown.stdout.split())
    gone = archive.run("case", "unlink", RESTRICTED_CODE, "2", "--reason", "x", "--json",
                       account="lan")  # fmt: skip
    assert (gone.code, gone.error["code"]) == (3, "link-not-found")
    taken = archive.run("case", "unlink", RESTRICTED_CODE, "3", "--reason", "x", account="lan")
    assert (taken.code, "Đã gỡ văn bản số 3" in taken.stderr) == (0, True)


def test_a_link_whose_source_is_lost_is_ended_all_the_same(services: Services) -> None:
    lan = person(services, "lan")
    link(services, OPEN_CODE, 1, LinkIn(into=RESTRICTED_CODE, reason="Cùng việc"), actor=lan)
    do_all(services)
    with services.writing() as session:  # as after a rebuild that lost its package
        session.execute(update(DocumentLink).values(source_id=uuid4(), document_id=uuid4()))
    gone = end_link(services, RESTRICTED_CODE, 2, UnlinkIn(reason="Nhầm"), actor=lan)
    assert (gone.code, gone.ordinal) == (RESTRICTED_CODE, 2)
    with services.read_only() as session:
        told = session.scalars(select(AuditEvent).where(AuditEvent.tag == UNLINKED)).one()
    assert (told.data["code"], told.data["ordinal"]) == (RESTRICTED_CODE, 2)
