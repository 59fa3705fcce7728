"""AIP (gói tin lưu trữ, Phụ lục I): what is kept."""

import hashlib
from collections.abc import Mapping

from archive_service.packaging.model import DATA, DOCUMENTATION, Package, PackageKind
from archive_service.packaging.tree import metadata_files
from archive_service.storage.ocfl import Content


def aip_metadata(package: Package) -> dict[str, bytes]:
    """Every metadata file of the AIP by its path in the package.

    Raises:
        ValueError: ``package`` is of another kind.
    """
    if package.kind is not PackageKind.AIP:
        raise ValueError(f"an AIP cannot be made of a {package.kind}")
    return metadata_files(package)


def aip_state(package: Package, metadata: Mapping[str, bytes]) -> dict[str, Content]:
    """The whole AIP tree, metadata and data, as a version of an OCFL object wants it."""
    state = {
        path: Content(sha256=hashlib.sha256(data).hexdigest(), size_bytes=len(data))
        for path, data in metadata.items()
    }
    for file in package.iter_files():
        state[DATA + file.path] = Content(sha256=file.sha256, size_bytes=file.size_bytes)
    for file in package.documentation:
        state[DOCUMENTATION + file.path] = Content(sha256=file.sha256, size_bytes=file.size_bytes)
    return state
