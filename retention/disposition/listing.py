"""Dispositions as lists, commands and pages tell them, and what comes next of each."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select
from sqlalchemy.orm import Session, selectinload

from archive_service import access, clock, messages
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.people.account import Actor
from archive_service.domain.retention.disposition import (
    OPEN_STATES,
    CouncilMember,
    Disposition,
    DispositionItem,
    DispositionKind,
    DispositionState,
    ItemState,
    Outcome,
)
from archive_service.domain.retention.refusal import Refusal
from archive_service.errors import NotFoundError
from retention.disposition.council.council import lacking, needs_council
from retention.disposition.papers.kinds import CERTIFICATE
from retention.disposition.papers.signatures import unsigned_before, unsigned_papers
from retention.disposition.stopped_now import stopped_now
from retention.terms.shortened import shortened_terms

WHOLE = (
    selectinload(Disposition.items),
    selectinload(Disposition.members),
    selectinload(Disposition.papers),
)


class DispositionNotFoundError(NotFoundError):
    """No list bears this id, or it is not this account's to know."""

    code = "disposition-not-found"


def get_disposition(
    session: Session, disposition_id: UUID, *, actor: Actor, locked: bool = False
) -> Disposition:
    """The list with all that belongs to it.

    Raises:
        DispositionNotFoundError
    """
    query = select(Disposition).where(
        Disposition.id == disposition_id,
        access.visible(actor, "disposition:list", Disposition.agency_id),
    )
    if locked:
        query = query.with_for_update(of=Disposition)
    row = session.scalar(query.options(*WHOLE))
    if row is None:
        raise DispositionNotFoundError(id=disposition_id)
    return row


def matching_dispositions(
    *, actor: Actor, text: str = "", state: str = "", kind: str = "", open_only: bool = False
) -> Select[Disposition]:
    """Lists the account may know of; ``text``: a part of a code, title or reason."""
    query = select(Disposition)
    query = query.where(access.visible(actor, "disposition:list", Disposition.agency_id))
    if state:
        query = query.where(Disposition.state == DispositionState(state))
    if kind:
        query = query.where(Disposition.kind == DispositionKind(kind))
    if open_only:
        query = query.where(Disposition.state.in_(OPEN_STATES))
    if text:
        named = (DispositionItem.code, DispositionItem.title)
        having = select(DispositionItem.disposition_id).where(
            or_(*(column.icontains(text, autoescape=True) for column in named))
        )
        by_reason = Disposition.reason.icontains(text, autoescape=True)
        query = query.where(by_reason | Disposition.id.in_(having))
    return query


def count_dispositions(session: Session, query: Select[Disposition]) -> int:
    """How many a question of ``matching_dispositions`` finds."""
    return session.scalar(select(func.count()).select_from(query.subquery())) or 0


def listed_documents(session: Session, rows: Sequence[Disposition]) -> list[dict[str, Any]]:
    """Heads of lists with counts, in a fixed number of statements and without items."""
    ids = [row.id for row in rows]
    counted = (
        select(
            DispositionItem.disposition_id,
            func.count(),
            func.coalesce(func.sum(DispositionItem.size_bytes), 0),
        )
        .where(DispositionItem.disposition_id.in_(ids), DispositionItem.state != ItemState.REFUSED)
        .group_by(DispositionItem.disposition_id)
    )
    sums = {one[0]: (one[1], int(one[2])) for one in session.execute(counted)}
    codes = agency_words(session, rows)
    return [
        _head(row, codes)
        | {"count": sums.get(row.id, (0, 0))[0], "size_bytes": sums.get(row.id, (0, 0))[1]}
        for row in rows
    ]


def agency_words(
    session: Session, rows: Sequence[Disposition | CaseFile]
) -> dict[UUID, tuple[str, str]]:
    """Code and name of the agencies of these lists, or case files."""
    wanted = {row.agency_id for row in rows}
    agencies = session.scalars(select(Agency).where(Agency.id.in_(wanted)))
    return {row.id: (row.code, row.name) for row in agencies}


