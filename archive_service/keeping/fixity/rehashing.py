"""What is read again is hashed by a second digest as well, while hash trees change to it.

Of a version that is its inventory and the files that came with it, of the trail each segment. One
copy is enough, and what has its new digests already is not hashed twice: a kill loses one batch.
"""

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.db.unit_of_work import Database
from archive_service.domain.keeping.rehashed import Rehashed
from archive_service.evidence.outside.hash_tree import digest_of
from archive_service.storage.fixity.one_copy import HeldObject
from archive_service.storage.fixity.verdict import Fixity, FixityResult
from archive_service.storage.ocfl.inventory import INVENTORY, SIDECAR
from archive_service.storage.ocfl.root import object_root, read
from archive_service.storage.port import ObjectStore

Digests = Mapping[str, Mapping[str, str]]  # of an object its own and its files', by their SHA-256


def lacking(database: Database, algorithm: str, digests: Sequence[str]) -> set[str]:
    """Of these objects those without new digests."""
    with database.read_only() as session:
        return set(digests) - _known(session, algorithm, digests)


def note_rehashed(session: Session, algorithm: str, found: Digests) -> None:
    """Rows of what was read, but for those that are there."""
    known = _known(session, algorithm, list(found))
    session.add_all(
        Rehashed(object_sha256=sha256, algorithm=algorithm, digests=dict(digests))
        for sha256, digests in found.items()
        if sha256 not in known
    )


def rehashed_versions(
    copy: ObjectStore,
    held: HeldObject,
    results: Sequence[FixityResult],
    algorithm: str,
    wanted: Iterable[str],
) -> dict[str, dict[str, str]]:
    """The new digests of those versions of a package that are whole; its inventory is small."""
    root, found = object_root(held.ocfl_id), dict[str, dict[str, str]]()
    for number, digest in enumerate(held.digests, start=1):
        folder = f"{root}/v{number}/"
        own = [fixity_result for fixity_result in results if fixity_result.key.startswith(folder)]
        if digest not in wanted or any(
            fixity_result.status is not Fixity.INTACT for fixity_result in own
        ):
            continue
        inventory = read(copy, f"{folder}{INVENTORY}")
        if sha256(inventory).hexdigest() != digest:
            continue
        facts = {
            fixity_result.sha256_expected or "": fixity_result.second
            for fixity_result in own
            if fixity_result.key not in (f"{folder}{INVENTORY}", f"{folder}{SIDECAR}")
        }
        if all(facts.values()):
            found[digest] = facts | {digest: digest_of(inventory, algorithm).hex()}
    return found


def _known(session: Session, algorithm: str, digests: Sequence[str]) -> set[str]:
    some = select(Rehashed.object_sha256).where(
        Rehashed.algorithm == algorithm, Rehashed.object_sha256.in_(digests)
    )
    return set(session.scalars(some))
