"""Fields of an agency's own: defined, changed, retired."""

from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from pydantic import BaseModel, Field

from archive_service.api.idempotency import Answer, answer_once
from archive_service.catalogue.own_fields import acts as own_fields
from archive_service.domain.agencies.own_field import OwnKind, OwnSubject
from archive_service.given import Given
from archive_service.request import current_actor, services

bp = APIBlueprint("api_own_fields", __name__, tag="agencies", url_prefix="/own-fields")


class OwnFieldDocument(BaseModel):
    """One field; its values stand among other fields as ``own:`` and its name."""

    id: str
    agency: str
    subject: str
    name: str
    label: str
    kind: str
    choices: list[str]
    required: bool
    searchable: bool
    retired_on: str | None


class OwnFieldList(BaseModel):
    """Fields by agency."""

    own_fields: list[OwnFieldDocument]


class OwnFieldIn(Given):
    """A field to define; name and kind never change."""

    agency: str
    subject: OwnSubject
    name: str
    label: str
    kind: OwnKind
    choices: list[str] = Field(default=[])
    required: bool = False
    searchable: bool = True


class OwnFieldChange(Given):
    """What is not said stays; ``retired`` takes it out of use, or back into it."""

    label: str | None = None
    choices: list[str] | None = None
    required: bool | None = None
    searchable: bool | None = None
    retired: bool | None = None


@bp.get("")
@bp.output(OwnFieldList)
def list_all() -> dict[str, Any]:
    """Fields of the agencies that the account may know of, retired ones too."""
    return {"own_fields": own_fields.list_all(services(), actor=current_actor())}


@bp.post("")
@bp.input(OwnFieldIn)
@bp.output(OwnFieldDocument, status_code=201)
def create(json_data: OwnFieldIn) -> Answer:
    """Define a field."""

    def made() -> dict[str, Any]:
        said = json_data.model_dump(include={"label", "choices", "required", "searchable"})
        return own_fields.define(
            services(),
            json_data.agency,
            json_data.subject,
            json_data.name,
            kind=json_data.kind,
            actor=current_actor(),
            **said,
        )

    return answer_once(json_data.model_dump_json(), made)


@bp.patch("/<uuid:field_id>")
@bp.input(OwnFieldChange)
@bp.output(OwnFieldDocument)
def change(field_id: UUID, json_data: OwnFieldChange) -> dict[str, Any]:
    """Change what is said of a field; or retire it, or take it up again."""
    actor = current_actor()
    said = json_data.model_dump(exclude_none=True, exclude={"retired"})
    if json_data.retired is False:
        own_fields.retire(services(), field_id, actor=actor, back=True)
    told = own_fields.change(services(), field_id, actor=actor, **said)
    if json_data.retired:
        told = own_fields.retire(services(), field_id, actor=actor)
    return told
