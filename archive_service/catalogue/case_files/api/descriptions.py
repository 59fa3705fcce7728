"""Descriptions: every field of a case file and its documents, read and written back."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from pydantic import BaseModel, Field

from archive_service.api.errors import findings_of
from archive_service.api.offered import offer
from archive_service.catalogue.case_files.document_record import document_record
from archive_service.catalogue.describing.acts import (
    DescriptionRefusedError,
    decide_on_mode,
    describe_case_file,
)
from archive_service.catalogue.describing.description import description_of
from archive_service.catalogue.describing.documents import (
    DescriptionDone,
    ModeHolds,
    WaitingModeDocument,
)
from archive_service.catalogue.describing.undo import undo_description
from archive_service.finding_document import FindingDocument
from archive_service.given import Given
from archive_service.request import current_actor, services

bp = APIBlueprint("api_descriptions", __name__, tag="case-files", url_prefix="/case-files")


@findings_of.register
def _(error: DescriptionRefusedError, lang: str) -> list[FindingDocument]:
    return [FindingDocument.of(finding, lang) for finding in error.findings]


class DescribedDocument(BaseModel):
    """One document: its fields under the names of the circular."""

    ordinal: int
    kind: str
    fields: dict[str, str]


class Description(BaseModel):
    """All that is described; ``edition`` names it when it is written back."""

    code: str
    edition: int
    fields: dict[str, str]
    documents: list[DescribedDocument]
    waiting: list[WaitingModeDocument]


class DescriptionIn(Given):
    """What is changed: fields of the case file, and of documents by their ordinals."""

    reason: str
    edition: int | None = None
    fields: dict[str, str] = Field(default={})
    documents: dict[int, dict[str, str]] = Field(default={})


class DocumentRecord(BaseModel):
    """All that is known of one document; ``uses`` is null for who does not read the trail."""

    code: str
    ordinal: int
    id: str
    kind: str
    title: str
    handling: dict[str, Any] = Field(
        default={},
        description="How it was sent and dealt with before it came, as its packet says: "
        "receivers [{code, name, kind}], stations [{organ, at}], "
        "opinions [{text, department, staff}], errand, steering.",
    )
    reduced: bool  # only what everybody may know
    fields: dict[str, str]
    own_labels: dict[str, str] = {}  # of fields of the agency's own, by their names
    files: list[dict[str, Any]]
    copies: list[dict[str, Any]]
    events: list[dict[str, Any]]
    recalls: list[dict[str, Any]]  # asked or in force: {kind, state, reason, asked_at, decided_at}
    replaced_in: int | None  # the version since which another document stands for it
    replaced_by: dict[str, Any] | None  # {ordinal, title} of that one
    rights: dict[str, Any]
    relations: list[dict[str, Any]]
    also_in: list[dict[str, Any]]  # {code, ordinal} of other case files it belongs to
    uses: list[dict[str, Any]] | None


class ModeAnswer(Given):
    """Whether a change of the access mode is confirmed, and why."""

    confirm: bool
    reason: str = Field(max_length=1000)


@bp.get("/<code>/description")
@bp.output(Description)
def one(code: str) -> dict[str, Any]:
    """Every field that has a value, dates ISO, codes as codes."""
    return description_of(services(), code, actor=current_actor()).told()


@bp.patch("/<code>/description")
@bp.input(DescriptionIn)
@bp.output(DescriptionDone)
def change(code: str, json_data: DescriptionIn) -> DescriptionDone:
    """All of these fields or none; what is refused is told field by field in ``findings``."""
    return describe_case_file(
        services(),
        code,
        {0: json_data.fields, **json_data.documents},
        reason=json_data.reason,
        actor=current_actor(),
        edition=json_data.edition,
    )


offer(bp, "/<code>/description/undo", undo_description)


@bp.get("/<code>/documents/<int:ordinal>")
@bp.output(DocumentRecord)
def record(code: str, ordinal: int) -> dict[str, Any]:
    """All that is known of one document: description, PREMIS, rights, relations, use."""
    return document_record(services(), code, ordinal, actor=current_actor())


@bp.post("/<code>/access-modes/<uuid:change_id>")
@bp.input(ModeAnswer)
@bp.output(ModeHolds)
def answer(code: str, change_id: UUID, json_data: ModeAnswer) -> ModeHolds:  # noqa: ARG001 - the address names the case file
    """Confirm or refuse a change of the access mode."""
    return decide_on_mode(
        services(),
        change_id,
        confirm=json_data.confirm,
        reason=json_data.reason,
        actor=current_actor(),
    )
