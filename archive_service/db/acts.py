"""What acts say last of each of their subjects: where rows are written from them again."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.keeping.act import Act, ActKind, Body

_OfCaseFile = TypeVar("_OfCaseFile", bound=Mapping[str, Any])  # one of its keys: case_file_id
_AT_ONCE = 500  # case files asked for in one statement


def newest_bodies(session: Session, kind: ActKind[Body]) -> list[Body]:
    """The newest act of each subject of this kind; in the order of the subjects' first acts."""
    newest: dict[str, Body] = {}
    for act in session.scalars(select(Act).where(Act.kind == kind).order_by(Act.at, Act.id)):
        newest[act.subject_id] = cast("Body", act.document)
    return list(newest.values())


def each_newest(
    session: Session, kind: ActKind[Body], wanted: Callable[[str], bool]
) -> Iterator[Body]:
    """The same of the subjects that are ``wanted``, read one by one: for bodies that are long."""
    query = select(Act.subject_id, Act.id).where(Act.kind == kind).order_by(Act.at, Act.id)
    newest = {subject: act_id for subject, act_id in session.execute(query) if wanted(subject)}
    for act_id in newest.values():
        document = session.scalars(select(Act.document).where(Act.id == act_id)).one()
        yield cast("Body", document)


def of_case_files(
    session: Session, bodies: Iterable[_OfCaseFile]
) -> tuple[list[_OfCaseFile], set[UUID]]:
    """Those of the acts whose case file (``case_file_id``) is there, and which these are."""
    every = list(bodies)
    wanted = sorted({UUID(body["case_file_id"]) for body in every})
    known: set[UUID] = set()
    for start in range(0, len(wanted), _AT_ONCE):
        some = CaseFile.id.in_(wanted[start : start + _AT_ONCE])
        known.update(session.scalars(select(CaseFile.id).where(some)))
    return [body for body in every if UUID(body["case_file_id"]) in known], known
