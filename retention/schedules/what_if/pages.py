"""A draft tried on what is kept, on its page: asked for, what it would move, thrown away."""

from typing import Any
from uuid import UUID

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for

from archive_service import access
from archive_service.domain.people.account import Actor
from archive_service.forms.tables import MEDIA_TYPES
from archive_service.request import current_actor, services
from archive_service.web import lists
from archive_service.web.display import number, size
from archive_service.web.language import language
from archive_service.web.layout import t
from archive_service.web.toasts import tell
from retention.schedules.what_if import acts as what_if_acts
from retention.schedules.what_if.rules import Conflict, Turn

bp = Blueprint("what_if", __name__, template_folder="templates", url_prefix="/retention-schedules")

_MOST_RULES = 12  # bars of the picture by entry
_MOST_YEARS = 12


@bp.post("/<uuid:schedule_id>/trial")
def start(schedule_id: UUID) -> Response:
    """Try the draft; a worker does it."""
    what_if_acts.start(services(), schedule_id, actor=current_actor())
    tell(t("pages.what_if.begun"))
    return _back(schedule_id)


@bp.post("/<uuid:schedule_id>/trial/discard")
def discard(schedule_id: UUID) -> Response:
    """Throw the trial away; the draft stays."""
    actor = current_actor()
    trial = what_if_acts.get_newest(services(), schedule_id, actor=actor)
    what_if_acts.discard(services(), trial.id, actor=actor)
    tell(t("pages.what_if.discarded"))
    return _back(schedule_id)


@bp.get("/<uuid:schedule_id>/trial")
def show_items(schedule_id: UUID) -> Response:
    """Case files whose last day would be another, a page at a time; or all of them as a table."""
    actor = current_actor()
    trial = what_if_acts.get_newest(services(), schedule_id, actor=actor)
    given = lists.asked()
    turn = lists.choice("turn", [turn_.value for turn_ in Turn])
    conflict = lists.choice("conflict", [way.value for way in Conflict])
    narrowed = {"turn": turn, "conflict": conflict}
    if given.export:
        return lists.written(
            f"thu-{trial.schedule.code}",
            given.export,
            lambda target: what_if_acts.write_items(
                services(), trial.id, target, actor=actor, lang=language(), **narrowed
            ),
            MEDIA_TYPES[given.export],
        )
    after = request.args.get("after", "")
    found = what_if_acts.list_items(
        services(),
        trial.id,
        actor=actor,
        after=after,
        limit=lists.PAGE_ROWS + 1,
        **narrowed,
    )
    more = found[lists.PAGE_ROWS :]
    shown = found[: lists.PAGE_ROWS]
    page = render_template(
        "what_if/what_if.html",
        here_key="schedules",
        trial=trial,
        items=shown,
        tools=lists.tools(given, [_choice("turn", turn), _choice("conflict", conflict)]),
        following=shown[-1]["code"] if more else None,
        after=after,
    )
    return make_response(page)


def told_on_page(schedule_id: UUID, state: str, *, actor: Actor) -> dict[str, Any] | None:
    """The panel of a draft's page: ``{may, trial, figures, turns, conflicts, notes, charts}``.

    ``None``: the schedule is no draft, or the account tries none.
    """
    if state != "draft" or not access.may(actor, "retention:simulate"):
        return None
    trial = what_if_acts.newest_of(services(), schedule_id, actor=actor)
    if trial is None:
        return {"trial": None}
    counts, lang = dict(trial.counts), language()
    asked = (("looked", number), ("moved", number), ("moved_bytes", size), ("due", number))
    turns, conflicts = counts["turns"], counts["conflicts"]
    return {
        "trial": trial,
        "figures": [
            (write(counts[name], lang), "", t(f"pages.what_if.{name}")) for name, write in asked
        ],
        "turns": [
            (turn.value, t(f"labels.what-if-turn.{turn.value}"), *turns[turn.value])
            for turn in Turn
            if turn.value in turns
        ],
        "conflicts": [
            (
                conflict.value,
                t(f"labels.what-if-conflict.{conflict.value}"),
                conflicts[conflict.value],
            )
            for conflict in Conflict
            if conflict.value in conflicts
        ],
        "notes": [
            t(f"pages.what_if.{name}", count=number(counts[name], lang))
            for name in ("gone", "unclear")
            if counts[name]
        ],
        "charts": _charts(counts),
    }


def _charts(counts: dict[str, Any]) -> list[dict[str, Any]]:
    """By year as it is and as it would be; and the entries that move most."""
    years = _years(counts["years"])
    rules = sorted(counts["rules"].items(), key=lambda rule: (-rule[1][0], rule[0]))
    names = (t("pages.what_if.as_it_is"), t("pages.what_if.as_it_would_be"))
    charts = [
        _chart("by_year", names, years),
        _chart("by_rule", (), [(code, [row[0]]) for code, row in rules[:_MOST_RULES]]),
    ]
    return [chart for chart in charts if chart["longest"]]


def _chart(key: str, names: tuple[str, ...], bars: list[tuple[str, list[int]]]) -> dict[str, Any]:
    return {
        "title": t(f"pages.what_if.{key}"),
        "names": names,
        "bars": [{"label": label, "values": values} for label, values in bars],
        "longest": max((max(values) for _, values in bars), default=0),
    }


def _years(found: dict[str, list[int]]) -> list[tuple[str, list[int]]]:
    """Case files of each year before and after; years beyond the first so many in one bar."""
    of_years = sorted(year for year in found if year.isdigit())
    drawn, later = of_years[:_MOST_YEARS], of_years[_MOST_YEARS:]
    bars = [(year, [found[year][0], found[year][2]]) for year in drawn]
    if later:
        sums = [sum(found[year][at] for year in later) for at in (0, 2)]
        bars.append((t("pages.due.from_year", year=later[0]), sums))
    rest = sorted(found.keys() - set(of_years))
    return bars + [
        (t(f"pages.due.years.{word}"), [found[word][0], found[word][2]]) for word in rest
    ]


def _choice(name: str, value: str) -> dict[str, Any]:
    kinds = Turn if name == "turn" else Conflict
    labels = [(kind.value, t(f"labels.what-if-{name}.{kind.value}")) for kind in kinds]
    return {
        "name": name,
        "label": t(f"labels.what-if-column.{name}"),
        "options": lists.options(f"pages.what_if.any_{name}", labels),
        "value": value,
    }


def _back(schedule_id: UUID) -> Response:
    address = url_for("retention_schedules.show", name=schedule_id, _anchor="trial")
    return make_response(redirect(address, code=303))
