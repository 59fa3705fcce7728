"""A court pack that came back is checked by our own program and by what our log tells of it."""

import os
import sys
from hashlib import sha256
from pathlib import Path
from subprocess import TimeoutExpired

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.document import Document, Moment
from archive_service.domain.keeping.audit_event import USES, AuditEvent
from archive_service.domain.people.account import Actor
from archive_service.evidence.checkpoint import CheckpointUnreadableError, parse_checkpoint
from archive_service.evidence.sealing import checkpoint_keys, sealed_checkpoints
from archive_service.formats.sandbox.program import run_confined
from archive_service.recovery.export.court.pack import VERIFY
from archive_service.recovery.export.court.parts import LIST
from archive_service.services import Services
from archive_service.storage.work_folder import work_place

CHECKPOINT = "checkpoint.txt"
_LIMIT_S = 600
_LEFT_OPEN = 3  # of verify.py: proved, but by the pack's own word that nothing is missing


class PackDocument(Document):
    """Whether a pack is as it was given: by what the program says of it, and when it was given.

    ``given_at``: ``None`` where the log tells of no such pack. ``before_parts``: it was made before
    parts were listed, so that nothing tells whether one of its events was left out.
    """

    ok: bool
    given_at: Moment | None
    before_parts: bool
    said: list[str]


def check_court_pack(services: Services, pack: Path, *, actor: Actor) -> PackDocument:
    """By the program of this release, never by that in the pack, and our own checkpoint and keys.

    Raises:
        ActNotAllowedError
    """
    access.require(actor, "audit:read")
    with services.read_only() as session:
        given, before_parts = _given(session, pack)
    with work_place(services.work_folder, "pack-") as work:
        line = [
            sys.executable,
            "-I",
            "-S",
            str(VERIFY),
            str(pack.resolve()),
            *_known(services, pack, work),
        ]
        try:
            done = run_confined(line, folder=work, limit_s=_LIMIT_S, environment=os.environ)
        except TimeoutExpired:
            return PackDocument(
                ok=False, given_at=given, before_parts=before_parts, said=[f"> {_LIMIT_S} s"]
            )
    is_whole = done.returncode == 0 or (before_parts and done.returncode == _LEFT_OPEN)
    return PackDocument(
        ok=is_whole and given is not None,
        given_at=given,
        before_parts=before_parts,
        said=(done.stdout + done.stderr).splitlines(),
    )


def _given(session: Session, pack: Path) -> tuple[Moment | None, bool]:
    """When a pack with this list of parts was given; without one, whether it was before lists.

    Then the event tells the digest of its checkpoint alone.
    """
    parts = AuditEvent.data["parts"].as_string()
    is_listed = (pack / LIST).is_file()
    file = pack / (LIST if is_listed else CHECKPOINT)
    if not file.is_file():
        return None, False
    digest = sha256(file.read_bytes()).hexdigest()
    its = AuditEvent.data["sha256"].as_string() == digest
    named = parts == digest if is_listed else and_(its, parts.is_(None))
    given = AuditEvent.tag == USES["exported"], named
    at = session.scalar(select(AuditEvent.at).where(*given).order_by(AuditEvent.number).limit(1))
    return at, at is not None and not is_listed


def _known(services: Services, pack: Path, work: Path) -> list[str]:
    """As arguments the checkpoint of ours over as many events, and the keys that sealed the log."""
    checkpoint, line = pack / CHECKPOINT, list[str]()
    try:
        size = (
            parse_checkpoint(checkpoint.read_text("utf-8", "replace")).size
            if checkpoint.is_file()
            else 0
        )
    except CheckpointUnreadableError:
        size = 0
    for own in sealed_checkpoints(services.database):
        if own.size == size:
            (work / "own.txt").write_text(own.note, "utf-8")
            line += ["--checkpoint", str(work / "own.txt")]
    for number, certificate in enumerate(checkpoint_keys(services.database)):
        (work / f"{number}.crt").write_bytes(certificate)
        line += ["--signer", str(work / f"{number}.crt")]
    return line
