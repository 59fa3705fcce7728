"""Writes a court pack: versions, events with their paths, stamps, and what others may have kept."""

import base64
import json
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from archive_service import access, messages
from archive_service.audit import event_line, record_event
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.domain.case_files.case_file import CaseFile, PackageVersion
from archive_service.domain.keeping.act import RECEIPT, Act
from archive_service.domain.keeping.audit_event import USES, AuditEvent
from archive_service.domain.people.account import WORKER, Actor
from archive_service.errors import ConflictError
from archive_service.evidence.checkpoint import Checkpoint
from archive_service.evidence.companions import read_companion
from archive_service.evidence.merkle import Nodes, consistency_path, inclusion_path
from archive_service.evidence.outbox import answering
from archive_service.evidence.outside.chains import Chains, Link, chains_of_note
from archive_service.evidence.outside.hash_tree import HashTree
from archive_service.evidence.outside.records import NotStampedYetError, record_chains
from archive_service.evidence.outside.renewals import by_renewed, iter_renewals
from archive_service.evidence.outside.stamping import iter_stamps, stamped_digests
from archive_service.evidence.sealing import seal_log, sealed_checkpoints
from archive_service.evidence.tiles import TileNodes
from archive_service.recovery.export.case_file import require_exportable
from archive_service.recovery.export.court.parts import write_parts
from archive_service.services import Services
from archive_service.storage.ocfl.root import object_root
from archive_service.storage.port import ObjectStore, is_key

VERIFY = Path(__file__).with_name("verify.py")
_STAMPS = Path(__file__).with_name("stamps.py")
_EARLIER = 2000  # checkpoints that somebody may have kept; each has its path in the pack


class CourtUnsealedError(ConflictError):
    """The log has no checkpoint yet: ``code`` of the case file."""


@dataclass(frozen=True, slots=True)
class _Log:
    """The newest checkpoint, the ones before, and the nodes below it as one copy holds them."""

    newest: Checkpoint
    earlier: list[Checkpoint]
    nodes: Nodes


def write_court_pack(
    services: Services, code: str, *, folder: Path, actor: Actor
) -> dict[str, Any]:
    """``{path, files, size_bytes, sha256, events, until}``; ``sha256`` is that of the checkpoint.

    Events up to the newest checkpoint are in it. It leaves an event, as any export does.

    Raises:
        CaseFileNotFoundError, ActNotAllowedError, NotStoredYetError, CaseFileBeingDestroyedError.
        CourtUnsealedError: no checkpoint covers the newest version, and none can be made now.
        ObjectNotFoundError, TileDamagedError: the copy that was read lacks a part.
    """
    access.require(actor, "audit:read")
    signer = services.signer_at_hand()
    if signer is not None:
        seal_log(services, signer, actor=WORKER)
    with services.read_only() as session:
        row = holdings_rows.get_case_file(session, code, actor=actor)
        require_exportable(row, "aip", actor)
        known = sealed_checkpoints(services.database)
        if not known or known[-1].size < _newest_built(session, row):
            raise CourtUnsealedError(code=row.code)
        copy = answering(services.database, services.copies)[0][0]
        log = _Log(known[-1], known[:-1], TileNodes(copy, known[-1].size))
        target = folder / f"{row.code}-{log.newest.size}"
        target.mkdir(parents=True, exist_ok=True)
        _write_object(copy, row, target / "object")
        events = _write_events(session, row, log, target)
        _write_proofs(session, row, log, target, services.work_folder)
        _write_receipts(session, events, services, target)
        agency_id, subject = row.agency_id, row.id
    explained = messages.text("forms.court.explained", "vi", code=code, size=log.newest.size)
    (target / "GIAI-THICH.txt").write_text(f"{explained}\n", "utf-8")
    for program in (VERIFY, _STAMPS):
        shutil.copyfile(program, target / program.name)
    parts = write_parts(target, services.settings.archive.code, code, signer)
    digest = sha256(log.newest.note.encode()).hexdigest()
    with services.writing() as session:
        data = {"code": code, "form": "court", "sha256": digest, "parts": parts}
        record_event(
            session,
            USES["exported"],
            subject_id=subject,
            actor=actor,
            agency_id=agency_id,
            data=data,
        )
    files = [path for path in target.rglob("*") if path.is_file()]
    return {
        "path": str(target),
        "files": len(files),
        "size_bytes": sum(file.stat().st_size for file in files),
        "sha256": digest,
        "events": len(events),
        "until": log.newest.size,
    }


