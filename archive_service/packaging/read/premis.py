"""What a PREMIS file says of files and who acted."""

from dataclasses import dataclass

from lxml import etree

from archive_service.packaging.markup import XSI
from archive_service.packaging.model import FileSignature
from archive_service.packaging.premis import DERIVATION, PREMIS, TURN

_P = f"{{{PREMIS}}}"


@dataclass(frozen=True, slots=True)
class KnownFile:
    """A PREMIS object of a file; ``source_ids`` are those it was derived from."""

    puid: str
    format_name: str
    original_name: str
    source_ids: tuple[str, ...]
    signatures: tuple[FileSignature, ...]
    turn_deg: int = 0


def read_objects(root: etree._Element) -> dict[str, KnownFile]:
    """File objects by their identifier, which is their ID in METS."""
    return {
        _text(each, "objectIdentifier/objectIdentifierValue"): _known(each)
        for each in root.iterfind(f"{_P}object")
        if each.get(f"{{{XSI}}}type", "").rpartition(":")[2] == "file"
    }


def read_codes(root: etree._Element) -> dict[str, tuple[str, str]]:
    """Name and code of the agents that have one, by the kind of code."""
    found = {}
    for agent in root.iterfind(f"{_P}agent"):
        for identifier in agent.iterfind(f"{_P}agentIdentifier"):
            kind = _text(identifier, "agentIdentifierType")
            found[kind] = (_text(agent, "agentName"), _text(identifier, "agentIdentifierValue"))
    return found


def _known(element: etree._Element) -> KnownFile:
    form = "objectCharacteristics/format"
    return KnownFile(
        puid=_text(element, f"{form}/formatRegistry/formatRegistryKey"),
        format_name=_text(element, f"{form}/formatDesignation/formatName"),
        original_name=_text(element, "originalName"),
        source_ids=tuple(
            _text(each, "relatedObjectIdentifierValue")
            for relation in element.iterfind(f"{_P}relationship")
            if _text(relation, "relationshipType") in ("", DERIVATION)
            for each in relation.iterfind(f"{_P}relatedObjectIdentifier")
        ),
        signatures=tuple(
            FileSignature(
                signer=_text(each, "signer"),
                method=_text(each, "signatureMethod"),
                value=_text(each, "signatureValue"),
                rules=_text(each, "signatureValidationRules"),
                properties=_text(each, "signatureProperties"),
            )
            for each in element.iter(f"{_P}signature")
        ),
        turn_deg=_turn(element),
    )


def _turn(element: etree._Element) -> int:
    """As we write it; a package of others that says it otherwise says nothing to us."""
    for each in element.iterfind(f"{_P}significantProperties"):
        value = _text(each, "significantPropertiesValue")
        if _text(each, "significantPropertiesType") == TURN and value.isdecimal():
            return int(value) % 360
    return 0


def _text(element: etree._Element, path: str) -> str:
    qualified = "/".join(f"{_P}{step}" for step in path.split("/"))
    return element.findtext(qualified) or ""
