"""Series (nhóm hồ sơ): the tree by which the case files of a fonds are arranged."""

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.catalogue.fonds.documents import SeriesDocument
from archive_service.catalogue.fonds.fonds import FondsClosedError, get_fonds
from archive_service.domain.agencies.fonds import Fonds, FondsState, Series
from archive_service.domain.case_files.case_file import CaseFile, not_emptied
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.text import nfc, telling

SERIES = "series"  # kind of its acts
_LONGEST = {"code": 50, "title": 500, "note": 2000}
_DEEPEST = 10


class SeriesNotFoundError(NotFoundError):
    """The fonds has no series of this code."""


class SeriesExistsError(ConflictError):
    """Another series of the fonds bears the code."""


class SeriesNotEmptyError(ConflictError):
    """Case files or further series stand below it."""


class SeriesWordsError(InputError):
    """Code or title is missing, or too long."""


class SeriesTreeError(InputError):
    """A series would stand below itself, or too deep."""


def add_series(
    session: Session, fonds: str, code: str, title: str, *, actor: Actor, parent: str = "",
    note: str = "",
) -> Series:  # fmt: skip
    """One more branch; a code that was removed before may be used again.

    Raises:
        FondsNotFoundError, FondsClosedError, ActNotAllowedError
        SeriesExistsError, SeriesWordsError, SeriesTreeError
        SeriesNotFoundError: no such parent.
    """
    owner = _own(session, fonds, actor)
    if owner.state is FondsState.CLOSED:
        raise FondsClosedError(code=owner.code)
    code, title, note = (_words(*text) for text in zip(_LONGEST, (code, title, note), strict=True))
    row = session.scalar(select(Series).where(Series.fonds_id == owner.id, Series.code == code))
    if row is not None and row.removed_on is None:
        raise SeriesExistsError(fonds=owner.code, code=code)
    if row is None:
        row = Series(id=uuid4(), fonds_id=owner.id, code=code)
        session.add(row)
    row.title, row.note, row.removed_on = title, note, None
    row.parent_id = get_series(session, owner, parent).id if parent else None
    _tell(session, owner, row, "series:added", actor)
    return row


def change_series(
    session: Session, fonds: str, code: str, *, actor: Actor, title: str | None = None,
    parent: str | None = None, note: str | None = None,
) -> Series:  # fmt: skip
    """Another title or note, or another place in the tree; ``parent`` "" is the top."""
    owner = _own(session, fonds, actor)
    row = get_series(session, owner, code)
    if title is not None:
        row.title = _words("title", title)
    if note is not None:
        row.note = _words("note", note)
    if parent is not None:
        row.parent_id = get_series(session, owner, parent).id if parent else None
    _tell(session, owner, row, "series:changed", actor)
    return row


def remove_series(session: Session, fonds: str, code: str, *, actor: Actor) -> Series:
    """Only an empty one; ``SeriesNotEmptyError`` else."""
    owner = _own(session, fonds, actor)
    row = get_series(session, owner, code)
    below = select(func.count()).where(Series.parent_id == row.id, Series.removed_on.is_(None))
    held = select(func.count()).where(CaseFile.series_id == row.id, not_emptied())
    counts = session.scalar(below) or 0, session.scalar(held) or 0
    if any(counts):
        raise SeriesNotEmptyError(code=row.code, series=counts[0], case_files=counts[1])
    row.removed_on = clock.today()
    _tell(session, owner, row, "series:removed", actor)
    return row


def list_series(session: Session, fonds: str, *, actor: Actor) -> list[SeriesDocument]:
    """The tree from the top, each branch after its parent."""
    owner = get_fonds(session, fonds, actor=actor)
    held = select(func.count()).where(CaseFile.series_id == Series.id, not_emptied())
    rows = session.execute(
        select(Series, held.scalar_subquery())
        .where(Series.fonds_id == owner.id, Series.removed_on.is_(None))
        .order_by(Series.code)
    ).all()
    codes = {row.id: row.code for row, _ in rows}
    below: dict[UUID | None, list[tuple[Series, int]]] = {}
    for row, count in rows:
        below.setdefault(row.parent_id, []).append((row, count))

    def branches(parent: UUID | None, depth: int) -> Iterable[SeriesDocument]:
        for row, count in below.get(parent, ()):
            above = codes.get(row.parent_id) if row.parent_id else None
            yield SeriesDocument.of_row(row, parent=above, depth=depth, case_files=count)
            yield from branches(row.id, depth + 1)

    return list(branches(None, 0))


def get_series(session: Session, fonds: Fonds, code: str) -> Series:
    """``SeriesNotFoundError`` where the fonds has none of this code."""
    row = session.scalar(
        select(Series).where(
            Series.fonds_id == fonds.id, Series.code == code.strip(), Series.removed_on.is_(None)
        )
    )
    if row is None:
        raise SeriesNotFoundError(fonds=fonds.code, code=code)
    return row


def restore_series(session: Session, bodies: Iterable[dict[str, Any]]) -> None:
    """The rows of the newest acts; a parent comes before what stands below it."""
    waiting = {body["id"]: body for body in bodies}
    while waiting:
        ready = [body for body in waiting.values() if body["parent_id"] not in waiting]
        if not ready:  # no act of ours makes a circle
            raise ValueError(f"series below themselves: {sorted(waiting)}")
        for body in ready:
            del waiting[body["id"]]
            session.add(
                Series(
                    id=UUID(body["id"]),
                    fonds_id=UUID(body["fonds_id"]),
                    parent_id=UUID(body["parent_id"]) if body["parent_id"] else None,
                    code=body["code"],
                    title=body["title"],
                    note=body["note"],
                    removed_on=body["removed_on"] and dt.date.fromisoformat(body["removed_on"]),
                )
            )
        session.flush()


def _own(session: Session, fonds: str, actor: Actor) -> Fonds:
    access.require(actor, "fonds:keep")
    owner = get_fonds(session, fonds, actor=actor)
    access.require(actor, "fonds:keep", owner)
    return owner


def _words(name: str, text: str) -> str:
    words = " ".join(nfc(text).split())
    if len(words) > _LONGEST[name] or (name != "note" and not telling(words)):
        raise SeriesWordsError(
            field=name, longest=_LONGEST[name], given=len(words) if telling(words) else 0
        )
    return words


def _require_tree(session: Session, row: Series) -> None:
    parents: list[UUID] = []
    identifier = row.parent_id
    while identifier is not None:
        parents.append(identifier)
        if identifier == row.id or len(parents) >= _DEEPEST:
            raise SeriesTreeError(code=row.code, deepest=_DEEPEST)
        identifier = session.get_one(Series, identifier).parent_id


def _tell(session: Session, fonds: Fonds, row: Series, tag: str, actor: Actor) -> None:
    _require_tree(session, row)
    session.flush()
    parent = row.parent_id and str(row.parent_id)
    removed = row.removed_on and row.removed_on.isoformat()
    session.add(
        Act(
            kind=SERIES,
            subject_id=str(row.id),
            at=clock.now(),
            document={
                "id": str(row.id),
                "fonds_id": str(row.fonds_id),
                "fonds": fonds.code,
                "parent_id": parent,
                "code": row.code,
                "title": row.title,
                "note": row.note,
                "removed_on": removed,
            },
        )
    )
    facts = {"fonds": fonds.code, "series": row.code, "name": row.title}
    record_event(
        session, tag, subject_id=row.id, actor=actor, agency_id=fonds.agency_id, data=facts
    )
