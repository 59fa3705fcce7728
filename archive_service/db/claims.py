"""What is being carried out at this moment, so that asking for it again does not do it twice."""

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, delete, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from archive_service.db.unit_of_work import Database, moment_of, take_write_lock
from archive_service.domain.people.idempotency import IdempotentRequest
from archive_service.errors import BackendError

BEAT_S = 15.0  # a claim that is being worked on says so this often
_ABANDONED = dt.timedelta(seconds=60)  # one that has not said so for so long died on the way


@dataclass(frozen=True)
class Claim:
    """One press of ``account`` under ``key``; ``sha256`` tells it from every other press."""

    account: str
    key: str
    sha256: str

    def earlier(self, session: Session) -> IdempotentRequest | None:
        """Whoever has the key; of two that come at once, the second one sees the first."""
        take_write_lock(session)
        return session.get(IdempotentRequest, (self.account, self.key))

    def take(self, session: Session) -> None:
        """The key is ours once the caller commits, whoever had it."""
        session.execute(delete(IdempotentRequest).where(*self._of_key()))
        session.add(
            IdempotentRequest(
                account=self.account,
                key=self.key,
                request_sha256=self.sha256,
                body={},
                created_at=moment_of(session),
            )
        )

    def keep(self, session: Session, status: int, body: dict[str, Any]) -> None:
        """What it was answered, from now on; somebody who took it over meanwhile keeps it."""
        kept = update(IdempotentRequest).where(*self._own())
        session.execute(kept.values(status=status, body=body, created_at=moment_of(session)))

    def release(self, session: Session) -> None:
        """Nobody has the key; somebody who took it over meanwhile keeps it."""
        session.execute(delete(IdempotentRequest).where(*self._own()))

    @contextmanager
    def alive(self, database: Database, every_s: float = BEAT_S) -> Iterator[None]:
        """While it lasts the claim is renewed, however long the work takes; a kill ends that."""
        ended = threading.Event()

        def beat() -> None:
            while not ended.wait(every_s):
                with suppress(BackendError, SQLAlchemyError), database.writing() as session:
                    now = moment_of(session)
                    renewed = update(IdempotentRequest).where(*self._own())
                    session.execute(renewed.values(created_at=now))

        heart = threading.Thread(target=beat, name="claim", daemon=True)
        heart.start()
        try:
            yield
        finally:
            ended.set()
            heart.join()

    def _of_key(self) -> tuple[ColumnElement[bool], ...]:
        return (IdempotentRequest.account == self.account, IdempotentRequest.key == self.key)

    def _own(self) -> tuple[ColumnElement[bool], ...]:
        return (*self._of_key(), IdempotentRequest.request_sha256 == self.sha256)


def counts_for(session: Session, claim: IdempotentRequest) -> dt.timedelta:
    """How long an unanswered claim still holds others up; nothing once whoever made it died."""
    left = claim.created_at + _ABANDONED - moment_of(session)
    return max(left, dt.timedelta())