def disposition_document(session: Session, row: Disposition, lang: str = "vi") -> dict[str, Any]:
    """DISPOSITION of the contract, with the council, the opinion and all items."""
    (document,) = disposition_documents(session, [row], lang)
    return document


def disposition_documents(
    session: Session, rows: Sequence[Disposition], lang: str = "vi"
) -> list[dict[str, Any]]:
    """The same of several; they were read with ``WHOLE``, so that no row is asked for by itself."""
    agencies = agency_words(session, rows)
    unsigned = unsigned_papers(session, rows)
    now = stopped_now(session, rows)
    shortened = shortened_terms(session, [item for row in rows for item in row.items], lang)
    return [
        _whole(row, agencies, now, shortened, lang) | _signatures(row, unsigned.get(row.id, []))
        for row in rows
    ]


def _signatures(row: Disposition, unsigned: list[dict[str, Any]]) -> dict[str, Any]:
    """What is not signed, and what comes next, which may wait for it."""
    needs = [f"signed-{one['form']}" for one in unsigned_before(row, unsigned)]
    acts = [
        one | {"needs": [*one["needs"], *needs]} if one["act"] == "execute" else one
        for one in next_acts(row)
    ]
    return {"unsigned": unsigned, "next": acts}


def _whole(
    row: Disposition,
    agencies: dict[UUID, tuple[str, str]],
    now: Mapping[UUID, Refusal],
    shortened: Mapping[UUID, str],
    lang: str,
) -> dict[str, Any]:
    standing = [item for item in row.items if item.state is not ItemState.REFUSED]
    papers = [
        {
            "form": one.form,
            "edition": one.edition,
            "number": one.number,
            "made_at": clock.iso(one.made_at),
            "sha256": one.sha256,
        }
        for one in row.papers
    ]
    return _head(row, agencies) | {
        "count": len(standing),
        "size_bytes": sum(item.size_bytes for item in standing if not _is_left(item, now)),
        "items": [
            item_document(item, lang, now.get(item.id), shortened.get(item.id))
            for item in row.items
        ],
        "council": _council(row),
        "opinion": _opinion(row),
        "papers": papers,
    }


def _is_left(item: DispositionItem, now: Mapping[UUID, Refusal]) -> bool:
    """Whether it was left out, or would be by now; what nobody reviewed, or waits, is not."""
    moves = item.outcome not in (None, Outcome.WAIT)
    return item.state is ItemState.LEFT_OUT or (moves and item.id in now)


def refused_document(
    items: Sequence[DispositionItem], kind: DispositionKind, reason: str, lang: str
) -> dict[str, Any]:
    """As ``disposition_document``, where nothing could be proposed and no list was made."""
    return {
        "id": None,
        "number": None,
        "kind": kind.value,
        "state": DispositionState.REJECTED.value,
        "reason": reason,
        "count": 0,
        "size_bytes": 0,
        "items": [item_document(item, lang) for item in items],
        "next": [],
    }


def item_document(
    item: DispositionItem, lang: str, now: Refusal | None = None, shortened: str | None = None
) -> dict[str, Any]:
    """One case file of a list; ``reason`` of one that was stopped says by what.

    Args:
        now: what would leave it out if it were decided on, or carried out, at this moment.
        shortened: who made its term shorter, as ``shortened_terms`` tells it.
    """
    refusal = item.refusal and Refusal(item.refusal["code"], item.refusal["facts"])
    outcome = item.outcome and item.outcome.value
    return {
        "code": item.code,
        "title": item.title,
        "ordinal": item.ordinal,
        "ground": item.ground.value,
        "keeper": item.keeper_code or None,
        "outcome": outcome if item.years is None else f"{outcome}:{item.years}",
        "reason": refusal_words(refusal, lang) if refusal else item.reason,
        "refusal": item.refusal,
        "now": now and now.as_document() | {"reason": refusal_words(now, lang)},
        "state": item.state.value,
        "standing": item.standing,
        "ends_on": item.ends_on and item.ends_on.isoformat(),
        "shortened": shortened,
        "documents": item.documents,
        "size_bytes": item.size_bytes,
        "paper": item.paper,
        "paper_destroyed_by": item.paper_destroyed_by,
        "paper_destroyed_on": item.paper_destroyed_on and item.paper_destroyed_on.isoformat(),
        "paper_method": item.paper_method,
        "done_at": item.done_at and clock.iso(item.done_at),
    }


