"""Hệ thống: incidents, backends, copies and coverage; agencies; accounts."""

import math
from collections.abc import Callable
from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access, clock
from archive_service.accounts.acts import AccountRoleError, roles_given
from archive_service.accounts.adding import agency_choices
from archive_service.accounts.gains.acts import (
    NewAccount,
    close_account,
    enable_account,
    new_account,
)
from archive_service.accounts.gains.rules import waiting_gain
from archive_service.accounts.listing import SORTS as ACCOUNT_SORTS
from archive_service.accounts.listing import find_accounts
from archive_service.accounts.own_password import reset_password
from archive_service.accounts.passwords import make_password
from archive_service.accounts.person_name import LONGEST_NAME
from archive_service.accounts.renaming import rename_account
from archive_service.accounts.unlocking import unlock
from archive_service.background_jobs.view import queues
from archive_service.catalogue.agencies.acts import agency_id_of, enlist_agency
from archive_service.catalogue.agencies.listing import SORTS as AGENCY_SORTS
from archive_service.catalogue.agencies.listing import find_agencies, served_agencies
from archive_service.domain.people.account import Account, Role
from archive_service.errors import ArchiveError, ConflictError, InputError
from archive_service.keeping.fixity.counted import CELLS
from archive_service.notices.contact import POSITION_LENGTH, Contact, change_account
from archive_service.notices.incidents import list_incidents
from archive_service.notices.pages.incidents import ShownIncident, shown_incidents, shown_reports
from archive_service.oversight.reporting.showing import running_reports
from archive_service.overview.backends import backend_rows
from archive_service.overview.copies_at_a_glance import copies_held, coverage, incidents
from archive_service.overview.index_at_a_glance import index_glance
from archive_service.problem import status_of
from archive_service.request import current_actor, services
from archive_service.status.documents import BackendDocument
from archive_service.status.health import state_of, status_document
from archive_service.status.production import production_document
from archive_service.web import lists
from archive_service.web.display import number, percent, size
from archive_service.web.errors import problem_on_page
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.refusals import FormFieldError, day_in_form
from archive_service.web.toasts import tell
from archive_service.workflow.upkeep import upkeep

bp = Blueprint("system", __name__, template_folder="templates", url_prefix="/system")

# Those of command line and worker are no account's.
_ROLES = tuple(role for role in Role if role not in (Role.OPERATOR, Role.WORKER))


@bp.get("")
def overview() -> str:
    """What is in trouble first, then what everything rests on."""
    actor = current_actor()
    archive = services()
    status = status_document(archive, actor=actor)
    with archive.read_only() as session:
        told = shown_incidents(session, list_incidents(session, actor=actor))
        running = shown_reports(session, running_reports(session, actor=actor))
    silent = [
        row
        for row in status.backends
        if state_of(row) in ("down", "failed") and not _is_told(row, told)
    ]
    troubles = incidents(archive, silent, actor=actor, lang=language())
    held = copies_held(archive, actor=actor)
    covered = coverage(archive, actor=actor)
    counts = status.counts
    lang = language()
    return render_template(
        "overview/overview.html",
        here_key="system",
        tab="overview",
        lead=t("pages.system.lead_open", count=number(len(troubles) + len(told), lang))
        if troubles or told
        else t("pages.system.lead_good"),
        at=clock.iso(clock.now()),
        incidents=[
            _incident(trouble, opens=access.may(actor, "case-file:list")) for trouble in troubles
        ],
        told=told,
        running=running,
        may_take=access.may(actor, "incident:take"),
        backends=backend_rows(status),
        copies=held,
        upkeep=upkeep(archive, actor=actor),
        needs=production_document(archive, actor=actor, lang=lang).needs,
        queues=[
            dict(queue) | {"name": t(f"labels.jobs.{queue.name}")}
            for queue in queues(archive, actor=actor)
        ],
        index=index_glance(archive, actor=actor),
        coverage=[_covered(copy) for copy in covered],
        coverage_note=_coverage_note(max((copy["whole"] for copy in covered), default=0)),
        totals=""
        if counts is None  # the database answers now, and did not when it was asked how it is
        else t(
            "pages.system.totals",
            case_files=number(counts["case_files"], lang),
            size=size(counts["bytes"], lang),
        ),
    )


@bp.get("/agencies")
def agencies() -> Response:
    """Every identifier of the agencies that are served."""
    return _agencies()


