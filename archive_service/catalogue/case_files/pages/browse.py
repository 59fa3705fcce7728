"""Duyệt kho: the holdings as a tree and by years, and the account's own shelf beside them."""

from typing import Any

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.catalogue.case_files.tree import (
    MOST_COUNTED,
    Branch,
    Opened,
    Twig,
    open_branch,
    years_held,
)
from archive_service.catalogue.holdings.shelf import (
    Shelved,
    forget_read,
    keep_in_sight,
    shelf_of,
)
from archive_service.domain.people.shelf import ShelfKind
from archive_service.request import current_actor, services
from archive_service.web.display import number
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.toasts import tell

bp = Blueprint("browse", __name__, template_folder="../templates")


@bp.get("/browse")
def show() -> str:
    """All fonds, or what stands in the branch that the address names."""
    actor, branch = current_actor(), _asked()
    access.require(actor, "case-file:list")
    with services().read_only() as session:
        opened = open_branch(session, branch, actor=actor)
        years = years_held(session, actor=actor)
        read = shelf_of(session, ShelfKind.READ, actor=actor)
        kept = shelf_of(session, ShelfKind.FAVOURITE, actor=actor)
    return render_template(
        "case_files/browse.html",
        here_key="browse",
        opened=_opened_document(opened),
        heading=_heading(branch),
        name=opened.name,
        decades=_decades(years, branch.year),
        read=[_shelved(shelved) for shelved in read],
        kept=[_shelved(shelved) for shelved in kept],
    )


@bp.get("/browse/branch")
def branch() -> str:
    """What stands in one branch, to be put into the tree."""
    with services().read_only() as session:
        opened = open_branch(session, _asked(), actor=current_actor())
    return render_template("case_files/branch.html", opened=_opened_document(opened))


@bp.post("/browse/kept/<code>")
def keep(code: str) -> Response:
    """Keep the case file in sight, or no longer."""
    kept = request.form.get("kept") == "1"
    keep_in_sight(services(), code, kept=kept, actor=current_actor())
    tell(t(f"pages.browse.{'kept_now' if kept else 'dropped'}", code=code))
    return make_response(redirect(url_for("case_files.show", code=code), code=303))


@bp.post("/browse/forget")
def forget() -> Response:
    """Empty the list of what was read lately."""
    forget_read(services(), actor=current_actor())
    tell(t("pages.browse.forgotten"))
    return make_response(redirect(url_for(".show"), code=303))


def _asked() -> Branch:
    given = request.args
    return Branch(
        fonds=given.get("fonds", ""),
        series=given.get("series", ""),
        year=given.get("year", type=int),
        case_file=given.get("case", ""),
        after=given.get("after", ""),
    )


def _address(branch: Branch) -> dict[str, Any]:
    """As the address names it; what ``_asked`` reads."""
    return {
        "fonds": branch.fonds or None,
        "series": branch.series or None,
        "year": branch.year,
        "case": branch.case_file or None,
        "after": branch.after or None,
    }


def _opened_document(opened: Opened) -> dict[str, Any]:
    more = opened.more
    return {
        "twigs": [_twig(twig) for twig in opened.twigs],
        "leaves": [
            {
                "ordinal": leaf.ordinal,
                "title": leaf.title,
                "href": url_for("case_files.show", code=leaf.case_file, document=leaf.ordinal),
            }
            for leaf in opened.leaves
        ],
        "more": more and url_for(".branch", **_address(more)),
        "more_page": more and url_for(".show", **_address(more)),
    }


def _twig(twig: Twig) -> dict[str, Any]:
    branch = twig.branch
    is_case = bool(branch.case_file)
    return {
        "code": twig.code,
        "title": twig.title,
        "icon": "archive" if not is_case and not branch.series else "folder",
        "count": _counted(twig.count, "documents" if is_case else "case_files"),
        "href": url_for("case_files.show", code=twig.code) if is_case else "",
        "part": url_for(".branch", **_address(branch)),
        "page": url_for(".show", **_address(branch)),
    }


def _counted(count: int, of: str) -> str:
    if of == "case_files" and count > MOST_COUNTED:
        return t("pages.browse.more_than", count=number(MOST_COUNTED, language()))
    return t(f"pages.browse.{of}", count=number(count, language()))


def _heading(branch: Branch) -> str:
    if branch.year is not None:
        return t("pages.browse.of_year", year=str(branch.year))
    return branch.case_file or " · ".join(name for name in (branch.fonds, branch.series) if name)


def _decades(years: list[tuple[int, int]], chosen: int | None) -> list[dict[str, Any]]:
    """Years in rows of ten, the newest first."""
    decades: dict[int, list[dict[str, Any]]] = {}
    for year, count in years:
        decades.setdefault(year // 10 * 10, []).append(
            {
                "year": year,
                "count": number(count, language()),
                "href": url_for(".show", year=year),
                "current": year == chosen,
            }
        )
    return [
        {"name": t("pages.browse.decade", first=first, last=first + 9), "years": found}
        for first, found in decades.items()
    ]


def _shelved(shelved: Shelved) -> dict[str, Any]:
    document = shelved.ordinal or None
    return {
        "code": shelved.code,
        "title": shelved.title,
        "at": shelved.at,
        "ordinal": shelved.ordinal,
        "href": url_for("case_files.show", code=shelved.code, document=document),
    }
