"""We are the witness: a partner's checkpoint is compared with the kept one, kept and cosigned."""

import base64
import datetime as dt
from hashlib import sha256
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import record_event
from archive_service.db.unit_of_work import take_write_lock
from archive_service.domain.keeping.act import Act
from archive_service.domain.people.account import Actor
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.domain.transfer.partner import WITNESSED, TransferPartner
from archive_service.errors import ArchiveError, InputError
from archive_service.evidence.checkpoint import Checkpoint, parse_held
from archive_service.evidence.witness.cosignature import OWN_KEY, read_key
from archive_service.evidence.witness.rules import (
    Asking,
    KeptSizeError,
    LogContradictsError,
    LogUnknownError,
    LogUnprovedError,
    LogUnsignedError,
    parse_asking,
    require_next,
    require_signed,
)
from archive_service.evidence.write_out import write_out_evidence
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.services import Services
from archive_service.text import telling
from retention.transfer.given import Anew
from retention.transfer.partners.rules import get_partner, witnessed_by
from retention.transfer.witnessing.documents import WitnessedDocument

CONTRADICTS = "log-contradicts"  # a kind of incident
ANEW = "partner:log-anew"
_REASON = 3  # letters at least


class AnewReasonError(InputError):
    """Nothing was written that says why the log of a partner begins anew."""


def cosign(services: Services, text: str, certificate: bytes, *, actor: Actor) -> str:
    """A line of signature, once the checkpoint is kept; the same again is cosigned again.

    A smaller one, one of another root and one without proof are incidents here, unless the smaller
    one is a repetition of what was cosigned before.

    Args:
        text: the request of C2SP ``tlog-witness``.
        certificate: DER of the key that signed the checkpoint; its digest is pinned.

    Raises:
        ActNotAllowedError: the token is of no archive whose checkpoints are kept here.
        AskingUnreadableError, WitnessKeyMissingError
        LogUnknownError: the checkpoint is of another log.
        LogUnsignedError: no pinned key signed it.
        KeptSizeError, LogContradictsError, LogUnprovedError: see ``rules.require_next``.
    """
    with services.read_only() as session:
        witnessed_by(session, actor)  # before anything is read
    cosigner = read_key(services.settings.home / OWN_KEY)
    asking = parse_asking(text)
    refused: ArchiveError | None = None
    with services.writing() as session:
        take_write_lock(session)  # of two requests one is compared with what the other left
        partner = witnessed_by(session, actor)
        _require_its_own(partner, asking.checkpoint, certificate)
        kept = newest_kept(session, partner)
        try:
            require_next(asking, kept)
        except (KeptSizeError, LogContradictsError, LogUnprovedError) as other:
            refused = other
            if not _is_usual(session, partner, asking, other):
                _alarm(session, partner, asking.checkpoint, kept, other.code)
        line = cosigner.cosign(asking.checkpoint)
        if refused is None:
            _keep(session, partner, asking.checkpoint, kept, line)
            close_incident(session, CONTRADICTS, partner.code)
    if refused is not None:
        raise refused
    return line


def kept(services: Services, *, actor: Actor) -> str:
    """The last checkpoint of the log of who asks, with our cosignature; nothing where none came.

    Raises:
        ActNotAllowedError
    """
    with services.read_only() as session:
        found = newest_kept(session, witnessed_by(session, actor))
        return found.note if found else ""


def begin_anew(
    services: Services, code: str, given: Anew, *, actor: Actor, lang: str = "vi"
) -> WitnessedDocument:
    """Forget what was kept of a partner's log: its next checkpoint is taken as the first.

    For an archive that lost a part of its log, as its people have told; acts tell what was kept.

    Raises:
        ActNotAllowedError, PartnerUnknownError
        AnewReasonError: no reason was given.
    """
    del lang
    access.require(actor, "partner:keep")
    if len(reason := telling(given.reason)) < _REASON:
        raise AnewReasonError
    with services.writing() as session:
        take_write_lock(session)
        partner = get_partner(session, code)
        was = newest_kept(session, partner)
        if was is not None:
            _tell(session, partner, {"note": "", "size": 0, "root": "", "reason": reason})
            data = {"code": partner.code, "reason": reason, "size": was.size}
            record_event(session, ANEW, subject_id=partner.id, actor=actor, data=data)
            close_incident(session, CONTRADICTS, partner.code)
    write_out_evidence(services)
    return WitnessedDocument(
        code=partner.code, name=partner.name, size=0, root="", at=None, trouble=None
    )


def newest_kept(session: Session, partner: TransferPartner) -> Checkpoint | None:
    """What was kept last of its log, with our cosignature."""
    act = newest_act(session, partner)
    note = str(act.document["note"]) if act else ""
    return parse_held(note) if note else None


def newest_act(session: Session, partner: TransferPartner) -> Act | None:
    """The act that tells it."""
    mine = Act.kind == WITNESSED, Act.subject_id == str(partner.id)
    newest = select(Act).where(*mine).order_by(Act.at.desc(), Act.id.desc())
    return session.scalar(newest.limit(1))


def _require_its_own(partner: TransferPartner, asked: Checkpoint, certificate: bytes) -> None:
    if asked.origin != partner.code:
        raise LogUnknownError(origin=asked.origin)
    if sha256(certificate).hexdigest() not in {entry["sha256"] for entry in partner.certificates}:
        raise LogUnsignedError(origin=asked.origin)
    require_signed(asked, [certificate])


def _is_usual(
    session: Session, partner: TransferPartner, asking: Asking, refused: ArchiveError
) -> bool:
    """Whether it only begins elsewhere than we are, or repeats what we cosigned before."""
    asked = asking.checkpoint
    if not isinstance(refused, KeptSizeError):
        return False
    if asked.size >= int(str(refused.facts["size"])):
        return True
    size, root = asked.mark
    query = select(Act.id).where(
        Act.kind == WITNESSED,
        Act.subject_id == str(partner.id),
        Act.document["size"].as_integer() == size,
        Act.document["root"].as_string() == root,
    )
    return session.scalar(query.limit(1)) is not None


def _alarm(
    session: Session, partner: TransferPartner, asked: Checkpoint, kept: Checkpoint | None, why: str
) -> None:
    """Both heads; the one that was sent with its signature, which nobody can deny later."""
    facts = {
        "code": why,
        "partner": partner.name,
        "kept": kept.size if kept else 0,
        "kept_root": base64.b64encode(kept.root).decode() if kept else "",
        "asked": asked.size,
        "asked_root": asked.mark[1],
        "note": asked.note,
    }
    severity = IncidentSeverity.ALARM
    open_incident(session, CONTRADICTS, partner.code, severity=severity, facts=facts)


def _keep(
    session: Session,
    partner: TransferPartner,
    asked: Checkpoint,
    kept: Checkpoint | None,
    line: str,
) -> None:
    if kept is None or asked.size != kept.size:
        size, root = asked.mark
        _tell(session, partner, {"note": f"{asked.note}{line}", "size": size, "root": root})


def _tell(session: Session, partner: TransferPartner, body: dict[str, Any]) -> None:
    """Later than the one before, whatever the clock says: the newest act is what is kept."""
    last = newest_act(session, partner)
    after = last.at + dt.timedelta(microseconds=1) if last else clock.now()
    at = max(clock.now(), after)
    session.add(
        Act(
            kind=WITNESSED,
            subject_id=str(partner.id),
            at=at,
            document={**body, "code": partner.code},
        )
    )
