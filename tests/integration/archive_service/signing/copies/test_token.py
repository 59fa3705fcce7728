"""A seal on a token: one login, however many copies; a clerk's order is done without a second."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from archive_service.demo.agency import SAMPLE_AGENCY
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.signing.copy_signing import CopySigning, CopyToSign
from archive_service.signing.copies.given import OrderIn
from archive_service.signing.copies.orders import order_signatures
from archive_service.signing.copies.waiting import SIGN_JOB
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.signing.port import SignerKind, Subject
from archive_service.signing.trust.roots import Trust
from archive_service.worker import run_one
from tests.services.servers import SoftHsm
from tests.worlds.archive import open_home, person
from tests.worlds.digitize.copies_waiting import waiting_home
from tests.worlds.digitize.scanned import AGENCY, CLERK

COPIES = 25
PIN = "ARCHIVE_PIN_ARCHIVE"


def test_many_copies_are_signed_with_one_login(
    softhsm: SoftHsm, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name = SAMPLE_AGENCY.name
    softhsm.add_key("coquan", Subject(name, name, SignerKind.AGENCY, identifier="MST:9900000018"))
    keys = ["pkcs12:keys/archive.p12", softhsm.url("coquan", agency=AGENCY)]
    home = waiting_home(tmp_path, copies=COPIES, signing={"keys": keys})
    with open_home(home) as services:
        order = order_signatures(services, OrderIn(), actor=person(services, CLERK))
        assert order.total == COPIES
        monkeypatch.delenv(PIN)  # whoever logs in again has no PIN any more
        assert run_one(services, names=(SIGN_JOB,)) == "done"
        with services.read_only() as session:
            used = select(func.count()).where(AuditEvent.tag == "seal:used")
            assert session.scalar(used) == COPIES
            signed = session.scalars(select(CopyToSign)).all()
            assert {sign.state for sign in signed} == {CopySigning.OVERTAKEN}
            digests = [sign.signed_sha256 for sign in signed]
        assert len(set(digests)) == COPIES
        assert digests[-1] is not None
        with services.staging.path(digests[-1]) as file:
            (report,) = inspect_signatures(file, Trust.read(softhsm.authority))
    assert report.trusted
    assert report.organization == name[:64]
