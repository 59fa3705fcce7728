"""Đọc lại văn bản: proposals to read texts again, what they gain, and the decision on them."""

from typing import Any, get_args
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.errors import ArchiveError, ConflictError, InputError, NotFoundError
from archive_service.request import current_actor, services
from archive_service.settings import OcrModel
from archive_service.web import errors, lists
from archive_service.web.display import number
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.refusals import given_in_form
from archive_service.web.toasts import tell
from digitize.rereading import acts as rereading_acts
from digitize.rereading.documents import COMPARED, RereadingDocument, RereadingItemDocument
from digitize.rereading.given import AdoptIn, DropIn

bp = Blueprint("rereading", __name__, template_folder="templates", url_prefix="/rereading")

MODELS = get_args(OcrModel)
_ADOPTING = {"codes": "pages.rereading.adopt_codes", "reason": "pages.rereading.reason"}
_TONES = {"ready": "warn", "adopted": "ok", "refused": "error"}


@bp.get("")
def show() -> Response:
    """All proposals, and a form for another."""
    return _page()


@bp.post("")
def propose() -> Response:
    """Have texts read again in the background."""
    codes = request.form.get("codes", "").split()
    model = request.form.get("model", "")
    try:
        made = rereading_acts.propose(
            services(),
            codes=codes,
            model=model if model in MODELS else None,
            actor=current_actor(),
        )
    except (ConflictError, NotFoundError) as refused:
        return _page(refused)
    tell(t("pages.rereading.proposed"))
    return _to(made)


@bp.get("/<uuid:rereading_id>")
def one(rereading_id: UUID) -> Response:
    """One proposal, document by document."""
    return _proposal_page(rereading_id)


@bp.post("/<uuid:rereading_id>/adopt")
def adopt(rereading_id: UUID) -> Response:
    """Put the new texts into the packages."""
    access.require(current_actor(), "rereading:adopt")
    codes = request.form.get("codes", "").split()
    try:
        given = given_in_form(AdoptIn, labels=_ADOPTING, codes=codes)
        rereading_acts.adopt(services(), rereading_id, given, actor=current_actor())
    except (ConflictError, InputError) as refused:
        return _proposal_page(rereading_id, refused)
    tell(t("pages.rereading.adopted"))
    return _to(rereading_id)


@bp.post("/<uuid:rereading_id>/drop")
def drop(rereading_id: UUID) -> Response:
    """Leave the texts as they are: of one case file where it is named, else of all."""
    given = DropIn(codes=[code] if (code := request.form.get("code", "")) else [])
    try:
        rereading_acts.drop(services(), rereading_id, given, actor=current_actor())
    except ConflictError as refused:
        return _proposal_page(rereading_id, refused)
    tell(t("pages.rereading.dropped"))
    return _to(rereading_id)


def _page(refused: ArchiveError | None = None) -> Response:
    actor = current_actor()
    error, status = errors.shown(refused)
    page = render_template(
        "rereading/rereadings.html",
        here_key="rereading",
        error=error,
        compared=_compared(),
        proposals=[
            _shown(row) | {"href": url_for(".one", rereading_id=row.id)}
            for row in rereading_acts.list_rereadings(services(), actor=actor)
        ],
        models=[("", t("pages.rereading.model_now"))]
        + [(name, t(f"labels.ocr-model.{name}")) for name in MODELS],
        codes=request.form.get("codes", request.args.get("code", "")),
        model=request.form.get("model", ""),
        may_propose=access.may(actor, "rereading:propose"),
    )
    return make_response(page, status)


def _proposal_page(rereading_id: UUID, refused: ArchiveError | None = None) -> Response:
    actor = current_actor()
    given = lists.asked()
    row = rereading_acts.show_rereading(
        services(),
        rereading_id,
        actor=actor,
        limit=lists.PAGE_ROWS,
        offset=given.offset,
        lang=language(),
    )
    total = sum(row.documents.values())
    may_decide = access.may(actor, "rereading:adopt")
    error, status = errors.shown(refused)
    page = render_template(
        "rereading/rereading.html",
        here_key="rereading",
        error=error,
        compared=_compared(),
        proposal=_shown(row),
        documents=[
            _shown(item)
            | {
                "told_state": _state(item),
                "href": url_for("case_files.show", code=item.code, document=item.ordinal),
                "may_drop": may_decide and item.state == "read" and row.state == "ready",
            }
            for item in row.items
        ],
        may_adopt=may_decide and row.state == "ready" and "read" in row.documents,
        may_drop=may_decide and row.state in ("reading", "ready"),
        is_moving=row.state in ("reading", "adopting"),
        paging=lists.paging(given, len(row.items), total),
    )
    return make_response(page, status)


def _compared() -> list[dict[str, str]]:
    """The columns that show a figure before and after, as ``head`` takes them."""
    return [{"key": compared, "text": t(f"pages.rereading.{compared}")} for compared in COMPARED]


def _shown(row: RereadingDocument | RereadingItemDocument) -> dict[str, Any]:
    """With pairs of before and after as they are read, each below its heading."""
    pairs = [
        (column["text"], _pair(*row.before_and_after(column["key"]))) for column in _compared()
    ]
    more = {"tone": _TONES.get(row.state, ""), "is_worse": row.is_worse}
    return dict(row) | more | {"compared": pairs}


def _state(item: RereadingItemDocument) -> str:
    """In words; a text of the same engine was not read again."""
    if item.state == "same" and not item.pages:
        return t("pages.rereading.passed_over")
    return t(f"labels.rereading-item.{item.state}")


def _pair(before: float | None, after: float | None) -> str:
    figures = (number(value, language()) or "–" for value in (before, after))
    return t("pages.rereading.pair", **dict(zip(("before", "after"), figures, strict=True)))


def _to(rereading_id: UUID) -> Response:
    return make_response(redirect(url_for(".one", rereading_id=rereading_id), code=303))
