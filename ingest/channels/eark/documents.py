"""Documents of a package on their way into the declaration, each with its files."""

import datetime as dt
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from archive_service import clock
from archive_service.domain.case_files.document import FileRole
from archive_service.domain.intake.submission import DeclaredDocument, DeclaredFile, DeclaredMaking
from ingest.channels.bag import LINKED
from ingest.channels.eark.record import ToldDocument, ToldFile
from ingest.channels.eark.rows import DescribedRow, bare_row
from ingest.channels.eark.xml import Description, PackedFile, ReadPackage
from ingest.channels.edxml.process_files import PROCESS, with_process_files
from ingest.channels.values import moment_as_iso

_MADE = {FileRole.PRESERVATION, FileRole.ACCESS, FileRole.TEXT}
_DATA = "/data/"


@dataclass(slots=True)
class PackedDocument:
    """A document of the package on its way into the declaration."""

    described: DescribedRow
    described_by: Description | None = None
    files: list[PackedFile] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    told: ToldDocument = field(default_factory=ToldDocument)

    def take(self, document: ToldDocument, own: Mapping[str, str]) -> None:
        """What the package says of it beside its description, and its agency's own fields."""
        self.told = document
        self.described.row.fields.update(own)
        fields = self.described.row.fields
        for name, value in document.fields.items():
            fields.setdefault(name, value)
        if document.description is not None:
            fields["description"] = document.description
        if document.relations and "relatesTo" not in fields:
            fields["relation"], fields["relatesTo"] = document.relations[0]

    def declared(self, read: ReadPackage, *, with_made: bool) -> DeclaredDocument:
        """With its main file first; what is attached stands behind it.

        Args:
            read: all that the package says.
            with_made: whether files that an archive made are taken as such, not as received ones.
        """
        ordered = (
            self.files if with_made else sorted(self.files, key=lambda file: file.is_attachment)
        )
        files: list[DeclaredFile] = []
        for file in ordered:
            shown_document = self._file_facts(file, read)
            made = _making(file, shown_document) if with_made else None
            files.append(
                DeclaredFile(
                    path=file.path,
                    sha256=self.digests.get(file.path) if made is None else None,
                    page_image=file.use.casefold() == "page",
                    standing=_standing(file, shown_document, made, files),
                    turn_deg=shown_document.turn_deg,
                    dpi=shown_document.dpi,
                    derived_from=list(shown_document.derived_from) if with_made else [],
                    name=shown_document.name,
                    made=made,
                )
            )
        row = self.described.row
        first = (row.fields.get("relation"), row.fields.get("relatesTo"))
        document = DeclaredDocument(
            row=row.number,
            kind=row.kind,
            fields=row.fields,
            files=files,
            origin=self.described.origin,
            relations=[relation for relation in self.told.relations if relation != first],
            replaced=self.told.replaced,
            recalled_at=self.told.recalled_at,
            quarantined=self.told.quarantined,
            handling=dict(self.told.handling),
        )
        return with_process_files(document, ())

    def _file_facts(self, file: PackedFile, read: ReadPackage) -> ToldFile:
        """Of the record, whose paths are those in ``data/``; else of PREMIS."""
        folder, _, inside = file.path.partition(_DATA)
        told = self.told.files.get(inside)
        if told is not None:
            sources = tuple(f"{folder}{_DATA}{path}" for path in told.derived_from)
            return replace(told, derived_from=sources)
        known = read.known.get(file.path)
        return ToldFile(
            name=known.original_name if known else "",
            turn_deg=known.turn_deg if known else 0,
            derived_from=read.sources.get(file.path, ()),
            at=moment_told(file.created),
        )


def _making(file: PackedFile, told: ToldFile) -> DeclaredMaking | None:
    role = told.role or file.use.casefold()
    if role not in _MADE:
        return None
    return DeclaredMaking(
        role=role,
        at=told.at,
        superseded=told.superseded,
        form=dict(told.form) if told.form and told.form.get("media_type") else None,
        making=dict(told.making),
        migration=dict(told.migration),
    )


def _standing(
    file: PackedFile, told: ToldFile, made: DeclaredMaking | None, before: Sequence[DeclaredFile]
) -> str:
    if file.use.casefold() == PROCESS:
        return PROCESS
    if told.standing or made is not None:
        return told.standing or "main"
    first = not any(declared_file.made is None for declared_file in before)
    return "main" if first or file.use.casefold() == "page" else "annex"


def moment_told(text: str) -> str:
    """A time of METS as it is kept; empty where it is none. Without a zone Vietnam's is meant."""
    at = moment_of(text)
    return clock.iso(at) if at is not None else ""


def moment_of(text: str) -> dt.datetime | None:
    """A time as METS or the circular writes it; without a zone Vietnam's is meant."""
    try:
        at = dt.datetime.fromisoformat(moment_as_iso(text.strip()))
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=clock.LOCAL_ZONE)).astimezone(dt.UTC)


def linked_files(text: str, apart: Container[str]) -> list[PackedFile]:
    """The file that a ``.fetch.txt`` names, where the bag around the package brings it.

    Its folder says what it is: it is a bag of this product.
    """
    urn, *place = text.split()
    path = f"{LINKED}{urn.replace(':', '_')}/{place[1]}" if len(place) >= 2 else ""
    if path not in apart:
        return []
    kind = PurePosixPath(path).parent.name
    return [PackedFile(path, "page" if kind == "pages" else kind, "")]


def bare_documents(files: list[PackedFile]) -> list[PackedDocument]:
    """One a file of the first representation; the same file in another form is attached to it."""
    documents: dict[str, PackedDocument] = {}
    for file in files:
        inside = file.path.partition(_DATA)[2] or file.path
        name = str(PurePosixPath(inside).with_suffix("")).casefold()
        known = documents.get(name)
        if known is not None and known.files[0].representation != file.representation:
            known.files.append(replace(file, is_attachment=True))
            continue
        while name in documents:
            name += "\n"
        stem = PurePosixPath(inside).stem
        described = bare_row(len(documents) + 1, stem, file.path)
        documents[name] = PackedDocument(described, files=[file])
    return list(documents.values())
