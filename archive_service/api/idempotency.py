"""Idempotency-Key: a request that is sent again is answered again, and done once."""

import datetime as dt
import hashlib
import json
import math
from collections.abc import Callable
from typing import Any

from flask import request
from sqlalchemy import delete

from archive_service import clock
from archive_service.db.claims import BEAT_S, Claim, counts_for
from archive_service.document import Document
from archive_service.domain.people.idempotency import IdempotentRequest
from archive_service.errors import ConflictError, InputError
from archive_service.request import current_actor, services

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
MAX_LENGTH = 200
_KEPT = dt.timedelta(hours=24)

Answer = tuple[dict[str, Any], int, dict[str, str]]


class KeyMalformedError(InputError):
    """Empty, too long, or not printable ASCII."""

    code = "idempotency-key-malformed"


class KeyUsedError(ConflictError):
    """The key was used for another request."""

    code = "idempotency-key-used"


class KeyBusyError(ConflictError):
    """The same request is being carried out at this moment."""

    code = "idempotency-key-busy"

    def headers(self) -> dict[str, str]:
        """See ``ArchiveError.headers``."""
        return {"Retry-After": str(self.facts["seconds"])}


def answer_once(
    content: bytes | str, create: Callable[[], Document | dict[str, Any]], every_s: float = BEAT_S
) -> Answer:
    """Create, and answer 201; where the request bears a key, its answer is kept for a day.

    Args:
        content: what tells this request from another: its body, or the digests of its parts.

    Raises:
        KeyMalformedError, KeyUsedError, KeyBusyError
    """
    key = request.headers.get(HEADER)
    if key is None:
        return _body(create()), 201, {}
    if not 0 < len(key) <= MAX_LENGTH or not key.isascii() or not key.isprintable():
        raise KeyMalformedError(limit=MAX_LENGTH)
    claim = Claim(current_actor().account, key, _digest(content))
    if (kept := _earlier(claim)) is not None:
        return kept
    try:
        with claim.alive(services().database, every_s):
            body = _body(create())
    except BaseException:  # nothing was created: the sender may correct it and use the key again
        with services().writing() as session:
            claim.release(session)
        raise
    _keep(claim, body)
    return body, 201, {}


def _body(made: Document | dict[str, Any]) -> dict[str, Any]:
    return made.as_json() if isinstance(made, Document) else made


def _digest(content: bytes | str) -> str:
    data = content.encode() if isinstance(content, str) else content
    described = f"{request.method} {request.full_path}\n".encode()
    return hashlib.sha256(described + hashlib.sha256(data).digest()).hexdigest()


def _earlier(claim: Claim) -> Answer | None:
    """The answer kept for this key; without one the key is ours from now on."""
    with services().writing() as session:
        session.execute(
            delete(IdempotentRequest).where(IdempotentRequest.created_at < clock.now() - _KEPT)
        )
        row = claim.earlier(session)
        if row is not None and row.request_sha256 != claim.sha256:
            raise KeyUsedError(key=claim.key)
        if row is not None and row.status is not None:
            return row.body, row.status, {REPLAYED: "true"}
        if row is not None and (left := counts_for(session, row)):
            raise KeyBusyError(key=claim.key, seconds=math.ceil(left.total_seconds()))
        claim.take(session)
    return None


def _keep(claim: Claim, body: dict[str, Any]) -> None:
    with services().writing() as session:
        claim.keep(session, 201, json.loads(json.dumps(body, default=str)))
