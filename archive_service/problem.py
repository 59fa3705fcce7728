"""Problem documents (RFC 9457): what every refusal of page and API says, in the reader's words."""

from http import HTTPStatus

from pydantic import BaseModel

from archive_service import messages
from archive_service.access import ProofOldError
from archive_service.errors import ArchiveError, InputError, NotAllowedError
from archive_service.finding_document import FindingDocument

_BEARER = {"WWW-Authenticate": 'Bearer realm="archive"'}


RETRY_AFTER_S = 60


class SignInRequiredError(NotAllowedError):
    """Nobody is signed in, and the act is not open to everybody: HTTP 401."""

    status = HTTPStatus.UNAUTHORIZED

    def headers(self) -> dict[str, str]:
        """See ``ArchiveError.headers``."""
        return _BEARER


class PasswordChoiceError(NotAllowedError):
    """Signed in with a password that somebody else set: an own one is chosen first."""


class TokenRefusedError(NotAllowedError):
    """The bearer token is unknown, revoked, or of a disabled account: HTTP 401."""

    status = HTTPStatus.UNAUTHORIZED

    def headers(self) -> dict[str, str]:
        """See ``ArchiveError.headers``."""
        return _BEARER


class HttpRefusedError(InputError):
    """The request was refused before any act of ours: its status says why."""

    def __init__(self, status: int) -> None:
        super().__init__(status=status)
        self.status = HTTPStatus(status)


class BodyKindError(HttpRefusedError):
    """The body is of a kind that is not taken at this address: HTTP 415. ``taken`` are."""

    code = "body-kind-unknown"

    def __init__(self, *, taken: str) -> None:
        super().__init__(HTTPStatus.UNSUPPORTED_MEDIA_TYPE)
        self.facts["taken"] = taken


class BodyUnreadableError(HttpRefusedError):
    """The body is to be JSON, and is none that can be read and kept: HTTP 400."""

    def __init__(self) -> None:
        super().__init__(HTTPStatus.BAD_REQUEST)


class UnexpectedError(ArchiveError):
    """A bug of ours; ``trace`` finds its log line."""

    code = "request-crashed"


# Refusals of HTTP itself that have words of their own; the others are "http-refused".
_HTTP_CODES = {
    HTTPStatus.NOT_FOUND: "not-found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method-not-allowed",
    HTTPStatus.REQUEST_TIMEOUT: "body-slow",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "body-too-large",
    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE: "range-not-satisfiable",
}


class ProblemDocument(BaseModel):
    """A refusal: ``code`` for programs, ``message`` and ``remedy`` for people."""

    type: str = "about:blank"
    title: str
    status: int
    code: str
    message: str
    remedy: str
    findings: list[FindingDocument] = []
    trace: str | None = None


def problem_of(
    error: ArchiveError,
    *,
    lang: str,
    findings: list[FindingDocument] | None = None,
    trace: str | None = None,
    web: bool = False,
) -> ProblemDocument:
    """The problem document of an error, in one language; ``web`` as for ``messages.error``.

    Raises:
        ProofOldError: for a page: the code is asked for on one of its own, ``web.proving``.
    """
    if web and isinstance(error, ProofOldError):
        raise error
    status = status_of(error)
    code = error.code
    if isinstance(error, HttpRefusedError):
        code = _HTTP_CODES.get(status, error.code)
    message = messages.error(code, lang, error.facts | {"trace": trace or ""}, web=web)
    return ProblemDocument(
        title=status.phrase,
        status=status,
        code=code,
        message=message.message,
        remedy=message.remedy,
        findings=findings or [],
        trace=trace,
    )


def status_of(error: ArchiveError) -> HTTPStatus:
    """The HTTP status of an error: its own, else its family's, else 500."""
    return HTTPStatus(error.status)
