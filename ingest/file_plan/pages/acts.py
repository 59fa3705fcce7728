"""Handlers of the forms on a file plan's page: change, amend, add to, copy and sign it."""

from collections.abc import Callable, Mapping
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, request, url_for

from archive_service.domain.agencies.file_plan import Numbering
from archive_service.errors import ConflictError, InputError, NotFoundError
from archive_service.request import PAGE_FIELDS, current_actor, services
from archive_service.web.layout import t
from archive_service.web.refusals import day_in_form
from archive_service.web.toasts import tell
from ingest.file_plan import edit_acts as edits
from ingest.file_plan.edit import Place
from ingest.file_plan.pages.file_plans import refused_page, year_of
from ingest.file_plan.papers import ask_for_signature

bp = Blueprint(
    "file_plan_acts",
    __name__,
    template_folder="../templates",
    url_prefix="/file-plans/<uuid:plan_id>",
)

_Refused = (InputError, ConflictError, NotFoundError)


@bp.post("/entries")
def add_entry(plan_id: UUID) -> Response:
    """Add an entry to the draft, last below its heading."""
    return _done(plan_id, "add", "added", lambda: _put(plan_id, None))


@bp.post("/entries/<uuid:entry_id>")
def change_entry(plan_id: UUID, entry_id: UUID) -> Response:
    """Change an entry of the draft."""
    return _done(plan_id, "edit", "changed", lambda: _put(plan_id, entry_id), entry_id)


@bp.post("/entries/<uuid:entry_id>/remove")
def remove_entry(plan_id: UUID, entry_id: UUID) -> Response:
    """Take an entry out of the draft."""

    def act() -> Mapping[str, object]:
        notation = edits.remove_entry(services(), plan_id, entry_id, actor=current_actor())
        return {"notation": notation}

    return _done(plan_id, "", "removed", act)


@bp.post("/entries/<uuid:entry_id>/move")
def move_entry(plan_id: UUID, entry_id: UUID) -> Response:
    """One step up or down, in front of another entry, or below another heading."""
    before, below = _id("before"), _id("heading_id")
    place = Place(below, before) if before or below else None
    by = -1 if request.form.get("by") == "-1" else 1

    def act() -> None:
        edits.move_entry(services(), plan_id, entry_id, actor=current_actor(), by=by, place=place)

    return _done(plan_id, "", "", act, entry_id)


@bp.post("/headings")
def add_heading(plan_id: UUID) -> Response:
    """Add a heading to the draft."""
    return _done(plan_id, "add-heading", "heading_added", lambda: _put_heading(plan_id, None))


@bp.post("/headings/<uuid:heading_id>")
def change_heading(plan_id: UUID, heading_id: UUID) -> Response:
    """Change a heading of the draft."""
    act = lambda: _put_heading(plan_id, heading_id)  # noqa: E731 - as the others
    return _done(plan_id, "edit-heading", "heading_changed", act)


@bp.post("/headings/<uuid:heading_id>/remove")
def remove_heading(plan_id: UUID, heading_id: UUID) -> Response:
    """Take a heading without entries out of the draft."""

    def act() -> None:
        edits.remove_heading(services(), plan_id, heading_id, actor=current_actor())

    return _done(plan_id, "", "heading_removed", act)


@bp.post("/renumber")
def renumber(plan_id: UUID) -> Response:
    """Number the draft anew, from 01 on."""
    numbering = Numbering.HEADING if request.form.get("numbering") == "heading" else Numbering.PLAN

    def act() -> Mapping[str, object]:
        number = request.form.get("number", "")
        if number:
            edits.set_number(services(), plan_id, number, actor=current_actor())
        changed = edits.renumber(services(), plan_id, numbering, actor=current_actor())
        return {"changed": changed}

    return _done(plan_id, "renumber", "renumbered", act)


@bp.post("/copy")
def copy(plan_id: UUID) -> Response:
    """A draft of another year; it is opened."""
    chosen = request.form.getlist("notation") if request.form.get("some") else None
    try:
        new_id = edits.copy(
            services(),
            plan_id,
            year_of(request.form.get("year", "").strip()),
            actor=current_actor(),
            notations=chosen,
            new_titles=bool(request.form.get("new_titles")),
        )
    except _Refused as refused:
        return refused_page(plan_id, refused, dialog="copy", given=_given())
    tell(t("pages.file_plan.told.copied"))
    return make_response(redirect(url_for("file_plans.show", plan_id=new_id), code=303))


