"""Each rule that returns without a person: real bytes through the channel, and the sender told."""

import base64
import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from flask import Flask

from archive_service import clock
from archive_service.app import create_app
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.services import Services
from ingest.submissions.acts import submit
from tests.worlds.archive import OTHER_AGENCY, new_home, person
from tests.worlds.clients import Program, do_all, program_of
from tests.worlds.ingest.edxml import Enclosed, PacketOf, signed_by
from tests.worlds.papers.bad_input import FILE, small_case, zip_of
from tests.worlds.simulated_signing import Hierarchy, Party, day, sign

CODE = "H40.18.2025.09.TH"
OURS = SAMPLE_AGENCY.new_code
LETTER = Enclosed("van-ban.pdf", b"%PDF-1.7 a page")


@pytest.fixture
def authority() -> Hierarchy:
    return Hierarchy()


@pytest.fixture
def signer(authority: Hierarchy) -> Party:
    return authority.person(key=rsa.generate_private_key(65537, 2048))


@pytest.fixture
def home(tmp_path: Path, authority: Hierarchy, signer: Party) -> Path:
    """Its administrator trusts the authority, which took the signer's certificate back in 2024."""
    home = new_home(tmp_path / "home")
    trust = home / "trust"
    trust.mkdir(exist_ok=True)
    (trust / "root.der").write_bytes(authority.root.der)
    now = clock.now() - dt.timedelta(days=1)
    revoked = {signer.certificate.serial_number: day(2024)}
    (trust / "issuing.crl").write_bytes(authority.crl(revoked, at=now))
    (trust / "root.crl").write_bytes(authority.root_crl(at=now))
    return home


@pytest.fixture
def app(services: Services) -> Flask:
    return create_app(services)


@pytest.fixture
def officer(app: Flask, services: Services) -> Program:
    return program_of(app, services, "bach")


def posted(program: Program, content: bytes, kind: str) -> dict[str, Any]:
    made = program.post("/submissions", data=content, content_type=kind)
    assert made.status_code == 201, made.get_json()
    (told,) = made.get_json()["submissions"]
    return dict(told)


def returned(services: Services, program: Program, submission_id: str) -> dict[str, Any]:
    """What the sender is told once the checks are done; no person had a hand in it."""
    do_all(services)
    told = program.get(f"/submissions/{submission_id}").get_json()
    assert (told["state"], told["decided_by"]) == ("returned", "worker")
    assert "Điều 21" in told["decision_reason"]
    return dict(told)


def codes(told: dict[str, Any]) -> list[str]:
    return [finding["code"] for finding in told["findings"]]


def spoilt_value(content: bytes) -> bytes:
    """The signature's own value changed, none of the bytes that it covers."""
    start = content.index(b"/Contents <") + len(b"/Contents <")
    end = content.index(b">", start)
    hexed = content[start:end]
    last = len(hexed.rstrip(b"0")) - 9
    swapped = b"0" if hexed[last : last + 1] != b"0" else b"1"
    return content[: start + last] + swapped + content[start + last + 1 :]


@pytest.mark.parametrize("code", ["signature-revoked-before", "signature-invalid"])
def test_a_file_whose_signature_proves_nothing_is_returned_to_the_system_that_sent_it(
    services: Services, officer: Program, signer: Party, tmp_path: Path, code: str
) -> None:
    case = small_case(tmp_path / "case", code=CODE)
    file = case / FILE
    signed = sign(file, tmp_path / "signed.pdf", signer, at=day(2025, 4)).read_bytes()
    file.write_bytes(spoilt_value(signed) if code == "signature-invalid" else signed)
    content = zip_of(case, tmp_path / "case.zip").read_bytes()
    told = returned(services, officer, posted(officer, content, "application/zip")["id"])
    assert code in codes(told)
    assert FILE in told["decision_reason"]


def packet_of(code: str, signer: Party) -> bytes:
    if code == "edxml-no-content":
        return PacketOf(document_id=code).xml()
    if code == "edxml-not-for-us":
        return PacketOf(document_id=code, receiver="G99.77", attachments=[LETTER]).xml()
    whole = PacketOf(document_id=code, attachments=[LETTER])
    if code == "edxml-broken":
        return whole.xml()[: -len(b"</edXML>") - 20]
    signed = signed_by(whole, signer)
    if code == "edxml-signature-invalid":
        first = base64.b64encode(LETTER.content)[:12]
        return signed.replace(first, b"AAAA" + first[4:])
    return signed


