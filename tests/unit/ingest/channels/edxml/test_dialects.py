"""Packets as other programs spell them: what is understood is taken, the rest is told by name."""

import base64
import io
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from archive_service.domain.intake.finding import Severity
from archive_service.settings import LimitSettings, load_settings
from archive_service.signing.trust.roots import Trust
from ingest.channels.edxml.dialects import NAMESPACE
from ingest.channels.edxml.packet import Errand
from ingest.channels.edxml.parcel import OpenedPacket, open_packet
from ingest.channels.edxml.read import PacketUnknownError, is_packet
from ingest.checks.secrecy_findings import secrecy_findings
from tests.worlds.ingest.edxml import Enclosed, PacketOf

PDF = b"%PDF-1.7 one page of content\n" * 40
LETTER = Enclosed("15-CV-SNV.pdf", PDF)
Opened = Callable[[bytes], OpenedPacket]
EARLIER = """<?xml version="1.0" encoding="utf-8"?>
<SOAP-ENV:Envelope xmlns:SOAP-ENV="http://schemas.xmlsoap.org/soap/envelope/"
  xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:edXML="http://www.e-doc.vn/Schema/">
 <SOAP-ENV:Header><edXML:MessageHeader OriginalBodyRequested="false">
  <edXML:From><edXML:OrganId edXML:type="edXMLString">000.00.12.H40</edXML:OrganId>
   <edXML:OrganName>Sở Nội vụ</edXML:OrganName></edXML:From>
  <edXML:To><edXML:OrganId>H40.18</edXML:OrganId></edXML:To>
  <edXML:DocumentId>
     1234
  </edXML:DocumentId>
  <edXML:Code><edXML:CodeNumber>02</edXML:CodeNumber>
   <edXML:CodeNotation>UBND-TTTH</edXML:CodeNotation></edXML:Code>
  <edXML:PromulgationInfo><edXML:Place>Nam Định</edXML:Place>
   <edXML:Date>05/09/2014 12:00:00 SA</edXML:Date></edXML:PromulgationInfo>
  <edXML:type><value>3</value><description>Công văn</description></edXML:type>
  <edXML:Subject>Về việc họp</edXML:Subject>
  <edXML:Author><edXML:Competence>KT.</edXML:Competence><edXML:Function>CHỦ TỊCH</edXML:Function>
   <edXML:FullName>Trần Văn An</edXML:FullName></edXML:Author>
  <edXML:OtherInfo><edXML:Secret>{secret}</edXML:Secret><edXML:ContactInfo>0228</edXML:ContactInfo>
   <edXML:PageAmount>1</edXML:PageAmount></edXML:OtherInfo></edXML:MessageHeader>
  <edXML:TraceHeaderList><edXML:TraceHeader>
   <edXML:Sender><edXML:OrganId>000.00.12.H40</edXML:OrganId></edXML:Sender>
   <edXML:Timestamp>2014-09-05T21:19:35Z</edXML:Timestamp></edXML:TraceHeader>
  </edXML:TraceHeaderList></SOAP-ENV:Header>
 <SOAP-ENV:Body><edXML:Manifest edXML:version="1.0">
  <edXML:Reference xlink:href="cid:att1@example.com">
   <edXML:AttachmentName>hop.pdf</edXML:AttachmentName>
  </edXML:Reference></edXML:Manifest>
  <edXML:document><edXML:attach>
   <edXML:attachment Content-Type="application/pdf"><name>hop.pdf</name><value>{content}</value>
  </edXML:attachment></edXML:attach></edXML:document></SOAP-ENV:Body></SOAP-ENV:Envelope>"""


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[Opened]:
    limits: LimitSettings = load_settings(tmp_path).limits
    held: list[OpenedPacket] = []

    def open_it(content: bytes) -> OpenedPacket:
        source = tmp_path / "goi-tin.edxml"
        source.write_bytes(content)
        found = open_packet(source, source.name, limits, Trust.none(), folder=tmp_path)
        held.append(found)
        return found

    yield open_it
    for one in held:
        with one.parcel:
            pass


def told_of(found: OpenedPacket) -> dict[str, dict[str, object]]:
    """Facts by code."""
    given = ("edxml-received", "edxml-unsigned")
    return {one.code: one.facts for one in found.parcel.findings if one.code not in given}


def letter_of(found: OpenedPacket) -> bytes:
    with found.parcel.entries[0].open() as source:
        return source.read()


def earlier(secret: str) -> bytes:
    return EARLIER.format(secret=secret, content=base64.b64encode(PDF).decode()).encode()


def _lower(packet: bytes) -> bytes:
    for name in (b"DocumentId", b"OrganId", b"Subject", b"ContentId", b"AttachmentName"):
        packet = packet.replace(name, name.lower())
    return packet


@pytest.mark.parametrize(
    "spelled",
    [
        lambda packet: packet.replace(b"Bussiness", b"Business"),
        _lower,
        lambda packet: packet.replace(NAMESPACE.encode(), NAMESPACE.encode() + b"/"),
        lambda packet: packet.replace(b' xmlns="%b"' % NAMESPACE.encode(), b""),
        lambda packet: packet.replace(b"<ContentId>cid:7b1f", b"<ContentId>&lt;CID:7B1F"),
        lambda packet: packet.replace(b"<ContentId>cid:7b1f", b"<ContentId>{7b1f"),
    ],
)
def test_elements_are_known_however_they_are_spelled(
    opened: Opened, spelled: Callable[[bytes], bytes]
) -> None:
    packet = PacketOf(errand="3", reason="Sai số", replaced=["X,1"], attachments=[LETTER])
    found = opened(spelled(packet.xml()))
    assert (found.told.errand, found.told.reason) == (Errand.REPLACEMENT, "Sai số")
    assert found.told.targets == ("X,1",)
    assert found.told.fields["subject"] == packet.subject
    assert letter_of(found) == PDF
    assert told_of(found) == {}


