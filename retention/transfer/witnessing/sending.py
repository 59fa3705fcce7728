"""Partners are our witnesses: each gets the newest checkpoint, and what it cosigns is kept."""

import datetime as dt
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from archive_service import clock
from archive_service.audit import last_number
from archive_service.db.unit_of_work import Database
from archive_service.domain.keeping.act import CHECKPOINT, COSIGNATURE, Act
from archive_service.domain.people.incident import IncidentSeverity
from archive_service.domain.transfer.partner import TransferPartner
from archive_service.errors import (
    ArchiveError,
    BackendError,
    ConflictError,
    IntegrityViolationError,
)
from archive_service.evidence.checkpoint import (
    Checkpoint,
    CheckpointUnreadableError,
    decoded,
    parse_checkpoint,
)
from archive_service.evidence.merkle import consistency_path, is_consistent, tree_head
from archive_service.evidence.outbox import answering
from archive_service.evidence.rollback import note_heads
from archive_service.evidence.tiles import TileDamagedError, TileNodes
from archive_service.evidence.vouching import (
    FITS,
    FORGED,
    LOST,
    OUTSIDE,
    ROLLED_BACK,
    Claim,
    judge_claims,
    with_losses,
    with_signatures,
)
from archive_service.evidence.witness.cosignature import find_cosignature, parse_vkey
from archive_service.evidence.witness.kept import Cosigned
from archive_service.evidence.witness.rules import Asking
from archive_service.jobs.port import Lease
from archive_service.log import logger
from archive_service.notices.incidents import close_incident, open_incident
from archive_service.services import Services
from archive_service.storage.port import ObjectNotFoundError, ObjectStore, ObjectUnreadableError
from retention.transfer.network.client import PartnerRefusedError, PartnerServer
from retention.transfer.network.troubles import trouble_document
from retention.transfer.partners.acts import find_token

SEND_JOB = "send-checkpoints"
SILENT, REMEMBERS = "witness-silent", "witness-remembers"  # kinds of incidents
FITTING = Act.document["contradicts"].as_boolean().is_(False)
_AGAIN = dt.timedelta(hours=12)  # after which the same checkpoint is kept as cosigned once more
_PATIENCE = dt.timedelta(hours=24)  # before a witness that is away is an incident
_SOON_S = 5.0  # for an answer at a start
_ASKED_TOGETHER = 8
_TRIES = 3  # it may keep another checkpoint than we believed, and get a newer one meanwhile


class CosignatureOddError(ConflictError):
    """The answer is no cosignature by the pinned key, or a checkpoint that we never signed."""


class ProofMissingError(BackendError):
    """No copy that answers holds the tiles for a proof from ``size``."""


class WitnessRemembersError(IntegrityViolationError):
    """The witness holds a checkpoint of ours that the log does not fit: ``size``, ``verdict``."""


def send_checkpoints(lease: Lease, services: Services) -> None:
    """The periodic job: each witness among the partners is asked; one that fails stops no other."""
    with services.read_only() as session:
        partners = session.scalars(witnesses()).all()
    for partner in partners:
        services.jobs.heartbeat(lease)
        try:
            send_to(services, partner)
        except ArchiveError as trouble:
            _note_trouble(services, partner, trouble)
    with services.writing() as session:
        services.jobs.finish(session, lease)


def ask_at_start(services: Services) -> None:
    """Ask all witnesses together how long the log was that they cosigned, before any job runs.

    A trail put back behind one of them is told at once. One that does not answer within seconds
    keeps no worker from its jobs: the periodic job asks again.
    """
    with services.read_only() as session:
        partners = session.scalars(witnesses()).all()
        events = last_number(session)
    if not partners:
        return
    with ThreadPoolExecutor(_ASKED_TOGETHER) as pool:
        notes = list(pool.map(lambda one: _kept_by(services, one), partners))
    for partner, note in zip(partners, notes, strict=True):
        try:
            if note and _shown(services, partner, note).size > events:
                _compare_note(services, partner, note)
        except ArchiveError as trouble:
            _note_trouble(services, partner, trouble)


