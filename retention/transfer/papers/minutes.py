"""Biên bản giao nhận between two archives: the receiver's seal, then the giver's on the same bytes.

The giver takes what the receiver sealed, signs it, and sends it back; the receiver takes that only
as its own bytes with one valid signature added.
"""

import re
from collections.abc import Callable, Collection
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.domain.intake.finding import Severity
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import WORKER, Actor
from archive_service.domain.transfer.transfer import (
    Transfer,
    TransferDirection,
)
from archive_service.errors import InputError
from archive_service.evidence.companions import read_companion
from archive_service.evidence.write_out import write_out_evidence
from archive_service.formats.child import ParserFailure, run_limited
from archive_service.formats.pdf.text import PageText, read_text_here
from archive_service.services import Services
from archive_service.signing.pdf.report import Addition, SignatureReport
from archive_service.signing.pdf.returned import Expected, judge_returned
from archive_service.signing.pdf.validate import inspect_signatures
from archive_service.storage.durable import write_whole
from archive_service.storage.work_folder import work_errors, work_place
from retention.transfer.listing import get_transfer
from retention.transfer.network.client import PartnerServer
from retention.transfer.papers.acts import (
    CHECK,
    TransferPaperEarlyError,
    TransferPaperMissingError,
    TransferPaperUndecidedError,
    TransferPaperUnknownError,
    add_paper,
    make_paper,
    newest_act,
    paper_told,
    read_paper,
)
from retention.transfer.papers.documents import TransferPaper
from retention.transfer.papers.file_form import said
from retention.transfer.papers.given import WordsIn
from retention.transfer.papers.kinds import FILES, MINUTES, right_to
from retention.transfer.papers.minutes_form import GIVER_FIELD, RECEIVER_FIELD, countersign_minutes
from retention.transfer.partners.pins import pinned_certificates
from retention.transfer.transitions import TRANSITIONS

FILE = f"{FILES[MINUTES]}.pdf"  # beside a reply
_MOST_BYTES = 1 << 28
_SIGNED = "transfer:minutes-signed"
_EXCHANGE = "transfer:exchange"  # the worker takes what the other archive signed
_T = TypeVar("_T")


class TransferMinutesUnfitError(InputError):
    """What came as minutes is not what the other archive had to sign: ``reason`` says why."""


def seal_minutes(
    services: Services, transfer_id: UUID, folder: Path | None, *, actor: Actor
) -> None:
    """The receiver's minutes, made with its reply; none while a case file is undecided.

    Args:
        folder: where they are to lie as well.

    Raises:
        ActNotAllowedError, TransferNotFoundError
        WorkFolderFullError: no room in the folder.
        and what printing and sealing raise.
    """
    try:
        make_paper(services, transfer_id, MINUTES, WordsIn(), actor=actor)
    except (TransferPaperEarlyError, TransferPaperUndecidedError):
        return
    if folder is not None:
        _, data = read_paper(services, transfer_id, MINUTES, actor=actor)
        with work_errors(folder):
            write_whole(folder / FILE, data)


def take_laid(services: Services, transfer_id: UUID, folder: Path, *, actor: Actor) -> None:
    """The minutes that lie in a folder that came back, beside the reply or one below it.

    Raises what ``take_minutes`` raises.
    """
    for place in [folder / FILE, *sorted(folder.glob(f"*/{FILE}"))] if folder.is_dir() else []:
        if place.is_file():
            with place.open("rb") as file:
                data = file.read(_MOST_BYTES)
            take_minutes(services, transfer_id, data, actor=actor)
            return


def exchange_minutes(
    services: Services, row: Transfer, server: PartnerServer, there: str | None
) -> None:
    """What one side of a transfer by network has and the other lacks; safe to repeat.

    Args:
        there: digest of the minutes that the receiver has; ``None``: none yet.

    Raises:
        PartnerSilentError, PartnerLaterError, PartnerRefusedError
        and what ``take_minutes`` refuses.
    """
    if not there:
        return
    with services.read_only() as session:
        known = newest_act(session, row, MINUTES)
    ours = (known.companion_sha256, known.document["sealed_sha256"]) if known else ()
    if there not in ours:
        take_minutes(services, row.id, server.minutes(row.id), actor=WORKER)
    elif known is not None and there != known.companion_sha256:
        signed = read_companion(known, staging=services.staging, copies=services.copies)
        server.put_minutes(row.id, signed)


