"""An authenticated copy: granted, sealed by the clerk of the agency, fetched by who asked."""

import datetime as dt
import hashlib
import io
from pathlib import Path
from types import ModuleType

import pikepdf
import pypdfium2
import pytest
import zxingcpp
from flask import Flask
from sqlalchemy import select

from archive_service import clock
from archive_service.access import ActNotAllowedError
from archive_service.catalogue.use_requests.acts import (
    grant_access_request,
    list_access_requests,
    make_access_request,
    revoke_access_request,
)
from archive_service.catalogue.use_requests.copying import CopyUnsealedError, fetch_copy
from archive_service.catalogue.use_requests.documents import AccessRequestDocument
from archive_service.catalogue.use_requests.given import AreaGiven, Grant, Redaction, Wish, Words
from archive_service.catalogue.use_requests.reading import ReadingEndedError, reading_copy
from archive_service.catalogue.use_requests.redaction import redact_access_request
from archive_service.catalogue.use_requests.rules import (
    AccessRequestOpenError,
    AccessRequestOwnError,
    AccessRequestPageError,
    AccessRequestSealedError,
    AccessRequestStateError,
)
from archive_service.catalogue.use_requests.sealing import seal_access_request
from archive_service.domain.case_files.access_request import AccessRequest
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Actor
from archive_service.domain.people.notice import Notice
from archive_service.evidence.compared.misfit import Misfit
from archive_service.evidence.leaves import iter_misfits
from archive_service.services import Services
from archive_service.signing.copies.check_codes import verdict_of
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.seals.acts import SealNotHeldError
from archive_service.signing.seals.at_work import SealAtWorkError, sealing
from archive_service.storage.needed import needed_digests
from tests.worlds.archive import actor_of
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import RESTRICTED_CODE, program_of
from tests.worlds.command import Command
from tests.worlds.digitize.scanned import CLERK, OTHER_CLERK, add_clerks
from tests.worlds.papers.copy_fields import read_copy_fields

WISH = Wish(code=RESTRICTED_CODE, document=1, purpose="Xác minh thời gian công tác")
SEALED = Grant(authenticated=True)
WHY = Words(text="Điều 21 Luật Lưu trữ")
HALF = AreaGiven(page=1, left=0, top=0.5, width=1, height=0.5, reason="personal-data")


@pytest.fixture
def clerk(services: Services) -> Actor:
    add_clerks(services)
    return actor_of(services, CLERK)


@pytest.fixture
def asked(services: Services, reading: Actor, head: Actor, clerk: Actor) -> AccessRequestDocument:
    return make_access_request(services, WISH, actor=reading)


def text_of(data: bytes) -> str:
    """What stands on page 1, the words of the seal too."""
    flat = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        pdf.flatten_annotations("all")
        pdf.save(flat)
    with pypdfium2.PdfDocument(flat) as shown:
        return " ".join(str(shown[0].get_textpage().get_text_bounded()).split())


def told(services: Services, actor: Actor) -> set[str]:
    with services.read_only() as session:
        mine = Notice.account_id == actor.account_id, Notice.read_at.is_(None)
        return set(session.scalars(select(Notice.kind).where(*mine)))


def test_it_is_granted_sealed_and_fetched(
    app: Flask,
    services: Services,
    asked: AccessRequestDocument,
    reading: Actor,
    head: Actor,
    clerk: Actor,
    tools: ModuleType,
    tmp_path: Path,
) -> None:
    reader, desk, seal = (
        browser_of(app, services, actor.account) for actor in (reading, head, clerk)
    )
    at = f"/use-requests/{asked.id}"
    assert at not in seal.get("/use-requests").text  # it is no matter of the clerk yet
    assert post(desk, f"{at}/grant", days="5", copy="authenticated").status_code == 303
    assert "Bản sao chờ văn thư ký số" in reader.get("/use-requests").text
    assert f"{at}/copy.pdf" not in reader.get("/use-requests").text
    assert reader.get(f"{at}/copy.pdf").status_code == 409
    with pytest.raises(CopyUnsealedError):
        fetch_copy(services, asked.id, actor=reading)
    assert "access-request-to-seal" in told(services, clerk)
    assert f"{at}/seal" in seal.get("/use-requests").text
    assert post(seal, f"{at}/seal").status_code == 303
    assert "access-request-to-seal" not in told(services, clerk)
    assert "access-request-sealed" in told(services, reading)
    assert f"{at}/copy.pdf" in reader.get("/use-requests").text
    got = reader.get(f"{at}/copy.pdf")
    assert got.status_code == 200
    file = tmp_path / "copy.pdf"
    file.write_bytes(got.data)
    assert [(one.passed, one.details) for one in tools.verapdf([file])] == [(True, "")]
    (report,) = inspect_signatures(file, services.trust)
    assert report.valid
    assert "BẢN SAO (SAO Y)" in text_of(got.data)
    with pypdfium2.PdfDocument(got.data) as pdf:
        (code,) = zxingcpp.read_barcodes(pdf[0].render(scale=200 / 72).to_pil())
    digest = hashlib.sha256(got.data).hexdigest()
    checked = verdict_of(services, code.text.rpartition("=")[2])
    assert (checked.state, checked.kind, checked.digests) == ("valid", "sao-y", [digest])
    with services.read_only() as session:
        tags = ("access-request:sealed", "access-request:copied", "seal:used")
        events = session.scalars(select(AuditEvent).where(AuditEvent.tag.in_(tags))).all()
        assert {event.tag for event in events} >= {*tags[:2]}
        assert digest in needed_digests(session)
    revoke_access_request(services, asked.id, WHY, actor=head)
    assert verdict_of(services, code.text.rpartition("=")[2]).state == "withdrawn"
    assert reader.get(f"{at}/copy.pdf").status_code == 409
    with services.read_only() as session:
        assert digest not in needed_digests(session)


