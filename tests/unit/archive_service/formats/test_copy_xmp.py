"""Fields of the circular in XMP: with their description, taken out again, judged by it."""

import pytest

from archive_service.formats.copy_xmp import (
    NAMESPACE,
    add_copy_fields,
    without_copy_fields,
    wrong_copy_fields,
)
from tests.worlds.papers.copy_fields import read_copy_fields

PACKET = b"""<?xpacket begin="\xef\xbb\xbf" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/" x:xmptk="test">
 <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
  <rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" rdf:about="">
   <dc:format>application/pdf</dc:format>
  </rdf:Description>
 </rdf:RDF>
</x:xmpmeta>
<?xpacket end="w"?>"""
FIELDS = {
    "fileCode": "H40.18.2025.09.QLCT",
    "docOrdinal": "3",
    "organName": "Sở Công trình <tỉnh> & huyện",
    "issuedDate": "2025-03",
}


def test_fields_come_back_as_they_were_given() -> None:
    assert read_copy_fields(add_copy_fields(PACKET, FIELDS)) == FIELDS


def test_every_field_is_described_and_is_what_its_description_says() -> None:
    packet = add_copy_fields(PACKET, FIELDS)
    assert wrong_copy_fields(packet) == []
    assert packet.count(b"pdfaProperty:name>") == packet.count(b"pdfaProperty:valueType>") > 20


def test_without_them_the_packet_is_as_before() -> None:
    bare = without_copy_fields(add_copy_fields(PACKET, FIELDS))
    assert NAMESPACE.encode() not in bare
    assert b"pdfaExtension" not in bare
    assert b"application/pdf" in bare


def test_a_second_call_replaces_the_first() -> None:
    twice = add_copy_fields(add_copy_fields(PACKET, FIELDS), {"fileCode": "H40.20.2025.01"})
    assert read_copy_fields(twice) == {"fileCode": "H40.20.2025.01"}
    assert twice.count(b"pdfaExtension:schemas>") == 2  # opened and closed


@pytest.mark.parametrize("day", ["không rõ", "2025-3", "05/03/2025", ""])
def test_a_date_that_xmp_has_no_form_for_is_left_out(day: str) -> None:
    assert "issuedDate" not in read_copy_fields(add_copy_fields(PACKET, {"issuedDate": day}))


def test_a_field_that_is_not_what_its_description_says_is_named() -> None:
    packet = add_copy_fields(PACKET, FIELDS)
    assert wrong_copy_fields(packet.replace(b">3<", b">ba<")) == ["docOrdinal"]
    assert wrong_copy_fields(packet.replace(b"copy:fileCode", b"copy:fileKode")) == ["fileKode"]


def test_what_is_no_packet_is_said_to_be_none() -> None:
    for data in (b"", b"<a/>", b"\x00\x01"):
        with pytest.raises(ValueError, match="no XMP packet"):
            wrong_copy_fields(data)
