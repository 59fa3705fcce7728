"""What the circular asks of each kind of package where SIP, AIP and DIP differ."""

from dataclasses import dataclass

from archive_service.packaging.model import PackageKind

COLLECTION = "Collection"
CSIP_PROFILE = "https://earkcsip.dilcis.eu/profile/E-ARK-CSIP.xml"


@dataclass(frozen=True, slots=True)
class PackageForm:
    """One column of ``docs/packages.md``."""

    oais_type: str
    type: str  # mets/@TYPE of a case file; loose documents are a ``COLLECTION``
    profile: str  # of the root METS; that of rep1 is always CSIP's
    representation_type: str
    has_premis: bool
    names_submitter: bool


FORMS = {
    PackageKind.SIP: PackageForm("SIP", "Mixed", CSIP_PROFILE, "ORIGINAL", False, True),
    PackageKind.AIP: PackageForm(
        "AIP", "Mixed", "http://www.ra.ee/METS/v01/IP.xml", "NORMALIZED", True, False
    ),
    PackageKind.DIP: PackageForm(
        "DIP",
        "MIXED",
        "https://earkdip.dilcis.eu/profile/E-ARK-DIP.xml",
        "NORMALIZED",
        False,
        False,
    ),
}
