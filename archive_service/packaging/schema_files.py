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
# Of loose documents; in their package it bears the name of the first of ``DESCRIPTIVE_SCHEMAS``.
LOOSE_SCHEMA = "EAD_package.xsd"


def schema_path(name: str, kind: PackageKind) -> Path:
    """Where one schema lies; the descriptive ones differ by kind of package."""
    by_kind = name in DESCRIPTIVE_SCHEMAS or name == LOOSE_SCHEMA
    return FOLDER / kind.value / name if by_kind else FOLDER / name


@cache
def schema_files(kind: PackageKind, *, loose: bool = False) -> dict[str, bytes]:
    """Schemas by their path in a package, of a case file or of ``loose`` documents."""
    names: tuple[str, ...] = METS_SCHEMAS + DESCRIPTIVE_SCHEMAS
    if kind is PackageKind.AIP:
        names += (PREMIS_SCHEMA,)
    files = {f"schemas/{name}": schema_path(name, kind).read_bytes() for name in names}
    if loose:
        files[f"schemas/{DESCRIPTIVE_SCHEMAS[0]}"] = schema_path(LOOSE_SCHEMA, kind).read_bytes()
    return files


@cache
def xml_schema(name: str, kind: PackageKind) -> etree.XMLSchema:
    """One schema ready to judge with."""
    return etree.XMLSchema(etree.parse(schema_path(name, kind)))
