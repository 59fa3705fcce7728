"""Periods as people say them beside other words: ``từ năm 2023 đến nay``, ``quý I năm ngoái``.

Nothing here looks at an index: whether the words stand so in a paper is for the caller to ask.
"""

import datetime as dt
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from archive_service import clock
from archive_service.law import CONFIG
from archive_service.text import fold, nfc
from search.written.periods import day_of
from search.written.spans import names_of_span
from search.written.spoken import number_said
from search.written.years import year_said, years_of

_WORD = re.compile(r"(?:tu|den|toi|nam|thang|quy|ngay)(?=\d)|\S+")
_EDGES = ".,;:?!()"
_QUOTES = re.compile('["“”„«»]')
_LONGEST = 24  # words of a period
_FROM = r"(?:ke )?tu"
_TO = r"(?:den|toi)(?: het)?"
_FRAME = re.compile(
    r"(?:trong )?(?:giai doan|thoi ky|thoi ki|khoang thoi gian|khoang|cac nam|thoi gian)|trong"
)
_BETWEEN = re.compile(rf"(?:{_FROM} )?(?P<first>.+) {_TO} (?P<last>.+)")
_PART_OF_MONTH = re.compile(r"(?:dau|giua|cuoi) (?P<month>(?:thang|t) ?\d.*)")
_DASHED = re.compile(rf"(?:{_FROM} )?(\S+) ?[-–—] ?(\S+)")
_NOW = r"nay|hien nay|hom nay|gio"
_ON = re.compile(
    rf"(?:{_FROM} )?(?P<till_now>.+?) (?:tro di|tro ve sau|(?:cho )?(?:den|toi) (?:{_NOW}))"
    rf"|{_FROM} (?P<first>.+)"
)
_BEFORE = re.compile(r"truoc (?P<day>.+)")
_UP_TO = re.compile(r"(?:cho )?(?:den|toi) het (?P<day>.+)|(?P<back>.+) tro (?:ve truoc|lai)")
_AFTER = re.compile(r"sau (?P<day>.+)")
_AGO = re.compile(
    r"(?P<count>\S+(?: muoi(?: \S+)?)?) (?P<unit>nam|thang|tuan|ngay) "
    r"(?:qua|vua qua|gan day|gan nhat|tro lai day|tro lai|vua roi)"
)
_THIS = re.compile(
    r"(?:tuan|thang|quy|qui) (?:nay|truoc|qua|vua qua|vua roi)|nam (?:nay|ngoai|qua)"
)
_OF_YEAR = re.compile(r"(?P<part>.+) nam (?P<year>nay|ngoai|truoc|kia)|nam (?P<alone>kia)")
_YEARS_BACK = {"nay": 0, "ngoai": 1, "truoc": 1, "kia": 2}
_YEAR_END = re.compile(r"/(?:19|20)\d\d$")
_YEAR = re.compile(r"^nam (?=\d{4}$)")
# Letters before a number, or before its unit.
_LETTERS = re.compile(r"(?<!\S)[a-z]{2,5}(?= (?:(?:ngay|thang|quy|nam) ?)?\d)")
_DIGIT = re.compile(r"\d")
# Words with which a period ends, beside numbers.
_ENDS = frozenset((
    "nay", "truoc", "qua", "ngoai", "kia", "day", "nhat", "di", "sau", "lai", "gio", "roi",
))  # fmt: skip
# Before a number or each other these are known with two of their letters swapped.
_SWAPPED = {"".join(sorted(it)): it for it in ("ngay", "thang", "quy", "nam", "tu", "den")}
_BEFORE_TU = frozenset(("thang", "thu", "dau", "thong", "vat", "thuc", "cu"))
_MOST_WORDS = 40  # of a query that is looked at
_DAYS_OF = {"ngay": 1, "tuan": 7}
_MONTHS_OF = {"thang": 1, "nam": 12}

Ends = tuple[dt.date | None, dt.date | None]


@cache
def begins() -> frozenset[str]:
    """Words with which a period begins, beside numbers; «đầu tư» is none of them."""
    lines = (CONFIG / "search" / "period_words.txt").read_text(encoding="utf-8").splitlines()
    return frozenset(nfc(line) for line in lines if line and not line.startswith("#"))


@cache
def begins_bare() -> frozenset[str]:
    """The same without their marks."""
    return frozenset(map(fold, begins()))


@dataclass(frozen=True, slots=True)
class SaidPeriod:
    """A period and where it stands in the text; one ``counted`` is so from today."""

    begin: dt.date | None
    end: dt.date | None
    start: int
    stop: int
    counted: bool


def period_said(text: str) -> SaidPeriod | None:
    """The longest period that is said in the words of a query; none where any of it is quoted."""
    plain = fold(text)
    if len(plain) != len(text):
        return None
    plain = _LETTERS.sub(lambda found: _SWAPPED.get("".join(sorted(found[0])), found[0]), plain)
    words = list(_WORD.finditer(plain))
    typed = [text[word.start() : word.end()].lower() for word in words]
    if len(words) > _MOST_WORDS:
        return None
    ways = sorted(_ways(words, typed), key=lambda way: (way[0] - way[1], way[0]))
    for at, end in ways:
        wording = " ".join(word[0].strip(_EDGES) for word in words[at:end])
        for (first, last), counted in _meanings(wording):
            start, stop = words[at].start(), words[end - 1].end()
            quoted = len(_QUOTES.findall(text[:start])) % 2 or _QUOTES.search(text[start:stop])
            if (first or last) and not quoted:
                return SaidPeriod(first, last, start, stop, counted)
    return None


