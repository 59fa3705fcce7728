"""A copy without authentication: granted, marked BẢN SAO, blackened, fetched in time, then gone."""

import datetime as dt
import hashlib

import pypdfium2
import pytest
import zxingcpp
from flask import Flask
from sqlalchemy import select, update

from archive_service import clock
from archive_service.catalogue.use_requests.acts import (
    grant_access_request,
    make_access_request,
    revoke_access_request,
    withdraw_access_request,
)
from archive_service.catalogue.use_requests.copying import CopyOverError, fetch_copy
from archive_service.catalogue.use_requests.documents import AccessRequestDocument
from archive_service.catalogue.use_requests.given import AreaGiven, Grant, Redaction, Wish, Words
from archive_service.catalogue.use_requests.reading import ReadingEndedError, reading_page
from archive_service.catalogue.use_requests.redaction import redact_access_request
from archive_service.catalogue.use_requests.rules import (
    AccessRequestNotFoundError,
    AccessRequestOpenError,
    AccessRequestPageError,
    AccessRequestStateError,
)
from archive_service.domain.case_files.access_request import AccessRequest
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Actor
from archive_service.services import VENDOR, Services
from archive_service.signing.copies.check_codes import verdict_of
from digitize.ocr.tesseract import open_engine
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import RESTRICTED_CODE, program_of
from tests.worlds.command import Command

WISH = Wish(code=RESTRICTED_CODE, document=1, purpose="Xác minh thời gian công tác")


def decided(services: Services, days_ago: int) -> None:
    with services.writing() as session:
        at = clock.now() - dt.timedelta(days=days_ago)
        session.execute(update(AccessRequest).values(decided_at=at))


