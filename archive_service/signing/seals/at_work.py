"""A seal that is being put on a paper: whoever presses again meanwhile finds it at work."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import delete

from archive_service import clock
from archive_service.db.unit_of_work import take_write_lock
from archive_service.domain.people.idempotency import IdempotentRequest
from archive_service.errors import ConflictError
from archive_service.services import Services

_EVERYBODY = ""  # two clerks of one agency are two presses of one seal


class SealAtWorkError(ConflictError):
    """The seal is being put on this very paper, by an earlier press or another clerk."""


@contextmanager
def sealing(services: Services, paper: str) -> Iterator[None]:
    """The ``paper`` is this press's alone until the block ends, so that its key is used once.

    What a kill leaves behind counts for as long as ``clock.just_before`` tells.

    Raises:
        SealAtWorkError
    """
    key, begun = f"seal:{paper}", clock.now()
    own = (IdempotentRequest.account == _EVERYBODY, IdempotentRequest.key == key)
    with services.writing() as session:
        take_write_lock(session)  # of two that come at once, the second one sees the first
        earlier = session.get(IdempotentRequest, (_EVERYBODY, key))
        if earlier is not None and earlier.created_at > clock.just_before():
            raise SealAtWorkError(paper=paper)
        session.execute(delete(IdempotentRequest).where(*own))
        session.add(
            IdempotentRequest(
                account=_EVERYBODY, key=key, request_sha256="", body={}, created_at=begun
            )
        )
    try:
        yield
    finally:
        with services.writing() as session:
            session.execute(
                delete(IdempotentRequest).where(*own, IdempotentRequest.created_at == begun)
            )
