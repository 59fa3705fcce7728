"""What an operator does who has database, disks and every key of the home, and leaves no trace.

All that lies inside is made anew to match: only somebody outside who kept something can tell.
"""

import enum
import json
import shutil
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import RowMapping, Table, delete, insert, select, update
from sqlalchemy.orm import Session

from archive_service.audit import ACT_DIGESTS, GENESIS, NOTED, event_sha256, record_event
from archive_service.db.rolled_back import ACKNOWLEDGED, ROLLED_BACK
from archive_service.db.trail_guards import unguard_trail
from archive_service.domain.keeping.act import CHECKPOINT, Act
from archive_service.domain.keeping.audit_event import AuditEvent, AuditSegment
from archive_service.domain.tables import METADATA
from archive_service.evidence.checkpoint import Checkpoint
from archive_service.evidence.compared.told_acts import act_states
from archive_service.evidence.sealing import seal_log
from archive_service.evidence.write_out import write_out_evidence
from archive_service.services import Services
from tests.worlds.archive import COPIES, OPERATOR

Rewrite = Callable[[list[AuditEvent]], list[AuditEvent]]

_COLUMNS = [column.key for column in AuditEvent.__table__.columns]
_TRAIL = ("audit_event", "audit_segment")


def as_owner(session: Session) -> Session:
    """The same session, once the triggers that keep the trail are away: an owner may do so."""
    unguard_trail(session.connection())
    return session


class Reach(enum.StrEnum):
    """How far an operator goes; without keys the old checkpoints have to stay."""

    ROWS = "the database alone"
    COPIES = "all copies"
    KEYS = "all copies and all local keys"


def forge_trail(services: Services, rewrite: Rewrite, *, reach: Reach = Reach.KEYS) -> None:
    """Rewrite events; make chain, segments, copies, tiles and checkpoints anew with the own keys.

    Nothing is left inside that knows the old ones, unless ``reach`` ends before.
    """
    with services.writing() as session:
        events = list(session.scalars(select(AuditEvent).order_by(AuditEvent.number)))
        session.expunge_all()
        as_owner(session).execute(delete(AuditEvent))
        if reach is not Reach.ROWS:
            session.execute(delete(AuditSegment))
        if reach is Reach.KEYS:
            session.execute(delete(Act).where(Act.kind == CHECKPOINT))
        previous = GENESIS
        for number, event in enumerate(rewrite(events), 1):
            event.number, event.previous_sha256 = number, previous
            event.sha256 = previous = event_sha256(event)
            columns = {name: getattr(event, name) for name in _COLUMNS}
            session.execute(insert(AuditEvent).values(columns))
    if reach is Reach.ROWS:
        return
    signed = ("evidence", "acts/checkpoint") if reach is Reach.KEYS else ()
    for copy in COPIES:
        for folder in ("audit", *signed):
            shutil.rmtree(services.settings.home / copy / folder, ignore_errors=True)
    assert write_out_evidence(services)
    if reach is Reach.KEYS:
        assert seal_log(services, services.signer(), actor=OPERATOR).checkpoint


def replace_original(services: Services, *, reach: Reach = Reach.COPIES) -> dict[str, str]:
    """Put other bytes in the place of a received PDF in every copy, and mend all that names them.

    METS, PREMIS, inventories, acts and rows tell the new digests afterwards; the trail does not.
    Returns the new digest of each old one.
    """
    home, renamed = services.settings.home, dict[str, str]()
    for copy in COPIES:
        (original,) = (home / copy / "ocfl").rglob("original/*.pdf")
        old = original.read_bytes()
        new = old.replace(b"%PDF-1.", b"%PDF-2.", 1)
        renamed[_digest(old)] = _digest(new)
        if reach is not Reach.ROWS:
            _write(original, new)
    return _mend(services, renamed, reach)


def retell(services: Services, words: Mapping[str, str], *, reach: Reach) -> dict[str, str]:
    """Let packages, acts and rows say other words, and mend all digests; the trail does not."""
    return _mend(services, dict(words), reach)


