"""Errors as problem documents (application/problem+json)."""

from functools import singledispatch
from http import HTTPStatus
from uuid import UUID

from flask import Response

from archive_service import messages
from archive_service.api.fields import RequestInvalidError
from archive_service.api.request import language
from archive_service.domain.intake.submission import Submission, UnresolvedFindingsError
from archive_service.errors import ArchiveError
from archive_service.finding_document import FindingDocument
from archive_service.problem import RETRY_AFTER_S, problem_of
from archive_service.proposed import NothingListed, ProposedItem
from archive_service.request import services

MEDIA_TYPE = "application/problem+json"


def problem(error: ArchiveError, *, trace: str | None = None) -> Response:
    """The answer to a request that an error ended."""
    lang = language()
    document = problem_of(error, lang=lang, findings=findings_of(error, lang), trace=trace)
    response = Response(
        document.model_dump_json(exclude_none=True), status=document.status, mimetype=MEDIA_TYPE
    )
    if document.status == HTTPStatus.SERVICE_UNAVAILABLE:
        response.headers["Retry-After"] = str(RETRY_AFTER_S)
    response.headers.update(error.headers())
    response.headers["Content-Language"] = lang
    return response


@singledispatch
def findings_of(error: object, lang: str) -> list[FindingDocument]:  # noqa: ARG001 - others
    """What the problem names one by one; a room registers a function for its own errors."""
    return []


@findings_of.register
def _(error: RequestInvalidError, lang: str) -> list[FindingDocument]:
    return [wrong_field.told(lang) for wrong_field in error.wrong]


@findings_of.register
def _(error: UnresolvedFindingsError, lang: str) -> list[FindingDocument]:
    with services().read_only() as session:
        row = session.get(Submission, UUID(str(error.facts["id"])))
        return [FindingDocument.of(finding, lang) for finding in row.findings] if row else []


@findings_of.register(NothingListed)
def _(error: NothingListed[ProposedItem], lang: str) -> list[FindingDocument]:
    return [
        _not_listed(error.check, item, item.refusal["code"], lang)
        for item in error.items
        if item.refusal
    ]


def _not_listed(check: str, item: ProposedItem, why: str, lang: str) -> FindingDocument:
    words = messages.finding("not-proposed", lang, {"code": item.code, "reason": item.reason})
    return FindingDocument(
        check=check,
        code=why,
        severity="error",
        place=item.code,
        message=words.message,
        remedy=words.remedy,
    )