def _agencies(refused: ArchiveError | None = None) -> Response:
    actor = current_actor()
    access.require(actor, "agency:add")
    given = lists.asked("code", AGENCY_SORTS)
    with services().read_only() as session:
        rows, total = find_agencies(
            session,
            actor=actor,
            text=given.text,
            sort=given.sort,
            limit=lists.PAGE_ROWS,
            offset=given.offset,
        )
        known = served_agencies(session)
    shown = render_template(
        "overview/agencies.html",
        here_key="agencies",
        tab="agencies",
        lead=t("pages.agencies.lead"),
        tools=lists.tools(given, exports=False),
        agencies=rows,
        known=[("", ""), *((code, f"{code} {name}") for code, name in known)],
        total=total,
        sort=given.sort,
        paging=lists.paging(given, len(rows), total),
        **_typed(refused, "code"),
    )
    return make_response(shown, status_of(refused) if refused else 200)


@bp.post("/agencies")
def add_agency() -> Response:
    """An agency with its fonds and seal, or a new identifier of one that is there."""
    form = request.form
    try:
        agency, new = enlist_agency(
            services(),
            _needed("code", "columns.agency_code"),
            _needed("name", "pages.agencies.name"),
            actor=current_actor(),
            valid_from=day_in_form("valid_from", t("pages.agencies.valid_from"))
            if form.get("valid_from", "").strip()
            else None,
            same_as=form.get("same_as", "").strip() or None,
            successor_of=form.get("successor_of", "").strip() or None,
        )
    except (InputError, ConflictError) as refused:
        return _agencies(refused)
    text = "pages.agencies.added" if new else "pages.agencies.there"
    tell(t(text, code=agency.code))
    return make_response(redirect(url_for(".agencies"), code=303))


@bp.get("/accounts")
def accounts() -> Response:
    """Who may do what, for which agency."""
    return _accounts()


def _accounts(refused: ArchiveError | None = None, position_of: str = "") -> Response:
    """The list; ``position_of``: whose post was refused, if it is not a new account that was."""
    actor = current_actor()
    given = lists.asked("name", tuple(ACCOUNT_SORTS))
    role = lists.choice("role", [role.value for role in _ROLES])
    with services().read_only() as session:
        rows, total = find_accounts(
            session,
            actor=actor,
            text=given.text,
            role=Role(role) if role else None,
            sort=given.sort,
            limit=lists.PAGE_ROWS,
            offset=given.offset,
            idle_days=services().settings.web.idle_account_days,
        )
        agencies = agency_choices(session, actor=actor, lang=language())
    roles = [
        (one.value, t(f"labels.roles.{one.value}")) for one in _ROLES if one in roles_given(actor)
    ]
    choices: list[dict[str, Any]] = [
        {
            "name": "role",
            "label": t("columns.role"),
            "options": lists.options("pages.accounts.any_role", roles),
            "value": role,
        }
    ]
    shown = render_template(
        "overview/accounts.html",
        here_key="accounts",
        tab="accounts",
        lead=t("pages.accounts.lead"),
        tools=lists.tools(given, choices, exports=False),
        accounts=rows,
        roles=roles,
        agencies=agencies,
        total=total,
        sort=given.sort,
        paging=lists.paging(given, len(rows), total),
        asked=_asked(),
        position_of=position_of,
        longest_position=POSITION_LENGTH,
        longest_name=LONGEST_NAME,
        **_typed(refused, "position" if position_of else "name"),
    )
    return make_response(shown, status_of(refused) if refused else 200)


@bp.post("/accounts")
def add_account() -> Response:
    """A new account; its first password stands on this answer alone and nowhere else."""
    password = make_password()
    try:
        account = _new_account(password)
    except (InputError, ConflictError) as refused:
        return _accounts(refused)
    return _password_shown(password, account)


def _password_shown(password: str, account: dict[str, Any], *, once: bool = False) -> Response:
    """The answer that tells it; ``once``: it is good for one sign-in."""
    shown = render_template(
        "overview/account_added.html",
        here_key="accounts",
        tab="accounts",
        lead=t("pages.accounts.lead"),
        password=password,
        once=once,
        **account,
    )
    return make_response(shown)


def _new_account(password: str) -> dict[str, Any]:
    role = request.form.get("role", "")
    if role not in [one.value for one in _ROLES]:
        raise FormFieldError(field=t("columns.role"), at="role")
    agency_id = agency_id_of(services(), request.form.get("agency", "").strip() or None)
    with services().unit_of_work() as uow:
        wanted = NewAccount(
            name=_needed("name", "pages.sign_in.name"),
            role=Role(role),
            agency_id=agency_id,
            display_name=request.form.get("display_name", "").strip(),
            password=password,
            once=True,
        )
        account = new_account(wanted, actor=current_actor(), uow=uow)
        uow.commit()
        return _account(account)


def _account(row: Account) -> dict[str, Any]:
    return {
        "name": row.name,
        "full_name": row.display_name,
        "role": row.role.value,
        "waits": not row.active,
    }


