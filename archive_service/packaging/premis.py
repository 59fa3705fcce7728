"""PREMIS 3: what each file is, where it came from, and what was done to it."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from lxml import etree

from archive_service.packaging.markup import (
    SOFTWARE_NAME,
    XSI,
    child,
    file_id,
    moment,
    new_root,
    xml_bytes,
    xml_id,
)
from archive_service.packaging.model import (
    CREATION,
    DATA,
    FileRole,
    FileSignature,
    Package,
    PackageFile,
    PackageLink,
    PremisEvent,
)

PREMIS = "http://www.loc.gov/premis/v3"
REPRESENTATION = "rep1"
PRONOM = "PRONOM"
DERIVATION = "derivation"
AGENCY_CODE = "Agency code"
ARCHIVE_CODE = "Archive code"
TURN = "clockwise turn to upright, degrees"
USE = "use of the file"
ELSEWHERE = "OCFL object and path"  # of a file that another case file keeps


def root_premis(package: Package) -> bytes:
    """PREMIS.xml at the root: how the package came to be."""
    root = _root("schemas/premis.xsd")
    for category, kind, value in (
        ("intellectualEntity", "URI", package.objid),
        ("representation", "Representation", REPRESENTATION),
    ):
        entity = _object(root, category, xml_id(package, "premis", value))
        _pair(entity, "objectIdentifier", kind, value)

    creations = [event for event in package.events if event.type == CREATION]
    if not creations:
        creations = [PremisEvent(CREATION, package.created_at, sources=("SIP",))]
    known = {package.objid: ("URI", package.objid)}
    for number, event in enumerate(creations):
        whole = event if event.outcomes else replace(event, outcomes=(package.objid,))
        _event(root, package, whole, f"root/{number}", known)
    _agents(root, package, creations)
    return xml_bytes(root)


def representation_premis(package: Package) -> bytes:
    """PREMIS_rep1.xml: one object a file, one event an act."""
    root = _root("../../../../schemas/premis.xsd")
    entity = _object(root, "representation", xml_id(package, "premis", REPRESENTATION))
    _pair(entity, "objectIdentifier", "Representation", REPRESENTATION)
    known = {}
    for file in package.iter_files():
        known[file.path] = ("File", file_id(package, DATA + file.path))
        _file(root, package, file)
    for document in package.documents:
        for link in document.links:
            _kept_elsewhere(root, package, link)
    events = [event for event in package.events if event.type != CREATION]
    for number, event in enumerate(events):
        _event(root, package, event, f"rep1/{number}", known)
    _agents(root, package, events)
    return xml_bytes(root)


def _root(schema: str) -> etree._Element:
    root = new_root("premis", PREMIS, xsi=XSI)
    root.set(f"{{{XSI}}}schemaLocation", f"{PREMIS} {schema}")
    root.set("version", "3.0")
    return root


def _object(root: etree._Element, category: str, own_id: str) -> etree._Element:
    element = child(root, "object")
    element.set(f"{{{XSI}}}type", category)
    element.set("xmlID", own_id)
    return element


def _pair(parent: etree._Element, tag: str, kind: str, value: str) -> etree._Element:
    """``<tag><tagType/><tagValue/></tag>``, the form PREMIS gives most of its facts."""
    element = child(parent, tag)
    child(element, f"{tag}Type", kind)
    child(element, f"{tag}Value", value)
    return element


def _file(root: etree._Element, package: Package, file: PackageFile) -> None:
    identifier = file_id(package, DATA + file.path)
    element = _object(root, "file", xml_id(package, "premis", DATA + file.path))
    _pair(element, "objectIdentifier", "File", identifier)
    _pair(element, "preservationLevel", "Bit preservation", "High")
    if file.role is FileRole.PROCESS:
        _pair(element, "significantProperties", USE, file.role.value)
    if file.turn_deg:
        _pair(element, "significantProperties", TURN, str(file.turn_deg))
    _characteristics(element, file)
    child(element, "originalName", file.original_name or file.path.rpartition("/")[2])
    storage = child(element, "storage")
    _pair(storage, "contentLocation", "Relative path", f"data/{file.path}")
    child(storage, "storageMedium", "OCFL storage root")
    for signature in file.signatures:
        _signature(child(element, "signatureInformation"), signature)
    for kind, word, paths in (
        (DERIVATION, "has source", file.derived_from),
        ("replacement", "supersedes", file.supersedes),
    ):
        if paths:
            relation = child(element, "relationship")
            child(relation, "relationshipType", kind)
            child(relation, "relationshipSubType", word)
            for path in paths:
                related = file_id(package, DATA + path)
                _pair(relation, "relatedObjectIdentifier", "File", related)


def _kept_elsewhere(root: etree._Element, package: Package, link: PackageLink) -> None:
    """A file that another case file keeps: where it lies, and the digest that proves it there."""
    if link.file is None:
        return
    place = f"{link.urn}/{link.path}"
    element = _object(root, "file", xml_id(package, "premis", f"link/{link.name}"))
    _pair(element, "objectIdentifier", ELSEWHERE, place)
    _characteristics(element, link.file)
    child(element, "originalName", link.file.original_name or link.path.rpartition("/")[2])
    storage = child(element, "storage")
    _pair(storage, "contentLocation", ELSEWHERE, place)
    child(storage, "storageMedium", "OCFL storage root")
    relation = child(element, "relationship")
    child(relation, "relationshipType", "structural")
    child(relation, "relationshipSubType", "is part of")
    for kind, value in (
        ("docId", link.document_id),
        ("docCode", link.document_code),
        ("fileCode", link.file_code),
        ("URI", link.urn),
    ):
        if value:
            _pair(relation, "relatedObjectIdentifier", kind, value)


def _characteristics(element: etree._Element, file: PackageFile) -> None:
    facts = child(element, "objectCharacteristics")
    child(facts, "compositionLevel", "0")
    fixity = child(facts, "fixity")
    child(fixity, "messageDigestAlgorithm", "SHA-256")
    child(fixity, "messageDigest", file.sha256)
    child(facts, "size", str(file.size_bytes))
    form = child(facts, "format")
    if file.format_name or not file.puid:
        name = child(form, "formatDesignation")
        child(name, "formatName", file.format_name or file.media_type)
    if file.puid:
        registry = child(form, "formatRegistry")
        child(registry, "formatRegistryName", PRONOM)
        child(registry, "formatRegistryKey", file.puid)


def _signature(information: etree._Element, signature: FileSignature) -> None:
    element = child(information, "signature")
    child(element, "signatureEncoding", "base64")
    if signature.signer:
        child(element, "signer", signature.signer)
    child(element, "signatureMethod", signature.method)
    child(element, "signatureValue", signature.value)
    child(element, "signatureValidationRules", signature.rules)
    if signature.properties:
        child(element, "signatureProperties", signature.properties)


def _event(
    root: etree._Element,
    package: Package,
    event: PremisEvent,
    place: str,
    known: Mapping[str, tuple[str, str]],
) -> None:
    element = child(root, "event")
    _pair(element, "eventIdentifier", "UUID", xml_id(package, "event", place))
    child(element, "eventType", event.type)
    child(element, "eventDateTime", moment(event.at))
    if event.detail:
        child(child(element, "eventDetailInformation"), "eventDetail", event.detail)
    outcome = child(element, "eventOutcomeInformation")
    child(outcome, "eventOutcome", event.outcome)
    if event.outcome_note:
        detail = child(outcome, "eventOutcomeDetail")
        child(detail, "eventOutcomeDetailNote", event.outcome_note)
    _pair(element, "linkingAgentIdentifier", "Name", event.agent or SOFTWARE_NAME)
    for role, names in (("source", event.sources), ("outcome", event.outcomes)):
        for name in names:
            link = _pair(element, "linkingObjectIdentifier", *known.get(name, ("Local", name)))
            child(link, "linkingObjectRole", role)


def _agents(root: etree._Element, package: Package, events: Iterable[PremisEvent]) -> None:
    """This software, the agency and the archive always; then whoever else acted, once each."""
    agents = {SOFTWARE_NAME: "software"}
    agents |= dict.fromkeys((package.agency_name, package.archive_name), "organization")
    for event in events:
        if event.agent:
            agents.setdefault(event.agent, event.agent_type)
    for name, kind in agents.items():
        element = child(root, "agent")
        element.set("xmlID", xml_id(package, "agent", name))
        _pair(element, "agentIdentifier", "Name", name)
        if name == package.agency_name:
            _pair(element, "agentIdentifier", AGENCY_CODE, package.agency_code)
        if name == package.archive_name:
            _pair(element, "agentIdentifier", ARCHIVE_CODE, package.archive_code)
        child(element, "agentName", name)
        child(element, "agentType", kind)
        if name == SOFTWARE_NAME:
            child(element, "agentVersion", package.software_version)
