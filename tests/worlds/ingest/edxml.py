"""Packets as document systems send them (QCVN 102:2016): element by element as in its samples."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, pkcs12
from cryptography.x509 import Certificate
from lxml import etree
from signxml.algorithms import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConstructionMethod,
    SignatureMethod,
)
from signxml.signer import XMLSigner

from tests.worlds.simulated_signing import Party

NAMESPACE = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
_DSIG = "http://www.w3.org/2000/09/xmldsig#"
SENDER, RECEIVER = "000.00.12.H40", "H40.18"


@dataclass
class Enclosed:
    """An attachment; ``listed`` and ``brought`` say where it stands, ``encoded`` spoils it."""

    name: str
    content: bytes = b""
    cid: str = ""
    media_type: str = "application/pdf"
    listed: bool = True
    brought: bool = True
    encoded: str | None = None


@dataclass
class PacketOf:
    """One packet; ``errand`` is its BussinessDocType, ``None`` leaves the business out."""

    document_id: str = "000.00.12.H40,2025/08/01,15/CV-SNV"
    number: str = "15"
    notation: str = "CV-SNV"
    issued: str = "2025/08/01"
    type_name: str = "Công văn"
    subject: str = "Về việc giao nộp hồ sơ năm 2025"
    priority: str = "1"
    sender: str = SENDER
    receiver: str = RECEIVER
    sent_at: str = "2025/08/01 09:30:00"
    errand: str | None = "0"
    reason: str = ""
    replaced: Sequence[str] = ()
    status: str = ""
    response_for: str = ""
    appendixes: Sequence[str] = ()
    attachments: list[Enclosed] = field(default_factory=list)
    prefix: str | None = None

    def root(self) -> etree._Element:
        """The whole packet as a tree."""
        root = etree.Element(f"{{{NAMESPACE}}}edXML", nsmap={self.prefix: NAMESPACE})  # type: ignore[dict-item]  # None: no prefix
        envelope = _under(root, "edXMLEnvelope")
        header = _under(envelope, "edXMLHeader")
        self._message(_under(header, "MessageHeader"))
        if self.errand is not None:
            self._trace(_under(header, "TraceHeaderList"))
        manifest = _under(_under(envelope, "edXMLBody"), "edXMLManifest", version="1.0")
        encoded = _under(root, "AttachmentEncoded")
        for number, enclosed in enumerate(self.attachments, start=1):
            cid = enclosed.cid or f"cid:7b1f0a52-0000-4000-8000-{number:012}"
            if enclosed.listed:
                reference = _under(manifest, "Reference", version="1.0")
                _all(
                    reference,
                    ContentId=cid,
                    AttachmentName=enclosed.name,
                    Description=enclosed.name,
                )
            if enclosed.brought:
                attachment = _under(encoded, "Attachment")
                content = enclosed.encoded or base64.encodebytes(enclosed.content).decode()
                _all(
                    attachment, ContentType=enclosed.media_type, ContentId=cid.removeprefix("cid:")
                )
                _all(attachment, AttachmentName=enclosed.name, ContentTransferEncoded=content)
        return root

    def xml(self) -> bytes:
        """The packet as it is sent, without a signature."""
        return etree.tostring(self.root(), encoding="utf-8", xml_declaration=True)

    def _message(self, message: etree._Element) -> None:
        _all(_under(message, "From"), OrganId=self.sender, OrganName="Sở Nội vụ tỉnh Nam Định")
        _all(_under(message, "To"), OrganId=self.receiver, OrganName="Sở Giao thông vận tải")
        if self.status:
            _all(message, StatusCode=self.status, Description=self.reason, Timestamp=self.sent_at)
            _all(_under(message, "ResponseFor"), DocumentId=self.response_for)
            return
        _all(message, DocumentId=self.document_id)
        _all(_under(message, "Code"), CodeNumber=self.number, CodeNotation=self.notation)
        issued = _under(message, "PromulgationInfo")
        _all(issued, Place="Nam Định", PromulgationDate=self.issued)
        _all(_under(message, "DocumentType"), Type="1", TypeName=self.type_name)
        _all(message, Subject=self.subject, Content=self.subject)
        signer = _under(message, "SignerInfo")
        _all(signer, Competence="KT.", Position="PHÓ GIÁM ĐỐC", FullName="Trần Thị Minh Hà")
        _all(message, DueDate="2025/08/15")
        _all(_under(message, "ToPlaces"), Place="Như trên")
        other = _under(message, "OtherInfo")
        _all(other, Priority=self.priority, SphereOfPromulgation="Tỉnh", PromulgationAmount="5")
        _all(other, PageAmount="1")
        listed = _under(other, "Appendixes")
        for name in self.appendixes:
            _all(listed, Appendix=name)
        _all(message, SteeringType="0")

    def _trace(self, traces: etree._Element) -> None:
        trace = _under(traces, "TraceHeader")
        _all(trace, OrganId=self.sender, Timestamp=self.sent_at)
        business = _under(traces, "Bussiness")
        _all(business, BussinessDocType=self.errand or "0", BussinessDocReason=self.reason)
        _all(business, Paper="0")
        infos = _under(business, "ReplacementInfoList")
        for document_id in self.replaced:
            info = _under(infos, "ReplacementInfo")
            _all(info, DocumentId=document_id)
            _all(_under(info, "OrganIdList"), OrganId=self.receiver)
        _all(_under(business, "StaffInfo"), Department="Văn thư", Staff="Lê Văn Bình")


class _OldSigner(XMLSigner):
    """signxml as it signed while SHA-1 was still allowed."""

    def check_deprecated_methods(self) -> None:
        """Old packets bear it."""


def signed(packet: PacketOf, key_file: Path, *, digest: str = "sha256") -> bytes:
    """The packet with the enveloped signature of its header, made by signxml."""
    phrase = key_file.with_suffix(".pass").read_bytes().strip()
    key, own, chain = pkcs12.load_key_and_certificates(key_file.read_bytes(), phrase)
    if key is None or own is None:
        raise ValueError(f"no key in {key_file}")
    return _signed(packet, key, (own, *chain), digest=digest)


def signed_by(packet: PacketOf, who: Party, *, part: bool = False) -> bytes:
    """As ``signed``, by a party of a simulated hierarchy; ``part``: its header alone is signed."""
    return _signed(packet, who.key, (who.certificate, *who.above), part=part)


def _signed(
    packet: PacketOf,
    key: Any,
    chain: Sequence[Certificate],
    *,
    digest: str = "sha256",
    part: bool = False,
) -> bytes:
    signer = _OldSigner(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=SignatureMethod[f"RSA_{digest.upper()}"],
        digest_algorithm=DigestAlgorithm[digest.upper()],
        c14n_algorithm=CanonicalizationMethod.CANONICAL_XML_1_0,
    )
    root = packet.root()
    etree.SubElement(root[0][0], f"{{{_DSIG}}}Signature", Id="placeholder")
    pem = b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain)
    if part:
        root[0][0][0].set("Id", "message")
    uri = "#message" if part else None
    made = signer.sign(root, key=key, cert=pem.decode(), reference_uri=uri)
    return etree.tostring(made, encoding="utf-8", xml_declaration=True)


def _under(parent: etree._Element, name: str, **attributes: str) -> etree._Element:
    return etree.SubElement(parent, f"{{{NAMESPACE}}}{name}", attributes)


def _all(parent: etree._Element, **texts: str) -> None:
    for name, text in texts.items():
        _under(parent, name).text = text