def _kept_by(services: Services, partner: TransferPartner) -> str:
    """What it keeps of our log; empty where it keeps nothing, or does not answer soon."""
    server: PartnerServer | None = None
    try:
        server = _server(services, partner, _SOON_S)
        return server.kept_checkpoint(services.settings.archive.code)
    except ArchiveError as trouble:
        logger().warning("witness-silent", witness=partner.code, reason=str(trouble))
        return ""
    finally:
        if server is not None:
            server.close()


def _server(services: Services, partner: TransferPartner, most_s: float) -> PartnerServer:
    return PartnerServer(
        partner.url,
        token=find_token(services, partner.code),
        tls_sha256=partner.tls_sha256,
        timeout_s=min(services.settings.transfer.timeout_s, most_s),
    )


def send_to(services: Services, partner: TransferPartner) -> None:
    """Have it cosign the newest checkpoint; nothing where none is sealed yet.

    Raises:
        PartnerSilentError, PartnerLaterError, PartnerRefusedError: see ``PartnerServer``.
        CosignatureOddError, ProofMissingError
        WitnessRemembersError: the log is not the one that it cosigned before; told by an incident.
    """
    newest = _newest(services.database)
    if newest is None:
        return
    checkpoint, certificate = newest
    with services.read_only() as session:
        last = _last(session, partner)
    old = min(last.checkpoint.size if last else 0, checkpoint.size)
    server = _server(services, partner, services.settings.transfer.timeout_s)
    try:
        for _ in range(_TRIES):
            asking = Asking(old, _proof(services, old, checkpoint), checkpoint)
            try:
                answer = server.add_checkpoint(asking.text(), certificate)
            except PartnerRefusedError as refused:
                if refused.facts["said"] == "log-unproved":
                    _compare(services, server, partner)
                raise
            if isinstance(answer, str):
                _keep(services, partner, checkpoint, answer)
                return
            if answer == old or answer > checkpoint.size:
                _compare(services, server, partner)
                return  # another machine of ours was faster
            old = answer
        raise PartnerRefusedError(host=server.host, status=409, said="kept-size", words="")
    finally:
        server.close()


def witnesses() -> Select[TransferPartner]:
    """Partners that keep our checkpoints, by code."""
    which = TransferPartner.active, TransferPartner.witnesses
    return select(TransferPartner).where(*which).order_by(TransferPartner.code)


def newest_cosigned(session: Session, partner: TransferPartner) -> Act | None:
    """The act that holds its newest cosignature of a checkpoint that fits."""
    mine = Act.kind == COSIGNATURE, Act.subject_id == str(partner.id)
    newest = select(Act).where(*mine, FITTING).order_by(Act.at.desc(), Act.id.desc())
    return session.scalar(newest.limit(1))


def _newest(database: Database) -> tuple[Checkpoint, bytes] | None:
    """The checkpoint over most events, and the certificate of the key that signed it."""
    size = Act.document["size"].as_integer()
    query = select(Act.document).where(Act.kind == CHECKPOINT).order_by(size.desc()).limit(1)
    with database.read_only() as session:
        found = session.scalar(query)
    if found is None:
        return None
    return parse_checkpoint(found["note"]), decoded(found["certificate"])


def _last(session: Session, partner: TransferPartner) -> Cosigned | None:
    act = newest_cosigned(session, partner)
    return Cosigned.of(act.document) if act else None


def _proof(services: Services, old: int, checkpoint: Checkpoint) -> Sequence[bytes]:
    """That the log of ``old`` events is the beginning of this one, from a copy that proves it."""
    if old in (0, checkpoint.size):
        return ()
    here, _ = answering(services.database, services.copies)
    for copy in here:
        if found := _proof_of(copy, old, checkpoint):
            return found
    raise ProofMissingError(size=old)


def _proof_of(copy: ObjectStore, old: int, checkpoint: Checkpoint) -> list[bytes]:
    nodes = TileNodes(copy, checkpoint.size)
    try:
        path = consistency_path(nodes, old, checkpoint.size)
        head = tree_head(nodes, old)
    except (ObjectNotFoundError, ObjectUnreadableError, TileDamagedError) as trouble:
        logger().warning("log-not-proved", copy=copy.name, code=trouble.code)
        return []
    return path if is_consistent(old, checkpoint.size, path, head, checkpoint.root) else []


