"""Soạn hồ sơ nộp: a draft that saves itself, takes files by drop, and shows what is missing."""

import json
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    jsonify,
    make_response,
    redirect,
    request,
    url_for,
)
from pydantic import TypeAdapter, ValidationError

from archive_service import access
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.domain.intake.draft import Draft
from archive_service.domain.intake.field_source import CASE_FILE
from archive_service.domain.intake.submission import DeclaredCaseFile, SubmissionState
from archive_service.errors import (
    ArchiveError,
    BackendError,
    ConflictError,
    InputError,
    NotFoundError,
)
from archive_service.problem import HttpRefusedError, problem_of
from archive_service.request import Body, current_actor, services, takes
from archive_service.storage.uploads import UploadUnknownError
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.toasts import tell
from ingest.drafts import acts, taking
from ingest.drafts import order as drafts_order
from ingest.drafts.drafts import DraftNotFoundError
from ingest.drafts.given import Arrived
from ingest.drafts.pages.answers import (
    asked_number,
    asked_row,
    changed_parts,
    draft_page,
    draft_parts,
    refused_parts,
    to_page,
    words_of,
)

bp = Blueprint("drafts", __name__, template_folder="../templates", url_prefix="/drafts")

_SHOWN = TypeAdapter(list[tuple[int, str, str]])
_ROWS = TypeAdapter(list[int])


_Change = Callable[[DeclaredCaseFile, Draft], None]


@bp.post("")
def begin() -> Response:
    """A draft for an entry of the file plan, for a returned submission, or an empty one.

    What was dropped on the list is in it: uploads that have ended. The page's script, which
    sends files into it, is told in JSON where they go.
    """
    actor = current_actor()
    access.require(actor, "draft:edit")
    entry, after = request.form.get("entry", ""), request.form.get("after", "")
    dropped = [_uuid(upload) for upload in request.form.getlist("upload")]
    if after:
        draft_id = acts.mend(services(), _uuid(after), actor=actor)
    elif entry:
        draft_id = acts.open_for_entry(services(), _uuid(entry), actor=actor)
    else:
        is_button = not dropped and request.accept_mimetypes.best != "application/json"
        draft_id = acts.open_empty(services(), actor=actor, once=is_button)
    _take_dropped(draft_id, dropped)
    if request.accept_mimetypes.best == "application/json":
        return jsonify({"id": str(draft_id), "take": url_for(".take", draft_id=draft_id)})
    return to_page(draft_id)


def _take_dropped(draft_id: UUID, uploads: Sequence[UUID]) -> None:
    """Take each; of those that were refused the next page tells the first, and how many more."""
    if not uploads:
        return
    try:
        taken = taking.take_uploads(services(), draft_id, uploads, actor=current_actor())
    except (ConflictError, InputError, NotFoundError) as error:
        refused: list[ArchiveError] = [error]
    else:
        refused = [answer for answer in taken.values() if isinstance(answer, ArchiveError)]
    if refused:
        problem = problem_of(refused[0], lang=language(), web=True)
        more = t("pages.mine.more_refused", count=len(refused) - 1) if len(refused) > 1 else ""
        tell(" ".join(filter(None, (problem.message, problem.remedy, more))))


@bp.get("/<uuid:draft_id>")
def show(draft_id: UUID) -> Response:
    """The page; uploads that ended while nobody looked are attached first."""
    try:
        refused = taking.take_finished(services(), draft_id, actor=current_actor())
        return draft_page(draft_id, refused)
    except DraftNotFoundError:
        if _is_handed_in(draft_id):  # the way back of the browser
            return make_response(
                redirect(url_for("submissions.show", submission_id=draft_id), code=303)
            )
        raise


@bp.get("/<uuid:draft_id>/parts")
def parts(draft_id: UUID) -> str:
    """What changes by itself: the list of documents, what is missing, when it was saved."""
    return draft_parts(draft_id)


@bp.post("/<uuid:draft_id>/fields")
def put_field(draft_id: UUID) -> Response:
    """Save one field as it is typed."""
    row, name = asked_row(), request.form.get("name", "")
    try:
        filled = acts.put_field(
            services(),
            draft_id,
            row,
            name,
            request.form.get("value", ""),
            was=request.form.get("was", ""),
            actor=current_actor(),
        )
    except (ConflictError, InputError) as refused:
        return refused_parts(draft_id, refused, field=(row, name))
    return make_response(
        draft_parts(draft_id, field=(row, name), filled=[(CASE_FILE, one) for one in filled])
    )


