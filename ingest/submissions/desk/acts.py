"""The archivists' desk: who has what open, what a resubmission changes, many at once."""

import datetime as dt
import hashlib
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from archive_service import access
from archive_service.accounts.acts import display_names
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.domain.intake.finding import FindingRow, Severity
from archive_service.domain.intake.submission import (
    DeclaredCaseFile,
    Submission,
    SubmissionFile,
)
from archive_service.domain.people.account import Actor
from archive_service.errors import ArchiveError, BackendError
from archive_service.services import Services
from archive_service.text import telling
from ingest.checks.reference_documents import for_reference
from ingest.register.differences import Content, Differences, compare
from ingest.submissions import acts as submissions_acts
from ingest.submissions.desk import claims
from ingest.submissions.given import Acceptance
from ingest.transitions import TRANSITIONS

AT_ONCE = 200  # submissions accepted by one act


@dataclass(frozen=True, slots=True)
class Held:
    """A submission that another person has open: their name, and since when."""

    name: str
    since: dt.datetime


@dataclass(slots=True)
class Outcome:
    """The outcome of an act on many; ``refused`` tells the case file's code and the error."""

    accepted: list[str] = field(default_factory=list)
    refused: list[dict[str, Any]] = field(default_factory=list)


def take(
    services: Services, submission_id: UUID, *, actor: Actor, take_over: bool = False
) -> Held | None:
    """Have it open: who has it instead, ``None`` where it is ``actor``'s now."""
    with services.writing() as session:
        held = claims.claim(session, submission_id, actor=actor, take_over=take_over)
        return _named(session, held)


def held_by_others(services: Services, ids: Sequence[UUID], *, actor: Actor) -> dict[UUID, Held]:
    """Submissions among ``ids`` that somebody else has open now."""
    with services.read_only() as session:
        found = claims.others_claims(session, ids, actor=actor)
        names = display_names(session, {held.account for held in found.values()})
    return {
        key: Held(names.get(held.account, held.account), held.since) for key, held in found.items()
    }


def _named(session: Session, held: claims.Claim | None) -> Held | None:
    if held is None:
        return None
    names = display_names(session, [held.account])
    return Held(names.get(held.account, held.account), held.since)


def let_go(services: Services, submission_id: UUID, *, actor: Actor, until: dt.datetime) -> None:
    """The page was left; see ``claims.release``."""
    access.require(actor, "submission:accept")
    with services.writing() as session:
        claims.release(session, submission_id, actor=actor, until=until)


def require_mine(services: Services, submission_id: UUID, *, actor: Actor) -> None:
    """``ClaimedError`` where another has it open: to be asked before it is decided on a page."""
    with services.read_only() as session:
        claims.require_unclaimed(session, submission_id, actor=actor)


def lacks_word(services: Services, submission_id: UUID, reason: str, *, actor: Actor) -> bool:
    """Whether warnings stand at what waits for a decision, and ``reason`` is no word on them."""
    if telling(reason):
        return False
    with services.read_only() as session:
        row = holdings_rows.get_submission(session, submission_id, actor=actor)
        found = {finding.severity for finding in row.findings}
        is_asked = Severity.WARNING in found and Severity.ERROR not in found
        return is_asked and TRANSITIONS.is_open(row, "accept")


def accept_clean(services: Services, ids: Sequence[UUID], *, actor: Actor) -> Outcome:
    """Accept those of ``ids`` that stand without error and warning and that nobody else has open.

    Each is an act of its own: what is refused stops none of the others.

    Raises:
        BackendError: what was accepted until then stays accepted.
    """
    wanted = list(dict.fromkeys(ids))[:AT_ONCE]
    with services.read_only() as session:
        clean = _clean(session, wanted)
    return _accept_each(services, wanted, clean, "desk-not-clean", Acceptance(), actor=actor)


def _accept_each(
    services: Services,
    wanted: Sequence[UUID],
    fit: Container[UUID],
    unfit: str,
    given: Acceptance,
    *,
    actor: Actor,
) -> Outcome:
    """Accept those that are ``fit``; ``unfit`` is the code of an error, for the others."""
    outcome = Outcome()
    with services.read_only() as session:
        held = claims.others_claims(session, wanted, actor=actor)
        names = display_names(session, {claim.account for claim in held.values()})
        codes = _codes(session, wanted)
    for submission_id in wanted:
        code = codes.get(submission_id, str(submission_id))
        if submission_id not in fit:
            outcome.refused.append({"code": code, "error": unfit, "facts": {}})
        elif submission_id in held:
            refused = claims.refusal(submission_id, held[submission_id], names)
            outcome.refused.append({"code": code, "error": refused.code, "facts": refused.facts})
        else:
            try:
                submissions_acts.accept(services, submission_id, given, actor=actor)
            except BackendError:
                raise
            except ArchiveError as error:
                outcome.refused.append({"code": code, "error": error.code, "facts": error.facts})
            else:
                outcome.accepted.append(code)
    return outcome