@bp.post("/accounts/<name>/disable")
def disable_account(name: str) -> Response:
    """Nobody signs in with it any more, from now on."""
    return _changed(name, close_account, "pages.accounts.disabled")


@bp.post("/accounts/<name>/enable")
def enable_again(name: str) -> Response:
    """Its person signs in again; old sessions and tokens stay ended."""
    return _changed(name, enable_account, "pages.accounts.enabled")


@bp.post("/accounts/<name>/unlock")
def unlock_account(name: str) -> Response:
    """Wrong tries of this name count no more: its person signs in at once."""
    done = unlock(services(), name, actor=current_actor())
    tell(t("pages.accounts.unlocked" if done.tries else "pages.accounts.not_locked", name=name))
    return make_response(redirect(url_for(".accounts"), code=303))


def _changed(name: str, change: Callable[..., Account], text: str) -> Response:
    with services().unit_of_work() as uow:
        row = change(name, actor=current_actor(), uow=uow)
        waits = waiting_gain(uow.session, row) is not None
        uow.commit()
    tell(t("pages.accounts.enabling" if waits else text, name=name))
    return make_response(redirect(url_for(".accounts"), code=303))


@bp.post("/accounts/<name>/password")
def set_password_anew(name: str) -> Response:
    """A password good for one sign-in; it stands on this answer alone and nowhere else."""
    with services().unit_of_work() as uow:
        days = services().settings.web.idle_account_days
        row, password = reset_password(name, actor=current_actor(), uow=uow, idle_days=days)
        uow.commit()
        return _password_shown(password, _account(row), once=True)


@bp.post("/accounts/<name>/position")
def set_position(name: str) -> Response:
    """The name of this person, and the post that papers name where they sign."""
    form, actor = request.form, current_actor()
    try:
        with services().unit_of_work() as uow:
            if "display_name" in form:
                rename_account(name, form["display_name"], actor=actor, uow=uow)
            wanted = Contact(position=form.get("position", ""))
            change_account(name, wanted, actor=actor, uow=uow)
            uow.commit()
    except InputError as refused:
        return _accounts(refused, position_of=name)
    tell(t("pages.accounts.position_set", name=name))
    return make_response(redirect(url_for(".accounts", **_asked()), code=303))


def _asked() -> dict[str, Any]:
    """How the list of accounts was narrowed and sorted, for who comes back to it."""
    return {
        key: request.args[key] for key in ("q", "role", "sort", "cursor") if key in request.args
    }


def _incident(incident: dict[str, Any], *, opens: bool) -> dict[str, Any]:
    href = ""
    if incident.get("job"):
        href = url_for("jobs.show_list", q=incident["place"] or None)
    elif incident.get("case_file") and opens:
        href = url_for("case_files.show", code=incident["case_file"], _anchor="copies")
    return incident | {"href": href}


def _is_told(row: BackendDocument, told: list[ShownIncident]) -> bool:
    """Whether an incident says already that this backend is silent: it is not said twice."""
    kind = {
        "copy": "copy-unreachable",
        "search": "search-silent",
        "malware": "scanner-silent",
        "work": "broker-silent",
        "mail": "mail-silent",
    }.get(row.port)
    name = row.name.partition(":")[2]
    return any(incident.kind == kind and name in ("", incident.subject) for incident in told)


def _covered(copy: dict[str, Any]) -> dict[str, Any]:
    lang = language()
    share = (
        percent(math.floor(100 * copy["recent"] / copy["whole"]) / 100, lang)
        if copy["whole"]
        else "–"
    )
    words = t("pages.system.covered", share=share)
    if copy["damaged"]:
        words += ", " + t("pages.system.covered_bad", count=number(copy["damaged"], lang))
    return {"name": copy["name"], "words": words, "cells": copy["cells"]}


def _coverage_note(case_files: int) -> str:
    """What a square of the picture stands for."""
    if case_files <= CELLS:
        return t("pages.system.coverage_note_each")
    return t("pages.system.coverage_note", share=percent(1 / CELLS, language()))


def _typed(refused: ArchiveError | None, first: str) -> dict[str, Any]:
    """What was typed into a form that was refused, and why, at its field or else the first."""
    if refused is None:
        return {"given": {}, "errors": {}}
    place = "agency" if isinstance(refused, AccountRoleError) else refused.facts.get("at", first)
    problem = problem_on_page(refused)
    return {"given": request.form, "errors": {place: problem}}


def _needed(field: str, label: str) -> str:
    """The text of a field that must not be empty; ``label`` is the key of its name."""
    given = request.form.get(field, "").strip()
    if not given:
        raise FormFieldError(field=t(label), at=field)
    return given
