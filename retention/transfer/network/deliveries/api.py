"""A transfer of another archive as its programs deliver it, from its register to its minutes."""

import io
from http import HTTPMethod
from typing import IO, Any
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response, request

from archive_service.api.offered import offer
from archive_service.api.openapi import STREAMED
from archive_service.api.pieces import PIECE, UploadHeaderError, header_number
from archive_service.api.streaming import send_bytes
from archive_service.problem import BodyKindError, HttpRefusedError
from archive_service.request import Body, current_actor, services, takes
from retention.transfer.network.batch_format import MEDIA_TYPE
from retention.transfer.network.deliveries import acts as deliveries_acts
from retention.transfer.network.deliveries import pieces
from retention.transfer.network.deliveries.documents import (
    DeliveryInDocument,
    PackageInDocument,
    PackageInList,
)
from retention.transfer.packages.manifest_reader import MOST_BYTES

bp = APIBlueprint("api_deliveries_in", __name__, tag="transfers", url_prefix="/transfers/incoming")

_XML = ("application/xml", "text/xml")
_PDF = ("application/pdf",)
# These are read whole: a register of 100,000 items has some 25 MB, each line 250 bytes about its
# title, so that titles may be twice as long; a notice names as many by their codes alone; minutes
# are a PDF whose list of 100,000 lines has less than half of it.
_REGISTER_BYTES = 64 << 20
_MESSAGE_BYTES = 32 << 20
_MINUTES_BYTES = 64 << 20
STREAMED["/transfers/incoming/{transfer_id}/packages", "post"] = {
    "required": True,
    "description": "A line of JSON {packages: [{ordinal, size_bytes, sha256}]}, then the bytes "
    "of these packages, one after another.",
    "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
}


@bp.put("/<uuid:transfer_id>/manifest")
@bp.output(DeliveryInDocument)
@takes(Body.PAPER, "transfer:deliver")
def put_manifest(transfer_id: UUID) -> DeliveryInDocument:
    """Begin a delivery, or a further one, with its signed manifest (XML); safe to repeat."""
    _require_kind(_XML)
    document = io.BufferedReader(_Bounded(request.stream, MOST_BYTES))
    return deliveries_acts.take_manifest(services(), transfer_id, document, actor=current_actor())


@bp.put("/<uuid:transfer_id>/register")
@bp.output(DeliveryInDocument)
@takes(Body.PAPER, "transfer:deliver")
def put_register(transfer_id: UUID) -> DeliveryInDocument:
    """Announce a transfer, amend or withdraw it, by its signed register (XML); safe to repeat."""
    document = _body(_XML, _REGISTER_BYTES)
    return deliveries_acts.take_register(services(), transfer_id, document, actor=current_actor())


@bp.get("/<uuid:transfer_id>/answer")
@bp.doc(responses={200: "The newest answer, signed XML; its sequence is in Transfer-Sequence"})
def answer(transfer_id: UUID) -> Response:
    """The newest answer to the register; earlier ones count no more."""
    return _answer(deliveries_acts.newest_answer(services(), transfer_id, actor=current_actor()))


offer(bp, "/<uuid:transfer_id>", deliveries_acts.standing, method=HTTPMethod.GET)
offer(bp, "/<uuid:transfer_id>/packages", deliveries_acts.wanted, method=HTTPMethod.GET)
offer(
    bp,
    "/<uuid:transfer_id>/packages/<int:ordinal>",
    deliveries_acts.package,
    method=HTTPMethod.GET,
)


@bp.patch("/<uuid:transfer_id>/packages/<int:ordinal>")
@bp.output(PackageInDocument)
@takes(Body.FILES, "transfer:deliver")
def take_piece(transfer_id: UUID, ordinal: int) -> PackageInDocument:
    """The next piece of a package, as of an upload (``Upload-Offset``); the last one is proved."""
    if request.mimetype != PIECE:
        raise BodyKindError(taken=PIECE)
    if request.content_length is None:
        raise UploadHeaderError(header="Content-Length")
    return pieces.take_piece(
        services(),
        transfer_id,
        ordinal,
        request.stream,
        offset=header_number("Upload-Offset"),
        length=request.content_length,
        actor=current_actor(),
    )


