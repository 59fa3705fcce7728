"""Sửa nhiều hồ sơ: one order for many case files, shown before it is done, and taken back."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access, law, messages
from archive_service.catalogue.fonds.placing import FONDS, PLACES
from archive_service.catalogue.holdings.list_filter import filters_of, narrowing_of
from archive_service.catalogue.many import acts as many_acts
from archive_service.catalogue.many import views as many_views
from archive_service.catalogue.many.changes import ACTS, SCOPES, offered
from archive_service.catalogue.many.documents import DescriptionOrder
from archive_service.catalogue.many.jobs import AT_ONCE, go_on
from archive_service.catalogue.own_fields.fields import own_labels
from archive_service.domain.agencies.own_field import OWN
from archive_service.domain.case_files.case_standing import HELD
from archive_service.domain.case_files.description_batch import BatchState, ItemState
from archive_service.errors import ArchiveError
from archive_service.request import Body, current_actor, services, takes
from archive_service.web import lists
from archive_service.web.display import day
from archive_service.web.errors import shown as refusal
from archive_service.web.fields import label_of, shown_value
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.toasts import tell
from ingest.channels.values import MODE_MAT

bp = Blueprint("many", __name__, template_folder="templates")

ROWS = 3  # of the form, for any other field
_NAMED = 12  # codes that the form shows
_KINDS = {"case-file": ("case-file",), "documents": ("document", "picture", "media")}
# Fields of the form that are an order each: name → scope, field, act.
_ORDERS = {
    "keyword_add": ("case-file", "keyword", "add"),
    "keyword_remove": ("case-file", "keyword", "remove"),
    "description_add": ("case-file", "description", "add"),
    "mode": ("case-file", "mode", "set"),
    "maintenance": ("case-file", "maintenance", "set"),
    "term": ("case-file", "term", "set"),
    "fonds": ("case-file", "fonds", "set"),
}
# Words of the filters of the list that take one of several values.
_FILTER_WORDS = {
    "state": "badges.case",
    "paper": "labels.paper-states",
    "record": "labels.electronic-records",
    "ends": "pages.due.years",
}
_NONE = "-"  # of the list of series: out of any


@bp.get("/case-files/many")
def ask() -> str:
    """What is to be changed in the case files that were ticked, or in all of the list."""
    actor, given = current_actor(), request.args
    access.require(actor, "case-file:describe")
    whole = given.get("all") == "1"
    codes = list(dict.fromkeys(given.getlist("code")))
    total = many_acts.count_matching(services(), narrowing_of(given), actor=actor) if whole else 0
    choices = many_views.choices_of(services(), actor=actor)
    return render_template(
        "many/many.html",
        here_key="case-files",
        whole=whole,
        codes=codes,
        named=codes[:_NAMED],
        count=total if whole else len(codes),
        most=many_acts.MOST_AT_ONCE,
        narrows=list(filters_of(given).items()),
        narrowed_to=[
            _filter_words(name, value)
            for name, value in filters_of(given).items()
            if name != "nearly"
        ],
        modes=_modes(),
        periods=_coded("maintenance"),
        series=_series(choices),
        fonds=[("", t("pages.many.leave")), *((c, f"{c} · {n}") for c, n in choices["fonds"])],
        fields=_fields(choices),
        acts=[(act, t(f"pages.many.acts.{act}")) for act in ACTS],
        rows=range(1, ROWS + 1),
        given=given,
    )


def _filter_words(name: str, value: str) -> str:
    """One filter of the list as the list itself names it."""
    if name == "state" and value == HELD:
        return t("pages.case_files.held_state")
    if name == "ends" and value.removesuffix("+").isdigit():
        key = "in_years" if value.endswith("+") else "in_year"
        return t(f"pages.due.{key}", year=value.removesuffix("+"))
    words = f"{_FILTER_WORDS.get(name, name)}.{value}"
    return t(words) if messages.has(words) else value


@bp.post("/case-files/many")
@takes(Body.LIST, "case-file:describe")
def begin() -> Response:
    """Look what the orders would change; then the page that shows it."""
    actor, form = current_actor(), request.form
    whole = form.get("all") == "1"
    batch = many_acts.begin(
        services(),
        list(_orders()),
        reason=form.get("reason", ""),
        actor=actor,
        codes=None if whole else form.getlist("code"),
        narrowing=narrowing_of(form) if whole else None,
    )
    if whole or len(form.getlist("code")) > AT_ONCE:
        return _to(batch)  # a worker looks at them
    while go_on(services(), batch, actor=actor):
        continue
    return _to(batch)


@bp.get("/description-batches")
def show_list() -> str:
    """All batches, the newest first."""
    given, actor = lists.asked(), current_actor()
    rows, total = many_views.batches_page(
        services(), actor=actor, limit=lists.PAGE_ROWS, offset=given.offset
    )
    return render_template(
        "many/batches.html",
        here_key="description-batches",
        batches=rows,
        total=total,
        paging=lists.paging(given, len(rows), total),
    )


@bp.get("/description-batches/<uuid:batch_id>")
def show(batch_id: UUID) -> Response:
    """What it changes, case file by case file; its progress goes on by itself."""
    return _page(batch_id)


@bp.post("/description-batches/<uuid:batch_id>/apply")
def apply(batch_id: UUID) -> Response:
    """Do what was shown."""
    try:
        many_acts.apply(services(), batch_id, actor=current_actor())
    except many_acts.DescriptionBatchStateError as refused:
        return _page(batch_id, refused)
    tell(t("pages.many.applied"))
    return _to(batch_id)


@bp.post("/description-batches/<uuid:batch_id>/drop")
def drop(batch_id: UUID) -> Response:
    """Do nothing of it."""
    try:
        many_acts.drop(services(), batch_id, actor=current_actor())
    except many_acts.DescriptionBatchStateError as refused:
        return _page(batch_id, refused)
    tell(t("pages.many.dropped"))
    return make_response(redirect(url_for("case_files.show_list"), code=303))


@bp.post("/description-batches/<uuid:batch_id>/undo")
def undo(batch_id: UUID) -> Response:
    """Look what would be taken back."""
    back = many_acts.undo(
        services(), batch_id, reason=request.form.get("reason", ""), actor=current_actor()
    )
    for _ in range(2):  # a few are looked at now; a worker goes on with the rest
        go_on(services(), back, actor=current_actor())
    return _to(back)


def _page(batch_id: UUID, refused: ArchiveError | None = None) -> Response:
    actor, given = current_actor(), lists.asked()
    batch = many_views.batch_document(services(), batch_id, actor=actor)
    wanted = lists.choice("state", [state.value for state in ItemState])
    states = (ItemState(wanted),) if wanted else ()
    items = many_views.items_page(
        services(), batch_id, actor=actor, states=states, limit=lists.PAGE_ROWS,
        offset=given.offset, lang=language(),
    )  # fmt: skip
    total = batch.counts[ItemState(wanted)] if wanted else batch.total
    labels = own_labels(services(), actor=actor)
    for item in items:
        item["changes"] = [_shown(change, labels) for change in item["changes"]]
        kept = item["retention"] or {}
        item["retention"] = {name: _last_day(day) for name, day in kept.items()}
    problem, status = refusal(refused)
    judging = batch.state is BatchState.JUDGING
    done = batch.total - batch.counts[ItemState.WAITING if judging else ItemState.READY]
    shown = render_template(
        "many/batch.html",
        here_key="description-batches",
        batch=batch,
        done=done,
        items=items,
        wanted=wanted,
        orders=[_order_told(order, labels) for order in batch.orders],
        paging=lists.paging(given, len(items), total),
        problem=problem,
    )
    return make_response(shown, status)


def _orders() -> Iterator[dict[str, str]]:
    """What the form asks for; an empty line asks for nothing."""
    form = request.form
    for name, (scope, field, act) in _ORDERS.items():
        if value := form.get(name, "").strip():
            yield {"scope": scope, "field": field, "act": act, "value": value}
    if series := form.get("series", ""):
        value = "" if series == _NONE else series
        yield {"scope": "case-file", "field": "series", "act": "set", "value": value}
    if find := form.get("title_find", ""):
        yield {"scope": "case-file", "field": "title", "act": "replace", "find": find,
               "value": form.get("title_put", "")}  # fmt: skip
    for number in range(1, ROWS + 1):
        scope, _, field = form.get(f"field_{number}", "").partition("/")
        if field:
            facts = {name: form.get(f"{name}_{number}", "") for name in ("act", "value", "find")}
            yield {"scope": scope, "field": field, **facts}


def _coded(name: str) -> list[tuple[str, str]]:
    known = law.code_list(name)
    labels = [(code, known.label(code, language())) for code in known.codes]
    return [("", t("pages.many.leave")), *labels]


def _modes() -> list[tuple[str, str]]:
    return [(code, words) for code, words in _coded("mode") if code != MODE_MAT]


def _series(choices: dict[str, Any]) -> list[tuple[str, str]]:
    several = len(choices["fonds"]) > 1
    series = [
        (code, f"{code} · {title}{f' ({fonds})' if several else ''}")
        for code, title, fonds in choices["series"]
    ]
    return [("", t("pages.many.leave")), (_NONE, t("pages.many.no_series")), *series]


def _fields(choices: dict[str, Any]) -> list[tuple[str, str]]:
    found = [("", t("pages.many.choose_field"))]
    for scope in SCOPES:
        rules = offered(scope, choices["own"][scope])
        fields = [
            (f"{scope}/{name}", t("pages.many.field_of", scope=_scope_words(scope, name),
                                  field=label_of(rule)))
            for name, rule in rules.items()
        ]  # fmt: skip
        found += sorted(fields, key=lambda field: field[1].casefold())
    return found


def _scope_words(scope: str, field: str) -> str:
    """Whose field it is: of pictures alone, or of recordings alone, where no other has it."""
    bear = [kind for kind in _KINDS[scope] if law.find_field(kind, field) is not None]
    only = bear[0] if len(bear) == 1 and bear[0] in ("picture", "media") else scope
    return t(f"pages.many.scopes.{only}")


def _label(kind: str, field: str, labels: dict[str, str]) -> str:
    if field in PLACES:
        return t("pages.many.fonds" if field == FONDS else "pages.many.series")
    rule = law.find_field(kind, field)
    return labels.get(field, field.removeprefix(OWN)) if rule is None else label_of(rule)


def _shown(change: dict[str, Any], labels: dict[str, str]) -> dict[str, Any]:
    """A change in words: where it is, the field, before and after as people write them."""
    rule = law.find_field(change["kind"], change["field"])
    values = {
        name: shown_value(rule, change[name]) if rule is not None else change[name]
        for name in ("was", "becomes")
    }
    place = t("pages.describe.document", ordinal=change["ordinal"]) if change["ordinal"] else ""
    return values | {"place": place, "label": _label(change["kind"], change["field"], labels)}


def _last_day(kept: dict[str, Any]) -> str:
    """How long it is kept, in words: vĩnh viễn, the last day, or that none is known."""
    if kept["permanent"]:
        return t("badges.permanent")
    return day(kept["ends_on"]) if kept["ends_on"] else t("pages.many.no_last_day")


def _order_told(order: DescriptionOrder, labels: dict[str, str]) -> str:
    kinds = _KINDS[order.scope]
    named = (kind for kind in kinds if law.find_field(kind, order.field) is not None)
    kind = next(named, kinds[0])
    rule = law.find_field(kind, order.field)
    value = order.value if rule is None else shown_value(rule, order.value)
    facts = {
        "scope": _scope_words(order.scope, order.field),
        "field": _label(kind, order.field, labels),
        "value": value or t("pages.many.nothing"),
        "find": order.find,
    }
    return t(f"pages.many.told.{order.act}", **facts)


def _to(batch_id: UUID) -> Response:
    return make_response(redirect(url_for("many.show", batch_id=batch_id), code=303))
