"""Keys and their dates: what is told, what becomes an incident, and when that ends."""

import datetime as dt
import warnings
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs12
from cryptography.x509.oid import NameOID
from sqlalchemy import select

from archive_service import clock
from archive_service.accounts.acts import add_account
from archive_service.app import create_app
from archive_service.bootstrap import open_services
from archive_service.catalogue.agencies.acts import get_agency
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.keeping.job import Job, JobState
from archive_service.domain.people.account import Role
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.errors import NotAllowedError
from archive_service.notices.incidents import open_incidents
from archive_service.oversight.reporting.seen import seen_words
from archive_service.services import Services
from archive_service.settings import Settings
from archive_service.signing.key_stores.pkcs12 import open_pkcs12
from archive_service.signing.keys.listing import list_keys, seen_keys
from archive_service.signing.port import SignerKind, SigningKeyExpiredError, Subject
from archive_service.worker import run_one
from ingest.submissions.acts import accept, submit
from tests.services.servers import SoftHsm
from tests.worlds.archive import OPERATOR, new_home, open_home, person, settings_of, small_pdf_case
from tests.worlds.browsers import browser_of
from tests.worlds.clients import do_all
from tests.worlds.command import Command
from tests.worlds.servers.backends import read_settings, write_settings
from tests.worlds.stamp_service import stamp_service

CODE = SAMPLE_AGENCY.new_code


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_home(tmp_path / "home")


