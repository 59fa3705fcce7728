"""Who may do what to a request where it stands."""

from collections.abc import Mapping
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import access
from archive_service.domain.case_files.access_request import (
    ENDING_STATES,
    GRANTED_STATES,
    OPEN_STATES,
    AccessRequest,
    AccessRequestState,
    Wanted,
)
from archive_service.domain.case_files.case_file import CaseFile
from archive_service.domain.case_files.document import Document
from archive_service.domain.people.account import Actor
from archive_service.errors import ConflictError, InputError, NotAllowedError, NotFoundError

MAKE, DECIDE, LIST = "access-request:make", "access-request:decide", "access-request:list"
SEAL = "copy:issue"
# Which act is open where it stands.
STATES: Mapping[str, tuple[AccessRequestState, ...]] = {
    "grant": OPEN_STATES,
    "refuse": OPEN_STATES,
    "ask": (AccessRequestState.ASKED,),
    "answer": (AccessRequestState.CLARIFYING,),
    "withdraw": (*OPEN_STATES, *ENDING_STATES),
    "revoke": ENDING_STATES,
    "uses": (AccessRequestState.USES_GRANTED,),
    "read": GRANTED_STATES,
    "fetch": (AccessRequestState.COPY_GRANTED, AccessRequestState.AUTHENTICATED),
    "seal": (AccessRequestState.AUTHENTICATED,),
    "redact": (*OPEN_STATES, *GRANTED_STATES),
}


class AccessRequestNotFoundError(NotFoundError):
    """There is no such request, or it is not this account's to know."""


class AccessRequestStateError(ConflictError):
    """It was decided before, taken back, or waits for an answer."""


class AccessRequestOwnError(NotAllowedError):
    """Nobody decides on what they asked for themselves."""


class AccessRequestOpenError(ConflictError):
    """The account asked for this document before, and that is not over yet."""


class AccessRequestNeedlessError(ConflictError):
    """The account may read the document without a request."""


class AccessRequestWordsError(InputError):
    """A purpose, a question, an answer or a reason is missing, too short or too long."""


class AccessRequestTermError(InputError):
    """A reading copy lasts a day at least, and fifteen at most."""


class AccessRequestPagesError(InputError):
    """No pages are named like this."""


class AccessRequestUnscannedError(ConflictError):
    """Nothing is granted before the document is digitized."""


class AccessRequestSealedError(ConflictError):
    """Its copy was sealed before: what that shows is not changed any more."""


class AccessRequestChangedError(ConflictError):
    """Pages or areas were decided anew while the copy of before was being made."""


class DocumentPlaceChangedError(ConflictError):
    """The documents were put in another order while one of them was being asked for."""


class AccessRequestUsesError(ConflictError):
    """It asks who used the document: no pages, copy or blackened areas go with that."""


class AccessRequestPageError(NotFoundError):
    """The page is not among those that may be read, or the document has none of this number."""


def locked(session: Session, request_id: UUID, act: str) -> AccessRequest:
    """The request, where the act is open.

    Raises:
        AccessRequestNotFoundError, AccessRequestStateError, AccessRequestUsesError
    """
    row = session.get(AccessRequest, request_id, with_for_update=True)
    if row is None:
        raise AccessRequestNotFoundError(id=request_id)
    if row.state not in STATES[act]:
        raise AccessRequestStateError(state=row.state)
    if act == "redact" and row.wants is Wanted.USES:
        raise AccessRequestUsesError(code=row.code)
    return row


def to_decide(session: Session, request_id: UUID, act: str, actor: Actor) -> AccessRequest:
    """The same for who decides, or seals: of this agency, and never who asked.

    Raises:
        ActNotAllowedError, AccessRequestOwnError
    """
    row = locked(session, request_id, act)
    access.require(actor, SEAL if act == "seal" else DECIDE, row)
    if actor.account_id is None or row.asked_by_id in actor.ids:
        raise AccessRequestOwnError
    return row


def own(session: Session, request_id: UUID, act: str, actor: Actor) -> AccessRequest:
    """The same for who asked; another's is not to be known."""
    row = session.get(AccessRequest, request_id)
    if row is None or row.asked_by_id != actor.account_id:
        raise AccessRequestNotFoundError(id=request_id)
    return locked(session, request_id, act)


def hold_place(session: Session, row: CaseFile, ordinal: int) -> None:
    """Let no document leave its place in ``row`` before this transaction ends: a request names it.

    Whoever arranges holds the whole row, and then sees what is asked for.

    Raises:
        DocumentPlaceChangedError: others did so since ``row`` was read.
    """
    session.execute(select(CaseFile.id).where(CaseFile.id == row.id).with_for_update(read=True))
    there = session.scalar(
        select(Document.id).where(Document.case_file_id == row.id, Document.ordinal == ordinal)
    )
    if there != next(
        (document.id for document in row.documents if document.ordinal == ordinal), None
    ):
        raise DocumentPlaceChangedError(code=row.code, ordinal=ordinal)


def require_as_made(found: AccessRequest, row: AccessRequest) -> None:
    """The copy that was made of ``found`` shows what its request, read anew, lets be seen.

    Raises:
        AccessRequestChangedError
    """
    if (found.pages, found.areas, found.areas_of) != (row.pages, row.areas, row.areas_of):
        raise AccessRequestChangedError(code=row.code, ordinal=row.ordinal)
