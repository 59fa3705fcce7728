"""Resumable uploads by the tus protocol 1.0.0 (creation, termination, checksum)."""

import base64
import binascii
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, request, url_for

from archive_service import access
from archive_service.api.errors import problem
from archive_service.api.openapi import STREAMED
from archive_service.api.paging import StretchQuery, UploadQuery
from archive_service.api.pieces import PIECE, UploadHeaderError, header_number
from archive_service.errors import InputError
from archive_service.problem import BodyKindError, HttpRefusedError
from archive_service.request import Body, current_actor, services, takes
from archive_service.storage.uploads import (
    CHECKSUMS,
    Checksum,
    Upload,
    UploadFolder,
    UploadPieceDamagedError,
)
from ingest.uploads.acts import upload_folder
from ingest.uploads.documents import StretchDocument, UploadList

bp = APIBlueprint("api_uploads", __name__, tag="uploads", url_prefix="/uploads")

_VERSION = "1.0.0"
_CHECKSUM_MISMATCH = 460  # of the protocol's own; no status of HTTP
STREAMED["/uploads/{upload_id}", "patch"] = {
    "required": True,
    "content": {PIECE: {"schema": {"type": "string"}}},
}


class UploadNameMissingError(InputError):
    """``Upload-Metadata`` names no file."""


@bp.route("", methods=["OPTIONS"])
@bp.doc(hide=True)
def abilities() -> Response:
    """What of the protocol is spoken here; clients ask before they begin."""
    response = _answer(204, None)
    response.headers["Tus-Version"] = _VERSION
    response.headers["Tus-Extension"] = "creation,termination,checksum"
    response.headers["Tus-Checksum-Algorithm"] = ",".join(CHECKSUMS)
    response.headers["Tus-Max-Size"] = str(services().settings.limits.submission_bytes)
    return response


@bp.get("")
@bp.input(UploadQuery, location="query")
@bp.output(UploadList)
def list_unfinished(query_data: UploadQuery) -> dict[str, Any]:
    """The account's uploads for one draft that broke off: a browser elsewhere goes on with them."""
    found = _folder().meant_for(query_data.into, owner=_owner())
    return {
        "uploads": [
            {
                "id": upload.id,
                "name": upload.name,
                "size": upload.size_bytes,
                "received": upload.received,
            }
            for upload in found
            if not upload.complete
        ]
    }


@bp.post("", provide_automatic_options=False)
@bp.doc(responses={201: "Begun; Location is where its pieces go"})
def begin() -> Response:
    """Begin an upload of ``Upload-Length`` bytes, named in ``Upload-Metadata``."""
    owner = _owner()
    size, limit = header_number("Upload-Length"), services().settings.limits.submission_bytes
    if size > limit:
        raise HttpRefusedError(413)
    metadata = _metadata()
    name = metadata.get("path") or metadata.get("filename") or ""
    if not name:
        raise UploadNameMissingError(header="Upload-Metadata")
    into = metadata.get("into", "")[:100]
    upload = _folder().begin(owner=owner, name=name[:1000], size_bytes=size, into=into)
    response = _answer(201, upload)
    response.headers["Location"] = url_for(".place", upload_id=upload.id)
    return response


@bp.route("/<uuid:upload_id>", methods=["HEAD"])
@bp.doc(responses={200: "Upload-Offset says how much is here"})
def place(upload_id: UUID) -> Response:
    """How much of it is here."""
    return _answer(200, _folder().get(upload_id, owner=_owner()))


@bp.get("/<uuid:upload_id>/sha256")
@bp.input(StretchQuery, location="query")
@bp.output(StretchDocument)
def stretch(upload_id: UUID, query_data: StretchQuery) -> dict[str, str]:
    """SHA-256 of a stretch of what is here: who goes on elsewhere compares it with their file."""
    sha256 = _folder().sha256(
        upload_id, owner=_owner(), offset=query_data.offset, length=query_data.length
    )
    return {"sha256": sha256}


@bp.patch("/<uuid:upload_id>")
@bp.doc(responses={204: "Taken; Upload-Offset says how much is here now"})
@takes(Body.FILES, "submission:create", "batch:create")
def append(upload_id: UUID) -> Response:
    """Take the next piece; what has arrived stays, even if the sender breaks off."""
    owner = _owner()
    if request.mimetype != PIECE:
        raise BodyKindError(taken=PIECE)
    offset, announced = header_number("Upload-Offset"), _checksum()
    try:
        upload = _folder().append(
            upload_id, request.stream, owner=owner, offset=offset, announced=announced
        )
    except UploadPieceDamagedError as damaged:
        refused = problem(damaged)
        refused.status_code = _CHECKSUM_MISMATCH
        return refused
    return _answer(204, upload)


@bp.delete("/<uuid:upload_id>")
@bp.doc(responses={204: "Forgotten"})
def forget(upload_id: UUID) -> Response:
    """Forget an upload that will not be used."""
    upload = _folder().get(upload_id, owner=_owner())
    _folder().discard([upload.id])
    return _answer(204, None)


def _folder() -> UploadFolder:
    return upload_folder(services())


def _owner() -> str:
    """Who may hand in or scan may upload; each sees no upload but their own."""
    actor = current_actor()
    if not access.may(actor, "batch:create") and not access.may(actor, "submission:create"):
        access.require_scope(actor, "batch:create")
        access.require(actor, "submission:create")
    return actor.account


def _checksum() -> Checksum | None:
    """``sha256 BASE64`` of the piece, where its sender announces one."""
    header = "Upload-Checksum"
    algorithm, _, value = request.headers.get(header, "").strip().partition(" ")
    if not algorithm:
        return None
    try:
        digest = base64.b64decode(value, validate=True)
    except ValueError:  # signs of no Base64, or of no ASCII
        raise UploadHeaderError(header=header) from None
    if algorithm not in CHECKSUMS:
        raise UploadHeaderError(header=header)
    return Checksum(algorithm, digest)


def _metadata() -> dict[str, str]:
    """``filename d29ybGQ=,path …``: keys with values in Base64."""
    facts = {}
    for pair in request.headers.get("Upload-Metadata", "").split(","):
        key, _, value = pair.strip().partition(" ")
        try:
            facts[key] = base64.b64decode(value, validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            raise UploadHeaderError(header="Upload-Metadata") from None
    return facts


def _answer(status: int, upload: Upload | None) -> Response:
    response = Response(status=status)
    response.headers["Tus-Resumable"] = _VERSION
    if upload is not None:
        response.headers["Upload-Offset"] = str(upload.received)
        response.headers["Upload-Length"] = str(upload.size_bytes)
    return response
