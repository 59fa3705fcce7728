"""Đọc soát chữ: pages whose words were not read surely, what search would lose most first."""

from collections.abc import Iterable, Iterator, Sequence
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
from archive_service.formats.picture import MEDIA_TYPE
from archive_service.forms.tables import Row
from archive_service.problem import HttpRefusedError
from archive_service.request import current_actor, services
from archive_service.web import lists
from archive_service.web.display import moment, number
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.numbers import share_in_form
from archive_service.web.people import people
from archive_service.web.toasts import tell
from digitize.batches.desk.page_parts import box_asked
from digitize.ocr.words import Box
from digitize.proofreading import acts as proofreading_acts
from digitize.proofreading import corrections, like_places, word_places
from digitize.proofreading import page as proofreading_page
from digitize.proofreading.acts import PageLeft, PageToRead, PageWord
from digitize.proofreading.like_places import LikePlace, LikePlaces
from digitize.proofreading.page import OfBatch, ProofPage
from digitize.proofreading.word_places import WordPlace

bp = Blueprint(
    "scanning_words", __name__, template_folder="templates", url_prefix="/scanning/words"
)

_SHOWN = 30  # pages of the queue beside the one at hand
_AT_ONCE = 25  # doubtful words with a field each; the others follow when these are done
_AROUND = 0.12  # of the page's width at either side of a word, in its picture
_SIDES = ("left", "top", "width", "height")
_COLUMNS = ("list_word", "list_times", "list_was", "list_by", "list_at")


@bp.get("")
def show() -> Response:
    """The first page of the queue; where none waits, what would stand here."""
    queue, total = _queue()
    if queue:
        return make_response(redirect(url_for(".page", page_id=queue[0].id), code=303))
    return make_response(_shown(None, queue, total))


@bp.get("/<uuid:page_id>")
def page(page_id: UUID) -> str:
    """One page with its doubtful words."""
    read = proofreading_acts.page_to_read(services(), page_id, actor=current_actor())
    queue, total = _queue()
    return _shown(_page(read, queue) | {"like": _like_offered(read)}, queue, total, page_id)


@bp.get("/<uuid:page_id>/picture")
def picture(page_id: UUID) -> Response:
    """A page of a stored document, upright."""
    data = proofreading_page.page_picture(services(), page_id, actor=current_actor())
    return Response(data, mimetype=MEDIA_TYPE)


@bp.post("/<uuid:page_id>/correct")
def correct(page_id: UUID) -> Response:
    """One word: put right, told to be right as it was read, or to be none."""
    access.require(current_actor(), "batch:edit")
    form = request.form
    noise = "noise" in form
    becomes = "" if noise else form.get("suggestion") or form.get("becomes", "")
    correction = corrections.Correction(box_asked(), form.get("was", ""), becomes, noise)
    corrections.correct_words(services(), page_id, [correction], actor=current_actor())
    put = None if noise or becomes == correction.was else " ".join(map(str, correction.box))
    return make_response(redirect(url_for(".page", page_id=page_id, put=put), code=303))


@bp.post("/<uuid:page_id>/copy")
def copy(page_id: UUID) -> Response:
    """What a person read where the engine read nothing, with its place in per cent of the page."""
    access.require(current_actor(), "batch:edit")
    left, top, width, height = (share_in_form(f"area-{side}") for side in _SIDES)
    place = left, top, left + width, top + height
    text = request.form.get("becomes", "")
    proofreading_acts.copy_words(services(), page_id, text, place, actor=current_actor())
    return make_response(redirect(url_for(".page", page_id=page_id), code=303))


@bp.get("/<uuid:page_id>/like/<uuid:correction_id>")
def like(page_id: UUID, correction_id: UUID) -> Response:
    """The other places of the batch that were read with the same letters, each with its picture."""
    found = like_places.like_places(services(), page_id, correction_id, actor=current_actor())
    return make_response(
        render_template(
            "proofreading/like.html",
            here_key="scanning",
            was=found.was,
            becomes=found.becomes,
            back=url_for(".page", page_id=page_id),
            act=url_for(".correct_like", page_id=page_id, correction_id=correction_id),
            total=found.total,
            places=[_like(place) for place in found.places],
        )
    )


