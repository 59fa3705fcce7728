"""Rows written together; where one of them does not fit, each by itself, and that one is named."""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from archive_service.recovery.rebuild.left_out import LeftOut, Passed
from archive_service.recovery.rebuild.restored_case import RestoredCase
from archive_service.storage.acts import Act
from archive_service.storage.ocfl.root import object_root

Restore = Callable[[Session, list[dict[str, Any]]], object]


def write_bodies(
    session: Session, acts: Sequence[Act], restore: Restore, left_out: LeftOut
) -> None:
    """The rows that these acts tell of; one may name what came back from nowhere."""
    if not acts:
        return
    try:
        with session.begin_nested():
            restore(session, [act.document["body"] for act in acts])
    except IntegrityError:
        _write_each(session, list(acts), restore, left_out)


def _write_each(session: Session, acts: list[Act], restore: Restore, left_out: LeftOut) -> None:
    """Round after round, as long as one more fits: they may name each other in any order."""
    refused: dict[str, str] = {}
    before = len(acts) + 1
    while len(acts) < before:
        before, waiting = len(acts), []
        for act in acts:
            try:
                with session.begin_nested():
                    restore(session, [act.document["body"]])
            except IntegrityError as wrong:
                refused[act.key] = str(wrong.orig)
                waiting.append(act)
        acts = waiting
    for act in acts:
        left_out.pass_over(Passed.ACT_UNFIT, act.key, reason=refused[act.key])


def write_cases(
    session: Session, cases: Sequence[RestoredCase], left_out: LeftOut
) -> list[RestoredCase]:
    """Those of the case files that fit what is there; nothing of them stays in the session."""
    try:
        with session.begin_nested():
            session.add_all(row for case in cases for row in _rows(case))
        fitting = list(cases)
    except IntegrityError:
        fitting = [case for case in cases if _fits(session, case, left_out)]
    session.expunge_all()
    return fitting


def _fits(session: Session, case: RestoredCase, left_out: LeftOut) -> bool:
    root = object_root(case.case_file.ocfl_id)
    try:
        with session.begin_nested():
            session.add_all(_rows(case))
    except IntegrityError as wrong:
        left_out.pass_over(Passed.PACKAGE_UNFIT, root, reason=str(wrong.orig))
        return False
    return True


def _rows(case: RestoredCase) -> list[Any]:
    return [*case.submissions, case.case_file]
