"""What a drill compares: every digest of the restored packages, every field of their rows."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, selectinload

from archive_service.domain.case_files.case_file import CaseFile, PackageVersion
from archive_service.domain.intake.submission import Submission
from archive_service.errors import ArchiveError, NotFoundError
from archive_service.packaging.catalogue import catalogue_bytes
from archive_service.packaging.row_comparison import iter_fields
from archive_service.packaging.tree import CATALOGUE
from archive_service.storage.ocfl.inventory import Inventory
from archive_service.storage.ocfl.root import object_root, read, resolve
from archive_service.storage.port import ObjectStore
from archive_service.storage.reader import digest_and_size

# Where the work stands, beside what the catalogue record tells.
_WORK = ("state", "receipt_number", "receipt_year", "receipt_sha256", "version_stored")
_NAMED = 200  # differences told on paper and in an act; all are counted


class DrillEmptyError(NotFoundError):
    """Nothing is stored yet that could be restored."""


class DrillMediumError(NotFoundError):
    """No backup on this medium holds packages: there is nothing to compare in it."""


@dataclass(slots=True)
class Comparison:
    """How much was compared, and each difference by name."""

    compared: int = 0
    equal: int = 0
    files: int = 0
    size_bytes: int = 0
    differences: list[str] = field(default_factory=list)

    def note(self, name: str, mine: object, theirs: object) -> None:
        """One thing compared; ``name`` is told where the two differ."""
        self.compared += 1
        if mine == theirs:
            self.equal += 1
        else:
            self.differences.append(name)


def named(differences: Sequence[str]) -> list[str]:
    """So many of them as a paper bears, and how many more there are."""
    more = len(differences) - _NAMED
    return [*differences[:_NAMED], *([f"… {more}"] if more > 0 else [])]


def compare_object(
    ocfl_id: str,
    *,
    live: Session,
    restored: Session,
    copy: ObjectStore,
    result: Comparison,
) -> None:
    """One package: its bytes in ``copy`` against the record, its rows against those in use.

    Where the archive went on to a newer version since the backup, the restored rows are compared
    with the catalogue record inside the restored package.
    """
    row = live.scalar(select(CaseFile).where(CaseFile.ocfl_id == ocfl_id))
    if row is None:
        result.note(f"{ocfl_id}: case_file", "held", None)
        return
    try:
        inventory = resolve(copy, ocfl_id)
    except ArchiveError as trouble:
        result.note(f"{row.code}: package ({trouble.code})", "held", None)
        return
    version = inventory.version
    recorded = live.scalar(
        select(PackageVersion.inventory_sha256).where(
            PackageVersion.case_file_id == row.id, PackageVersion.number == version
        )
    )
    result.note(f"{row.code}: v{version}/inventory.json", recorded, inventory.sha256)
    _compare_bytes(row.code, inventory, copy, result)
    theirs = record_of(restored, row.id)
    if row.version_stored == row.version_wanted == version:
        _compare_fields(row.code, record_of(live, row.id), theirs, result)
    else:
        _compare_fields(row.code, _packaged(inventory, copy), theirs, result)


def record_of(session: Session, case_file_id: UUID) -> dict[str, Any]:
    """All rows of a case file as one document; empty where there are none."""
    whole = (selectinload(Submission.files), selectinload(Submission.findings))
    row = session.get(CaseFile, case_file_id)
    of_case_file = (Submission.id == case_file_id) | (Submission.case_file_id == case_file_id)
    in_order = (Submission.version.is_not(None), Submission.version)
    submissions = session.scalars(
        select(Submission).where(of_case_file).options(*whole).order_by(*in_order)
    ).all()
    if row is None:
        return {}
    content: dict[str, Any] = json.loads(catalogue_bytes(row, submissions))
    content["work"] = {name: str(getattr(row, name)) for name in _WORK}
    return content


def _compare_bytes(code: str, inventory: Inventory, copy: ObjectStore, result: Comparison) -> None:
    root = object_root(inventory.id)
    for path, digest in inventory.content():
        try:
            with copy.open(f"{root}/{path}", past_cache=True) as source:
                found, size = digest_and_size(source)
        except ArchiveError as trouble:
            found, size = trouble.code, 0
        result.files, result.size_bytes = result.files + 1, result.size_bytes + size
        result.note(f"{code}: {path}", digest, found)


def _packaged(inventory: Inventory, copy: ObjectStore) -> dict[str, Any]:
    digest = inventory.state()[CATALOGUE]
    key = f"{object_root(inventory.id)}/{inventory.manifest[digest][0]}"
    content: dict[str, Any] = json.loads(read(copy, key))
    return content


def _compare_fields(
    code: str, mine: dict[str, Any], theirs: dict[str, Any], result: Comparison
) -> None:
    """Each field by name; of a record that does not know the work, that is not compared."""
    ours, other = dict(iter_fields(mine)), dict(iter_fields(theirs))
    for name in sorted(ours.keys() | other.keys()):
        if name.startswith("work.") and "work" not in mine:
            continue
        result.note(f"{code}: {name}", ours.get(name), other.get(name))
