"""What becomes of what was dropped: the verdict stands beside the item, in the file that told it.

``done/NAME.json`` names the submissions of ``NAME`` and, under ``answers``, the state of each with
its reason, the findings it rests on and the receipt; written again when a state changes, until
nothing can change any more.
"""

import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from archive_service import clock, messages
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.services import Services

_LAST = frozenset(
    {
        SubmissionState.RETURNED,
        SubmissionState.WITHDRAWN,
        SubmissionState.STORED,
        SubmissionState.REJECTED,
    }
)
_AT_ONCE = 500  # submissions asked for by one statement

Told = dict[str, Any]


class Answers:
    """The files of ``folder`` in which something may still change."""

    def __init__(
        self, folder: Path, services: Services, write: Callable[[Path, str], None], *, lang: str
    ) -> None:
        """``write`` puts a text into a file, whole or not at all."""
        self._services = services
        self._write = write
        self._lang = lang
        self._open: dict[Path, Told] = {}
        for path in sorted(folder.glob("*.json")):
            told = _read(path)
            if told is not None and _waiting(told):
                self._open[path] = told

    def add(self, path: Path, told: Told) -> None:
        """A file to be written, with what is told of an item just taken."""
        self._write(path, json.dumps(told, ensure_ascii=False))
        self._open[path] = told

    def look(self) -> None:
        """Write again the files of those whose state is another one now."""
        waiting = {UUID(each) for told in self._open.values() for each in _waiting(told)}
        states = self._states(sorted(waiting))
        for path, told in list(self._open.items()):
            was = {each["id"]: each["state"] for each in told.get("answers", ())}
            new = [UUID(each) for each in _waiting(told) if states.get(each) != was.get(each)]
            if not new:
                continue
            answers = {each["id"]: each for each in told.get("answers", ())}
            answers |= {each["id"]: each for each in self._answers(new)}
            told["answers"] = [answers[each] for each in told["submissions"] if each in answers]
            if path.exists():
                self._write(path, json.dumps(told, ensure_ascii=False))
            if not path.exists() or not _waiting(told):
                del self._open[path]  # taken away by the sender, or told for good

    def _states(self, ids: list[UUID]) -> dict[str, str]:
        found: dict[str, str] = {}
        with self._services.read_only() as session:
            for part in _parts(ids):
                query = select(Submission.id, Submission.state).where(Submission.id.in_(part))
                found |= {str(each): state.value for each, state in session.execute(query)}
        return found

    def _answers(self, ids: list[UUID]) -> list[Told]:
        told: list[Told] = []
        with self._services.read_only() as session:
            for part in _parts(ids):
                rows = session.scalars(
                    select(Submission)
                    .where(Submission.id.in_(part))
                    .options(selectinload(Submission.findings))
                )
                found = session.scalars(select(CaseFile).where(CaseFile.id.in_(part)))
                cases = {case.id: case for case in found}
                told += [_answer(row, cases.get(row.id), self._lang) for row in rows]
        return told


def _answer(row: Submission, case_file: CaseFile | None, lang: str) -> Told:
    bearer = row if row.is_addition else case_file
    findings = []
    for one in row.findings:
        said = messages.finding(one.code, lang, one.facts | {"place": one.place})
        findings.append(
            {
                "code": one.code,
                "severity": one.severity.value,
                "place": one.place,
                "message": said.message,
                "remedy": said.remedy,
            }
        )
    return {
        "id": str(row.id),
        "code": row.code,
        "state": row.state.value,
        "decided_at": None if row.decided_at is None else clock.iso(row.decided_at),
        "decision_reason": row.decision_reason,
        "findings": findings,
        "receipt": bearer and bearer.receipt_number,
        "delivery": None if row.delivery_id is None else str(row.delivery_id),
    }


def _waiting(told: Told) -> list[str]:
    """Those of its submissions that are not told for good."""
    last = {each["id"] for each in told.get("answers", ()) if each["state"] in _LAST}
    return [each for each in told["submissions"] if each not in last]


def _read(path: Path) -> Told | None:
    """What a file tells, if it is one of ours."""
    try:
        told = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return told if isinstance(told, dict) and "submissions" in told else None


def _parts(ids: list[UUID]) -> Iterable[list[UUID]]:
    return (ids[at : at + _AT_ONCE] for at in range(0, len(ids), _AT_ONCE))