@dataclass(frozen=True, slots=True)
class Warned:
    """A submission that waits with warnings and no error; ``seen`` changes when they do."""

    id: UUID
    code: str
    warnings: Sequence[FindingRow]
    seen: str


def warned_of(services: Services, ids: Sequence[UUID], *, actor: Actor) -> list[Warned]:
    """Those of ``ids`` that could be accepted in spite of their warnings, by code.

    Raises:
        ActNotAllowedError: the actor accepts nothing.
    """
    access.require(actor, "submission:accept")
    with services.read_only() as session:
        rows = session.scalars(
            select(Submission)
            .where(
                Submission.id.in_(list(dict.fromkeys(ids))[:AT_ONCE]),
                Submission.state.in_(TRANSITIONS["accept"].states),
                access.visible(actor, "submission:accept", Submission.agency_id),
            )
            .options(selectinload(Submission.findings))
            .order_by(Submission.code, Submission.id)
        ).all()
        session.expunge_all()
    return [
        Warned(row.id, row.code, warnings, _seen(warnings))
        for row in rows
        if not any(finding.severity is Severity.ERROR for finding in row.findings)
        and (
            warnings := [
                finding for finding in row.findings if finding.severity is Severity.WARNING
            ]
        )
    ]


def accept_warned(
    services: Services, shown: Mapping[UUID, str], reason: str, *, actor: Actor
) -> Outcome:
    """Accept those whose warnings are the ones that were shown, each with this reason.

    One with an error, or with other warnings by now, is refused; as ``accept_clean`` otherwise.

    Args:
        shown: what ``Warned.seen`` was.
        reason: kept with each decision and in the trail; with none nothing is accepted.
    """
    wanted = list(shown)[:AT_ONCE]
    fit = {
        warned.id
        for warned in warned_of(services, wanted, actor=actor)
        if telling(reason) and warned.seen == shown[warned.id]
    }
    given = Acceptance(reason=reason)
    return _accept_each(services, wanted, fit, "desk-warned-otherwise", given, actor=actor)


def _seen(warnings: Sequence[FindingRow]) -> str:
    findings = sorted(
        (warning.code, warning.place, repr(sorted(warning.facts.items()))) for warning in warnings
    )
    return hashlib.sha256(repr(findings).encode()).hexdigest()[:16]


def unsigned_of(services: Services, ids: Sequence[UUID], *, actor: Actor) -> list[tuple[str, int]]:
    """Of checked ones with documents that acceptance makes ``reference``: code, and how many.

    Two statements; sorted by code. See ``checks/reference_documents.py`` for such documents.

    Raises:
        ActNotAllowedError: the actor accepts nothing.
    """
    access.require(actor, "submission:accept")
    wanted = list(dict.fromkeys(ids))[:AT_ONCE]
    checked = (
        Submission.id.in_(wanted),
        Submission.state.in_(TRANSITIONS["accept"].states),
        access.visible(actor, "submission:accept", Submission.agency_id),
    )
    with services.read_only() as session:
        rows = session.execute(
            select(Submission.id, Submission.code, Submission.declared).where(*checked)
        ).all()
        files = session.execute(
            select(
                SubmissionFile.submission_id, SubmissionFile.path, SubmissionFile.signatures
            ).where(SubmissionFile.submission_id.in_([row.id for row in rows]))
        ).all()
    seen: dict[UUID, dict[str, list[dict[str, Any]]]] = {row.id: {} for row in rows}
    for submission_id, path, signatures in files:
        seen[submission_id][path] = signatures
    home = services.settings.home
    declared = {row.id: DeclaredCaseFile.model_validate(row.declared) for row in rows}
    counts = (
        (row.code, len(for_reference(declared[row.id], seen[row.id], home=home))) for row in rows
    )
    return sorted((code, count) for code, count in counts if count)


def _clean(session: Session, ids: Sequence[UUID]) -> set[UUID]:
    found = select(FindingRow.submission_id).where(
        FindingRow.submission_id.in_(ids),
        FindingRow.severity.in_((Severity.ERROR, Severity.WARNING)),
    )
    doubtful = set(session.scalars(found))
    checked = select(Submission.id).where(
        Submission.id.in_(ids), Submission.state.in_(TRANSITIONS["accept"].states)
    )
    return set(session.scalars(checked)) - doubtful


def _codes(session: Session, ids: Sequence[UUID]) -> dict[UUID, str]:
    rows = session.execute(select(Submission.id, Submission.code).where(Submission.id.in_(ids)))
    return {submission_id: code for submission_id, code in rows}


def changes_since(session: Session, row: Submission) -> tuple[Submission, Differences] | None:
    """The submission that ``row`` follows, and what differs; ``None`` where it follows none."""
    if row.follows_id is None:
        return None
    whole = (selectinload(Submission.files),)
    earlier = session.get(Submission, row.follows_id, options=whole)
    if earlier is None:
        return None
    return earlier, compare(_content(earlier), _content(row))


def _content(row: Submission) -> Content:
    return Content(row.case_file(), row.digests)
