"""One batch on the desk: its documents, the strip of pages, one page large, its pictures."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    jsonify,
    render_template,
    request,
    url_for,
)

from archive_service import clock
from archive_service.domain.people.account import Actor
from archive_service.formats.picture import MEDIA_TYPE
from archive_service.request import current_actor, services
from archive_service.web.display import number
from archive_service.web.language import language
from archive_service.web.layout import t
from digitize.batches.desk import strip as desk_strip
from digitize.batches.desk.changes import PAPER_MM
from digitize.batches.desk.consent import IN_LIST
from digitize.batches.desk.pages import page as pages_page
from digitize.batches.desk.pages import release as pages_release
from digitize.batches.desk.pages import view as pages_view
from digitize.batches.queue import views as queue_views
from digitize.batches.reading.verdicts import MALWARE, is_decidable
from digitize.proofreading.acts import words_of_page
from digitize.proofreading.word_places import WordPlace, places_in_batch

bp = Blueprint("scanning_batch", __name__, template_folder="../templates", url_prefix="/scanning")

_WINDOW = 48  # pages of the strip at once
_SIBLINGS = 6
_OPEN = ("receiving", "reading", "review", "stopped")
# A small picture shows no word; it is the same bytes for ever, and stays in this browser alone.
_THUMBNAIL_CACHE = "private, max-age=900"

Facts = dict[str, Any]


@bp.get("/batches/<batch>")
def show(batch: str) -> str:
    """The page that the address names, else the first one that waits for a decision."""
    actor, lang = current_actor(), language()
    flagged = request.args.get("flagged") == "1"
    desk = queue_views.show_desk(
        services(),
        batch,
        actor=actor,
        page_id=request.args.get("page", ""),
        flagged=flagged,
        begins=request.args.get("begins", type=int),
        window=_WINDOW,
        lang=lang,
    )
    at = _At(desk["batch"], flagged)
    found = _found(desk, at)
    may = _may(desk)
    return render_template(
        "batches/desk/batch.html",
        here_key="scanning",
        batch=desk | _head(desk),
        siblings=_siblings(actor, desk["batch"]),
        goes_to=[_goes_to(target) for target in desk["goes_to"]],
        documents=[_document(document, desk["page"], at) for document in desk["documents"]],
        strip=_strip(desk, at),
        page=pages_page.page_context(desk, at.of) if desk["page"] else None,
        found=found,
        sample=pages_release.sample_words(desk),
        leaves=pages_release.release_words(desk, found) if may["release"] else [],
        takes=_takes(desk),
        history=_history(desk),
        corrected=corrected_words(desk["batch"]),
        may=may,
        bar_words=_bar(desk, may),
        choices={"papers": _papers()},
        to=lambda act: url_for("scanning_acts.edit", batch=desk["batch"], kind=act),
    )


@bp.get("/pages/<uuid:page_id>/picture")
def picture(page_id: UUID) -> Response:
    """The page upright, as browsers show it."""
    data = desk_strip.page_picture(services(), page_id, actor=current_actor())
    return Response(data, mimetype=MEDIA_TYPE)


@bp.get("/pages/<uuid:page_id>/straight-picture")
def straight_picture(page_id: UUID) -> Response:
    """The sheet of a photographed page, straightened."""
    data = desk_strip.straight_picture(services(), page_id, actor=current_actor())
    return Response(data, mimetype=MEDIA_TYPE)


@bp.get("/pages/<uuid:page_id>/thumbnail")
def thumbnail(page_id: UUID) -> Response:
    """The page, 200 pixels wide."""
    data = desk_strip.page_thumbnail(services(), page_id, actor=current_actor())
    return Response(data, mimetype=MEDIA_TYPE, headers={"Cache-Control": _THUMBNAIL_CACHE})


@bp.get("/pages/<uuid:page_id>/words")
def words(page_id: UUID) -> Response:
    """All words of a page with their places and how surely they were read, for the heat map."""
    return jsonify(words=words_of_page(services(), page_id, actor=current_actor()))


@dataclass(frozen=True, slots=True)
class _At:
    """Addresses of this batch's pages, the filter of the strip kept."""

    batch: str
    flagged: bool

    def of(self, page: str | None = None, *, begins: int | None = None, **more: Any) -> str:
        """A page; ``begins``: where the strip begins, else around the page."""
        return url_for(
            "scanning_batch.show",
            batch=self.batch,
            page=page,
            begins=begins,
            flagged=1 if self.flagged else None,
            **more,
        )