def minutes_sha256(session: Session, row: Transfer) -> str | None:
    """Digest of the minutes with the signatures given so far; ``None``: there are none."""
    known = newest_act(session, row, MINUTES)
    return known.companion_sha256 if known else None


def take_signed(
    services: Services, transfer_id: UUID, data: bytes, *, actor: Actor
) -> TransferPaper:
    """The minutes as the other archive signed them: see ``take_minutes``, ``take_countersigned``.

    Raises what they raise.
    """
    access.require(actor, "transfer:list")
    with services.read_only() as session:
        direction = get_transfer(session, transfer_id, actor=actor).direction
    going_out = direction is TransferDirection.OUT
    take = take_minutes if going_out else take_countersigned
    return take(services, transfer_id, data, actor=actor)


def take_minutes(
    services: Services, transfer_id: UUID, data: bytes, *, actor: Actor
) -> TransferPaper:
    """The minutes that the receiver sealed, kept at the giver; what is there already stays.

    Where certificates of the receiver are pinned, one of them sealed it; else one of a trusted
    authority.

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferPaperUnknownError, TransferStateError
        TransferMinutesUnfitError: unreadable, not sealed, by another, altered since.
    """
    row, pinned, known = _opened(
        services, transfer_id, TransferDirection.OUT, actor, right=_EXCHANGE
    )
    digest = sha256(data).hexdigest()
    if known is not None and digest in (known.companion_sha256, known.document["sealed_sha256"]):
        return _as_it_is(services, transfer_id, actor)
    with work_place(services.work_folder, "minutes-") as place:
        paper = place / "minutes.pdf"
        paper.write_bytes(data)
        reports = _limited(services, row, inspect_signatures, paper, services.trust)
        of_receiver = [report for report in reports if report.field == RECEIVER_FIELD]
        if not of_receiver:
            raise TransferMinutesUnfitError(number=row.name, reason="unsigned")
        _require_of(row, of_receiver[0], pinned)
        _receive(services, paper)
        words = _limited(services, row, read_text_here, paper)
    facts = {
        "number": _printed_number(words) or row.partner_number or row.name,
        "signatures": [of_receiver[0].signer],
        "sealed_sha256": digest,
    }
    return _keep(services, transfer_id, known, digest, facts, "transfer:minutes-taken", actor)


def _printed_number(words: PageText | None) -> str:
    """Of the minutes, as the receiver's first page has it; empty where their form is not ours."""
    form = rf"\d+/{re.escape(said(f'symbols.{MINUTES}'))}"
    found = re.search(form, words.first) if words is not None else None
    return found[0] if found else ""


def countersign(services: Services, transfer_id: UUID, *, actor: Actor) -> TransferPaper:
    """Add the giver's signature to the minutes that the receiver sealed; nothing twice.

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferPaperUnknownError, TransferStateError
        TransferPaperMissingError: the receiver's minutes are not here.
        and what ``sign_left_field`` raises.
    """
    row, _, known = _opened(services, transfer_id, TransferDirection.OUT, actor)
    if known is None:
        raise TransferPaperMissingError(number=row.name, kind=MINUTES)
    if len(known.document["signatures"]) > 1:
        return _as_it_is(services, transfer_id, actor)
    signer, at = services.signer(), clock.now().replace(microsecond=0)
    with work_place(services.work_folder, "minutes-") as place:
        sealed, signed = place / "sealed.pdf", place / "signed.pdf"
        sealed.write_bytes(read_companion(known, staging=services.staging, copies=services.copies))
        where = services.settings.archive.place
        countersign_minutes(sealed, signed, place=where, signer=signer, at=at, press=services.press)
        digest = _receive(services, signed)
    facts = known.document | {"signatures": [*known.document["signatures"], signer.subject.name]}
    return _keep(services, transfer_id, known, digest, facts, _SIGNED, actor)


