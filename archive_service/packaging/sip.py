"""SIP (gói tin nộp lưu, Phụ lục III): what is handed to another archive."""

from archive_service.packaging.model import Package, PackageKind
from archive_service.packaging.tree import metadata_files


def sip_metadata(package: Package) -> dict[str, bytes]:
    """Every metadata file of the SIP by its path in the package.

    Raises:
        ValueError: ``package`` is of another kind.
    """
    if package.kind is not PackageKind.SIP:
        raise ValueError(f"a SIP cannot be made of a {package.kind}")
    return metadata_files(package)
