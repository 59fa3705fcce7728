"""The schemas that travel in every package, and that judge what we write."""

from functools import cache
from pathlib import Path

from lxml import etree

from archive_service.packaging.model import PackageKind

FOLDER = Path(__file__).with_name("schemas")
METS_SCHEMAS = (
    "METS.xsd",
    "xlink.xsd",
    "DILCISExtensionMETS.xsd",
    "DILCISExtensionSIPMETS.xsd",
)
DESCRIPTIVE_SCHEMAS = ("EAD.xsd", "EAD_doc.xsd", "EAD_pic.xsd", "EAD_media.xsd")
PREMIS_SCHEMA = "premis.xsd"


def schema_path(name: str, kind: PackageKind) -> Path:
    """Where one schema lies; the descriptive ones differ by kind of package."""
    return FOLDER / kind.value / name if name in DESCRIPTIVE_SCHEMAS else FOLDER / name


@cache
def schema_files(kind: PackageKind) -> dict[str, bytes]:
    """Schemas by their path in a package."""
    names: tuple[str, ...] = METS_SCHEMAS + DESCRIPTIVE_SCHEMAS
    if kind is PackageKind.AIP:
        names += (PREMIS_SCHEMA,)
    return {f"schemas/{name}": schema_path(name, kind).read_bytes() for name in names}


@cache
def xml_schema(name: str, kind: PackageKind) -> etree.XMLSchema:
    """One schema ready to judge with."""
    return etree.XMLSchema(etree.parse(schema_path(name, kind)))
