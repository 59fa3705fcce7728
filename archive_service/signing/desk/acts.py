"""Papers signed elsewhere: they go out, come back with a signature, or with the agency's seal."""

from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.accounts.acts import AccountNotFoundError, find_account
from archive_service.catalogue.holdings.rows import agency_codes
from archive_service.db.unit_of_work import take_write_lock
from archive_service.domain.agencies.agency import Agency
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Account, Actor, Role
from archive_service.domain.retention.disposition import MAKE_JOB, PAPER, DispositionPaper
from archive_service.domain.signing.signing_request import (
    SIGNED_PAPER,
    SigningRequest,
    SigningState,
)
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.evidence.companions import read_companion
from archive_service.evidence.write_out import write_out_evidence
from archive_service.formats.child import ParserFailure, run_limited
from archive_service.services import Services
from archive_service.signing.desk.asking import NOT_PDFA, ask_for, kept, note, request_document
from archive_service.signing.desk.custody_acts import record_signed_act
from archive_service.signing.desk.documents import SigningAnswerDocument, SigningRequestDocument
from archive_service.signing.pdf.returned import Expected, Returned, judge_returned, not_readable
from archive_service.signing.seals.acts import seal_pdf
from archive_service.signing.seals.at_work import sealing
from archive_service.storage.work_folder import work_place

_SEAL_FIELD = "ConDauCoQuan"


class SigningRequestNotFoundError(NotFoundError):
    """No paper bears this id, or it is not this account's to know."""


class SigningRequestClosedError(ConflictError):
    """The paper is signed or withdrawn already, or not signed yet."""

    code = "signing-request-state"


class SignerUnfitError(InputError):
    """Disabled, of another agency, of a role that signs nothing, or no clerk's for a seal."""


class SignatureAskedError(ConflictError):
    """The paper waits for this person's signature already."""


def request_signature(
    services: Services,
    paper: Path,
    *,
    account: str,
    actor: Actor,
    name: str = "",
    identifier: str = "",
    with_seal: bool = False,
    subject: tuple[str, str] = ("", ""),
) -> SigningRequestDocument:
    """Prepare a PDF to be signed by ``account`` with a key of their own, or with a seal.

    One that does not claim to be PDF/A goes out all the same, with a finding that says so.

    Args:
        name: of the file as people see it; that of ``paper`` by default.
        identifier: the identity number (CCCD) that the certificate ought to bear, if known.
        with_seal: the account is a clerk's, who puts the seal of the agency on it.
        subject: kind and id of what the paper is of, where the archive printed it itself.

    Raises:
        ActNotAllowedError, AccountNotFoundError, SignerUnfitError
        UnsignablePaperError: no PDF that anybody could sign.
    """
    access.require(actor, "signing:request")
    return ask_for(
        services,
        paper,
        lambda session: _signer(session, account, actor, with_seal=with_seal),
        actor=actor,
        name=name,
        identifier=identifier,
        with_seal=with_seal,
        subject=subject,
    )


def request_own_signature(
    services: Services, paper: Path, *, actor: Actor, name: str, subject: tuple[str, str]
) -> SigningRequestDocument:
    """Give out what the archive printed for the actor's own signature, once at a time.

    Raises:
        ActNotAllowedError, SignerUnfitError
        SignatureAskedError: a paper of the same subject and account waits already.
    """
    access.require(actor, "signing:answer")

    def itself(session: Session) -> Account:
        take_write_lock(session)
        account = session.get(Account, actor.account_id) if actor.account_id else None
        if account is None:
            raise SignerUnfitError(account=actor.account)
        waiting = select(SigningRequest.id).where(
            SigningRequest.subject_kind == subject[0],
            SigningRequest.subject_id == subject[1],
            SigningRequest.account == account.name,
            SigningRequest.state == SigningState.WAITING,
        )
        if session.scalar(waiting.limit(1)) is not None:
            raise SignatureAskedError(account=account.name)
        return account

    return ask_for(services, paper, itself, actor=actor, name=name, subject=subject)


def request_signature_of(
    services: Services,
    data: bytes,
    *,
    account: str,
    actor: Actor,
    name: str,
    subject: tuple[str, str],
    with_seal: bool = False,
) -> SigningRequestDocument:
    """``request_signature`` of a paper that the archive printed itself, given as its bytes."""
    with work_place(services.work_folder, "paper-") as place:
        (place / "printed.pdf").write_bytes(data)
        return request_signature(
            services,
            place / "printed.pdf",
            account=account,
            actor=actor,
            name=name,
            with_seal=with_seal,
            subject=subject,
        )


