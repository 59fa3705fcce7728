"""What a sender declared as rows of a case file: documents, their files and how they relate."""

import re
from collections.abc import Mapping, Sequence
from uuid import uuid4

from archive_service import clock
from archive_service.domain.case_files.document import (
    PDF,
    TWIN,
    DigitalObject,
    Document,
    DocumentRelation,
    FileRole,
    PictureDescription,
    RecordingDescription,
)
from archive_service.domain.case_files.handling import handling_kept
from archive_service.domain.intake.submission import DeclaredDocument, DeclaredFile, SubmissionFile
from archive_service.packaging.moved_paths import with_paths
from archive_service.text import fold
from ingest.checks.own_columns import own_values
from ingest.register.counterpart import names_of

_CAMEL = re.compile(r"(?<!^)(?=[A-Z])")
_UNSAFE = re.compile(r"[^a-z0-9]+")
_DATA = "/data/"
_FLAGS = {"process", "risk_recovery", "doc_attached"}
_COUNTS = {"total_doc", "number_of_paper", "number_of_page", "term_years", "issued_amount"}


def document_row(
    ordinal: int,
    declared: DeclaredDocument,
    files: Mapping[str, SubmissionFile],
    *,
    case_code: str,
    mode: str,
    version: int = 1,
) -> Document:
    """A document of the case file, its files added in ``version`` of the package."""
    fields = columns_of(declared.fields)
    fields.setdefault("mode", mode)
    fields.setdefault("doc_id", f"{case_code}.{ordinal}")
    fields.setdefault("doc_code", f"{case_code}.{ordinal:07d}")
    fields.setdefault("subject", _title(fields))
    objects = [
        _object(ordinal, number, files[item.path], item, version)
        for number, item in enumerate(declared.files, start=1)
    ]
    document = Document(
        ordinal=ordinal,
        added_in=version,
        kind=declared.kind,
        files=objects,
        signatures=[
            {"file": item.name} | signature
            for item, declared_file in zip(objects, declared.files, strict=True)
            for signature in files[declared_file.path].signatures
        ],
        risk_recovery_status=unproved(fields),
        own_fields=own_values(declared.fields),
        handling=handling_kept(declared.handling),
        **own_columns(Document, fields, leave=frozenset({"relation", "risk_recovery_status"})),
    )
    counted = _pages(objects, declared.files)
    document.number_of_page = counted or int(fields.get("number_of_page") or 0)
    relations = [(declared.fields.get("relation", ""), declared.fields.get("relatesTo", ""))]
    document.relations = [
        DocumentRelation(relation=relation, target=target)
        for relation, target in (*relations, *declared.relations)
        if target
    ]
    document.replaced_in = version if declared.replaced else None
    document.quarantined = declared.quarantined
    if declared.recalled_at:
        document.recalled_at = clock.parse_iso(declared.recalled_at)
    if declared.kind == "picture":
        document.picture = PictureDescription(**own_columns(PictureDescription, fields))
    elif declared.kind == "media":
        document.recording = RecordingDescription(**own_columns(RecordingDescription, fields))
    return document


def _pages(objects: Sequence[DigitalObject], declared: Sequence[DeclaredFile]) -> int:
    """Pages as they were received: not once more of what was made of them, or they were part of."""
    taken_apart = {path for item in declared if item.made is None for path in item.derived_from}
    return sum(
        item.pages or 0
        for item, declared_file in zip(objects, declared, strict=True)
        if declared_file.made is None
        and declared_file.path not in taken_apart
        and declared_file.standing != "process"
    )


def unproved(fields: Mapping[str, object]) -> str | None:
    """What a sender says of his own reserve stays his word: ours begins without proof (02)."""
    return "02" if fields.get("risk_recovery") else None


def relate(documents: Sequence[Document], held: Sequence[Document] = ()) -> None:
    """Point each relation at the document of this case file that it means, by id or by number.

    ``held`` are those that the case file has already.
    """
    known: dict[str, Document] = {}
    for document in documents:
        document.id = uuid4()
    for document in (*documents, *held):
        for name in names_of(document):
            known.setdefault(name, document)
    for document in documents:
        for relation in document.relations:
            meant = known.get(fold(relation.target))
            relation.target_id = meant.id if meant is not None else None


