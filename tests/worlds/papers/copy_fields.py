"""What a copy tells in XMP, as another program reads it."""

from lxml import etree

from archive_service.formats.copy_xmp import NAMESPACE


def read_copy_fields(packet: bytes) -> dict[str, str]:
    """Our fields and their values; RDF writes them as elements, or as attributes."""
    found: dict[str, str] = {}
    for element in etree.fromstring(packet).iter("{*}*"):
        name = etree.QName(element)
        if name.namespace == NAMESPACE:
            found[name.localname] = element.text or ""
        for key, value in element.attrib.items():
            attribute = etree.QName(key)
            if attribute.namespace == NAMESPACE:
                found[attribute.localname] = str(value)
    return found