def list_requests(
    services: Services, *, actor: Actor, state: SigningState | None = None, lang: str = "vi"
) -> list[SigningRequestDocument]:
    """What the account asked for or is to sign, the newest first; the operator sees all."""
    query = select(SigningRequest).where(_visible(actor))
    if state is not None:
        query = query.where(SigningRequest.state == state)
    query = query.order_by(SigningRequest.requested_at.desc(), SigningRequest.id)
    with services.read_only() as session:
        return [request_document(row, lang) for row in session.scalars(query)]


def count_to_sign(session: Session, *, actor: Actor) -> int:
    """How many papers wait for this account's own signature."""
    waiting = select(func.count()).where(
        SigningRequest.account == actor.account, SigningRequest.state == SigningState.WAITING
    )
    return session.scalar(waiting) or 0


def send_out(services: Services, request_id: UUID, *, actor: Actor) -> tuple[str, bytes]:
    """Name and bytes of the paper as it is to be signed; that it went out is noted.

    Raises ``SigningRequestNotFoundError`` and ``SigningRequestClosedError``.
    """
    with services.writing() as session:
        row = _waiting(session, request_id, actor)
        note(session, row, "signing:sent-out", actor, sha256=row.sha256)
    with services.staging.open(row.sha256) as source:
        return row.name, source.read()


def take_return(
    services: Services, request_id: UUID, signed: Path, *, actor: Actor, lang: str = "vi"
) -> SigningAnswerDocument:
    """Judge what came back; taken, it lies in every copy, refused, the paper waits on.

    The document says which under ``accepted``, with all ``findings``.

    Raises:
        SigningRequestNotFoundError, SigningRequestClosedError
    """
    access.require(actor, "signing:answer")
    with services.read_only() as session:
        row = _waiting(session, request_id, actor)
        expected = Expected(row.signer_name, row.signer_identifier)
        if row.with_seal:
            expected = Expected(_agency_name(session, row))
    with services.staging.path(row.sha256) as original:
        returned = _judged(services, original, signed, expected)
    with signed.open("rb") as source:
        staged = services.staging.receive(source) if returned.accepted else None
    with services.unit_of_work() as uow:
        row = _waiting(uow.session, request_id, actor, lock=True)
        of_paper = [finding for finding in row.findings if finding["code"] == NOT_PDFA]
        row.findings = of_paper + [kept(finding) for finding in returned.findings]
        if staged is None:
            row.refusals += 1
            codes = [finding.code for finding in returned.findings]
            note(uow.session, row, "signing:refused", actor, codes=codes)
        else:
            _close(uow.session, row, returned, staged.sha256, staged.size_bytes, actor)
            _tell_of_paper(uow.session, row, services)
        uow.commit()
        document = request_document(row, lang).extended(
            SigningAnswerDocument, accepted=returned.accepted
        )
    if returned.accepted:
        write_out_evidence(services)
    return document


def seal_request(
    services: Services, request_id: UUID, *, actor: Actor, lang: str = "vi"
) -> SigningAnswerDocument:
    """Put the agency's seal on a paper that waits for it: the clerk who has the key in hand.

    Raises:
        what ``seals.seal_pdf`` and ``seals.sealing`` raise, of two presses one, and as
        ``take_return``.
    """
    with services.read_only() as session:
        _waiting(session, request_id, actor)  # who is not to sign it holds nobody up
    with sealing(services, str(request_id)):
        return _seal(services, request_id, actor, lang)


def _seal(services: Services, request_id: UUID, actor: Actor, lang: str) -> SigningAnswerDocument:
    with services.read_only() as session:
        row = _waiting(session, request_id, actor)
        if not row.with_seal or row.agency_id is None:
            raise SigningRequestClosedError(id=request_id, state="person")
        agency = agency_codes(session)[row.agency_id]
    with work_place(services.work_folder, "seal-") as place:
        with services.staging.path(row.sha256) as original:
            seal_pdf(
                services,
                original,
                place / "sealed.pdf",
                agency=agency,
                actor=actor,
                field=_SEAL_FIELD,
            )
        return take_return(services, request_id, place / "sealed.pdf", actor=actor, lang=lang)


