"""How other programs spell the elements of a packet, brought to the words of QCVN 102:2016.

Names are known whatever their case and namespace, "Business" as well as "Bussiness". The form
before the standard (schema of e-doc.vn) is a SOAP envelope with names of its own.
"""

from collections.abc import Iterator

from archive_service.signing.xml.tree import Node

NAMESPACE = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
EARLIER = "http://www.e-doc.vn/Schema/"

_ORGAN = "OrganId OrganizationInCharge OrganName OrganAdd Email Telephone Fax Website"
_STAFF = "Department Staff Email Mobile"
_BELOW = {  # element: what may stand in it
    "edXMLEnvelope": "edXMLHeader edXMLBody",
    "edXMLHeader": "MessageHeader TraceHeaderList Signature DigitalSignature ErrorList Bussiness",
    "MessageHeader": "From To DocumentId Code PromulgationInfo DocumentType Subject Content"
    " SignerInfo DueDate ToPlaces OtherInfo ResponseFor SteeringType StatusCode Description"
    " Timestamp StaffInfo Bussiness",
    "From": _ORGAN,
    "To": _ORGAN,
    "Code": "CodeNumber CodeNotation",
    "PromulgationInfo": "Place PromulgationDate",
    "DocumentType": "Type TypeName TypeDetail",
    "SignerInfo": "Competence Position FullName",
    "ToPlaces": "Place",
    "OtherInfo": "Priority SphereOfPromulgation TyperNotation PromulgationAmount PageAmount"
    " Direction Appendixes Secret",
    "Appendixes": "Appendix",
    "ResponseFor": "OrganId Code PromulgationDate DocumentId",
    "TraceHeaderList": "TraceHeader Bussiness",
    "TraceHeader": "OrganId Timestamp Sender Receiver",
    "Sender": _ORGAN,
    "Receiver": f"{_ORGAN} ReceiverType",
    "Bussiness": "DocumentId BussinessDocType BussinessDocReason Paper BussinessDocumentInfo"
    " ReplacementInfoList StaffInfo",
    "BussinessDocumentInfo": "DocumentInfo DocumentReceiver ReceiverList",
    "ReceiverList": "Receiver",
    "ReplacementInfoList": "ReplacementInfo",
    "ReplacementInfo": "DocumentId OrganIdList",
    "OrganIdList": "OrganId",
    "StaffInfo": _STAFF,
    "edXMLBody": "edXMLManifest",
    "edXMLManifest": "Reference",
    "Reference": "ContentId AttachmentName Description ContentType",
    "Attachment": "ContentType ContentId Description ContentTransferEncoded AttachmentName",
}
_KNOWN = {above: {name.lower(): name for name in below.split()} for above, below in _BELOW.items()}
_ANYWHERE = {
    name.lower(): name
    for name in ("edXML", "edXMLEnvelope", "AttachmentEncoded", "Attach", "Attachment")
}
_OTHERWISE = {  # (element above, as it is spelled): what the standard calls it
    ("", "envelope"): "edXMLEnvelope",
    ("edXML", "envelope"): "edXMLEnvelope",
    ("edXMLEnvelope", "header"): "edXMLHeader",
    ("edXMLEnvelope", "body"): "edXMLBody",
    ("edXMLBody", "manifest"): "edXMLManifest",
    ("MessageHeader", "type"): "DocumentType",
    ("MessageHeader", "author"): "SignerInfo",
    ("PromulgationInfo", "date"): "PromulgationDate",
    ("DocumentType", "value"): "Type",
    ("DocumentType", "description"): "TypeName",
    ("SignerInfo", "function"): "Position",
    ("Attachment", "name"): "AttachmentName",
    ("Attachment", "filename"): "AttachmentName",
    ("Attachment", "value"): "ContentTransferEncoded",
    ("Attachment", "content"): "ContentTransferEncoded",
}


def named(local: str, above: str) -> str:
    """What the standard calls an element of this name below another; else the name as it is."""
    spelled = local.lower()
    if spelled.startswith("business"):
        spelled = spelled.replace("business", "bussiness", 1)
    other = _OTHERWISE.get((above, spelled))
    return other or _KNOWN.get(above, {}).get(spelled) or _ANYWHERE.get(spelled, local)


def unknown_in(node: Node, path: str = "") -> Iterator[str]:
    """Paths of elements that are not known where they stand, and say something."""
    known = _KNOWN.get(node.name)
    for child in node.children:
        at = f"{path}{child.name}"
        if known is None or child.name.lower() not in known:
            if known is not None and _says(child):
                yield at
            continue
        yield from unknown_in(child, f"{at}/")


def _says(node: Node) -> bool:
    return bool(node.text) or any(_says(child) for child in node.children)
