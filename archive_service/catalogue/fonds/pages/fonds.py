"""Phông: the fonds of each agency, what is said of them, and the tree of their series."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access, law
from archive_service.catalogue.fonds import acts as fonds_acts
from archive_service.catalogue.fonds.documents import FondsDocument, SeriesDocument
from archive_service.catalogue.fonds.given import FondsChange, FondsClose, FondsIn, SeriesIn
from archive_service.request import current_actor, services
from archive_service.web.display import day, number
from archive_service.web.fields import shown_day
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.refusals import given_in_form
from archive_service.web.toasts import tell

bp = Blueprint("fonds", __name__, template_folder="../templates", url_prefix="/fonds")

_TEXTS = ("history", "classification", "description", "former_names")
_LINES = ("name", "period", "total_documents", "languages", "code_scheme")


@bp.get("")
def show() -> str:
    """All fonds, and the one that the address names."""
    actor = current_actor()
    found = fonds_acts.list_fonds(services(), actor=actor)
    wanted = request.args.get("fonds", "")
    chosen = next((each for each in found if each.code == wanted), found[0] if found else None)
    tree: list[SeriesDocument] = []
    if chosen is not None:
        tree = fonds_acts.list_series(services(), chosen.code, actor=actor).series
    return render_template(
        "fonds/fonds.html",
        here_key="fonds",
        fonds=found,
        chosen=chosen,
        facts=_facts(chosen) if chosen else [],
        tree=tree,
        lines=_LINES,
        texts=_TEXTS,
        may_keep=access.may(actor, "fonds:keep"),
    )


@bp.post("")
def add() -> Response:
    """Open one more fonds."""
    made = fonds_acts.open_fonds(services(), given_in_form(FondsIn), actor=current_actor())
    return _back(made.code, "added")


@bp.post("/<code>")
def change(code: str) -> Response:
    """Change what is said of a fonds."""
    form = request.form
    fields = {name: form[name] for name in (*_LINES, *_TEXTS) if name in form}
    fields["risk_recovery"] = form.get("risk_recovery", "")
    given = given_in_form(FondsChange, fields=fields)
    fonds_acts.describe_fonds(services(), code, given, actor=current_actor())
    return _back(code, "edited")


@bp.post("/<code>/close")
def close(code: str) -> Response:
    """Close a fonds."""
    fonds_acts.close_fonds(services(), code, given_in_form(FondsClose), actor=current_actor())
    return _back(code, "closed_done")


@bp.post("/<code>/series")
def add_series(code: str) -> Response:
    """Add a series to the tree."""
    given = given_in_form(SeriesIn, code=request.form.get("series_code", ""))
    fonds_acts.add_series(services(), code, given, actor=current_actor())
    tell(t("pages.fonds.series_added", code=given.code))
    return make_response(redirect(url_for(".show", fonds=code, _anchor="series"), code=303))


@bp.post("/<code>/series/<series>/remove")
def remove_series(code: str, series: str) -> Response:
    """Remove a series in which nothing is left."""
    fonds_acts.remove_series(services(), code, series, actor=current_actor())
    tell(t("pages.fonds.series_removed", code=series))
    return make_response(redirect(url_for(".show", fonds=code, _anchor="series"), code=303))


def _back(code: str, word: str) -> Response:
    tell(t(f"pages.fonds.{word}", code=code))
    return make_response(redirect(url_for(".show", fonds=code), code=303))


def _facts(fonds: FondsDocument) -> list[tuple[str, str]]:
    lang = language()
    known = law.code_list("language")
    languages = ", ".join(known.label(code, lang) for code in fonds.languages.split(";") if code)
    return [
        (t("pages.fonds.agency"), fonds.agency),
        (t("pages.fonds.former"), ", ".join(fonds.former_names)),
        (t("pages.fonds.opened_on"), day(fonds.opened_on)),
        (t("pages.fonds.history"), fonds.history),
        (t("pages.fonds.period"), fonds.period),
        (
            t("pages.fonds.total_documents"),
            "" if fonds.total_documents is None else number(fonds.total_documents, lang),
        ),
        (t("pages.fonds.classification"), fonds.classification),
        (t("pages.fonds.languages"), languages),
        (
            t("pages.fonds.risk_recovery"),
            law.code_list("riskRecovery").label("1" if fonds.risk_recovery else "0", lang),
        ),
        (t("pages.fonds.description"), fonds.description),
        (t("pages.fonds.code_scheme"), fonds.code_scheme),
        (t("pages.fonds.held"), number(fonds.case_files, lang)),
        (t("pages.fonds.documents_held"), number(fonds.documents, lang)),
        (t("pages.fonds.span_held"), _span(fonds.first, fonds.last)),
    ]


def _span(first: str | None, last: str | None) -> str:
    return " – ".join(shown_day(day) for day in (first, last) if day)
