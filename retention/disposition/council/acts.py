"""The council of a list: set up, met, voted; and the opinion of the archive above.

All of it belongs to the list as it was reviewed, and comes before it is submitted.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, object_session

from archive_service import access, clock
from archive_service.accounts.acts import find_account
from archive_service.domain.people.account import Account, Actor
from archive_service.domain.retention.disposition import MAKE_JOB, Disposition
from archive_service.errors import InputError
from archive_service.evidence.acting import acting
from archive_service.evidence.scanned_papers import stage_scan
from archive_service.notices import inbox
from archive_service.services import Services
from archive_service.text import fold
from retention.disposition.acts import DispositionWordsError
from retention.disposition.council import council
from retention.disposition.council.council import (
    LONGEST_MINUTES,
    LONGEST_OPINION,
    CouncilAccountError,
    Meeting,
    Opinion,
    Seat,
)
from retention.disposition.custody_acts import tell
from retention.disposition.documents import DispositionDocument
from retention.disposition.given import Vote
from retention.disposition.list_digest import require_shown
from retention.disposition.listing import disposition_document, get_disposition, open_disposition
from retention.disposition.papers.acts import add_paper
from retention.disposition.papers.kinds import OPINION, papers_due
from retention.disposition.transitions import TRANSITIONS


class DispositionScanError(InputError):
    """What was given as the scan of an opinion is no PDF that can be opened."""


def set_up(
    services: Services,
    disposition_id: UUID,
    seats: Sequence[Seat],
    meeting: Meeting,
    *,
    actor: Actor,
    lang: str = "vi",
) -> DispositionDocument:
    """Name the members, where any are given, and note decision, meeting and minutes.

    The papers that are addressed to the council are made by a job then.

    Raises:
        ActNotAllowedError, DispositionNotFoundError, DispositionStateError,
        CouncilMembersError, DispositionWordsError
        CouncilAccountError: a member's account is not there, or disabled.
        CouncilDaysError: decision, meeting and opinion are not in this order.
        CouncilDayAheadError: the decision or the meeting is after today.
    """

    def change(row: Disposition) -> None:
        given = (meeting.number, meeting.met_at, meeting.minutes)
        for field, text, longest in zip(
            ("number", "place", "minutes"), given, (100, 300, LONGEST_MINUTES), strict=True
        ):
            if len(text or "") > longest:
                raise DispositionWordsError(field=field, longest=longest, given=len(text or ""))
        if seats:
            council.seat(row, _named(row, seats))
        council.meet(row, meeting)

    return _changed(
        services,
        disposition_id,
        "disposition:council",
        change,
        act="council",
        actor=actor,
        lang=lang,
    )


def candidates(services: Services, disposition_id: UUID, *, actor: Actor) -> list[dict[str, Any]]:
    """Accounts that may sit on the council of a list, by name: ``{account, name, role, post}``.

    Raises:
        ActNotAllowedError, DispositionNotFoundError
    """
    access.require(actor, "disposition:council")
    with services.read_only() as session:
        row = get_disposition(session, disposition_id, actor=actor)
        mine = or_(Account.agency_id == row.agency_id, Account.agency_id.is_(None))
        found = session.scalars(select(Account).where(Account.active, mine))
        rows = [
            {
                "account": account.name,
                "name": account.person,
                "role": account.role.value,
                "post": account.position,
            }
            for account in found
            if access.may(account.as_actor(), "disposition:vote", row)
        ]
    return sorted(rows, key=lambda row: fold(row["name"]))


def _named(row: Disposition, seats: Sequence[Seat]) -> list[Seat]:
    """The seats with name and post of those who have an account, unless they were typed.

    Raises:
        CouncilAccountError: no active account, or one that may not vote on the list.
    """
    session, named = object_session(row), []
    for seat in seats:
        if not seat.account:
            named.append(seat)
            continue
        account = find_account(session, seat.account) if session else None
        if (
            account is None
            or not account.active
            or not access.may(account.as_actor(), "disposition:vote", row)
        ):
            raise CouncilAccountError(member=seat.name or seat.account, account=seat.account)
        name = seat.name or account.person
        named.append(replace(seat, name=name, position=seat.position or account.position))
    return named


def vote(
    services: Services,
    disposition_id: UUID,
    given: Vote,
    *,
    actor: Actor,
    lang: str = "vi",
) -> DispositionDocument:
    """Vote as a member of the council of a list; staff enters the paper of who has no account.

    The same vote on the same list again changes nothing.

    Raises:
        ActNotAllowedError, DispositionNotFoundError, DispositionStateError,
        NotOfCouncilError, DispositionWordsError
        DispositionStaleError: ``list_sha256`` is not that of the list as it is.
    """
    if len(given.opinion) > LONGEST_OPINION:
        raise DispositionWordsError(
            field="opinion", longest=LONGEST_OPINION, given=len(given.opinion)
        )

    def change(row: Disposition) -> bool:
        require_shown(row, given.list_sha256)
        return council.vote(
            row, agrees=given.agrees, opinion=given.opinion, actor=actor, name=given.name
        )

    may = "council" if given.name else "vote"
    return _changed(
        services, disposition_id, "disposition:voted", change, act=may, actor=actor, lang=lang
    )


def note_opinion(
    services: Services,
    disposition_id: UUID,
    opinion: Opinion | None,
    *,
    scan: Path | None = None,
    actor: Actor,
    lang: str = "vi",
) -> DispositionDocument:
    """What the archive above says; ``None``: its opinion is asked for, and awaited.

    Args:
        scan: its paper as a PDF, kept in the destruction file.

    Raises:
        ActNotAllowedError, DispositionNotFoundError, DispositionStateError,
        DispositionWordsError
        CouncilDaysError: it is older than the council's meeting.
        CouncilDayAheadError: it is after today.
        DispositionScanError: the scan is no PDF.
    """
    access.require(actor, "disposition:council")  # before a byte of the scan is kept
    digest = None if scan is None or opinion is None else _scanned(services, scan)

    def change(row: Disposition) -> None:
        row.opinion_due = True
        if opinion is None:
            return
        for field, text, longest in (
            ("by", opinion.by, 300),
            ("number", opinion.number, 100),
            ("opinion", opinion.text or "-", LONGEST_OPINION),
        ):
            if not text.strip() or len(text) > longest:
                raise DispositionWordsError(field=field, longest=longest, given=len(text.strip()))
        council.note_opinion(row, opinion)
        if digest is not None and (session := object_session(row)) is not None:
            row.opinion_sha256 = digest
            add_paper(
                session,
                row,
                OPINION,
                number=row.opinion_number,
                at=clock.now().replace(microsecond=0),
                digest=digest,
                document={},
                actor=actor,
            )

    return _changed(
        services,
        disposition_id,
        "disposition:opinion",
        change,
        act="council",
        actor=actor,
        lang=lang,
    )


def _scanned(services: Services, scan: Path) -> str:
    """The digest of a PDF, which lies in staging then."""
    digest = stage_scan(services, scan)
    if digest is None:
        raise DispositionScanError(name=scan.name)
    return digest


def _ask_members(session: Session, row: Disposition) -> None:
    """Members who have yet to vote on the list as it is, told once until they read it."""
    waited = [member.account for member in row.members if member.account and not member.voted_at]
    facts = {"number": f"{row.number:02}/{row.year}", "count": len(row.items)}
    inbox.tell(
        session,
        "disposition-vote",
        to=inbox.named(session, waited),
        subject_id=row.id,
        facts=facts,
        href=f"/dispositions/{row.id}",
    )


def _changed(
    services: Services,
    disposition_id: UUID,
    tag: str,
    change: Callable[[Disposition], object],  # ``False``: it was so already
    *,
    act: str,
    actor: Actor,
    lang: str,
) -> DispositionDocument:
    with acting(services, TRANSITIONS[act].right, actor) as session:
        row = open_disposition(session, disposition_id, act, actor=actor)
        if change(row) is False:
            return disposition_document(session, row, lang)
        tell(session, row, tag, actor=actor, list_sha256=row.list_sha256 or "")
        if tag == "disposition:council":
            _ask_members(session, row)
            if papers_due(row):  # the council meets with list and explanation at hand
                services.jobs.add(session, MAKE_JOB, subject_id=row.id)
        return disposition_document(session, row, lang)
