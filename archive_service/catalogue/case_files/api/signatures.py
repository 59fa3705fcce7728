"""Signatures of one document, as judged at intake and as judged now."""

from typing import Any

from apiflask import APIBlueprint
from pydantic import Field

from archive_service.catalogue.case_files.signatures_now import SignaturesDocument, signatures_of
from archive_service.given import Given
from archive_service.request import current_actor, services

bp = APIBlueprint("api_signatures", __name__, tag="case-files", url_prefix="/case-files")


class SignaturesAsked(Given):
    """Whether the stored bytes are read and judged again."""

    now: bool = Field(default=False, description="Judge the stored bytes again, beside intake.")


@bp.get("/<code>/documents/<int:ordinal>/signatures")
@bp.input(SignaturesAsked, location="query")
@bp.output(SignaturesDocument)
def signatures(code: str, ordinal: int, query_data: SignaturesAsked) -> dict[str, Any]:
    """What was found of each signature at intake; with ``now`` what is found today as well."""
    document = signatures_of(services(), code, ordinal, now=query_data.now, actor=current_actor())
    return document.as_json()
