"""Signatures as other programs make them: laid over one that was made here, for the same bytes."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
from asn1crypto import algos, cms, tsp, x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from tests.worlds.simulated_signing import Party

PLAIN_ECDSA_SHA256 = "0.4.0.127.0.7.1.1.4.1.3"
KIND_OF_KEY = "1.2.840.10045.2.1"  # id-ecPublicKey
NOBODY_KNOWS = "1.2.3.4.5.6.7"


def lay_over(
    signed: Path, made: Callable[[bytes], bytes], words: tuple[bytes, bytes] | None = None
) -> Path:
    """Put another CMS into the newest signature, made from the bytes that it covers.

    Args:
        words: a piece of the dictionary and what stands there instead, no longer than it.
    """
    data = signed.read_bytes()
    if words is not None:
        old, new = words
        at = data.rindex(old)
        data = data[:at] + new.ljust(len(old)) + data[at + len(old) :]
    with pikepdf.open(signed) as pdf:
        first, second, length = (int(one) for one in list(_value(pdf).ByteRange)[1:])
    covered = data[:first] + data[second : second + length]
    contents = made(covered).hex().encode().ljust(second - first - 2, b"0")
    signed.write_bytes(data[: first + 1] + contents + data[second - 1 :])
    return signed


def cms_of(
    who: Party,
    *,
    mechanism: str = "sha256_ecdsa",
    stored_first: str = "message_digest",
    sorted_value: bool = False,
    plain: bool = False,
    with_certificate: bool = True,
    of_digest: bool = False,
    carried: Callable[[bytes], bytes] | None = None,
) -> Callable[[bytes], bytes]:
    """Makes a CMS over given bytes, with attributes in either order.

    Args:
        stored_first: the attribute that stands first; ``content_type`` is where DER has it.
        sorted_value: the value is made over them in DER's order, else as they are stored.
        plain: the value is r and s side by side.
        of_digest: the CMS holds the SHA-1 digest of the bytes, as ``adbe.pkcs7.sha1`` does.
        carried: what the CMS holds of the bytes, and signs, though it should hold none.
    """

    def made(covered: bytes) -> bytes:
        content = covered
        if of_digest:
            content = hashlib.sha1(covered).digest()  # noqa: S324 - that is what is tested
        elif carried is not None:
            content = carried(covered)
        attributes = [
            cms.CMSAttribute({"type": "content_type", "values": ["data"]}),
            cms.CMSAttribute(
                {"type": "message_digest", "values": [hashlib.sha256(content).digest()]}
            ),
            cms.CMSAttribute({"type": "signing_certificate_v2", "values": [_named(who)]}),
        ]
        attributes.sort(key=lambda one: one["type"].native != stored_first)
        parts = [attribute.dump() for attribute in attributes]
        signed = _set_of(sorted(parts) if sorted_value else parts)
        assert isinstance(who.key, ec.EllipticCurvePrivateKey)
        value = who.key.sign(signed, ec.ECDSA(hashes.SHA256()))
        if plain:
            value = b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(value))
        return _packed(
            who,
            parts,
            value,
            mechanism,
            content if of_digest or carried is not None else None,
            with_certificate=with_certificate,
        )

    return made


def misspelt(made: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """The same CMS; it names another issuer of the signer's certificate, of the same number.

    So it is where node-forge encodes the letters of an issuer's name twice.
    """

    def remade(covered: bytes) -> bytes:
        told = cms.ContentInfo.load(made(covered))
        (signer,) = told["content"]["signer_infos"]
        sid = signer["sid"].chosen
        issuer = x509.Name.build(dict(sid["issuer"].native) | {"common_name": "Chá»©ng thá»±c"})
        named = {"issuer": issuer, "serial_number": sid["serial_number"].native}
        signer["sid"] = cms.SignerIdentifier("issuer_and_serial_number", named)
        return bytes(told.dump(force=True))

    return remade


def _named(who: Party) -> tsp.SigningCertificateV2:
    """The certificate by its digest, in 128 bytes: asn1crypto takes that length for none at all.

    It writes anew what it takes so, and the attributes above it in DER's order.
    """
    certs = [{"cert_hash": hashlib.sha256(who.der).digest()}]
    policies = [{"policy_identifier": "1.2" + ".1" * 83}]
    named = tsp.SigningCertificateV2({"certs": certs, "policies": policies})
    assert len(named.contents) == 128
    return named


def _packed(
    who: Party,
    attributes: list[bytes],
    value: bytes,
    mechanism: str,
    content: bytes | None,
    *,
    with_certificate: bool,
) -> bytes:
    certificate = x509.Certificate.load(who.der)
    others = [
        x509.Certificate.load(one.public_bytes(serialization.Encoding.DER)) for one in who.above
    ]
    signer: dict[str, Any] = {
        "version": "v1",
        "sid": cms.SignerIdentifier(
            "issuer_and_serial_number",
            {"issuer": certificate.issuer, "serial_number": certificate.serial_number},
        ),
        "digest_algorithm": {"algorithm": "sha256"},
        "signature_algorithm": algos.SignedDigestAlgorithm({"algorithm": mechanism}),
        "signature": value,
    }
    info = cms.SignerInfo(signer)
    stored = _set_of(attributes)
    info["signed_attrs"] = cms.CMSAttributes.load(stored)
    data = {
        "version": "v1",
        "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": {"content_type": "data"}
        | ({} if content is None else {"content": content}),
        "certificates": [certificate, *others] if with_certificate else others,
        "signer_infos": [info],
    }
    told = cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(data)})
    return bytes(told.dump())


def _set_of(parts: list[bytes]) -> bytes:
    held = b"".join(parts)
    size = len(held).to_bytes((len(held).bit_length() + 7) // 8, "big")
    if len(held) > 127:
        size = bytes([0x80 | len(size)]) + size
    return b"\x31" + size + held


def _value(pdf: pikepdf.Pdf) -> Any:
    """The newest."""
    return [field.V for field in pdf.Root.AcroForm.Fields if field.get("/FT") == "/Sig"][-1]