def _newest_built(session: Session, row: CaseFile) -> int:
    """The event of the newest version: a checkpoint has to be over it."""
    built = AuditEvent.subject_id == str(row.id), AuditEvent.tag == "version:built"
    return session.scalar(select(func.max(AuditEvent.number)).where(*built)) or 0


def _write_object(copy: ObjectStore, row: CaseFile, target: Path) -> None:
    root = f"{object_root(row.ocfl_id)}/"
    for key in filter(is_key, copy.iter_keys(root)):  # an odd name beside it is for fixity to tell
        file = target / key.removeprefix(root)
        file.parent.mkdir(parents=True, exist_ok=True)
        with copy.open(key) as source, file.open("wb") as out:
            shutil.copyfileobj(source, out)


def _write_events(session: Session, row: CaseFile, log: _Log, target: Path) -> list[AuditEvent]:
    size = log.newest.size
    query = select(AuditEvent).where(
        AuditEvent.subject_id == str(row.id), AuditEvent.number <= size
    )
    events = list(session.scalars(query.order_by(AuditEvent.number)))
    lines = [
        {
            "line": event_line(event).decode(),
            "path": _texts(inclusion_path(log.nodes, event.number - 1, size)),
        }
        for event in events
    ]
    _write(target / "events.json", {"subject_id": str(row.id), "events": lines})
    return events


def _write_proofs(
    session: Session, row: CaseFile, log: _Log, target: Path, work_folder: Path
) -> None:
    (target / "checkpoint.txt").write_text(log.newest.note, "utf-8")
    earlier = [
        {"size": checkpoint.size, "path": _consistent(log, checkpoint.size)}
        for checkpoint in islice(reversed(log.earlier), _EARLIER)
    ]
    _write(target / "earlier.json", earlier)
    _write(target / "stamps.json", list(_stamps(session, log)))
    _write(target / "anew.json", _anew(session, row, work_folder))


def _stamps(session: Session, log: _Log) -> Iterator[dict[str, Any]]:
    renewed = by_renewed(iter_renewals(session))
    for stamp in iter_stamps(session):
        if stamp.checkpoint.size <= log.newest.size:
            tree = HashTree(stamped_digests(session, stamp.checkpoint, stamp.after))
            yield {
                "note": stamp.checkpoint.note,
                "path": _consistent(log, stamp.checkpoint.size),
                **_chains(chains_of_note(stamp, tree, renewed)),
            }


def _anew(session: Session, row: CaseFile, work_folder: Path) -> dict[str, Any]:
    """By the number of each version that was hashed anew its chains, the new trees among them."""
    built = select(PackageVersion.number, PackageVersion.inventory_sha256).where(
        PackageVersion.case_file_id == row.id, PackageVersion.number <= row.version_stored
    )
    found = {}
    for number, digest in session.execute(built.order_by(PackageVersion.number)):
        try:
            chains = record_chains(session, digest, work_folder)
        except NotStampedYetError:
            continue
        if len(chains) > 1:
            found[str(number)] = _chains(chains)
    return found


def _chains(chains: Chains) -> dict[str, Any]:
    """The first stamp, its renewals, and later chains."""
    (first, *own), *later = ([_link(link) for link in chain] for chain in chains)
    return first | {"renewed": [own, *later]}


def _link(link: Link) -> dict[str, Any]:
    return {
        "reduced": [[node.hex() for node in beside] for beside in link.stamp.reduced],
        "token": base64.b64encode(link.stamp.token).decode(),
        "algorithm": link.stamp.algorithm,
    }


def _write_receipts(
    session: Session, events: Sequence[AuditEvent], services: Services, target: Path
) -> None:
    """The papers that these events name: of the first submission, and of what was added."""
    given = [event for event in events if event.tag == "submission:stored"]
    query = select(Act).where(
        Act.kind == RECEIPT,
        Act.subject_id.in_(
            [audit_event.data.get("submission", audit_event.subject_id) for audit_event in given]
        ),
        Act.companion_sha256.in_([audit_event.data.get("sha256") for audit_event in given]),
    )
    folder = target / "receipts"
    folder.mkdir()
    for number, act in enumerate(session.scalars(query.order_by(Act.at)), 1):
        paper = read_companion(act, staging=services.staging, copies=services.copies)
        (folder / f"{number}.{act.companion_suffix}").write_bytes(paper)


def _consistent(log: _Log, size: int) -> list[str]:
    return _texts(consistency_path(log.nodes, size, log.newest.size))


def _texts(hashes: list[bytes]) -> list[str]:
    return [base64.b64encode(digest).decode() for digest in hashes]


def _write(file: Path, value: object) -> None:
    file.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", "utf-8")
