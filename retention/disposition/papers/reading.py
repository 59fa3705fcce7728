"""The papers of a destruction file as people get them: listed, read, signed, compared."""

import json
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock, messages
from archive_service.accounts.acts import find_account
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Account, Actor, Role
from archive_service.domain.retention.disposition import PAPER, Disposition, DispositionPaper
from archive_service.domain.signing.signing_request import (
    SIGNED_PAPER,
    SigningRequest,
    SigningState,
)
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.evidence.companions import read_companion
from archive_service.forms import docx, xlsx
from archive_service.forms.frozen_form import thawed
from archive_service.services import Services
from archive_service.signing.desk.acts import read_signed_bytes, request_signature_of
from archive_service.signing.desk.documents import SigningRequestDocument
from archive_service.storage.acts import act_key
from archive_service.storage.work_folder import work_place
from retention.disposition.listing import get_disposition
from retention.disposition.papers.acts import make_papers, paper_act
from retention.disposition.papers.certificate import ask_copies, compare, digest_of, note_comparison
from retention.disposition.papers.documents import ComparedCertificate
from retention.disposition.papers.given import SignatureIn
from retention.disposition.papers.kinds import (
    ASKED,
    CERTIFICATE,
    FORMS,
    OF_AGENCY,
    OF_ARCHIVE,
    newest_papers,
    papers_due,
)
from retention.disposition.papers.signatures import heads_of, requests_of, unsigned_papers

MEDIA_TYPES = {"pdf": "application/pdf", "docx": docx.MEDIA_TYPE, "xlsx": xlsx.MEDIA_TYPE}


class DispositionPaperMissingError(NotFoundError):
    """The list has no such paper yet."""


class DispositionSignerError(InputError):
    """A decision of the agency is signed by its head; ``heads`` are the accounts that may."""


class DispositionPaperUnknownError(NotFoundError):
    """No file of a destruction has a paper of this kind."""


class DispositionPaperAskedError(ConflictError):
    """Somebody is asked for a signature on it, who has not signed yet."""


class DispositionPaperFormError(ConflictError):
    """Only lists are also files to be counted or edited."""


def papers_of(services: Services, disposition_id: UUID, *, actor: Actor) -> list[dict[str, Any]]:
    """Each form of the file: its newest paper, who signed it, and whether it is due and lacking.

    ``[{form, due, edition, number, made_at, sha256, is_table, by_archive, is_asked, signatures:
    [{signer, state, signed_at}], lacks: [{name, account, asked_at}]}]``, in the order of the file;
    forms that are neither there nor due are left out. ``lacks``: see ``unsigned_papers``.

    Raises:
        DispositionNotFoundError
    """
    access.require(actor, "disposition:list")
    with services.read_only() as session:
        row = get_disposition(session, disposition_id, actor=actor)
        newest, due = newest_papers(row), papers_due(row)
        asked = requests_of(session, newest.values())
        unsigned = unsigned_papers(session, [row]).get(row.id, [])
        lacks = {unsigned_paper.form: unsigned_paper.lacks for unsigned_paper in unsigned}
        return [
            _paper_facts(form, newest.get(form), asked, due=form in due)
            | {"lacks": lacks.get(form, [])}
            for form in FORMS
            if form in newest or form in due
        ]


def make(services: Services, disposition_id: UUID, *, actor: Actor) -> list[str]:
    """Make at once what the list calls for and lacks, a certificate too where one is possible.

    Raises:
        ActNotAllowedError, DispositionNotFoundError
    """
    access.require(actor, "disposition:execute")
    with services.read_only() as session:
        row = get_disposition(session, disposition_id, actor=actor)
        access.require(actor, "disposition:execute", row)
    return make_papers(services, disposition_id, actor=actor, certify=True)


def read_paper(
    services: Services, disposition_id: UUID, form: str, *, actor: Actor
) -> tuple[str, bytes]:
    """Name and bytes of the newest paper of a form, verified, with the signatures given so far.

    Raises:
        DispositionNotFoundError, DispositionPaperMissingError, NoSoundCopyError
    """
    access.require(actor, "disposition:list")
    with services.read_only() as session:
        row, paper = _paper(session, disposition_id, form, actor)
        name = _file_name(row, paper, "pdf")
        signed = _last_signed(session, paper)
        if signed is not None:
            return name, read_signed_bytes(session, signed.id, services)
        act = paper_act(session, paper)
    return name, read_companion(act, staging=services.staging, copies=services.copies)