def take_countersigned(
    services: Services, transfer_id: UUID, data: bytes, *, actor: Actor
) -> TransferPaper:
    """The minutes as the giver signed them, kept at the receiver in the place of its own.

    Raises:
        ActNotAllowedError, TransferNotFoundError, TransferPaperUnknownError
        TransferPaperMissingError: no minutes were made here.
        TransferMinutesUnfitError: other bytes, no signature added, by another, or more than that.
    """
    row, pinned, known = _opened(
        services, transfer_id, TransferDirection.IN, actor, right=_EXCHANGE
    )
    if known is None:
        raise TransferPaperMissingError(number=row.name, kind=MINUTES)
    digest = sha256(data).hexdigest()
    if digest == known.companion_sha256:
        return _as_it_is(services, transfer_id, actor)
    original = read_companion(known, staging=services.staging, copies=services.copies)
    with work_place(services.work_folder, "minutes-") as place:
        sealed, signed = place / "sealed.pdf", place / "signed.pdf"
        sealed.write_bytes(original)
        signed.write_bytes(data)
        expected = Expected(row.partner)
        judged = _limited(services, row, judge_returned, sealed, signed, services.trust, expected)
        report = judged.signature
        errors = {finding.code for finding in judged.findings if finding.severity is Severity.ERROR}
        if report is None or errors - {"signed-paper-invalid"}:
            raise TransferMinutesUnfitError(number=row.name, reason="altered")
        if report.field != GIVER_FIELD:
            raise TransferMinutesUnfitError(number=row.name, reason="unsigned")
        _require_of(row, report, pinned)
        _receive(services, signed)
    facts = known.document | {"signatures": [*known.document["signatures"], report.signer]}
    return _keep(services, transfer_id, known, digest, facts, _SIGNED, actor)


def _opened(
    services: Services,
    transfer_id: UUID,
    direction: TransferDirection,
    actor: Actor,
    *,
    right: str = "",
) -> tuple[Transfer, Collection[str], Act | None]:
    """The transfer of this side, certificates its partner signs with, minutes that are here."""
    access.require(actor, "transfer:list")
    with services.read_only() as session:
        row = get_transfer(session, transfer_id, actor=actor)
        access.require(actor, right or right_to(row), row)
        if row.direction is not direction:
            raise TransferPaperUnknownError(number=row.name, kind=MINUTES)
        if direction is TransferDirection.OUT:
            TRANSITIONS.require_open(row, "minutes")
        pinned = pinned_certificates(session, row.partner_code) if row.partner_code else set()
        return row, pinned, newest_act(session, row, MINUTES)


def _require_of(row: Transfer, report: SignatureReport, pinned: Collection[str]) -> None:
    """``TransferMinutesUnfitError`` unless the other archive signed, and nothing was altered."""
    whole = report.covers_whole_document or report.added_later is Addition.EVIDENCE
    if not (report.intact and report.valid and whole) or report.altered_later:
        raise TransferMinutesUnfitError(number=row.name, reason="altered")
    own = next(
        (evidence.sha256 for evidence in report.evidence if evidence.kind == "certificate"), ""
    )
    if not (own in pinned if pinned else report.trusted):
        raise TransferMinutesUnfitError(number=row.name, reason="signer")


def _limited(services: Services, row: Transfer, act: Callable[..., _T], *given: object) -> _T:
    """A stranger's file is read in a child process, under limits."""
    limits = services.settings.limits
    found = run_limited(act, *given, limit_s=limits.parser_s, memory_mib=limits.parser_mib)
    if isinstance(found, ParserFailure):
        raise TransferMinutesUnfitError(number=row.name, reason="unreadable")
    return found


def _receive(services: Services, paper: Path) -> str:
    with paper.open("rb") as source:
        return services.staging.receive(source).sha256


def _as_it_is(services: Services, transfer_id: UUID, actor: Actor) -> TransferPaper:
    with services.read_only() as session:
        return paper_told(session, get_transfer(session, transfer_id, actor=actor), MINUTES)


def _keep(
    services: Services,
    transfer_id: UUID,
    known: Act | None,
    digest: str,
    facts: dict[str, Any],
    tag: str,
    actor: Actor,
) -> TransferPaper:
    """The minutes whose bytes lie in staging, unless others came meanwhile: those stand."""
    with services.unit_of_work() as uow:
        session: Session = uow.session
        row = get_transfer(session, transfer_id, actor=actor, locked=True)
        newest = newest_act(session, row, MINUTES)
        if (newest and newest.id) == (known and known.id):
            row.minutes_untold = tag == _SIGNED and row.direction is TransferDirection.OUT
            document = {
                "edition": newest.document["edition"] + 1 if newest else 1,
                "made_at": clock.iso(clock.now()),
                "made_by": actor.account,
                "says_sha256": newest.document["says_sha256"] if newest else "",
                CHECK: newest.document.get(CHECK, "") if newest else "",  # signed once more
            }
            add_paper(
                session,
                row,
                MINUTES,
                digest=digest,
                document=facts | document,
                tag=tag,
                actor=actor,
            )
        told_now = paper_told(session, row, MINUTES)
        uow.commit()
    write_out_evidence(services)
    return told_now
