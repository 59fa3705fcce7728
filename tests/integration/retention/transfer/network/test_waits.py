"""When a transfer waits on its way, and to which server it goes at all."""

import datetime as dt
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from archive_service import clock
from archive_service.app import create_app
from archive_service.services import Services
from retention.transfer.network.client import Throttle
from retention.transfer.network.delivery_allowance import reserve_bytes
from retention.transfer.packages import build as packages_build
from retention.transfer.partners import acts as partners_acts
from retention.transfer.partners.acts import PartnerGiven
from retention.transfer.partners.rules import PartnerFacts, get_partner
from retention.transfer.register import acts as register_acts
from tests.integration.retention.transfer.network.waiting import states, tried, waits
from tests.worlds.archive import HISTORICAL_CODE, OPERATOR, copy_home, open_home, person
from tests.worlds.clients import OPEN_CODE, RESTRICTED_CODE, do_all
from tests.worlds.command import Command
from tests.worlds.site import answering
from tests.worlds.transfer.networked import acquaint, moved_to, networked, send, spool
from tests.worlds.transfer.replies import packed
from tests.worlds.transfer.transfers import TwoArchives

BOTH = (OPEN_CODE, RESTRICTED_CODE)


def unread(services: Services) -> list[str]:
    archive = Command(services.settings.home)
    told = archive.ask("notice", "list", "--unread", account="lan")["notices"]
    return [entry["kind"] for entry in told]


def test_a_quota_is_waited_for_as_long_as_the_other_side_says(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = packed(two, tmp_path, *BOTH)
    giver = two.giver.settings.archive.code
    with networked(two, quota_bytes=1):
        with two.receiver.writing() as session:  # the last that comes may go beyond
            reserve_bytes(session, get_partner(session, giver), 1)
        told = tried(two.giver, row)
        assert (told.trouble or {})["code"] == "partner-later"
        assert (told.trouble or {})["facts"]["said"] == "delivery-quota"
        code, pause = waits(two.giver)
        assert code == "partner-later"
        assert dt.timedelta(0) < pause <= dt.timedelta(days=1)
        more = PartnerGiven(PartnerFacts(quota_bytes=0))
        partners_acts.change(two.receiver, giver, more, actor=OPERATOR)
        send(two, row)  # somebody asks: it is tried at once
        assert states(two.receiver, row) == {"arrived"}


def test_outside_of_its_hours_nothing_goes_unless_somebody_says_now(
    two: TwoArchives, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = packed(two, tmp_path, *BOTH)
    soon = clock.local(clock.now()) + dt.timedelta(hours=2)
    hours = f"{soon:%H:%M}-{soon + dt.timedelta(hours=1):%H:%M}"
    monkeypatch.setenv("ARCHIVE_TRANSFER__HOURS", hours)
    with networked(two), open_home(two.giver.settings.home) as giver:
        tried(giver, row)
        code, pause = waits(giver)
        assert (code, pause > dt.timedelta(minutes=90)) == ("transfer-hours", True)
        assert states(giver, row) == {"built"}
        send(TwoArchives(giver, two.receiver), row, at_once=True)
        assert states(giver, row) == {"sent"}


def test_an_archive_restored_from_before_its_last_manifest_sends_nothing(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = packed(two, tmp_path, *BOTH)
    with networked(two) as url:
        before = copy_home(two.giver.settings.home, tmp_path / "before")
        lan = person(two.giver, "lan")
        packages_build.build(two.giver, row, folder=tmp_path / "out", actor=lan)
        send(two, row)
        with open_home(before) as old:
            moved_to(old, url)
            folder = tmp_path / "again"
            older = register_acts.show(old, row, actor=OPERATOR).manifest_sha256
            assert older != _manifest(two.giver, row)
            packages_build.build(old, row, folder=folder, actor=person(old, "lan"))
            refused = (tried(old, row).trouble or {})["facts"]
            assert refused["said"] == "transfer-manifest-other"
        assert states(two.receiver, row) == {"arrived"}


def test_an_older_manifest_is_told_as_such(two: TwoArchives, tmp_path: Path) -> None:
    row = packed(two, tmp_path, *BOTH)
    with networked(two):
        before = copy_home(two.giver.settings.home, tmp_path / "before")
        copy = tmp_path / "copy"
        _copied(tmp_path / "out", copy)
        lan = person(two.giver, "lan")
        packages_build.build(two.giver, row, folder=tmp_path / "out", actor=lan)
        send(two, row)
        with open_home(before) as old:
            assert (tried(old, row, source=copy).trouble or {})["code"] == "transfer-behind"


def _copied(source: Path, target: Path) -> None:
    for file in source.rglob("*"):
        if file.is_file():
            place = target / file.relative_to(source)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(file.read_bytes())


def _manifest(services: Services, row: UUID) -> str:
    return register_acts.show(services, row, actor=OPERATOR).manifest_sha256 or ""


@contextmanager
def secured(services: Services, folder: Path, name: str) -> Iterator[tuple[str, bytes]]:
    """The site of an archive by https, under a certificate that nobody vouches for; and that."""
    key = ec.generate_private_key(ec.SECP256R1())
    who = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    pem = certificate.public_bytes(serialization.Encoding.PEM)
    both = folder / f"{name}.pem"
    both.write_bytes(
        pem
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    with answering(create_app(services), context) as url:
        yield url, pem


def test_only_the_server_of_the_pinned_certificate_is_talked_to(
    two: TwoArchives, tmp_path: Path
) -> None:
    row = packed(two, tmp_path, *BOTH)
    with (
        secured(two.receiver, tmp_path, "la") as (url, own),
        secured(two.receiver, tmp_path, "other") as (_, other),
    ):
        acquaint(two, url)
        assert (tried(two.giver, row).trouble or {})["facts"][
            "reason"
        ] == "certificate"  # unvouched for
        for pem, reason in ((other, "certificate-other"), (own, None)):
            told = PartnerGiven(PartnerFacts(), tls_certificate=("la.pem", pem))
            partners_acts.change(two.giver, HISTORICAL_CODE, told, actor=OPERATOR)
            trouble = tried(two.giver, row).trouble
            assert (trouble and trouble["facts"]["reason"]) == reason
            kinds = unread(two.giver)  # people end what is not trusted: they are told
            assert ("transfer-not-sent" in kinds) == (reason is not None)
        do_all(two.receiver)
        assert states(two.receiver, row) == {"arrived"}
        assert spool(two.receiver) == []


def test_no_more_bytes_go_than_the_limit_lets() -> None:
    at, slept = 100.0, list[float]()

    def sleep(seconds: float) -> None:
        nonlocal at
        at += seconds
        slept.append(seconds)

    throttle = Throttle(1000, now=lambda: at, sleep=sleep)
    for size in (500, 100, 1000):
        throttle.spend(size)
    assert slept == pytest.approx([0, 0.5, 0.1])
    Throttle(0, sleep=sleep).spend(1 << 40)
    assert len(slept) == 3
