"""Errors as problem documents (application/problem+json)."""

from functools import singledispatch
from http import HTTPStatus
from typing import Any, ClassVar, cast
from uuid import UUID

from flask import Response

from archive_service import messages
from archive_service.api.fields import RequestInvalidError
from archive_service.api.request import language
from archive_service.domain.intake.submission import Submission, UnresolvedFindingsError
from archive_service.errors import ArchiveError
from archive_service.finding_document import FindingDocument
from archive_service.problem import RETRY_AFTER_S, problem_of
from archive_service.request import services

MEDIA_TYPE = "application/problem+json"


class NothingListed:
    """An error: not one case file may be on a list; its ``items`` are as they would stand there."""

    check: ClassVar[str]
    facts: dict[str, object]


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
    return [one.told(lang) for one in error.wrong]


@findings_of.register
def _(error: UnresolvedFindingsError, lang: str) -> list[FindingDocument]:
    with services().read_only() as session:
        row = session.get(Submission, UUID(str(error.facts["id"])))
        return [FindingDocument.of(finding, lang) for finding in row.findings] if row else []


@findings_of.register
def _(error: NothingListed, lang: str) -> list[FindingDocument]:
    items = cast("list[dict[str, Any]]", error.facts["items"])
    return [
        not_listed(error.check, one["code"], one["refusal"]["code"], one["reason"], lang)
        for one in items
    ]


def not_listed(check: str, case_file: str, why: str, reason: str, lang: str) -> FindingDocument:
    """A case file that may not be on a list or register: ``why`` in a word, ``reason`` in many."""
    said = messages.finding("not-proposed", lang, {"code": case_file, "reason": reason})
    return FindingDocument(
        check=check,
        code=why,
        severity="error",
        place=case_file,
        message=said.message,
        remedy=said.remedy,
    )
