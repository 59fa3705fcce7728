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
from digitize.batches.reading.read import PHOTOGRAPHED
from digitize.page_one.check import CODED

Facts = dict[str, Any]

STRAIGHT = "straight"  # how the address asks for the derived picture
GAUGE_LENGTH = 300  # in units of its own
# Where the limit stands: what must not be more has room above it, what must not be less below.
_SPAN = {"above": 4, "below": 2}
_TONES = {"good": "ok", "warning": "warn", "error": "error"}
_USUAL = {"skew_abs_deg", "dpi", "blur_mm", "paper_level", "ink_share"}
_WHOLE = 20  # from here on a number is told without what stands after its point


def page_context(batch: Facts, address: Callable[..., str]) -> Facts:
    """Everything that ``scanning_batch.html`` names of its page; see ``batch_views.show_desk``."""
    detail: Facts = batch["page"]
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
        "picture": (_is_straight() and _straight(detail)) or _picture(detail, document),
        "other_look": _other_look(detail, address),
        "original": "" if detail["hidden"] else _original(detail),
        "findings": [pictured(finding, batch["named"], address) for finding in detail["findings"]],
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


def _document_of(detail: Facts, batch: Facts) -> Facts | None:
    documents: list[Facts] = batch["documents"]
    return next((document for document in documents if document["id"] == detail["document"]), None)


def _original(detail: Facts) -> str:
    return url_for("api_batches_desk.image", page_id=detail["id"])


def _picture(detail: Facts, document: Facts | None) -> Facts | None:
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


def _is_straight() -> bool:
    return request.args.get("look") == STRAIGHT


def _sheet_of(detail: Facts) -> Facts | None:
    """The size of the sheet that was found on a photographed page."""
    found = (finding["facts"] for finding in detail["findings"] if finding["code"] == PHOTOGRAPHED)
    return None if detail["hidden"] else next(found, None)


def _straight(detail: Facts) -> Facts | None:
    """The photographed sheet as it was read; words and proposals are marked on the photograph."""
    sheet = _sheet_of(detail)
    return sheet and {
        "href": url_for("scanning_batch.straight_picture", page_id=detail["id"]),
        "width": sheet["width"],
        "height": sheet["height"],
        "alt": t("pages.scanning.straight_of", page=page_title(detail)),
        "heat": "",
        "marks": [],
        "named": "page-image",
    }


def _other_look(detail: Facts, address: Callable[..., str]) -> Facts | None:
    """The way from a photograph to its straightened sheet, or back."""
    if _sheet_of(detail) is None:
        return None
    here = _is_straight()
    return {
        "href": address(detail["id"]) if here else address(detail["id"], look=STRAIGHT),
        "label": t(f"pages.scanning.{'as_photographed' if here else 'straightened'}"),
        "note": t("pages.scanning.straight_note") if here else "",
    }


def _proposals(
    detail: Facts, document: Facts | None, batch: Facts, address: Callable[..., str]
) -> list[Facts]:
    """Proposals read from this page; on the first page those of the whole document."""
    if document is None:
        return []
    own: list[str] = batch["own"]
    if detail["id"] not in own:
        return []
    first = detail["id"] == own[0]
    return [
        _proposal(field, proposal, document, own, address)
        for field, proposal in document["proposals"].items()
        if first or proposal["page"] == detail["id"]
    ]


def _proposal(
    field: str,
    proposal: Mapping[str, Any],
    document: Facts,
    own: list[str],
    address: Callable[..., str],
) -> Facts:
    page = proposal["page"] if proposal["page"] in own else own[0]
    return {
        "field": field,
        "document": document["id"],
        "label": t(f"labels.page-one.{field}"),
        "value": value_shown(field, proposal, "value"),
        "in_list": value_shown(field, proposal, IN_LIST) if IN_LIST in proposal else "",
        "confidence": f"{number(round(proposal['confidence']), language())} %",
        "state": proposal.get("state", "proposed"),
        "by_rule": t("pages.scanning.by_rule", least=f"{proposal['least']:g}")
        if is_by_rule(proposal)
        else "",
        "href": address(page, field=field),
    }


def is_by_rule(proposal: Mapping[str, Any]) -> bool:
    """Whether the rule of the settings took it, and nobody."""
    return proposal.get("by") == RULE and "least" in proposal


def value_shown(field: str, proposal: Mapping[str, Any], key: str) -> str:
    """As it will be written: a date as on a Vietnamese calendar, a type by its name."""
    value = str(proposal[key])
    if field == "date":
        return day(value)
    if field in CODED:
        return law.code_list(CODED[field]).label(value, language())
    return f"{value}: {proposal['text']}" if field == PLACE else value


def gauges(detail: Facts) -> tuple[list[Facts], list[Facts]]:
    """Measures in two groups: the faulty and the usual ones first, then all others.

    How surely the words were read stands at the end of the first.
    """
    rank = {"error": 0, "warning": 1}
    shown = sorted(detail["measures"], key=lambda measure: rank.get(measure["state"], 2))
    first = [measure for measure in shown if measure["state"] in rank or measure["name"] in _USUAL]
    others = [measure for measure in shown if measure not in first]
    return [*(_gauge(measure) for measure in first), *_confidence(detail)], [
        _gauge(measure) for measure in others
    ]


def _gauge(measure: Facts) -> Facts:
    bound, side = measure["limit"], measure["side"]
    at = mark = None
    if bound is not None and bound > 0 and side in _SPAN:
        whole = bound * _SPAN[side]
        at = max(0, min(round(abs(measure["value"]) / whole * GAUGE_LENGTH), GAUGE_LENGTH - 2))
        mark = round(GAUGE_LENGTH / _SPAN[side])
    words = {"above": "at_most", "below": "at_least"}.get(side)
    limit = t(f"pages.scanning.{words}", limit=_value_text(bound, measure["unit"])) if words else ""
    return {
        "label": measure["label"],
        "value": _value_text(measure["value"], measure["unit"]),
        "limit": limit,
        "tone": _TONES.get(measure["state"], ""),
        "at": at,
        "mark": mark,
    }


def _confidence(detail: Facts) -> list[Facts]:
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


def _value_text(value: float, unit: str) -> str:
    """``2,4°``, ``8,3 %``, ``200 dpi``."""
    lang = language()
    if unit == "share":
        return percent(value, lang)
    figure = number(round(value) if abs(value) >= _WHOLE else round(value, 2), lang)
    if unit == "degree":
        return f"{figure}°"
    word = t(f"labels.measure-units.{unit}")
    return figure if word.startswith("labels.") else f"{figure} {word}"
