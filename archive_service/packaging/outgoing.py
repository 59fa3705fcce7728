"""SIP and DIP of a case file: what of its package goes to another archive, and to who asked."""

from collections.abc import Mapping
from dataclasses import replace

from archive_service.errors import ConflictError
from archive_service.packaging.model import DIGITIZATION, FileRole, Package, PackageKind

_AS_SUBMITTED = (FileRole.ORIGINAL, FileRole.PAGE, FileRole.PROCESS)


class DigitizedNeedsAipError(ConflictError):
    """TT 05/2025 Điều 8.3: what was digitized is packed as AIP, never as SIP."""

    code = "digitized-needs-aip"


def as_sip(package: Package) -> Package:
    """As it was submitted (gói tin nộp lưu, Phụ lục III): what was made here stays here.

    Args:
        package: of kind SIP, with all that the archive has.

    Raises:
        DigitizedNeedsAipError: some of it was digitized here.
    """
    _require_kind(package, PackageKind.SIP)
    if any(event.type == DIGITIZATION for event in package.events):
        raise DigitizedNeedsAipError(label=package.label)
    documents = [
        replace(each, files=[file for file in each.files if file.role in _AS_SUBMITTED])
        for each in package.documents
    ]
    return replace(package, documents=documents, files=())


def as_dip(package: Package, request: Mapping[str, str]) -> Package:
    """What a reader receives (gói tin sử dụng, Phụ lục V), described by the request for it.

    Args:
        package: of kind DIP, with all that the archive has.
        request: under the circular's names, ``requestID`` to ``researchTopic``.
    """
    _require_kind(package, PackageKind.DIP)
    documents = [
        replace(each, files=[file for file in each.files if not file.superseded])
        for each in package.documents
    ]
    return replace(package, documents=documents, documentation=(), fields=request)


def _require_kind(package: Package, kind: PackageKind) -> None:
    if package.kind is not kind:
        raise ValueError(f"a {kind} cannot be made of a {package.kind}")
