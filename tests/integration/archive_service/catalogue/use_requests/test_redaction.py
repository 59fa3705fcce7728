"""Areas that whoever decides chose are black for who asked, and in no byte of the file."""

import io
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from flask import Flask
from PIL import Image
from sqlalchemy import select, update

from archive_service.access import ActNotAllowedError
from archive_service.catalogue.holdings.uses import DocumentQuarantinedError
from archive_service.catalogue.use_requests.acts import (
    grant_access_request,
    make_access_request,
    withdraw_access_request,
)
from archive_service.catalogue.use_requests.areas import (
    RedactionAreaError,
    RedactionPageError,
    RedactionReasonError,
    reasons,
)
from archive_service.catalogue.use_requests.documents import AccessRequestDocument
from archive_service.catalogue.use_requests.given import AreaGiven, Grant, Redaction, Wish
from archive_service.catalogue.use_requests.reading import reading_page
from archive_service.catalogue.use_requests.redaction import (
    page_to_redact,
    redact_access_request,
    redacted_file,
)
from archive_service.catalogue.use_requests.rules import (
    AccessRequestOwnError,
    AccessRequestPageError,
    AccessRequestStateError,
)
from archive_service.domain.case_files.case_file import CaseFile, CaseState
from archive_service.domain.case_files.document import DigitalObject, Document
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.removal import CaseFileDestroyedError
from archive_service.services import Services
from archive_service.storage.content import HeldContent
from archive_service.storage.held import CaseFileHeldError
from retention.holds.acts import place_holds
from tests.worlds.browsers import browser_of, post
from tests.worlds.clients import RESTRICTED_CODE, program_of
from tests.worlds.command import Command

WISH = Wish(code=RESTRICTED_CODE, document=1, purpose="Xác minh thời gian công tác")
WHOLE = {"page": 1, "left": 0.0, "top": 0.0, "width": 1.0, "height": 1.0, "reason": "personal-data"}
HALF = WHOLE | {"height": 0.5}


def chosen(*areas: dict[str, Any], **more: Any) -> Redaction:
    return Redaction(areas=[AreaGiven(**area) for area in areas], **more)


def original(services: Services, folder: Path) -> Path:
    with services.read_only() as session:
        row = session.scalars(select(CaseFile).where(CaseFile.code == RESTRICTED_CODE)).one()
        pdf = row.documents[0].readable_pdf()
        assert pdf is not None
        target = folder / f"{pdf.sha256}.pdf"
        HeldContent(services.copies, row.ocfl_id).fetch(pdf.sha256, pdf.size_bytes, target)
    return target


def words_of(data: bytes) -> str:
    with pypdfium2.PdfDocument(data) as pdf:
        return str(pdf[0].get_textpage().get_text_bounded())


def test_what_is_chosen_is_black_for_the_reader_and_in_no_byte_of_the_file(
    services: Services, asked: AccessRequestDocument, reading: Actor, head: Actor, tmp_path: Path
) -> None:
    whole = page_to_redact(services, asked.id, 1, actor=head)
    assert max(Image.open(io.BytesIO(whole)).convert("L").tobytes()) > 200
    told = redact_access_request(services, asked.id, chosen(WHOLE), actor=head)
    assert [area.reason for area in told.areas] == ["personal-data"]
    grant_access_request(services, asked.id, Grant(), actor=head)
    picture = Image.open(io.BytesIO(reading_page(services, asked.id, 1, actor=reading)))
    foot = round(picture.width * 0.06)
    page = picture.convert("L").crop((0, 0, picture.width, picture.height - 2 * foot))
    assert max(page.tobytes()) < 64
    before = original(services, tmp_path)
    first = words_of(before.read_bytes()).split()[0]
    name, made = redacted_file(services, asked.id, actor=head)
    assert name == f"{RESTRICTED_CODE}.1.pdf"
    assert words_of(made).strip() == ""
    with pikepdf.open(io.BytesIO(made)) as pdf:
        streams = [one for one in pdf.objects if isinstance(one, pikepdf.Stream)]
        kept = [stream.read_raw_bytes() for stream in streams]
        kept += [stream.read_bytes() for stream in streams if "/Subtype" not in stream]
        kept += [one.unparse(resolved=True) for one in pdf.objects]
        assert not any(first.encode() in one for one in kept)
    with services.read_only() as session:
        event = session.scalars(
            select(AuditEvent).where(AuditEvent.tag == "access-request:redacted")
        ).one()
        assert event.account == head.account
        assert event.data["areas"] == [WHOLE]
        assert event.data["file"] == before.stem


def test_areas_hold_for_the_file_on_which_they_were_chosen(
    services: Services, asked: AccessRequestDocument, reading: Actor, head: Actor
) -> None:
    redact_access_request(services, asked.id, chosen(WHOLE), actor=head)
    grant_access_request(services, asked.id, Grant(), actor=head)
    with services.writing() as session:
        # Such as after a rebuild that lost it: nothing is shown rather than another file bare.
        session.execute(update(DigitalObject).values(sha256="0" * 64))
    with pytest.raises(AccessRequestPageError):
        reading_page(services, asked.id, 1, actor=reading)


