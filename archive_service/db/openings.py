"""Records of openings, written soon after by one thread: no reader waits for a lock."""

import datetime as dt
import os
import threading
from collections import defaultdict, deque
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Engine, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from archive_service.db.engine import WRITING
from archive_service.domain.keeping.opening_record import OpeningRecord
from archive_service.log import logger

ONE_USE = dt.timedelta(minutes=15)  # further reading within it is the same use
_GATHERED_S = 1.0
_ASKED_AT_ONCE = 500  # documents
_MOST = 100_000  # records that wait while the database does not answer


class Openings:
    """Takes records at once and writes them within a second or two; ``close`` writes the rest.

    What a killed process had not written is lost, a second of it at most: what must never be lost,
    the reading of restricted content, is an audit event.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._waiting: deque[OpeningRecord] = deque(maxlen=_MOST)
        self._writing = threading.Lock()
        self._wake = threading.Event()
        self._thread: threading.Thread | None = None
        self._process = 0

    def note(self, record: OpeningRecord) -> None:
        """Take a record; it is in the database soon."""
        self._waiting.append(record)
        if self._thread is None or self._process != os.getpid():  # the first one of this process
            self._process = os.getpid()
            self._thread = threading.Thread(target=self._run, name="openings", daemon=True)
            self._thread.start()
        self._wake.set()

    def flush(self) -> None:
        """Write what waits; what cannot be written now waits on."""
        with self._writing:
            some = [self._waiting.popleft() for _ in range(len(self._waiting))]
            try:
                self._write(some)
            except SQLAlchemyError as wrong:
                self._waiting.extendleft(reversed(some))
                logger().warning("openings-wait", count=len(some), reason=str(wrong)[:200])

    def close(self) -> None:
        """Write the rest and let the thread end; one that comes later begins another."""
        self._thread = None
        self._wake.set()
        self.flush()

    def _run(self) -> None:
        while self._thread is threading.current_thread():
            self._wake.wait()
            self._wake.clear()
            threading.Event().wait(_GATHERED_S)
            self.flush()
            if self._waiting:
                self._wake.set()

    def _write(self, some: list[OpeningRecord]) -> None:
        if not some:
            return
        engine = self._engine.execution_options(**{WRITING: True})
        with Session(engine, expire_on_commit=False) as session:
            known = _moments(session, some)
            for record in some:
                moments = known[record.document_id, record.account]
                if not any(record.at - ONE_USE < at <= record.at for at in moments):
                    session.add(record)
                    moments.append(record.at)
            session.commit()


def _moments(
    session: Session, some: Sequence[OpeningRecord]
) -> defaultdict[tuple[UUID, str], list[dt.datetime]]:
    """Document and account -> when it was opened lately, of the documents of these records."""
    documents = list({record.document_id for record in some})
    accounts = {record.account for record in some}
    since = min(record.at for record in some) - ONE_USE
    found = defaultdict[tuple[UUID, str], list[dt.datetime]](list)
    for start in range(0, len(documents), _ASKED_AT_ONCE):
        part = documents[start : start + _ASKED_AT_ONCE]
        query = select(OpeningRecord.document_id, OpeningRecord.account, OpeningRecord.at).where(
            OpeningRecord.document_id.in_(part),
            OpeningRecord.account.in_(accounts),
            OpeningRecord.at > since,
        )
        for document_id, account, at in session.execute(query):
            found[document_id, account].append(at)
    return found
