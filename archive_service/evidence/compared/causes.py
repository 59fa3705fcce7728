"""Versions that nobody asked for: rows changed by hand, which the service packed in good faith.

Each later version follows an act about its case file, and that act leaves its event. Whoever
changes rows with the database's own tool and lets a worker build them leaves none.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from archive_service.db.rolled_back import BROUGHT_BACK
from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.retention.disposition import DispositionItem

BUILT = "version:built"
# In its data: deciding fields that are not as in the version before (earlier releases told none),
# and whether somebody edited while it was built, which the next version tells.
CHANGED, EDITED = "changed", "edited_meanwhile"
# Events about a case file that never ask for a version: work on what is there, and its use.
_IDLE = {
    *(BUILT, "case-file:stored", "case-file:indexed", "case-file:reserved", "case-file:verified"),
    *("case-file:removal-claimed", "submission:received", "submission:checked"),
    *("submission:stored", "document:read"),
}
_IDLE_FAMILIES = {
    *("access-request", "copy", "disposition", "fixity", "format", "hold", "incident", "job"),
    *("opening", "review", "search", "transfer"),
}
# Acts that add files and leave what decides on a case file as it is.
_ADDING = {
    *("case-file:copies-signed", "case-file:digitized", "case-file:migrated"),
    *("case-file:pages-added", "case-file:pdfs-read", "case-file:read-again"),
}
# Data of page 1 that somebody consented to, by document and field, with the columns that decide.
_DESCRIBED = "described"
_COLUMNS = {"number": "code_number", "date": "issued_date", "abstract": "subject"}
# Edits by hand tell each field that they change; a term moves with several of these.
_EDITED, _CHANGES = "case-file:described", "changes"
_OF_TERM = ("maintenance", "rule_code", "starts_on", "ends_on", "permanent")
_CAMEL = re.compile(r"(?<!^)(?=[A-Z])")
# Acts that are about more than one case file, or about another subject.
_ACCEPTED, _DECIDED = "submission:accepted", "disposition:approved"
_OF_ALL = {"archive:trust-withdrawn", *BROUGHT_BACK}


@dataclass(frozen=True, slots=True)
class _Event:
    number: int
    tag: str
    subject: str
    data: Mapping[str, Any]


def uncaused(session: Session, ids: Sequence[UUID]) -> Iterator[tuple[UUID, int, str]]:
    """Of these case files: each version without an act that asked for it, with its digest.

    Acts that add files, or tell which fields they write, are none where other deciding fields
    changed as well.
    """
    by_case_file = _events_of(session, ids)
    later = {
        case_file_id: [event for event in events if event.tag == BUILT and CHANGED in event.data]
        for case_file_id, events in by_case_file.items()
    }
    if not any(later.values()):
        return
    others = _others(session, [identifier for identifier, built in later.items() if built])
    for case_file_id, builds in later.items():
        for built in builds:
            asked = [
                event
                for event in (*by_case_file[case_file_id], *others[case_file_id])
                if _before(by_case_file[case_file_id], built) < event.number < built.number
                and _asks(event)
            ]
            if not asked or not _explain(asked, built.data[CHANGED]):
                yield case_file_id, int(built.data["version"]), built.data["inventory_sha256"]


def unasked(session: Session, built: Mapping[UUID, int]) -> Iterator[UUID]:
    """Of these case files, which wait for one more version than ``built``: those of no act."""
    ids = list(built)
    events, others = _events_of(session, ids), _others(session, ids)
    for case_file_id, version in built.items():
        after = _last_built(events[case_file_id])
        later = (
            event
            for event in (*events[case_file_id], *others[case_file_id])
            if event.number > after and _asks(event)
        )
        if not any(_adds_beyond(event, version) for event in later):
            yield case_file_id


def _adds_beyond(event: _Event, version: int) -> bool:
    """Work on files tells the newest version that is wanted, whether it made any or none."""
    return event.tag not in _ADDING or int(event.data.get("version", version + 1)) > version


def _explain(asked: Sequence[_Event], changed: Sequence[str]) -> bool:
    """Whether these acts may have changed all of these deciding fields."""
    causes: set[str] = set()
    for event in asked:
        if event.tag == _EDITED:
            causes |= _edited(event)
        elif event.tag in _ADDING:
            causes |= _described(event)
        else:
            return True
    return causes.issuperset(changed)


def _before(events: Sequence[_Event], built: _Event) -> int:
    """Number of the event of the version before; what comes after it asks for this one.

    Where somebody edited while that one was built, of the version before that.
    """
    return _last_built([event for event in events if event.number < built.number])


def _last_built(events: Sequence[_Event]) -> int:
    earlier = [event for event in events if event.tag == BUILT]
    while earlier and earlier[-1].data.get(EDITED):
        earlier.pop()
    return earlier[-1].number if earlier else 0


def _edited(event: _Event) -> set[str]:
    """Fields that somebody wrote, and those of the term, which may follow from them."""
    written = (
        ("documents" if change["document"] else "case_file", _CAMEL.sub("_", change["field"]))
        for change in event.data.get(_CHANGES, ())
    )
    fields = {f"{subject}.{column.lower()}" for subject, column in written}
    return fields | {f"case_file.{column}" for column in _OF_TERM}


def _described(event: _Event) -> set[str]:
    """Deciding fields of documents that were written with pages, as their event tells."""
    fields = {field for each in event.data.get(_DESCRIBED, {}).values() for field in each}
    return {f"documents.{_COLUMNS[field]}" for field in fields & _COLUMNS.keys()}


def _asks(event: _Event) -> bool:
    is_idle = event.tag in _IDLE or event.tag.partition(":")[0] in _IDLE_FAMILIES
    return event.tag == _DECIDED or not is_idle


def _events_of(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[_Event]]:
    found: dict[UUID, list[_Event]] = {identifier: [] for identifier in ids}
    for event in _events(
        session, AuditEvent.subject_id.in_([str(identifier) for identifier in ids])
    ):
        found[UUID(event.subject)].append(event)
    return found


def _others(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[_Event]]:
    """Acts about these case files whose event has another subject."""
    found: dict[UUID, list[_Event]] = {identifier: [] for identifier in ids}
    items = select(DispositionItem.disposition_id, DispositionItem.case_file_id)
    added = select(Submission.id, Submission.case_file_id)
    subjects: dict[str, list[UUID]] = {}
    for subject, case_file_id in (
        *session.execute(items.where(DispositionItem.case_file_id.in_(ids))),
        *session.execute(added.where(Submission.case_file_id.in_(ids))),
    ):
        subjects.setdefault(str(subject), []).append(case_file_id)
    theirs = AuditEvent.subject_id.in_(list(subjects))
    some = AuditEvent.tag.in_((_ACCEPTED, _DECIDED)) & theirs
    for event in _events(session, some | AuditEvent.tag.in_(_OF_ALL)):
        for case_file_id in ids if event.tag in _OF_ALL else subjects.get(event.subject, ()):
            found[case_file_id].append(event)
    return found


def _events(session: Session, which: ColumnElement[bool]) -> Iterator[_Event]:
    columns = select(AuditEvent.number, AuditEvent.tag, AuditEvent.subject_id, AuditEvent.data)
    for number, tag, subject, data in session.execute(
        columns.where(which).order_by(AuditEvent.number)
    ):
        yield _Event(number, tag, subject or "", data)
