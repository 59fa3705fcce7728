"""A court pack that came back is checked by our own program and by what our log tells of it."""

import os
import sys
from hashlib import sha256
from pathlib import Path
from subprocess import TimeoutExpired

from sqlalchemy import select
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

_LIMIT_S = 600


class PackDocument(Document):
    """Whether a pack is as it was given: by what the program says of it, and when it was given.

    ``given_at``: ``None`` where the log tells of no such pack.
    """

    ok: bool
    given_at: Moment | None
    said: list[str]


def check_court_pack(services: Services, pack: Path, *, actor: Actor) -> PackDocument:
    """By the program of this release, never by that in the pack, and our own checkpoint and keys.

    Raises:
        ActNotAllowedError
    """
    access.require(actor, "audit:read")
    with services.read_only() as session:
        given = _given(session, pack / LIST)
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
            return PackDocument(ok=False, given_at=given, said=[f"> {_LIMIT_S} s"])
    said = (done.stdout + done.stderr).splitlines()
    return PackDocument(ok=done.returncode == 0 and given is not None, given_at=given, said=said)


def _given(session: Session, parts: Path) -> Moment | None:
    """When a pack with this list of parts was given."""
    if not parts.is_file():
        return None
    digest = sha256(parts.read_bytes()).hexdigest()
    named = AuditEvent.tag == USES["exported"], AuditEvent.data["parts"].as_string() == digest
    return session.scalar(select(AuditEvent.at).where(*named).limit(1))


def _known(services: Services, pack: Path, work: Path) -> list[str]:
    """As arguments the checkpoint of ours over as many events, and the keys that sealed the log."""
    told, line = pack / "checkpoint.txt", list[str]()
    try:
        size = parse_checkpoint(told.read_text("utf-8", "replace")).size if told.is_file() else 0
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
