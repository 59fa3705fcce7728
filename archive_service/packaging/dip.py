"""DIP (gói tin sử dụng, Phụ lục V): what a reader receives; its data describe the request."""

from archive_service.packaging.model import Package, PackageKind
from archive_service.packaging.tree import metadata_files


def dip_metadata(package: Package) -> dict[str, bytes]:
    """Every metadata file of the DIP by its path in the package.

    Raises:
        ValueError: ``package`` is of another kind.
    """
    if package.kind is not PackageKind.DIP:
        raise ValueError(f"a DIP cannot be made of a {package.kind}")
    return metadata_files(package)
