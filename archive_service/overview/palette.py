"""Chuyển nhanh (Ctrl K): case files, submissions and documents that the words fit, as JSON."""

from flask import Blueprint, Response, jsonify, request, url_for

from archive_service import access
from archive_service.catalogue.holdings import rows as holdings_rows
from archive_service.db.words import Nearly
from archive_service.domain.people.account import Actor
from archive_service.errors import InputError
from archive_service.request import current_actor, services
from archive_service.text import fold
from archive_service.web import lists
from archive_service.web.layout import known, t
from archive_service.web.navigation import ROWS, Tab, bar
from search.acts import find as find_hits
from search.conditions import Shown

bp = Blueprint("palette", __name__, template_folder="templates")

_AT_MOST = 6  # of each kind
_ICONS = {
    "document": "file-earmark-text",
    "case_file": "folder",
    "submission": "inbox",
    "page": "chevron-right",
}
# Pages that a page of a row leads to.
_BELOW = (Tab("registers", "pages.registers.title", "reports.show_registers", "register:read"),)


@bp.get("/palette")
def find() -> Response:
    """What the words fit: pages, then a part of code or title, then the words of documents.

    Where that is nothing, what was meant by them in its place, which ``told`` says.
    """
    text = request.args.get("q", "").strip()[:100]
    actor = current_actor()
    if not text:
        return jsonify(entries=[])
    documents, meant = _documents(text, actor)
    entries = [*_pages(text, actor), *_rows(text, actor)]
    if entries or (documents and not meant):
        return jsonify(entries=[*entries, *documents])
    near = meant or (Nearly(text) if lists.are_short() else "")
    entries = _rows(near, actor) if near else []
    return jsonify(entries=[*entries, *documents], told=t("palette.nearly"))


def _rows(text: str, actor: Actor) -> list[dict[str, str]]:
    return [*_submissions(text, actor), *_case_files(text, actor)]


def _pages(text: str, actor: Actor) -> list[dict[str, str]]:
    """Pages that open for the account below those of its top bar, which the script has at hand."""
    at_hand = {place.endpoint for place in bar(actor)}
    tabs = {tab.endpoint: tab for tabs in ROWS.values() for tab in tabs} | {
        tab.endpoint: tab for tab in _BELOW
    }
    return [
        _entry(url_for(tab.endpoint), "", _title(tab), "page")
        for tab in tabs.values()
        if tab.endpoint not in at_hand
        and any(fold(text) in fold(name) for name in (t(tab.name), _title(tab)))
        and access.may(actor, tab.act)
    ]


def _title(tab: Tab) -> str:
    """What stands above the page, where that is more than the name of its tab."""
    own = f"pages.{tab.key}.title"
    return t(own) if known(own) else t(tab.name)


def _documents(text: str, actor: Actor) -> tuple[list[dict[str, str]], str]:
    """Also the words that were asked in place of those that find nothing."""
    if not access.may(actor, "search"):
        return [], ""
    try:
        found = find_hits(services(), text, actor=actor, shown=Shown(limit=_AT_MOST))
    except InputError:  # nothing in it that can be searched for
        return [], ""
    entries = [
        _entry(
            url_for("case_files.show", code=hit.code, document=hit.document, page=hit.page),
            hit.code,
            hit.title,
            "document",
        )
        for hit in found.hits
        if hit.document is not None
    ]
    return entries, found.told.instead if found.told else ""


def _case_files(text: str, actor: Actor) -> list[dict[str, str]]:
    if not access.may(actor, "case-file:list"):
        return []
    with services().read_only() as session:
        rows = holdings_rows.list_case_files(session, actor=actor, text=text, limit=_AT_MOST)
    return [
        _entry(url_for("case_files.show", code=row.code), row.code, row.title, "case_file")
        for row in rows
    ]


def _submissions(text: str, actor: Actor) -> list[dict[str, str]]:
    """Those that are not decided yet: once accepted, the case file is what one looks for."""
    if not access.may(actor, "submission:list"):
        return []
    with services().read_only() as session:
        rows = holdings_rows.list_open_submissions(session, actor=actor, text=text, limit=_AT_MOST)
    return [
        _entry(url_for("submissions.show", submission_id=row.id), row.code, row.title, "submission")
        for row in rows
    ]


def _entry(href: str, code: str, title: str, kind: str) -> dict[str, str]:
    """One line of the palette, as its script takes it."""
    return {
        "href": href,
        "code": code,
        "title": title,
        "kind": t(f"palette.{kind}"),
        "icon": _ICONS[kind],
    }
