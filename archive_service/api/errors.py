"""Errors as problem documents (application/problem+json)."""

from typing import Any, cast
from uuid import UUID

from flask import Response

from archive_service import messages
from archive_service.api.fields import RequestInvalidError, WrongField
from archive_service.api.idempotency import KeyBusyError
from archive_service.api.request import language
from archive_service.catalogue.describing.acts import DescriptionRefusedError
from archive_service.domain.intake.submission import Submission, UnresolvedFindingsError
from archive_service.errors import ArchiveError
from archive_service.finding_document import FindingDocument
from archive_service.problem import (
    RateExceededError,
    SignInRequiredError,
    TokenRefusedError,
    problem_of,
)
from archive_service.request import services
from digitize.batches.desk.edit_facts import EditFactsError
from retention.disposition.api import NothingProposedError
from retention.transfer.api import NothingRegisteredError
from retention.transfer.network.delivery_allowance import DeliveryQuotaError, DeliveryRoomError

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
    if isinstance(error, DeliveryQuotaError | DeliveryRoomError):
        response.headers["Retry-After"] = str(error.facts["retry_after_s"])
    if isinstance(error, KeyBusyError):
        response.headers["Retry-After"] = str(error.facts["seconds"])
    response.headers["Content-Language"] = lang
    return response


def _findings(error: ArchiveError, lang: str) -> list[FindingDocument]:
    if isinstance(error, RequestInvalidError):
        return [one.told(lang) for one in error.wrong]
    if isinstance(error, EditFactsError):
        wrong = (WrongField(f"json.facts.{name}", why) for name, why in error.fields.items())
        return [one.told(lang) for one in wrong]
    if isinstance(error, NothingProposedError | NothingRegisteredError):
        items = cast("list[dict[str, Any]]", error.facts["items"])
        return [_not_listed(one, error.check, lang) for one in items]
    if isinstance(error, DescriptionRefusedError):
        return [FindingDocument.of(finding, lang) for finding in error.findings]
    if isinstance(error, UnresolvedFindingsError):
        with services().read_only() as session:
            row = session.get(Submission, UUID(str(error.facts["id"])))
            return [FindingDocument.of(finding, lang) for finding in row.findings] if row else []
    return []


def _not_listed(item: dict[str, Any], check: str, lang: str) -> FindingDocument:
    """A case file that may not be on a list or register: ``code`` is that of its refusal."""
    said = messages.finding("not-proposed", lang, {"code": item["code"], "reason": item["reason"]})
    return FindingDocument(
        check=check,
        code=item["refusal"]["code"],
        severity="error",
        place=item["code"],
        message=said.message,
        remedy=said.remedy,
    )
