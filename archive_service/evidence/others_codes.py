"""Codes of other agencies in events: an account of one agency is told of none of them."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import Actor

_LONGEST = 200  # letters of a code


def codes_of_others(
    session: Session, rows: Iterable[AuditEvent], *, actor: Actor
) -> frozenset[str]:
    """What the events say that is the code of another agency's case file or submission.

    Nothing for an account of no agency in particular; else two statements, however many rows.
    """
    if actor.agency_id is None:
        return frozenset()
    texts = {text for row in rows for text in _texts(row.data) if 0 < len(text) <= _LONGEST}
    if not texts:
        return frozenset()
    found: set[str] = set()
    own: set[str] = set()
    for table in (CaseFile, Submission):
        query = select(table.code, table.agency_id).where(table.code.in_(texts))
        for code, agency_id in session.execute(query):
            (own if agency_id == actor.agency_id else found).add(code)
    return frozenset(found - own)


def without(content: Any, others: frozenset[str]) -> Any:  # Any: whatever an event tells
    """The same without these codes: ``None`` in their place, left out of lists."""
    if isinstance(content, str):
        return None if content in others else content
    if isinstance(content, Mapping):
        return {
            name: without(value, others) for name, value in content.items() if name not in others
        }
    if isinstance(content, list):
        return [
            without(item, others)
            for item in content
            if not (isinstance(item, str) and item in others)
        ]
    return content


def _texts(content: Any) -> Iterator[str]:
    if isinstance(content, str):
        yield content
    elif isinstance(content, Mapping):
        yield from (name for name in content if isinstance(name, str))
        for value in content.values():
            yield from _texts(value)
    elif isinstance(content, list):
        for item in content:
            yield from _texts(item)
