"""What a query may say besides words: leave out, either, begins so, and fields with a name."""

import datetime as dt
import re
from dataclasses import dataclass, field

from archive_service.text import fold

# The names of fields, without marks, as people write them in either language.
FIELDS = {
    "ma": "code", "code": "code",
    "so": "number", "number": "number",
    "so hieu": "number", "so ky hieu": "number", "ma ho so": "code",
    "nguoi ky": "signer", "nguoi ki": "signer", "signer": "signer",
    "nam": "year", "year": "year",
    "loai": "type", "type": "type",
    "co quan": "agency", "agency": "agency",
    "tu": "from", "from": "from",
    "den": "to", "to": "to", "loai van ban": "type",
    "tu ngay": "from", "den ngay": "to", "tu nam": "from", "den nam": "to",
    "phong": "fonds", "fonds": "fonds",
    "ho so": "case_file", "case file": "case_file",
    "truy cap": "mode", "access": "mode",
    "thoi han": "term", "term": "term",
    "dinh dang": "format", "format": "format",
    "ngon ngu": "language", "language": "language",
}  # fmt: skip
# Those that are words of a document's data; every other one is a condition.
IN_DATA = frozenset({"code", "number", "signer"})

_QUOTES = '"“”„«»'
_PART = re.compile(
    rf"""(?P<minus>(?<!\S)-(?=[^\W_{_QUOTES}]|[{_QUOTES}]))?
    (?:(?:[{_QUOTES}](?P<quoted_name>[^\W\d_]+(?:\ [^\W\d_]+)*)[{_QUOTES}]|(?P<name>[^\W\d_]+)):
       (?=[^\s/]))?
    (?:[{_QUOTES}](?P<phrase>[^{_QUOTES}]*)[{_QUOTES}](?P<star>\*(?!\S))?|(?P<loose>[^\s{_QUOTES}]+)|[{_QUOTES}])""",
    re.VERBOSE,
)
# What people type for the syntax: other quotes, a bar, spaces about the colon of a field.
_SINGLE_QUOTES = re.compile(r"(?<!\S)['‘‛’`](\S[^'‘’‛`\"“”„«»]*)['‘’`](?!\S)")
_BARS = re.compile(r"\s*\|+\s*")
_SPACED = re.compile(
    rf"(?<!\S)([^\W\d_]+(?: [^\W\d_]+){{0,2}}|[{_QUOTES}][^\W\d_]+(?: [^\W\d_]+)*[{_QUOTES}])"
    rf"\s*:\s*(?=[{_QUOTES}]|\S*\d)"
)
# A name of several words that nobody put into quotes.
_LONG_NAME = re.compile(r"(?<!\S)[^\W\d_]+(?: [^\W\d_]+){1,2}:(?=[^\s/])")
# What is left out up to the end, where nobody closed the quote.
_OPEN_MINUS = re.compile(rf"(?<!\S)-[{_QUOTES}][^{_QUOTES}]+$")
_DAY = re.compile(r"(?:(?:(\d{1,2})[/.\-])?(\d{1,2})[/.\-])?(\d{4})")


@dataclass(frozen=True, slots=True)
class Part:
    """One word, phrase or code as it was typed, with what was said of it."""

    text: str
    quoted: bool = False
    excluded: bool = False
    either: bool = False  # it or the one before
    prefix: bool = False
    name: str = ""  # the field, as ``FIELDS`` calls it


@dataclass(frozen=True, slots=True)
class Parts:
    """A query taken apart; ``unknown`` are names before a colon that are no field."""

    parts: tuple[Part, ...]
    unknown: tuple[str, ...] = ()


@dataclass(slots=True)
class _Found:
    parts: list[Part] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    either: bool = False
    minus: bool = False  # of a NOT before it


def take_apart(text: str) -> Parts:
    """The parts of a query in NFC, in their order; whatever is no syntax is a word."""
    found = _Found()
    for match in _PART.finditer(_LONG_NAME.sub(_in_quotes, _as_meant(text))):
        _take(match, found)
    if found.either or found.minus:  # nothing followed
        found.parts.append(Part("OR" if found.either else "NOT"))
    return Parts(tuple(found.parts), tuple(found.unknown))


