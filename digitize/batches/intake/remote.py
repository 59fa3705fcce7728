"""The API of an archive elsewhere, as a station uses it; uploads go on where they were."""

import base64
import http.client
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from archive_service.errors import BackendError, ConflictError, InputError
from digitize.batches.intake.door import OpenedBatch
from digitize.batches.intake.folder import Progress, named_by_content, no_link
from digitize.batches.intake.receive import BatchOrder
from digitize.batches.sources.names import LeftOut

PREFIX = "/api/v1"
PIECE_BYTES = 4 << 20
TIMEOUT_S = 60
_CLOSED = "batch-state"
_RECEIVING = "receiving"


class ServerAddressError(InputError):
    """Not an address such as https://archive.example."""

    code = "scan-server-address"


class ServerAwayError(BackendError):
    """The archive does not answer, or not as one."""

    code = "scan-server-away"


class ServerRefusedError(ConflictError):
    """The archive refuses what was asked; its own words are the reason."""

    code = "scan-server-refused"


@dataclass(slots=True)
class RemoteDoor:
    """See ``BatchDoor``; uploads that broke off are known by path and size."""

    server: str
    token: str = field(repr=False)
    station: str = ""
    lang: str = "vi"  # of what the archive answers
    _uploads: dict[tuple[Path, int, int], str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """``ServerAddressError`` before anything is sent."""
        parts = urlsplit(self.server)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ServerAddressError(server=self.server)

    def open(self, order: BatchOrder) -> OpenedBatch:
        """See ``BatchDoor.open``."""
        answer = self._asked(
            "POST",
            "/batches",
            order.model_dump(by_alias=True) | {"station": self.station or None},
        )
        return OpenedBatch(UUID(answer["id"]), answer["batch"], answer["state"] != _RECEIVING)

    def add(self, batch: OpenedBatch, name: str, path: Path) -> bool:
        """See ``BatchDoor.add``."""
        upload = self._sent(path, name)
        body = {"upload": upload, "name": name, "replace": True}
        try:
            self._asked("POST", f"/batches/{batch.id}/files", body)
        except ServerRefusedError as refused:
            if refused.facts.get("reason_code") == _CLOSED:
                return False
            raise
        return True

    def close(
        self, batch: OpenedBatch, order: Sequence[str], left_out: Sequence[LeftOut] = ()
    ) -> None:
        """See ``BatchDoor.close``."""
        missing = [{"name": file.name, "reason": file.reason.value} for file in left_out]
        body = {"order": list(order), "left_out": missing}
        self._asked("POST", f"/batches/{batch.id}/close", body)

    def document(self, batch: OpenedBatch) -> dict[str, Any]:
        """The document of a closed batch, see ``batch_intake.intake_document``."""
        return self._asked("POST", f"/batches/{batch.id}/close", {})  # closing twice is one

    def _sent(self, path: Path, name: str) -> str:
        """The id of a finished upload of this file (tus 1.0.0); goes on where it broke off."""
        found = path.lstat()
        known = (path, found.st_size, found.st_mtime_ns)
        offset = self._offset(self._uploads.get(known))
        if offset is None:
            encoded_name = base64.b64encode(name.encode()).decode("ascii")
            headers = {
                "Upload-Length": str(found.st_size),
                "Upload-Metadata": f"filename {encoded_name},path {encoded_name}",
            }
            answer = self._request("POST", "/uploads", headers=headers)
            self._uploads[known] = urlsplit(answer["location"]).path.rpartition("/")[2]
            offset = 0
        upload = self._uploads[known]
        with open(path, "rb", opener=no_link) as file:
            while offset < found.st_size:
                file.seek(offset)
                headers = {
                    "Content-Type": "application/offset+octet-stream",
                    "Upload-Offset": str(offset),
                }
                body = file.read(PIECE_BYTES)
                answer = self._request("PATCH", f"/uploads/{upload}", body=body, headers=headers)
                offset = int(answer["upload-offset"])
        del self._uploads[known]
        return upload

    def _offset(self, upload: str | None) -> int | None:
        """How much of a begun upload is there; ``None`` where it has to begin anew."""
        if upload is None:
            return None
        try:
            return int(self._request("HEAD", f"/uploads/{upload}")["upload-offset"])
        except ServerRefusedError:
            return None

    def _asked(self, method: str, path: str, body: dict[str, Any]) -> dict[str, Any]:
        data = json.dumps(body).encode()
        answer = self._request(
            method, path, body=data, headers={"Content-Type": "application/json"}
        )
        document: dict[str, Any] = json.loads(answer["body"])
        return document

    def _request(
        self,
        method: str,
        path: str,
        *,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
    ) -> dict[str, str]:
        """Headers in lower case, and ``body``."""
        parts = urlsplit(self.server)
        kind = (
            http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
        )
        line = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_S)
        sent = {"Authorization": f"Bearer {self.token}", "Accept-Language": self.lang}
        sent |= headers or {}
        try:
            line.request(method, f"{parts.path.rstrip('/')}{PREFIX}{path}", body, sent)
            answer = line.getresponse()
            data = answer.read()
        except (OSError, http.client.HTTPException) as trouble:
            raise ServerAwayError(server=self.server, reason=str(trouble)) from trouble
        finally:
            line.close()
        if answer.status >= 500:
            raise ServerAwayError(server=self.server, reason=str(answer.status))
        if answer.status >= 400:
            raise _refusal(answer.status, data)
        found = {name.lower(): value for name, value in answer.getheaders()}
        return found | {"body": data.decode("utf-8", errors="replace")}


def send_folder(
    door: RemoteDoor, folder: Path, order: BatchOrder, *, most_bytes: int, progress: Progress = iter
) -> OpenedBatch:
    """A folder as one closed batch there; broken off and begun again, it is still one batch.

    See ``batch_intake.import_folder`` and ``batch_folder.look_into`` for the arguments.

    Raises:
        ScanFolderEmptyError, ScanFolderRefusedError: no file; no batch was opened.
        ServerAwayError, ServerRefusedError: begin again: what came is not lost.
    """
    found, order = named_by_content(folder, order, most_bytes=most_bytes)
    batch = door.open(order)
    if not batch.closed:
        for file in progress(found.files):
            door.add(batch, file.name, file.path)
        door.close(batch, [file.name for file in found.files], found.left_out)
    return batch


def _refusal(status: int, data: bytes) -> ServerRefusedError:
    try:
        problem = json.loads(data)
    except ValueError:
        problem = {}
    reason = " ".join(str(problem[part]) for part in ("message", "remedy") if problem.get(part))
    return ServerRefusedError(
        status=status, reason=reason or str(status), reason_code=problem.get("code", "")
    )
