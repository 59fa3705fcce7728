"""Danh mục hồ sơ: plans by agency and year, one opened with its entries; imported and approved."""

import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from archive_service import access, clock
from archive_service.domain.account import Actor
from archive_service.domain.file_plan import FilePlanState
from archive_service.errors import InputError
from archive_service.request import current_actor, services
from archive_service.schemas.problem import problem_of
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.toasts import tell
from archive_service.workflow.file_plans import (
    agencies_for,
    approve_plan,
    import_plan,
    open_plan,
    plan_heads,
)

bp = Blueprint("file_plans", __name__, url_prefix="/file-plans")

_EARLIEST = 1945


@bp.get("")
@bp.get("/<uuid:plan_id>")
def show_list(plan_id: UUID | None = None) -> str:
    """The plans; one of them opened."""
    return _page(plan_id)


@bp.post("/import")
def take() -> Response:
    """Read a plan as a draft and open it, with all that was seen while reading."""
    actor = current_actor()
    access.require(actor, "file-plan:import")
    given = {name: request.form.get(name, "").strip() for name in ("agency", "year")}
    try:
        plan = _import(given["agency"], given["year"], actor)
    except InputError as refused:
        problem = problem_of(refused, lang=language(), web=True)
        error = {"message": problem.message, "remedy": problem.remedy}
        return make_response(_page(None, given=given, error=error), problem.status)
    return make_response(_page(UUID(plan["id"]), findings=plan["findings"]))


@bp.post("/<uuid:plan_id>/approve")
def approve(plan_id: UUID) -> Response:
    """Put a draft in force; its act lies in every copy before this answers."""
    plan = approve_plan(services(), plan_id, actor=current_actor())
    words = t("pages.file_plans.approved", agency=plan["agency"], year=plan["year"])
    tell(words)
    return make_response(redirect(url_for(".show_list", plan_id=plan_id), code=303))


class FilePlanYearError(InputError):
    """No year of a file plan."""

    code = "file-plan-year"


def _import(agency: str, year: str, actor: Actor) -> dict[str, Any]:
    if not year.isdecimal() or not _EARLIEST <= int(year) <= clock.today().year + 1:
        raise FilePlanYearError(year=year)
    file = request.files.get("file")
    with tempfile.TemporaryDirectory(dir=services().work_folder, prefix="plan-") as folder:
        path = Path(folder) / "danh-muc.xlsx"
        if file is None:
            path.touch()
        else:
            file.save(path)
        return import_plan(
            services(), path, agency=agency, year=int(year), actor=actor, lang=language()
        )


def _page(
    plan_id: UUID | None,
    *,
    findings: list[dict[str, str]] | None = None,
    given: dict[str, str] | None = None,
    error: dict[str, str] | None = None,
) -> str:
    actor = current_actor()
    access.require(actor, "file-plan:list")
    heads = plan_heads(services(), actor=actor)
    if plan_id is None and heads:
        plan_id = UUID(heads[0]["id"])
    opened = open_plan(services(), plan_id, actor=actor) if plan_id else None
    may_import = access.may(actor, "file-plan:import")
    approvable = opened is not None and opened["state"] == FilePlanState.DRAFT.value
    return render_template(
        "pages/file_plans.html",
        here_key="file-plans",
        plans=[_head(head, plan_id) for head in heads],
        plan=opened and opened | {"findings": findings or []},
        may={
            "import": may_import,
            "approve": approvable and access.may(actor, "file-plan:approve"),
        },
        agencies=agencies_for(services(), actor=actor) if may_import else [],
        given={"agency": "", "year": str(clock.today().year)} | (given or {}),
        error=error,
    )


def _head(head: dict[str, Any], plan_id: UUID | None) -> dict[str, Any]:
    return head | {
        "href": url_for(".show_list", plan_id=head["id"]),
        "current": head["id"] == str(plan_id),
    }
