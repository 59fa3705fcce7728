"""Tra cứu: one box over all words, facets beside the hits, found words marked."""

from typing import Any, cast
from uuid import UUID

from flask import (
    Blueprint,
    Response,
    jsonify,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)

from archive_service import access
from archive_service.catalogue.holdings.opening import get_document
from archive_service.catalogue.holdings.shelf import basket_of
from archive_service.errors import ArchiveError, InputError, NotFoundError
from archive_service.request import current_actor, services
from archive_service.web.errors import shown as shown_above
from archive_service.web.fields import access_word, shown_day
from archive_service.web.language import language
from archive_service.web.layout import here, t
from archive_service.web.lists import written
from search.acts import notes_of
from search.by_document import ShownHit, ShownHits, ShownPage, find_code, find_documents
from search.conditions import Conditions, in_address
from search.documents import ToldDocument
from search.export.acts import FORMS, MEDIA_TYPES, Form, Taken, export_hits
from search.export.columns import COLUMNS
from search.facets import Facets, in_words
from search.kept.acts import (
    KeptSearchDocument,
    KeptSearchList,
    list_kept_searches,
    note_search,
)
from search.order import SORTS
from search.pages.address import (
    DAYS,
    SearchOptionUnknownError,
    address_of,
    asked_conditions,
    read_conditions,
    refusal_of,
)
from search.part import part_words
from search.port import MAX_DEPTH, VALUE_OF, Estimate
from search.query import EmptyQueryError, plain
from search.similar import similar_documents
from search.snippet import as_marks
from search.suggest import SuggestionDocument, suggest
from search.tally import count_search

bp = Blueprint("search", __name__, template_folder="../templates")

_HITS = 20
_LAST_SHOWN = 10  # of one's last searches
_MOST_IN_ADDRESS = 2_000  # characters; more words than are asked
_MOST_VALUES = 50  # of one facet
_ALWAYS = ("agency", "year", "type")
_ICONS = {"case-file": "folder", "document": "file-earmark-text", "signer": "person"}


@bp.get("/search")
def show() -> Response:
    """The box, and what it finds; a whole code of a case file leads straight to it.

    A condition that is not understood is told and kept; the search goes on without it.
    """
    actor = current_actor()
    access.require(actor, "search")
    query = plain(request.args.get("q", "")).strip()
    if len(query) > _MOST_IN_ADDRESS:  # every link of the page would carry it
        return make_response(redirect(here(q=query[:_MOST_IN_ADDRESS], cut="1"), code=303))
    if code := find_code(services(), query, actor=actor) if query else None:
        return make_response(redirect(url_for("case_files.show", code=code), code=303))
    conditions, wrong = read_conditions(request.args)
    sort = request.args.get("sort") or "best"
    strange = [] if sort in SORTS else [("sort", sort)]
    sort = "best" if strange else sort
    page = _asked_page()
    refused: ArchiveError | None = refusal_of([*wrong, *strange])
    try:
        found = find_documents(
            services(),
            query,
            actor=actor,
            conditions=conditions,
            order=SORTS[sort],
            limit=_HITS,
            skip=(page - 1) * _HITS,
            as_typed="as_typed" in request.args,
        )
    except EmptyQueryError:
        found = None
    except (InputError, NotFoundError) as error:  # of a condition: what was typed stays
        found, refused = None, error
    facets: Facets = {name: [] for name in VALUE_OF} if found is None else found.facets
    with services().read_only() as session:
        basket = basket_of(session, actor=actor)
    shown: dict[str, Any] = {"here_key": "search", "query": query, "result": found}
    shown["basket"] = basket
    if found is None:
        shown |= _own_searches(list_kept_searches(services(), actor=actor))
    shown |= {
        "chosen": [*_chosen(facets, conditions), *map(_not_understood, [*wrong, *strange])],
        "narrowed": [*in_address(conditions), *wrong],
        "kept": [(name, value) for name, value in wrong if name not in DAYS],
    }
    problem, status = shown_above(refused)
    shown |= {"problem": problem, "no_word": bool(query) and found is None and refused is None}
    if found is not None:
        if page == 1 and "as_typed" not in request.args:
            count_search(services(), found)
            note_search(services(), query, conditions, SORTS[sort], actor=actor)
        shown |= _results(found, query, conditions, sort, page)
    return make_response(render_template("search/search.html", **shown), status)


