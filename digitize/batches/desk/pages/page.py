"""The large page of a batch as its template takes it: picture, measures, findings, proposals."""

from collections.abc import Callable, Mapping
from typing import Any

from flask import request, url_for

from archive_service import law
from archive_service.request import services
from archive_service.web.display import day, number, percent
from archive_service.web.language import language
from archive_service.web.layout import t
from digitize.batches.desk.consent import IN_LIST, RULE
from digitize.batches.desk.pages.view import (
    decided_words,
    document_name,
    page_title,
    pictured,
    upright,
    verdict_badge,
)
from digitize.batches.reading.places import PLACE
from digitize.page_one.check import CODED

Told = dict[str, Any]

GAUGE_LENGTH = 300  # in units of its own
# Where the limit stands: what must not be more has room above it, what must not be less below.
_SPAN = {"above": 4, "below": 2}
_TONES = {"good": "ok", "warning": "warn", "error": "error"}
_USUAL = {"skew_abs_deg", "dpi", "blur_mm", "paper_level", "ink_share"}
_WHOLE = 20  # from here on a number is told without what stands after its point


def page_context(batch: Told, address: Callable[..., str]) -> Told:
    """Everything that ``scanning_batch.html`` names of its page; see ``batch_views.show_desk``."""
    detail: Told = batch["page"]
    document = _document_of(detail, batch)
    words, symbol, tone = verdict_badge(detail)
    measures, more_measures = gauges(detail)
    is_bad = "rescan" in (detail["verdict"], detail["decision"]) and not detail["secret"]
    return detail | {
        "title": page_title(detail),
        "verdict_words": words,
        "verdict_icon": symbol,
        "verdict_tone": tone,
        "rescan": is_bad and detail["undecided"],
        "asks": detail["undecided"] or detail["secret"],
        "decided": decided_words(detail, batch["people"]),
        "next_id": detail["next_flagged"],
        "next_flagged": _to(address, detail["next_flagged"]),
        "previous_flagged": _to(address, detail["previous_flagged"]),
        "picture": _picture(detail, document),
        "original": "" if detail["hidden"] else _original(detail),
        "findings": [pictured(one, batch["named"], address) for one in detail["findings"]],
        "measures": measures,
        "more_measures": more_measures,
        "proposals": _proposals(detail, document, batch, address),
        "splits": document is not None and document["first_page"] != detail["id"],
        "joins": document is not None and document["ordinal"] > 1,
        "document_name": document_name(document) if document else "",
        "code": (document["code"] if document else "") or batch["code"],
        "ordinal": document["document"] if document else None,
        "dpi_shown": round(detail["dpi"]) if detail["dpi"] else None,
    }


def _to(address: Callable[..., str], page: str | None) -> str | None:
    return address(page) if page else None


def _document_of(detail: Told, batch: Told) -> Told | None:
    documents: list[Told] = batch["documents"]
    return next((one for one in documents if one["id"] == detail["document"]), None)


def _original(detail: Told) -> str:
    return url_for("api_batches_desk.image", page_id=detail["id"])


def _picture(detail: Told, document: Told | None) -> Told | None:
    width, height = upright(detail)
    if detail["hidden"] or not width or not height:
        return None
    marks = []
    field = request.args.get("field", "")
    proposal = document["proposals"].get(field) if document else None
    if proposal is not None and proposal["page"] == detail["id"]:
        left, top, right, bottom = proposal["box"]
        marks = [
            {
                "x": round(left * width),
                "y": round(top * height),
                "width": round((right - left) * width),
                "height": round((bottom - top) * height),
            }
        ]
    return {
        "href": url_for("scanning_batch.picture", page_id=detail["id"]),
        "width": width,
        "height": height,
        "alt": t("pages.scanning.picture_of", page=page_title(detail)),
        "heat": url_for("scanning_batch.words", page_id=detail["id"]) if detail["words"] else "",
        "marks": marks,
        "named": "page-image",
    }


