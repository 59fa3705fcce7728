"""Case files read back from the packages, each from the first copy that gives it whole."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain

from archive_service.domain.case_files.case_file import CaseState, PackageVersion
from archive_service.domain.intake.submission import SubmissionState
from archive_service.errors import ArchiveError, BackendError, IntegrityViolationError
from archive_service.packaging.catalogue import rows_of
from archive_service.packaging.tree import CATALOGUE
from archive_service.recovery.rebuild.left_out import (
    LeftOut,
    Passed,
)
from archive_service.recovery.rebuild.listing import ListedPackage, iter_packages, require_answering
from archive_service.recovery.rebuild.old_database import OldDatabase
from archive_service.recovery.rebuild.read_side_by_side import side_by_side
from archive_service.recovery.rebuild.restored_case import RestoredCase
from archive_service.storage.content import NoSoundCopyError
from archive_service.storage.fixity.object_record import believed
from archive_service.storage.ocfl.inventory import INVENTORY, Inventory, InventoryDamagedError
from archive_service.storage.ocfl.root import inventory_in, newest, object_root, read, resolve
from archive_service.storage.port import (
    ObjectNotFoundError,
    ObjectStore,
    ObjectUnreadableError,
)
from ingest.transitions import TRANSITIONS

_OTHER_DIGEST = re.compile(r"inventory\.json\.(?!sha256\Z)")


class CatalogueMissingError(IntegrityViolationError):
    """A package without a readable catalogue record; its files are kept, its rows are not."""


class ForeignObjectError(IntegrityViolationError):
    """Sound or not, what one copy has in the place of a package was made by other software."""

    code = "object-foreign"


class _ForeignPackageError(Exception):
    """So it is in every copy that has something there."""


@dataclass(frozen=True, slots=True)
class _Found:
    """The inventory that counts, and the copies that did not give one, with why."""

    inventory: Inventory
    holder: ObjectStore
    not_given: list[tuple[str, ArchiveError]]


def iter_cases(
    copies: Sequence[ObjectStore],
    *,
    passed_over: Collection[str] = (),
    left_out: LeftOut,
    old: OldDatabase,
) -> Iterator[RestoredCase]:
    """Every case file of these copies, each from the first of them that gives it whole.

    Not those below the roots ``passed_over``: of what is being destroyed nothing is read. What no
    copy gives is named; where the ``old`` database knows it, its rows stay as they were.

    Raises:
        BackendError: a copy fell silent meanwhile, or none could be listed.
    """

    def restored(listed: ListedPackage) -> RestoredCase | None:
        try:
            return _restored(copies, listed, left_out)
        except _ForeignPackageError:
            copies_of_it = ", ".join(sorted(listed.paths))
            left_out.pass_over(Passed.FOREIGN, listed.root, copies=copies_of_it)
            return None
        except ArchiveError as trouble:
            require_answering(copies, [trouble])
            kept = old.case(listed.root)
            left_out.pass_over(
                Passed.PACKAGE_UNSOUND, listed.root, kept=kept is not None, reason=trouble
            )
            return kept

    packages = (
        package for package in iter_packages(copies, left_out) if package.root not in passed_over
    )
    return (case for case in side_by_side(restored, packages) if case is not None)


def _restored(
    copies: Sequence[ObjectStore], listed: ListedPackage, left_out: LeftOut
) -> RestoredCase:
    found = _newest(copies, listed, left_out)
    inventory = found.inventory
    digest = inventory.state()[CATALOGUE]
    first = [found.holder, *(copy for copy in copies if copy is not found.holder)]
    record = _read(first, inventory, digest, left_out)
    try:
        case_file, submissions = rows_of(record)
    except (ValueError, KeyError, TypeError, AttributeError) as wrong:
        raise CatalogueMissingError(object=inventory.id, reason=str(wrong)) from None
    stored = inventory.version
    case_file.state = CaseState.STORED
    case_file.version_wanted = case_file.version_built = case_file.version_stored = stored
    case_file.version_indexed = 0
    case_file.digitization = case_file.digitization_due()
    earlier = (_earlier(first, inventory, number) for number in range(1, stored))
    # One inventory after the other: each names all versions before it, and together they are many
    # times the package.
    case_file.versions = [_version(one) for one in chain(earlier, (inventory,))]
    for submission in submissions:  # those that wait for a receipt of their own till it is replayed
        receipt = submission.delivery_receipt
        state = SubmissionState.STORED if receipt else SubmissionState.ACCEPTED
        submission.state = TRANSITIONS["rebuild"].leads_to(state)
    last = submissions[-1] if submissions else None
    case_file.receipt_due_in = None if last is None or last.delivery_receipt else last.version
    left_out.taken(listed.root, found.holder.name, found.not_given)
    if stored < listed.newest():
        newest_known = listed.newest()
        left_out.pass_over(Passed.PACKAGE_OLDER, listed.root, version=stored, newest=newest_known)
    _name_gone(listed, inventory, left_out)
    return RestoredCase(case_file, submissions)


def _newest(copies: Sequence[ObjectStore], listed: ListedPackage, left_out: LeftOut) -> _Found:
    """The newest inventory that equals its sidecar, of whichever copy; else one that two name.

    A copy that has something foreign there has nothing of the package, and is dropped from
    ``listed``.
    """
    newest_listed = listed.newest()
    found: _Found | None = None
    not_given: list[tuple[str, ArchiveError]] = []
    for copy in [copy for copy in copies if copy.name in listed.paths]:
        try:
            inventory = _ours(copy, listed, left_out)
        except ArchiveError as trouble:
            not_given.append((copy.name, trouble))
            continue
        if found is None or inventory.version > found.inventory.version:
            found = _Found(inventory, copy, not_given)
        if inventory.version >= newest_listed:
            break
    foreign = [name for name, trouble in not_given if isinstance(trouble, ForeignObjectError)]
    if len(foreign) == len(listed.paths):
        raise _ForeignPackageError
    for name in foreign:
        del listed.paths[name]
    if found is not None:
        return found
    holders = [copy for copy in copies if copy.name in listed.paths]
    voted = believed(listed.root, holders, listed.paths)
    if voted is None or CATALOGUE not in voted.state():
        raise next(trouble for name, trouble in not_given if name not in foreign)
    return _Found(voted, holders[0], not_given)


def _ours(copy: ObjectStore, listed: ListedPackage, left_out: LeftOut) -> Inventory:
    """The newest inventory that this copy gives; ``ForeignObjectError`` where it is not of ours.

    Where that of the root is spoilt and a version's own is sound, this is named.
    """
    if any(map(_OTHER_DIGEST.match, listed.paths[copy.name])):
        raise ForeignObjectError(copy=copy.name, key=listed.root)
    inventory = newest(copy, listed.root)
    if object_root(inventory.id) != listed.root:
        raise InventoryDamagedError(key=listed.root, reason=f"id: {inventory.id}")
    if CATALOGUE not in inventory.state():
        raise ForeignObjectError(copy=copy.name, key=listed.root)
    try:
        inventory_in(copy, listed.root)
    except (ObjectNotFoundError, ObjectUnreadableError, InventoryDamagedError) as trouble:
        source = f"{copy.name}/{inventory.head}"
        left_out.taken(f"{listed.root}/{INVENTORY}", source, [(copy.name, trouble)])
    return inventory


def _read(
    copies: Sequence[ObjectStore], inventory: Inventory, digest: str, left_out: LeftOut
) -> bytes:
    """A small file of the package, from the first copy that gives its recorded bytes."""
    root = object_root(inventory.id)
    not_given: list[tuple[str, ArchiveError]] = []
    for copy in copies:
        for path in inventory.manifest[digest]:
            key = f"{root}/{path}"
            try:
                data = read(copy, key)
            except ArchiveError as trouble:
                not_given.append((copy.name, trouble))
                continue
            if sha256(data).hexdigest() == digest:
                left_out.taken(key, copy.name, not_given)
                return data
            not_given.append((copy.name, NoSoundCopyError(object=inventory.id, sha256=digest)))
    for _, why in not_given:
        if isinstance(why, BackendError):
            raise why
    raise NoSoundCopyError(object=inventory.id, sha256=digest)


def _earlier(copies: Sequence[ObjectStore], inventory: Inventory, number: int) -> Inventory:
    """An earlier version as a copy holds it; where none does, as the newest one tells it."""
    for copy in copies:
        try:
            return resolve(copy, inventory.id, number)
        except ArchiveError:
            continue
    return inventory.at(number)


def _name_gone(listed: ListedPackage, inventory: Inventory, left_out: LeftOut) -> None:
    """Files that the inventory names and no copy lists; whether they are sound a check tells."""
    every = set().union(*listed.paths.values())
    for path, _ in inventory.content():
        if path not in every:
            left_out.pass_over(Passed.PACKAGE_FILE_GONE, f"{listed.root}/{path}")


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
