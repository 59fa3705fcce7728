"""The file beside an act, from wherever its bytes are sound."""

import hashlib
from collections.abc import Sequence

from archive_service.domain.keeping.act import Act
from archive_service.errors import BackendError, NotFoundError
from archive_service.storage.acts import ACTS, act_name
from archive_service.storage.content import NoSoundCopyError
from archive_service.storage.port import ObjectStore
from archive_service.storage.staging import Staging


def read_companion(act: Act, *, staging: Staging, copies: Sequence[ObjectStore]) -> bytes:
    """All of it, verified: from staging while it waits, else from the first copy that is right.

    Raises ``NoSoundCopyError`` where none is.
    """
    digest = act.companion_sha256 or ""
    if staging.has(digest):
        with staging.open(digest) as source:
            return source.read()
    key = f"{ACTS}/{act.kind}/{act_name(act)}.{act.companion_suffix}"
    for copy in copies:
        try:
            with copy.open(key) as source:
                data = source.read()
        except (BackendError, NotFoundError):
            continue
        if hashlib.sha256(data).hexdigest() == digest:
            return data
    raise NoSoundCopyError(object=key, sha256=digest)
