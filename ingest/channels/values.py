"""What a sender writes in a field, brought to the one form in which it is kept."""

import datetime as dt
import re
from collections.abc import Callable

from archive_service import law
from archive_service.clock import date_as_iso
from archive_service.law import FieldRule
from archive_service.text import fold, nfc, same_words

_MOMENT = re.compile(
    r"(?P<day>\d{1,2}[/.\-]\d{1,2}[/.\-]\d{4}|\d{4}-\d{2}-\d{2})"
    r"[T ,]+(?P<time>\d{1,2}:\d{2}(?::\d{2})?)(?P<zone>Z|[+-]\d{2}:?\d{2})?"
)
_IN_WORDS = re.compile(  # of folded letters
    r"(?:(?:(?:[^\d,;]{2,60},\s*)?ngay\s+)?(\d{1,2})\s*(?:[/.\-]\s*|thang\s+)|thang\s+)"
    r"(\d{1,2})(?:\s*[/.\-]\s*|\s+nam\s+)(\d{4})\.?"
)
# No XML document and no database holds these; pasted text often brings some along.
_UNKEEPABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff\ufffe\uffff]")
# Blanks, and what is not seen at all: both come along where a cell is pasted.
_BLANK_ENDS = re.compile(r"^[\s\u200b-\u200f\u2060\ufeff]+|[\s\u200b-\u200f\u2060\ufeff]+$")
MODE_MAT = "03"
OTHER_TYPE = "32"  # typeName Khác
_WHOLE = re.compile(r"(\d{1,10})[.,]0{1,2}")  # three noughts would be thousands
_DIGITS_KEPT = 15  # of a number in a sheet; what stands behind them is noughts
_SECRET = ("mật", "tối mật", "tuyệt mật", "bí mật nhà nước", "secret")


def as_kept(text: str, rule: FieldRule) -> str:
    """The value of one field: NFC, dates ISO, labels as codes.

    What cannot be read stays as it was written: the check of the fields reports it.
    """
    text = _BLANK_ENDS.sub("", nfc(_UNKEEPABLE.sub("", text)))
    if not text:
        return ""
    if rule.code_list is not None:
        return _coded(text, rule)
    if rule.type == "Date":
        return _date_as_iso(text)
    if rule.type == "Number":
        whole = _WHOLE.fullmatch(text)
        return whole[1] if whole else text
    return moment_as_iso(text) if rule.type == "DateTime" else text


def is_cut(digits: str) -> bool:
    """Whether a number of a sheet is longer than a sheet keeps, and ends in its noughts."""
    behind = digits[_DIGITS_KEPT:]
    return digits.isdecimal() and behind != "" and not behind.strip("0")


def _date_as_iso(text: str) -> str:
    """The day of a moment, as cells that show a day alone hold one.

    Of a time in another zone nobody knows which day is meant, but of midnight: exports write it.
    """
    found = _MOMENT.fullmatch(text)
    is_day = found is not None and not (found["zone"] and found["time"].strip("0:"))
    return date_as_iso(found["day"]) if found is not None and is_day else _in_words(text)


def _in_words(text: str) -> str:
    """A day in figures or in words, as papers have it behind the place, as ISO; else as it is."""
    words = _IN_WORDS.fullmatch(fold(text))
    if words is None:
        return date_as_iso(text)
    read = date_as_iso("/".join(part for part in words.groups() if part))
    return read if is_date(read) else text


def moment_as_iso(text: str) -> str:
    """A day with a time as ISO 8601, Vietnamese time where no zone is named."""
    found = _MOMENT.fullmatch(text)
    if found is None:
        return _in_words(text)
    hours, minutes = found["time"].split(":", 1)
    try:
        time = dt.time.fromisoformat(f"{int(hours):02}:{minutes}")
    except ValueError:
        return text
    return f"{date_as_iso(found['day'])}T{time.isoformat()}{found['zone'] or '+07:00'}"


def is_date(text: str, *, partial: bool = True) -> bool:
    """Whether ``text`` is an ISO date; with ``partial`` also a month or a year."""
    if partial and re.fullmatch(r"(1[89]|20)\d{2}(-(0[1-9]|1[0-2]))?", text):
        return True
    return _is_iso(text, dt.date.fromisoformat) and len(text) == 10


def is_after(one: str, other: str) -> bool:
    """Whether date ``one`` is later, as far as both say: 2011 is not after 2011-05-01."""
    shared = min(len(one), len(other))
    return one[:shared] > other[:shared]


def is_moment(text: str) -> bool:
    """Whether ``text`` is an ISO day, or an ISO moment with its zone."""
    if is_date(text, partial=False):
        return True
    return (
        _is_iso(text, dt.datetime.fromisoformat)
        and dt.datetime.fromisoformat(text).tzinfo is not None
    )


def as_document_type(text: str) -> tuple[str, str]:
    """Code of a type of document that no list knows, and its true name; ``Khác`` at worst.

    A longer name begins with a known one: "Quyết định phê duyệt dự án" is a decision. A text that
    looks like a code, and is none, stays as it is: somebody mistyped it.
    """
    types = law.code_list("typeName")
    written = " ".join(nfc(text).split())
    if types.find(written) is not None or not written or written.isdecimal():
        return types.find(written) or written, ""
    folded = same_words(written)
    known = sorted(types.codes.items(), key=lambda type_: -len(type_[1]))
    for code, label in known:
        if folded.startswith(f"{same_words(label)} ") and code != OTHER_TYPE:
            return code, written
    return OTHER_TYPE, written


def is_secret(text: str) -> bool:
    """Whether a value of ``mode`` marks a state secret, by code or by any of its degrees."""
    text = " ".join(nfc(text).lower().split())
    return text in _SECRET or law.code_list("mode").find(text) == MODE_MAT


def _coded(text: str, rule: FieldRule) -> str:
    codes = law.code_list(str(rule.code_list))
    if not rule.many:
        return codes.find(text) or text
    try:
        return ";".join(codes.parse_many(text))
    except law.UnknownCodeError:
        return text


def _is_iso(text: str, parse: Callable[[str], object]) -> bool:
    try:
        parse(text)
    except ValueError:
        return False
    return True
