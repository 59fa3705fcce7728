"""A trail that was put back: found at every start and each day, and acknowledged by two people."""

import base64
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access, clock
from archive_service.audit import last_number, record_event
from archive_service.db.rolled_back import (
    ACKNOWLEDGED,
    RECOVERED,
    RESTORED,
    ROLLED_BACK,
    Loss,
    iter_losses,
    open_loss,
)
from archive_service.db.unit_of_work import take_write_lock
from archive_service.document import Document
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.people.account import WORKER, Actor
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.errors import BackendError, ConflictError, InputError
from archive_service.evidence.acting import acting
from archive_service.evidence.checkpoint import (
    CHECKPOINTS,
    Checkpoint,
    CheckpointUnreadableError,
    parse_held,
)
from archive_service.evidence.given import LossKnown
from archive_service.evidence.outbox import answering
from archive_service.evidence.outside.witness_files import WitnessUnreadableError, read_witness
from archive_service.evidence.sealing import sealed_checkpoints
from archive_service.evidence.vouching import (
    FITS,
    FORGED,
    Claim,
    checkpoint_of,
    given_up_after,
    judge_claims,
    with_signatures,
)
from archive_service.evidence.write_out import write_out_evidence
from archive_service.log import logger
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.services import Services
from archive_service.storage.port import is_key
from archive_service.text import telling

INCIDENT = "rolled-back"
_SUBJECT = "log"
_REASON = 3  # letters at least


class LossUnknownError(ConflictError):
    """Nothing is open that could be acknowledged."""


class LossKnownAlreadyError(ConflictError):
    """The account has said so before: somebody else has to."""


class LossReasonError(InputError):
    """Nothing was written that says why the trail ends earlier than somebody remembers."""


class LossDocument(Document):
    """What two people have to know: how many events there are, and who remembers how many."""

    events: int
    claimed: int
    by: str
    restored_at: str | None
    acknowledged_by: list[str]
    wanting: int


def look_at_heads(services: Services) -> None:
    """Compare the end of the trail with the newest checkpoint of each copy and witness.

    Reads one small file of each, and the events once where a restore may have given up what is
    shorter: so it is done at every start. A copy or witness that is away says nothing.
    """
    with services.read_only() as session:
        events = last_number(session)
    claims = [*_newest_in_copies(services), *configured_witnesses(services)]
    longer = [claim for claim in claims if claim.checkpoint.size > events]
    longer += _given_up(services, [claim for claim in claims if claim not in longer])
    found = with_signatures(services, longer, [FITS] * len(longer))
    note_heads(
        services, [claim for claim, verdict in zip(longer, found, strict=True) if verdict != FORGED]
    )


def _given_up(services: Services, claims: Sequence[Claim]) -> list[Claim]:
    """Those that a restore left outside, though the log is as long again."""
    after = given_up_after(services)
    if after is None:
        return []
    own = {
        sealed_checkpoint.mark
        for sealed_checkpoint in sealed_checkpoints(services.database, parse_held)
    }
    odd = [
        claim
        for claim in claims
        if claim.checkpoint.size > after and claim.checkpoint.mark not in own
    ]
    judged = judge_claims(services.database, odd) if odd else []
    return [claim for claim, verdict in zip(odd, judged, strict=True) if verdict != FITS]


def look_at_start(services: Services) -> None:
    """The same; a copy that falls silent keeps no worker from its jobs, and is asked each day."""
    try:
        look_at_heads(services)
    except BackendError as trouble:
        logger().warning("log-not-compared", code=trouble.code, facts=str(trouble))


def note_heads(services: Services, longer: Sequence[Claim]) -> None:
    """Tell of checkpoints beyond the end, each once; of those found before whether they fit again.

    Raises nothing where another machine does the same: the lock lets one of them tell.
    """
    if not longer:
        _look_for_recovery(services)
        return
    with services.writing() as session:
        take_write_lock(session)
        marks = {mark for loss in iter_losses(session) for mark in loss.marks}
        fresh = [claim for claim in longer if claim.checkpoint.mark not in marks]
        if fresh:
            _alarm(session, fresh)
    write_out_evidence(services)


