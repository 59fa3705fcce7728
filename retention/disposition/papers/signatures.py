"""Which papers of a destruction's file lack a signature of somebody whose name they bear."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.accounts.acts import display_names
from archive_service.domain.people.account import Account, Role
from archive_service.domain.retention.disposition import (
    CouncilDuty,
    Disposition,
    DispositionPaper,
    DispositionState,
)
from archive_service.domain.signing.signing_request import SigningRequest, SigningState
from archive_service.text import nfc
from retention.disposition.papers.documents import LackingSignature, UnsignedPaperDocument
from retention.disposition.papers.kinds import (
    ASKED,
    COUNCIL_DECISION,
    DECISION,
    DESTRUCTION,
    FORMS,
    HANDING_OVER,
    MINUTES,
    newest_papers,
    papers_due,
    signed_before,
)

_Who = tuple[str, str | None]  # name and account; no name: the head of the agency, whoever that is


@dataclass(frozen=True, slots=True)
class PaperToSign:
    """A paper that destruction waits for; ``by`` is empty of one that is not made yet."""

    form: str
    number: str | None
    by: list[str]


def unsigned_papers(
    session: Session, rows: Sequence[Disposition]
) -> dict[UUID, list[UnsignedPaperDocument]]:
    """By list: its newest papers that somebody has yet to sign, in the order of the file.

    ``name`` is empty for the agency's head where it is not known who decides. Nothing of a rejected
    list. Two statements, however many they are.
    """
    standing = [row for row in rows if row.state is not DispositionState.REJECTED]
    papers = {row.id: newest_papers(row) for row in standing}
    asked = requests_of(
        session,
        (disposition_paper for found in papers.values() for disposition_paper in found.values()),
    )
    did = (account for row in standing for account in (row.decided_by, row.executed_by))
    names = display_names(session, [account for account in did if account])
    return {
        row.id: [
            UnsignedPaperDocument.of_row(found[form], lacks=lacks)
            for found in [papers[row.id]]
            for form in FORMS
            if form in found
            and (lacks := _lacks(row, form, asked.get(str(found[form].id), []), names))
        ]
        for row in standing
    }


def unsigned_before(
    row: Disposition, lacking: Sequence[UnsignedPaperDocument]
) -> list[PaperToSign]:
    """Papers that have to be signed before anything is destroyed, and are not, or are not made.

    Args:
        lacking: of ``unsigned_papers``.

    Source:
        ``rule_sets/destruction_forms.toml``, ``signed_before``.
    """
    found = {
        unsigned_paper.form: PaperToSign(
            unsigned_paper.form, unsigned_paper.number, [who.name for who in unsigned_paper.lacks]
        )
        for unsigned_paper in lacking
    }
    there = newest_papers(row)
    found |= {form: PaperToSign(form, None, []) for form in papers_due(row) if form not in there}
    return [found[form] for form in FORMS if form in found.keys() & signed_before()]


def _lacks(
    row: Disposition, form: str, requests: Sequence[SigningRequest], names: Mapping[str, str]
) -> list[LackingSignature]:
    signed = [
        request
        for request in requests
        if request.is_signed_by_who_was_asked() and not request.with_seal
    ]
    waiting = {
        request.account: request for request in requests if request.state is SigningState.WAITING
    }
    lacks = []
    for name, account in _signers(row, form, names) if form in ASKED else ():
        if any(_is_by(signing_request, name, account) for signing_request in signed):
            continue
        if not name and waiting:  # whoever is asked is the one
            continue
        asked = waiting.pop(account or "", None)
        lacks.append(_who(name, account, asked))
    return lacks + [
        _who(signing_request.signer_name, signing_request.account, signing_request)
        for signing_request in waiting.values()
    ]


def _is_by(request: SigningRequest, name: str, account: str | None) -> bool:
    if not name:
        return True
    return request.account == account or _folded(request.signer_name) == _folded(name)


def _folded(name: str) -> str:
    return " ".join(nfc(name).casefold().split())


def _signers(row: Disposition, form: str, names: Mapping[str, str]) -> Iterable[_Who]:
    """Whose names stand where the paper is signed, but for the archive's."""
    of_duty = {member.duty: (member.name, member.account) for member in row.members}
    decider = row.decided_by
    executor = row.executed_by and (names.get(row.executed_by, row.executed_by), row.executed_by)
    witness = row.witness()
    signers: dict[str, Sequence[_Who | str | None]] = {
        COUNCIL_DECISION: [("", None)],
        MINUTES: [of_duty.get(CouncilDuty.SECRETARY), of_duty.get(CouncilDuty.CHAIR)],
        DECISION: [(names.get(decider, decider), decider) if decider else ("", None)],
        HANDING_OVER: [executor],
        DESTRUCTION: [executor, (witness.name, witness.account) if witness else None],
    }
    return [signer for signer in signers[form] if isinstance(signer, tuple)]


def heads_of(session: Session, row: Disposition) -> str:
    """Who heads the agency of the list, each with the account that signs; empty for nobody."""
    query = select(Account).where(
        Account.agency_id == row.agency_id, Account.role == Role.AGENCY_HEAD, Account.active
    )
    found = session.scalars(query.order_by(Account.name))
    return ", ".join(f"{account.person} ({account.name})" for account in found)


def requests_of(
    session: Session, papers: Iterable[DispositionPaper]
) -> dict[str, list[SigningRequest]]:
    """Those that stand, by paper, in the order in which they were asked; one statement."""
    found: dict[str, list[SigningRequest]] = {}
    query = select(SigningRequest).where(
        SigningRequest.subject_id.in_([str(paper.id) for paper in papers]),
        SigningRequest.state != SigningState.WITHDRAWN,
    )
    for signing_request in session.scalars(query.order_by(SigningRequest.requested_at)):
        found.setdefault(signing_request.subject_id, []).append(signing_request)
    return found


def _who(name: str, account: str | None, asked: SigningRequest | None) -> LackingSignature:
    return LackingSignature(
        name=name, account=account, asked_at=asked.requested_at if asked else None
    )