def withdraw(services: Services, request_id: UUID, *, actor: Actor) -> SigningRequestDocument:
    """Withdraw a paper that is not signed yet."""
    with services.unit_of_work() as uow:
        row = _waiting(uow.session, request_id, actor, lock=True)
        if row.requested_by != actor.account:
            raise SigningRequestNotFoundError(id=request_id)
        row.state, row.closed_at = SigningState.WITHDRAWN, clock.now()
        note(uow.session, row, "signing:withdrawn", actor)
        uow.commit()
        return request_document(row, "vi")


def read_signed(services: Services, request_id: UUID, *, actor: Actor) -> tuple[str, bytes]:
    """Name and bytes of the signed paper, verified.

    Raises ``SigningRequestNotFoundError``, ``SigningRequestClosedError`` where it is not signed.
    """
    with services.read_only() as session:
        row = _get(session, request_id, actor)
        if row.state is not SigningState.SIGNED:
            raise SigningRequestClosedError(id=request_id, state=row.state.value)
        return row.name, read_signed_bytes(session, row.id, services)


def read_signed_bytes(session: Session, request_id: UUID, services: Services) -> bytes:
    """The signed paper of a closed request, verified; the caller has asked who may."""
    act = session.scalars(
        select(Act).where(Act.kind == SIGNED_PAPER, Act.subject_id == str(request_id))
    ).one()
    return read_companion(act, staging=services.staging, copies=services.copies)


def _signer(session: Session, name: str, actor: Actor, *, with_seal: bool) -> Account:
    account = find_account(session, name)
    if account is None:
        raise AccountNotFoundError(name=name)
    able = account.active and access.may(account.as_actor(), "signing:sign")
    near = actor.agency_id is None or account.agency_id in (None, actor.agency_id)
    if not (able and near) or (with_seal and account.role is not Role.CLERK):
        raise SignerUnfitError(account=name)
    return account


def _visible(actor: Actor) -> Any:
    access.require(actor, "signing:list")
    if actor.role is Role.OPERATOR:
        return SigningRequest.id.is_not(None)
    return or_(
        SigningRequest.account == actor.account, SigningRequest.requested_by == actor.account
    )


def _judged(services: Services, original: Path, signed: Path, expected: Expected) -> Returned:
    """``judge_returned`` in a child process, under limits: the file is a stranger's."""
    limits = services.settings.limits
    judged = run_limited(
        judge_returned,
        original,
        signed,
        services.trust,
        expected,
        limit_s=limits.parser_s,
        memory_mib=limits.parser_mib,
    )
    return not_readable(judged.reason.value) if isinstance(judged, ParserFailure) else judged


def _get(session: Session, request_id: UUID, actor: Actor, *, lock: bool = False) -> SigningRequest:
    query = select(SigningRequest).where(SigningRequest.id == request_id, _visible(actor))
    row = session.scalar(query.with_for_update() if lock else query)
    if row is None:
        raise SigningRequestNotFoundError(id=request_id)
    return row


def _waiting(
    session: Session, request_id: UUID, actor: Actor, *, lock: bool = False
) -> SigningRequest:
    """``lock`` before it is changed: of two who answer at once, the second finds it closed."""
    row = _get(session, request_id, actor, lock=lock)
    if row.state is not SigningState.WAITING:
        raise SigningRequestClosedError(id=request_id, state=row.state.value)
    return row


def _agency_name(session: Session, row: SigningRequest) -> str:
    return session.get_one(Agency, row.agency_id).name


def _close(
    session: Session, row: SigningRequest, told: Returned, sha256: str, size: int, actor: Actor
) -> None:
    if told.signature is None:
        raise ValueError("taken without a signature")
    row.state, row.closed_at = SigningState.SIGNED, clock.now()
    row.signed_sha256, row.signed_size_bytes = sha256, size
    row.signed_by, row.signed_at = told.signature.signer[:200], told.signature.signed_at
    record_signed_act(session, row, at=row.closed_at)
    note(session, row, "signing:signed", actor, sha256=sha256, signer=row.signed_by)


def _tell_of_paper(session: Session, row: SigningRequest, services: Services) -> None:
    """A certificate of destruction that calls this paper unsigned is made anew."""
    paper = (
        session.get(DispositionPaper, UUID(row.subject_id)) if row.subject_kind == PAPER else None
    )
    if paper is not None:
        services.jobs.add(session, MAKE_JOB, subject_id=paper.disposition_id)