def acknowledge_loss(
    services: Services, given: LossKnown, *, actor: Actor, lang: str = "vi"
) -> LossDocument:
    """Say that you know what was lost; with the second person destruction and transfer go on.

    One of the two does so at a page: at the shell somebody could speak in two names.

    Raises:
        ActNotAllowedError: only people who answer for the archive, not the shell.
        LossReasonError: no reason was given.
        LossUnknownError: nothing is open.
        LossKnownAlreadyError: you have said so; another person has to.
    """
    del lang
    reason = telling(given.reason)
    if len(reason) < _REASON:
        raise LossReasonError
    with acting(services, "audit:acknowledge", actor) as session:
        take_write_lock(session)
        loss = open_loss(session)
        if loss is None:
            raise LossUnknownError
        if actor.account in loss.acknowledged_by:
            raise LossKnownAlreadyError(account=actor.account)
        data = {"reason": reason, "found": loss.event}
        record_event(session, ACKNOWLEDGED, subject_id=_SUBJECT, actor=actor, data=data)
        loss = loss.known_to(actor.account, at_a_page=not actor.os_user)
        if not loss.wanting:
            close_incident(session, INCIDENT, _SUBJECT, actor=actor)
        return _document(loss)


def shown_loss(services: Services, *, actor: Actor) -> LossDocument | None:
    """What is open now, for those who may read the trail."""
    access.require(actor, "audit:read")
    with services.read_only() as session:
        loss = open_loss(session)
    return None if loss is None else _document(loss)


def configured_witnesses(services: Services) -> list[Claim]:
    """The checkpoints in the folders of ``evidence.witnesses``; one that is away says nothing."""
    found: list[Claim] = []
    for folder in map(Path, services.settings.evidence.witnesses):
        try:
            beside = is_beside(services.settings.home, folder)
            found += (replace(claim, is_beside=beside) for claim in read_witness(folder))
        except (OSError, CheckpointUnreadableError, WitnessUnreadableError) as trouble:
            logger().warning("witness-silent", witness=folder.name, reason=str(trouble))
    own = services.settings.archive.code
    return [claim for claim in found if claim.checkpoint.origin == own]


def is_beside(home: Path, folder: Path) -> bool:
    """Whether a folder lies on the disk of the home: whoever runs the archive could have laid it.

    Raises:
        OSError: it is away.
    """
    return folder.stat().st_dev == home.stat().st_dev


def _newest_in_copies(services: Services) -> Iterator[Claim]:
    """Of each copy that answers; whatever lies beside its checkpoints hides none of them."""
    here, _ = answering(services.database, services.copies)
    for copy in here:
        keys = filter(is_key, copy.iter_keys(CHECKPOINTS))
        for key in sorted(keys, reverse=True):
            newest = Claim(copy.name, checkpoint_of(copy, key))
            if newest.checkpoint.key == key and _is_signed(services, newest):
                yield newest
                break


def _is_signed(services: Services, claim: Claim) -> bool:
    return with_signatures(services, [claim], [FITS]) == [FITS]


def _alarm(session: Session, fresh: Sequence[Claim]) -> None:
    most = max(fresh, key=lambda claim: claim.checkpoint.size)
    restored = select(AuditEvent.at).where(AuditEvent.tag == RESTORED)
    at = session.scalar(restored.order_by(AuditEvent.number.desc()).limit(1))
    facts = {
        "events": last_number(session),
        "claimed": most.checkpoint.size,
        "by": ", ".join(dict.fromkeys(claim.by for claim in fresh)),
        "restored_at": None if at is None else clock.iso(at),
    }
    data = facts | {"claims": [_claimed(claim) for claim in fresh]}
    record_event(session, ROLLED_BACK, subject_id=_SUBJECT, actor=WORKER, data=data)
    severity = IncidentSeverity.ALARM
    open_incident(session, INCIDENT, _SUBJECT, severity=severity, facts=facts)


def _look_for_recovery(services: Services) -> None:
    """As after a rebuild: once the log gives all the roots that were found, the alarm is over."""
    with services.read_only() as session:
        loss = open_loss(session)
    if loss is None:
        return
    claims = [Claim(str(claim["by"]), _read(claim)) for claim in loss.facts["claims"]]
    if set(judge_claims(services.database, claims)) != {FITS}:
        return
    with services.writing() as session:
        take_write_lock(session)
        if open_loss(session) is not None:
            data = {"found": loss.event}
            record_event(session, RECOVERED, subject_id=_SUBJECT, actor=WORKER, data=data)
            close_incident(session, INCIDENT, _SUBJECT)
    write_out_evidence(services)


def _claimed(claim: Claim) -> dict[str, Any]:
    size, root = claim.checkpoint.mark
    return {"by": claim.by, "size": size, "root": root}


def _read(claimed: dict[str, Any]) -> Checkpoint:
    return Checkpoint("", int(claimed["size"]), base64.b64decode(claimed["root"]), "")


def _document(loss: Loss) -> LossDocument:
    return LossDocument(
        events=loss.facts["events"],
        claimed=loss.facts["claimed"],
        by=loss.facts["by"],
        restored_at=loss.facts["restored_at"],
        acknowledged_by=list(loss.acknowledged_by),
        wanting=loss.wanting,
    )
