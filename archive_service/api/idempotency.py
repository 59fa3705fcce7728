"""Idempotency-Key: a request that is sent again is answered again, and done once."""

import datetime as dt
import hashlib
import json
import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from flask import request
from sqlalchemy import delete, update
from sqlalchemy.exc import SQLAlchemyError

from archive_service import clock
from archive_service.domain.people.idempotency import IdempotentRequest
from archive_service.errors import BackendError, ConflictError, InputError
from archive_service.request import current_actor, services

HEADER = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"
MAX_LENGTH = 200
_KEPT = dt.timedelta(hours=24)
_BEAT_S = 15.0  # a request that is being carried out says so this often
_ABANDONED = dt.timedelta(seconds=60)  # one that has not said so for so long died on the way

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


def answer_once(content: bytes | str, create: Callable[[], dict[str, Any]]) -> Answer:
    """Create, and answer 201; where the request bears a key, its answer is kept for a day.

    Args:
        content: what tells this request from another: its body, or the digests of its parts.

    Raises:
        KeyMalformedError, KeyUsedError, KeyBusyError
    """
    key = request.headers.get(HEADER)
    if key is None:
        return create(), 201, {}
    if not 0 < len(key) <= MAX_LENGTH or not key.isascii() or not key.isprintable():
        raise KeyMalformedError(limit=MAX_LENGTH)
    if (kept := _claim(key, _digest(content))) is not None:
        return kept
    try:
        with _alive(key):
            body = create()
    except BaseException:
        _forget(key)  # nothing was created: the sender may correct it and use the key again
        raise
    _keep(key, body)
    return body, 201, {}


def _digest(content: bytes | str) -> str:
    data = content.encode() if isinstance(content, str) else content
    told = f"{request.method} {request.full_path}\n".encode()
    return hashlib.sha256(told + hashlib.sha256(data).digest()).hexdigest()


def _claim(key: str, digest: str) -> Answer | None:
    """The answer kept for this key; without one the key is ours from now on."""
    now = clock.now()
    account = current_actor().account
    with services().unit_of_work() as uow:
        uow.session.execute(
            delete(IdempotentRequest).where(IdempotentRequest.created_at < now - _KEPT)
        )
        row = uow.session.get(IdempotentRequest, (account, key), with_for_update=True)
        if row is not None and row.request_sha256 != digest:
            raise KeyUsedError(key=key)
        if row is not None and row.status is not None:
            return row.body, row.status, {REPLAYED: "true"}
        if row is not None and row.created_at > now - _ABANDONED:
            left = row.created_at + _ABANDONED - now
            raise KeyBusyError(key=key, seconds=math.ceil(left.total_seconds()))
        if row is None:
            row = IdempotentRequest(account=account, key=key, request_sha256=digest, body={})
            uow.session.add(row)
        row.created_at = now
        uow.commit()
    return None


@contextmanager
def _alive(key: str, every_s: float = _BEAT_S) -> Iterator[None]:
    """While it lasts the claim is renewed, however long the request takes; a kill ends that."""
    ended = threading.Event()
    archive, account = services(), current_actor().account
    own = (IdempotentRequest.account == account, IdempotentRequest.key == key)

    def beat() -> None:
        while not ended.wait(every_s):
            with suppress(BackendError, SQLAlchemyError), archive.writing() as session:
                session.execute(
                    update(IdempotentRequest).where(*own).values(created_at=clock.now())
                )

    heart = threading.Thread(target=beat, name="idempotency-key", daemon=True)
    heart.start()
    try:
        yield
    finally:
        ended.set()
        heart.join()


def _keep(key: str, body: dict[str, Any]) -> None:
    with services().writing() as session:
        row = session.get_one(IdempotentRequest, (current_actor().account, key))
        row.status, row.body = 201, json.loads(json.dumps(body, default=str))


def _forget(key: str) -> None:
    with services().writing() as session:
        session.execute(
            delete(IdempotentRequest).where(
                IdempotentRequest.account == current_actor().account,
                IdempotentRequest.key == key,
            )
        )
