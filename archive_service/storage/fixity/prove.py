"""A second look at one copy alone: every byte, against digests that the caller knows."""

from collections.abc import Sequence
from hashlib import sha256

from archive_service.errors import IntegrityViolationError
from archive_service.storage.acts import ActDocument, read_act
from archive_service.storage.copies.identity import identify
from archive_service.storage.fixity.check import iter_object_fixity
from archive_service.storage.fixity.verdict import Fixity
from archive_service.storage.ocfl.inventory import INVENTORY
from archive_service.storage.ocfl.root import object_root, read
from archive_service.storage.port import ObjectNotFoundError, ObjectStore, ObjectUnreadableError


def prove_object(copy: ObjectStore, ocfl_id: str, digests: Sequence[str]) -> str | None:
    """The first key that is not as recorded, every byte read; ``None`` if all is.

    Args:
        digests: of the inventories, from version 1 on.

    Raises:
        BackendError: the copy did not answer.
    """
    root = object_root(ocfl_id)
    recorded = {
        f"{root}/v{number}/{INVENTORY}": digest for number, digest in enumerate(digests, start=1)
    }
    for result in iter_object_fixity([copy], ocfl_id, len(digests)):
        if result.status is Fixity.UNREACHABLE:
            identify(copy)
        known = recorded.pop(result.key, result.sha256_found)
        if result.status is not Fixity.INTACT or result.sha256_found != known:
            return result.key
    return next(iter(recorded), None)


def prove_act(copy: ObjectStore, key: str, document: ActDocument) -> str | None:
    """As ``prove_object``, of an act that says this, and of the files it names."""
    try:
        act = read_act(copy, key)
    except (ObjectNotFoundError, ObjectUnreadableError, IntegrityViolationError):
        return key
    if act.said() != document:
        return key
    for companion, digest in act.companions().items():
        if (wrong := prove_file(copy, companion, digest)) is not None:
            return wrong
    return None


def prove_file(copy: ObjectStore, key: str, digest: str) -> str | None:
    """As ``prove_object``, of one small file."""
    try:
        found = read(copy, key, past_cache=True)
    except (ObjectNotFoundError, ObjectUnreadableError):
        return key
    return None if sha256(found).hexdigest() == digest else key
