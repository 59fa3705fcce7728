"""How values are written on pages: days, moments, numbers, sizes and spans of time."""

import datetime as dt
import math
from collections.abc import Iterable, Mapping
from typing import Any

from babel.numbers import format_decimal, format_percent

from archive_service import clock, law, messages
from archive_service.document import Document
from archive_service.domain.intake.finding_place import numbered_place, sheet_name
from archive_service.domain.people.account import WORKER
from archive_service.forms.words import UNITS

_WORST_FIRST = ("error", "warning", "info", "ok")

_GROUPED_FROM = 1000
_SPANS = ((86400, "days"), (3600, "hours"), (60, "minutes"), (1, "seconds"))

Moment = dt.datetime | dt.date | str | None


def day(value: Moment) -> str:
    """``31/12/2026``, on a Vietnamese calendar; a value that is none is written as nothing.

    Dates of TT 05/2025 may be a year or a year and month alone: ``12/2026``.
    """
    if isinstance(value, str) and 0 < len(value) < len("2026-12-31"):
        return "/".join(reversed(value.split("-")))
    moment = _parsed(value)
    return moment.strftime("%d/%m/%Y") if moment else ""


def moment(value: Moment) -> str:
    """``20/11/2026 09:43``, on a Vietnamese clock."""
    parsed = _parsed(value)
    if parsed is None:
        return ""
    return parsed.strftime("%d/%m/%Y %H:%M" if isinstance(parsed, dt.datetime) else "%d/%m/%Y")


def decider(name: str, lang: str = "vi") -> str:
    """Who decided: a person's name, or that a rule did."""
    return messages.text("reports.by-rule", lang) if name == WORKER.account else name


def time_of_day(value: Moment) -> str:
    """``09:43``, on a Vietnamese clock; nothing for a mere day."""
    parsed = _parsed(value)
    return parsed.strftime("%H:%M") if isinstance(parsed, dt.datetime) else ""


def days_until(value: Moment, today: dt.date | None = None) -> int:
    """Whole days from today; negative when the day has passed, 0 without a day."""
    parsed = _parsed(value)
    if parsed is None:
        return 0
    last = parsed.date() if isinstance(parsed, dt.datetime) else parsed
    return (last - (today or clock.today())).days


def number(value: float | None, lang: str = "vi") -> str:
    """``1.210`` in Vietnamese, ``1,210`` in English; at most two places after the point."""
    if value is None:
        return ""
    if isinstance(value, int) and 0 <= value < _GROUPED_FROM:
        return str(value)  # nearly all counts of a page; Babel takes a hundred times as long
    return format_decimal(value, format="#,##0.##", locale=lang)


def percent(value: float | None, lang: str = "vi") -> str:
    """``8,3 %`` for 0.083."""
    if value is None:
        return ""
    return format_percent(value, format="#,##0.## %", locale=lang).replace("\xa0", " ")


def size(value_bytes: float | None, lang: str = "vi") -> str:
    """``1,2 MB``: decimal units, as file managers show them, one place below ten."""
    if value_bytes is None:
        return ""
    power = min(int(math.log(max(value_bytes, 1), 1000)), len(UNITS) - 1)
    shown = value_bytes / 1000**power
    places = 1 if power and shown < 9.95 else 0
    text = format_decimal(round(shown, places), format="#,##0.#", locale=lang)
    return f"{text} {UNITS[power]}"


def span(seconds: float | None, lang: str = "vi") -> str:
    """``21 phút``: the largest unit that fits, rounded down."""
    if seconds is None:
        return ""
    for length_s, name in _SPANS:
        if seconds >= length_s:
            return messages.text(f"spans.{name}", lang, count=number(seconds // length_s, lang))
    return messages.text("spans.moment", lang)


def milliseconds(value: float | None, lang: str = "vi") -> str:
    """``0,25 giây``, and in milliseconds what would be shown as no time at all."""
    if value is None:
        return ""
    if value >= 10:
        return messages.text("spans.seconds", lang, count=number(value / 1000, lang))
    return messages.text("spans.milliseconds", lang, count=number(max(value, 0.1), lang))


def place(value: str, lang: str = "vi") -> str:
    """``Hồ sơ, dòng 2, Mã hồ sơ`` for ``Hồ sơ, dòng 2, fileCode``; other places stay."""
    sheet, (begin, between, name) = value.partition(", ")[0], value.rpartition(", ")
    is_numbered = sheet.startswith(numbered_place(1)[:-1])
    for kind in ("case-file", "document", "picture", "media"):
        if sheet == sheet_name(kind) or (is_numbered and kind != "case-file"):
            for rule in law.fields(kind):
                if rule.name == name:
                    label = rule.label_en if lang == "en" and rule.label_en else rule.label_vi
                    return f"{begin}{between}{label}"
    return value


def initials(name: str) -> str:
    """``NH`` for Nguyễn Thị Hạnh: the first letters of family name and given name."""
    words = name.replace(".", " ").split()
    ends = words[:1] + words[-1:] if len(words) > 1 else words[:1]
    return "".join(word[0] for word in ends).upper()


def together(findings: Iterable[Mapping[str, Any] | Document]) -> list[dict[str, Any]]:
    """FINDINGs worst first; those alike but for their place are one, with ``places``.

    One that is marked on the page (``number``) stays by itself: its mark leads to it.
    """
    groups: dict[tuple[str | None, ...], dict[str, Any]] = {}
    for at, given in enumerate(findings):
        found = given.as_json() if isinstance(given, Document) else given
        alone = str(at) if found.get("number") else ""
        key = (found["severity"], found["message"], found.get("remedy"), found.get("detail"), alone)
        group = groups.setdefault(key, {**found, "places": []})
        if found.get("place"):
            group["places"].append({"place": found["place"], "href": found.get("href")})
    return sorted(groups.values(), key=lambda group: _WORST_FIRST.index(group["severity"]))


def typed_day(value: Moment) -> str:
    """A day as a field of a form shows it: ``25/07/2025``; what is no ISO day stays as typed."""
    return _typed(value, "%d/%m/%Y")


def typed_moment(value: Moment) -> str:
    """A moment as a field of a form shows it: ``25/07/2025 18:00``; other words stay."""
    return _typed(value, "%d/%m/%Y %H:%M")


def _typed(value: Moment, form: str) -> str:
    if isinstance(value, str):
        try:
            if value[4:5] != "-":
                return value
            value = dt.datetime.fromisoformat(value)
        except ValueError:
            return str(value)
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        value = clock.local(value)
    return value.strftime(form) if value else ""


def _parsed(value: Moment) -> dt.datetime | dt.date | None:
    """Local time for a moment, a plain date for a day; documents carry both as ISO texts."""
    if isinstance(value, str):
        if not value:
            return None
        value = dt.date.fromisoformat(value) if len(value) == 10 else clock.parse_iso(value)
    return clock.local(value) if isinstance(value, dt.datetime) else value
