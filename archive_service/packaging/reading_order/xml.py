"""``case export --form xml``: data, documents in order of time and history as one XML document.

At its end stands the catalogue record, row by row: nothing that the archive knows is left out.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from lxml import etree

from archive_service.packaging.markup import (
    SOFTWARE_NAME,
    child,
    moment,
    new_root,
    xml_bytes,
    xml_text,
)
from archive_service.packaging.model import Package, PackageDocument, PremisEvent
from archive_service.packaging.reading_order.content import in_time_order

NAMESPACE = "urn:archive-service:case-file:1"  # its schema: schemas/case_file.xsd


def case_xml(package: Package, *, history: Sequence[PremisEvent]) -> bytes:
    """The document. Fields have the names of the circular or of a sheet, dates are ISO 8601."""
    root = new_root("caseFile", NAMESPACE)
    root.set("id", package.ocfl_id)
    root.set("agency", package.agency_code)
    root.set("fonds", package.fonds_code)
    root.set("archive", package.archive_code)
    child(root, "label", package.label)
    if package.creator:
        child(root, "creator", package.creator)
    if package.fonds:
        _fields(child(root, "fonds"), package.fonds)
    _fields(root, {**package.sheet_fields, **package.fields})
    documents = child(root, "documents")
    for document in in_time_order(package):
        _document(documents, document)
    events = child(root, "history")
    for event in sorted(history, key=lambda each: each.at):
        element = child(events, "event", type=event.type, at=moment(event.at))
        element.set("agent", event.agent or SOFTWARE_NAME)
        element.set("outcome", event.outcome)
        child(element, "detail", event.detail)
        child(element, "note", event.outcome_note)
    if package.catalogue is not None:
        _value(root, "record", json.loads(package.catalogue))
    return xml_bytes(root)


def _value(parent: etree._Element, tag: str, value: Any, **name: str) -> None:
    """A value of JSON: a row has named values, a list has items, a figure says what it is."""
    match value:
        case None:
            child(parent, tag, **name, type="none")
        case dict():
            row = child(parent, tag, **name, type="row")
            for key, each in value.items():
                _value(row, "value", each, name=key)
        case list():
            row = child(parent, tag, **name, type="list")
            for each in value:
                _value(row, "item", each)
        case str() if xml_text(value) == value:
            child(parent, tag, value, **name)
        case str():  # signs that XML cannot hold
            child(parent, tag, json.dumps(value), **name, type="escaped")
        case _:
            kind = "yes-or-no" if isinstance(value, bool) else "number"
            child(parent, tag, json.dumps(value), **name, type=kind)


def _fields(parent: etree._Element, fields: Mapping[str, str]) -> None:
    element = child(parent, "fields")
    for name, value in fields.items():
        if value:
            child(element, "field", value, name=name)


def _document(parent: etree._Element, document: PackageDocument) -> None:
    element = child(parent, "document", ordinal=str(document.ordinal), kind=document.kind.value)
    _fields(element, {**document.sheet_fields, **document.fields})
    for relation, target in document.relations:
        child(element, "relation", target, kind=relation)
    for file in document.files:
        child(
            element,
            "file",
            file.original_name,
            path=file.path,
            role=file.role.value,
            mediaType=file.media_type,
            puid=file.puid,
            sizeBytes=str(file.size_bytes),
            sha256=file.sha256,
            createdAt=moment(file.created_at),
        )
    for link in document.links:
        child(element, "link", link.document_id, urn=link.urn, path=link.path)
