"""Acts on the desk: what a form says becomes one act, and the page it was about is shown again."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, request, url_for

from archive_service import access, messages
from archive_service.errors import NotFoundError
from archive_service.problem import HttpRefusedError
from archive_service.request import Body, current_actor, services, takes
from archive_service.web.display import number
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.numbers import number_or_none
from archive_service.web.refusals import file_in_form
from archive_service.web.toasts import tell
from digitize.batches.desk import acts as desk_acts
from digitize.batches.desk import strip as desk_strip
from digitize.batches.desk.changes import ALL, EditInvalidError
from digitize.batches.desk.documents import EditDone
from digitize.batches.desk.given import Rejection, SeenEdit
from digitize.batches.desk.page_parts import box_asked
from digitize.proofreading import corrections

bp = Blueprint(
    "scanning_acts",
    __name__,
    template_folder="../templates",
    url_prefix="/scanning/batches/<batch>",
)

Facts = dict[str, Any]


@bp.post("/release")
def release(batch: str) -> Response:
    """Its pages go into the case file."""

    def act() -> str:
        done = desk_acts.release(services(), batch, actor=current_actor())
        pages = number(done.pages, language())
        return t("pages.scanning.done_release", number=batch, pages=pages)

    return _shown(batch, act)


@bp.post("/reject")
def reject(batch: str) -> Response:
    """Nothing of it goes anywhere, and its station is told why."""

    def act() -> str:
        given = Rejection(reason=request.form.get("reason", ""))
        desk_acts.reject(services(), batch, given, actor=current_actor())
        return t("pages.scanning.done_reject", number=batch)

    return _shown(batch, act)


@bp.post("/undo")
def undo(batch: str) -> Response:
    """Take the last act back."""
    return _shown(batch, lambda: _label("done_undo", desk_acts.undo, batch))


@bp.post("/redo")
def redo(batch: str) -> Response:
    """Do again what was undone last."""
    return _shown(batch, lambda: _label("done_redo", desk_acts.redo, batch))


@bp.post("/word")
def word(batch: str) -> Response:
    """One word of the large page is put right, in the layer of its own."""

    def act() -> str:
        correction = corrections.Correction(
            box_asked(), request.form.get("was", ""), request.form.get("becomes", "")
        )
        corrections.correct_words(services(), _page_id(), [correction], actor=current_actor())
        return t("pages.scanning.done_word", becomes=correction.becomes)

    return _shown(batch, act)


@bp.post("/word-back")
def word_back(batch: str) -> Response:
    """A word that was put right counts as it was read again."""

    def act() -> str:
        try:
            correction = UUID(request.form.get("correction", ""))
        except ValueError:
            raise HttpRefusedError(400) from None
        corrections.take_back(services(), correction, _page_id(), actor=current_actor())
        return t("pages.scanning.done_word_back")

    return _shown(batch, act)


@bp.post("/<kind>")
@takes(Body.FILES, "batch:edit")
def edit(batch: str, kind: str) -> Response:
    """Any act that is kept with what it changed, and can be undone."""
    if kind not in _FACTS:
        raise HttpRefusedError(404)

    def act() -> str:
        facts = _FACTS[kind](batch)
        actor = current_actor()
        if kind in desk_acts.WITH_FILE:
            file = file_in_form("files", t("pages.scanning.image"))
            done = desk_acts.edit_with_file(
                services(),
                batch,
                kind,
                facts,
                name=file.filename or "",
                source=file.stream,
                actor=actor,
            )
        else:
            done = desk_acts.edit(services(), batch, kind, facts, actor=actor)
        label = messages.label("scan-edits", done.kind, language())
        return t(f"pages.scanning.done_{kind}" if kind in _TOLD else _DONE, label=label)

    return _shown(batch, act, following=request.form.get("next", ""))


def _shown(batch: str, act: Callable[[], str], *, following: str = "") -> Response:
    """The batch again, with one line of what was done."""
    access.require(current_actor(), "batch:edit")  # before a word of the form is looked at
    tell(act())
    page = _standing(following or request.form.get("page", ""))
    where = url_for("scanning_batch.show", batch=batch, page=page or None)
    return make_response(redirect(where, code=303))


def _standing(page: str) -> str:
    """The page that stands for one that was replaced; none for one that was taken out."""
    if not page:
        return ""
    try:
        return desk_strip.page_standing(services(), page, actor=current_actor()) or ""
    except NotFoundError:
        return ""


def _label(key: str, act: Callable[..., EditDone], batch: str) -> str:
    done = act(services(), batch, SeenEdit(edit=_number("edit")), actor=current_actor())
    return t(f"pages.scanning.{key}", label=messages.label("scan-edits", done.kind, language()))


def _page() -> str:
    return request.form.get("page", "")


def _page_id() -> UUID:
    try:
        return UUID(_page())
    except ValueError:
        raise HttpRefusedError(400) from None


def _number(name: str) -> int | None:
    return number_or_none(name)


def _about_page(_batch: str) -> Facts:
    return {"page": _page()}


def _with_reason(_batch: str) -> Facts:
    return {"page": _page(), "reason": request.form.get("reason", "")}


def _rotate(_batch: str) -> Facts:
    return {"page": _page(), "turn": _number("by") or 0}


def _move(batch: str) -> Facts:
    """Behind the page of the number that was typed; 0 is the head of the batch."""
    wanted = _number("after") or 0
    if not wanted:
        return {"page": _page()}
    behind = desk_strip.page_numbered(services(), batch, wanted, actor=current_actor())
    if behind is None:
        raise EditInvalidError(what=t("pages.scanning.move_after"), value=wanted)
    return {"page": _page(), "after": behind}


def _insert(_batch: str) -> Facts:
    """Behind the page at hand; or before it, at the head of its document where it is the first."""
    if request.form.get("where") != "before":
        return {"after": _page()}
    return desk_strip.place_before(services(), _page_id(), actor=current_actor())


def _assign(_batch: str) -> Facts:
    form = request.form
    return {
        "document": form.get("document", ""),
        "code": form.get("code", ""),
        "ordinal": _number("ordinal"),
    }


def _without_image(_batch: str) -> Facts:
    form = request.form
    return {
        "code": form.get("code", ""),
        "ordinal": _number("ordinal"),
        "where": form.get("place", ""),
        "reason": form.get("reason", ""),
    }


def _set_dpi(_batch: str) -> Facts:
    """Of the page at hand; or of those that lack one, all of them or the numbers that are told."""
    form = request.form
    numbers = ALL if form.get("all") == "1" else form.get("numbers", "").strip()
    about = {"numbers": numbers} if numbers else {"page": _page()}
    paper = form.get("paper", "")
    return about | ({"paper": paper} if paper else {"dpi": form.get("dpi", type=float)})


def _proposal(_batch: str) -> Facts:
    return {"document": request.form.get("document", ""), "field": request.form.get("field", "")}


_FACTS: dict[str, Callable[[str], Facts]] = {
    "keep": _with_reason,
    "rescan": _with_reason,
    "remove": _with_reason,
    "undecide": _about_page,
    "replace": _about_page,
    "split": _about_page,
    "rotate": _rotate,
    "move": _move,
    "insert": _insert,
    "join": lambda _batch: {"document": request.form.get("document", "")},
    "assign": _assign,
    "without-image": _without_image,
    "set-dpi": _set_dpi,
    "decide": lambda _batch: {
        "finding": request.form.get("key", ""),
        "reason": request.form.get("reason", ""),
    },
    "take": _proposal,
    "refuse": _proposal,
    "take-all": lambda _batch: {"document": request.form.get("document", "")},
}
_TOLD = {"replace", "insert"}
_DONE = "pages.scanning.done_edit"
