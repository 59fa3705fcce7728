"""Requests to use what is open on conditions, and the pages that were granted."""

from http import HTTPMethod
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, make_response

from archive_service.api.offered import offer
from archive_service.api.paging import PartQuery, offset_of
from archive_service.catalogue.use_requests.acts import (
    answer_access_request,
    ask_about_access_request,
    grant_access_request,
    list_access_requests,
    make_access_request,
    refuse_access_request,
    revoke_access_request,
    withdraw_access_request,
)
from archive_service.catalogue.use_requests.copying import fetch_copy
from archive_service.catalogue.use_requests.letter import answer_letter
from archive_service.catalogue.use_requests.past_uses import UseList, list_past_uses
from archive_service.catalogue.use_requests.reading import reading_page
from archive_service.catalogue.use_requests.redaction import redact_access_request, redacted_file
from archive_service.catalogue.use_requests.sealing import seal_access_request
from archive_service.domain.case_files.document import PDF
from archive_service.formats.picture import MEDIA_TYPE
from archive_service.request import current_actor, services

bp = APIBlueprint("api_access_requests", __name__, tag="access", url_prefix="/access-requests")


offer(bp, "", list_access_requests, method=HTTPMethod.GET)


@bp.get("/<uuid:request_id>/pages/<int:number>")
def page(request_id: UUID, number: int) -> Response:
    """One page of what was granted, as a JPEG with archive and reader at its foot."""
    return picture_of(request_id, number)


@bp.get("/<uuid:request_id>/uses")
@bp.input(PartQuery, location="query")
@bp.output(UseList)
def uses(request_id: UUID, query_data: PartQuery) -> UseList:
    """When, for what and in which role the records were used, the newest first; no names."""
    offset = offset_of(query_data.cursor)
    return list_past_uses(
        services(), request_id, actor=current_actor(), limit=query_data.limit, offset=offset
    )


@bp.get("/<uuid:request_id>/redacted")
def redacted(request_id: UUID) -> Response:
    """The PDF of the pages as the one who asked sees them, for whoever decides."""
    _, made = redacted_file(services(), request_id, actor=current_actor())
    return unkept(made, PDF)


@bp.get("/<uuid:request_id>/copy")
def copy(request_id: UUID) -> Response:
    """The copy of one's own request, authenticated or not, while it may be fetched."""
    _, made = fetch_copy(services(), request_id, actor=current_actor())
    return unkept(made, PDF)


@bp.get("/<uuid:request_id>/letter")
def letter(request_id: UUID) -> Response:
    """The answer to a request as a paper that the archive seals (PDF/A)."""
    _, made = answer_letter(services(), request_id, actor=current_actor())
    return unkept(made, PDF)


def picture_of(request_id: UUID, number: int) -> Response:
    """The picture of a page."""
    return unkept(reading_page(services(), request_id, number, actor=current_actor()), MEDIA_TYPE)


def unkept(made: bytes, media_type: str) -> Response:
    """What nothing on the way keeps."""
    response = make_response(made)
    response.headers["Content-Type"] = media_type
    response.headers["Cache-Control"] = "no-store"
    return response


offer(bp, "", make_access_request, creates=True)
offer(bp, "/<uuid:request_id>/grant", grant_access_request)
offer(bp, "/<uuid:request_id>/refuse", refuse_access_request)
offer(bp, "/<uuid:request_id>/revoke", revoke_access_request)
offer(bp, "/<uuid:request_id>/redact", redact_access_request)
offer(bp, "/<uuid:request_id>/seal", seal_access_request)
offer(bp, "/<uuid:request_id>/ask", ask_about_access_request)
offer(bp, "/<uuid:request_id>/answer", answer_access_request)
offer(bp, "/<uuid:request_id>/withdraw", withdraw_access_request)
