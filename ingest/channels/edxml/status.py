"""Status packets of QCVN 102: what is answered to the sender of a packet, as signed XML."""

import datetime as dt
from dataclasses import dataclass

from lxml import etree

from archive_service import clock, law
from archive_service.signing.port import Signer
from archive_service.signing.xml.signing import sign_xml
from ingest.channels.edxml.dialects import NAMESPACE

_RULES = law.CONFIG / "rule_sets" / "edxml_answers.toml"


@dataclass(frozen=True, slots=True)
class Status:
    """One answer: which packet, to whom, what became of it, since when."""

    package_id: str
    recipient: str
    sender: str
    sender_name: str
    status: str
    description: str
    at: dt.datetime


def statuses() -> dict[str, str]:
    """Step of ours → status code, as the rules map them."""
    return {str(row["code"]): str(row["status"]) for row in law.load_rule_set(_RULES).rows}


def status_packet(told: Status, signer: Signer) -> bytes:
    """The packet, signed with rsa-sha256.

    Raises:
        SigningKeyExpiredError, TokenAwayError, TokenPinError, TokenLockedError: see ``Signer``.
    """
    root = etree.Element(_name("edXML"), nsmap={"edXML": NAMESPACE})
    header = _under(_under(root, "edXMLEnvelope"), "edXMLHeader")
    message = _under(header, "MessageHeader")
    answered = _under(message, "ResponseFor")
    _text(answered, "OrganId", told.recipient)
    _text(answered, "DocumentId", told.package_id)
    sender = _under(message, "From")
    _text(sender, "OrganId", told.sender)
    _text(sender, "OrganName", told.sender_name)
    _text(_under(message, "To"), "OrganId", told.recipient)
    _text(message, "StatusCode", told.status)
    _text(message, "Description", told.description)
    written = clock.local(told.at).strftime("%Y/%m/%d %H:%M:%S")
    _text(message, "Timestamp", written)
    return sign_xml(root, header, signer).read()


def _name(local: str) -> str:
    return f"{{{NAMESPACE}}}{local}"


def _under(parent: etree._Element, local: str) -> etree._Element:
    return etree.SubElement(parent, _name(local))


def _text(parent: etree._Element, local: str, text: str) -> None:
    _under(parent, local).text = text
