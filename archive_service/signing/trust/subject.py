"""Reads from a certificate whom it names, and whether that is a person or an agency."""

from collections.abc import Iterable
from hashlib import sha256
from typing import Any, TypedDict

from archive_service.signing.port import KeyCertificate, SignerKind, Subject

_AGENCY_NUMBERS = ("MST:", "MNS:", "MDD:")  # mã số thuế, mã ngân sách, mã định danh
_PERSON_NUMBERS = ("CCCD:", "CMND:", "CC:", "HC:")  # identity card or passport


def subject_of(certificate: Any) -> Subject:
    """Whom ``certificate`` (asn1crypto) names; what it does not say is empty."""
    native = {key: _first(value) for key, value in certificate.subject.native.items()}
    identifier = native.get("user_id") or native.get("serial_number") or ""
    name = native.get("common_name") or ""
    organization = native.get("organization_name") or ""
    title = native.get("title") or ""
    return Subject(
        name=name,
        organization=organization,
        kind=_kind(name, organization, identifier, title or native.get("surname") or ""),
        identifier=identifier,
        unit=native.get("organizational_unit_name") or "",
        title=title,
        locality=native.get("locality_name") or "",
    )


class Named(TypedDict):
    """Fields of a signature's report that its certificate gives."""

    signer: str
    organization: str
    identifier: str
    issuer: str
    kind: SignerKind


def whose(certificate: Any) -> Named:
    """Whom ``certificate`` (asn1crypto) names, and who issued it."""
    subject = subject_of(certificate)
    return {
        "signer": subject.name,
        "organization": subject.organization,
        "identifier": subject.identifier,
        "issuer": str(certificate.issuer.native.get("common_name", "")),
        "kind": subject.kind,
    }


def mails_of(certificate: Any) -> tuple[str, ...]:
    """The mail addresses that ``certificate`` (asn1crypto) names: beside its subject, and in it."""
    beside = certificate.subject_alt_name_value
    names = [] if beside is None else [name for name in beside if name.name == "rfc822_name"]
    own = certificate.subject.native.get("email_address") or []
    mails = [*(str(name.native) for name in names), *([own] if isinstance(own, str) else own)]
    return tuple(dict.fromkeys(mails))


def certificate_of(certificate: Any, beside: Iterable[Any] = ()) -> KeyCertificate:
    """What ``certificate`` (asn1crypto) says of itself; ``beside`` may help to build its path."""
    der = certificate.dump()
    others = {other.dump() for other in beside} - {der}
    return KeyCertificate(
        subject=subject_of(certificate),
        issuer=_first(certificate.issuer.native.get("common_name") or ""),
        sha256=sha256(der).hexdigest(),
        valid_from=certificate.not_valid_before,
        valid_to=certificate.not_valid_after,
        der=der,
        chain=tuple(sorted(others)),
    )


def _kind(name: str, organization: str, identifier: str, personal: str) -> SignerKind:
    """The number decides; without one, a title or surname, or a name that is the agency's own."""
    if identifier.upper().startswith(_AGENCY_NUMBERS):
        return SignerKind.AGENCY
    if identifier.upper().startswith(_PERSON_NUMBERS) or personal:
        return SignerKind.PERSON
    if name and name.casefold() == organization.casefold():
        return SignerKind.AGENCY
    return SignerKind.UNKNOWN


def _first(value: object) -> str:
    """A name may carry an attribute twice; the innermost says most."""
    if isinstance(value, list):
        return str(value[0]) if value else ""
    return str(value)
