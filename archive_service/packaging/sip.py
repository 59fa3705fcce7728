"""SIP (gói tin nộp lưu, Phụ lục III): what is handed to another archive."""

from archive_service.errors import ConflictError
from archive_service.packaging.model import DIGITIZATION, Package, PackageKind
from archive_service.packaging.tree import metadata_files


class DigitizedNeedsAipError(ConflictError):
    """TT 05/2025 Điều 8.3: what was digitized is packed as AIP, never as SIP."""

    code = "digitized-needs-aip"


def sip_metadata(package: Package) -> dict[str, bytes]:
    """Every metadata file of the SIP by its path in the package.

    Raises:
        ValueError: ``package`` is of another kind.
        DigitizedNeedsAipError: some of it was digitized here.
    """
    if package.kind is not PackageKind.SIP:
        raise ValueError(f"a SIP cannot be made of a {package.kind}")
    if any(event.type == DIGITIZATION for event in package.events):
        raise DigitizedNeedsAipError(label=package.label)
    return metadata_files(package)
