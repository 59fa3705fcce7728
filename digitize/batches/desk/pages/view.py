"""Batches as the templates of the desk take them; see ``batches.documents``."""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for

from archive_service import clock
from archive_service.web.display import moment, number, span
from archive_service.web.language import language
from archive_service.web.layout import known, t
from digitize.batches.reading.verdicts import SECRECY

Facts = dict[str, Any]
_TONES = {"rescan": ("bad", "x-octagon-fill", "error"), "look": ("doubt", "eye", "warn")}
_NAMED = 3  # pages of one act that the history names
_THUMB_WIDTH, _A4 = 200, 283  # pixels; the height of a page whose size is not known yet


def batch_line(row: Mapping[str, Any], *, current: str = "") -> Facts:
    """One batch of a list: its address, its state in a word, how far it is and what that means."""
    done, whole = _progress(row)
    return {
        "number": row["batch"],
        "href": url_for("scanning_batch.show", batch=row["batch"]),
        "code": row["code"],
        "state": row["state"],
        "look": state_shown(row),
        "done": done,
        "whole": whole,
        "told": progress_words(row),
        "trouble": t("pages.scanning.stopped_told") if row["state"] == "stopped" else "",
        "current": row["batch"] == current,
    }


def state_shown(row: Mapping[str, Any]) -> str:
    """Its state; on the desk ``reading`` and ``comparing`` what was changed, ``ready`` to go."""
    if row["state"] != "review":
        return str(row["state"])
    if row["progress"]["read"] < row["progress"]["total"]:
        return "reading"
    if not row["compared"]:
        return "comparing"
    return "review" if row["undecided"] or row["errors"] else "ready"


def progress_words(row: Mapping[str, Any]) -> str:
    """How far the batch is: ``402/640 trang, còn khoảng 4 phút``."""
    lang, progress = language(), row["progress"]
    total = number(progress["total"], lang)
    state = state_shown(row)
    if state == "receiving":
        return t("pages.scanning.receiving_told", total=total)
    if state == "reading" and not progress["read"]:
        return t("pages.scanning.waiting_told", total=total)
    if state == "reading":
        facts = {"read": number(progress["read"], lang), "total": total}
        if progress["left_s"] is None:
            return t("pages.scanning.reading_told", **facts)
        left = span(max(progress["left_s"], 1), lang)
        return t("pages.scanning.reading_left", **facts, left=left)
    if state in ("released", "rejected"):
        facts = {
            "total": total,
            "by": row["decided_by"] or "",
            "at": moment(row["decided_at"]),
            "reason": row["reason"],
        }
        return t(f"pages.scanning.{state}_told", **facts)
    key = "comparing_told" if state == "comparing" else "review_told"
    return t(f"pages.scanning.{key}", good=number(row["good"], lang), total=total)


def queue_words(rows: Sequence[Mapping[str, Any]]) -> str:
    """One sentence on all that is being read: how much is left, and when it is done."""
    reading = [row for row in rows if state_shown(row) == "reading"]
    left = sum(row["progress"]["total"] - row["progress"]["read"] for row in reading)
    if not left:
        return t("pages.scanning.queue_lead")
    facts = {"count": number(len(reading), language()), "pages": number(left, language())}
    spans = [row["progress"]["left_s"] for row in reading]
    known_spans = [span for span in spans if span is not None]
    if len(known_spans) < len(spans):
        return t("pages.scanning.queue_now", **facts)
    ends = clock.local(clock.now() + dt.timedelta(seconds=sum(known_spans)))
    return t("pages.scanning.queue_ends", **facts, at=ends.strftime("%H:%M"))


def document_line(document: Facts, *, href: str, current: bool) -> Facts:
    """One document of a batch beside the strip."""
    lang = language()
    if document["without_image"]:
        facts = {"reason": document["reason"], "place": document["place"]}
        words = t("pages.scanning.document_without_image", **facts)
    elif document["pages_expected"]:
        facts = {
            "pages": number(document["pages"], lang),
            "expected": number(document["pages_expected"], lang),
        }
        words = t("pages.scanning.document_pages_of", **facts)
    else:
        words = t("pages.scanning.document_pages", pages=number(document["pages"], lang))
    return {
        "href": href,
        "name": document_name(document),
        "title": document["title"],
        "state": document["state"],
        "told": words,
        "current": current,
    }


def document_name(document: Facts) -> str:
    """``Tài liệu 3 của hồ sơ …``, or its place in the batch as long as that is not known."""
    if document["document"] and document["code"]:
        return t("pages.scanning.document_of", number=document["document"], code=document["code"])
    return t("pages.scanning.document", number=document["ordinal"])


def thumb(page: Facts, *, href: str, current: bool) -> Facts:
    """One page of the strip, with the shortest word of what was found on it."""
    tone = _tone(page)
    return {
        "href": href,
        "number": page["number"],
        "name": page["name"],
        "thumbnail": thumbnail_of(page),
        "height": thumb_height(page),
        "tone": tone,
        "flag": flag_words(page),
        "out": page["removed"] or bool(page["separator"]),
        "current": current,
    }


def thumbnail_of(page: Facts) -> str:
    """The address of its small picture; empty where there is none to be seen."""
    if not page["thumbnail"]:
        return ""
    return url_for("scanning_batch.thumbnail", page_id=page["id"])