def _results(
    found: ShownHits, query: str, conditions: Conditions, sort: str, page: int
) -> dict[str, Any]:
    """What the page shows of what was found."""
    return {
        "estimated": isinstance(found.case_files, Estimate),
        "hits": [_hit(hit, _asked(query, found.told)) for hit in found.hits],
        "facets": _facets(found.facets, conditions),
        "days": {name: request.args.get(name, "") for name in DAYS},
        "columns": COLUMNS,
        "forms": FORMS,
        "as_typed": "as_typed" in request.args,
        "notes": _notes(found.told),
        "typed_href": here(as_typed="1", page=None),
        "sorts": list(SORTS),
        "sort": sort,
        "neighbours": _neighbours(found.total, page),
        "range": ((page - 1) * _HITS + 1, (page - 1) * _HITS + len(found.hits)),
    }


def _notes(told: ToldDocument | None) -> list[tuple[str, str]]:
    """What is told of the query, and that it was too long for an address."""
    notes = list(notes_of(told, t))
    cut = "cut" in request.args and not (told and told.cut)
    return [(t("labels.search-told.cut"), ""), *notes] if cut else notes


@bp.get("/search/export")
def export() -> Response:
    """Every hit of the search as a table, in the columns that were chosen."""
    sort = request.args.get("sort") or "best"
    form = request.args.get("form") or "xlsx"
    names = request.args.getlist("column")
    for field, values, known in (
        ("sort", [sort], SORTS),
        ("form", [form], FORMS),
        ("column", names, COLUMNS),
    ):
        if wrong := next((value for value in values if value not in known), None):
            raise SearchOptionUnknownError(field=field, value=wrong)
    given = Taken(
        form=cast("Form", form),
        columns=tuple(name for name in COLUMNS if name in names) or COLUMNS,
        order=SORTS[sort],
        conditions=asked_conditions(request.args),
        as_typed="as_typed" in request.args,
    )
    query = plain(request.args.get("q", "")).strip()
    actor = current_actor()
    access.require(actor, "search")
    return written(
        "ket-qua-tra-cuu",
        given.form,
        lambda target: export_hits(
            services(), query, given, actor=actor, lang=language(), target=target
        ),
        MEDIA_TYPES[given.form],
    )


@bp.get("/search/suggestions")
def suggestions() -> Response:
    """What fits what is being typed, as the box shows it, in JSON."""
    found = suggest(services(), request.args.get("q", ""), actor=current_actor()).suggestions
    return jsonify(
        entries=[
            {
                "href": _suggested_href(suggestion),
                "text": suggestion.text,
                "code": suggestion.code,
                "kind": t(f"labels.search-suggested.{suggestion.kind}"),
                "icon": _ICONS[suggestion.kind],
            }
            for suggestion in found
        ]
    )


@bp.get("/search/similar/<uuid:document_id>")
def similar(document_id: UUID) -> str:
    """Documents like this one, the most alike first."""
    actor = current_actor()
    hits = similar_documents(services(), document_id, actor=actor).hits
    with services().read_only() as session:
        case_file, document = get_document(session, document_id, actor=actor)
        place = {
            "code": case_file.code,
            "ordinal": document.ordinal,
            "title": document.subject,
        }
    return render_template("search/similar.html", here_key="search", document=place, hits=hits)


def _suggested_href(suggestion: SuggestionDocument) -> str:
    if suggestion.kind == "signer":
        return url_for("search.show", q=suggestion.query)
    return url_for("case_files.show", code=suggestion.code, document=suggestion.document)


def _asked(typed: str, told: ToldDocument | None) -> str:
    """The words that are marked in what a hit leads to."""
    return (told and told.instead) or typed


def _not_understood(condition: tuple[str, str]) -> dict[str, str]:
    name, value = condition
    rest = [other for other in request.args.getlist(name) if other.strip() != value]
    return {"text": t("pages.search.not_understood", value=value), "href": _dropped(name, rest)}


def _own_searches(own: KeptSearchList) -> dict[str, Any]:
    """One's own searches as links, under what they are called or what they ask."""
    return {
        "saved": [_own_search(kept_search) for kept_search in own.kept],
        "last": [_own_search(kept_search) for kept_search in own.last[:_LAST_SHOWN]],
        "history": own.history,
    }


