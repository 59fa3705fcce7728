"""What the trail tells of case files beside their rows: their holds, newest version and package.

A hold lies in no package. Whoever takes one away in the database leaves the event that placed it.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.db.held import standing_on
from archive_service.db.rolled_back import BROUGHT_BACK
from archive_service.domain.agencies.fonds import Fonds
from archive_service.domain.case_files.case_file import CaseFile, PackageVersion
from archive_service.domain.keeping.act import Act
from archive_service.domain.keeping.audit_event import AuditEvent
from archive_service.domain.retention.hold import HOLD_ROWS, HoldScope

# Fields as differences name them; the second where the package itself is another.
HELD, INVENTORY = "hold", "inventory.json"
VERSION = "version"  # one that every copy holds is newer than the one of the row
_PLACED, _LIFTED = "hold:placed", "hold:lifted"
_ORDERED, _ORDER_LIFTED = "hold:ordered", "hold:order-lifted"
BUILT, STORED = "version:built", "case-file:stored"
Key = tuple[str, int]  # id of a case file, and number of the version


@dataclass(frozen=True, slots=True)
class LogDifference:
    """What a row lacks or has otherwise, by the word of event ``event``."""

    field: str
    row: str | None
    told: str
    event: int


def log_differences(
    session: Session, case_file_ids: Sequence[UUID]
) -> dict[UUID, list[LogDifference]]:
    """Those of these case files of which the trail tells otherwise, each with what differs."""
    found: dict[UUID, list[LogDifference]] = defaultdict(list)
    of_rows = _holds, _packages, newest_stored
    for case_file_id, log_difference in chain.from_iterable(
        how(session, case_file_ids) for how in of_rows
    ):
        found[case_file_id].append(log_difference)
    return dict(found)


def _holds(session: Session, ids: Sequence[UUID]) -> Iterator[tuple[UUID, LogDifference]]:
    places = session.execute(select(CaseFile.id, CaseFile.fonds_id).where(CaseFile.id.in_(ids)))
    of_fonds = {place.id: place.fonds_id for place in places}
    held = standing_on(session, of_fonds)
    for order, (number, case_files) in _orders_told(session, ids, of_fonds).items():
        for case_file_id in case_files:
            if not {(order, case_file_id), (order, of_fonds[case_file_id])} & held:
                yield case_file_id, LogDifference(HELD, None, str(order), number)


def _orders_told(
    session: Session, ids: Sequence[UUID], of_fonds: dict[UUID, UUID]
) -> dict[UUID, tuple[int, set[UUID]]]:
    """Orders in force by the trail: the event of each, and which of these case files it holds."""
    subjects = [*map(str, ids), *map(str, set(of_fonds.values()))]
    own = AuditEvent.tag.in_((_PLACED, _LIFTED)) & AuditEvent.subject_id.in_(subjects)
    query = select(AuditEvent.number, AuditEvent.tag, AuditEvent.subject_id, AuditEvent.data)
    events = query.where(own | AuditEvent.tag.in_((_ORDERED, _ORDER_LIFTED)))
    by_id: dict[UUID, tuple[int, set[UUID]]] = {}
    for row in session.execute(events.order_by(AuditEvent.number)):
        ordered = row.data.get("order") or row.data.get("hold") or row.subject_id
        order, subject = _uuid(ordered), _uuid(row.subject_id)
        if order is None or subject is None:
            continue  # no event of ours: the chain or a checkpoint tells it
        if row.tag == _PLACED:
            _, those = by_id.get(order, (0, set()))
            by_id[order] = row.number, those | {subject}
        elif row.tag == _ORDERED:
            by_id[order] = row.number, _reached(session, row.data, order, of_fonds)
        elif row.tag == _ORDER_LIFTED:
            by_id.pop(order, None)
        elif order in by_id:
            by_id[order][1].difference_update(_lifted(subject, of_fonds))
    return by_id


def _reached(
    session: Session, data: dict[str, Any], order: UUID, of_fonds: dict[UUID, UUID]
) -> set[UUID]:
    """Which of these an order on a search or a fonds holds."""
    if data.get("scope") == HoldScope.FONDS:
        code = Fonds.code == str(data.get("fonds"))
        fonds = set(session.scalars(select(Fonds.id).where(code)))
        return {identifier for identifier, its in of_fonds.items() if its in fonds}
    acts = Act.kind == HOLD_ROWS, Act.subject_id.startswith(f"{order}/")
    lists = session.scalars(select(Act.document).where(*acts))
    case_files = {_uuid(case_file) for body in lists for case_file in body.get("case_files", ())}
    return {identifier for identifier in of_fonds if identifier in case_files}


def _lifted(subject: UUID, of_fonds: dict[UUID, UUID]) -> set[UUID]:
    """Case files that a lifted hold was on: itself, or all of its fonds."""
    return {identifier for identifier, fonds in of_fonds.items() if subject in (identifier, fonds)}


def newest_stored(session: Session, ids: Sequence[UUID]) -> Iterator[tuple[UUID, LogDifference]]:
    """Rows that were put back to an earlier version than the copies were told to hold."""
    columns = select(CaseFile.id, CaseFile.version_stored).where(CaseFile.id.in_(ids))
    stored = {str(id_): version for id_, version in session.execute(columns)}
    query = select(AuditEvent.number, AuditEvent.subject_id, AuditEvent.data).where(
        AuditEvent.tag == STORED, AuditEvent.subject_id.in_(list(stored))
    )
    facts: dict[str, tuple[int, int]] = {}
    for number, subject, data in session.execute(query.order_by(AuditEvent.number)):
        facts[subject] = max(facts.get(subject, (0, 0)), (_number(data.get("version", 1)), number))
    for subject, (version, number) in facts.items():
        if version > stored[subject]:
            row = str(stored[subject])
            yield UUID(subject), LogDifference(VERSION, row, str(version), number)


def _uuid(value: object) -> UUID | None:
    with suppress(ValueError):
        return UUID(str(value))
    return None


def _number(value: object) -> int:
    return int(value) if isinstance(value, int | str) and str(value).isdecimal() else 0


def _packages(session: Session, ids: Sequence[UUID]) -> Iterator[tuple[UUID, LogDifference]]:
    newest = select(CaseFile.id, PackageVersion.number, PackageVersion.inventory_sha256).where(
        CaseFile.id.in_(ids),
        PackageVersion.case_file_id == CaseFile.id,
        PackageVersion.number == CaseFile.version_stored,
    )
    rows = session.execute(newest).all()
    versions = told_versions(session, [case_file_id for case_file_id, _, _ in rows])
    for case_file_id, number, digest in rows:
        version = versions.by_key.get((str(case_file_id), number))
        if version is not None and version.inventory not in ("", digest):
            yield case_file_id, LogDifference(INVENTORY, digest, version.inventory, version.event)


@dataclass(frozen=True, slots=True)
class ToldVersion:
    """What event ``event`` tells of a version; ``""``: earlier releases told nothing."""

    event: int
    inventory: str
    built_by: str


class ToldVersions:
    """All versions that these events tell of; given in their order.

    The first event that tells of one counts: what every copy was told to hold is never built again.
    Before that a rebuild or restore may have lost it, and another one is built as its number.
    """

    def __init__(self) -> None:
        self.by_key: dict[Key, ToldVersion] = {}
        self.stored: set[Key] = set()
        self.odd: list[int] = []  # events that tell a version otherwise than one that counts
        self._brought_back = 0

    def take(self, number: int, tag: str, subject: str | None, data: Mapping[str, Any]) -> None:
        """The next event."""
        if tag in BROUGHT_BACK:
            self._brought_back = number
        if tag not in (BUILT, STORED) or "version" not in data:
            return
        version = data["version"]
        if not isinstance(version, int):
            self.odd += [number] if tag == BUILT else []
            return
        key = str(subject), version
        told = ToldVersion(number, data.get("inventory_sha256") or "", data.get("built_by") or "")
        first = self.by_key.get(key)
        if tag == STORED:
            self.stored |= {key} & self.by_key.keys()
        elif first is None or (key not in self.stored and first.event < self._brought_back):
            self.by_key[key] = first = told
        if first is not None and told.inventory not in ("", first.inventory):
            self.odd.append(number)


def told_versions(session: Session, ids: Sequence[UUID]) -> ToldVersions:
    """Of these case files."""
    own = AuditEvent.tag.in_((BUILT, STORED)) & AuditEvent.subject_id.in_(list(map(str, ids)))
    columns = AuditEvent.number, AuditEvent.tag, AuditEvent.subject_id, AuditEvent.data
    query = select(*columns).where(own | AuditEvent.tag.in_(BROUGHT_BACK))
    found = ToldVersions()
    for number, tag, subject, data in session.execute(query.order_by(AuditEvent.number)):
        found.take(number, tag, subject, data)
    return found