def _as_meant(text: str) -> str:
    """The syntax as it is here: ``năm : 2025`` as ``năm:2025``, ``a|b`` as ``a OR b``."""
    if sum(map(text.count, _QUOTES)) % 2 and _OPEN_MINUS.search(text):
        text += '"'
    pieces = re.split(rf"([{_QUOTES}][^{_QUOTES}]*[{_QUOTES}](?!\s*:))", _SPACED.sub(_closed, text))
    for at in range(0, len(pieces), 2):  # the others are phrases
        single = _SINGLE_QUOTES.sub(r'"\1"', pieces[at])
        pieces[at] = _BARS.sub(" OR ", single)
    return "".join(pieces)


def _closed(match: re.Match[str]) -> str:
    """A field's name and its colon without spaces between; other words as they are."""
    name = fold(match[1].strip(_QUOTES))
    words = name.split(" ")
    ends = {" ".join(words[-size:]) for size in range(1, len(words) + 1)}
    quoted = match[1][0] in _QUOTES
    return f"{match[1]}:" if name in FIELDS or (ends & FIELDS.keys() and not quoted) else match[0]


def _in_quotes(match: re.Match[str]) -> str:
    """``người ký:`` as ``"người ký":``, where it is a field and stands in no phrase."""
    inside = sum(match.string.count(quote, 0, match.start()) for quote in _QUOTES) % 2
    words = match[0].removesuffix(":").split(" ")
    for size in range(len(words), 1, -1):
        name = " ".join(words[-size:])
        if not inside and fold(name) in FIELDS:
            return " ".join([*words[:-size], f'"{name}":'])
    return match[0]


def _take(match: re.Match[str], found: _Found) -> None:
    phrase, loose = match["phrase"], match["loose"]
    content = phrase if phrase is not None else loose
    if content is None:
        return
    typed_name = match["quoted_name"] or match["name"] or ""
    name = FIELDS.get(fold(typed_name), "")
    minus = bool(match["minus"]) or found.minus
    if minus and name not in IN_DATA:  # no condition is turned round: it counts as words
        name = ""
    if typed_name and not name:
        found.unknown.append(f"-{typed_name}" if minus else typed_name)
        content = content if phrase is not None else f"{typed_name}:{content}"
    if loose is not None and found.parts and not typed_name and _takes_operator(loose, found):
        return
    starred = bool(match["star"]) or (
        loose is not None and content.endswith("*") and len(content.strip("*")) > 1
    )
    found.parts.append(
        Part(
            content,
            quoted=phrase is not None,
            excluded=minus,
            either=found.either,
            prefix=starred,
            name=name,
        )
    )
    found.either = found.minus = False


def _takes_operator(loose: str, found: _Found) -> bool:
    """``OR`` in any case, ``HOẶC``, ``AND`` and ``NOT`` between two parts."""
    if loose.upper() == "OR" or loose == "HOẶC":
        taken = not found.either
        found.either = True
        return taken
    if loose == "NOT" and not found.minus:
        found.minus = True
        return True
    return loose == "AND"


def day_of(text: str, *, last: bool) -> dt.date | None:
    """``31/12/2025``, ``12/2025`` or ``2025``; of a month or year its first or last day.

    ``None`` of what is no day.
    """
    found = _DAY.fullmatch(text) or re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})", text)
    if found is None:
        return None
    numbers = [int(part) for part in found.groups() if part]
    day_last = numbers if len(found[1] or "") != 4 or len(numbers) < 3 else numbers[::-1]
    year = day_last[-1]
    month = day_last[-2] if len(day_last) > 1 else (12 if last else 1)
    try:
        if len(day_last) == 3:
            return dt.date(year, month, day_last[0])
        if not last:
            return dt.date(year, month, 1)
        return dt.date(year + month // 12, month % 12 + 1, 1) - dt.timedelta(days=1)
    except ValueError:
        return None
