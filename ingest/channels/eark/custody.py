"""What a package brings from the archive that hands it over: its record, and who had custody."""

from collections.abc import Iterator

from archive_service.domain.agencies.own_field import OWN
from archive_service.domain.intake.finding import Finding, Severity
from archive_service.packaging.tree import OWN as OWN_PATH
from ingest.channels.eark.documents import PackedDocument
from ingest.channels.eark.record import ToldDocument, ToldRecord
from ingest.channels.eark.rows import CHECK, DescribedRow, choose
from ingest.channels.eark.xml import ReadPackage
from ingest.channels.headings import CHECK as OF_COLUMNS

PERMANENT = "01"  # maintenance: vĩnh viễn
_BARE = ToldDocument()


def take_record(
    read: ReadPackage, case_file: DescribedRow, documents: list[PackedDocument], *, as_aip: bool
) -> tuple[list[Finding], set[str]]:
    """Complete the rows by the record of the archive that made the package.

    ``documents`` lose those that are in another case file by now. What was classified as permanent
    is declared so: its term there is no matter of its new archive.

    Returns:
        What is to be told, and the paths of files that belong to another case file.
    """
    record = _record(read, as_aip=as_aip)
    fields = case_file.row.fields
    fields |= record.own
    if code := record.code or _code_of_archive(read):
        fields.setdefault("fileCode", code)
    for name, value in record.fields.items():
        fields.setdefault(name, value)
    if record.permanent:
        fields["maintenance"] = PERMANENT
        fields.pop("term", None)  # of the years before it was to be kept for ever
    gone: set[str] = set()
    found: list[Finding] = []
    for document in list(documents):
        name = _name(document)
        told_document = record.documents.get(name, _BARE)
        if told_document.moved_to:
            documents.remove(document)
            gone |= {file.path for file in document.files}
            facts = {"code": told_document.moved_to[:200]}
            place = document.described.origin
            found.append(Finding(CHECK, "package-document-moved", Severity.INFO, place, facts))
            continue
        document.take(told_document, record.own_of_documents.get(name, {}))
    return [*found, *_own_fields(record)], gone


def _code_of_archive(read: ReadPackage) -> str:
    """The case file's code inside its archive's: an AIP says that one (Phụ lục I)."""
    custody = custody_of(read)
    code, prefix = custody.get("arcFileCode", ""), f"{custody.get('archiveCode', '')}."
    return code.removeprefix(prefix) if prefix != "." and code.startswith(prefix) else ""


def _record(read: ReadPackage, *, as_aip: bool) -> ToldRecord:
    """That of an AIP tells of files that archives make: it counts where those are taken as such."""
    is_aip = read.kind.strip().upper() == "AIP"
    return read.record if as_aip or not is_aip else ToldRecord()


def _name(document: PackedDocument) -> str:
    """``0001`` of ``EAD_doc_0001``."""
    described = document.described_by
    return described.name.rpartition("_")[2] if described is not None else ""


def _own_fields(record: ToldRecord) -> Iterator[Finding]:
    """One for each; those that the agency has here are taken off once its fields are known."""
    names = {
        *record.own,
        *(name for own_fields in record.own_of_documents.values() for name in own_fields),
    }
    for name in sorted(names):
        facts = {"heading": name.removeprefix(OWN)}
        yield Finding(OF_COLUMNS, "column-unknown", Severity.WARNING, OWN_PATH, facts)


def custody_of(read: ReadPackage) -> dict[str, str]:
    """Kind and identifier of the package, who made it, and what its case file was called there.

    See ``DeclaredCaseFile.custody``.
    """
    described = choose(read.described)
    facts = {name.casefold(): value for name, value in described.fields} if described else {}
    name, code = read.archive
    archive = read.record.archive
    custody = {
        "kind": read.kind.strip().upper()[:20],
        "package": read.objid.strip()[:200],
        "archive": name or archive.get("name", ""),
        "archiveCode": code or archive.get("code", ""),
        "arcFileCode": facts.get("arcfilecode") or archive.get("arcFileCode", ""),
        "fonds": read.record.fonds,
    }
    return {key: value[:300] for key, value in custody.items() if value}
