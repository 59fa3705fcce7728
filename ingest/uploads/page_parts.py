"""Files that a page's form brings: uploads by their ids, or a plain multipart body."""

from uuid import UUID

from flask import request

from archive_service.problem import HttpRefusedError
from archive_service.request import current_actor, services
from ingest.uploads.acts import Sent, keep_files


def files_sent() -> list[Sent]:
    """What was uploaded before, in the order of the form, then what came with it."""
    ids, paths = request.form.getlist("upload"), request.form.getlist("path")
    if len(ids) != len(paths):
        raise HttpRefusedError(400)
    before = [Sent(_id(upload_id), path) for upload_id, path in zip(ids, paths, strict=True)]
    files = [
        (file.filename or "", file.stream)
        for file in request.files.getlist("files")
        if file.filename
    ]
    return [*before, *keep_files(services(), files, actor=current_actor())]


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise HttpRefusedError(400) from None
