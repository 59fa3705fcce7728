"""Small XML documents of ours, signed: enveloped XML-DSig with rsa-sha256, read back at once."""

import base64
import hashlib
from collections.abc import Iterable
from itertools import chain

from lxml import etree

from archive_service import clock
from archive_service.domain.kept_document import Kept
from archive_service.signing.port import SignatureBrokenError, Signer
from archive_service.signing.trust.roots import Trust
from archive_service.signing.xml.canonical import C14N
from archive_service.signing.xml.events import read_events
from archive_service.signing.xml.finder import DSIG, SignatureFinder
from archive_service.signing.xml.references import ENVELOPED, SHA256
from archive_service.signing.xml.signature import check_signature
from archive_service.signing.xml.value import RSA_SHA256


def sign_xml(
    root: etree._Element, parent: etree._Element, signer: Signer, *, more: Iterable[bytes] = ()
) -> Kept:
    """Put the signature into ``parent``, a part of ``root``; the whole document.

    Args:
        more: further elements at the end of ``root``, in canonical form: so many that neither a
            tree nor the bytes of them are made whole.

    Raises:
        SignatureBrokenError: what was signed does not verify, as with a key that is not RSA.
        SigningKeyExpiredError, TokenAwayError, TokenPinError, TokenLockedError: see ``Signer``.
    """
    whole = etree.tostring(root, method="c14n", with_comments=False)
    end = whole[whole.rindex(b"</") :]
    digest = hashlib.sha256(whole.removesuffix(end))
    behind = Kept.of(more)
    for piece in chain(behind, [end]):
        digest.update(piece)
    signature = etree.SubElement(parent, _name("Signature"), nsmap={"ds": DSIG})
    signed = etree.SubElement(signature, _name("SignedInfo"))
    _algorithm(signed, "CanonicalizationMethod", C14N)
    _algorithm(signed, "SignatureMethod", RSA_SHA256)
    reference = etree.SubElement(signed, _name("Reference"), URI="")
    transforms = etree.SubElement(reference, _name("Transforms"))
    _algorithm(transforms, "Transform", ENVELOPED)
    _algorithm(transforms, "Transform", C14N)
    _algorithm(reference, "DigestMethod", SHA256)
    _add_value(reference, "DigestValue", digest.digest())
    written = etree.tostring(signed, method="c14n", with_comments=False)
    _add_value(signature, "SignatureValue", signer.sign_bytes(written))
    data = etree.SubElement(etree.SubElement(signature, _name("KeyInfo")), _name("X509Data"))
    for der in (signer.certificate.der, *signer.certificate.chain):
        _add_value(data, "X509Certificate", der)
    written = etree.tostring(root, encoding="utf-8", xml_declaration=True).removesuffix(end)
    document = Kept.of(chain([written], behind, [end]))
    _require_whole(document)
    return document


def _require_whole(document: Kept) -> None:
    finder = SignatureFinder()
    read_events(document.open(), finder)
    found = finder.found[-1]
    report = check_signature(document.open, found, Trust.none(), at=clock.now())
    if not (report.intact and report.valid):
        raise SignatureBrokenError(field="Signature", reason=report.trouble or "xml-dsig")


def _name(local: str) -> str:
    return f"{{{DSIG}}}{local}"


def _algorithm(parent: etree._Element, local: str, algorithm: str) -> None:
    etree.SubElement(parent, _name(local), Algorithm=algorithm)


def _add_value(parent: etree._Element, local: str, value: bytes) -> None:
    etree.SubElement(parent, _name(local)).text = base64.b64encode(value).decode()