def _ways(words: Sequence[re.Match[str]], typed: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where a period may begin and end: of one word there is none."""
    plain = [word[0].strip(_EDGES) for word in words]
    ends = [at + 1 for at, word in enumerate(plain) if word in _ENDS or _is_number(word)]
    for at, word in enumerate(plain):
        other_marks = typed[at] not in (*begins(), word) and fold(typed[at]) == word
        if word == "tu" and at and plain[at - 1] in _BEFORE_TU:
            continue
        begins_so = word in begins_bare()
        if not (begins_so and other_marks) and (begins_so or _is_number(word)):
            yield from ((at, end) for end in ends if at + 1 < end <= at + _LONGEST)


def _is_number(word: str) -> bool:
    return bool(_DIGIT.search(word)) or number_said([word]) is not None


def _meanings(text: str) -> Iterator[tuple[Ends, bool]]:
    if names_of_span(text):  # found by its name as well, in papers that tell of it
        return
    yield _absolute(text), False
    yield _counted(text), True
    if found := _PART_OF_MONTH.fullmatch(text):  # papers of its beginning are found with it
        yield _whole(found["month"]), False
    frame = _FRAME.match(text)
    if frame and text[frame.end() : frame.end() + 1] == " ":
        rest = text[frame.end() + 1 :]
        yield _absolute(rest), False
        if not frame[0].endswith(("trong", "nam")):
            yield _whole(rest), False
        yield _counted(rest), True


def _absolute(text: str) -> Ends:
    if (found := _BETWEEN.fullmatch(text)) and (ends := _between(found["first"], found["last"])):
        return ends
    if (found := _DASHED.fullmatch(text)) and all(map(_is_one_day, found.groups())):
        return _between(*found.groups()) or (None, None)
    if found := _BEFORE.fullmatch(text):
        first = _day(found["day"], last=False)
        return None, first and first - dt.timedelta(days=1)
    if found := _UP_TO.fullmatch(text):
        return None, _day(found["day"] or found["back"], last=True)
    if found := _AFTER.fullmatch(text):
        last = _day(found["day"], last=True)
        return last and last + dt.timedelta(days=1), None
    if found := _ON.fullmatch(text):
        return _day(found["first"] or found["till_now"], last=False), None
    return None, None


def _between(first: str, last: str) -> Ends | None:
    """The days from the one to the other, whichever was named first.

    What the first lacks is taken from the last: ``tháng 3 đến tháng 6 năm 2024``.
    """
    end = _day(last, last=True)
    if end is None:
        return None
    rest = last.split()
    tails = [f" {' '.join(rest[at:])}" for at in range(1, len(rest))]
    year = _YEAR_END.search(last)
    for tail in ("", *([year[0]] if year else []), *tails):
        if begin := _day(first + tail, last=False):
            if begin <= end:
                return begin, end
            return (_day(last, last=False), _day(first + tail, last=True))
    return None


def _whole(text: str) -> Ends:
    if years := years_of(text):
        return dt.date(years[0], 1, 1), dt.date(years[-1], 12, 31)
    begin, end = (_day(text, last=last) for last in (False, True))
    return (begin, end) if begin != end else (None, None)


def _counted(words: str) -> Ends:
    """A period that is told from today on."""
    if _THIS.fullmatch(words):
        unit = words.replace("qui", "quy").replace("vua qua", "qua").replace("vua roi", "qua")
        return day_of(unit, last=False), day_of(unit, last=True)
    if found := _OF_YEAR.fullmatch(words):
        year = f"nam {clock.today().year - _YEARS_BACK[found['year'] or found['alone']]}"
        text = f"{found['part']} {year}" if found["part"] else year
        return _day(text, last=False), _day(text, last=True)
    if found := _AGO.fullmatch(words):
        count = number_said(found["count"].split())
        count = int(found["count"]) if found["count"].isdecimal() else count
        return (_back(found["unit"], count), clock.today()) if count else (None, None)
    return None, None


def _is_one_day(text: str) -> bool:
    day = _day(text, last=False)
    return day is not None and day == _day(text, last=True)


def _back(unit: str, count: int) -> dt.date | None:
    today = clock.today()
    if unit in _DAYS_OF:
        return today - dt.timedelta(days=min(count * _DAYS_OF[unit], 40_000))
    month = today.year * 12 + today.month - 1 - count * _MONTHS_OF[unit]
    if month < 12:
        return None
    return dt.date(month // 12, month % 12 + 1, min(today.day, 28))


def _day(text: str, *, last: bool) -> dt.date | None:
    """A day, month, quarter or year, which may be said in words; no year that nothing is of."""
    found = day_of(_YEAR.sub("", year_said(text)), last=last)
    return found if found and 1800 <= found.year <= clock.today().year + 10 else None
