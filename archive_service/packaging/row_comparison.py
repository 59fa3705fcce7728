"""Rows of case files against the catalogue record in the newest version of their packages.

A record is made of the rows alone, and the same rows give the same document: it is compared as
that, since to read one takes a quarter of the time that it takes to write one.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.orm import Session, selectinload

from archive_service.domain.case_files.case_file import CaseFile, PackageVersion
from archive_service.domain.intake.submission import Submission
from archive_service.errors import BackendError
from archive_service.evidence.log_of_rows import INVENTORY, LogDifference, log_differences
from archive_service.packaging.catalogue import catalogue_document, rows_of
from archive_service.packaging.plain_records import PlainCaseFile, plain_records
from archive_service.packaging.tree import CATALOGUE
from archive_service.storage.ocfl.inventory import Inventory, InventoryDamagedError
from archive_service.storage.ocfl.root import object_root, read, resolve
from archive_service.storage.port import ObjectNotFoundError, ObjectStore, ObjectUnreadableError

# What says whose a case file is, who may see it, and how long it is kept.
_DECIDING = (
    *("code", "title", "agency_id", "fonds_id", "mode", "maintenance"),
    *("rule_code", "starts_on", "ends_on", "permanent"),
)
_OF_DOCUMENTS = ("subject", "mode", "code_number", "issued_date")


@dataclass(frozen=True, slots=True)
class FieldDifference:
    """What a field is by the rows, and by the package in a copy or the trail."""

    field: str
    row: object
    package: object


@dataclass(frozen=True, slots=True)
class RowDifference:
    """A case file whose rows tell otherwise than version ``version`` in ``copy`` does.

    ``event``: than the trail does, in this event; then no copy was asked.
    """

    case_file_id: UUID
    code: str
    copy: str
    version: int
    fields: tuple[FieldDifference, ...]
    event: int | None = None

    @property
    def is_absent(self) -> bool:
        """Whether no copy gave the version at all."""
        first = self.fields[0]
        return first.field == INVENTORY and first.package is None


def at_rest() -> Select[UUID]:
    """Case files whose newest version tells all that their rows do: nothing waits to be built."""
    return select(CaseFile.id).where(
        CaseFile.version_stored > 0,
        CaseFile.version_stored == CaseFile.version_built,
        CaseFile.version_built == CaseFile.version_wanted,
        CaseFile.removing_since.is_(None),
    )


def compare_rows(
    session: Session, case_file_ids: Sequence[UUID], copies: Sequence[ObjectStore]
) -> Iterator[RowDifference]:
    """Those of these case files that differ; each is compared with the first copy that gives it.

    Where all of them answer and none gives its newest version, that differs. What fits its package
    is compared with the trail as well: holds, which lie in no package, and the digest of the
    package itself.

    Raises ``BackendError`` where no copy answers.
    """
    digests = _recorded(session, case_file_ids)
    in_log = log_differences(session, case_file_ids)
    for row in plain_records(session, case_file_ids):
        found = _compared(row, digests.get(row.id, ""), copies)
        if found is None and row.id in in_log:
            found = _by_log(row, in_log[row.id])
        if found is not None:
            yield found


def deciding_changes(
    row: CaseFile, submissions: Sequence[Submission], record: bytes | None
) -> list[str]:
    """Fields that decide on the case file and are not as ``record`` of the version before has them.

    The event of the next version names them: whoever reads the trail sees what it changed. None
    where no record could be read.
    """
    if record is None:
        return []
    before = catalogue_document(*rows_of(record))
    after = catalogue_document(row, submissions)
    known = {document["id"]: document for document in before["documents"]}
    changed = _other(before["case_file"], after["case_file"], _DECIDING, "case_file")
    for document in after["documents"]:
        if document["id"] in known:
            changed |= _other(known[document["id"]], document, _OF_DOCUMENTS, "documents")
    return sorted(changed)


def _other(
    before: dict[str, Any], after: dict[str, Any], names: Sequence[str], above: str
) -> set[str]:
    return {f"{above}.{name}" for name in names if before.get(name) != after.get(name)}


def _by_log(row: PlainCaseFile, differences: Sequence[LogDifference]) -> RowDifference:
    fields = tuple(
        FieldDifference(log_difference.field, log_difference.row, log_difference.told)
        for log_difference in differences
    )
    return RowDifference(row.id, row.code, "", row.version_stored, fields, differences[0].event)


def iter_fields(value: Any, above: str = "") -> Iterator[tuple[str, Any]]:  # Any: JSON
    """Every field of a document by its path, with its value."""
    match value:
        case dict():
            for name, inner in value.items():
                yield from iter_fields(inner, f"{above}.{name}" if above else name)
        case list():
            yield f"{above}.length", len(value)
            for number, inner in enumerate(value, 1):
                yield from iter_fields(inner, f"{above}[{number}]")
        case _:
            yield above, value


def _recorded(session: Session, ids: Sequence[UUID]) -> dict[UUID, str]:
    """Of each case file the digest of its newest stored inventory."""
    query = select(PackageVersion.case_file_id, PackageVersion.inventory_sha256).join(
        CaseFile, CaseFile.id == PackageVersion.case_file_id
    )
    newest = query.where(
        PackageVersion.case_file_id.in_(ids), PackageVersion.number == CaseFile.version_stored
    )
    return {row[0]: row[1] for row in session.execute(newest)}


def submissions_of(session: Session, ids: Sequence[UUID]) -> dict[UUID, list[Submission]]:
    """Of each case file: what became it first, then what was added, as the record has them."""
    whole = (selectinload(Submission.files), selectinload(Submission.findings))
    of_them = Submission.id.in_(ids) | Submission.case_file_id.in_(ids)
    in_order = (Submission.version.is_not(None), Submission.version)
    query = select(Submission).where(of_them).options(*whole).order_by(*in_order)
    found: dict[UUID, list[Submission]] = {}
    for submission in session.scalars(query):
        found.setdefault(submission.case_file_id or submission.id, []).append(submission)
    return found


def _compared(
    row: PlainCaseFile, recorded: str, copies: Sequence[ObjectStore]
) -> RowDifference | None:
    silent: BackendError | None = None
    for copy in copies:
        try:
            inventory, is_recorded = _inventory(copy, row, recorded)
            if not is_recorded:
                other = FieldDifference(INVENTORY, recorded, inventory.sha256)
                return _difference(row, copy, [other])
            packaged = _packaged(inventory, copy)
            content = json.loads(packaged)
            fields = [] if content == row.record else _differing(row.record, packaged)
        except (ObjectNotFoundError, ObjectUnreadableError, InventoryDamagedError):
            continue
        except BackendError as trouble:
            silent = trouble
            continue
        return _difference(row, copy, fields) if fields else None
    if silent is not None:
        raise silent
    return _difference(row, copies[0], [FieldDifference(INVENTORY, recorded, None)])


def _inventory(copy: ObjectStore, row: PlainCaseFile, recorded: str) -> tuple[Inventory, bool]:
    """That of its newest version, and whether it is the one that we recorded.

    That one needs no other beside it.
    """
    try:
        data = read(copy, f"{object_root(row.ocfl_id)}/v{row.version_stored}/inventory.json")
    except (ObjectNotFoundError, ObjectUnreadableError):
        data = b""
    if sha256(data).hexdigest() == recorded:
        return Inventory.recorded(data), True
    found = resolve(copy, row.ocfl_id, row.version_stored)
    return found, found.sha256 == recorded


def _packaged(inventory: Inventory, copy: ObjectStore) -> bytes:
    """Its record, whole; one that is damaged there is told by fixity, and another copy is asked."""
    digest = inventory.state()[CATALOGUE]
    key = f"{object_root(inventory.id)}/{inventory.manifest[digest][0]}"
    data = read(copy, key)
    if sha256(data).hexdigest() != digest:
        raise ObjectUnreadableError(key=key, reason="digest")
    return data


def _differing(mine: dict[str, Any], packaged: bytes) -> list[FieldDifference]:
    """Fields that differ; a record of an earlier release is read as a rebuild reads it."""
    ours = dict(iter_fields(mine))
    theirs = dict(iter_fields(catalogue_document(*rows_of(packaged))))
    return [
        FieldDifference(name, ours.get(name), theirs.get(name))
        for name in sorted(ours.keys() | theirs.keys())
        if ours.get(name) != theirs.get(name)
    ]


def _difference(
    row: PlainCaseFile, copy: ObjectStore, fields: Sequence[FieldDifference]
) -> RowDifference:
    return RowDifference(row.id, row.code, copy.name, row.version_stored, tuple(fields))
