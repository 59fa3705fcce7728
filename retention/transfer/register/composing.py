"""What a register could be composed of: what is due of an agency, what may not stand on it."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select

from archive_service import access, clock
from archive_service.catalogue.holdings.rows import case_files_named
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Actor
from archive_service.proposed import Look, by_agency
from archive_service.services import Services
from retention.transfer.documents import TransferItemDocument
from retention.transfer.items import AT_ONCE
from retention.transfer.partners.rules import receiver_of
from retention.transfer.register.acts import LONGEST_REGISTER
from retention.transfer.register.due import make_items, to_register, why_not
from retention.transfer.register.longer_terms import terms_of


def agencies_due(services: Services, *, actor: Actor) -> list[dict[str, Any]]:
    """``[{code, name, count}]`` of agencies with case files to be registered by now."""
    access.require(actor, "transfer:compose")
    mine = access.visible(actor, "transfer:list", CaseFile.agency_id)
    due = to_register(clock.today(), terms_of(services.settings.home)).where(mine).order_by(None)
    counted = due.with_only_columns(CaseFile.agency_id, func.count()).group_by(CaseFile.agency_id)
    with services.read_only() as session:
        counts = {row[0]: row[1] for row in session.execute(counted)}
        rows = session.scalars(select(Agency).where(Agency.id.in_(counts)).order_by(Agency.name))
        return [
            {"code": agency.code, "name": agency.name, "count": counts[agency.id]}
            for agency in rows
        ]


def default_receiver(services: Services, agency: str, *, actor: Actor) -> str:
    """Where a register of this agency would go: see ``receiver_of``; "" where nothing tells."""
    access.require(actor, "transfer:compose")
    with services.read_only() as session:
        agency_id = session.scalar(select(Agency.id).where(Agency.code == agency))
        if agency_id is None:
            return ""
        return receiver_of(session, agency_id, services.settings)


def due_of(
    services: Services, agency: str, *, limit: int, actor: Actor
) -> list[TransferItemDocument]:
    """The first of an agency's case files that are to be registered by now, as items."""
    access.require(actor, "transfer:compose")
    with services.read_only() as session:
        rows = session.scalars(_due(services, agency, actor).limit(limit)).all()
        return [
            TransferItemDocument.of(transfer_item, "vi")
            for transfer_item in make_items(rows, {}, terms=terms_of(services.settings.home))
        ]


def codes_due(services: Services, agency: str, *, actor: Actor) -> list[str]:
    """All of their codes, as many as one register may name."""
    access.require(actor, "transfer:compose")
    query = (
        _due(services, agency, actor).with_only_columns(CaseFile.code).limit(LONGEST_REGISTER + 1)
    )
    with services.read_only() as session:
        return list(session.scalars(query))


def look(
    services: Services, codes: Sequence[str], *, actor: Actor, lang: str = "vi"
) -> Look[TransferItemDocument]:
    """How case files would stand on a register: nothing is written.

    Raises:
        ActNotAllowedError, CaseFileNotFoundError
    """
    access.require(actor, "transfer:compose")
    wanted = list(dict.fromkeys(code.strip() for code in codes))
    items: list[TransferItemDocument] = []
    codes_of: dict[UUID, list[str]] = {}
    terms = terms_of(services.settings.home)
    with services.read_only() as session:
        for start in range(0, len(wanted), AT_ONCE):
            some = case_files_named(session, wanted[start : start + AT_ONCE], actor=actor)
            refused = why_not(session, some)
            made = make_items(some, refused, terms=terms, after=start)
            items += [TransferItemDocument.of(transfer_item, lang) for transfer_item in made]
            for row in some:
                codes_of.setdefault(row.agency_id, []).append(row.code)
        agencies = session.scalars(select(Agency).where(Agency.id.in_(codes_of)))
        return Look(items, by_agency(agencies, codes_of))


def _due(services: Services, agency: str, actor: Actor) -> Select[CaseFile]:
    mine = access.visible(actor, "transfer:list", CaseFile.agency_id)
    of_agency = select(Agency.id).where(Agency.code == agency).scalar_subquery()
    terms = terms_of(services.settings.home)
    return to_register(clock.today(), terms).where(mine, CaseFile.agency_id == of_agency)