def _head(desk: Facts) -> Facts:
    by = desk["people"].get(desk["decided_by"], desk["decided_by"])
    line = pages_view.batch_line(desk | {"decided_by": by})
    return {key: line[key] for key in ("look", "told", "done", "whole", "trouble")} | {
        "is_read": line["look"] not in ("receiving", "reading", "comparing")
    }


def _goes_to(target: Facts) -> Facts:
    """Where its pages went, as a link."""
    if target["submission"]:
        href = url_for("submissions.show", submission_id=target["submission"])
        return {"href": href, "text": t("pages.scanning.goes_to_submission", code=target["code"])}
    href = url_for("case_files.show", code=target["code"])
    return {"href": href, "text": t("pages.scanning.goes_to_case_file", code=target["code"])}


def _may(desk: Facts) -> Facts:
    acts = desk["acts"]
    is_ready = pages_view.state_shown(desk) == "ready"
    return {act: act in acts for act in ("edit", "reject", "undo", "redo")} | {
        "release": "release" in acts and is_ready
    }


def _history(desk: Facts) -> Facts:
    """The history of a batch: its edits, the next undo and redo, and fields taken by a rule."""
    edits = [pages_view.edit_line(edit, desk) for edit in desk["edits"]]
    return {"edits": edits, "undo": desk["undo"], "redo": desk["redo"], "rule": _rule(desk)}


def _rule(desk: Facts) -> Facts | None:
    """Fields that the rule took without a person: how many, and when last."""
    read = [
        proposal for document in desk["documents"] for proposal in document["proposals"].values()
    ]
    taken = [proposal["at"] for proposal in read if pages_page.is_by_rule(proposal)]
    return {"count": len(taken), "at": max(taken)} if taken else None


def _takes(desk: Facts) -> Facts:
    """Proposals that may be taken at once: those of the document, where all of it is shown."""

    def waiting(document: Facts) -> int:
        return sum(
            read.get("state") == "proposed" and IN_LIST not in read
            for read in document["proposals"].values()
        )

    page = desk["page"]
    return {
        "document": any(
            page["document"] == document["id"]
            and page["id"] == document["first_page"]
            and waiting(document) > 1
            for document in desk["documents"]
            if page
        ),
        "batch": any(waiting(document) for document in desk["documents"]),
    }


def _bar(desk: Facts, may: Facts) -> Facts:
    """The sentence left of the acts: why the batch cannot be released, or that it can."""
    state, lang = desk["state"], language()
    if state in ("receiving", "reading"):
        return {"why": t("pages.scanning.bar_reading"), "blocked": ""}
    if state == "stopped" and any(finding["code"] == MALWARE for finding in desk["findings"]):
        return {"why": t("pages.scanning.bar_stopped_malware"), "blocked": ""}
    if state in ("released", "rejected", "stopped"):
        return {"why": t(f"pages.scanning.bar_{state}"), "blocked": ""}
    if not may["edit"]:
        return {"why": t("pages.scanning.bar_no_rights"), "blocked": ""}
    why = t("pages.scanning.bar_blocked_why")
    if desk["undecided"]:
        return {"why": why, "blocked": pages_release.waiting_words(desk)}
    if desk["errors"]:
        count = number(desk["errors"], lang)
        return {"why": why, "blocked": t("pages.scanning.bar_blocked_findings", count=count)}
    look = pages_view.state_shown(desk)
    if look in ("reading", "comparing"):
        return {"why": t(f"pages.scanning.bar_{look}"), "blocked": ""}
    return {"why": t("pages.scanning.bar_ready"), "blocked": ""}


def _document(document: Facts, chosen: Facts | None, at: _At) -> Facts:
    current = chosen is not None and chosen["document"] == document["id"]
    return pages_view.document_line(document, href=at.of(document["first_page"]), current=current)


