"""What the papers of a destruction are filled from, read from the rows of a list."""

from collections import Counter
from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.accounts.acts import display_names, heads_of, posts_of
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.retention.disposition import (
    Disposition,
    DispositionItem,
    DispositionKind,
    ItemState,
    Outcome,
)
from archive_service.domain.retention.refusal import Refusal
from archive_service.domain.retention.removal import BACKUP_KEYS, PlaceState, Removal, RemovalPlace
from archive_service.services import Services
from archive_service.text import nfc
from retention.disposition.appraisal import case_files_of
from retention.disposition.documents import refusal_words
from retention.disposition.papers.destruction_file import DestructionFile, Listed, kept_words, said
from retention.disposition.papers.kinds import bases, newest_papers
from retention.disposition.stopped_now import why_items_not
from retention.terms.explain import term_told
from retention.terms.shortened import shortened_terms


def file_of(
    session: Session, services: Services, row: Disposition, *, is_asked: bool = False
) -> DestructionFile:
    """All that the papers of this list say, from rows; what is destroyed tells from its stub.

    Args:
        is_asked: ask of each case file whether it may go today, as a decision asks.
    """
    archive = services.settings.archive
    agency = session.get_one(Agency, row.agency_id)
    above = session.get(Agency, agency.superior_id) if agency.superior_id else None
    heads = heads_of(session, agency.id)
    head = heads[0] if len(heads) == 1 else ""
    standing = [item for item in row.items if item.state is not ItemState.REFUSED]
    going = [item for item in standing if item.outcome is Outcome.DESTROY]
    case_files = case_files_of(session, going)
    fonds = _fonds(session, list(case_files.values()))
    shortened = shortened_terms(session, going)
    stopped: Mapping[UUID, Refusal] = {}
    if is_asked:
        stopped = why_items_not(session, going, case_files, DispositionKind.DESTROY, but=[row.id])
    return DestructionFile(
        row=row,
        archive=archive.name,
        place=archive.place,
        agency=agency.name,
        archive_above=nfc(archive.superior),
        agency_above=above.name if above else "",
        fonds="; ".join(
            f"{one.name.removeprefix(said('fonds-word')).strip()} ({one.code})" for one in fonds
        ),
        fonds_history="\n".join(one.history for one in fonds if one.history),
        head=head,
        copies=len(services.copies),
        keys_destroyed=_keys_destroyed(session, row),
        listed=[
            _listed(
                item,
                case_files[item.case_file_id],
                stopped.get(item.id),
                shortened.get(item.id, ""),
            )
            for item in going
        ],
        looked_on=clock.today() if is_asked else None,
        others=Counter(
            item.outcome.value
            for item in standing
            if item.outcome is not None and item.outcome is not Outcome.DESTROY
        ),
        people=people_of(session, row, head),
        posts=posts_of(session, [account for account in (row.decided_by, head) if account]),
        numbers={form: paper.number for form, paper in newest_papers(row).items() if paper.number},
        basis=bases(),
    )


def people_of(session: Session, row: Disposition, head: str = "") -> dict[str, str]:
    """Names of those who did something with the list, and of ``head``, by account."""
    did = (
        row.proposed_by,
        row.reviewed_by,
        row.submitted_by,
        row.decided_by,
        row.executed_by,
        head,
    )
    return display_names(session, [account for account in did if account])


def _keys_destroyed(session: Session, row: Disposition) -> int:
    """Case files of the list that had a key in backups, which is gone now."""
    items = select(DispositionItem.id).where(DispositionItem.disposition_id == row.id)
    query = (
        select(func.count())
        .select_from(RemovalPlace)
        .join(Removal)
        .where(Removal.ground_id.in_(items))
        .where(RemovalPlace.place == BACKUP_KEYS, RemovalPlace.state == PlaceState.GONE)
    )
    return session.scalar(query) or 0


def _fonds(session: Session, case_files: list[CaseFile]) -> list[Fonds]:
    wanted: set[UUID] = {case_file.fonds_id for case_file in case_files}
    return list(session.scalars(select(Fonds).where(Fonds.id.in_(wanted)).order_by(Fonds.code)))


def _listed(
    item: DispositionItem, row: CaseFile, stopped: Refusal | None, shortened: str
) -> Listed:
    return Listed(
        code=item.code,
        title=item.title,
        began=row.start_date or "",
        ended=row.end_date or "",
        term=term_told(row.rule) if row.rule else "",
        ends_on=item.ends_on,
        ground=item.ground,
        state=item.state,
        documents=item.documents,
        size_bytes=item.size_bytes,
        reason="; ".join(filter(None, [kept_words(item.ground, item.keeper_code), item.reason])),
        paper=item.paper,
        paper_destroyed_by=item.paper_destroyed_by,
        paper_destroyed_on=item.paper_destroyed_on,
        paper_method=item.paper_method,
        done_at=item.done_at,
        shortened=shortened,
        stopped=refusal_words(stopped, "vi") if stopped else "",
    )