def _compare(services: Services, server: PartnerServer, partner: TransferPartner) -> None:
    """What the witness holds against our log, and both heads into an incident where they differ.

    Raises:
        CosignatureOddError: it shows nothing that it cosigned and we signed.
        WitnessRemembersError: it does, and our log does not begin with that.
    """
    _compare_note(services, partner, server.kept_checkpoint(services.settings.archive.code))


def _compare_note(services: Services, partner: TransferPartner, note: str) -> None:
    head = _shown(services, partner, note)
    claim = Claim(f"{OUTSIDE}{partner.code}", head)
    judged = judge_claims(services.database, [claim])
    (verdict,) = with_losses(services, [claim], with_signatures(services, [claim], judged))
    if verdict == FITS:
        return
    if verdict == FORGED:
        raise CosignatureOddError(partner=partner.code)
    if verdict != LOST:
        line = find_cosignature(head, note, parse_vkey(partner.witness_key)) or ""
        _tell(services, partner, head, line, contradicts=True)
    if verdict == ROLLED_BACK:
        note_heads(services, [claim])
    raise WitnessRemembersError(size=head.size, root=head.mark[1], verdict=verdict)


def _shown(services: Services, partner: TransferPartner, note: str) -> Checkpoint:
    odd = CosignatureOddError(partner=partner.code)
    try:
        head = parse_checkpoint(note)
    except CheckpointUnreadableError:
        raise odd from None
    own = head.origin == services.settings.archive.code
    if not own or find_cosignature(head, note, parse_vkey(partner.witness_key)) is None:
        raise odd
    return head


def _keep(
    services: Services, partner: TransferPartner, checkpoint: Checkpoint, answer: str
) -> None:
    """The cosignature beside the checkpoint; of the same one again only after half a day."""
    line = find_cosignature(checkpoint, answer, parse_vkey(partner.witness_key))
    if line is None:
        raise CosignatureOddError(partner=partner.code)
    _tell(services, partner, checkpoint, line, contradicts=False)
    with services.writing() as session:
        for kind in (SILENT, REMEMBERS):
            close_incident(session, kind, partner.code)


def _tell(
    services: Services,
    partner: TransferPartner,
    checkpoint: Checkpoint,
    line: str,
    *,
    contradicts: bool,
) -> None:
    size, root = checkpoint.mark
    mine = Act.kind == COSIGNATURE, Act.subject_id == str(partner.id)
    same = (
        Act.document["size"].as_integer() == size,
        Act.document["root"].as_string() == root,
        Act.at > clock.now() - _AGAIN,
    )
    document = {
        "by": partner.code,
        "vkey": partner.witness_key,
        "note": checkpoint.note,
        "size": size,
        "root": root,
        "line": line,
        "contradicts": contradicts,
    }
    with services.unit_of_work() as uow:
        if uow.session.scalar(select(Act.id).where(*mine, *same).limit(1)) is None:
            act = Act(kind=COSIGNATURE, subject_id=str(partner.id), at=clock.now())
            act.document = document
            uow.session.add(act)
            uow.commit()


def _note_trouble(services: Services, partner: TransferPartner, trouble: ArchiveError) -> None:
    """An incident at once where somebody has to act; of silence only after a day."""
    logger().warning("witness-silent", witness=partner.code, reason=str(trouble))
    now = clock.now()
    with services.unit_of_work() as uow:
        last = newest_cosigned(uow.session, partner)
        if isinstance(trouble, WitnessRemembersError):
            kind, severity = REMEMBERS, IncidentSeverity.ALARM
        elif isinstance(trouble, BackendError) and last and last.at > now - _PATIENCE:
            return
        else:
            kind, severity = SILENT, IncidentSeverity.WARNING
        facts = trouble_document(trouble) | {"since": clock.iso(last.at) if last else None}
        open_incident(uow.session, kind, partner.code, severity=severity, facts=facts)
        uow.commit()
