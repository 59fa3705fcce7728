"""Signatures judged again from the stored bytes, beside the verdict that was frozen at intake."""

import datetime as dt
import shutil
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from archive_service import clock
from archive_service.access import ActNotAllowedError
from archive_service.app import create_app
from archive_service.catalogue.case_files.signatures_now import (
    SignatureCompared,
    signatures_of,
)
from archive_service.catalogue.describing.fields import DocumentNotInCaseFileError
from archive_service.catalogue.holdings.rows import get_case_file
from archive_service.domain.people.account import WORKER
from archive_service.evidence.outside.stamping import stamp_log
from archive_service.evidence.sealing import seal_log
from archive_service.services import Services
from archive_service.signing.pdf.report import Outcome
from archive_service.storage.content import NoSoundCopyError
from ingest.submissions.acts import accept, submit
from ingest.submissions.given import Acceptance
from tests.integration.archive_service.signing.trust.responder import Responder
from tests.services.tsa import TimestampAuthority
from tests.worlds.archive import COPIES, OPERATOR, new_home, open_home, person, small_pdf_case
from tests.worlds.browsers import browser_of
from tests.worlds.clients import OPEN_CODE, do_all, program_of
from tests.worlds.command import Command
from tests.worlds.servers.backends import read_settings, write_settings
from tests.worlds.simulated_signing import Hierarchy, Party, day, sign

SIGNED, BEFORE, AFTER = day(2021, 3), day(2020, 6), day(2022, 6)
ADDRESS = f"/case-files/{OPEN_CODE}/documents/1/signatures"


@pytest.fixture
def responder() -> Iterator[Responder]:
    started = Responder()
    yield started
    started.close()


@pytest.fixture
def authority(responder: Responder) -> Hierarchy:
    return Hierarchy(address=responder.address)


@pytest.fixture
def signer(authority: Hierarchy) -> Party:
    return authority.person(since=day(2020), until=day(2040))


@pytest.fixture
def home(tmp_path: Path, authority: Hierarchy, signer: Party, tsa: TimestampAuthority) -> Path:
    """It holds what somebody signed whose certificate lasts."""
    return held(tmp_path, authority, signer, tsa)


def held(tmp_path: Path, authority: Hierarchy, signer: Party, tsa: TimestampAuthority) -> Path:
    """It trusts the authority by lists of yesterday, and holds what its signer signed in 2021."""
    home = new_home(tmp_path / "home")
    trust = home / "trust"
    trust.mkdir(exist_ok=True)
    (trust / "root.der").write_bytes(authority.root.der)
    shutil.copy(tsa.folder / "root.crt", trust / "tsa.crt")
    listed(home, authority, authority.crl(at=yesterday()))
    write_settings(home, read_settings(home) | {"timestamp": {"url": tsa.url}})
    case = small_pdf_case(tmp_path / "case", code=OPEN_CODE)
    (paper,) = case.glob("*.pdf")
    sign(paper, paper, signer, at=SIGNED)
    with open_home(home) as services:
        (submission,) = submit(case, actor=person(services, "bach"), services=services)
        do_all(services)
        accept(services, submission, Acceptance(reason="Đủ"), actor=person(services, "lan"))
        do_all(services)
    return home


def yesterday() -> dt.datetime:
    return clock.now() - dt.timedelta(days=1)


def listed(home: Path, authority: Hierarchy, crl: bytes) -> None:
    """The lists that the administrator has from now on."""
    (home / "trust" / "issuing.crl").write_bytes(crl)
    (home / "trust" / "above.crl").write_bytes(authority.root_crl(at=yesterday()))


def revoking(authority: Hierarchy, signer: Party, at: dt.datetime) -> bytes:
    return authority.crl({signer.certificate.serial_number: at}, at=yesterday())


def compared(services: Services, name: str = "lan") -> SignatureCompared:
    told = signatures_of(services, OPEN_CODE, 1, now=True, actor=person(services, name))
    (signature_compared,) = told.signatures
    assert signature_compared.now is not None
    return signature_compared


def kept(services: Services) -> list[dict[str, Any]]:
    with services.read_only() as session:
        row = get_case_file(session, OPEN_CODE, actor=person(services, "lan"))
        return [dict(signature) for signature in row.documents[0].signatures]


def content_of(home: Path) -> dict[str, str]:
    """Every byte that the first copy keeps of packages."""
    files = (file for file in (home / COPIES[0]).rglob("*") if file.is_file())
    return {str(path): sha256(path.read_bytes()).hexdigest() for path in files}


def test_nothing_new_is_told_as_that_and_how_far_it_is_known(home: Path) -> None:
    with open_home(home) as services:
        signature_compared = compared(services)
    assert signature_compared.now
    assert (signature_compared.then["outcome"], signature_compared.now["outcome"]) == (
        "valid",
        "valid",
    )
    assert signature_compared.notes == ["same", "unstamped-day", "revocation-known-today"]
    assert (signature_compared.known_at or "")[:10] == yesterday().date().isoformat()


@pytest.mark.parametrize(
    ("revoked", "outcome", "note", "holds"),
    [
        (BEFORE, Outcome.REVOKED_BEFORE, "revoked-before-signing", False),
        (AFTER, Outcome.REVOKED_AFTER_DOUBTFUL, "revoked-after-signing", False),
    ],
)
def test_a_certificate_revoked_since_intake_is_told_with_its_day(
    home: Path,
    authority: Hierarchy,
    signer: Party,
    *,
    revoked: dt.datetime,
    outcome: Outcome,
    note: str,
    holds: bool,
) -> None:
    before = content_of(home)
    with open_home(home) as services:
        frozen = kept(services)
        listed(home, authority, revoking(authority, signer, revoked))
    told = Command(home).ask("document", "signatures", OPEN_CODE, "1", "--now")
    (one,) = told["signatures"]
    assert (one["then"]["outcome"], one["now"]["outcome"]) == ("valid", outcome)
    assert (one["notes"][0], one["now"]["trusted"]) == (note, holds)
    assert clock.parse_iso(one["now"]["revoked_at"]) == revoked
    words = Command(home).run("document", "signatures", OPEN_CODE, "1", "--now").stdout
    assert "Sau khi tiếp nhận mới biết" in words
    with open_home(home) as services:
        assert kept(services) == frozen, "what was frozen stays"
    assert content_of(home) == before


