"""Bảng thời hạn: schedules that ship and those of the archive, their entries and differences."""

import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.domain.people.account import Actor
from archive_service.errors import ArchiveError
from archive_service.request import Body, current_actor, services, takes
from archive_service.web.errors import shown as refusal
from archive_service.web.file_answer import file_answer
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.refusals import at_fields, file_in_form
from archive_service.web.toasts import tell
from retention.schedules import acts as schedules_acts
from retention.schedules import papers as schedules_papers
from retention.schedules.documents import (
    RuleOut,
    ScheduleComparedDocument,
    ScheduleDocument,
    ScheduleWithRulesDocument,
)
from retention.schedules.files import HEAD
from retention.schedules.what_if.pages import told_on_page
from retention.terms.explain import term_told
from retention.terms.rules import EVENTS

bp = Blueprint(
    "retention_schedules",
    __name__,
    template_folder="../templates",
    url_prefix="/retention-schedules",
)

# Error → field of the decision.
_FIELDS = {
    "retention-schedule-reason": "reason",
    **{f"second-factor-{why}": "otp" for why in ("missing", "wrong", "paused", "resting")},
}
KINDS = ("years", "permanent", "event")


@bp.get("")
def show_list() -> str:
    """All schedules, by code."""
    return list_page()


@bp.post("")
@takes(Body.PAPER, "retention:load-schedule")
def load() -> Response:
    """Keep a file as a draft; its faults stand on the page, each with its line."""
    head = {name: request.form.get(name, "").strip() for name in HEAD}
    file = file_in_form("file", t("pages.schedules.file"))
    with tempfile.TemporaryDirectory(dir=services().work_folder, prefix="terms-") as folder:
        name = re.split(r"[/\\]", file.filename or "")[-1][-60:]
        path = Path(folder) / (name.strip(". ") or "bang.toml")
        file.save(path)
        schedule = schedules_acts.load(
            services(), path, head, actor=current_actor(), lang=language()
        )
    tell(t("pages.schedules.loaded", code=schedule["code"], edition=schedule["edition"]))
    return _to(schedule["id"])


@bp.get("/<name>")
def show(name: str) -> Response:
    """One schedule; beside another one that ``with`` names: what differs."""
    return schedule_page(name)


@bp.post("/<uuid:schedule_id>/decision")
def decide(schedule_id: UUID) -> Response:
    """Adopt a draft that another person loaded, or drop it."""
    adopt = request.form.get("adopt") == "1"
    reason = request.form.get("reason", "")
    try:
        schedule = schedules_acts.decide(
            services(),
            schedule_id,
            adopt=adopt,
            reason=reason,
            otp=request.form.get("otp"),
            actor=current_actor(),
        )
    except ArchiveError as refused:
        told_at = at_fields(refused, _FIELDS)
        dialog = "adopt" if adopt else "drop"
        return schedule_page(
            str(schedule_id),
            refused,
            dialog=dialog if told_at.faults else "",
            given=request.form if told_at.faults else None,
            faults=told_at.faults,
        )
    state = t(f"labels.schedule-state.{schedule['state']}")
    tell(
        t(
            "pages.schedules.decided",
            code=schedule["code"],
            edition=schedule["edition"],
            state=state,
        )
    )
    return _to(schedule["id"])


@bp.get("/<uuid:schedule_id>/paper.pdf")
def paper(schedule_id: UUID) -> Response:
    """The decision that adopts it, with the signature once it has one."""
    name, data = schedules_papers.read_paper(services(), schedule_id, actor=current_actor())
    return file_answer(data, name)


@bp.post("/<uuid:schedule_id>/signature")
def ask_signature(schedule_id: UUID) -> Response:
    """Give the decision out to who adopted it, where that is still to be done."""
    schedules_papers.ask_for_signature(services(), schedule_id, actor=current_actor())
    tell(t("pages.schedules.asked"))
    return _to(str(schedule_id))


def list_page(
    given: Mapping[str, str] = MappingProxyType({}),
    faults: Mapping[str, dict[str, str]] = MappingProxyType({}),
) -> str:
    """The list; with the form of a new draft that was refused open: its ``faults`` by field."""
    actor = current_actor()
    found = schedules_acts.list_all(services(), actor=actor)
    return render_template(
        "schedules/retention_schedules.html",
        here_key="schedules",
        schedules=found,
        may_load=access.may(actor, "retention:load-schedule"),
        given=given,
        faults=faults,
        asked=[(name, t(f"pages.schedules.head.{name}")) for name in HEAD if name != "note"],
    )


