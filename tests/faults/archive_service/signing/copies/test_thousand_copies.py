"""A clerk's order over a thousand copies: one unlock, flat memory, killed in the midst."""

import subprocess
import time
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from sqlalchemy import func, select

from archive_service import clock
from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.signing.copy_signing import CopySigning, CopyToSign
from archive_service.services import Services
from archive_service.signing.copies.given import OrderIn
from archive_service.signing.copies.orders import order_signatures
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.port import SignerKind, Subject
from archive_service.signing.trust.roots import Trust
from digitize.paper.papers import print_labels
from tests.services.servers import SoftHsm
from tests.worlds.archive import open_home, person
from tests.worlds.command import Command
from tests.worlds.digitize.copies_waiting import waiting_home
from tests.worlds.digitize.scanned import AGENCY, CLERK

COPIES = 1000
KILLED_AFTER = 300
WARM = 50  # signed copies after which all is loaded that signing needs
SAMPLE = 5
MOST_GROWTH_KIB = 20 << 10

pytestmark = pytest.mark.long


def test_a_thousand_copies_by_a_key_in_a_file(tmp_path: Path, tools: ModuleType) -> None:
    home = waiting_home(tmp_path, copies=COPIES, pdf=pdf_a())
    sign_and_kill(Command(home), None, tmp_path, tools)


def test_a_thousand_copies_by_a_token(softhsm: SoftHsm, tmp_path: Path, tools: ModuleType) -> None:
    name = SAMPLE_AGENCY.name
    softhsm.add_key("coquan", Subject(name, name, SignerKind.AGENCY, identifier="MST:9900000018"))
    keys = {"keys": ["pkcs12:keys/archive.p12", softhsm.url("coquan", agency=AGENCY)]}
    home = waiting_home(tmp_path, copies=COPIES, signing=keys, pdf=pdf_a())
    sign_and_kill(Command(home, softhsm.env), softhsm.authority, tmp_path, tools)


def pdf_a() -> bytes:
    """A page that is valid PDF/A before anybody signs it."""
    label = {"code": "H-1", "place": "", "text": "H-1", "qr": "<svg/>", "cases": ""}
    return print_labels([label], archive="Lưu trữ", at=clock.now().replace(microsecond=0))


def sign_and_kill(worker: Command, authority: Path | None, folder: Path, tools: ModuleType) -> None:
    with open_home(worker.home) as services:
        assert order_signatures(services, OrderIn(), actor=person(services, CLERK)).total == COPIES
        with worker.beside("work", "--until-empty") as first:
            wait_for(services, KILLED_AFTER, first)
            first.kill()
        before = digests(services)
        assert KILLED_AFTER <= len(before) < COPIES
        with worker.beside("work", "--until-empty") as second:
            wait_for(services, len(before) + WARM, second)
            warm_kib = resident_kib(second)
            wait_for(services, COPIES - WARM, second)
            grown_kib = resident_kib(second) - warm_kib
            second.wait()
        assert grown_kib < MOST_GROWTH_KIB
        after = digests(services)
        assert before.items() <= after.items()  # none of them was signed anew
        assert len(set(after.values())) == COPIES
        assert uses(services) == COPIES
        trust = services.trust if authority is None else Trust.read(authority)
        require_sound(services, list(after.values())[:: COPIES // SAMPLE], trust, folder, tools)


def wait_for(services: Services, count: int, process: "subprocess.Popen[Any]") -> None:
    """Until so many copies are signed."""
    while uses(services) < count:
        assert process.poll() is None, "the worker ended"
        time.sleep(0.05)


def uses(services: Services) -> int:
    with services.read_only() as session:
        return session.scalar(select(func.count()).where(AuditEvent.tag == "seal:used")) or 0


def digests(services: Services) -> dict[int, str]:
    with services.read_only() as session:
        signed = CopyToSign.state.in_((CopySigning.SIGNED, CopySigning.OVERTAKEN))
        rows = session.scalars(select(CopyToSign).where(signed).order_by(CopyToSign.ordinal))
        return {row.ordinal: row.signed_sha256 or "" for row in rows}


def resident_kib(process: "subprocess.Popen[Any]") -> int:
    """What the worker holds in memory now."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    (told,) = (line for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(told.split()[1])


def require_sound(
    services: Services, chosen: list[str], trust: Trust, folder: Path, tools: ModuleType
) -> None:
    files = []
    for digest in chosen:
        file = folder / f"{digest}.pdf"
        with services.staging.open(digest) as source:
            file.write_bytes(source.read())
        (report,) = inspect_signatures(file, trust)
        assert report.trusted
        assert report.covers_whole_document
        files.append(file)
    assert [verdict.passed for verdict in tools.verapdf(files)] == [True] * len(files)