@bp.post("/outside")
def open_outside(plan_id: UUID) -> Response:
    """Open a case file that the plan did not foresee."""

    def act() -> Mapping[str, object]:
        return edits.open_outside(
            services(),
            plan_id,
            _given(),
            started_on=day_in_form("started_on", t("pages.file_plan.started_on")),
            actor=current_actor(),
            heading_id=_id("heading_id"),
        )

    return _done(plan_id, "outside", "opened", act)


@bp.post("/amendment")
def begin_amendment(plan_id: UUID) -> Response:
    """Open the draft that amends the plan."""
    reason = request.form.get("reason", "")

    def act() -> None:
        edits.begin_amendment(services(), plan_id, reason, actor=current_actor())

    return _done(plan_id, "begin", "amendment_begun", act)


@bp.post("/amendment/changes")
def put_change(plan_id: UUID) -> Response:
    """Add, change or drop an entry by the amendment."""
    kind = request.form.get("kind", "")
    kind = kind if kind in ("add", "change", "drop") else "change"

    def act() -> Mapping[str, object]:
        edits.put_change(
            services(),
            plan_id,
            kind,
            _given(),
            actor=current_actor(),
            heading_id=_id("heading_id"),
        )
        return {"notation": request.form.get("notation", "")}

    dialog = {"add": "add", "change": "edit", "drop": ""}[kind]
    return _done(plan_id, dialog, "noted", act)


@bp.post("/amendment/take-back")
def take_back(plan_id: UUID) -> Response:
    """Take back the change of one entry."""
    notation = request.form.get("notation", "")

    def act() -> Mapping[str, object]:
        edits.take_back_change(services(), plan_id, notation, actor=current_actor())
        return {"notation": notation}

    return _done(plan_id, "", "taken_back", act)


@bp.post("/amendment/discard")
def discard_amendment(plan_id: UUID) -> Response:
    """Throw the amendment away."""

    def act() -> None:
        edits.discard_amendment(services(), plan_id, actor=current_actor())

    return _done(plan_id, "", "discarded", act)


@bp.post("/amendment/approve")
def approve_amendment(plan_id: UUID) -> Response:
    """Put the amendment in force; its act lies in every copy before this answers."""

    def act() -> Mapping[str, object]:
        return {"version": edits.approve_amendment(services(), plan_id, actor=current_actor())}

    return _done(plan_id, "", "amended", act)


@bp.post("/sign")
def ask_to_sign(plan_id: UUID) -> Response:
    """Give the paper out, to the head's own key or to the agency's seal."""
    account, _, kind = request.form.get("signer", "").partition("|")

    def act() -> Mapping[str, object]:
        return ask_for_signature(
            services(), plan_id, account=account, with_seal=kind == "seal", actor=current_actor()
        ).as_json()

    return _done(plan_id, "sign", "asked", act)


def _done(
    plan_id: UUID,
    dialog: str,
    message: str,
    act: Callable[[], Mapping[str, object] | None],
    entry_id: UUID | None = None,
) -> Response:
    """Act, say so, and show the page as it stood; what is refused stands open in its form."""
    try:
        facts = act() or {}
    except _Refused as refused:
        given = _given() | ({"id": str(entry_id)} if entry_id else {})
        return refused_page(plan_id, refused, dialog=dialog, given=given)
    if message:
        tell(t(f"pages.file_plan.told.{message}", **facts))
    kept = {
        name: request.args[name]
        for name in ("show", "q", "heading", "cursor")
        if name in request.args
    }
    anchor = f"entry-{entry_id}" if entry_id else None
    address = url_for("file_plans.show", plan_id=plan_id, _anchor=anchor, **kept)  # type: ignore[arg-type]  # texts all
    return make_response(redirect(address, code=303))


def _given() -> dict[str, str]:
    return {name: value for name, value in request.form.items() if name not in PAGE_FIELDS}


def _put(plan_id: UUID, entry_id: UUID | None) -> dict[str, str]:
    heading_id = _id("heading_id")
    moved = request.form.get("heading_id", "") != request.form.get("heading_was", "")
    place = Place(heading_id) if entry_id is None or moved else None
    notation = edits.put_entry(
        services(), plan_id, _given(), actor=current_actor(), entry_id=entry_id, place=place
    )
    return {"notation": notation}


def _put_heading(plan_id: UUID, heading_id: UUID | None) -> None:
    edits.put_heading(
        services(),
        plan_id,
        _given(),
        actor=current_actor(),
        heading_id=heading_id,
        after=_id("after"),
    )


def _id(name: str) -> UUID | None:
    text = request.form.get(name, "")
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
