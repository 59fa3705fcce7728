"""What was digitized goes out as AIP alone; a SIP is what came, a DIP what is read."""

import pytest

from archive_service.packaging.model import FileRole, PackageKind
from archive_service.packaging.outgoing import DigitizedNeedsAipError, as_dip, as_sip
from tests.factories.packages import REQUEST, package


def test_a_sip_of_what_was_digitized_is_refused() -> None:
    digitized = package(PackageKind.AIP)
    with pytest.raises(DigitizedNeedsAipError):
        as_sip(package(PackageKind.SIP, documents=digitized.documents, events=digitized.events))


def test_a_sip_holds_what_was_submitted_and_nothing_that_was_made_here() -> None:
    made = package(PackageKind.SIP)
    assert {file.role for file in made.iter_files()} == {FileRole.ORIGINAL, FileRole.ACCESS}
    assert {file.role for file in as_sip(made).iter_files()} == {FileRole.ORIGINAL}


def test_a_dip_is_described_by_the_request() -> None:
    assert as_dip(package(PackageKind.DIP, fields={}), REQUEST).fields == REQUEST