@bp.post("/<uuid:page_id>/like/<uuid:correction_id>")
def correct_like(page_id: UUID, correction_id: UUID) -> Response:
    """The chosen ones are put right at once."""
    access.require(current_actor(), "batch:edit")
    chosen = {_place_asked(value) for value in request.form.getlist("place")}
    count = like_places.correct_like(
        services(), page_id, correction_id, chosen, actor=current_actor()
    )
    tell(t("pages.scan_words.like_done", count=number(count, language())))
    return make_response(redirect(url_for(".page", page_id=page_id), code=303))


@bp.post("/<uuid:page_id>/take-back")
def take_back(page_id: UUID) -> Response:
    """The word counts as it was read again."""
    access.require(current_actor(), "batch:edit")
    try:
        correction = UUID(request.form.get("correction", ""))
    except ValueError:
        raise HttpRefusedError(400) from None
    corrections.take_back(services(), correction, page_id, actor=current_actor())
    return make_response(redirect(url_for(".page", page_id=page_id), code=303))


@bp.get("/list")
def show_list() -> Response:
    """The word list, or all of it as a table to download."""
    given = lists.asked()
    found = corrections.listed_words(services(), actor=current_actor(), text=given.text)
    if given.export:
        headings = [t(f"pages.scan_words.{name}") for name in _COLUMNS]
        return lists.as_table("bang-tu", given.export, headings, _cells(found))
    part = found[given.offset : given.offset + lists.PAGE_ROWS]
    return make_response(
        render_template(
            "proofreading/word_list.html",
            here_key="scanning",
            tools=lists.tools(given),
            total=len(found),
            words=part,
            paging=lists.paging(given, len(part), len(found)),
        )
    )


@bp.get("/list/word")
def show_word() -> Response:
    """One word of the list: the pages it was told on, each way back."""
    word = request.args.get("text", "")
    found = word_places.places_of_word(services(), word, actor=current_actor())
    return make_response(
        render_template(
            "proofreading/word.html",
            here_key="scanning",
            word=word,
            corrections=[_told_place(word_place) for word_place in found],
        )
    )


def _told_place(place: WordPlace) -> dict[str, Any]:
    row, page = place.row, place.page
    facts = {"was": row.was, "by": row.account, "at": clock.iso(row.at), "correction": row.id}
    if page is None:
        return facts | {"id": None, "title": t("pages.scan_words.place_closed"), "code": ""}
    return facts | {"id": page.page.id} | _place(page)


def _place_asked(text: str) -> tuple[UUID, Box]:
    try:
        page, *sides = text.split()
        left, top, right, bottom = (int(side) for side in sides)
        return UUID(page), (left, top, right, bottom)
    except ValueError:
        raise HttpRefusedError(400) from None


def _like(place: LikePlace) -> dict[str, Any]:
    page = place.page.page
    return {
        "value": " ".join(str(part) for part in (page.id, *place.box)),
        "title": t("pages.scan_words.like_place", word=place.was, page=page.name),
        "becomes": place.becomes,
        "likely": place.likely,
        "href": _picture_href(place.page),
        "page_width": place.width_px,
        "page_height": place.height_px,
        **_cut_out(place.shown, place.width_px, place.height_px),
    }


def _queue() -> tuple[list[PageLeft], int]:
    return proofreading_acts.pages_left(services(), actor=current_actor(), limit=_SHOWN)


def _like_offered(read: PageToRead) -> dict[str, Any] | None:
    """The way to the like places of the word that was just put right, where there are any."""
    put, page_id = request.args.get("put"), read.page.page.id
    just = (
        page_word for page_word in read.words if page_word.correction_id and _box(page_word) == put
    )
    if (word := next(just, None)) is None or word.correction_id is None:
        return None
    found: LikePlaces = like_places.like_places(
        services(), page_id, word.correction_id, actor=current_actor()
    )
    if not found.total:
        return None
    return {
        "count": found.total,
        "word": found.was,
        "href": url_for(".like", page_id=page_id, correction_id=word.correction_id),
    }


def _shown(
    facts: dict[str, Any] | None,
    queue: Sequence[PageLeft],
    total: int,
    current: UUID | None = None,
) -> str:
    return render_template(
        "proofreading/words.html",
        here_key="scanning",
        queue={"total": total, "pages": [_line(page_left, current) for page_left in queue]},
        page=facts,
    )


