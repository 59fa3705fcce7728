"""Tra cứu: one box over all words, facets beside the hits, found words marked."""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from markupsafe import Markup, escape
from werkzeug.datastructures import MultiDict

from archive_service import access, law
from archive_service.request import current_actor, services
from archive_service.web.fields import access_word
from archive_service.web.language import language
from archive_service.web.layout import here, t
from search.by_document import Conditions, find_code, find_documents
from search.part import part_words
from search.port import END, FOUND
from search.query import EmptyQueryError

bp = Blueprint("search", __name__, template_folder="templates")

_HITS = 20
_MOST_IN_ADDRESS = 2_000  # characters; more words than are asked
_SORTS = ("best", "newest")


@bp.get("/search")
def show() -> Response:
    """The box, and what it finds; a whole code of a case file leads straight to it."""
    actor = current_actor()
    access.require(actor, "search")
    query = request.args.get("q", "").strip()
    if len(query) > _MOST_IN_ADDRESS:  # every link of the page would carry it
        return make_response(redirect(here(q=query[:_MOST_IN_ADDRESS]), code=303))
    if code := find_code(services(), query, actor=actor) if query else None:
        return make_response(redirect(url_for("case_files.show", code=code), code=303))
    conditions = asked_conditions(request.args)
    sort = request.args.get("sort", "")
    sort = sort if sort in _SORTS else _SORTS[0]
    try:
        found = find_documents(
            services(),
            query,
            actor=actor,
            conditions=conditions,
            newest_first=sort == "newest",
            limit=_HITS,
            cursor=request.args.get("cursor"),
            as_typed="as_typed" in request.args,
        )
    except EmptyQueryError:
        found = None
    shown: dict[str, Any] = {"here_key": "search", "query": query, "result": found}
    shown["no_word"] = bool(query) and found is None
    if found is not None:
        shown |= {
            "hits": [_hit(hit, _asked(query, found.get("told"))) for hit in found["hits"]],
            "facets": _facets(found["facets"], conditions),
            "chosen": _chosen(found["facets"], conditions),
            "narrowed": [
                (name, value)
                for name in ("agency", "year", "type")
                for value in _chosen_of(conditions, name)
            ],
            "notes": _notes(found.get("told")),
            "typed_href": here(as_typed="1", cursor=None, at=None),
            "sorts": _SORTS,
            "sort": sort,
            "more_href": _more(found),
            "first_href": here(cursor=None, at=None) if "cursor" in request.args else None,
            "range": (_at(), _at() + len(found["hits"]) - 1),
        }
    return make_response(render_template("search/search.html", **shown))


def _asked(typed: str, told: dict[str, Any] | None) -> str:
    """The words that are marked in what a hit leads to."""
    return told["instead"] if told and told["instead"] else typed


def _notes(told: dict[str, Any] | None) -> list[dict[str, Any]]:
    """What was asked in place of the words as typed, a line each, with the words to ask instead."""
    if told is None:
        return []
    notes: list[dict[str, Any]] = []
    if told["cut"]:
        notes.append({"text": t("labels.search-told.cut"), "instead": None})
    if told["unknown_fields"]:
        names = ", ".join(told["unknown_fields"])
        notes.append({"text": t("labels.search-told.unknown_fields", names=names), "instead": None})
    if told["step"] == "repaired":
        notes.append({"text": t("labels.search-told.repaired"), "instead": told["instead"]})
    elif told["step"] != "all":
        notes.append({"text": t(f"labels.search-told.{told['step']}"), "instead": None})
    if told["left_out"]:
        names = ", ".join(told["left_out"])
        notes.append({"text": t("labels.search-told.left_out", words=names), "instead": None})
    return notes


def asked_conditions(given: MultiDict[str, str]) -> Conditions:
    """Filters in the address; a year that is no number narrows nothing."""
    return Conditions(
        agencies=tuple(given.getlist("agency")),
        years=tuple(given.getlist("year", type=int)),
        types=tuple(given.getlist("type")),
    )


def _hit(hit: dict[str, Any], query: str) -> dict[str, Any]:
    def leads_to(page: int | None) -> str:
        return url_for(
            "case_files.show", code=hit["code"], document=hit["document"], page=page, q=query
        )

    return hit | {
        "title": _marked(hit["title"]),
        "access": access_word(hit["mode"]),
        "href": leads_to(_page(hit["pages"])),
        "snippets": [
            {
                "where": part_words(page["part"], language())
                or t("pages.search.page", page=page["page"]),
                "href": leads_to(None if page["part"] else page["page"]),
                "text": _marked(page["snippet"]),
            }
            for page in hit["pages"]
            if page["page"] is not None
        ],
    }


def _page(found: list[dict[str, Any]]) -> int | None:
    """Of the best hit; an office file has no pages that could be shown."""
    return found[0]["page"] if found and not found[0]["part"] else None


def _marked(text: str) -> Markup:
    """Found words as ``<mark>``; everything else is escaped."""
    return Markup(str(escape(text)).replace(FOUND, "<mark>").replace(END, "</mark>"))  # noqa: S704 - escaped first


def _facets(facets: dict[str, Any], conditions: Conditions) -> list[dict[str, Any]]:
    shown_facets = []
    for name in ("agency", "year", "type"):
        chosen = _chosen_of(conditions, name)
        shown_facets.append(
            {
                "name": name,
                "label": t(f"pages.search.facet_{name}"),
                "values": [
                    {
                        "value": value,
                        "text": _named(name, text),
                        "count": count,
                        "chosen": value in chosen,
                    }
                    for value, text, count in facets[name]
                ],
            }
        )
    return shown_facets


def _chosen(facets: dict[str, Any], conditions: Conditions) -> list[dict[str, str]]:
    """Each condition with the address that drops it."""
    chips = []
    for name in ("agency", "year", "type"):
        chosen = _chosen_of(conditions, name)
        words = {value: text for value, text, _ in facets[name]}
        for value in chosen:
            rest = [other for other in chosen if other != value]
            chips.append(
                {
                    "text": _named(name, words.get(value, value)),
                    "href": here(**{name: rest or None, "cursor": None, "at": None}),
                }
            )
    return chips


def _chosen_of(conditions: Conditions, name: str) -> list[str]:
    values = {"agency": conditions.agencies, "year": conditions.years, "type": conditions.types}
    return [str(value) for value in values[name]]


def _named(name: str, text: str) -> str:
    return law.code_list("typeName").label(text, language()) if name == "type" else text


def _more(found: dict[str, Any]) -> str | None:
    if found["cursor"] is None:
        return None
    return here(cursor=found["cursor"], at=_at() + len(found["hits"]))


def _at() -> int:
    """Number of the first hit shown, for the eye alone."""
    return max(request.args.get("at", 1, type=int), 1) if "cursor" in request.args else 1
