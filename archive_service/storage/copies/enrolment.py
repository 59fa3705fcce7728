"""Which copies count now, by their rows: the one answer for writers, readers and closers."""

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.keeping.enrolled_copy import CopyRole, CopyStanding, EnrolledCopy
from archive_service.errors import BackendError
from archive_service.storage.port import ObjectStore


class CopiesChangedError(BackendError):
    """A copy joined while this was being written into the others: it is tried again at once."""


def in_use(session: Session, stores: Sequence[ObjectStore]) -> tuple[ObjectStore, ...]:
    """Of these stores those that are active; all of them before the first is enrolled."""
    rows = session.execute(select(EnrolledCopy.name, EnrolledCopy.state)).all()
    if not rows:
        return tuple(stores)
    active = {row.name for row in rows if row.state is CopyStanding.ACTIVE}
    return tuple(store for store in stores if store.name in active)


def active_names(session: Session) -> set[str]:
    """Names of the copies that count; reserve copies do not."""
    counting = (EnrolledCopy.role == CopyRole.COPY, EnrolledCopy.state == CopyStanding.ACTIVE)
    return set(session.scalars(select(EnrolledCopy.name).where(*counting)))


def not_retired(session: Session, stores: Sequence[ObjectStore]) -> tuple[ObjectStore, ...]:
    """Of these stores all that are, or will be, written and read."""
    retired = set(
        session.scalars(select(EnrolledCopy.name).where(EnrolledCopy.state == CopyStanding.RETIRED))
    )
    return tuple(store for store in stores if store.name not in retired)


def identities(session: Session) -> dict[str, str]:
    """Name → identity of every copy that was ever enrolled."""
    rows = session.execute(select(EnrolledCopy.name, EnrolledCopy.identity))
    return {row.name: row.identity for row in rows}


def require_every_copy(session: Session, written: Collection[str]) -> None:
    """In the transaction that calls something stored: it lies in each copy active by now.

    The rows are held until the commit, so that no copy becomes active meanwhile.

    Raises:
        CopiesChangedError: one joined since; what is written already is kept.
    """
    rows = session.scalars(
        select(EnrolledCopy)
        .where(EnrolledCopy.role == CopyRole.COPY, EnrolledCopy.state == CopyStanding.ACTIVE)
        .order_by(EnrolledCopy.name)
        .with_for_update(read=True)
        .execution_options(populate_existing=True)
    )
    lacking = [row.name for row in rows if row.name not in written]
    if lacking:
        raise CopiesChangedError(copies=", ".join(lacking))


def held_mark(identity: str) -> str:
    """How a copy stands in ``held_by``."""
    return f"|{identity}|"


def with_holders(held_by: str, names: Collection[str], known: Mapping[str, str]) -> str:
    """``held_by`` with these copies, named by their identities."""
    marks = [held_mark(known[name]) for name in sorted(names) if name in known]
    return held_by + "".join(mark for mark in marks if mark not in held_by)