@pytest.mark.parametrize(
    "code",
    [
        "edxml-signature-invalid",
        "edxml-signature-revoked-before",
        "edxml-broken",
        "edxml-no-content",
        "edxml-not-for-us",
    ],
)
def test_a_packet_that_a_rule_refuses_is_answered_with_status_02_and_the_reason(
    services: Services, officer: Program, signer: Party, code: str
) -> None:
    sent = posted(officer, packet_of(code, signer), "application/xml")
    told = returned(services, officer, sent["id"])
    assert code in codes(told)
    answers = officer.get("/answers").get_json()["answers"]
    (refused,) = [answer for answer in answers if answer["status"] == "02"]
    assert (refused["document_id"], refused["recipient"]) == (code, "000.00.12.H40")
    assert refused["description"] == told["decision_reason"]


def test_a_packet_with_a_file_whose_signature_is_broken_is_answered_without_an_officer(
    services: Services, officer: Program, signer: Party, tmp_path: Path
) -> None:
    file = small_case(tmp_path / "case", code=CODE) / FILE
    signed = sign(file, tmp_path / "signed.pdf", signer, at=day(2025, 4)).read_bytes()
    enclosed = replace(LETTER, name="cong van", content=spoilt_value(signed))
    packet = PacketOf(document_id="signed-file", attachments=[enclosed]).xml()
    told = returned(services, officer, posted(officer, packet, "application/xml")["id"])
    assert "signature-invalid" in codes(told)
    answers = officer.get("/answers").get_json()["answers"]
    assert [answer["document_id"] for answer in answers if answer["status"] == "02"] == [
        "signed-file"
    ]


def test_what_a_home_switches_off_waits_for_a_person(
    services: Services, officer: Program, home: Path
) -> None:
    own = home / "rule_sets" / "answers.toml"
    own.parent.mkdir(exist_ok=True)
    own.write_text('[[rule]]\nkey = "edxml-not-for-us"\non = false\n')
    code = "edxml-not-for-us"
    packet = PacketOf(document_id=code, receiver="G99.77", attachments=[LETTER]).xml()
    sent = posted(officer, packet, "application/xml")
    do_all(services)
    told = officer.get(f"/submissions/{sent['id']}").get_json()
    assert (told["state"], told["decided_by"]) == ("draft", None)
    own.write_text('[[rule]]\nkey = "edxml-not-for-us"\nchannels = ["edxml", "web"]\n')
    other = PacketOf(document_id="VB-2", receiver="G99.77", attachments=[LETTER]).xml()
    returned(services, officer, posted(officer, other, "application/xml")["id"])


# Who hands it in (of the agency, or of none), to whom, by whom, and whether that is ours.
MEANT = (
    ("bach", OURS, "", True),
    ("bach", f"{OURS}.05", "", True),
    ("bach", "H40.99", "", True),  # the archive itself
    ("bach", "000.00.77.G99", "", False),
    ("bach", "H40", "", False),  # above is not below
    ("bach", "H40.180", "", False),
    ("bach", OTHER_AGENCY, "", False),
    ("bach", "000.00.77.G99", OURS, True),  # its own letter to another body
    ("lan", OURS, "", True),
    ("lan", OTHER_AGENCY, "", True),
    ("lan", f"{OTHER_AGENCY}.03", "", True),
    ("lan", "H40.99", "", True),
    ("lan", "000.00.77.G99", "", False),
    ("lan", "ai đó", "", False),
)


def test_a_packet_is_taken_by_whom_it_names_and_by_the_units_below(
    services: Services, tmp_path: Path
) -> None:
    for number, (name, to, by, is_ours) in enumerate(MEANT):
        row = handed_in(services, tmp_path, name, f"VB-{number}", to=to, by=by)
        told = [door_finding["code"] for door_finding in row.door_findings]
        assert ("edxml-not-for-us" not in told) is is_ours, (name, to, by)
        assert (row.state is SubmissionState.DRAFT) is is_ours, (name, to, by)
        if to == f"{OTHER_AGENCY}.03":
            assert row.agency_id == person(services, "stranger").agency_id


def handed_in(
    services: Services, tmp_path: Path, name: str, document_id: str, *, to: str, by: str
) -> Submission:
    target = tmp_path / "packet.edxml"
    sender = by or "000.00.12.H40"
    packet = PacketOf(document_id=document_id, receiver=to, sender=sender, attachments=[LETTER])
    target.write_bytes(packet.xml())
    (made,) = submit(target, actor=person(services, name), services=services)
    with services.read_only() as session:
        return session.get_one(Submission, made)
