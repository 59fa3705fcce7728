"""XML, Office and OpenDocument files signed as other programs sign them, digested by libxml2."""

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping, Sequence

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from tests.worlds.simulated_signing import Party

DSIG = "http://www.w3.org/2000/09/xmldsig#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_MORE = "http://www.w3.org/2001/04/xmldsig-more#"
RELATIONSHIPS = "http://schemas.openxmlformats.org/package/2006/RelationshipTransform"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
INVOICE = (
    '<HDon><DLHDon Id="data"><THDon>Hóa đơn giá trị gia tăng</THDon><TToan>6480000</TToan>'
    "</DLHDon><DSCKS><NBan></NBan></DSCKS></HDon>"
)
TEXT = "Tờ trình về việc sửa chữa trạm bơm Cầu Sậy"
DOCX: Mapping[str, str] = {
    "[Content_Types].xml": (
        '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="xml" ContentType="application/xml"/>'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/word/document.xml" ContentType="{_MAIN}"/></Types>'
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{RELATIONS}">'
        f'<Relationship Id="rId2" Type="{RELATIONS}/metadata/core-properties" '
        'Target="docProps/core.xml"/>'
        f'<Relationship Id="rId1" Type="{_OFFICE}/officeDocument" Target="word/document.xml"/>'
        "</Relationships>"
    ),
    "docProps/core.xml": "<core/>",
    "word/document.xml": (
        '<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">'
        f"<w:body><w:p><w:r><w:t>{TEXT}</w:t></w:r></w:p></w:body></w:document>"
    ),
}
ODT: Mapping[str, str] = {
    "mimetype": "application/vnd.oasis.opendocument.text",
    "META-INF/manifest.xml": (
        '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0" '
        'manifest:version="1.2"><manifest:file-entry manifest:full-path="/" '
        'manifest:version="1.2" manifest:media-type="application/vnd.oasis.opendocument.text"/>'
        "</manifest:manifest>"
    ),
    "content.xml": (
        '<?xml version="1.0" encoding="UTF-8"?>\n<office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2">'
        f"<office:body><office:text><text:p>{TEXT}</text:p></office:text></office:body>"
        "</office:document-content>"
    ),
    "Pictures/a.png": "no picture",
}


def signature(
    who: Party,
    references: Sequence[str],
    objects: str = "",
    name: str = "sig",
    *,
    inherited: str = "",
    method: str = C14N,
    before: Sequence[bytes] = (),
) -> str:
    """An XML signature with its default namespace, in inclusive canonical form, as .NET makes it.

    Args:
        references: each as a ``Reference`` element.
        objects: what stands in the signature behind its certificates.
        method: by which the references are written.
        before: certificates, DER, that stand before the signer's.
        inherited: attributes such as ``xml:lang="vi"`` of the elements around it.
    """
    key = who.key
    kind = "rsa" if not isinstance(key, ec.EllipticCurvePrivateKey) else "ecdsa"
    info = (
        f'<CanonicalizationMethod Algorithm="{method}"/>'
        f'<SignatureMethod Algorithm="{_MORE}{kind}-sha256"/>{"".join(references)}'
    )
    signed = canonical(f'<SignedInfo xmlns="{DSIG}" {inherited}>{info}</SignedInfo>')
    if isinstance(key, ec.EllipticCurvePrivateKey):
        pair = decode_dss_signature(key.sign(signed, ec.ECDSA(hashes.SHA256())))
        size = (key.curve.key_size + 7) // 8
        value = b"".join(number.to_bytes(size, "big") for number in pair)
    else:
        value = key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
    certificates = "".join(
        f"<X509Certificate>{_text(der)}</X509Certificate>"
        for der in (
            *before,
            *(one.public_bytes(Encoding.DER) for one in (who.certificate, *who.above)),
        )
    )
    return (
        f'<Signature xmlns="{DSIG}" Id="{name}"><SignedInfo>{info}</SignedInfo>'
        f"<SignatureValue>{_text(value)}</SignatureValue>"
        f"<KeyInfo><X509Data>{certificates}</X509Data></KeyInfo>{objects}</Signature>"
    )


def reference(uri: str, digested: bytes, transforms: str = "") -> str:
    """One reference, by SHA-256."""
    transforms = transforms and f"<Transforms>{transforms}</Transforms>"
    return (
        f'<Reference URI="{uri}">{transforms}<DigestMethod Algorithm="{_SHA256}"/>'
        f"<DigestValue>{_text(hashlib.sha256(digested).digest())}</DigestValue></Reference>"
    )


def transform(algorithm: str, more: str = "") -> str:
    """One transform of a reference."""
    return f'<Transform Algorithm="{algorithm}">{more}</Transform>'


def canonical(xml: str) -> bytes:
    """A whole document in inclusive canonical form."""
    return etree.tostring(etree.fromstring(xml.encode()), method="c14n")


