"""Bản giấy: where the paper of case files lies, what is still to come, loans, and the boxes."""

from collections.abc import Iterator, Mapping

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access, clock
from archive_service.forms.tables import Row
from archive_service.request import current_actor, services
from archive_service.web import lists
from archive_service.web.display import day, moment
from archive_service.web.file_answer import file_answer
from archive_service.web.layout import t
from archive_service.web.refusals import given_in_form
from archive_service.web.toasts import tell
from digitize.paper import acts as desk
from digitize.paper import box_acts
from digitize.paper.documents import KeptPartDocument
from digitize.paper.given import BoxIn, LendIn, PutIn, RenameIn, ReturnIn
from digitize.paper.rules import read_counted

bp = Blueprint("paper", __name__, template_folder="templates", url_prefix="/paper")

_LENT = "lent"
# What an address may ask for, and the field of its dialog that is filled in.
_FIELDS = {
    "receive": "counted_code",
    "box": "code",
    "rename": "box_code",
    "put": "put_code",
    "lend": "lend_code",
    "return": "return_code",
}
_LENDING = {"to": "pages.paper.to_whom", "reason": "pages.paper.note"}
_RETURNING = {"reason": "pages.paper.condition"}
_SHOWN = 20  # case files whose paper is to come; all of them are in the list of case files
_COLUMNS = ("columns.case_file", *(f"pages.paper.{name}" for name in (
    "sheets", "place", "handover", "lent_to", "due_on",
)))  # fmt: skip


@bp.get("")
def show() -> Response | str:
    """What lies where, narrowed; or all of it as a table to download."""
    actor = current_actor()
    access.require(actor, "paper:list")
    given = lists.asked()
    lent = lists.choice("state", (_LENT,)) == _LENT
    if given.export:
        rows, _ = desk.list_parts(services(), text=given.text, lent=lent, actor=actor)
        return lists.as_table("ban-giay", given.export, [t(key) for key in _COLUMNS], _cells(rows))
    return _page()


def _page() -> str:
    actor = current_actor()
    given = lists.asked()
    lent = lists.choice("state", (_LENT,)) == _LENT
    parts, total = desk.list_parts(
        services(),
        text=given.text,
        lent=lent,
        actor=actor,
        limit=lists.PAGE_ROWS,
        offset=given.offset,
    )
    expected, awaited = desk.list_expected(services(), actor=actor, limit=_SHOWN)
    boxes, standing = box_acts.list_boxes(
        services(), text=given.text, limit=lists.PAGE_ROWS, actor=actor
    )
    choice = {
        "name": "state",
        "label": t("columns.state"),
        "options": lists.options("pages.paper.any_state", [(_LENT, t("pages.paper.lent_only"))]),
        "value": _LENT if lent else "",
    }
    wanted = next((act for act in _FIELDS if request.args.get(act)), "")
    return render_template(
        "paper/paper.html",
        here_key="paper",
        tools=lists.tools(given, [choice]),
        parts=parts,
        total=total,
        paging=lists.paging(given, len(parts), total),
        expected=expected,
        awaited=awaited,
        boxes=boxes,
        standing=standing,
        moves=box_acts.moves_of(services(), given.text, actor=actor),
        today=clock.today().isoformat(),
        may_keep=access.may(actor, "paper:keep"),
        given={_FIELDS[wanted]: request.args[wanted]} if wanted else {},
        dialog=wanted,
    )


@bp.post("/receive")
def receive() -> Response:
    """Receive what was counted, with minutes."""
    form = request.form
    boxes = form.get("boxes", "").strip()
    made = desk.receive(
        services(),
        [read_counted(line) for line in _lines(form)],
        giver=form.get("giver", ""),
        receiver=form.get("receiver", ""),
        boxes=int(boxes) if boxes.isdecimal() else None,
        note=form.get("note", ""),
        actor=current_actor(),
    )
    tell(t("pages.paper.received", number=made.number))
    return _back()


@bp.post("/boxes")
def add_box() -> Response:
    """Add a box, or put it on another shelf."""
    given = given_in_form(BoxIn, labels="pages.paper", note="")
    box = box_acts.add_box(services(), given, actor=current_actor())
    tell(t("pages.paper.box_saved", code=box.code, place=box.place))
    return _back()


@bp.post("/boxes/rename")
def rename_box() -> Response:
    """Give an empty box the code that was meant."""
    code = request.form.get("box_code", "")
    given = RenameIn(code=request.form.get("box_meant", ""))
    box = box_acts.rename_box(services(), code, given, actor=current_actor())
    tell(t("pages.paper.box_saved", code=box.code, place=box.place))
    return _back()


@bp.post("/boxes/<path:code>/remove")
def remove_box(code: str) -> Response:
    """Take an empty box out of the list."""
    box_acts.remove_box(services(), code, actor=current_actor())
    tell(t("pages.paper.box_removed", code=code))
    return _back()


@bp.post("/put")
def put() -> Response:
    """Put the paper of a case file into a box."""
    code = request.form.get("put_code", "").strip()
    given = PutIn(box=request.form.get("put_box", ""))
    desk.put(services(), code, given, actor=current_actor())
    tell(t("pages.paper.put_done", code=code, box=given.box.strip()))
    return _back()


@bp.post("/lend")
def lend() -> Response:
    """Lend the paper of a case file."""
    code = request.form.get("lend_code", "").strip()
    given = given_in_form(LendIn, "lend_", labels=_LENDING)
    desk.lend(services(), code, given, actor=current_actor())
    tell(t("pages.paper.lend_done", code=code))
    return _back()


@bp.post("/return")
def give_back() -> Response:
    """Take the paper of a case file back."""
    code = request.form.get("return_code", "").strip()
    given = given_in_form(ReturnIn, {"reason": "return_note"}, labels=_RETURNING)
    desk.give_back(services(), code, given, actor=current_actor())
    tell(t("pages.paper.return_done", code=code))
    return _back()


@bp.get("/labels.pdf")
def labels() -> Response:
    """Labels of all boxes, or of those that are asked for."""
    made = box_acts.labels(services(), request.args.getlist("box"), actor=current_actor())
    return file_answer(made, "nhan-hop.pdf")


@bp.get("/minutes/<path:number>")
def minutes(number: str) -> Response:
    """The signed minutes of a handover."""
    made = desk.handover_paper(services(), number, actor=current_actor())
    return file_answer(made, f"{number.replace('/', '-')}.pdf")


def _lines(form: Mapping[str, str]) -> list[str]:
    """``CODE:SHEETS:BOX`` of one case file from its fields, or of many from the lines."""
    if code := form.get("counted_code", ""):
        return [":".join((code, form.get("counted_sheets", ""), form.get("counted_box", "")))]
    return [line for line in form.get("rows", "").splitlines() if line.strip()]


def _back() -> Response:
    return make_response(redirect(url_for(".show"), code=303))


def _cells(parts: list[KeptPartDocument]) -> Iterator[Row]:
    for part in parts:
        yield (
            part.code,
            part.sheets,
            part.place or "",
            f"{part.handover}, {moment(part.received_at)}",
            part.lent_to or "",
            day(part.due_on) if part.due_on else "",
        )
