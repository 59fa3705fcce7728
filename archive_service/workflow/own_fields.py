"""Fields of an agency's own as whole acts: one transaction each, then into every copy."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service.bootstrap import Services
from archive_service.catalogue import own_fields
from archive_service.catalogue.own_fields import told_field
from archive_service.domain.account import Actor
from archive_service.domain.agency import Agency
from archive_service.domain.own_field import OwnField, OwnKind, OwnSubject
from archive_service.workflow.custody import write_out_evidence


def define(
    services: Services, agency: str, subject: OwnSubject, name: str, *, kind: OwnKind, actor: Actor,
    **said: Any,
) -> dict[str, Any]:  # fmt: skip
    """See ``catalogue.own_fields.define_field``."""
    return _act(
        services,
        lambda session: own_fields.define_field(
            session, agency, subject, name, kind=kind, actor=actor, **said
        ),
    )


def change(services: Services, field_id: UUID, *, actor: Actor, **said: Any) -> dict[str, Any]:
    """See ``catalogue.own_fields.change_field``."""
    return _act(
        services, lambda session: own_fields.change_field(session, field_id, actor=actor, **said)
    )


def retire(
    services: Services, field_id: UUID, *, actor: Actor, back: bool = False
) -> dict[str, Any]:
    """See ``catalogue.own_fields.retire_field``."""
    return _act(
        services,
        lambda session: own_fields.retire_field(session, field_id, actor=actor, back=back),
    )


def list_all(services: Services, *, actor: Actor) -> list[dict[str, Any]]:
    """OWN_FIELD of each that the account may know of, with the name of its agency."""
    with services.read_only() as session:
        return [
            told_field(row, code) | {"agency_name": name}
            for row, code, name in own_fields.list_fields(session, actor=actor)
        ]


def _act(services: Services, act: Callable[[Session], OwnField]) -> dict[str, Any]:
    with services.unit_of_work() as uow:
        row = act(uow.session)
        told = told_field(row, uow.session.get_one(Agency, row.agency_id).code)
        uow.commit()
    write_out_evidence(services)
    return told