def thumb_height(page: Facts) -> int:
    """Of its small picture, so that nothing jumps when it comes."""
    width, height = upright(page)
    return round(_THUMB_WIDTH * height / width) if width and height else _A4


def upright(page: Facts) -> tuple[int, int]:
    """Width and height of the page as it is shown."""
    shown = page.get("upright")
    if shown:
        return shown["width_px"], shown["height_px"]
    size = page["width_px"], page["height_px"]
    return (size[1], size[0]) if page["turn_deg"] % 180 else size


def flag_words(page: Facts) -> str:
    """``lệch``, ``mờ``, ``đạt``: one word under a small picture."""
    if page["removed"]:
        return t("labels.scan-flags.removed")
    if page["separator"] and not page["undecided"]:
        return t("labels.scan-flags.separator")
    if page["secret"]:
        return t(f"labels.scan-flags.{SECRECY}")
    if page["decision"]:
        return t(f"labels.scan-flags.{page['decision']}")
    if page["state"] != "read":
        return t(f"labels.scan-flags.{page['state']}")
    for code in page["codes"]:
        if page["flagged"] and known(f"labels.scan-flags.{code}"):
            return t(f"labels.scan-flags.{code}")
    if page["flagged"]:
        return t(f"labels.scan-flags.{page['verdict']}")
    if page["blank"]:
        return t("labels.scan-flags.blank")
    if page["sampled"] and page["undecided"]:
        return t("labels.scan-flags.sampled")
    return t("labels.scan-flags.accept")


def verdict_badge(page: Facts) -> tuple[str, str, str]:
    """Words, symbol and tone of the badge over the large page."""
    words, symbol, tone = _badge(page)
    return f"{words[:1].upper()}{words[1:]}", symbol, tone


def _badge(page: Facts) -> tuple[str, str, str]:
    words = flag_words(page)
    if page["secret"] and not page["removed"]:
        return f"{t('labels.scan-flags.stop')}: {words}", "x-octagon-fill", "error"
    if page["undecided"] and page["verdict"] in _TONES:
        _, symbol, tone = _TONES[page["verdict"]]
        verdict = t(f"labels.scan-flags.{page['verdict']}")
        return (words if words == verdict else f"{verdict}: {words}"), symbol, tone
    if page["removed"] or page["separator"] or page["state"] == "waiting":
        return words, "circle", ""
    if page["sampled"] and page["undecided"]:
        return words, "eye", "warn"
    return words, "check-lg", "ok"


def page_title(page: Facts) -> str:
    """``Trang 12``, or the file's name for what is no page."""
    if page["number"]:
        return t("pages.scanning.page_of", number=page["number"])
    return str(page["name"])


def decided_words(page: Facts, people: Mapping[str, str]) -> str:
    """Words on a decision: the person, the time and the reason."""
    if page["decision"] not in ("kept", "good", "rescan"):
        return ""
    return t(
        f"pages.scanning.decided_{page['decision']}",
        by=people.get(page["decided_by"], page["decided_by"] or ""),
        at=moment(page["decided_at"]),
        reason=page["decision_reason"],
    )


def edit_line(edit: Facts, desk: Facts) -> Facts:
    """One act of the history: by whom, and which pages or documents it changed."""
    about = _pages_named(edit["pages"], desk["places"])
    if not about:
        named = (document for document in desk["documents"] if document["id"] in edit["documents"])
        about = ", ".join(document_name(document) for document in named)
    label = f"{edit['label']}: {about}" if about else edit["label"]
    return edit | {"label": label, "by": desk["people"].get(edit["by"], edit["by"])}


def _pages_named(pages: Sequence[str], places: Mapping[str, int | None]) -> str:
    """``trang 12``, ``trang 12, 13, 14 và 5 trang nữa``: where they stand now."""
    here = sorted(place for place in map(places.get, pages) if place)
    if not here:
        return ""
    shown = ", ".join(number(place, language()) for place in here[:_NAMED])
    if len(here) <= _NAMED:
        return t("pages.scanning.edit_pages", pages=shown)
    more = number(len(here) - _NAMED, language())
    return t("pages.scanning.edit_pages_more", pages=shown, count=more)


def pictured(found: Facts, pages: Mapping[str, Facts], address: Any) -> Facts:
    """A finding with the small pictures of the pages it names, where it names two or more."""
    named = [pages[page] for page in found["pages"] if page in pages]
    return {
        "found": found,
        "pictures": [
            {
                "href": address(page["id"]),
                "thumbnail": thumbnail_of(page),
                "height": thumb_height(page),
                "label": page_title(page),
            }
            for page in named
        ]
        if len(named) > 1
        else [],
        "decided": found["decided"],
    }


def _progress(row: Mapping[str, Any]) -> tuple[int, int]:
    if state_shown(row) in ("receiving", "reading"):
        return row["progress"]["read"], row["progress"]["total"]
    return row["good"], row["progress"]["total"]


def _tone(page: Facts) -> str:
    if page["removed"] or not (page["undecided"] or page["secret"]):
        return ""
    if page["secret"] or "rescan" in (page["decision"], page["verdict"]):
        return "bad"
    return "doubt"
