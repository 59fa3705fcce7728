"""What the archive itself knows of an incident, field by field of a report; the rest is blank."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import messages
from archive_service.accounts.acts import display_names
from archive_service.domain.case_files.case_file import CaseFile, PackageVersion
from archive_service.domain.people.incident import Incident
from archive_service.domain.people.incident_duty import IncidentDuty, IncidentNote
from archive_service.forms import words
from archive_service.notices.incidents import incident_title
from archive_service.notices.subjects import Subject, subjects_of
from archive_service.services import VERSION
from archive_service.settings import Settings


@dataclass(frozen=True, slots=True)
class Known:
    """All that a report is filled from."""

    settings: Settings
    incident: Incident
    duty: IncidentDuty
    notes: Sequence[IncidentNote]
    people: dict[str, str]
    subject: Subject
    held: tuple[int, int, int] | None  # documents, files, bytes of the case file it is about


def known_of(
    session: Session,
    settings: Settings,
    incident: Incident,
    duty: IncidentDuty,
    notes: Sequence[IncidentNote],
) -> Known:
    """Gathered by three statements."""
    names = {incident.owner, duty.marked_by, *(note.account for note in notes)} - {""}
    subject = subjects_of(session, [incident])[incident.id]
    return Known(
        settings=settings,
        incident=incident,
        duty=duty,
        notes=notes,
        people=display_names(session, sorted(names)),
        subject=subject,
        held=_held(session, subject.case_file) if subject.case_file else None,
    )


def filled(known: Known, name: str) -> str:
    """What the field says by itself; "" where only people know."""
    return _FILLED[name](known) if name in _FILLED else ""


def _held(session: Session, code: str) -> tuple[int, int, int] | None:
    newest = (PackageVersion.case_file_id == CaseFile.id) & (
        PackageVersion.number == CaseFile.version_stored
    )
    columns = CaseFile.total_doc, func.coalesce(PackageVersion.file_count, 0), CaseFile.size_bytes
    found = session.execute(
        select(*columns).outerjoin(PackageVersion, newest).where(CaseFile.code == code)
    ).first()
    return None if found is None else (found[0], found[1], found[2])


def _organisation(known: Known) -> str:
    archive = known.settings.archive
    facts = {"name": archive.name, "code": archive.code, "above": archive.superior}
    return _words("organisation-of" if archive.superior else "organisation", **facts)


def _contact(known: Known) -> str:
    account = known.incident.owner or known.duty.marked_by
    return known.people.get(account) or account


def _system(known: Known) -> str:
    return _words("system", code=known.settings.archive.code, version=VERSION)


def _kind(known: Known) -> str:
    row = known.incident
    severity = messages.label("incident-severity", row.severity.value, "vi")
    return _words("kind", title=incident_title(row.kind, row.facts), severity=severity)


def _description(known: Known) -> str:
    row = known.incident
    facts = {
        "about": known.subject.words("vi"),
        "from": words.moment(row.opened_at),
        "until": words.moment(row.closed_at or row.seen_at),
        "times": words.count(row.times),
    }
    return _words("description-over" if row.closed_at else "description", **facts)


def _objects(known: Known) -> str:
    if known.held is None:
        return ""
    documents, files, size = known.held
    counts = {"documents": words.count(documents), "files": words.count(files)}
    return _words("objects", code=known.subject.case_file, size=words.size(size), **counts)


def _accounts(known: Known) -> str:
    account = str(known.incident.facts.get("account") or known.incident.facts.get("name") or "")
    return _words("accounts", count="1", names=account) if account else ""


def _done(known: Known) -> str:
    return "\n".join(
        _words(
            "note",
            at=words.moment(note.at),
            who=known.people.get(note.account) or note.account,
            text=note.text,
        )
        for note in known.notes
    )


def _words(key: str, **facts: object) -> str:
    return messages.text(f"forms.incident.{key}", "vi", **facts)


_FILLED: dict[str, Callable[[Known], str]] = {
    "organisation": _organisation,
    "contact": _contact,
    "system": _system,
    "happened": lambda known: words.moment(known.incident.opened_at),
    "known": lambda known: words.moment(known.duty.known_at),
    "kind": _kind,
    "description": _description,
    "objects": _objects,
    "accounts": _accounts,
    "done": _done,
}