def test_it_bears_its_mark_and_is_black_where_it_was_decided(
    services: Services, asked: AccessRequestDocument, reading: Actor, head: Actor
) -> None:
    area = AreaGiven(page=1, left=0, top=0.5, width=1, height=0.5, reason="personal-data")
    redact_access_request(services, asked.id, Redaction(areas=[area]), actor=head)
    told = grant_access_request(services, asked.id, Grant(copy_too=True), actor=head)
    assert told.state == "copy-granted"
    name, data = fetch_copy(services, asked.id, actor=reading)
    assert name == f"{RESTRICTED_CODE}.1.pdf"
    with pypdfium2.PdfDocument(data) as pdf:
        assert pdf[0].get_textpage().get_text_bounded() == ""
        image = pdf[0].render(scale=200 / 72).to_pil().convert("L")
    lower = image.crop((image.width // 2, image.height // 2 + 16, image.width, image.height))
    assert max(lower.tobytes()) < 64
    engine = open_engine(VENDOR / "tessdata" / "vie.traineddata")
    engine.SetImage(image.crop((image.width // 2, 0, image.width, image.height // 12)))
    assert "BẢN SAO" in engine.GetUTF8Text()
    (code,) = zxingcpp.read_barcodes(image)
    checked = verdict_of(services, code.text)
    assert (checked.state, checked.kind) == ("valid", "ban-sao")
    assert checked.digests == [hashlib.sha256(data).hexdigest()]
    assert fetch_copy(services, asked.id, actor=reading)[1] == data
    with services.read_only() as session:
        events = session.scalars(
            select(AuditEvent).where(AuditEvent.tag == "access-request:copied")
        ).all()
        digest = hashlib.sha256(data).hexdigest()
        assert [event.data["sha256"] for event in events] == [digest, digest]
    assert reading_page(services, asked.id, 1, actor=reading)  # it is read as well
    with pytest.raises(AccessRequestOpenError):
        make_access_request(services, WISH, actor=reading)


def test_it_is_fetched_in_time_and_gone_afterwards(
    services: Services, asked: AccessRequestDocument, reading: Actor, head: Actor
) -> None:
    grant_access_request(services, asked.id, Grant(copy_too=True), actor=head)
    decided(services, 14)
    assert fetch_copy(services, asked.id, actor=reading)
    decided(services, 15)
    with pytest.raises(CopyOverError):
        fetch_copy(services, asked.id, actor=reading)
    with services.writing() as session:
        session.execute(update(AccessRequest).values(until=clock.now()))
    with pytest.raises(ReadingEndedError):
        fetch_copy(services, asked.id, actor=reading)


def test_nobody_fetches_what_was_not_granted_to_them(
    services: Services, asked: AccessRequestDocument, reading: Actor, head: Actor
) -> None:
    with pytest.raises(AccessRequestStateError):
        fetch_copy(services, asked.id, actor=reading)
    grant_access_request(services, asked.id, Grant(copy_too=True, pages="900"), actor=head)
    with pytest.raises(AccessRequestPageError):
        fetch_copy(services, asked.id, actor=reading)
    with pytest.raises(AccessRequestNotFoundError):
        fetch_copy(services, asked.id, actor=head)
    withdraw_access_request(services, asked.id, actor=reading)
    with pytest.raises(AccessRequestStateError):
        fetch_copy(services, asked.id, actor=reading)


def test_whoever_checks_a_copy_is_told_that_it_was_taken_back(
    services: Services, asked: AccessRequestDocument, reading: Actor, head: Actor
) -> None:
    grant_access_request(services, asked.id, Grant(copy_too=True), actor=head)
    _, data = fetch_copy(services, asked.id, actor=reading)
    with pypdfium2.PdfDocument(data) as pdf:
        (code,) = zxingcpp.read_barcodes(pdf[0].render(scale=200 / 72).to_pil())
    assert verdict_of(services, code.text).state == "valid"
    withdraw_access_request(services, asked.id, actor=reading)
    assert verdict_of(services, code.text).state == "withdrawn"


def test_a_copy_whose_grant_was_revoked_is_withdrawn(
    services: Services, asked: AccessRequestDocument, reading: Actor, head: Actor
) -> None:
    grant_access_request(services, asked.id, Grant(copy_too=True), actor=head)
    _, data = fetch_copy(services, asked.id, actor=reading)
    with pypdfium2.PdfDocument(data) as pdf:
        (code,) = zxingcpp.read_barcodes(pdf[0].render(scale=200 / 72).to_pil())
    revoke_access_request(services, asked.id, Words(text="Điều 21"), actor=head)
    assert verdict_of(services, code.text).state == "withdrawn"
    with pytest.raises(AccessRequestStateError):
        fetch_copy(services, asked.id, actor=reading)


def test_one_that_may_only_be_read_is_not_fetched(
    services: Services, asked: AccessRequestDocument, reading: Actor, head: Actor
) -> None:
    archive = Command(services.settings.home)
    granted = archive.ask("access-request", "grant", asked.id, account=head.account)
    assert granted["state"] == "granted"
    with pytest.raises(AccessRequestStateError):
        fetch_copy(services, asked.id, actor=reading)


def test_pages_and_programs_fetch_it(
    app: Flask, services: Services, asked: AccessRequestDocument, reading: Actor, head: Actor
) -> None:
    desk, client = (browser_of(app, services, actor.account) for actor in (head, reading))
    at = f"/use-requests/{asked.id}"
    assert f"{at}/copy.pdf" not in client.get("/use-requests").text
    assert post(desk, f"{at}/grant", days="5", copy="plain").status_code == 303
    assert f"{at}/copy.pdf" in client.get("/use-requests").text
    fetched = client.get(f"{at}/copy.pdf")
    assert fetched.data.startswith(b"%PDF")
    assert fetched.headers["Content-Disposition"].startswith("attachment")
    assert desk.get(f"{at}/copy.pdf").status_code == 404
    program = program_of(app, services, reading.account)
    made = program.get(f"/access-requests/{asked.id}/copy")
    assert (made.data, made.headers["Cache-Control"]) == (fetched.data, "no-store")
    decided(services, 15)
    assert program.get(f"/access-requests/{asked.id}/copy").status_code == 403
