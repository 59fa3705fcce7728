"""What was digitized goes out as AIP alone."""

import pytest

from archive_service.packaging.model import PackageKind
from archive_service.packaging.sip import DigitizedNeedsAipError, sip_metadata
from tests.factories.packages import package


def test_a_sip_of_what_was_digitized_is_refused() -> None:
    digitized = package(PackageKind.AIP)
    with pytest.raises(DigitizedNeedsAipError):
        sip_metadata(
            package(PackageKind.SIP, documents=digitized.documents, events=digitized.events)
        )


def test_a_sip_of_what_was_born_digital_is_made() -> None:
    assert "METS.xml" in sip_metadata(package(PackageKind.SIP))
