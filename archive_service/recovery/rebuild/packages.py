"""Case files read back from the packages of a copy."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from archive_service.domain.case_files.case_file import CaseFile, CaseState, PackageVersion
from archive_service.domain.intake.submission import Submission, SubmissionState
from archive_service.errors import ArchiveError, IntegrityViolationError
from archive_service.packaging.catalogue import rows_of
from archive_service.packaging.tree import CATALOGUE
from archive_service.recovery.rebuild.read_side_by_side import side_by_side
from archive_service.storage.content import HeldContent
from archive_service.storage.ocfl.inventory import Inventory
from archive_service.storage.ocfl.root import iter_object_roots, newest, object_root, read, resolve
from archive_service.storage.port import ObjectStore


class CatalogueMissingError(IntegrityViolationError):
    """A package without a readable catalogue record; its files are kept, its rows are not."""

    code = "catalogue-missing"


@dataclass(frozen=True, slots=True)
class RestoredCase:
    """The rows of one package, not yet in any session."""

    case_file: CaseFile
    submissions: list[Submission]


def iter_cases(
    copy: ObjectStore, others: Sequence[ObjectStore], *, passed_over: Collection[str] = ()
) -> Iterator[RestoredCase]:
    """Every case file of ``copy``; a record that is damaged there is read from ``others``.

    Not those below the roots ``passed_over``: of what is being destroyed nothing is read.

    Raises:
        CatalogueMissingError: no copy gives the record whole.
    """

    def restored(root: str) -> RestoredCase:
        return _restored(copy, others, newest(copy, root))

    roots = (root for root in iter_object_roots(copy) if root not in passed_over)
    return side_by_side(restored, roots)


def _restored(
    copy: ObjectStore, others: Sequence[ObjectStore], inventory: Inventory
) -> RestoredCase:
    digest = inventory.state().get(CATALOGUE)
    if digest is None:
        raise CatalogueMissingError(object=inventory.id, copy=copy.name)
    record = _read(copy, others, inventory, digest)
    try:
        case_file, submissions = rows_of(record)
    except (ValueError, KeyError) as wrong:
        raise CatalogueMissingError(object=inventory.id, reason=str(wrong)) from None
    stored = inventory.version
    case_file.state = CaseState.STORED
    case_file.version_wanted = case_file.version_built = case_file.version_stored = stored
    case_file.version_indexed = 0
    case_file.digitization = case_file.digitization_due()
    earlier = (resolve(copy, inventory.id, number) for number in range(1, stored))
    case_file.versions = [_version(one) for one in (*earlier, inventory)]
    for submission in submissions:  # those that wait for a receipt of their own till it is replayed
        told = submission.delivery_receipt
        submission.state = SubmissionState.STORED if told else SubmissionState.ACCEPTED
    last = submissions[-1] if submissions else None
    case_file.receipt_due_in = None if last is None or last.delivery_receipt else last.version
    return RestoredCase(case_file, submissions)


def _read(
    copy: ObjectStore, others: Sequence[ObjectStore], inventory: Inventory, digest: str
) -> bytes:
    """A small file of the package, from the copy whose inventory is at hand where it is sound."""
    try:
        data = read(copy, f"{object_root(inventory.id)}/{inventory.manifest[digest][0]}")
    except ArchiveError:
        data = b""
    if sha256(data).hexdigest() == digest:
        return data
    return HeldContent([copy, *others], inventory.id).read_small(digest)


def _version(inventory: Inventory) -> PackageVersion:
    block = inventory.document["versions"][inventory.head]
    built = {digest for _, digest in inventory.content(inventory.version)}
    return PackageVersion(
        number=inventory.version,
        inventory_sha256=inventory.sha256,
        message=block["message"],
        built_by=block["user"]["name"],
        built_at=inventory.created,
        file_count=len(inventory.state()),
        size_bytes=0,  # the audit trail tells it: version:built
        staged=sorted(built | {inventory.sha256}),  # it may lie there still
    )