def test_a_packet_may_begin_with_its_envelope(opened: Opened) -> None:
    whole = PacketOf(attachments=[LETTER]).xml()
    start, end = whole.index(b"<edXMLEnvelope"), whole.index(b"<AttachmentEncoded")
    attachments = whole[end : whole.index(b"</edXML>", end)]
    envelope = whole[start:end].replace(b"</edXMLEnvelope>", attachments + b"</edXMLEnvelope>")
    found = opened(envelope)
    assert (letter_of(found), told_of(found)) == (PDF, {})
    assert is_packet(io.BytesIO(envelope))


def test_the_form_before_the_standard_is_read(opened: Opened) -> None:
    found = opened(earlier("Thường"))
    fields = found.told.fields
    assert {name: fields[name] for name in ("docId", "codeNumber", "issuedDate", "typeName")} == {
        "docId": "1234",
        "codeNumber": "02",
        "issuedDate": "2014-09-05",
        "typeName": "22",
    }
    assert (fields["signer"], fields["signerPosition"]) == ("Trần Văn An", "KT. CHỦ TỊCH")
    assert fields["sentAt"] == "2014-09-06T04:19:35+07:00"
    assert letter_of(found) == PDF
    assert is_packet(io.BytesIO(earlier("")))
    assert told_of(found) == {
        "edxml-elements-unknown": {
            "names": "edXMLHeader/MessageHeader/OtherInfo/ContactInfo",
            "count": 1,
        }
    }


@pytest.mark.parametrize("degree", ["Mật", "Tối mật", "TUYỆT MẬT"])
def test_a_level_of_secrecy_that_a_packet_names_stands_at_the_door(
    opened: Opened, degree: str
) -> None:
    declaration = opened(earlier(degree)).parcel.declaration
    assert declaration is not None
    (refused,) = secrecy_findings(declaration.case_files[0])
    assert (refused.code, refused.severity) == ("state-secret", Severity.ERROR)


def test_a_level_that_nobody_knows_is_told(opened: Opened) -> None:
    assert told_of(opened(earlier("2")))["edxml-secrecy"] == {"value": "2"}


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("01/08/2025", "2025-08-01"),
        ("1-8-2025", "2025-08-01"),
        ("2025-08-01T00:00:00", "2025-08-01"),
        ("2025-08-01T00:00:00.000+07:00", "2025-08-01"),
        ("2025-07-31T17:00:00.000Z", "2025-08-01"),
        ("2025/08/01 00:00:00", "2025-08-01"),
        ("12/31/2025", "12/31/2025"),
    ],
)
def test_days_are_read_in_each_form(opened: Opened, written: str, day: str) -> None:
    assert opened(PacketOf(issued=written).xml()).told.fields["issuedDate"] == day


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("01/08/2025 09:30:00", "2025-08-01T09:30:00+07:00"),
        ("01/08/2025 9:30:00 CH", "2025-08-01T21:30:00+07:00"),
        ("01/08/2025 12:05:00 SA", "2025-08-01T00:05:00+07:00"),
        ("2025-08-01T09:30:00.1234567+07:00", "2025-08-01T09:30:00+07:00"),
        ("2025-08-01T02:30:00Z", "2025-08-01T09:30:00+07:00"),
        ("2025/08/01 09:30", "2025-08-01T09:30:00+07:00"),
    ],
)
def test_times_are_read_in_each_form(opened: Opened, written: str, moment: str) -> None:
    found = opened(PacketOf(sent_at=written, attachments=[LETTER]).xml())
    assert (found.told.fields["sentAt"], told_of(found)) == (moment, {})


@pytest.mark.parametrize(
    "written",
    [
        *("8/1/2025 9:30:00 PM", "32/13/2025 10:00", "1754015400000"),
        *("2025-08-01T09:30:00+25:00", "2025-08-01T09:30:00+07:60"),
    ],
)
def test_a_time_that_is_not_read_is_told(opened: Opened, written: str) -> None:
    found = opened(PacketOf(sent_at=written, attachments=[LETTER]).xml())
    assert found.told.sent_at is None
    assert told_of(found) == {"edxml-time": {"value": written}}


@pytest.mark.parametrize(("written", "kept"), [("9" * 5000, "9" * 5000), ("00", "")])
def test_a_number_of_pages_of_any_length_is_read(opened: Opened, written: str, kept: str) -> None:
    amount = b"<PageAmount>%b</PageAmount>" % written.encode()
    packet = PacketOf().xml().replace(b"<PageAmount>1</PageAmount>", amount)
    assert opened(packet).told.fields["numberOfPage"] == kept


def test_another_message_in_an_envelope_is_no_packet(opened: Opened) -> None:
    soap = b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body/></s:Envelope>'
    assert not is_packet(io.BytesIO(soap))
    with pytest.raises(PacketUnknownError):
        opened(soap)
