"""The value of an XML signature: whose key made it, and over which references."""

import hashlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any

from archive_service.signing.xml.canonical import C14N_1_1, Method
from archive_service.signing.xml.evidence import imprint_of
from archive_service.signing.xml.finder import FoundSignature
from archive_service.signing.xml.references import (
    Reference,
    UncheckableError,
    attribute_of,
    base64_of,
    digest_of,
    method_of,
)
from archive_service.signing.xml.tree import Node, tree_of

_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
RSA_SHA256 = f"{_MORE}rsa-sha256"
_ALGORITHMS = {"http://www.w3.org/2000/09/xmldsig#rsa-sha1": ("rsa-sha1", "sha1")} | {
    f"{_MORE}{key}-{digest}": (f"{key}-{digest}", digest)
    for key in ("rsa", "ecdsa")
    for digest in ("sha256", "sha384", "sha512")
}

_NAMED_BY = ("SigningCertificate", "SigningCertificateV2")
_MOST_CERTIFICATES = 16  # that are tried


@dataclass(frozen=True, slots=True)
class SignedValue:
    """A signature as it was read; ``is_valid`` says whether the key of the certificate made it.

    ``references`` are what was signed where it is valid, else what it says was signed.
    """

    found: FoundSignature
    node: Node
    own: bytes  # DER of the signer's certificate
    others: list[bytes]
    algorithm: str
    digests: frozenset[str]
    is_valid: bool
    references: list[Reference]

    def imprint(self, method: Node | None, digest: str) -> bytes:
        """Of the signature's value, as a time stamp is made over it."""
        from archive_service.signing.xml.signed_info import canonical_value

        written = Method() if method is None else method_of(method)
        return imprint_of(canonical_value(self.found.xml, written), digest)


def signed_nodes(node: Node, ids: Collection[str]) -> Iterator[Node]:
    """All nodes of a signature that it covers, by these ids of its references.

    Another signature within it, as of a document that it encloses, tells of its own signer.
    """
    if node.attributes.get("Id") in ids:
        yield from _with_all_below(node)
    else:
        for child in _own_parts(node):
            yield from signed_nodes(child, ids)


def _with_all_below(node: Node) -> Iterator[Node]:
    yield node
    for child in _own_parts(node):
        yield from _with_all_below(child)


def _own_parts(node: Node) -> Iterator[Node]:
    return (child for child in node.children if child.name != "Signature")


def as_named(value: SignedValue, ids: Collection[str]) -> SignedValue:
    """The same by the certificate that it names and covers (XAdES; ETSI EN 319 132-1, 5.2.2).

    Another certificate of the same key may say another name: with that it is not valid.

    Raises:
        UncheckableError: it names its certificate by a digest that is not known here.
    """
    named = [
        (digest_of(digest), base64_of(digest.told("DigestValue")))
        for one in signed_nodes(value.node, ids)
        if one.name in _NAMED_BY
        for digest in one.each("Cert/CertDigest")
    ]
    every = value.own, *value.others
    fitting = [
        der for der in every if any(hashlib.new(name, der).digest() == it for name, it in named)
    ]
    own = next((der for der in fitting if _key_of(der) == _key_of(value.own)), None)
    if not named or own == value.own:
        return value
    if own is None:
        return replace(value, is_valid=False)
    return replace(value, own=own, others=[der for der in every if der != own])


def _key_of(der: bytes) -> bytes:
    from asn1crypto import x509

    try:
        return bytes(x509.Certificate.load(der).public_key.dump())
    except (ValueError, TypeError, KeyError):
        raise UncheckableError("X509Certificate") from None


def reference_nodes(node: Node) -> list[Node]:
    """The references of a signature, as they stand in it; at least one.

    Raises:
        UncheckableError: none, or more than one ``SignedInfo``.
    """
    references = list(only(node, "SignedInfo").each("Reference"))
    if not references:
        raise UncheckableError("Reference")
    return references


def signed_value(found: FoundSignature, node: Node) -> SignedValue:
    """Verify the value of a signature over its ``SignedInfo``, with the certificate that it holds.

    Raises:
        UncheckableError: something in it is not known here.
    """
    signed = only(node, "SignedInfo")
    references = [Reference.of(reference) for reference in reference_nodes(node)]
    method = attribute_of(signed.find("SignatureMethod"), "Algorithm")
    if method not in _ALGORITHMS:
        raise UncheckableError(f"SignatureMethod {method}", "algorithm-unknown")
    algorithm, digest = _ALGORITHMS[method]
    first, others = certificates_of(node)
    canonical = signed.find("CanonicalizationMethod")
    inherited = {} if method_of(canonical).exclusive else found.inherited
    if attribute_of(canonical, "Algorithm").startswith(C14N_1_1):
        if "xml:base" in inherited:  # it is joined to what stands below (2.4)
            raise UncheckableError("xml:base")
        inherited = {name: value for name, value in inherited.items() if name != "xml:id"}
    base64_of(only(node, "SignatureValue").text)
    verified, own = _verified(found, method, [first, *others], inherited)
    others = [certificate for certificate in (first, *others) if certificate is not own]
    if verified is not None:  # what was signed is what counts, not what it was read as before
        references = [Reference.of(one) for one in tree_of(verified).each("Reference")]
    digests = frozenset({digest, *(reference.digest for reference in references)})
    return SignedValue(
        found, node, own, others, algorithm, digests, verified is not None, references
    )


def _verified(
    found: FoundSignature, method: str, certificates: list[bytes], inherited: dict[str, str]
) -> tuple[bytes | None, bytes]:
    """What was signed, and the certificate whose key did it: others may stand before that."""
    from archive_service.signing.xml.signed_info import verified_info

    unfit = ""
    for number, certificate in enumerate(certificates[:_MOST_CERTIFICATES]):
        try:
            verified = verified_info(found.xml, method, certificate, inherited)
        except ValueError as wrong:
            unfit = unfit if number else str(wrong)
            continue
        if verified is not None:
            return verified, certificate
    if unfit:
        raise UncheckableError(unfit)
    return None, certificates[0]


def only(node: Node, part: str) -> Node:
    """The one child of that name."""
    children = list(node.each(part))
    if len(children) != 1:
        raise UncheckableError(part)
    return children[0]


def certificates_of(node: Node) -> tuple[bytes, list[bytes]]:
    """The certificate that none of the others was issued by, then the others."""
    from asn1crypto import x509

    chain = [base64_of(one.text) for one in node.each("KeyInfo/X509Data/X509Certificate")]
    if not chain:
        raise UncheckableError("X509Certificate", "certificate-missing")
    try:
        read = [(der, x509.Certificate.load(der)) for der in chain]
        issuers = [certificate.issuer for _, certificate in read]
        subjects = [certificate.subject for _, certificate in read]
    except (ValueError, TypeError, KeyError):
        raise UncheckableError("X509Certificate") from None
    for number, (der, _) in enumerate(read):
        above = [issuer for other, issuer in enumerate(issuers) if other != number]
        if subjects[number] not in above:
            return der, [other for other in chain if other is not der]
    return chain[0], chain[1:]


def named_by(own: bytes) -> dict[str, Any]:
    """Whose certificate it is, and who issued it: fields of a report."""
    from asn1crypto import x509

    from archive_service.signing.trust.subject import whose

    named: dict[str, Any] = {**whose(x509.Certificate.load(own))}
    del named["kind"]
    return named | {"certificate_sha256": sha256(own).hexdigest()}
