"""Placing and lifting holds: the act into every copy, the locks of the stores by a job."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select

from archive_service import access
from archive_service.bootstrap import Services
from archive_service.catalogue.holdings import CaseFileNotFoundError
from archive_service.domain.account import Actor
from archive_service.domain.case_file import CaseFile
from archive_service.domain.hold import Hold
from archive_service.workflow.custody import write_out_evidence
from archive_service.workflow.hold_locks import APPLY_JOB
from retention import holds
from retention.hold_list import hold_documents, matching_holds


def place_holds(
    services: Services, codes: Sequence[str], *, reason: str, authority: str, actor: Actor
) -> list[dict[str, Any]]:
    """Hold all of these case files or none; an order that is in force already stays as it is.

    Raises:
        ActNotAllowedError: ``actor`` may not place holds.
        CaseFileNotFoundError: a code that no case file bears.
        HoldWordsError, CaseFileStateError: see ``retention.holds.place_hold``.
    """
    access.require(actor, "hold:place")
    wanted = list(dict.fromkeys(code.strip() for code in codes))
    with services.unit_of_work() as uow:
        session = uow.session
        visible = access.visible(actor, "case-file:list", CaseFile.agency_id)
        rows = session.scalars(select(CaseFile).where(CaseFile.code.in_(wanted), visible))
        found = {row.code: row for row in rows}
        for code in wanted:
            if code not in found:
                raise CaseFileNotFoundError(code=code)
        placed: dict[str, Hold] = {}
        for row in sorted(found.values(), key=lambda one: one.id):  # two calls never wait crosswise
            access.require(actor, "hold:place", row)
            hold, new = holds.place_hold(
                session, row, reason=reason, authority=authority, actor=actor
            )
            placed[row.code] = hold
            if new:
                services.jobs.add(session, APPLY_JOB, subject_id=row.id)
        session.flush()
        documents = hold_documents(session, [placed[code] for code in wanted])
        uow.commit()
    write_out_evidence(services)
    return documents


def lift_hold(services: Services, hold_id: UUID, *, reason: str, actor: Actor) -> dict[str, Any]:
    """End one hold; the stores let go when the last one on the case file has ended.

    Raises:
        ActNotAllowedError: ``actor`` may not lift holds.
        HoldNotFoundError, HoldLiftedError, HoldWordsError
    """
    access.require(actor, "hold:lift")
    with services.unit_of_work() as uow:
        session = uow.session
        visible = access.visible(actor, "case-file:list", CaseFile.agency_id)
        found = session.execute(
            select(Hold, CaseFile)
            .join(CaseFile, CaseFile.id == Hold.case_file_id)
            .where(Hold.id == hold_id, visible)
        ).one_or_none()
        if found is None:
            raise holds.HoldNotFoundError(id=hold_id)
        hold, row = found
        access.require(actor, "hold:lift", row)
        holds.lift_hold(session, hold, row, reason=reason, actor=actor)
        services.jobs.add(session, APPLY_JOB, subject_id=row.id)
        session.flush()
        (document,) = hold_documents(session, [hold])
        uow.commit()
    write_out_evidence(services)
    return document


def list_holds(
    services: Services,
    *,
    actor: Actor,
    in_force: bool | None = None,
    code: str = "",
    limit: int | None = None,
) -> list[dict[str, Any]]:
    """Holds the account may know of, the newest first; ``in_force``: only those, or the lifted.

    Raises:
        ActNotAllowedError: ``actor`` may not see them.
    """
    access.require(actor, "hold:list")
    query = matching_holds(actor=actor, in_force=in_force, code=code)
    with services.read_only() as session:
        rows = session.scalars(query.order_by(Hold.placed_at.desc(), Hold.id.desc()).limit(limit))
        return hold_documents(session, rows.all())
