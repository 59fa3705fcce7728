"""Versions that nobody asked for: rows changed by hand, which the service packed in good faith.

Each later version follows an act about its case file, and that act leaves its event. Whoever
changes rows with the database's own tool and lets a worker build them leaves none.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.orm import Session

from archive_service.domain.intake.submission import Submission
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.retention.disposition import DispositionItem
from archive_service.evidence.compared.misfit import BROUGHT_BACK

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

    An act that adds files alone is none where deciding fields changed as well, but for those of
    documents that were read on the pages and consented to.
    """
    told = _told(session, ids)
    later = {
        case_file_id: [event for event in events if event.tag == BUILT and CHANGED in event.data]
        for case_file_id, events in told.items()
    }
    if not any(later.values()):
        return
    others = _others(session, [identifier for identifier, built in later.items() if built])
    for case_file_id, builds in later.items():
        for built in builds:
            asked = [
                event
                for event in (*told[case_file_id], *others[case_file_id])
                if _before(told[case_file_id], built) < event.number < built.number and _asks(event)
            ]
            adds = all(event.tag in _ADDING for event in asked)
            if not asked or (adds and not _described(asked).issuperset(built.data[CHANGED])):
                yield case_file_id, int(built.data["version"]), built.data["inventory_sha256"]


def _before(events: Sequence[_Event], built: _Event) -> int:
    """Number of the event of the version before; what comes after it asks for this one.

    Where somebody edited while that one was built, of the version before that.
    """
    earlier = [event for event in events if event.tag == BUILT and event.number < built.number]
    while earlier and earlier[-1].data.get(EDITED):
        earlier.pop()
    return earlier[-1].number if earlier else 0


def _described(asked: Sequence[_Event]) -> set[str]:
    """Deciding fields of documents that were written with pages, as the event of these tells."""
    written = [fields for event in asked for fields in event.data.get(_DESCRIBED, {}).values()]
    fields = {field for each in written for field in each}
    return {f"documents.{_COLUMNS[field]}" for field in fields & _COLUMNS.keys()}


def _asks(one: _Event) -> bool:
    is_idle = one.tag in _IDLE or one.tag.partition(":")[0] in _IDLE_FAMILIES
    return one.tag == _DECIDED or not is_idle


def _told(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[_Event]]:
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
