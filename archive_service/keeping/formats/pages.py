"""Theo dõi định dạng: formats held with their risk, and batches of migration to look through."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.errors import ArchiveError, ConflictError, NotAllowedError
from archive_service.formats.risks import RiskLevel
from archive_service.forms.tables import Row
from archive_service.keeping.formats import batches, migration
from archive_service.keeping.formats import watch as formats_watch
from archive_service.request import current_actor, services
from archive_service.web import errors, lists
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.numbers import numbers_in_form
from archive_service.web.toasts import tell

bp = Blueprint("formats", __name__, template_folder="templates", url_prefix="/formats")

_COLUMNS = ("puid", "name", "risk", "target", "files", "bytes", "case_files")
_TONES = {
    RiskLevel.HIGH: "error",
    RiskLevel.UNIDENTIFIED: "error",
    RiskLevel.UNKNOWN: "warn",
    RiskLevel.MEDIUM: "warn",
    RiskLevel.LOW: "ok",
}


@bp.get("")
def show() -> Response:
    """What is held by format; or all of it as a table to download."""
    return _page()


@bp.post("/propose")
def propose() -> Response:
    """A batch of files of one format."""
    puid = request.form.get("puid", "")
    try:
        batch_id = migration.propose(services(), puid, actor=current_actor())
    except ConflictError as refused:
        return _page(refused)
    batch = batches.show_batch(services(), batch_id, actor=current_actor())
    tell(t("pages.formats.proposed", count=batch["items"]))
    return _to_batch(batch_id)


@bp.get("/batches/<uuid:batch_id>")
def batch(batch_id: UUID) -> Response:
    """One batch, its originals and results side by side."""
    return _batch_page(batch_id)


@bp.post("/batches/<uuid:batch_id>/convert")
def convert(batch_id: UUID) -> Response:
    """Have workers convert what is proposed."""
    count = migration.convert(services(), batch_id, actor=current_actor())
    tell(t("pages.formats.converting", count=count))
    return _to_batch(batch_id)


@bp.post("/batches/<uuid:batch_id>/review")
def review(batch_id: UUID) -> Response:
    """Accept or reject the chosen items."""
    numbers = numbers_in_form("item")
    accepts = request.form.get("word") == "accept"
    try:
        migration.review(
            services(),
            batch_id,
            accept=numbers if accepts else (),
            reject=() if accepts else numbers,
            actor=current_actor(),
        )
    except ConflictError as refused:
        return _batch_page(batch_id, refused)
    tell(t("pages.formats.reviewed", count=len(numbers)))
    return _to_batch(batch_id)


@bp.post("/batches/<uuid:batch_id>/approve")
def approve(batch_id: UUID) -> Response:
    """Have what was accepted put into the case files."""
    try:
        count = migration.approve(services(), batch_id, actor=current_actor())
    except (ConflictError, NotAllowedError) as refused:
        return _batch_page(batch_id, refused)
    tell(t("pages.formats.approved", count=count))
    return _to_batch(batch_id)


def _page(refused: ArchiveError | None = None) -> Response:
    actor = current_actor()
    given = lists.asked()
    risk = lists.choice("risk", tuple(RiskLevel))
    words = given.text.casefold()
    found = [
        holding
        for holding in formats_watch.list_formats(services(), actor=actor)
        if (not risk or holding.risk.level == risk)
        and words in f"{holding.puid or ''} {holding.name}".casefold()
    ]
    if given.export:
        headings = [t(f"pages.formats.{name}") for name in _COLUMNS]
        return lists.as_table("dinh-dang", given.export, headings, _cells(found))
    levels = [(level.value, t(f"labels.format-risk.{level}")) for level in RiskLevel]
    choices = [
        {
            "name": "risk",
            "label": t("pages.formats.risk"),
            "options": lists.options("pages.formats.any_risk", levels),
            "value": risk,
        }
    ]
    error, status = errors.shown(refused)
    page = render_template(
        "formats/formats.html",
        here_key="formats",
        error=error,
        tools=lists.tools(given, choices),
        formats=[_line(holding) for holding in found],
        batches=[
            entry | {"href": url_for(".batch", batch_id=entry["id"])}
            for entry in batches.list_batches(services(), actor=actor)
        ],
        standing=formats_watch.identification_standing(services(), actor=actor),
        may_propose=access.may(actor, "format:propose"),
    )
    return make_response(page, status)


def _batch_page(batch_id: UUID, refused: ArchiveError | None = None) -> Response:
    actor = current_actor()
    batch = batches.show_batch(services(), batch_id, actor=actor, lang=language())
    error, status = errors.shown(refused)
    may_review = access.may(actor, "format:review") and not batch["approved_by"]
    decided_by = {batch["proposed_by"], *batch["reviewers"]}
    may_approve = access.may(actor, "format:approve") and actor.account not in decided_by
    page = render_template(
        "formats/format_batch.html",
        here_key="formats",
        error=error,
        batch=batch,
        files=[_file(file, may_review=may_review) for file in batch["files"]],
        may_convert=access.may(actor, "format:propose") and batch["state"] == "proposed",
        may_review=may_review and any(file["state"] == "converted" for file in batch["files"]),
        may_approve=may_approve and batch["state"] == "decided",
    )
    return make_response(page, status)


def _line(holding: formats_watch.Holding) -> dict[str, Any]:
    line = holding.as_document(language())
    certainty = t(f"labels.certainty.{line['certainty']}") if line["certainty"] else "–"
    source = t("pages.formats.source", citation=line["citation"], certainty=certainty)
    return line | {
        "tone": _TONES[holding.risk.level],
        "source": source if line["citation"] else "",
        "converts": holding.puid is not None and line["target"] not in ("", "none"),
    }


def _file(file: dict[str, Any], *, may_review: bool) -> dict[str, Any]:
    checks = [
        (t(f"labels.migration-check.{name}"), value)
        for name, value in file["checks"].items()
        if name != "is_copy"
    ]
    has_result = file["sha256"] and file["state"] in ("converted", "accepted")
    return file | {
        "checks": checks,
        "case_href": url_for("case_files.show", code=file["code"], document=file["ordinal"]),
        "original_href": url_for(
            "api_case_files.file", code=file["code"], file_id=file["original"]
        ),
        "result_href": url_for("api_formats.result", item_id=file["id"]) if has_result else "",
        "may_choose": may_review and file["state"] == "converted",
    }


def _cells(found: list[formats_watch.Holding]) -> Iterator[Row]:
    for holding in found:
        risk = holding.risk
        target = t(f"labels.format-target.{risk.target}") if risk.target else ""
        yield (
            holding.puid or "",
            holding.name,
            t(f"labels.format-risk.{risk.level}"),
            target,
            holding.files,
            holding.size_bytes,
            holding.case_files,
        )


def _to_batch(batch_id: UUID) -> Response:
    return make_response(redirect(url_for(".batch", batch_id=batch_id), code=303))