def write_form(
    services: Services, disposition_id: UUID, form: str, suffix: str, *, actor: Actor
) -> tuple[str, bytes]:
    """Name and bytes of a list as ``docx`` or ``xlsx``, with the words of the signed paper.

    Raises:
        DispositionNotFoundError, DispositionPaperMissingError
        DispositionPaperFormError: the paper is no list.
    """
    access.require(actor, "disposition:list")
    with services.read_only() as session:
        row, paper = _paper(session, disposition_id, form, actor)
        table = thawed(paper_act(session, paper).document)
        name = _file_name(row, paper, suffix)
    if table is None:
        raise DispositionPaperFormError(form=form)
    with work_place(services.work_folder, "disposition-") as place:
        target = place / f"paper.{suffix}"
        (docx.write_docx if suffix == "docx" else xlsx.write_xlsx)(table, target)
        return name, target.read_bytes()


def ask_signature(
    services: Services,
    disposition_id: UUID,
    form: str,
    given: SignatureIn,
    *,
    actor: Actor,
) -> SigningRequestDocument:
    """Give a paper out to be signed.

    Args:
        given: whom to ask; the next one gets it with the signatures before theirs.

    Raises:
        ActNotAllowedError, DispositionNotFoundError, DispositionPaperMissingError
        DispositionPaperAskedError: one who was asked has not answered.
        DispositionSignerError: of a decision of the agency, for who is no head and did not decide.
        and what ``request_signature`` raises.
    """
    access.require(actor, "disposition:ask-signature")
    account, with_seal = given.account, given.with_seal
    _, data = read_paper(services, disposition_id, form, actor=actor)
    with services.read_only() as session:
        row, paper = _paper(session, disposition_id, form, actor)
        access.require(actor, "disposition:ask-signature", row)
        waiting = [
            signing_request
            for signing_request in _of_paper(session, paper)
            if signing_request.state is SigningState.WAITING
        ]
        if waiting:
            raise DispositionPaperAskedError(signer=waiting[0].signer_name)
        if form in OF_AGENCY and not with_seal and not _may_decide(session, row, account):
            heads = heads_of(session, row)
            raise DispositionSignerError(account=account, form=form, heads=heads, none=not heads)
        subject = (PAPER, str(paper.id))
        name = _name_to_sign(row, paper)
    return request_signature_of(
        services,
        data,
        account=account,
        actor=actor,
        name=name,
        with_seal=with_seal,
        subject=subject,
    )


def _may_decide(session: Session, row: Disposition, account: str) -> bool:
    """Whose signature makes a paper a decision of the agency: else one alone signs for all."""
    agency_head = find_account(session, account)
    is_head = (
        agency_head
        and agency_head.role is Role.AGENCY_HEAD
        and agency_head.agency_id == row.agency_id
    )
    return bool(is_head) or account == row.decided_by


def signers_of(session: Session, row: Disposition) -> list[dict[str, Any]]:
    """Accounts that sign papers of the list: heads and clerks of the agency, and who took part."""
    took_part = [row.reviewed_by, row.executed_by, *(member.account for member in row.members)]
    named = [name for name in took_part if name]
    of_agency = (Account.agency_id == row.agency_id) & Account.role.in_(
        (Role.AGENCY_HEAD, Role.CLERK)
    )
    found = session.scalars(
        select(Account)
        .where(of_agency | Account.name.in_(named), Account.active)
        .order_by(Account.role, Account.name)
    )
    return [
        {
            "account": account.name,
            "name": account.person,
            "with_seal": account.role is Role.CLERK,
        }
        for account in found
        if access.may(account.as_actor(), "signing:sign")
    ]


def certificate_of(services: Services, disposition_id: UUID, *, actor: Actor) -> dict[str, Any]:
    """CERTIFICATE: the newest one's data and its paper.

    Raises:
        DispositionNotFoundError, DispositionPaperMissingError
    """
    access.require(actor, "disposition:list")
    with services.read_only() as session:
        _, paper = _paper(session, disposition_id, CERTIFICATE, actor)
        document = paper_act(session, paper).document
    return {
        "certificate": document["certificate"],
        "certificate_sha256": document["certificate_sha256"],
        "paper": {
            "edition": paper.edition,
            "number": paper.number,
            "made_at": clock.iso(paper.made_at),
            "sha256": paper.sha256,
        },
    }


def compared_certificate(
    services: Services, disposition_id: UUID, *, actor: Actor
) -> ComparedCertificate:
    """Ask each place of the certificate anew; one that says too little is issued anew before."""
    return ComparedCertificate.model_validate(compare_anew(services, disposition_id, actor=actor))