def replace_key(home: Path, name: str, *, days: int) -> None:
    """A key of its own authority, whose certificate ends in so many days."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"Khoa {name}")])
    now = clock.now()
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=400))
        .not_valid_after(now + dt.timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    passphrase = (home / "keys" / f"{name}.pass").read_bytes().strip()
    packed = pkcs12.serialize_key_and_certificates(
        b"key", key, certificate, None, serialization.BestAvailableEncryption(passphrase)
    )
    (home / "keys" / f"{name}.p12").write_bytes(packed)


def watch(services: Services) -> dict[tuple[str, str], Any]:
    """The open incidents after the daily look."""
    with services.writing() as session:
        services.jobs.add(session, "watch-keys")
    assert run_one(services, names=("watch-keys",)) == "done"
    with services.read_only() as session:
        return {(incident.kind, incident.subject): incident for incident in open_incidents(session)}


def test_every_key_is_listed_with_its_dates_and_who_has_it(services: Services) -> None:
    found = list_keys(services, actor=OPERATOR)
    uses = [entry["use"] for entry in found]
    assert uses == ["archive", "seal", "seal", "timestamp", "root"]
    assert {entry["state"] for entry in found} == {"ok"}
    assert all(entry["valid_to"].startswith("2045") for entry in found)
    for name in ("bach", "binh"):
        with pytest.raises(NotAllowedError):
            list_keys(services, actor=person(services, name))


def test_the_second_stamp_service_is_listed_and_watched(home: Path) -> None:
    def listed(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
        return [(entry["name"], entry["state"]) for entry in found if entry["use"] == "timestamp"]

    with stamp_service(days=5) as second:
        second.trusted_in(home)
        settings = read_settings(home)
        named = settings.get("timestamp", {}) | {"second_url": second.url}
        write_settings(home, settings | {"timestamp": named})
        with open_home(home) as both:
            told = [("", "ok"), ("timestamp.second_url", "expiring")]
            assert listed(list_keys(both, actor=OPERATOR)) == told
            assert ("key-expiring", "timestamp:timestamp.second_url") in watch(both)
            second.by = None
            assert listed(seen_keys(both, actor=OPERATOR)[0]) == told, "as the look saw it"
            assert listed(list_keys(both, actor=OPERATOR))[1][1] == "unusable"


def test_the_page_opens_only_what_the_last_look_did_not_see(services: Services, home: Path) -> None:
    def seen() -> list[dict[str, Any]]:
        return seen_keys(services, actor=OPERATOR)[0]

    fresh = list_keys(services, actor=OPERATOR)
    assert seen() == fresh, "nothing was looked at yet: all are opened"
    assert seen_keys(services, actor=OPERATOR)[1] is None
    watch(services)
    secrets = {file: file.read_bytes() for file in (home / "keys").glob("*.pass")}
    for file in secrets:
        file.unlink()  # nothing can be opened now
    assert sorted(map(str, seen())) == sorted(map(str, fresh))
    assert seen_keys(services, actor=OPERATOR)[1] is not None
    page = browser_of(create_app(services), services, "hung").get("/system/keys").text
    assert "open=1" in page
    for file, data in secrets.items():
        file.write_bytes(data)
        file.chmod(0o600)
    replace_key(home, CODE, days=10)
    told = {(entry["use"], entry["name"]): entry["state"] for entry in seen()}
    assert told["seal", CODE] == "expiring", "another file is opened at once"
    assert told["archive", ""] == "ok"


def test_nothing_is_told_while_all_keys_are_good(services: Services) -> None:
    assert watch(services) == {}


def test_a_key_that_ends_soon_is_one_incident_until_it_is_renewed(
    services: Services, home: Path
) -> None:
    kept = {name: (home / "keys" / f"{name}.p12").read_bytes() for name in ("archive", CODE)}
    replace_key(home, "archive", days=59)
    replace_key(home, CODE, days=-1)
    for times in (1, 2):
        found = watch(services)
        assert set(found) == {("key-expiring", "archive"), ("key-expiring", f"seal:{CODE}")}
        assert {one.times for one in found.values()} == {times}
    severities = {subject: one.severity for (_, subject), one in found.items()}
    assert severities["archive"] is IncidentSeverity.WARNING
    assert severities[f"seal:{CODE}"] is IncidentSeverity.ALARM
    for name, data in kept.items():
        (home / "keys" / f"{name}.p12").write_bytes(data)
    assert watch(services) == {}


def test_a_key_of_sixty_one_days_is_not_told_yet(services: Services, home: Path) -> None:
    replace_key(home, "archive", days=61)
    assert watch(services) == {}


def test_an_expired_key_signs_nothing(services: Services, home: Path, tmp_path: Path) -> None:
    replace_key(home, "archive", days=-1)
    (tmp_path / "paper.pdf").write_bytes(b"%PDF-1.7\n")
    with pytest.raises(SigningKeyExpiredError, match="Khoa archive"):
        services.signer().sign_pdf(tmp_path / "paper.pdf", tmp_path / "s.pdf", field="A")


def test_a_key_that_cannot_be_opened_is_an_incident_of_its_own(
    services: Services, home: Path
) -> None:
    file = home / "keys" / f"{CODE}.p12"
    kept = file.read_bytes()
    file.write_bytes(b"broken")
    found = watch(services)
    assert set(found) == {("key-unusable", f"seal:{CODE}")}
    (incident,) = found.values()
    assert (incident.facts["tried"], incident.facts["code"]) == ("open", "signing-key-unusable")
    words = seen_words("key-unusable", incident.facts, "vi")
    assert words.startswith(
        f"Khóa {incident.facts['url']}, khai báo ở signing.keys (?agency={CODE})"
    )
    assert "đã thử mở khóa và đọc chứng thư số: Không dùng được khóa ký số" in words
    told = list_keys(services, actor=OPERATOR)
    assert [
        (entry["name"], entry["trouble"]) for entry in told if entry["state"] == "unusable"
    ] == [(CODE, "signing-key-unusable")]
    file.write_bytes(kept)
    assert watch(services) == {}


def test_a_token_holds_the_archive_s_key_and_an_agency_s_seal(
    home: Path, softhsm: SoftHsm, tmp_path: Path
) -> None:
    plain = settings_of(home)
    keys = [softhsm.url(), softhsm.url(agency=CODE)]
    signing = plain.signing.model_copy(update={"keys": keys})
    settings: Settings = plain.model_copy(update={"signing": signing})
    services = open_services(settings)
    try:
        found = list_keys(services, actor=OPERATOR)
        by_use = {(entry["use"], entry["name"]): entry for entry in found}
        assert by_use["archive", ""]["subject"].startswith("Trung tâm Lưu trữ lịch sử")
        assert by_use["seal", CODE]["url"] == softhsm.url(agency=CODE)
        assert services.signer() is services.signer()
    finally:
        services.close()


def test_the_commands_tell_and_hand_over(home: Path) -> None:
    archive = Command(home)
    archive.ask("account", "add", "thu", "--role", "clerk", "--agency", CODE)
    handed = archive.ask("key", "hand-over", "--agency", CODE, "--to", "thu", "--by", "Ông An")
    assert (handed["account"], handed["number"]) == ("thu", "01/BB-BGKBM")
    (seal,) = [key for key in archive.ask("key", "list")["keys"] if key["name"] == CODE]
    assert [holder["account"] for holder in seal["holders"]] == ["thu"]
    shown = archive.run("key", "list")
    assert shown.code == 0
    assert "thu" in shown.stdout
    back = archive.ask("key", "take-back", "--agency", CODE, "--from", "thu", "--to", "Ông An")
    assert back["returned_at"]
    refused = archive.run(
        "key", "hand-over", "--agency", CODE, "--to", "bach", "--by", "Ông An", "--json"
    )
    assert (refused.code, refused.error["code"]) == (2, "seal-clerk-unfit")


def test_the_commands_say_in_words_what_changed_hands_and_refuse_nobody_as_giver(
    home: Path,
) -> None:
    archive = Command(home)
    archive.ask("account", "add", "thu", "--role", "clerk", "--agency", CODE)
    nobody = archive.run(
        "key", "hand-over", "--agency", CODE, "--to", "thu", "--by", "  ", "--json"
    )
    assert (nobody.code, nobody.error["code"]) == (2, "command-usage")
    handed = archive.run("key", "hand-over", "--agency", CODE, "--to", "thu", "--by", "Ông An")
    assert (handed.code, "01/BB-BGKBM" in handed.stderr) == (0, True)
    back = archive.run("key", "take-back", "--agency", CODE, "--from", "thu", "--to", "Ông An")
    assert back.code == 0
    assert CODE in back.stderr


def test_the_commands_send_a_paper_out_and_take_it_back(home: Path, tmp_path: Path) -> None:
    archive = Command(home)
    paper, signed = tmp_path / "paper.pdf", tmp_path / "signed.pdf"
    with open_home(home) as services:
        with pikepdf.new() as pdf:
            pdf.add_blank_page()
            pdf.save(paper)
        asked = archive.ask("sign", "request", paper, "--for", "lan", account="bach")
        archive.run("sign", "out", asked["id"], "--to", signed, account="lan")
        refused = archive.run("sign", "return", asked["id"], signed, "--json", account="lan")
        assert refused.code == 1
        assert [finding["code"] for finding in refused.document["findings"]] == [
            "signed-paper-not-pdfa",
            "signed-paper-unsigned",
        ]
        services.authority.issue_key(Subject("lan", "", SignerKind.PERSON), tmp_path / "k.p12")
        open_pkcs12("pkcs12:k.p12", home=tmp_path).sign_pdf(signed, signed, field="A")
    taken = archive.ask("sign", "return", asked["id"], signed, account="lan")
    assert taken["accepted"]
    (told,) = archive.ask("sign", "list", "--state", "signed", account="bach")["signing_requests"]
    assert told["signed_by"] == "lan"
    archive.run("sign", "out", asked["id"], "--to", paper, "--signed", account="bach")
    assert paper.read_bytes() == signed.read_bytes()


def test_the_seals_of_another_agency_are_not_shown_to_its_head(services: Services) -> None:
    with services.unit_of_work() as uow:
        agency = get_agency(uow.session, CODE)
        add_account("an", role=Role.AGENCY_HEAD, actor=OPERATOR, uow=uow, agency_id=agency.id)
        uow.commit()
    found = list_keys(services, actor=person(services, "an"))
    assert [(entry["use"], entry["name"]) for entry in found] == [("seal", CODE)]
    assert "timestamps" not in vars(services), "what is not shown is not opened"


def test_a_renewed_key_is_used_without_a_restart(services: Services, home: Path) -> None:
    before = services.signer().certificate.sha256
    replace_key(home, "archive", days=100)
    assert services.signer().certificate.sha256 != before
    assert services.signer() is services.signer()


@pytest.mark.parametrize(
    ("days", "kind", "code"),
    [(-1, "key-expiring", "signing-key-expired"), (None, "key-unusable", "signing-key-unusable")],
)
def test_a_receipt_waits_for_its_key_and_comes_out_by_itself(
    services: Services, home: Path, tmp_path: Path, days: int | None, kind: str, code: str
) -> None:
    file = home / "keys" / "archive.p12"
    good = file.read_bytes()
    if days is None:
        file.write_bytes(b"broken")
    else:
        replace_key(home, "archive", days=days)
    (tmp_path / "case").mkdir()
    case = small_pdf_case(tmp_path / "case")
    (submission,) = submit(case, actor=person(services, "bach"), services=services)
    do_all(services)
    accept(services, submission, actor=person(services, "lan"))
    do_all(services)
    with services.read_only() as session:
        (job,) = session.scalars(select(Job).where(Job.state == JobState.WAITING))
        assert job.error["code"] == code
        assert [(incident.kind, incident.subject) for incident in open_incidents(session)] == [
            (kind, "archive")
        ]
    file.write_bytes(good)
    with services.writing() as session:
        session.get_one(Job, job.id).run_at = clock.now()
    do_all(services)
    assert (home / "kho1" / "acts" / "receipt").is_dir()
    assert watch(services) == {}
