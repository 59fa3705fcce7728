"""SIP and DIP of a case file: what of its package goes to another archive, and to who asked."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from uuid import UUID, uuid5

from archive_service.errors import ConflictError
from archive_service.packaging.model import (
    DIGITIZATION,
    FileRole,
    Package,
    PackageDocument,
    PackageKind,
    RecordStatus,
)
from archive_service.text import fold

PERMANENT = "01"  # maintenance: vĩnh viễn
OUTGOING, INCOMING = "0", "1"  # source: văn bản đi, văn bản đến
_AS_SUBMITTED = (FileRole.ORIGINAL, FileRole.PAGE, FileRole.PROCESS)


class DigitizedNeedsAipError(ConflictError):
    """TT 05/2025 Điều 8.3: what was digitized is packed as AIP, never as SIP."""


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
    documents = [_as_submitted(each) for each in package.documents]
    return replace(package, documents=documents, files=())


def _as_submitted(document: PackageDocument) -> PackageDocument:
    return replace(
        document,
        files=[file for file in document.files if file.role in _AS_SUBMITTED],
        links=[link for link in document.links if link.file and link.file.role in _AS_SUBMITTED],
    )


def as_loose(package: Package, ordinals: Collection[int], *, code: str, title: str) -> Package:
    """Some of its documents without it (gói tài liệu, Phụ lục IV), such as a supplement.

    Whether they went out or came in (``source``) is told where it is the same of all that name
    who issued them: the agency, or somebody else.

    Args:
        package: what ``as_sip`` made, for the same documents always under the same identifier.
        ordinals: of the documents; empty: all of them.
        code: of the package (mã gói tin).
    """
    chosen = [
        document for document in package.documents if not ordinals or document.ordinal in ordinals
    ]
    term = package.fields.get("maintenance", "")
    documents = [
        replace(document, fields={"maintenance": term, **document.fields}) for document in chosen
    ]
    own, issuers = (
        fold(package.agency_name),
        [document.fields.get("organName", "") for document in chosen],
    )
    sources = {OUTGOING if fold(issuer) == own else INCOMING for issuer in issuers if issuer}
    fields = {"fileCode": code, "title": title, "totalDoc": str(len(chosen))}
    if len(sources) == 1:
        fields["source"] = sources.pop()
    named = ",".join(str(document.ordinal) for document in chosen)
    return replace(
        package,
        ocfl_id=f"urn:uuid:{str(uuid5(UUID(package.uuid), named)).upper()}",
        label=title,
        fields=fields,
        documents=documents,
        documentation=(),
        own=None,
        further=None,  # tells of all of its documents
        record_status=RecordStatus.SUPPLEMENT,
        loose=True,
    )


def for_historical_archive(package: Package) -> Package:
    """The same under term 01: only what is kept for ever goes there, all of a case file with it.

    Source:
        TT 05/2025/TT-BNV, Phụ lục I and III, ``maintenance``.
    """
    documents = [
        replace(document, fields={**document.fields, "maintenance": PERMANENT})
        for document in package.documents
    ]
    fields = {**package.fields, "maintenance": PERMANENT}
    return replace(package, fields=fields, documents=documents)


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
