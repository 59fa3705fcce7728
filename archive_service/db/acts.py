"""What acts say last of each of their subjects: where rows are written from them again."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.act import Act

_AT_ONCE = 500  # case files asked for in one statement


def newest_bodies(session: Session, kind: str) -> list[dict[str, Any]]:
    """The newest act of each subject of this kind; in the order of the subjects' first acts."""
    newest: dict[str, dict[str, Any]] = {}
    for act in session.scalars(select(Act).where(Act.kind == kind).order_by(Act.at, Act.id)):
        newest[act.subject_id] = act.document
    return list(newest.values())


def each_newest(
    session: Session, kind: str, wanted: Callable[[str], bool]
) -> Iterator[dict[str, Any]]:
    """The same of the subjects that are ``wanted``, read one by one: for bodies that are long."""
    told = select(Act.subject_id, Act.id).where(Act.kind == kind).order_by(Act.at, Act.id)
    newest = {subject: act_id for subject, act_id in session.execute(told) if wanted(subject)}
    for act_id in newest.values():
        yield session.scalars(select(Act.document).where(Act.id == act_id)).one()


def of_case_files(
    session: Session, bodies: Iterable[dict[str, Any]]
) -> tuple[list[dict[str, Any]], set[UUID]]:
    """Those of the acts whose case file (``case_file_id``) is there, and which these are."""
    told = list(bodies)
    wanted = sorted({UUID(body["case_file_id"]) for body in told})
    known: set[UUID] = set()
    for start in range(0, len(wanted), _AT_ONCE):
        some = CaseFile.id.in_(wanted[start : start + _AT_ONCE])
        known.update(session.scalars(select(CaseFile.id).where(some)))
    return [body for body in told if UUID(body["case_file_id"]) in known], known
