"""``case export --form xml``: data, documents in order of time and history as one XML document."""

from collections.abc import Mapping, Sequence

from lxml import etree

from archive_service.packaging.markup import SOFTWARE_NAME, child, moment, new_root, xml_bytes
from archive_service.packaging.model import Package, PackageDocument, PremisEvent
from archive_service.packaging.reading_order.content import in_time_order

NAMESPACE = "urn:archive-service:case-file:1"  # its schema: schemas/case_file.xsd


def case_xml(package: Package, *, history: Sequence[PremisEvent]) -> bytes:
    """The document. Fields have the circular's names, dates are ISO 8601."""
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
    _fields(root, package.fields)
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
    return xml_bytes(root)


def _fields(parent: etree._Element, fields: Mapping[str, str]) -> None:
    element = child(parent, "fields")
    for name, value in fields.items():
        if value:
            child(element, "field", value, name=name)


def _document(parent: etree._Element, document: PackageDocument) -> None:
    element = child(parent, "document", ordinal=str(document.ordinal), kind=document.kind.value)
    _fields(element, document.fields)
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