def _found(desk: Facts, at: _At) -> list[Facts]:
    """Findings of the batch and of its documents, each with its pictures; the open ones first."""
    of_documents = (
        finding | _place(finding, document, at)
        for document in desk["documents"]
        for finding in document["findings"]
    )
    found = [
        pages_view.pictured(finding, desk["named"], at.of)
        for finding in (*desk["findings"], *of_documents)
    ]
    found.sort(key=lambda finding: finding["decided"] is not None)
    return [
        finding | {"decides": f"decide-{number}" if _is_decided_by_word(finding["found"]) else ""}
        for number, finding in enumerate(found)
    ]


def _place(found: Facts, document: Facts, at: _At) -> Facts:
    """Where to look: the page that the finding names, else the first one of its document."""
    page = next(iter(found["pages"]), document["first_page"])
    name = pages_view.document_name(document)
    return {"place": name, "href": at.of(page) if page else ""}


def _is_decided_by_word(found: Facts) -> bool:
    return found["severity"] != "info" and is_decidable(found["code"])


def _strip(desk: Facts, at: _At) -> Facts:
    """A window of the pages around the one at hand, or from where the address says."""
    current = desk["page"]["id"] if desk["page"] else ""
    begins, total = desk["offset"], desk["page_total"]
    later = begins + _WINDOW
    page = current or None
    return {
        "pages": [
            pages_view.thumb(page, href=at.of(page["id"]), current=page["id"] == current)
            for page in desk["pages"]
        ],
        "title": _strip_title(desk, at),
        "uncounted": 0 if at.flagged else total - desk["numbered"],
        "stop": desk["to_stop"],
        "rescan": desk["to_rescan"],
        "look": desk["to_look"],
        "sample": desk["to_sample"],
        "flagged": at.flagged,
        "toggle": _At(at.batch, not at.flagged).of(page),
        "previous": at.of(page, begins=max(begins - _WINDOW, 0)) if begins else None,
        "next": at.of(page, begins=later) if later < total else None,
    }


def _strip_title(desk: Facts, at: _At) -> str:
    """Which pages are in the window; sheets and pages taken out stand in it, but are no pages."""
    lang = language()
    if at.flagged and desk["pages"]:
        return t("pages.scanning.strip_flagged", total=number(desk["page_total"], lang))
    numbers = [page["number"] for page in desk["pages"] if page["number"]]
    if not numbers:
        return t("pages.scanning.strip_empty")
    first, last, total = (number(it, lang) for it in (numbers[0], numbers[-1], desk["numbered"]))
    if first == last:
        return t("pages.scanning.strip_one", page=first, total=total)
    return t("pages.scanning.strip_all", first=first, last=last, total=total)


def _siblings(actor: Actor, current: str) -> list[Facts]:
    rows, _ = queue_views.list_batches(services(), actor=actor, states=_OPEN, limit=_SIBLINGS + 1)
    others = [row for row in rows if row["batch"] != current]
    return [pages_view.batch_line(row) for row in others[:_SIBLINGS]]


def _papers() -> list[tuple[str, str]]:
    return [("", t("pages.scanning.paper_none")), *((name, name) for name in PAPER_MM)]


def corrected_words(batch: str) -> list[dict[str, Any]]:
    """``{said, by, at, correction, page}`` of each correction in force, the newest first."""
    return [_line(place) for place in places_in_batch(services(), batch, actor=current_actor())]


def _line(place: WordPlace) -> dict[str, Any]:
    row, page = place.row, place.page
    key = "word_becomes_of" if row.becomes and row.becomes != row.was else "word_as_read_of"
    if not row.becomes:
        key = "word_noise_of"
    elif not row.was:
        key = "word_copied_of"
    name = page.page.name if page else ""
    return {
        "said": t(f"pages.scanning.{key}", was=row.was, becomes=row.becomes, page=name),
        "word": row.was or row.becomes,
        "by": row.account,
        "at": clock.iso(row.at),
        "correction": row.id,
        "page": page.page.id if page else "",
    }