def test_what_is_blackened_is_in_none_of_its_bytes_and_it_is_an_extract(
    services: Services, asked: AccessRequestDocument, reading: Actor, head: Actor, clerk: Actor
) -> None:
    redact_access_request(services, asked.id, Redaction(areas=[HALF]), actor=head)
    grant_access_request(services, asked.id, SEALED, actor=head)
    done = seal_access_request(services, asked.id, actor=clerk)
    assert done.sealed_at is not None
    _, data = fetch_copy(services, asked.id, actor=reading)
    words = text_of(data)
    assert "BẢN SAO (TRÍCH SAO)" in words
    assert "cầu treo" not in words
    with pikepdf.open(io.BytesIO(data)) as copy:
        fields = read_copy_fields(copy.Root.Metadata.read_bytes())
    assert fields["fileCode"] == RESTRICTED_CODE
    assert fields.get("organName", "") == "", "whose letter it is may be what an area hides"
    with pypdfium2.PdfDocument(data) as pdf:
        image = pdf[0].render(scale=200 / 72).to_pil().convert("L")
    lower = image.crop((image.width // 2, image.height // 2 + 16, image.width, image.height))
    assert max(lower.tobytes()) < 64
    with pytest.raises(AccessRequestSealedError):  # it shows what it shows
        redact_access_request(services, asked.id, Redaction(), actor=head)
    with pytest.raises(AccessRequestSealedError):
        seal_access_request(services, asked.id, actor=clerk)


def test_a_second_press_finds_the_first_at_work_and_leaves_the_key_alone(
    services: Services, asked: AccessRequestDocument, head: Actor, clerk: Actor
) -> None:
    grant_access_request(services, asked.id, SEALED, actor=head)
    with sealing(services, str(asked.id)), pytest.raises(SealAtWorkError):
        seal_access_request(services, asked.id, actor=clerk)
    assert seal_access_request(services, asked.id, actor=clerk).sealed_at is not None


def test_nobody_seals_what_is_not_granted_so_nor_without_the_seal(
    services: Services, asked: AccessRequestDocument, reading: Actor, head: Actor, clerk: Actor
) -> None:
    with pytest.raises(AccessRequestStateError):
        seal_access_request(services, asked.id, actor=clerk)
    grant_access_request(services, asked.id, SEALED, actor=head)
    with pytest.raises(SealNotHeldError):
        seal_access_request(services, asked.id, actor=actor_of(services, OTHER_CLERK))
    for who in (reading, head):
        with pytest.raises(ActNotAllowedError):
            seal_access_request(services, asked.id, actor=who)
    own = make_access_request(
        services, Wish(**dict(WISH) | {"person": "Trần Văn B", "identity": "C1234567"}), actor=clerk
    )
    grant_access_request(services, own.id, SEALED, actor=head)
    with pytest.raises(AccessRequestOwnError):
        seal_access_request(services, own.id, actor=clerk)


def test_its_pages_are_those_of_the_document(
    services: Services, asked: AccessRequestDocument, head: Actor, clerk: Actor
) -> None:
    grant_access_request(services, asked.id, Grant(authenticated=True, pages="900"), actor=head)
    with pytest.raises(AccessRequestPageError):
        seal_access_request(services, asked.id, actor=clerk)


def days_ago(services: Services, days: int, *columns: str) -> None:
    """As if so many days had gone since these moments of all requests."""
    with services.writing() as session:
        for row in session.scalars(select(AccessRequest)):
            for column in columns:
                setattr(row, column, getattr(row, column) - dt.timedelta(days=days))


def test_its_days_begin_with_the_seal_however_late_that_is(
    services: Services, asked: AccessRequestDocument, reading: Actor, head: Actor, clerk: Actor
) -> None:
    grant_access_request(services, asked.id, Grant(authenticated=True, days=5), actor=head)
    days_ago(services, 20, "decided_at", "until")
    (waiting,) = list_access_requests(services, actor=clerk).requests
    assert waiting.state == "authenticated"
    with pytest.raises(AccessRequestOpenError):
        make_access_request(services, WISH, actor=reading)
    sealed = seal_access_request(services, asked.id, actor=clerk)
    assert sealed.until is not None
    left = sealed.until - clock.now()
    assert dt.timedelta(days=4) < left <= dt.timedelta(days=5)
    assert fetch_copy(services, asked.id, actor=reading)[1]
    with pytest.raises(ReadingEndedError):  # the pages on the screen have their days from the grant
        reading_copy(services, asked.id, actor=reading)
    days_ago(services, 6, "sealed_at", "until")
    with services.read_only() as session:
        assert session.scalars(select(AccessRequest.sealed_sha256)).one() is not None
    with pytest.raises(ReadingEndedError):
        fetch_copy(services, asked.id, actor=reading)
    with pytest.raises(ReadingEndedError):
        seal_lost(services, asked, clerk)


def seal_lost(services: Services, asked: AccessRequestDocument, clerk: Actor) -> None:
    """Seal what was sealed and is gone from staging."""
    with services.read_only() as session:
        (digest,) = session.scalars(select(AccessRequest.sealed_sha256))
    services.staging.discard(str(digest), older_than=clock.now() + dt.timedelta(days=1))
    seal_access_request(services, asked.id, actor=clerk)


def misfits(services: Services) -> list[Misfit]:
    """Of grants, what rows tell otherwise than the log."""
    return [
        misfit for misfit in iter_misfits(services.database) if misfit.facts.get("part") == "grant"
    ]


def test_a_late_seal_is_what_the_log_tells_of_the_grant(
    services: Services, asked: AccessRequestDocument, head: Actor, clerk: Actor
) -> None:
    grant_access_request(services, asked.id, Grant(authenticated=True, days=5), actor=head)
    seal_access_request(services, asked.id, actor=clerk)
    assert [
        misfit for misfit in iter_misfits(services.database) if misfit.facts.get("part") == "grant"
    ] == []
    days_ago(services, -3, "until")
    assert misfits(services)


def test_one_that_is_lost_meanwhile_is_sealed_again(
    services: Services, asked: AccessRequestDocument, reading: Actor, head: Actor, clerk: Actor
) -> None:
    grant_access_request(services, asked.id, Grant(authenticated=True, pages="1"), actor=head)
    seal_access_request(services, asked.id, actor=clerk)
    with services.read_only() as session:
        (digest,) = session.scalars(select(AccessRequest.sealed_sha256))
    assert digest is not None
    services.staging.discard(digest, older_than=clock.now() + dt.timedelta(days=1))
    with pytest.raises(CopyUnsealedError):
        fetch_copy(services, asked.id, actor=reading)
    seal_access_request(services, asked.id, actor=clerk)
    assert fetch_copy(services, asked.id, actor=reading)[1]


def test_programs_and_commands_do_the_same(
    app: Flask,
    services: Services,
    asked: AccessRequestDocument,
    reading: Actor,
    head: Actor,
    clerk: Actor,
    tmp_path: Path,
) -> None:
    archive = Command(services.settings.home)
    granted = archive.ask(
        "access-request", "grant", asked.id, "--authenticated", account=head.account
    )
    assert granted["state"] == "authenticated"
    early = archive.run(
        "access-request", "copy", asked.id, "--to", tmp_path / "c.pdf", "--json",
        account=reading.account,
    )  # fmt: skip
    assert early.error["code"] == "copy-unsealed"
    sealed = program_of(app, services, clerk.account).post(f"/access-requests/{asked.id}/seal")
    assert (sealed.status_code, bool(sealed.get_json()["sealed_at"])) == (200, True)
    again = archive.run("access-request", "seal", asked.id, "--json", account=clerk.account)
    assert again.error["code"] == "access-request-sealed"
    for what in ("copy", "letter"):
        target = tmp_path / f"{what}.pdf"
        told = archive.ask(
            "access-request", what, asked.id, "--to", target, account=reading.account
        )
        assert told["sha256"] == hashlib.sha256(target.read_bytes()).hexdigest()
    assert "có xác thực" in archive.run("access-request", "list", account=head.account).stdout