def refusal_words(refusal: Refusal, lang: str) -> str:
    """Why it may not be on a list, in a sentence."""
    return messages.text(f"labels.disposition-refusal.{refusal.code}", lang, **refusal.facts)


def next_acts(row: Disposition) -> list[dict[str, Any]]:
    """``[{act, role, needs}]``; ``needs`` are keys of ``labels.disposition-need``."""

    def act(name: str, role: str, *needs: str) -> dict[str, Any]:
        return {"act": name, "role": role, "needs": list(needs)}

    match row.state:
        case DispositionState.PROPOSED:
            return [act("review", "archivist")]
        case DispositionState.REVIEWED:
            needs = lacking(row)
            meets = [act("council", "archivist", *needs)] if needs_council(row) else []
            return [*meets, act("submit", "archivist", *needs)]
        case DispositionState.SUBMITTED:
            factor = ("second-factor",) if needs_council(row) else ()
            approve = act("approve", "agency-head", "other-person", *factor)
            return [approve, act("reject", "agency-head", "reason")]
        case DispositionState.APPROVED:
            return [act("execute", "archivist")]
        case DispositionState.EXECUTING:
            return [act("certificate", "archivist", "all-gone")]
        case DispositionState.EXECUTED if _lacks_certificate(row):
            return [act("certificate", "archivist")]
        case _:
            return []


def _lacks_certificate(row: Disposition) -> bool:
    made = any(one.form == CERTIFICATE for one in row.papers)
    return not made and any(one.outcome is Outcome.DESTROY for one in row.items)


def _head(row: Disposition, agencies: dict[UUID, tuple[str, str]]) -> dict[str, Any]:
    code, name = agencies[row.agency_id]
    return {
        "id": str(row.id),
        "number": f"{row.number:02}/{row.year}",
        "kind": row.kind.value,
        "state": row.state.value,
        "agency": code,
        "agency_name": name,
        "reason": row.reason,
        "proposed_by": row.proposed_by,
        "proposed_at": clock.iso(row.proposed_at),
        "reviewed_by": row.reviewed_by,
        "reviewed_at": row.reviewed_at and clock.iso(row.reviewed_at),
        "review_reason": row.review_reason,
        "list_sha256": row.list_sha256,
        "submitted_by": row.submitted_by,
        "submitted_at": row.submitted_at and clock.iso(row.submitted_at),
        "decided_by": row.decided_by,
        "decided_at": row.decided_at and clock.iso(row.decided_at),
        "decision_number": row.decision_number,
        "decision_on": row.decision_on and row.decision_on.isoformat(),
        "decision_reason": row.decision_reason,
        "execute_by": row.execute_by and row.execute_by.isoformat(),
        "executed_by": row.executed_by,
        "executed_at": row.executed_at and clock.iso(row.executed_at),
    }


def _council(row: Disposition) -> dict[str, Any]:
    return {
        "number": row.council_number,
        "decided_on": row.council_on and row.council_on.isoformat(),
        "met_on": row.met_on and row.met_on.isoformat(),
        "met_at": row.met_at,
        "minutes": row.minutes,
        "members": [_member(one) for one in row.members],
    }


def _member(one: CouncilMember) -> dict[str, Any]:
    return {
        "name": one.name,
        "position": one.position,
        "duty": one.duty.value,
        "account": one.account,
        "agrees": one.agrees,
        "opinion": one.opinion,
        "voted_at": one.voted_at and clock.iso(one.voted_at),
        "entered_by": one.entered_by,
        "list_sha256": one.list_sha256,
    }


def _opinion(row: Disposition) -> dict[str, Any] | None:
    if not row.opinion_due:
        return None
    return {
        "by": row.opinion_by,
        "number": row.opinion_number,
        "on": row.opinion_on and row.opinion_on.isoformat(),
        "agrees": row.opinion_agrees,
        "text": row.opinion_text,
    }
