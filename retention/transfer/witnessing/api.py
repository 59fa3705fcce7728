"""We witness and are witnessed: a partner sends its checkpoint (C2SP ``tlog-witness``)."""

import base64
from http import HTTPMethod

from apiflask import APIBlueprint
from flask import Response, request

from archive_service.api.offered import offer
from archive_service.api.openapi import STREAMED
from archive_service.evidence.witness.page_parts import kept_size, plain
from archive_service.evidence.witness.rules import (
    ADD_AT,
    CERTIFICATE,
    KEPT_AT,
    LONGEST_ASKING,
    AskingUnreadableError,
    KeptSizeError,
    LogContradictsError,
)
from archive_service.problem import BodyKindError, HttpRefusedError
from archive_service.request import current_actor, services
from retention.transfer.witnessing import taking
from retention.transfer.witnessing.listing import show_witnessing

bp = APIBlueprint("api_witness", __name__, tag="witness", url_prefix="/witness")

_TEXT = "text/plain"
STREAMED[f"/witness{ADD_AT}", "post"] = {
    "required": True,
    "description": "`old SIZE`, the lines of the consistency proof, an empty line, the checkpoint.",
    "content": {_TEXT: {"schema": {"type": "string"}}},
}


offer(bp, "", show_witnessing, method=HTTPMethod.GET)
offer(bp, "/<code>/begin-anew", taking.begin_anew)


@bp.post(ADD_AT)
@bp.doc(
    responses={
        200: "Our cosignature, a line of signature; text/plain",
        409: "How long the kept log is; text/x.tlog.size",
    }
)
def add_checkpoint() -> Response:
    """Keep a partner's checkpoint and cosign it; its certificate is in ``Log-Certificate``."""
    if request.mimetype != _TEXT:
        raise BodyKindError(taken=_TEXT)
    body = request.stream.read(LONGEST_ASKING + 1)
    if len(body) > LONGEST_ASKING:
        raise HttpRefusedError(413)
    try:
        certificate = base64.b64decode(request.headers.get(CERTIFICATE, ""), validate=True)
        asking = body.decode()
    except ValueError:
        raise AskingUnreadableError from None
    try:
        return plain(taking.cosign(services(), asking, certificate, actor=current_actor()))
    except (KeptSizeError, LogContradictsError) as other:
        return kept_size(other)


@bp.get(KEPT_AT)
@bp.doc(responses={200: "A signed note; text/plain"})
def kept() -> Response:
    """The last checkpoint of the partner that asks, with our cosignature; empty: none came yet."""
    return plain(taking.kept(services(), actor=current_actor()))
