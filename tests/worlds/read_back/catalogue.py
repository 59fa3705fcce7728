"""The catalogue record in the XML of a case file, as JSON has it."""

import json
from typing import Any

from lxml import etree

from archive_service.packaging.markup import parse_xml
from archive_service.packaging.reading_order.xml import NAMESPACE


def catalogue_in(document: bytes) -> Any:
    """The record; fails where there is none."""
    record = parse_xml(document).find(f"{{{NAMESPACE}}}record")
    assert record is not None
    return _read(record)


def _read(element: etree._Element) -> Any:
    match element.get("type"):
        case "none":
            return None
        case "row":
            return {each.get("name", ""): _read(each) for each in element.iterchildren()}
        case "list":
            return [_read(each) for each in element.iterchildren()]
        case "yes-or-no" | "number" | "escaped":
            return json.loads(element.text or "")
        case _:
            return element.text or ""