def _line(page_left: PageLeft, current: UUID | None) -> dict[str, Any]:
    return {
        "href": url_for(".page", page_id=page_left.id),
        "title": _title(page_left.name, page_left.batch, page_left.document),
        "told": t("pages.scan_words.left", count=number(page_left.doubtful, language())),
        "code": page_left.code,
        "current": page_left.id == current,
    }


def _page(read: PageToRead, queue: Sequence[PageLeft]) -> dict[str, Any]:
    page_id, name = read.page.page.id, read.page.page.name
    ids = [page_left.id for page_left in queue]
    at = ids.index(page_id) if page_id in ids else -1
    waiting = [word for word in read.words if not word.correction_id]
    later = {page_word.number for page_word in waiting[_AT_ONCE:]}
    words = [_word(word, read) for word in read.words if word.number not in later]
    return {
        "id": page_id,
        **_place(read.page),
        "left": len(waiting),
        "proposed": sum(1 for page_word in waiting if page_word.proposal),
        "later": len(later),
        "first": next((at for at, word in enumerate(words) if not word["correction"]), None),
        "words": words,
        "copied": [
            {
                "text": place.text,
                "correction": place.correction_id,
                **_cut_out(place.shown, read.width_px, read.height_px),
            }
            for place in read.copied
        ],
        "sides": _SIDES,
        "picture": {
            "href": _picture_href(read.page),
            "width": read.width_px,
            "height": read.height_px,
            "alt": t("pages.scanning.picture_of", page=name),
            "words": [word | {"done": bool(word["correction"])} for word in words],
            "named": "whole-page",
        },
        "previous": url_for(".page", page_id=ids[at - 1]) if at > 0 else None,
        "next": url_for(".page", page_id=ids[at + 1]) if at + 1 < len(ids) else None,
    }


def _place(page: ProofPage) -> dict[str, Any]:
    """What people know the page by, and the way to where it lies."""
    if isinstance(page, OfBatch):
        batch = page.batch.number
        return {
            "title": _title(page.page.name, batch, None),
            "home_href": url_for("scanning_batch.show", batch=batch, page=page.page.id),
            "home": t("pages.scan_words.to_batch"),
            "code": "",
        }
    code, ordinal = page.case_file.code, page.document.ordinal
    return {
        "title": _title(page.page.name, "", ordinal),
        "home_href": url_for("case_files.show", code=code, document=ordinal),
        "home": t("pages.scan_words.to_case_file"),
        "code": code,
    }


def _title(name: str, batch: str, document: int | None) -> str:
    if batch:
        return t("pages.scan_words.page_title", page=name, batch=batch)
    return t("pages.scan_words.stored_title", page=name, document=document)


def _picture_href(page: ProofPage) -> str:
    where = "scanning_batch.picture" if isinstance(page, OfBatch) else ".picture"
    return url_for(where, page_id=page.page.id)


def _word(word: PageWord, read: PageToRead) -> dict[str, Any]:
    """A word with its place on the upright page, and the part of the page around it."""
    return {
        "text": word.text,
        "confidence": word.confidence,
        "given": "" if word.may_be_noise else word.text,
        "box": _box(word),
        "becomes": word.becomes,
        "correction": word.correction_id,
        "suggestions": word.suggestions,
        "proposal": word.proposal,
        "anchor": f"word-{word.number}",
        **_cut_out(word.shown, read.width_px, read.height_px),
    }


def _box(word: PageWord) -> str:
    return " ".join(str(side) for side in word.box)


def _cut_out(
    shown: tuple[float, float, float, float], wide: int, high: int
) -> dict[str, int | dict[str, int]]:
    """Where a word stands on the upright page, and the part of the page around it."""
    left, top, right, bottom = shown
    x, y = round(left * wide), round(top * high)
    width, height = max(round((right - left) * wide), 1), max(round((bottom - top) * high), 1)
    margin = round(_AROUND * wide)
    return {
        "x": x,
        "y": y,
        "width": width,
        "height": height,
        "crop": {
            "x": x - margin,
            "y": y - height,
            "width": width + 2 * margin,
            "height": 3 * height,
        },
    }


def _cells(found: Iterable[dict[str, Any]]) -> Iterator[Row]:
    listed = list(found)
    who = people(listed, "by")
    for entry in listed:
        yield (
            entry["word"],
            entry["times"],
            ", ".join(entry["was"]),
            who[entry["by"]],
            moment(entry["last_at"]),
        )