def _mend(services: Services, renamed: dict[str, str], reach: Reach) -> dict[str, str]:
    home = services.settings.home
    for copy in COPIES if reach is not Reach.ROWS else ():
        for mark in (home / copy / "ocfl").rglob("0=ocfl_object_1.1"):
            while found := _told_anew(mark.parent, renamed):
                renamed |= found
            for inventory in mark.parent.rglob("inventory.json"):
                _write(inventory.with_name("inventory.json.sha256"), _sidecar(inventory))
        _told_anew(home / copy / "acts", renamed)
        for act in (home / copy / "acts").rglob("*.json"):
            digest = f"{_digest(act.read_bytes())}  {act.name}\n"
            _write(act.with_name(f"{act.name}.sha256"), digest.encode())
    with services.writing() as session:
        ids = session.scalars(select(Act.id)).all()
        told = act_states(session, ids)
        for table in METADATA.sorted_tables:
            if table.name in _TRAIL:
                continue
            for row in session.execute(select(table)).mappings().all():
                changed = {
                    name: new
                    for name, value in row.items()
                    if (new := _anew(value, renamed)) != value
                }
                if changed:
                    session.execute(update(table).where(*_key(table, row)).values(changed))
        now = act_states(session, ids)
    return renamed | {told[name]: now[name] for name in told if told[name] != now[name]}


def planted(event: AuditEvent, tag: str, account: str, data: dict[str, Any]) -> AuditEvent:
    """An event that nobody's act left, as if it were of the same moment as another."""
    told = {"number": 0, "subject_id": "log", "role": "head", "os_user": "", "agency_id": None}
    return AuditEvent(at=event.at, tag=tag, account=account, data=data, **told)


def loss_known(events: list[AuditEvent], held: Checkpoint) -> list[AuditEvent]:
    """Events that say that two people know that what this checkpoint covers is lost."""
    size, root = held.mark
    found = {"claims": [{"by": "witness", "size": size, "root": root}]}
    told = {"events": size, "claimed": size, "by": "witness", "restored_at": None}
    return [
        planted(events[-1], ROLLED_BACK, "worker", told | found),
        *(planted(events[-1], ACKNOWLEDGED, name, {}) for name in ("hung", "quan")),
    ]


def naming(renamed: Mapping[str, str]) -> Rewrite:
    """Events that tell the new digests, those of acts among them."""

    def rewrite(events: list[AuditEvent]) -> list[AuditEvent]:
        kept = [event for event in events if event.tag != NOTED]
        for event in kept:
            event.data = _anew(event.data, renamed)
        return kept

    return rewrite


def tell_again(services: Services, renamed: Mapping[str, str], *tags: str) -> None:
    """The service tells of each version that was made anew once more, and of its acts."""
    acts = dict[str, str]()
    with services.writing() as session:
        for event in session.scalars(select(AuditEvent).order_by(AuditEvent.number)).all():
            told = event.data.get(ACT_DIGESTS, {}).items()
            acts |= {name: renamed[digest] for name, digest in told if digest in renamed}
            digest = renamed.get(event.data.get("inventory_sha256", ""))
            if event.tag in tags and digest:
                data = {**event.data, "inventory_sha256": digest}
                record_event(
                    session, event.tag, subject_id=event.subject_id, actor=OPERATOR, data=data
                )
        data = {ACT_DIGESTS: acts}
        record_event(session, "case-file:read", subject_id=None, actor=OPERATOR, data=data)
    assert write_out_evidence(services)


def _key(table: Table, row: RowMapping) -> list[Any]:
    return [column == row[column.name] for column in table.primary_key]


def _anew(value: Any, renamed: Mapping[str, str]) -> Any:  # Any: whatever a column holds
    if not isinstance(value, (str, dict, list)):
        return value
    text = told = json.dumps(value, ensure_ascii=False)
    for old, new in renamed.items():
        text = text.replace(old, new).replace(old.upper(), new.upper())
    return value if text == told else json.loads(text)


def _told_anew(folder: Path, renamed: Mapping[str, str]) -> dict[str, str]:
    """Mend digests in the texts of a folder; of the files that changed, the new digest of each."""
    found = dict[str, str]()
    for file in folder.rglob("*"):
        if file.suffix not in (".xml", ".json"):
            continue
        old = data = file.read_bytes()
        for before, after in renamed.items():
            data = data.replace(before.encode(), after.encode())
            data = data.replace(before.upper().encode(), after.upper().encode())
        if data != old:
            _write(file, data)
            found[_digest(old)] = _digest(data)
    return found


def _sidecar(inventory: Path) -> bytes:
    return f"{_digest(inventory.read_bytes())} inventory.json\n".encode()


def _write(file: Path, data: bytes) -> None:
    file.parent.chmod(0o755)
    if file.exists():
        file.chmod(0o644)
    file.write_bytes(data)


def _digest(data: bytes) -> str:
    return sha256(data).hexdigest()