def _own_search(kept: KeptSearchDocument) -> dict[str, Any]:
    return {
        "id": kept.id,
        "text": kept.name or _in_words(kept),
        "href": _address(kept),
        "at": kept.at,
        "watched": kept.watched,
    }


def _address(kept: KeptSearchDocument) -> str:
    return address_of(kept.text, kept.conditions, kept.order)


def _in_words(kept: KeptSearchDocument) -> str:
    narrowed = (value for _, value in in_address(kept.conditions))
    return " · ".join([*([kept.text] if kept.text else []), *narrowed])


def _hit(hit: ShownHit, query: str) -> dict[str, Any]:
    def leads_to(page: int | None) -> str:
        return url_for("case_files.show", code=hit.code, document=hit.document, page=page, q=query)

    return vars(hit) | {
        "title": as_marks(hit.title),
        "access": access_word(hit.mode),
        "href": leads_to(_page(hit.pages)),
        "snippets": [
            {
                "where": part_words(page.part, language())
                or t("pages.search.page", page=page.page),
                "href": leads_to(None if page.part else page.page),
                "text": as_marks(page.snippet),
            }
            for page in hit.pages
            if page.page is not None or page.part
        ],
    }


def _page(found: list[ShownPage]) -> int | None:
    """Of the best hit; an office file has no pages that could be shown."""
    return found[0].page if found and not found[0].part else None


def _facets(facets: Facets, conditions: Conditions) -> list[dict[str, Any]]:
    """Those that can narrow: always the first ones, of the others those with several values."""
    shown_facets = []
    for name in VALUE_OF:
        chosen = conditions.values_of(name)
        found = facets[name]
        here_too = {value for value, _, _ in found}
        gone = [(value, _unnamed(name, value), 0) for value in chosen if value not in here_too]
        values = [
            {
                "value": value,
                "text": in_words(name, text, language()),
                "count": count,
                "estimated": isinstance(count, Estimate),
                "chosen": value in chosen,
            }
            for value, text, count in [*found, *gone]
        ]
        values = sorted(values, key=lambda value: not value["chosen"])[:_MOST_VALUES]
        if chosen or len(values) > 1 or name in _ALWAYS:
            label = t(f"pages.search.facet_{name}")
            shown_facets.append({"name": name, "label": label, "values": values})
    return shown_facets


def _chosen(facets: Facets, conditions: Conditions) -> list[dict[str, str]]:
    """Each condition with the address that drops it."""
    chips = []
    for name in VALUE_OF:
        chosen = conditions.values_of(name)
        words = {value: text for value, text, _ in facets[name]}
        for value in chosen:
            rest = [other for other in chosen if other != value]
            text = in_words(name, words.get(value) or _unnamed(name, value), language())
            chips.append({"text": text, "href": _dropped(name, rest)})
    for code in conditions.case_files:
        rest = [other for other in conditions.case_files if other != code]
        chips.append({"text": t("pages.search.inside", code=code), "href": _dropped("in", rest)})
    for end, day in (("from", conditions.from_on), ("to", conditions.to_on)):
        if day:
            text = t(f"pages.search.{end}_day", day=shown_day(day.isoformat()))
            chips.append({"text": text, "href": _dropped(end, [])})
    return chips


def _unnamed(name: str, value: str) -> str:
    """Of a chosen value under which nothing is found; its name may not be one's to know."""
    return t("pages.search.one_series") if name == "series" else value


def _dropped(name: str, rest: list[str]) -> str:
    return here(**{name: rest or None, "page": None})


def _neighbours(total: int, page: int) -> dict[str, Any]:
    """Pages before and after, and the numbers of those shown; 0 where some are left out."""
    last = min(-(-total // _HITS), MAX_DEPTH // _HITS)
    wanted = sorted({1, last, *range(page - 2, page + 3)} & {*range(1, last + 1)})
    numbers: list[int] = []
    for number in wanted:
        if numbers and number - numbers[-1] > 1:
            numbers.append(0)
        numbers.append(number)
    return {
        "now": page,
        "numbers": [(number, here(page=number)) for number in numbers] if last > 1 else [],
        "previous": here(page=min(page - 1, last)) if page > 1 and last else None,
        "next": here(page=page + 1) if page < last else None,
    }


def _asked_page() -> int:
    asked = request.args.get("page", 1, type=int)
    return max(1, min(asked, MAX_DEPTH // _HITS))
