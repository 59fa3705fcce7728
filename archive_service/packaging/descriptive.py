"""The flat descriptive files of the circular, named EAD: their schemas are our table of fields."""

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from lxml import etree

from archive_service.packaging.markup import XSI, child, new_root, xml_bytes
from archive_service.packaging.model import DocumentKind, Package, PackageDocument, PackageKind
from archive_service.packaging.schema_files import schema_path

PREFIX = {
    DocumentKind.TEXT: "EAD_doc",
    DocumentKind.PICTURE: "EAD_pic",
    DocumentKind.MEDIA: "EAD_media",
}
_XS = "{http://www.w3.org/2001/XMLSchema}"
_DATES = ("day", "date")  # the types our schemas give to days, and to months and years too
_LOOSE = "EAD_package"  # the form of EAD.xml where the package is of loose documents
_ISO_DATE = re.compile(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?")


@dataclass(frozen=True, slots=True)
class FieldRule:
    """What the circular says of one field, as far as writing it goes."""

    mandatory: bool
    is_date: bool


@cache
def field_rules(kind: PackageKind, form: str) -> dict[str, FieldRule]:
    """Fields of one form (``EAD``, ``EAD_doc`` …) in the circular's order."""
    schema = etree.parse(schema_path(f"{form}.xsd", kind))
    return {
        each.get("name", ""): FieldRule(each.get("minOccurs") != "0", each.get("type") in _DATES)
        for each in schema.iterfind(f".//{_XS}all/{_XS}element")
    }


def field_names(kind: PackageKind, form: str) -> list[str]:
    """Names of the fields of one form in the circular's order."""
    return list(field_rules(kind, form))


def description(package: Package) -> bytes:
    """EAD.xml: the case file, or in a DIP the request for access."""
    return _flat(package.kind, _form(package), package.fields, "../../schemas/EAD.xsd")


def document_description(package: Package, document: PackageDocument) -> bytes:
    """EAD_doc_, EAD_pic_ or EAD_media_ of one document."""
    fields = {**_inherited(package, document), **document.fields}
    form = PREFIX[document.kind]
    return _flat(package.kind, form, fields, f"../../../../schemas/{form}.xsd")


def document_file_name(document: PackageDocument) -> str:
    """Name of the document's descriptive file."""
    return f"{PREFIX[document.kind]}_{document.name}.xml"


def missing_fields(package: Package) -> list[tuple[str, str]]:
    """Mandatory fields without a value, as pairs of document name (empty: case file) and field."""
    missing = _missing(package.kind, _form(package), package.fields, "")
    for document in package.documents:
        fields = {**_inherited(package, document), **document.fields}
        missing += _missing(package.kind, PREFIX[document.kind], fields, document.name)
    return missing


def _missing(
    kind: PackageKind, form: str, fields: Mapping[str, str], place: str
) -> list[tuple[str, str]]:
    rules = field_rules(kind, form)
    return [
        (place, name) for name, rule in rules.items() if rule.mandatory and not fields.get(name)
    ]


def _inherited(package: Package, document: PackageDocument) -> dict[str, str]:
    """What a document takes from its case file where it says nothing itself."""
    given = {"docOrdinal": str(document.ordinal)}
    for name in ("arcFileCode", "maintenance"):
        if name in package.fields:
            given[name] = package.fields[name]
    return given


def _form(package: Package) -> str:
    return _LOOSE if package.loose else "EAD"


def _flat(kind: PackageKind, form: str, fields: Mapping[str, str], schema: str) -> bytes:
    root = new_root("simpledc", xsi=XSI)
    root.set(f"{{{XSI}}}noNamespaceSchemaLocation", schema)
    for name, rule in field_rules(kind, form).items():
        if value := fields.get(name):
            child(root, name, circular_date(value) if rule.is_date else value)
    return xml_bytes(root)


def circular_date(value: str) -> str:
    """An ISO date as DD/MM/YYYY, a month as MM/YYYY; anything else as it is."""
    match = _ISO_DATE.fullmatch(value)
    if match is None or match[2] is None:
        return value
    return "/".join(part for part in (match[3], match[2], match[1]) if part)


def iso_date(value: str) -> str:
    """The reverse of ``circular_date``."""
    parts = value.split("/")
    if len(parts) not in (2, 3) or not all(part.isdigit() for part in parts):
        return value
    try:
        dt.date(int(parts[-1]), int(parts[-2]), int(parts[0]) if len(parts) == 3 else 1)
    except ValueError:
        return value
    return "-".join(part.zfill(2) for part in reversed(parts))
