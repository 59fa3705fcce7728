"""Verdicts on dropped items, written beside each item into the file that told its receipt.

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
from archive_service.domain.intake.submission import GIVEN_BACK, Submission, SubmissionState
from archive_service.services import Services

_LAST = (*GIVEN_BACK, SubmissionState.STORED)
_AT_ONCE = 500  # submissions asked for by one statement

Facts = dict[str, Any]


class Answers:
    """The files of ``folder`` in which something may still change."""

    def __init__(
        self, folder: Path, services: Services, write: Callable[[Path, str], None], *, lang: str
    ) -> None:
        """``write`` puts a text into a file, whole or not at all."""
        self._services = services
        self._write = write
        self._lang = lang
        self._open: dict[Path, Facts] = {}
        for path in sorted(folder.glob("*.json")):
            content = _read(path)
            if content is not None and _waiting(content):
                self._open[path] = content

    def add(self, path: Path, record: Facts) -> None:
        """A file to be written, with what is told of an item just taken."""
        self._write(path, json.dumps(record, ensure_ascii=False))
        self._open[path] = record

    def look(self) -> None:
        """Write again the files of those whose state is another one now."""
        waiting = {UUID(each) for record in self._open.values() for each in _waiting(record)}
        states = self._states(sorted(waiting))
        for path, record in list(self._open.items()):
            was = {each["id"]: each["state"] for each in record.get("answers", ())}
            new = [UUID(each) for each in _waiting(record) if states.get(each) != was.get(each)]
            if not new:
                continue
            answers = {each["id"]: each for each in record.get("answers", ())}
            answers |= {each["id"]: each for each in self._answers(new)}
            record["answers"] = [answers[each] for each in record["submissions"] if each in answers]
            if path.exists():
                self._write(path, json.dumps(record, ensure_ascii=False))
            if not path.exists() or not _waiting(record):
                del self._open[path]  # taken away by the sender, or told for good

    def _states(self, ids: list[UUID]) -> dict[str, str]:
        found: dict[str, str] = {}
        with self._services.read_only() as session:
            for part in _parts(ids):
                query = select(Submission.id, Submission.state).where(Submission.id.in_(part))
                found |= {str(each): state.value for each, state in session.execute(query)}
        return found

    def _answers(self, ids: list[UUID]) -> list[Facts]:
        answers: list[Facts] = []
        with self._services.read_only() as session:
            for part in _parts(ids):
                rows = session.scalars(
                    select(Submission)
                    .where(Submission.id.in_(part))
                    .options(selectinload(Submission.findings))
                )
                found = session.scalars(select(CaseFile).where(CaseFile.id.in_(part)))
                cases = {case.id: case for case in found}
                answers += [_answer(row, cases.get(row.id), self._lang) for row in rows]
        return answers


def _answer(row: Submission, case_file: CaseFile | None, lang: str) -> Facts:
    bearer = row if row.is_addition else case_file
    findings = []
    for finding in row.findings:
        words = messages.finding(finding.code, lang, finding.facts | {"place": finding.place})
        findings.append(
            {
                "code": finding.code,
                "severity": finding.severity.value,
                "place": finding.place,
                "message": words.message,
                "remedy": words.remedy,
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


def _waiting(record: Facts) -> list[str]:
    """Submissions of an item whose last word is still to come."""
    last = {each["id"] for each in record.get("answers", ()) if each["state"] in _LAST}
    return [each for each in record["submissions"] if each not in last]


def _read(path: Path) -> Facts | None:
    """The record in a file, if it is one of ours."""
    try:
        record = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return None
    return record if isinstance(record, dict) and "submissions" in record else None


def _parts(ids: list[UUID]) -> Iterable[list[UUID]]:
    return (ids[at : at + _AT_ONCE] for at in range(0, len(ids), _AT_ONCE))
