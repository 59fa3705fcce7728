"""Bodies of a sender's request: a ZIP as it is, or a form with its files."""

import hashlib
import json
import os
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import IO, Any, cast

from flask import request
from pydantic import Field, Json, ValidationError
from werkzeug.datastructures import FileStorage
from werkzeug.http import parse_options_header

from archive_service.api.fields import WrongField, misfit, refusal
from archive_service.given import Given
from archive_service.problem import BodyKindError
from archive_service.request import PAGE_FIELDS
from archive_service.settings import LimitSettings
from archive_service.web.bodies import SentFile
from ingest.channels.parcel import Parcel
from ingest.channels.uploads import open_sent
from ingest.channels.web_form import FormDocument, UploadedFile, open_form

_PIECE_BYTES = 1 << 20
_ZIP = ("application/zip", "application/x-zip-compressed", "application/octet-stream")
_PACKET = ("application/xml", "text/xml", "application/edxml+xml")
_CHANNEL = "rest"


class FormDocumentIn(Given):
    """A document of the form; ``files`` are names of the parts ``files``, in order."""

    fields: dict[str, str]
    files: list[str] = Field(default=[])
    kind: str = "document"
    sha256: list[str] = Field(default=[])


class FormIn(Given):
    """The parts ``case_file`` and ``documents`` of a form, both JSON; TT 05 field names."""

    case_file: Json[dict[str, str]]
    documents: Json[list[FormDocumentIn]] = Field(default=[])


@contextmanager
def received_parcel(folder: Path, limits: LimitSettings) -> Iterator[tuple[Parcel, str]]:
    """The parcel of this request, and what tells it from any other; gone afterwards.

    Raises:
        BodyKindError: neither a ZIP, an edXML packet nor a form.
        InputError: a limit is broken, or the form is not of its form.
    """
    if request.mimetype in (*_ZIP, *_PACKET):
        ending = ".zip" if request.mimetype in _ZIP else ".edxml"
        with tempfile.TemporaryDirectory(dir=folder, prefix="received-") as place:
            target = Path(place) / f"received{ending}"
            digest = _to_disk(request.stream, target)
            yield open_sent(target, _name(ending), limits, channel=_CHANNEL), digest
    elif request.mimetype == "multipart/form-data":
        package = request.files.get("package")
        request_text = json.dumps([*sorted(request.form.items()), *_digests()])
        if package is None:
            yield _form(request.files.getlist("files"), limits), request_text
            return
        with tempfile.TemporaryDirectory(dir=folder, prefix="received-") as place:
            target = Path(place) / "received"
            package.save(target)
            name = (package.filename or "package.zip").replace("\\", "/").rpartition("/")[2]
            yield open_sent(target, name, limits, channel=_CHANNEL), request_text
    else:
        raise BodyKindError(taken=", ".join((_ZIP[0], _PACKET[0], "multipart/form-data")))


def _name(ending: str) -> str:
    """The name in ``Content-Disposition``; with this ending in any case."""
    _, options = parse_options_header(request.headers.get("Content-Disposition"))
    name = options.get("filename", "").replace("\\", "/").rpartition("/")[2]
    return name if name.lower().endswith(ending) else f"{name or 'package'}{ending}"


def _form(files: Sequence[FileStorage], limits: LimitSettings) -> Parcel:
    fields = {name: value for name, value in request.form.items() if name not in PAGE_FIELDS}
    try:
        form = FormIn.model_validate(fields)
    except ValidationError as wrong:
        raise misfit("form", wrong) from None
    named = {file.filename or "": file for file in files}
    asked = {name for document in form.documents for name in document.files}
    if missing := sorted(asked - named.keys()):
        raise refusal(WrongField("form.documents", "file-missing", {"names": missing}))
    documents = [
        FormDocument(
            fields=document.fields,
            files=[_uploaded(name, named) for name in document.files],
            kind=document.kind,
            sha256=document.sha256,
        )
        for document in form.documents
    ]
    return open_form(form.case_file, documents, limits, channel=_CHANNEL)


def _uploaded(name: str, named: Mapping[str, FileStorage]) -> UploadedFile:
    sent = cast("SentFile", named[name].stream)
    size = sent.seek(0, os.SEEK_END)
    return UploadedFile(name, size, lambda: BufferedReader(sent.again()))


def _digests() -> list[str]:
    """Name and digest of every file of the form."""
    found = []
    for part, file in request.files.items(multi=True):
        digest = hashlib.sha256()
        while piece := file.stream.read(_PIECE_BYTES):
            digest.update(piece)
        file.stream.seek(0)
        found.append(f"{part}/{file.filename}/{digest.hexdigest()}")
    return found


def _to_disk(source: IO[bytes], target: Path) -> str:
    digest = hashlib.sha256()
    with target.open("xb") as out:
        while piece := source.read(_PIECE_BYTES):
            digest.update(piece)
            out.write(piece)
    return digest.hexdigest()


def described() -> dict[str, Any]:
    """The body of ``POST submissions`` as OpenAPI tells it."""
    binary = {"type": "string", "contentMediaType": "application/octet-stream"}
    return {
        "required": True,
        "content": {
            "application/zip": {"schema": {"type": "string", "contentMediaType": _ZIP[0]}},
            "application/xml": {"schema": {"type": "string", "contentMediaType": _PACKET[0]}},
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "properties": {
                        "package": binary,
                        "case_file": {"type": "object", "additionalProperties": {"type": "string"}},
                        "documents": {"type": "array", "items": {"type": "object"}},
                        "files": {"type": "array", "items": binary},
                    },
                }
            },
        },
    }