def schedule_page(
    name: str,
    refused: ArchiveError | None = None,
    *,
    dialog: str = "",
    given: Mapping[str, str] | None = None,
    faults: Mapping[str, dict[str, str]] = MappingProxyType({}),
) -> Response:
    """One schedule; with the form of a draft open as it was filled, and what is wrong by field."""
    actor = current_actor()
    schedule = schedules_acts.show(services(), name, actor=actor)
    others = [
        entry
        for entry in schedules_acts.list_all(services(), actor=actor)
        if _name(entry) != _name(schedule)
    ]
    beside = request.args.get("with", "")
    is_asked = beside not in ("", _name(schedule))
    differ = schedules_acts.compare(services(), beside, name, actor=actor) if is_asked else None
    problem, status = refusal(refused)
    edited = next(
        (rule.code for rule in schedule.rules if rule.code == request.args.get("edit")), ""
    )
    page = render_template(
        "schedules/retention_schedule.html",
        here_key="schedules",
        schedule=schedule,
        rules=[_row(rule) for rule in schedule.rules],
        others=[
            (_name(entry), f"{entry.title} ({entry.code}, {entry.edition})") for entry in others
        ],
        beside=beside if is_asked else _replaced(schedule, others),
        is_compared=differ is not None,
        differ=differ and _differences(differ),
        may=_may(schedule, actor),
        problem=None if faults else problem,
        paper=schedule.id and _paper(schedule.id, actor),
        try_out=schedule.id and told_on_page(schedule.id, schedule.state, actor=actor),
        dialog=dialog or request.args.get("dialog", "") or ("edit" if edited else ""),
        given=given or form_of(schedule, edited),
        faults=faults,
        asked=[(one, t(f"pages.schedules.head.{one}")) for one in HEAD if one != "note"],
        kinds=[(kind, t(f"pages.schedules.term_kinds.{kind}")) for kind in KINDS],
        events=[(event, t(f"labels.retention-event.{event}").capitalize()) for event in EVENTS],
    )
    return make_response(page, 422 if faults and refused is None else status)


def form_of(document: ScheduleWithRulesDocument, code: str) -> dict[str, str]:
    """What stands in the fields of an entry of a draft, or of its head where none is named."""
    rule = next((rule for rule in document.rules if rule.code == code), None)
    if rule is None:
        return {name: str(getattr(document, name) or "") for name in HEAD if name != "note"}
    kind = "permanent" if rule.permanent else "event" if rule.event else "years"
    given = {name: str(value) for name, value in rule if value is not None}
    return given | {"kind": kind, "was": code}


def _may(schedule: ScheduleDocument, actor: Actor) -> dict[str, bool]:
    """Which acts the page offers."""
    draft, own = schedule.state == "draft", schedule.loaded_by == actor.account
    loads = access.may(actor, "retention:load-schedule")
    decides = access.may(actor, "retention:adopt-schedule")
    return {
        "begin": loads,
        "edit": draft and loads and own,
        "drop": draft and (decides or (loads and own)),
        "adopt": draft and decides and not own,
    }


def _paper(schedule_id: UUID, actor: Actor) -> dict[str, Any] | None:
    paper = schedules_papers.paper_of(services(), schedule_id, actor=actor, lang=language())
    return paper.as_json() if paper else None


def _differences(differ: ScheduleComparedDocument) -> list[dict[str, str]]:
    """``{kind, code, title, before, after}`` of each entry that is not the same."""
    changed = [
        _row(rule.after)
        | {"kind": "changed", "before": _term(rule.before), "after": _term(rule.after)}
        for rule in differ.changed
    ]
    added = [_row(rule) | {"kind": "added", "before": "", "after": _term(rule)}
             for rule in differ.added]  # fmt: skip
    removed = [_row(rule) | {"kind": "removed", "before": _term(rule), "after": ""}
               for rule in differ.removed]  # fmt: skip
    return sorted([*changed, *added, *removed], key=lambda row: row["code"])


def _row(rule: RuleOut) -> dict[str, str]:
    words = {"code": rule.code, "title": rule.title, "article": rule.article}
    return words | {"term": _term(rule)}


def _term(rule: RuleOut) -> str:
    return term_told(dict(rule), language())


def _replaced(schedule: ScheduleDocument, others: list[ScheduleDocument]) -> str:
    """The edition in whose place this one stands, or would: of its code the last one before."""
    before = [
        ((other.valid_from, other.edition), _name(other))
        for other in others
        if other.code == schedule.code and other.state in ("shipped", "adopted")
    ]
    own = schedule.valid_from, schedule.edition
    return max((known for known in before if known[0] < own), default=(own, ""))[1]


def _name(schedule: ScheduleDocument) -> str:
    return str(schedule.id or schedule.code)


def _to(name: str) -> Response:
    return make_response(redirect(url_for(".show", name=name), code=303))
