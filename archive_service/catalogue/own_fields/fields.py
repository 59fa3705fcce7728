"""Fields of an agency's own: defined, changed, retired; never deleted, and never another kind."""

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.catalogue.agencies.acts import get_agency
from archive_service.catalogue.own_fields.documents import OwnFieldDocument
from archive_service.catalogue.own_fields.given import OwnFieldChange, OwnFieldIn
from archive_service.db.unit_of_work import take_write_lock
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.own_field import OWN_FIELD, OwnField, OwnKind, OwnSubject
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.services import Services
from archive_service.text import nfc, same_words

MOST_FIELDS = 100  # of an agency, retired ones too
MOST_CHOICES = 200
LONGEST_LABEL = 200
_LONGEST_CHOICE = 200
_NAME = re.compile(r"[a-z][a-zA-Z0-9]{0,39}")
_SAID = {"label", "choices", "required", "searchable"}


class OwnFieldNotFoundError(NotFoundError):
    """The agency has no such field."""


class OwnFieldTakenError(ConflictError):
    """Another field of the agency bears the name or the label."""


class OwnFieldWordsError(InputError):
    """Name, label or choices cannot be kept."""


class OwnFieldRetiredError(ConflictError):
    """It was retired: its values stay, and it is described no more."""


def define_field(session: Session, given: OwnFieldIn, *, actor: Actor) -> OwnField:
    """One more field. The caller commits.

    Raises:
        ActNotAllowedError, AgencyNotFoundError
        OwnFieldWordsError, OwnFieldTakenError
    """
    owner = _own_agency(session, given.agency, actor)
    subject, name = given.subject, given.name.strip()
    if not _NAME.fullmatch(name):
        raise OwnFieldWordsError(what=name[:60])
    known = fields_of(session, owner.id, subject)
    if any(own_field.name == name for own_field in known):
        raise OwnFieldTakenError(name=name)
    count = session.scalar(select(func.count()).where(OwnField.agency_id == owner.id)) or 0
    if count >= MOST_FIELDS:
        raise OwnFieldWordsError(what=str(count))
    row = OwnField(id=uuid4(), agency_id=owner.id, subject=subject, name=name, kind=given.kind)
    row.position = len(known) + 1
    row.choices, row.required, row.searchable = [], False, True
    _say(row, known, **given.model_dump(include=_SAID))
    session.add(row)
    _tell(session, row, owner, "own-field:defined", actor)
    return row


def change_field(
    session: Session, field_id: UUID, given: OwnFieldChange, *, actor: Actor
) -> OwnField:
    """Another label, other choices, required or not, searchable or not; what is not said stays.

    A choice that is taken out of the list stays where it was chosen.

    Raises:
        ActNotAllowedError, OwnFieldNotFoundError, OwnFieldRetiredError
        OwnFieldWordsError, OwnFieldTakenError
    """
    row, owner = _own_field(session, field_id, actor)
    if row.retired_on is not None:
        raise OwnFieldRetiredError(name=row.label)
    known = [
        field for field in fields_of(session, row.agency_id, row.subject) if field.id != row.id
    ]
    _say(row, known, **given.model_dump(include=_SAID, exclude_none=True))
    _tell(session, row, owner, "own-field:changed", actor)
    return row


def retire_field(session: Session, field_id: UUID, *, actor: Actor, back: bool = False) -> OwnField:
    """Describe it no more, or with ``back`` again; its values stay where they are.

    Raises:
        ActNotAllowedError, OwnFieldNotFoundError
    """
    row, owner = _own_field(session, field_id, actor)
    if (row.retired_on is None) == back:
        return row
    row.retired_on = None if back else clock.today()
    _tell(session, row, owner, "own-field:restored" if back else "own-field:retired", actor)
    return row


def fields_of(
    session: Session, agency_id: UUID, subject: OwnSubject | None = None
) -> Sequence[OwnField]:
    """All of an agency, retired ones too, in their order."""
    query = select(OwnField).where(OwnField.agency_id == agency_id)
    if subject is not None:
        query = query.where(OwnField.subject == subject)
    order = (OwnField.subject, OwnField.position, OwnField.name)
    return session.scalars(query.order_by(*order)).all()


def fields_of_many(session: Session, agencies: Iterable[UUID]) -> dict[UUID, list[OwnField]]:
    """The same of several agencies, in one statement."""
    found: dict[UUID, list[OwnField]] = {agency: [] for agency in agencies}
    query = select(OwnField).where(OwnField.agency_id.in_(found))
    order = (OwnField.subject, OwnField.position, OwnField.name)
    for row in session.scalars(query.order_by(*order)):
        found[row.agency_id].append(row)
    return found