def derive(documents: Sequence[Document], declared: Sequence[DeclaredDocument]) -> None:
    """What was made of another file, or taken out of it, names it by its path in the package."""
    made = [
        (file, declared_file)
        for document, item in zip(documents, declared, strict=True)
        for file, declared_file in zip(document.files, item.files, strict=True)
    ]
    paths = {declared_file.path: file.path for file, declared_file in made}
    inside = {path.partition(_DATA)[2]: here for path, here in paths.items()}
    for file, declared_file in made:
        file.derived_from = [paths[path] for path in declared_file.derived_from if path in paths]
        if declared_file.made is not None:
            file.making = with_paths(declared_file.made.making, inside)
            file.migration = with_paths(declared_file.made.migration, inside)
    for document in documents:
        _tell_twins(document)


def _tell_twins(document: Document) -> None:
    """A PDF to be read that was made of a received one is its copy, whoever made it.

    Of another program's package nothing tells how it was made.
    """
    received = {file.path: file for file in document.files if file.role is FileRole.ORIGINAL}
    signed = {signature["file"] for signature in document.signatures}
    for file in document.files:
        sources = [received[path] for path in file.derived_from if path in received]
        is_bare = file.role is FileRole.ACCESS and not file.making and not file.migration
        if (
            is_bare
            and file.media_type == PDF
            and any(source.media_type == PDF for source in sources)
        ):
            of_signed = any(source.name in signed for source in sources)
            file.making = {"kind": TWIN, "of_signed": of_signed}


def _object(
    document: int, number: int, file: SubmissionFile, declared: DeclaredFile, version: int
) -> DigitalObject:
    page, made = declared.page_image, declared.made
    name = declared.first_name
    stem, _, suffix = name.rpartition("/")[2].rpartition(".")
    safe = _UNSAFE.sub("-", fold(stem or suffix)).strip("-")[:60] or "tep"
    ending = _UNSAFE.sub("", fold(suffix))[:8] if stem else ""
    role = FileRole(made.role) if made is not None else FileRole.ORIGINAL
    folder = "pages" if page else role.value
    plain = f"{number:04d}-{safe}" + (f".{ending}" if ending else "")
    return DigitalObject(
        ordinal=number,
        role=role,
        page_image=page,
        standing=declared.standing,
        path=f"{document:04d}/{folder}/{plain}",
        name=name,
        **_form(file, declared),
        size_bytes=file.size_bytes,
        sha256=file.sha256,
        pages=1 if page else file.pages,
        turn_deg=declared.turn_deg,
        dpi=declared.dpi,
        version_added=version,
        superseded_in=version if made is not None and made.superseded else None,
        derived_from=[],
        recording=file.recording,
        created_at=clock.parse_iso(made.at) if made is not None and made.at else clock.now(),
    )


def _form(file: SubmissionFile, declared: DeclaredFile) -> Mapping[str, str | None]:
    """What a file is, as it was seen here; of what another archive made, as it was told there."""
    if declared.made is not None and declared.made.form:
        return declared.made.form
    return {
        "media_type": file.media_type or "application/octet-stream",
        "puid": file.puid,
        "format_name": file.format_name,
    }


def columns_of(fields: Mapping[str, str]) -> dict[str, str | int | bool]:
    """Field names of TT 05 as column names, with numbers and flags in their own types."""
    columns: dict[str, str | int | bool] = {}
    for name, value in fields.items():
        column = "term_years" if name == "term" else _CAMEL.sub("_", name).lower()
        if not value:
            continue
        if column in _FLAGS:
            columns[column] = value == "1"
        elif column in _COUNTS:
            columns[column] = int(value)
        else:
            columns[column] = value
    return columns


def own_columns(
    kind: type, columns: Mapping[str, object], *, leave: frozenset[str] = frozenset()
) -> dict[str, object]:
    """Those of the columns that ``kind`` has."""
    return {
        name: value for name, value in columns.items() if hasattr(kind, name) and name not in leave
    }


def _title(fields: Mapping[str, object]) -> str:
    """Photographs and recordings bear a title or an event in place of an abstract."""
    for name in ("image_title", "movie_title", "event_name"):
        if fields.get(name):
            return str(fields[name])
    return ""