def test_points_are_measured_on_the_page_as_it_is_shown(
    services: Services, asked: AccessRequestDocument, head: Actor, tmp_path: Path
) -> None:
    with pypdfium2.PdfDocument(original(services, tmp_path)) as pdf:
        wide, high = pdf.get_page_size(0)
    area = {"page": 1, "left": 0, "top": high / 2, "width": wide, "height": high / 2}
    given = chosen(area | {"reason": "business-secret"}, unit="points")
    (told,) = redact_access_request(services, asked.id, given, actor=head).areas
    assert (told.left, told.top, told.width, told.height) == (0, 0.5, 1, 0.5)
    assert redact_access_request(services, asked.id, chosen(), actor=head).areas == []


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"page": 0}, RedactionPageError),
        ({"page": 999}, RedactionPageError),
        ({"left": -0.1}, RedactionAreaError),
        ({"left": 0.2}, RedactionAreaError),
        ({"height": 0.0}, RedactionAreaError),
        ({"height": float("nan")}, RedactionAreaError),
        ({"top": float("inf")}, RedactionAreaError),
        ({"reason": "because"}, RedactionReasonError),
    ],
)
def test_areas_that_are_none_are_refused(
    services: Services,
    asked: AccessRequestDocument,
    head: Actor,
    change: dict[str, Any],
    why: type[Exception],
) -> None:
    with pytest.raises(why):
        redact_access_request(services, asked.id, chosen(HALF, HALF | change), actor=head)


def test_only_another_one_chooses_and_never_of_what_is_closed(
    services: Services, asked: AccessRequestDocument, reading: Actor, head: Actor
) -> None:
    for act in (
        lambda who: redact_access_request(services, asked.id, chosen(HALF), actor=who),
        lambda who: page_to_redact(services, asked.id, 1, actor=who),
        lambda who: redacted_file(services, asked.id, actor=who),
    ):
        with pytest.raises(ActNotAllowedError):
            act(reading)
    own = make_access_request(
        services, Wish(**dict(WISH) | {"person": "Trần Văn B", "identity": "C1234567"}), actor=head
    )
    with pytest.raises(AccessRequestOwnError):
        redact_access_request(services, own.id, chosen(HALF), actor=head)
    with pytest.raises(AccessRequestPageError):
        page_to_redact(services, asked.id, 999, actor=head)
    withdraw_access_request(services, asked.id, actor=reading)
    with pytest.raises(AccessRequestStateError):
        redact_access_request(services, asked.id, chosen(HALF), actor=head)


def test_a_document_that_is_held_quarantined_or_destroyed_is_refused(
    services: Services, asked: AccessRequestDocument, head: Actor
) -> None:
    def refused(why: type[Exception]) -> None:
        with pytest.raises(why):
            redact_access_request(services, asked.id, chosen(HALF), actor=head)
        if why is not CaseFileHeldError:  # a hold closes nothing to readers
            with pytest.raises(why):
                grant_access_request(services, asked.id, Grant(), actor=head)

    place_holds(services, [RESTRICTED_CODE], reason="Khiếu nại", authority="TAND tỉnh", actor=head)
    refused(CaseFileHeldError)
    with services.writing() as session:
        session.execute(update(Document).values(quarantined=True))
    refused(DocumentQuarantinedError)
    with services.writing() as session:
        session.execute(update(CaseFile).values(state=CaseState.DESTROYED))
    refused(CaseFileDestroyedError)


def test_areas_are_chosen_on_the_page_and_the_reader_is_told_why(
    app: Flask, services: Services, asked: AccessRequestDocument, reading: Actor, head: Actor
) -> None:
    desk = browser_of(app, services, head.account)
    at = f"/use-requests/{asked.id}"
    assert f"{at}/redact" in desk.get("/use-requests").text
    assert f"{at}/redact/pages/1" in desk.get(f"{at}/redact").text
    picture = desk.get(f"{at}/redact/pages/1")
    assert (picture.content_type, picture.headers["Cache-Control"]) == ("image/jpeg", "no-store")
    sides = {"area-left": "10", "area-top": "12,5", "area-width": "50", "area-height": "5"}
    area = {"area-page": "1", **sides, "area-reason": "family-secret"}
    wrong = post(desk, f"{at}/redact", **area | {"area-left": "80"})
    assert wrong.status_code == 422
    assert 'value="80"' in wrong.text, "what was typed stays"
    assert post(desk, f"{at}/redact", **area | {"area-width": "x"}).status_code == 422
    assert post(desk, f"{at}/redact", **area).status_code == 303
    assert 'value="12.5"' in desk.get(f"{at}/redact").text
    assert desk.get(f"{at}/redacted.pdf").data.startswith(b"%PDF")
    assert "Che 1 vùng" in desk.get("/use-requests").text
    post(desk, f"{at}/grant", days="5")
    client = browser_of(app, services, reading.account)
    shown = client.get(f"{at}/read").text
    assert reasons()["family-secret"].basis in shown
    assert client.get(f"{at}/redacted.pdf").status_code == 403


def test_programs_and_commands_choose_areas(
    app: Flask, services: Services, asked: AccessRequestDocument, head: Actor
) -> None:
    desk = program_of(app, services, head.account)
    at = f"/access-requests/{asked.id}"
    told = desk.post(f"{at}/redact", json={"areas": [HALF]})
    assert told.get_json()["areas"] == [HALF]
    assert desk.post(f"{at}/redact", json={"areas": [HALF | {"page": 7}]}).status_code == 422
    assert desk.post(f"{at}/redact", json={"areas": ["1:x"]}).status_code == 422
    made = desk.get(f"{at}/redacted")
    assert (made.content_type, made.headers["Cache-Control"]) == ("application/pdf", "no-store")
    archive = Command(services.settings.home)
    typed = ("--area", "1:0,0,1,0.5:personal-data", "--area", "1:0,0.9,1,0.1:state-secret")
    done = archive.ask("access-request", "redact", asked.id, *typed, account=head.account)
    assert [area["reason"] for area in done["areas"]] == ["personal-data", "state-secret"]
    assert done["areas"][0] == HALF
    refused = archive.run("access-request", "redact", asked.id, "--area", "x", account="quan")
    assert refused.code == 2