def labels_of(session: Session, agency_id: UUID, subject: OwnSubject) -> dict[str, str]:
    """Labels by the names under which values stand among other fields; retired ones too."""
    return {field.key: field.label for field in fields_of(session, agency_id, subject)}


def own_labels(services: Services, *, actor: Actor) -> dict[str, str]:
    """Labels of the agencies' own fields, by name as they stand in changes."""
    with services.read_only() as session:
        own = access.visible(actor, "own-field:list", OwnField.agency_id)
        return {
            own_field.key: own_field.label
            for own_field in session.scalars(select(OwnField).where(own))
        }


def list_fields(session: Session, *, actor: Actor) -> list[tuple[OwnField, str, str]]:
    """Every field that the account may know of, with code and name of its agency."""
    access.require(actor, "own-field:list")
    query = (
        select(OwnField, Agency.code, Agency.name)
        .join(Agency, Agency.id == OwnField.agency_id)
        .where(access.visible(actor, "own-field:list", OwnField.agency_id))
        .order_by(Agency.code, OwnField.subject, OwnField.position, OwnField.name)
    )
    return [(row, code, name) for row, code, name in session.execute(query)]


def told_field(row: OwnField, agency: str) -> OwnFieldDocument:
    """OWN_FIELD as pages, commands and API tell it; ``agency`` is its code."""
    return OwnFieldDocument.of_row(
        row,
        id=str(row.id),
        agency=agency,
        subject=row.subject.value,
        kind=row.kind.value,
        choices=list(row.choices),
        retired_on=row.retired_on and row.retired_on.isoformat(),
    )


def restore_own_fields(session: Session, bodies: Iterable[dict[str, Any]]) -> None:
    """Rows of the newest acts, once the agencies are back."""
    for body in bodies:
        retired = body["retired_on"]
        session.add(
            OwnField(
                id=UUID(body["id"]),
                agency_id=UUID(body["agency_id"]),
                subject=OwnSubject(body["subject"]),
                name=body["name"],
                label=body["label"],
                kind=OwnKind(body["kind"]),
                choices=body["choices"],
                required=body["required"],
                searchable=body["searchable"],
                position=body["position"],
                retired_on=dt.date.fromisoformat(retired) if retired else None,
            )
        )
    session.flush()


def _say(row: OwnField, others: Iterable[OwnField], **said: Any) -> None:
    if "label" in said:
        row.label = _words(said["label"], LONGEST_LABEL)
        taken = {same_words(own_field.label) for own_field in others}
        if same_words(row.label) in taken:
            raise OwnFieldTakenError(name=row.label)
    if "choices" in said:
        kept = [
            _words(choice, _LONGEST_CHOICE) for choice in said["choices"] or () if choice.strip()
        ]
        row.choices = list({same_words(choice): choice for choice in reversed(kept)}.values())[::-1]
    if (row.kind is OwnKind.CHOICE) != bool(row.choices) or len(row.choices) > MOST_CHOICES:
        raise OwnFieldWordsError(what=row.label)
    row.required = bool(said.get("required", row.required))
    row.searchable = bool(said.get("searchable", row.searchable))


def _words(text: str, longest: int) -> str:
    words = " ".join(nfc(text).split())
    if not words or len(words) > longest:
        raise OwnFieldWordsError(what=words[:60])
    return words


def _own_agency(session: Session, code: str, actor: Actor) -> Agency:
    access.require(actor, "own-field:define")
    owner = get_agency(session, code)
    if actor.agency_id not in (None, owner.id):
        raise access.not_allowed(actor, "own-field:define")
    take_write_lock(session)
    return owner


def _own_field(session: Session, field_id: UUID, actor: Actor) -> tuple[OwnField, Agency]:
    access.require(actor, "own-field:define")
    take_write_lock(session)
    row = session.get(OwnField, field_id, populate_existing=True)
    if row is None or actor.agency_id not in (None, row.agency_id):
        raise OwnFieldNotFoundError(name=field_id)
    return row, session.get_one(Agency, row.agency_id)


def _tell(session: Session, row: OwnField, owner: Agency, tag: str, actor: Actor) -> None:
    session.flush()
    body = told_field(row, owner.code).as_json()
    kept = body | {"agency_id": str(row.agency_id), "position": row.position}
    session.add(Act(kind=OWN_FIELD, subject_id=str(row.id), at=clock.now(), document=kept))
    facts = {"agency": owner.code, "subject": row.subject.value, "name": row.name,
            "label": row.label}  # fmt: skip
    record_event(session, tag, of=row, actor=actor, data=facts)