def signed_invoice(who: Party, at: str = "2025-03-03T08:00:00+07:00") -> str:
    """An electronic invoice: the element ``data`` is signed, and the time beside it."""
    time = (
        '<Object Id="time"><SignatureProperties><SignatureProperty Target="sig">'
        f"<SigningTime>{at}</SigningTime></SignatureProperty></SignatureProperties></Object>"
    )
    data = INVOICE[INVOICE.index("<DLHDon") : INVOICE.index("<DSCKS")]
    references = [
        reference("#data", canonical(data), transform(C14N)),
        reference("#time", canonical(time.replace("<Object", f'<Object xmlns="{DSIG}"', 1))),
    ]
    return INVOICE.replace("<NBan>", f"<NBan>{signature(who, references, time)}")


def enveloped_invoice(who: Party) -> str:
    """An electronic invoice whose signature is left out of ``data``, in which it does not stand."""
    data = INVOICE[INVOICE.index("<DLHDon") : INVOICE.index("<DSCKS")]
    way = transform(f"{DSIG}enveloped-signature") + transform(C14N)
    made = signature(who, [reference("#data", canonical(data), way)])
    return INVOICE.replace("<NBan>", f"<NBan>{made}")


def signed_whole(who: Party, method: str = C14N) -> str:
    """A document that is signed as a whole, all signatures left out of it."""
    text = "<VanBan><SoHieu>12/QĐ-UBND</SoHieu></VanBan>"
    subtract = (
        '<XPath xmlns="http://www.w3.org/2002/06/xmldsig-filter2" Filter="subtract" '
        f'xmlns:ds="{DSIG}">/descendant::ds:Signature</XPath>'
    )
    way = transform("http://www.w3.org/2002/06/xmldsig-filter2", subtract) + transform(method)
    made = signature(who, [reference("", canonical(text), way)])
    return text.replace("</VanBan>", f"{made}</VanBan>")


def signed_in_a_language(who: Party) -> str:
    """A document whose language stands above its signature, as xmlsec1 signs and verifies it."""
    language = 'xml:lang="vi"'
    text = f"<VanBan {language}><SoHieu>12/QĐ-UBND</SoHieu></VanBan>"
    way = transform(f"{DSIG}enveloped-signature") + transform(C14N)
    made = signature(who, [reference("", canonical(text), way)], inherited=language)
    return text.replace("</VanBan>", f"{made}</VanBan>")


def signed_docx(who: Party, parts: Mapping[str, str] = DOCX) -> bytes:
    """A Word document with a signature of Office."""
    related = (
        f'<Relationships xmlns="{RELATIONS}"><Relationship Id="rId1" Target="word/document.xml" '
        f'TargetMode="Internal" Type="{_OFFICE}/officeDocument"></Relationship></Relationships>'
    )
    chosen = (
        "<mdssi:RelationshipReference "
        'xmlns:mdssi="http://schemas.openxmlformats.org/package/2006/digital-signature" '
        'SourceId="rId1"/>'
    )
    listed = reference(
        "/_rels/.rels?ContentType=application/vnd.openxmlformats-package.relationships+xml",
        canonical(related),
        transform(RELATIONSHIPS, chosen) + transform(C14N),
    ) + reference(f"/word/document.xml?ContentType={_MAIN}", parts["word/document.xml"].encode())
    return office_signed(who, listed, parts)


def office_signed(who: Party, listed: str, parts: Mapping[str, str] = DOCX) -> bytes:
    """An Office file with a signature over what these references of its manifest list."""
    manifest = f'<Object Id="idPackageObject"><Manifest>{listed}</Manifest></Object>'
    named = canonical(manifest.replace("<Object", f'<Object xmlns="{DSIG}"', 1))
    made = signature(who, [reference("#idPackageObject", named)], manifest, "idPackageSignature")
    return packed({**parts, "_xmlsignatures/sig1.xml": made})


def signed_odt(who: Party) -> bytes:
    """A text of OpenDocument with a signature of LibreOffice."""
    references = [
        reference("content.xml", canonical(ODT["content.xml"]), transform(C14N)),
        reference("Pictures/a.png", ODT["Pictures/a.png"].encode()),
    ]
    made = f"<document-signatures>{signature(who, references)}</document-signatures>"
    return packed({**ODT, "META-INF/documentsignatures.xml": made})


def packed(parts: Mapping[str, str | bytes]) -> bytes:
    """A ZIP of the parts."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as package:
        for name, text in parts.items():
            way = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            package.writestr(name, text, way)
    return into.getvalue()


def changed(package: bytes, name: str, text: str | bytes) -> bytes:
    """The package with another text in one part, or with that part."""
    with zipfile.ZipFile(io.BytesIO(package)) as held:
        parts: dict[str, str | bytes] = {each: held.read(each) for each in held.namelist()}
    return packed({**parts, name: text})


def part(package: bytes, name: str) -> str:
    """The text of one part."""
    with zipfile.ZipFile(io.BytesIO(package)) as held:
        return held.read(name).decode()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