def test_the_stamp_of_the_day_proves_that_it_was_there_before_the_revocation(
    home: Path, authority: Hierarchy, signer: Party
) -> None:
    with open_home(home) as services:
        assert seal_log(services, services.signer(), actor=OPERATOR).checkpoint
        assert stamp_log(services, actor=WORKER)
        signature_compared = compared(services)
        assert signature_compared.notes == [
            "same",
            "stamped-day",
            "there-before-expiry",
            "revocation-known-today",
        ]
        assert signature_compared.stamp
        stamped_at = clock.parse_iso(signature_compared.stamp.at)
        assert (signature_compared.stamp.version, signature_compared.stamp.outside) == (1, True)
        hour = dt.timedelta(hours=1)
        revoked = {signer.certificate.serial_number: stamped_at + hour}
        listed(home, authority, authority.crl(revoked, at=stamped_at + 2 * hour))
        assert "there-before-revocation" in compared(services).notes
        listed(home, authority, revoking(authority, signer, AFTER))
        assert "there-after-revocation" in compared(services).notes


def test_one_that_ran_out_since_intake_keeps_its_worth(
    tmp_path: Path, authority: Hierarchy, tsa: TimestampAuthority
) -> None:
    brief = authority.person(since=day(2020), until=day(2023))
    home = held(tmp_path, authority, brief, tsa)
    with open_home(home) as services:
        with services.writing() as session:  # as if it had come in 2022
            row = get_case_file(session, OPEN_CODE, actor=person(services, "lan"))
            of_2022 = {"outcome": "valid", "validated_at": clock.iso(day(2022))}
            row.documents[0].signatures = [row.documents[0].signatures[0] | of_2022]
        signature_compared = compared(services)
    assert signature_compared.now
    assert (signature_compared.notes[0], signature_compared.now["trusted"]) == (
        "expired-since",
        True,
    )


def test_a_root_that_is_trusted_no_more_is_named(home: Path) -> None:
    (home / "trust" / "root.der").unlink()
    with open_home(home) as services:
        signature_compared = compared(services)
    assert signature_compared.now
    assert (signature_compared.now["outcome"], signature_compared.notes[0]) == (
        "chain-unknown",
        "root-withdrawn",
    )


def test_authorities_are_asked_only_where_it_is_allowed(
    home: Path, authority: Hierarchy, signer: Party, responder: Responder
) -> None:
    responder.answers["/ocsp"] = lambda: authority.ocsp(signer, at=clock.now(), revoked_at=BEFORE)
    with open_home(home) as services:
        told = signatures_of(services, OPEN_CODE, 1, now=True, actor=person(services, "lan"))
        assert (told.asked, told.signatures[0].notes[0], responder.asked) == (False, "same", [])
    write_settings(home, read_settings(home) | {"signing": {"fetch_revocation": True}})
    with open_home(home) as services:
        told = signatures_of(services, OPEN_CODE, 1, now=True, actor=person(services, "lan"))
        assert (told.asked, told.signatures[0].notes[0]) == (True, "revoked-before-signing")
    assert "/ocsp" in responder.asked


def test_who_may_not_read_the_history_learns_nothing(home: Path) -> None:
    with open_home(home) as services:
        with pytest.raises(ActNotAllowedError):
            signatures_of(services, OPEN_CODE, 1, now=False, actor=person(services, "binh"))
        with pytest.raises(DocumentNotInCaseFileError):
            signatures_of(services, OPEN_CODE, 2, now=False, actor=person(services, "lan"))


def test_bytes_that_no_copy_has_any_more_are_not_judged(home: Path) -> None:
    with open_home(home) as services:
        for file in (path for copy in COPIES for path in (home / copy).rglob("*.pdf")):
            file.chmod(0o644)
            file.write_bytes(b"%PDF-1.7 another")
        with pytest.raises(NoSoundCopyError):
            compared(services)


def test_page_and_rest_tell_the_same_in_plain_words(
    home: Path,
    authority: Hierarchy,
    signer: Party,
) -> None:
    with open_home(home) as services:
        app = create_app(services)
        listed(home, authority, revoking(authority, signer, BEFORE))
        browser, program = browser_of(app, services, "lan"), program_of(app, services, "lan")
        record = browser.get(ADDRESS.removesuffix("/signatures")).text
        assert f'href="{ADDRESS}"' in record
        page = browser.get(ADDRESS)
        assert page.status_code == 200
        assert "khác lúc tiếp nhận" in page.text
        assert "ghi hiệu lực từ 01/06/2020" in page.text
        assert "không được phép hỏi qua mạng" in page.text
        told = program.get(f"{ADDRESS}?now=true").get_json()
        assert told["signatures"][0]["notes"][0] == "revoked-before-signing"
        then = program.get(ADDRESS).get_json()
        assert (then["now_at"], then["signatures"][0]["now"]) == (None, None)
        assert then["trust_then"] == told["trust_then"] != told["trust_now"]
        assert browser_of(app, services, "binh").get(ADDRESS).status_code == 403