def compare_anew(services: Services, disposition_id: UUID, *, actor: Actor) -> dict[str, Any]:
    """CERTIFICATE with ``comparison``: each place asked anew, now; what is back is an incident.

    ``comparison.data_intact`` says whether the data are those whose digest stands on the paper, in
    the row and in every copy that answers; ``comparison.copies`` tells of each copy.
    One that is due and not made yet, or says less than is known, is made first by who may.

    Raises:
        as ``certificate_of``.
    """
    if access.may(actor, "disposition:execute"):
        make(services, disposition_id, actor=actor)
    document = certificate_of(services, disposition_id, actor=actor)
    found = compare(services, document["certificate"])
    note_comparison(services, document["certificate"], found)
    with services.read_only() as session:
        act = paper_act(session, _paper(session, disposition_id, CERTIFICATE, actor)[1])
    found["copies"] = ask_copies(services, act_key(act), act.document)
    found["data_intact"] = digest_of(document["certificate"]) == document[
        "certificate_sha256"
    ] and all(copy["agrees"] is not False for copy in found["copies"])
    return document | {"comparison": found}


def write_certificate(
    services: Services, disposition_id: UUID, target: Path, *, actor: Actor
) -> dict[str, Any]:
    """Write it to ``target``, JSON by the suffix ``.json``, else the signed PDF/A; compared first.

    Raises:
        as ``compare_anew``.
    """
    document = compare_anew(services, disposition_id, actor=actor)
    if target.suffix.lower() == ".json":
        plain = json.dumps(document, ensure_ascii=False, indent=2, sort_keys=True)
        target.write_text(plain + "\n", encoding="utf-8")
    else:
        _, data = read_paper(services, disposition_id, CERTIFICATE, actor=actor)
        target.write_bytes(data)
    return document


def _paper(
    session: Session, disposition_id: UUID, form: str, actor: Actor
) -> tuple[Disposition, DispositionPaper]:
    row = get_disposition(session, disposition_id, actor=actor)
    if form not in FORMS:
        raise DispositionPaperUnknownError(form=form, known=FORMS)
    paper = newest_papers(row).get(form)
    if paper is None:
        raise DispositionPaperMissingError(number=f"{row.number:02}/{row.year}", form=form)
    return row, paper


def _file_name(row: Disposition, paper: DispositionPaper, suffix: str) -> str:
    """``list-01-2026.pdf``; a later edition says so."""
    edition = f"-{paper.edition}" if paper.edition > 1 else ""
    return f"{paper.form}-{row.number:02}-{row.year}{edition}.{suffix}"


def _name_to_sign(row: Disposition, paper: DispositionPaper) -> str:
    """The same in words, for a person who is to sign it: ``Bản thuyết minh 02-2026.pdf``."""
    title = messages.label("disposition-form", paper.form, "vi")
    return _file_name(row, paper, "pdf").replace(f"{paper.form}-", f"{title} ", 1)


def _of_paper(session: Session, paper: DispositionPaper) -> list[SigningRequest]:
    of_it = SigningRequest.subject_kind == PAPER, SigningRequest.subject_id == str(paper.id)
    query = select(SigningRequest).where(*of_it).order_by(SigningRequest.requested_at)
    return list(session.scalars(query))


def _last_signed(session: Session, paper: DispositionPaper) -> SigningRequest | None:
    """The request whose return holds all signatures so far, if its paper is among the acts."""
    signed = [
        signing_request
        for signing_request in _of_paper(session, paper)
        if signing_request.state is SigningState.SIGNED
    ]
    kept = select(Act.subject_id).where(
        Act.kind == SIGNED_PAPER,
        Act.subject_id.in_([str(signing_request.id) for signing_request in signed]),
    )
    there = set(session.scalars(kept))
    return next(
        (
            signing_request
            for signing_request in reversed(signed)
            if str(signing_request.id) in there
        ),
        None,
    )


def _paper_facts(
    form: str,
    paper: DispositionPaper | None,
    asked: dict[str, list[SigningRequest]],
    *,
    due: bool,
) -> dict[str, Any]:
    requests = asked.get(str(paper.id), []) if paper else []
    return {
        "form": form,
        "due": due and paper is None,
        "edition": paper.edition if paper else None,
        "number": paper.number if paper else None,
        "made_at": clock.iso(paper.made_at) if paper else None,
        "sha256": paper.sha256 if paper else None,
        "is_table": form == FORMS[0],
        "by_archive": form in OF_ARCHIVE and paper is not None,
        "is_asked": form in ASKED and paper is not None,
        "signatures": [
            {
                "signer": request.signer_name,
                "state": request.state.value,
                "signed_at": request.signed_at and clock.iso(request.signed_at),
            }
            for request in requests
        ],
    }
