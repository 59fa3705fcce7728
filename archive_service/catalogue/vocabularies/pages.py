"""Danh mục từ khóa, tên người, địa danh: kept, merged, and suggested to those who describe."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.catalogue.vocabularies import acts as vocabularies_acts
from archive_service.catalogue.vocabularies.documents import TermDocument
from archive_service.catalogue.vocabularies.given import MergeIn, ReasonIn, TermChange, TermIn
from archive_service.catalogue.vocabularies.lists import TermNotFoundError
from archive_service.domain.agencies.term import TermKind
from archive_service.forms.tables import Row
from archive_service.request import current_actor, services
from archive_service.web import lists
from archive_service.web.layout import t
from archive_service.web.refusals import given_in_form
from archive_service.web.toasts import tell

bp = Blueprint("terms", __name__, template_folder="templates", url_prefix="/terms")

_KINDS = tuple(term_kind.value for term_kind in TermKind)
_CANDIDATES = 20
_COLUMNS = tuple(f"pages.terms.{name}" for name in ("kind", "name", "variants", "uses", "note"))


@bp.get("")
def show() -> Response | str:
    """One list, narrowed, with what is not adopted yet; or all of it as a table to download."""
    given = lists.asked()
    if given.export:
        kind, actor = _kind(), current_actor()
        rows, _ = vocabularies_acts.list_page(
            services(), actor=actor, kind=kind, text=given.text, limit=None
        )
        headings = [t(key) for key in _COLUMNS]
        return lists.as_table("danh-muc", given.export, headings, _cells(rows))
    return _page()


@bp.post("")
def add() -> Response:
    """Add a term, or adopt a text."""
    kind = request.form.get("kind")
    given = given_in_form(TermIn, kind=kind if kind in _KINDS else "keyword", variants=_variants())
    term = vocabularies_acts.add(services(), given, actor=current_actor())
    tell(t("pages.terms.added", name=term.name))
    return _back(term.kind)


@bp.post("/<uuid:term_id>/change")
def change(term_id: UUID) -> Response:
    """Keep what the form says of a term."""
    given = given_in_form(TermChange, variants=_variants())
    term = vocabularies_acts.change(services(), term_id, given, actor=current_actor())
    tell(t("pages.terms.changed", name=term.name))
    return _back(term.kind)


@bp.post("/<uuid:term_id>/merge")
def merge(term_id: UUID) -> Response:
    """Let another term stand in its place, then say what would have to be described anew."""
    actor, into = current_actor(), request.form.get("into", "")
    kind = TermKind(vocabularies_acts.one(services(), term_id, actor=actor).kind)
    given = MergeIn(into=vocabularies_acts.find(services(), kind, into, actor=actor))
    term = vocabularies_acts.merge(services(), term_id, given, actor=actor)
    tell(t("pages.terms.merged", name=term.term.name, count=term.case_files))
    return _back(kind.value, term.term.id if term.case_files else None)


@bp.post("/<uuid:term_id>/describe")
def describe(term_id: UUID) -> Response:
    """Write the name in place of the variants, in at most fifty case files."""
    actor = current_actor()
    term = vocabularies_acts.describe_anew(
        services(), term_id, given_in_form(ReasonIn), actor=actor
    )
    tell(t("pages.terms.described", count=len(term.described), left=term.left))
    if term.refused:
        codes = ", ".join(entry.code for entry in term.refused[:5])
        tell(t("pages.terms.refused", count=len(term.refused), codes=codes))
    return _back(vocabularies_acts.one(services(), term_id, actor=actor).kind)


@bp.get("/suggest")
def suggest() -> str:
    """Options for a field of a form: what was typed up to the last part, and a name after it."""
    kind = _kind() or TermKind.KEYWORD
    typed = request.args.get(request.args.get("field", "q"), "")[:300]
    head, mark, last = typed.rpartition(";")
    if not mark and kind is TermKind.KEYWORD:
        head, mark, last = typed.rpartition(",")
    names = vocabularies_acts.suggest(services(), kind, last, actor=current_actor())
    before = f"{head.strip()}{mark} " if mark else ""
    return render_template(
        "vocabularies/_term_options.html",
        typed=typed,
        options=[f"{before}{name}" for name in names],
    )


def _page() -> str:
    actor, given, kind = current_actor(), lists.asked(), _kind()
    access.require(actor, "term:list")
    may_edit = access.may(actor, "term:edit")
    found, total = vocabularies_acts.list_page(
        services(),
        actor=actor,
        kind=kind,
        text=given.text,
        limit=lists.PAGE_ROWS,
        offset=given.offset,
    )
    dialog, term_id = _wanted()
    chosen = (
        vocabularies_acts.one(services(), term_id, actor=actor) if term_id and may_edit else None
    )
    otherwise = (
        vocabularies_acts.named_otherwise(services(), UUID(chosen.id), actor=actor)
        if chosen and dialog == "describe"
        else []
    )
    open_kind = kind or TermKind.KEYWORD
    return render_template(
        "vocabularies/terms.html",
        here_key="terms",
        tools=lists.tools(given, [_choice(kind)]),
        terms=found,
        total=total,
        paging=lists.paging(given, len(found), total),
        kinds=[(one, t(f"labels.term-kinds.{one}")) for one in _KINDS],
        kind=open_kind.value,
        candidates=vocabularies_acts.candidates(
            services(), open_kind, actor=actor, limit=_CANDIDATES
        )
        if may_edit
        else [],
        may_edit=may_edit,
        dialog=dialog,
        chosen=chosen,
        otherwise=otherwise,
        at_once=vocabularies_acts.MOST_AT_ONCE,
        given=_given(chosen),
    )


def _wanted() -> tuple[str, UUID | None]:
    """The act whose dialog the address asks for, and on which term."""
    for act in ("change", "merge", "describe"):
        asked = request.args.get(act)
        if asked:
            try:
                return act, UUID(asked)
            except ValueError:
                raise TermNotFoundError(name=asked) from None
    return "", None


def _given(chosen: TermDocument | None) -> dict[str, str]:
    if chosen is None:
        return {}
    return {
        "name": chosen.name,
        "variants": "\n".join(chosen.variants),
        "note": chosen.note,
    }


def _kind() -> TermKind | None:
    wanted = lists.choice("kind", _KINDS)
    return TermKind(wanted) if wanted else None


def _choice(kind: TermKind | None) -> dict[str, Any]:
    named = [(one, t(f"labels.term-kinds.{one}")) for one in _KINDS]
    return {
        "name": "kind",
        "label": t("pages.terms.kind"),
        "options": lists.options("pages.terms.any_kind", named),
        "value": kind.value if kind else "",
    }


def _variants() -> list[str]:
    """One a line."""
    return [line for line in request.form.get("variants", "").splitlines() if line.strip()]


def _cells(rows: list[TermDocument]) -> Iterator[Row]:
    for row in rows:
        kind = t(f"labels.term-kinds.{row.kind}")
        yield kind, row.name, "; ".join(row.variants), row.uses, row.note


def _back(kind: str, describe: str | None = None) -> Response:
    return make_response(redirect(url_for(".show", kind=kind, describe=describe), code=303))
