"""Case files looked at before they are proposed: which of them may stand on a list, and why not."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from archive_service import access, clock
from archive_service.catalogue.holdings.listing import Narrowing, codes_matching, count_case_files
from archive_service.catalogue.holdings.rows import case_files_named
from archive_service.db.listed import OpenList, open_lists_of
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.disposition import DispositionKind
from archive_service.proposed import Look, by_agency
from archive_service.services import Services
from retention.disposition.acts import LONGEST_LIST, require_short_enough
from retention.disposition.appraisal import make_items, why_not
from retention.disposition.documents import DispositionItemDocument
from retention.disposition.listing import agencies_of


def codes_found(services: Services, narrowing: Narrowing, *, actor: Actor) -> list[str]:
    """Codes of what the filter finds and no open list has; one beyond the most shows too many."""
    access.require(actor, "disposition:propose")
    free = replace(narrowing, unlisted=True)
    with services.read_only() as session:
        found = codes_matching(session, free, actor=actor, limit=LONGEST_LIST + 1)
        return [code for _, code in found]


def count_found(services: Services, narrowing: Narrowing, *, actor: Actor) -> int:
    """How many those are."""
    access.require(actor, "disposition:propose")
    with services.read_only() as session:
        return count_case_files(session, replace(narrowing, unlisted=True), actor=actor)


def lists_of(
    services: Services, case_file_ids: Sequence[UUID], *, actor: Actor
) -> dict[UUID, OpenList]:
    """Of case files that the account was shown: those on a list that is not over, and on which."""
    access.require(actor, "disposition:list")
    with services.read_only() as session:
        return open_lists_of(session, case_file_ids)


def look(
    services: Services,
    codes: Sequence[str],
    *,
    kind: DispositionKind,
    actor: Actor,
    lang: str = "vi",
) -> Look[DispositionItemDocument]:
    """How case files would stand on a list; nothing is written.

    Raises:
        ActNotAllowedError, CaseFileNotFoundError, DispositionTooLongError
    """
    access.require(actor, "disposition:propose")
    require_short_enough(codes)
    with services.read_only() as session:
        rows = case_files_named(session, codes, actor=actor)
        refused = why_not(session, rows, clock.today(), kind=kind)
        codes_of: dict[UUID, list[str]] = {}
        for row in rows:
            codes_of.setdefault(row.agency_id, []).append(row.code)
        agencies = agencies_of(session, rows).values()
        made = make_items(session, rows, refused)
        return Look(
            [DispositionItemDocument.of(item, lang) for item in made],
            by_agency(agencies, codes_of),
        )