def _proposals(
    detail: Told, document: Told | None, batch: Told, address: Callable[..., str]
) -> list[Told]:
    """What was read from this page of the document; on its first page all of it."""
    if document is None:
        return []
    own: list[str] = batch["own"]
    if detail["id"] not in own:
        return []
    first = detail["id"] == own[0]
    return [
        _proposal(field, one, document, own, address)
        for field, one in document["proposals"].items()
        if first or one["page"] == detail["id"]
    ]


def _proposal(
    field: str,
    one: Mapping[str, Any],
    document: Told,
    own: list[str],
    address: Callable[..., str],
) -> Told:
    page = one["page"] if one["page"] in own else own[0]
    return {
        "field": field,
        "document": document["id"],
        "label": t(f"labels.page-one.{field}"),
        "value": value_shown(field, one, "value"),
        "in_list": value_shown(field, one, IN_LIST) if IN_LIST in one else "",
        "confidence": f"{number(round(one['confidence']), language())} %",
        "state": one.get("state", "proposed"),
        "by_rule": t("pages.scanning.by_rule", least=f"{one['least']:g}")
        if is_by_rule(one)
        else "",
        "href": address(page, field=field),
    }


def is_by_rule(one: Mapping[str, Any]) -> bool:
    """Whether the rule of the settings took it, and nobody."""
    return one.get("by") == RULE and "least" in one


def value_shown(field: str, one: Mapping[str, Any], told: str) -> str:
    """As it will be written: a date as on a Vietnamese calendar, a type by its name."""
    value = str(one[told])
    if field == "date":
        return day(value)
    if field in CODED:
        return law.code_list(CODED[field]).label(value, language())
    return f"{value}: {one['text']}" if field == PLACE else value


def gauges(detail: Told) -> tuple[list[Told], list[Told]]:
    """What people look at: what is wrong, then the usual measures; and all the others.

    How surely the words were read stands at the end of the first.
    """
    rank = {"error": 0, "warning": 1}
    shown = sorted(detail["measures"], key=lambda one: rank.get(one["state"], 2))
    first = [one for one in shown if one["state"] in rank or one["name"] in _USUAL]
    others = [one for one in shown if one not in first]
    return [*(_gauge(one) for one in first), *_confidence(detail)], [_gauge(one) for one in others]


def _gauge(one: Told) -> Told:
    bound, side = one["limit"], one["side"]
    at = mark = None
    if bound is not None and bound > 0 and side in _SPAN:
        whole = bound * _SPAN[side]
        at = max(0, min(round(abs(one["value"]) / whole * GAUGE_LENGTH), GAUGE_LENGTH - 2))
        mark = round(GAUGE_LENGTH / _SPAN[side])
    words = {"above": "at_most", "below": "at_least"}.get(side)
    limit = t(f"pages.scanning.{words}", limit=_told(bound, one["unit"])) if words else ""
    return {
        "label": one["label"],
        "value": _told(one["value"], one["unit"]),
        "limit": limit,
        "tone": _TONES.get(one["state"], ""),
        "at": at,
        "mark": mark,
    }


def _confidence(detail: Told) -> list[Told]:
    if detail["confidence"] is None:
        return []
    least = services().settings.digitize.hard_below
    doubtful = detail["confidence"] < least
    share = f"{number(round(detail['confidence']), language())} %"
    return [
        {
            "label": t("pages.scanning.confidence"),
            "value": share,
            "limit": t("pages.scanning.at_least", limit=f"{number(least, language())} %"),
            "tone": "warn" if doubtful else "ok",
            "at": min(round(detail["confidence"] / 100 * GAUGE_LENGTH), GAUGE_LENGTH - 2),
            "mark": round(least / 100 * GAUGE_LENGTH),
        }
    ]


def _told(value: float, unit: str) -> str:
    """``2,4°``, ``8,3 %``, ``200 dpi``."""
    lang = language()
    if unit == "share":
        return percent(value, lang)
    figure = number(round(value) if abs(value) >= _WHOLE else round(value, 2), lang)
    if unit == "degree":
        return f"{figure}°"
    word = t(f"labels.measure-units.{unit}")
    return figure if word.startswith("labels.") else f"{figure} {word}"
