"""One way in for every act that changes rows: right, transaction, event and evidence."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import event
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.audit import is_told
from archive_service.domain.people.account import Actor
from archive_service.evidence.write_out import write_out_evidence
from archive_service.services import Services


@contextmanager
def acting(services: Services, right: str, actor: Actor) -> Iterator[Session]:
    """The session of an act; what it changed stands once the block is left without an error.

    Then its evidence goes into every copy. A row's own right is asked where the row is read.

    Raises:
        ActNotAllowedError: the account may not do it to anything.
        RuntimeError: rows were changed and no event tells of it: a fault of ours, and undone.
    """
    access.require(actor, right)
    with services.writing() as session:
        changes: list[bool] = []
        event.listen(session, "before_flush", lambda rows, *_: changes.append(_changes(rows)))
        yield session
        session.flush()
        if any(changes) and not is_told(session):
            raise RuntimeError(f"{right}: rows were changed, and no event tells of it")
    write_out_evidence(services)


def _changes(session: Session) -> bool:
    touched = any(session.is_modified(row) for row in session.dirty)
    return touched or bool(session.new) or bool(session.deleted)
