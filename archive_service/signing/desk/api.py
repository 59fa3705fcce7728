"""Papers that are signed elsewhere: asked for, downloaded, and brought back signed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

from apiflask import APIBlueprint
from apiflask.fields import UploadFile
from flask import Response
from pydantic import BaseModel, ConfigDict

from archive_service.api.idempotency import Answer, answer_once
from archive_service.api.offered import offer
from archive_service.api.request import language
from archive_service.api.streaming import send_bytes
from archive_service.request import Body, current_actor, services, takes
from archive_service.signing.desk import acts as desk_acts
from archive_service.signing.desk.documents import (
    SigningAnswerDocument,
    SigningRequestDocument,
    SigningRequestList,
)
from archive_service.storage.reader import sha256_of
from archive_service.storage.work_folder import work_place

bp = APIBlueprint(
    "api_signing_requests", __name__, tag="signing-requests", url_prefix="/signing-requests"
)

_PDF = "application/pdf"


class PaperIn(BaseModel):
    """A PDF, who is to sign it, and how."""

    model_config = ConfigDict(extra="ignore", arbitrary_types_allowed=True)

    file: UploadFile
    account: str
    identifier: str = ""
    with_seal: bool = False


class SignedIn(BaseModel):
    """The same PDF with a signature added."""

    model_config = ConfigDict(extra="ignore", arbitrary_types_allowed=True)

    file: UploadFile


@bp.get("")
@bp.output(SigningRequestList)
def list_all() -> SigningRequestList:
    """What the account asked for or is to sign, the newest first."""
    found = desk_acts.list_requests(services(), actor=current_actor(), lang=language())
    return SigningRequestList(signing_requests=found)


@bp.post("")
@bp.input(PaperIn, location="form_and_files")
@bp.output(SigningRequestDocument, status_code=201)
@takes(Body.PAPER, "signing:request")
def ask(form_and_files_data: PaperIn) -> Answer:
    """Ask for a signature on a PDF."""
    given = form_and_files_data
    with _saved(given.file) as path:
        with path.open("rb") as source:
            digest = sha256_of(source)

        def create() -> SigningRequestDocument:
            return desk_acts.request_signature(
                services(),
                path,
                account=given.account,
                actor=current_actor(),
                name=given.file.filename or "",
                identifier=given.identifier,
                with_seal=given.with_seal,
            )

        asked = given.model_dump(exclude={"file"}) | {"name": given.file.filename, "sha256": digest}
        return answer_once(json.dumps(asked), create)


@bp.get("/<uuid:request_id>/paper")
@bp.doc(responses={200: "The paper as it is to be signed"})
def paper(request_id: UUID) -> Response:
    """The paper as it is to be signed; that it went out is noted."""
    name, data = desk_acts.send_out(services(), request_id, actor=current_actor())
    return send_bytes(data, name=name, media_type=_PDF)


@bp.get("/<uuid:request_id>/signed")
@bp.doc(responses={200: "The signed paper"})
def signed(request_id: UUID) -> Response:
    """The paper as it came back."""
    name, data = desk_acts.read_signed(services(), request_id, actor=current_actor())
    return send_bytes(data, name=name, media_type=_PDF)


@bp.post("/<uuid:request_id>/signed")
@bp.input(SignedIn, location="form_and_files")
@bp.output(SigningAnswerDocument)
@takes(Body.PAPER, "signing:answer")
def bring_back(request_id: UUID, form_and_files_data: SignedIn) -> SigningAnswerDocument:
    """Bring the signed file back; ``accepted`` says whether it was taken, ``findings`` why not."""
    with _saved(form_and_files_data.file) as path:
        return desk_acts.take_return(
            services(), request_id, path, actor=current_actor(), lang=language()
        )


offer(bp, "/<uuid:request_id>/seal", desk_acts.seal_request)
offer(bp, "/<uuid:request_id>/withdraw", desk_acts.withdraw)


@contextmanager
def _saved(file: Any) -> Iterator[Path]:
    with work_place(services().work_folder, "paper-") as folder:
        path = folder / "paper.pdf"
        file.save(path)
        yield path
