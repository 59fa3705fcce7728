"""Own fields of an agency, defined and filled in."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from archive_service.catalogue.describing.acts import (
    describe_case_file,
)
from archive_service.catalogue.own_fields import acts as own_fields_acts
from archive_service.catalogue.own_fields.given import OwnFieldIn
from archive_service.domain.agencies.own_field import OwnKind, OwnSubject
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.services import Services
from tests.worlds.archive import person
from tests.worlds.clients import OPEN_CODE

AGENCY = "H40.18"
REASON = "Bổ sung dữ liệu riêng"


def define(services: Services, name: str, label: str, kind: str = "text", **more: Any) -> UUID:
    subject = OwnSubject(more.pop("subject", "case-file"))
    actor = person(services, more.pop("by", "lan"))
    given = OwnFieldIn(
        agency=AGENCY, subject=subject, name=name, kind=OwnKind(kind), label=label, **more
    )
    return UUID(own_fields_acts.define(services, given, actor=actor).id)


def describe(services: Services, edits: dict[int, dict[str, str]], code: str = OPEN_CODE) -> None:
    describe_case_file(services, code, edits, reason=REASON, actor=person(services, "lan"))


def row(services: Services, code: str = OPEN_CODE) -> CaseFile:
    with services.read_only() as session:
        return session.scalars(select(CaseFile).where(CaseFile.code == code)).one()
