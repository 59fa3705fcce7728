"""``SignedInfo`` of an XML signature, canonicalised and verified by signxml.

It sees the signature alone: what was signed is digested while it is read, however long it is.
"""

from collections.abc import Mapping
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from lxml import etree
from signxml.algorithms import SignatureMethod
from signxml.exceptions import InvalidSignature, SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from archive_service.signing.xml.canonical import Method

_DSIG = "{http://www.w3.org/2000/09/xmldsig#}"
_XML = "{http://www.w3.org/XML/1998/namespace}"


class _OfSignature(XMLVerifier):
    """signxml, but that references are the caller's to look at."""

    signed_info = b""
    # Inclusive form of an element whose namespace is declared above it: libxml2 adds an empty
    # declaration two levels below, which nobody signed. ``SignedInfo`` has none of its own.
    excise_empty_xmlns_declarations = True

    def _verify_reference(self, reference: Any, *_others: Any) -> None:  # as signxml has it
        """It stands in ``SignedInfo`` as it was parsed from the bytes that were verified."""
        self.signed_info = etree.tostring(reference.getparent())


def verified_info(
    signature: bytes, algorithm: str, own: bytes, inherited: Mapping[str, str]
) -> bytes | None:
    """``SignedInfo`` as it was signed; ``None`` where the key of the certificate did not sign it.

    Args:
        signature: the element as a document of its own.
        algorithm: the one that is accepted.
        own: DER of the certificate. Whether it holds, and when, is judged elsewhere.
        inherited: attributes such as ``xml:lang`` that inclusive form writes into ``SignedInfo``.

    Raises:
        ValueError: the signature is of no form that is known here.
    """
    try:
        certificate = x509.load_der_x509_certificate(own)
    except x509.InvalidVersion as wrong:
        raise ValueError(type(wrong).__name__) from wrong
    accepted = SignatureConfiguration(
        location="./",
        expect_references=True,  # any number
        signature_methods=frozenset({SignatureMethod(algorithm)}),
        verification_time=certificate.not_valid_before_utc,
    )
    verifier = _OfSignature()
    try:
        verifier.verify(
            _with(signature, inherited),
            x509_cert=certificate,
            validate_schema=False,
            expect_config=accepted,
        )
    except InvalidSignature:
        return None
    except (SignXMLException, UnsupportedAlgorithm, etree.LxmlError, TypeError) as wrong:
        raise ValueError(type(wrong).__name__) from wrong
    if not verifier.signed_info:
        raise ValueError("Reference")
    return verifier.signed_info


def _with(signature: bytes, inherited: Mapping[str, str]) -> bytes:
    """libxml2 canonicalises ``SignedInfo`` as a document of its own, with nothing above it."""
    if not inherited:
        return signature
    root = etree.fromstring(signature)
    for info in root.iterfind(f"{_DSIG}SignedInfo"):
        for name, value in inherited.items():
            full = f"{_XML}{name.removeprefix('xml:')}"
            info.set(full, info.get(full, value))
    return etree.tostring(root)


def canonical_value(signature: bytes, method: Method) -> bytes:
    """``SignatureValue`` in canonical form, as a time stamp is made over it."""
    value = etree.fromstring(signature).find(f"{_DSIG}SignatureValue")
    if value is None:
        return b""
    return etree.tostring(
        value,
        method="c14n",
        exclusive=method.exclusive,
        with_comments=method.comments,
        inclusive_ns_prefixes=sorted(method.prefixes) or None,
    )