@bp.post("/<uuid:transfer_id>/packages")
@bp.output(PackageInList)
@takes(Body.FILES, "transfer:deliver")
def take_batch(transfer_id: UUID) -> PackageInList:
    """Several whole packages: a line of JSON that names them, then their bytes; safe to repeat."""
    if request.mimetype != MEDIA_TYPE:
        raise BodyKindError(taken=MEDIA_TYPE)
    if request.content_length is None:
        raise UploadHeaderError(header="Content-Length")
    found = pieces.take_batch(
        services(),
        transfer_id,
        request.stream,
        length=request.content_length,
        actor=current_actor(),
    )
    return PackageInList(packages=found)


offer(bp, "/<uuid:transfer_id>/complete", deliveries_acts.complete)


@bp.get("/<uuid:transfer_id>/reply")
@bp.doc(responses={200: "The newest reply, signed XML; its sequence is in Transfer-Sequence"})
def reply(transfer_id: UUID) -> Response:
    """The newest reply, which tells of all items; earlier ones count no more."""
    return _answer(deliveries_acts.newest_reply(services(), transfer_id, actor=current_actor()))


@bp.post("/<uuid:transfer_id>/notices")
@bp.output(DeliveryInDocument)
@takes(Body.PAPER, "transfer:deliver")
def take_notice(transfer_id: UUID) -> DeliveryInDocument:
    """What the giver stopped since it was sent, signed XML; each tells all; safe to repeat."""
    document = _body(_XML, _MESSAGE_BYTES)
    return deliveries_acts.take_notice(services(), transfer_id, document, actor=current_actor())


@bp.get("/<uuid:transfer_id>/minutes")
@bp.doc(responses={200: "The minutes as PDF/A, with the signatures given so far"})
def minutes(transfer_id: UUID) -> Response:
    """The minutes that this archive sealed, for the giver to sign."""
    name, data = deliveries_acts.minutes(services(), transfer_id, actor=current_actor())
    return send_bytes(data, name=name, media_type=_PDF[0])


@bp.put("/<uuid:transfer_id>/minutes")
@bp.output(DeliveryInDocument)
@takes(Body.PAPER, "transfer:deliver")
def put_minutes(transfer_id: UUID) -> DeliveryInDocument:
    """The same minutes with the giver's signature added (PDF); safe to repeat."""
    document = _body(_PDF, _MINUTES_BYTES)
    return deliveries_acts.take_minutes(services(), transfer_id, document, actor=current_actor())


def _answer(message: tuple[int, bytes]) -> Response:
    sequence, document = message
    response = Response(document, mimetype=_XML[0])
    response.headers["Transfer-Sequence"] = str(sequence)
    return response


class _Bounded(io.RawIOBase):
    """A body as it comes; ``HttpRefusedError`` where it is longer than it may be."""

    def __init__(self, source: IO[bytes], most_bytes: int) -> None:
        super().__init__()
        self._source, self._left = source, most_bytes

    def readable(self) -> bool:
        """It is."""
        return True

    def readinto(self, room: Any) -> int:  # Any: a buffer of bytes
        """The next piece."""
        piece = self._source.read(len(room))
        self._left -= len(piece)
        if self._left < 0:
            raise HttpRefusedError(413)
        room[: len(piece)] = piece
        return len(piece)


def _require_kind(kinds: tuple[str, ...]) -> None:
    if request.mimetype not in kinds:
        raise BodyKindError(taken=kinds[0])


def _body(kinds: tuple[str, ...], most_bytes: int) -> bytes:
    _require_kind(kinds)
    document = request.stream.read(most_bytes + 1)
    if len(document) > most_bytes:
        raise HttpRefusedError(413)
    return document
