"""A folder of a transfer at the historical archive: each package through the ordinary door."""

import hashlib
import io
from pathlib import Path

from archive_service import clock
from archive_service.signing.xml_events import read_events
from archive_service.signing.xml_signature import SignatureFinder, check_signature
from tests.factories.clients import OPEN_CODE
from tests.factories.transfers import built, two_archives


def test_the_receiver_trusts_what_the_giver_signs_with_its_own_key(
    held_home: Path, tmp_path: Path
) -> None:
    with two_archives(held_home, tmp_path) as two:
        built(two.giver, tmp_path / "out", OPEN_CODE)
        signed = (tmp_path / "out" / "manifest.xml").read_bytes()
        finder = SignatureFinder()
        read_events(io.BytesIO(signed), finder)
        (found,) = finder.found
        report = check_signature(
            lambda: io.BytesIO(signed), found, two.receiver.trust, at=clock.now()
        )
        own = two.receiver.signer().certificate.der
        assert report.trusted
        assert report.certificate_sha256 != hashlib.sha256(own).hexdigest()
