"""Errors as problem documents (application/problem+json)."""

from typing import Any
from uuid import UUID

from flask import Response

from archive_service import messages
from archive_service.api.request import language
from archive_service.domain.submission import Submission, UnresolvedFindingsError
from archive_service.errors import ArchiveError
from archive_service.request import services
from archive_service.schemas.finding import FindingDocument
from archive_service.schemas.problem import (
    RateExceededError,
    RequestInvalidError,
    SignInRequiredError,
    TokenRefusedError,
    problem_of,
)

MEDIA_TYPE = "application/problem+json"
_RETRY_AFTER_S = 60


def problem(error: ArchiveError, *, trace: str | None = None) -> Response:
    """The answer to a request that an error ended."""
    lang = language()
    document = problem_of(error, lang=lang, findings=_findings(error, lang), trace=trace)
    response = Response(
        document.model_dump_json(exclude_none=True), status=document.status, mimetype=MEDIA_TYPE
    )
    if isinstance(error, (SignInRequiredError, TokenRefusedError)):
        response.headers["WWW-Authenticate"] = 'Bearer realm="archive"'
    if isinstance(error, RateExceededError) or document.status == 503:
        response.headers["Retry-After"] = str(_RETRY_AFTER_S)
    response.headers["Content-Language"] = lang
    return response


def invalid(detail: dict[str, Any]) -> RequestInvalidError:
    """What APIFlask says of a body or query: ``{location: {field: [reasons]}}``, as our error."""
    wrong = {
        f"{location}.{field}": "; ".join(str(reason) for reason in reasons)
        for location, fields in detail.items()
        for field, reasons in fields.items()
    }
    return RequestInvalidError(fields=wrong, names=list(wrong))


def _findings(error: ArchiveError, lang: str) -> list[FindingDocument]:
    if isinstance(error, RequestInvalidError):
        fields = error.facts.get("fields")
        return [
            _field(name, reason, lang)
            for name, reason in (fields.items() if isinstance(fields, dict) else ())
        ]
    if isinstance(error, UnresolvedFindingsError):
        with services().read_only() as session:
            row = session.get(Submission, UUID(str(error.facts["id"])))
            return [FindingDocument.of(finding, lang) for finding in row.findings] if row else []
    return []


def _field(name: str, reason: str, lang: str) -> FindingDocument:
    code = "field-invalid"
    said = messages.finding(code, lang, {"field": name, "reason": reason})
    return FindingDocument(
        check="request",
        code=code,
        severity="error",
        place=name,
        message=said.message,
        remedy=said.remedy,
    )
