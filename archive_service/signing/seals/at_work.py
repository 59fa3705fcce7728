"""A seal that is being put on a paper: whoever presses again meanwhile finds it at work."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from archive_service.db.claims import BEAT_S, Claim, counts_for
from archive_service.errors import ConflictError
from archive_service.services import Services

_EVERYBODY = ""  # two clerks of one agency are two presses of one seal


class SealAtWorkError(ConflictError):
    """The seal is being put on this very paper, by an earlier press or another clerk."""


@contextmanager
def sealing(services: Services, paper: str, every_s: float = BEAT_S) -> Iterator[None]:
    """The ``paper`` is this press's alone until the block ends, so that its key is used once.

    However long a signer takes; what a kill leaves behind counts for a minute.

    Raises:
        SealAtWorkError
    """
    claim = Claim(_EVERYBODY, f"seal:{paper}", uuid4().hex)
    with services.writing() as session:
        earlier = claim.earlier(session)
        if earlier is not None and counts_for(session, earlier):
            raise SealAtWorkError(paper=paper)
        claim.take(session)
    try:
        with claim.alive(services.database, every_s):
            yield
    finally:
        with services.writing() as session:
            claim.release(session)