@bp.post("/<uuid:draft_id>/proposals")
@takes(Body.LIST, "draft:edit")
def take_proposals(draft_id: UUID) -> Response:
    """Take what documents say of themselves and of the case file, as the page showed it."""
    shown = _shown(request.form.get("shown", ""))
    taken = acts.take_proposals(services(), draft_id, shown, actor=current_actor())
    text = t("pages.draft.told.taken", count=len(taken))
    if request.headers.get("HX-Request"):
        return make_response(draft_parts(draft_id, told=text, filled=taken))
    return to_page(draft_id)


@bp.post("/<uuid:draft_id>/fields/others")
@takes(Body.LIST, "draft:edit")
def fill_others(draft_id: UUID) -> Response:
    """Give what a document says to those that say nothing there, or take it back from ``back``."""
    row, name, back = asked_row(), request.form.get("name", ""), request.form.get("back", "")
    if back:
        acts.empty_again(services(), draft_id, row, name, _rows(back), actor=current_actor())
        return _filled(draft_id, (row, name), t("pages.draft.told.back"))
    filled = acts.fill_others(services(), draft_id, row, name, actor=current_actor())
    text = t("pages.draft.told.others", count=len(filled))
    undo = {
        "words": text,
        "href": url_for(".fill_others", draft_id=draft_id),
        "facts": {"row": row, "name": name, "back": json.dumps(filled)}
        | {shown: request.form.get(shown, "") for shown in ("selected", "from")},
    }
    return _filled(draft_id, (row, name), text, undo)


def _filled(
    draft_id: UUID, field: tuple[int, str], text: str, undo: dict[str, Any] | None = None
) -> Response:
    if not request.headers.get("HX-Request"):
        return to_page(draft_id)
    return make_response(draft_parts(draft_id, told=text, filled=[field], undo=undo))


def _rows(text: str) -> list[int]:
    try:
        return _ROWS.validate_json(text)
    except ValidationError:
        raise HttpRefusedError(400) from None


@bp.post("/<uuid:draft_id>/files")
@takes(Body.FILES, "draft:edit")
def take(draft_id: UUID) -> Response:
    """Take the uploads that have ended; answers the page's script in JSON, with those refused."""
    try:
        arrived = Arrived.model_validate_json(request.get_data())
    except ValidationError:
        raise HttpRefusedError(400) from None
    names = {upload.upload: upload.name for upload in arrived.uploads}
    actor = current_actor()
    try:
        taken = taking.take_uploads(services(), draft_id, [*names], actor=actor, row=arrived.row)
    except (ConflictError, InputError, BackendError) as error:
        return make_response(jsonify(words_of(error)), problem_of(error, lang=language()).status)
    refused = {
        names[identifier]: why for identifier, why in taken.items() if isinstance(why, ArchiveError)
    }
    if any(isinstance(why, UploadUnknownError) for why in refused.values()):
        there = taking.paths_in(services(), draft_id, actor=actor)  # by another window, just now
        refused = {
            name: why
            for name, why in refused.items()
            if not (isinstance(why, UploadUnknownError) and name in there)
        }
    told_of = [{"place": name} | words_of(why) for name, why in refused.items()]
    if not refused or len(refused) < len(names):
        return jsonify({"refused": told_of})
    (first, *_) = refused.values()
    answer = jsonify(words_of(first) | {"refused": told_of})
    return make_response(answer, problem_of(first, lang=language()).status)


@bp.post("/<uuid:draft_id>/arrange")
@takes(Body.LIST, "draft:edit")
def arrange(draft_id: UUID) -> Response:
    """Move a document, put it under another, take an annex out, or order all by time."""
    act = request.form.get("act", "")
    try:
        acts.arrange(
            services(),
            draft_id,
            _change(act),
            seen=request.form.get("seen", ""),
            actor=current_actor(),
            by_time=act == "by-time",
        )
    except (ConflictError, InputError) as refused:
        return refused_parts(draft_id, refused)
    row = asked_row() if act == "under" else None
    return changed_parts(draft_id, t(f"pages.draft.told.{act}"), under=row)


