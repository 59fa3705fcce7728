"""A package read back into the model it was written from, so that tests compare the two."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field

from lxml import etree

from archive_service.packaging.descriptive import PREFIX, field_rules, iso_date
from archive_service.packaging.fonds_record import read_fonds
from archive_service.packaging.form import COLLECTION
from archive_service.packaging.model import (
    DOCUMENTATION,
    DocumentKind,
    FileRole,
    Package,
    PackageDocument,
    PackageFile,
    PackageKind,
    PackageLink,
    PremisEvent,
    RecordStatus,
)
from archive_service.packaging.premis import AGENCY_CODE, ARCHIVE_CODE
from archive_service.packaging.read.link import read_link
from archive_service.packaging.read.premis import KnownFile, read_codes, read_objects
from archive_service.packaging.tree import CATALOGUE, FONDS, FURTHER, OWN, VERDICT
from tests.worlds.read_back.entries import Entries, PackageFileMissingError
from tests.worlds.read_back.events import read_events
from tests.worlds.read_back.mets import ListedFile, MetsFile, read_moment

_UNKNOWN = KnownFile("", "", "", (), ())


@dataclass(slots=True)
class _Provenance:
    """What the PREMIS files of a package say together."""

    files: dict[str, KnownFile] = field(default_factory=dict)
    events: list[PremisEvent] = field(default_factory=list)
    codes: dict[str, tuple[str, str]] = field(default_factory=dict)


def read_package(paths: Collection[str], read: Callable[[str], bytes]) -> Package:
    """The package whose files are ``paths``, relative to its root; ``read`` gives one whole.

    Liberal towards other writers: links in any encoding, no PREMIS, no descriptive file of a
    document. Only metadata is read; the data files need not be there, but must be in ``paths``.

    Raises:
        PackageFileMissingError: a file that METS names is not in ``paths``.
        PackageXmlError: a metadata file cannot be parsed.
    """
    entries = Entries(paths, read)
    outer = MetsFile(entries, "METS.xml")
    representations = outer.representations()
    if not representations:
        raise PackageFileMissingError("representations/rep1/METS.xml")
    inner = MetsFile(entries, representations[0])
    kind = _kind(outer.header("OAISPACKAGETYPE"))
    listed = list(inner.files())
    data = f"{representations[0].rpartition('/')[0]}/data/"
    paths = {each.id: each.path.removeprefix(data) for each in listed}
    provenance = _provenance(entries, outer, inner, paths)
    held = {
        each.id: _file(each, provenance.files.get(each.id, _UNKNOWN), paths)
        for each in listed
        if each.group != "Holeyfile" and each.path.startswith(data)
    }
    documents, taken = _documents(entries, inner, kind, held, listed)
    agency_name, fonds_code = inner.agent("ORGANIZATION")
    archive_name, archive_code = provenance.codes.get(ARCHIVE_CODE, ("", ""))
    root_files = outer.descriptions().values()
    described = next((path for path in root_files if path.lower().endswith("ead.xml")), None)
    return Package(
        ocfl_id=f"urn:uuid:{outer.attribute('OBJID')[-36:].upper()}",
        kind=kind,
        archive_code=archive_code,
        archive_name=archive_name,
        agency_code=provenance.codes.get(AGENCY_CODE, ("", ""))[1],
        agency_name=agency_name,
        fonds_code=fonds_code,
        software_version=outer.agent("SOFTWARE")[1],
        created_at=read_moment(outer.header("CREATEDATE")),
        label=outer.attribute("LABEL"),
        fields=_description(kind, "EAD", entries.xml(described)) if described else {},
        documents=documents,
        record_status=_status(outer.header("RECORDSTATUS")),
        events=tuple(provenance.events),
        files=tuple(file for own_id, file in held.items() if own_id not in taken),
        documentation=tuple(_beside(outer)),
        catalogue=entries.read(CATALOGUE) if CATALOGUE in entries else None,
        own=entries.read(OWN) if OWN in entries else None,
        further=entries.read(FURTHER) if FURTHER in entries else None,
        fonds=read_fonds(entries.read(FONDS)) if FONDS in entries else {},
        verdict=entries.read(VERDICT) if VERDICT in entries else None,
        submission_agreement=outer.agreement(),
        loose=outer.attribute("TYPE") == COLLECTION,
    )


def _beside(outer: MetsFile) -> Iterator[PackageFile]:
    for each in outer.files():
        if each.path.startswith(DOCUMENTATION):
            path = each.path.removeprefix(DOCUMENTATION)
            yield PackageFile(path, each.sha256, each.size_bytes, each.media_type, each.created_at)


def _kind(text: str) -> PackageKind:
    return PackageKind(text.lower()) if text.lower() in set(PackageKind) else PackageKind.SIP


def _status(text: str) -> RecordStatus:
    return RecordStatus(text) if text in set(RecordStatus) else RecordStatus.NEW


def _provenance(
    entries: Entries, outer: MetsFile, inner: MetsFile, paths: Mapping[str, str]
) -> _Provenance:
    found = _Provenance()
    for path in (*outer.premis(), *inner.premis()):
        root = entries.xml(path)
        found.files |= read_objects(root)
        found.events += read_events(root, paths)
        found.codes |= read_codes(root)
    return found


def _file(listed: ListedFile, facts: KnownFile, paths: Mapping[str, str]) -> PackageFile:
    return PackageFile(
        path=paths[listed.id],
        sha256=listed.sha256,
        size_bytes=listed.size_bytes,
        media_type=listed.media_type,
        created_at=listed.created_at,
        role=FileRole(listed.use) if listed.use in set(FileRole) else FileRole.ORIGINAL,
        puid=facts.puid,
        format_name="" if facts.format_name == listed.media_type else facts.format_name,
        original_name=facts.original_name,
        derived_from=tuple(paths[each] for each in facts.source_ids if each in paths),
        signatures=facts.signatures,
        turn_deg=facts.turn_deg,
    )


def _documents(
    entries: Entries,
    inner: MetsFile,
    kind: PackageKind,
    held: Mapping[str, PackageFile],
    listed: list[ListedFile],
) -> tuple[list[PackageDocument], set[str]]:
    """Documents in the order of METS, and the IDs of the files that are theirs."""
    owner = inner.documents_of_files()
    files: dict[str, list[PackageFile]] = {}
    for own_id, file in held.items():
        files.setdefault(owner.get(own_id, ""), []).append(file)
    links: dict[str, list[PackageLink]] = {}
    for each in listed:
        if each.group == "Holeyfile":
            link = read_link(each.path, entries.read(each.path))
            links.setdefault(owner.get(each.id, ""), []).append(link)

    documents: list[PackageDocument] = []
    for section, path in inner.descriptions().items():
        form, name = _form_and_name(path)
        if form is None:
            continue
        fields = _description(kind, PREFIX[form], entries.xml(path))
        given = fields.get("docOrdinal", "")
        documents.append(
            PackageDocument(
                ordinal=int(given) if given.isdigit() else len(documents) + 1,
                name=name,
                fields=fields,
                files=tuple(files.get(section, ())),
                kind=form,
                links=tuple(links.get(section, ())),
            )
        )
    sections = {section for section in owner.values() if section}
    return documents, {own_id for own_id in held if owner.get(own_id) in sections}


def _form_and_name(path: str) -> tuple[DocumentKind | None, str]:
    name = path.rpartition("/")[2].removesuffix(".xml")
    for kind, prefix in PREFIX.items():
        if name.lower().startswith(f"{prefix.lower()}_"):
            return kind, name[len(prefix) + 1 :]
    return None, name


def _description(kind: PackageKind, form: str, root: etree._Element) -> dict[str, str]:
    """The fields of a flat file as they were given, its dates in ISO form; unknown ones too."""
    rules = field_rules(kind, form)
    fields = {}
    for element in root.iterchildren():
        name = etree.QName(element).localname
        value = (element.text or "").strip()
        if value:
            fields[name] = iso_date(value) if name in rules and rules[name].is_date else value
    return fields
