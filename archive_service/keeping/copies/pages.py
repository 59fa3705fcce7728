"""Các kho: every copy, retired ones too, and what became of the media of those."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.domain.keeping.enrolled_copy import CopyStanding, MediumFate
from archive_service.errors import ArchiveError, ConflictError, InputError
from archive_service.keeping.copies.listing import list_copies
from archive_service.keeping.copies.media import MediumDayError, Statement, tell_medium
from archive_service.problem import status_of
from archive_service.request import current_actor, services
from archive_service.web.errors import problem_on_page
from archive_service.web.layout import t
from archive_service.web.refusals import FormFieldError, day_in_form
from archive_service.web.toasts import tell

bp = Blueprint("copies", __name__, template_folder="templates", url_prefix="/system/copies")


@bp.get("")
def show() -> Response:
    """How each stands, and of those that were retired what was stated of the medium."""
    return _page()


def _page(refused: ArchiveError | None = None) -> Response:
    actor = current_actor()
    copies = [copy.as_json() for copy in list_copies(services(), actor=actor)]
    errors = {}
    if refused is not None:
        errors[_field_of(refused)] = problem_on_page(refused)
    shown = render_template(
        "copies/copies.html",
        here_key="system",
        title=t("pages.copies.title"),
        tab="overview",
        lead=t("pages.copies.lead"),
        copies=copies,
        retired=[copy["name"] for copy in copies if copy["state"] == CopyStanding.RETIRED],
        fates=[
            (medium_fate.value, t(f"labels.medium-fate.{medium_fate.value}"))
            for medium_fate in MediumFate
        ],
        may_tell=access.may(actor, "copy:tell-medium"),
        given=request.form if refused else {},
        errors=errors,
    )
    return make_response(shown, status_of(refused) if refused else 200)


@bp.post("/medium")
def medium() -> Response:
    """State what became of the medium of a retired copy; a refusal stands at its field."""
    form = request.form
    name = form.get("name", "")
    try:
        words = {field: form.get(field, "") for field in ("by", "how", "minutes")}
        statement = Statement(fate=_fate(), on=day_in_form("on", t("pages.copies.on")), **words)
        tell_medium(services(), name, statement, actor=current_actor())
    except (InputError, ConflictError) as refused:
        return _page(refused)
    tell(t("pages.copies.told", name=name))
    return make_response(redirect(url_for(".show"), code=303))


def _field_of(refused: ArchiveError) -> str:
    if isinstance(refused, MediumDayError):
        return "on"
    return str(refused.facts.get("at") or refused.facts.get("field") or "name")


def _fate() -> MediumFate:
    try:
        return MediumFate(request.form.get("fate", ""))
    except ValueError:
        raise FormFieldError(field=t("pages.copies.fate"), at="fate") from None