@bp.post("/<uuid:draft_id>/remove")
def remove(draft_id: UUID) -> Response:
    """Take a document, or one of its files, out."""
    actor, path = current_actor(), request.form.get("path", "")
    if path:
        acts.remove(services(), draft_id, actor=actor, path=path)
    else:
        acts.remove(services(), draft_id, actor=actor, row=asked_row())
    return changed_parts(draft_id, t("pages.draft.told.removed"))


@bp.post("/<uuid:draft_id>/paper")
def add_paper(draft_id: UUID) -> Response:
    """A document that exists on paper alone."""
    row = acts.add_paper(services(), draft_id, actor=current_actor())
    href = url_for(".show", draft_id=draft_id, document=row) + "#document"
    return make_response(redirect(href, code=303))


@bp.post("/<uuid:draft_id>/rules")
def choose_rules(draft_id: UUID) -> Response:
    """Say which kind of case file it is."""
    try:
        chosen = request.form.get("rules", "")
        acts.choose_rules(services(), draft_id, chosen, actor=current_actor())
    except InputError as refused:
        return refused_parts(draft_id, refused)
    return changed_parts(draft_id, "")


@bp.post("/<uuid:draft_id>/discard")
def discard(draft_id: UUID) -> Response:
    """Forget the draft."""
    acts.discard(services(), draft_id, actor=current_actor())
    tell(t("pages.draft.discarded"))
    return make_response(redirect(url_for("my_case_files.show"), code=303))


@bp.post("/<uuid:draft_id>/hand-in")
def send(draft_id: UUID) -> Response:
    """Hand it in; what is missing is told on the page, and each file that may not come in."""
    if refused_files := taking.take_finished(services(), draft_id, actor=current_actor()):
        return draft_page(draft_id, refused_files)
    try:
        sent = acts.send(
            services(),
            draft_id,
            actor=current_actor(),
            shown=_shown(request.form.get("shown", "")),
            seen=request.form.get("seen") or None,
        )
    except (ConflictError, InputError) as refused:
        return draft_page(draft_id, [refused])
    href = url_for("submissions.show", submission_id=sent)
    tell(t("pages.mine.sent", count=1), href, t("pages.desk.see"))
    return make_response(redirect(href, code=303))


def _shown(text: str) -> list[tuple[int, str, str]]:
    """Fields as the page shows them, in JSON of its script: row, name, value."""
    try:
        return _SHOWN.validate_json(text or "[]")
    except ValidationError:
        raise HttpRefusedError(400) from None


def _change(act: str) -> _Change:
    form = request.form
    if act == "by-time":
        return lambda declared, _: drafts_order.sort_by_time(declared)
    if act in ("out", "back"):
        return lambda declared, draft: _done(
            drafts_order.take_out(declared, draft, form.get("path", ""), back=act == "back")
        )
    if act == "standing":
        return lambda declared, _: drafts_order.set_standing(
            declared, form.get("path", ""), form.get("standing", "")
        )
    row = asked_row()
    if act in ("up", "down"):
        step = -1 if act == "up" else 1
        return lambda declared, _: drafts_order.move(declared, row, _place(declared, row) + step)
    if act == "to":
        return lambda declared, _: drafts_order.move(declared, row, asked_number("place"))
    if act == "under":
        main = asked_number("main") if form.get("main") else None
        standing = form.get("standing") or "annex"
        return lambda declared, draft: drafts_order.put_under(declared, draft, row, main, standing)
    raise HttpRefusedError(400)


def _done(_row: int) -> None:
    return None


def _place(declared: DeclaredCaseFile, row: int) -> int:
    places = [at for at, document in enumerate(declared.documents) if document.row == row]
    if not places:
        raise drafts_order.DraftRowError(row=row)
    return places[0]


def _is_handed_in(draft_id: UUID) -> bool:
    """Whether it is a submission by now that this account may see."""
    with services().read_only() as session:
        try:
            found = holdings_rows.get_submission(session, draft_id, actor=current_actor())
        except NotFoundError:
            return False
        return found.state is not SubmissionState.DRAFT


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise HttpRefusedError(400) from None
