"""Bảng thời hạn: schedules that ship and those of the archive, their entries and differences."""

import re
import tempfile
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.errors import ArchiveError
from archive_service.request import current_actor, services
from archive_service.web.errors import shown as refusal
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.toasts import tell
from archive_service.web.what_if import told_on_page
from archive_service.workflow import schedules
from retention.explain import term_told
from retention.schedule_files import HEAD

bp = Blueprint("retention_schedules", __name__, url_prefix="/retention-schedules")


@bp.get("")
def show_list() -> Response:
    """All schedules, by code."""
    return _list()


@bp.post("")
def load() -> Response:
    """Keep a file as a draft; its faults stand on the page, each with its line."""
    file = request.files.get("file")
    head = {name: request.form.get(name, "").strip() for name in HEAD}
    try:
        with tempfile.TemporaryDirectory(dir=services().work_folder, prefix="terms-") as folder:
            name = re.split(r"[/\\]", (file.filename or "") if file else "")[-1][-60:]
            path = Path(folder) / (name.strip(". ") or "bang.toml")
            path.touch() if file is None else file.save(path)
            told = schedules.load(services(), path, head, actor=current_actor(), lang=language())
    except ArchiveError as refused:
        return _list(refused)
    tell(t("pages.schedules.loaded", code=told["code"], edition=told["edition"]))
    return _to(told["id"])


@bp.get("/<name>")
def show(name: str) -> Response:
    """One schedule; beside another one that ``with`` names: what differs."""
    return _one(name)


@bp.post("/<uuid:schedule_id>/decision")
def decide(schedule_id: UUID) -> Response:
    """Adopt a draft that another person loaded, or drop it."""
    adopt = request.form.get("adopt") == "1"
    reason = request.form.get("reason", "")
    try:
        told = schedules.decide(
            services(),
            schedule_id,
            adopt=adopt,
            reason=reason,
            otp=request.form.get("otp"),
            actor=current_actor(),
        )
    except ArchiveError as refused:
        return _one(str(schedule_id), refused)
    state = t(f"labels.schedule-state.{told['state']}")
    tell(t("pages.schedules.decided", code=told["code"], edition=told["edition"], state=state))
    return _to(told["id"])


def _list(refused: ArchiveError | None = None) -> Response:
    actor = current_actor()
    found = schedules.list_all(services(), actor=actor)
    problem, status = refusal(refused)
    page = render_template(
        "pages/retention_schedules.html",
        here_key="schedules",
        schedules=found,
        may_load=access.may(actor, "retention:load-schedule"),
        problem=problem,
        given=request.form if refused else {},
        asked=[(one, t(f"pages.schedules.head.{one}")) for one in HEAD if one != "note"],
    )
    return make_response(page, status)


def _one(name: str, refused: ArchiveError | None = None) -> Response:
    actor = current_actor()
    told = schedules.show(services(), name, actor=actor)
    others = [
        (_name(one), f"{one['title']} ({one['code']}, {one['edition']})")
        for one in schedules.list_all(services(), actor=actor)
        if _name(one) != name
    ]
    beside = request.args.get("with", "")
    differ = schedules.compare(services(), beside, name, actor=actor) if beside else None
    problem, status = refusal(refused)
    waits = told["state"] == "draft" and access.may(actor, "retention:adopt-schedule")
    page = render_template(
        "pages/retention_schedule.html",
        here_key="schedules",
        schedule=told,
        rules=[_row(rule) for rule in told["rules"]],
        others=others,
        beside=beside,
        differ=differ and _differences(differ),
        may_drop=waits,
        may_adopt=waits and told["loaded_by"] != actor.account,
        problem=problem,
        try_out=told["id"] and told_on_page(UUID(told["id"]), told["state"], actor=actor),
    )
    return make_response(page, status)


def _differences(differ: dict[str, Any]) -> list[dict[str, str]]:
    """``{kind, code, title, before, after}`` of each entry that is not the same."""
    changed = [
        _row(one["after"])
        | {"kind": "changed", "before": _term(one["before"]), "after": _term(one["after"])}
        for one in differ["changed"]
    ]
    added = [_row(one) | {"kind": "added", "before": "", "after": _term(one)}
             for one in differ["added"]]  # fmt: skip
    removed = [_row(one) | {"kind": "removed", "before": _term(one), "after": ""}
               for one in differ["removed"]]  # fmt: skip
    return sorted([*changed, *added, *removed], key=lambda one: one["code"])


def _row(rule: dict[str, Any]) -> dict[str, str]:
    words = {name: str(rule.get(name, "")) for name in ("code", "title", "article")}
    return words | {"term": _term(rule)}


def _term(rule: dict[str, Any]) -> str:
    return term_told(rule, language())


def _name(one: dict[str, Any]) -> str:
    return str(one["id"] or one["code"])


def _to(name: str) -> Response:
    return make_response(redirect(url_for(".show", name=name), code=303))
