"""What a query may say besides words: leave out, either, begins so, and fields with a name."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile

from archive_service.text import fold
from search.fields import field_guessed, field_named, words_of_value
from search.written.abbreviations import abbreviations

_QUOTES = '"“”„«»'
_MINUS = "-−–‒﹣"  # as programs write it that think it were another sign
_NAME = r"[^\W\d_]+(?:_[^\W\d_]+)*"
_NAMES = rf"{_NAME}(?: {_NAME}){{0,3}}"  # of one field
_BEGIN = rf"(?:(?<!\S)|(?<=(?<!\S)[{_MINUS}]))"  # of a word, or of one that is left out
_PART = re.compile(
    rf"""(?P<minus>(?<!\S)[{_MINUS}](?=[^\W_{_QUOTES}]|[{_QUOTES}]))?
    (?:(?:[{_QUOTES}](?P<quoted_name>[^\W\d_]+(?:\ [^\W\d_]+)*)[{_QUOTES}]|(?P<name>{_NAME})):
       (?=[^\s/]))?
    (?:[{_QUOTES}](?P<phrase>[^{_QUOTES}]*)[{_QUOTES}](?P<star>\*(?!\S))?|(?P<loose>[^\s{_QUOTES}]+)|[{_QUOTES}])""",
    re.VERBOSE,
)
# What people type for the syntax: other quotes, a bar, spaces about the colon of a field.
_SINGLE_QUOTES = re.compile(r"(?<![^\s:])['‘‛’`](\S[^'‘’‛`\"“”„«»]*)['‘’`](?!\S)")
EITHER = "OR|HOẶC"  # as a query says it in capitals
_OR_SAID = re.compile(r"(?<=\S )(?:hoặc|hoac|hay)(?= \S)")
_BARS = re.compile(r"\s*\|+\s*")
_SPACED = re.compile(
    rf"{_BEGIN}({_NAMES}|[{_QUOTES}]{_NAME}(?: {_NAME})*[{_QUOTES}])"
    rf"\s*:\s*(?=[{_QUOTES}]|\w)"
)
# As a line of a form, or another program's language: "năm = 2025", "năm:[2020 TO 2023]".
_EQUALS = re.compile(rf"{_BEGIN}({_NAMES})\s*(?:=|:=|：)\s*(?=\S)")
_BRACKETS = re.compile(r"(?<=:)\s*[\[{]\s*([^\s\[\]{}]+)\s+TO\s+([^\s\[\]{}]+)\s*[\]}]")
_AS_TEXT = frozenset(
    ("signer", "title", "issuer")
)  # what letters after a space may be the value of
_BEFORE_VALUE = re.compile(rf"{_BEGIN}[{_QUOTES}]?({_NAMES}[{_QUOTES}]?)\s*:\s*")
_LETTERS = re.compile(r"[^\W_]")
_LOOSE = re.compile(rf"[^{_QUOTES}:]*")
# A name of several words that nobody put into quotes.
_LONG_NAME = re.compile(rf"{_BEGIN}{_NAME}(?: {_NAME}){{1,3}}:(?=[^\s/])")
# As forms and registers name the column.
_NUMBER_AND_SIGN = re.compile(r"\b(s[ốo])\s*[/,]\s*(k[ýíyi] hi[ệe]u)\s*:", re.IGNORECASE)
# A field's name before nothing that is a value of it.
_NO_VALUE = re.compile(rf"{_BEGIN}({_NAMES})\s*:(?!\S)")
# What is left out up to the end, where nobody closed the quote.
_OPEN_MINUS = re.compile(rf"(?<!\S)[{_MINUS}][{_QUOTES}][^{_QUOTES}]+$")
# A number of a document with spaces about its signs: "318 -QĐ-UBND".
_SPACED_CODE = re.compile(
    rf"(?<!\S)(\d+)\s*[{_MINUS}/]\s*([^\W\d_]+)((?:\s*[{_MINUS}/]\s*[^\W\d_]+)+)(?!\S)"
)
# What other programs take for a weight, or for how nearly a word may be meant: "trạm^2", "kè~1".
_WEIGHED = re.compile(
    rf"(?<!\S)((?:[^\W\d_]{{2,}}|[{_QUOTES}][^{_QUOTES}]*[{_QUOTES}])[\^~][\d.,]*)(?!\S)"
)
_AND = ("AND", "VÀ", "&", "&&", "+")
_ENDS_VALUE = re.compile(rf"[Oo][Rr]|HOẶC|AND|NOT|\+|[{_MINUS}]\w.*")
_UNITS = frozenset(("km", "hm", "dm", "cm", "mm"))  # 12 km^2
# Two years with spaces about their dash: "2010 -2012" leaves nothing out.
_SPACED_YEARS = re.compile(rf"(?<!\S)((?:19|20)\d\d)\s*[{_MINUS}]\s*((?:19|20)\d\d)(?!\S)")


@dataclass(frozen=True, slots=True)
class Part:
    """One word, phrase or code as it was typed, with what was said of it."""

    text: str
    quoted: bool = False
    excluded: bool = False
    either: bool = False  # it or the one before
    prefix: bool = False
    name: str = ""  # the field, as ``search.fields`` calls it


@dataclass(frozen=True, slots=True)
class Parts:
    """A query taken apart; ``unknown`` are names before a colon that are no field.

    ``guessed`` are those that one slip made of a field's name, ``ignored`` words with a star where
    none can be. ``parted`` ones have an AND between them: each is meant by itself.
    """

    parts: tuple[Part, ...]
    unknown: tuple[str, ...] = ()
    guessed: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    parted: bool = False


@dataclass(slots=True)
class _Found:
    parts: list[Part] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    guessed: list[str] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    operators: list[str] = field(default_factory=list)  # since the last part
    either: bool = False
    minus: bool = False  # of a NOT before it
    parted: bool = False
    mixed: bool = False  # some letters are small


def take_apart(text: str) -> Parts:
    """The parts of a query in NFC, in their order; whatever is no syntax is a word."""
    found = _Found(mixed=text != text.upper())
    text = _WEIGHED.sub(lambda weighed: _without_weight(weighed, found), text)
    if sum(map(text.count, _QUOTES)) % 2 and not _OPEN_MINUS.search(text):
        found.ignored.append(next(sign for sign in reversed(text) if sign in _QUOTES))
    meant = _LONG_NAME.sub(_in_quotes, _as_meant(text))
    with_value = _NO_VALUE.sub(lambda name: _without_field(name, found), meant)
    if not _LETTERS.search(with_value):  # nothing else was typed
        with_value = meant
    for match in _PART.finditer(with_value):
        _take(match, found)
    if found.parts:  # nothing followed these
        found.ignored += found.operators
    else:
        found.parts += map(Part, found.operators)
    return Parts(
        tuple(found.parts),
        unknown=tuple(dict.fromkeys(found.unknown)),
        guessed=tuple(dict.fromkeys(found.guessed)),
        ignored=tuple(dict.fromkeys(found.ignored)),
        parted=found.parted,
    )


def with_operator(text: str) -> str:
    """The text with the word between others that may be meant as ``OR``; "" where none is."""
    made = _OR_SAID.sub("HOẶC", text)
    return made if made != text and not any(map(text.count, _QUOTES)) else ""


def _as_meant(text: str) -> str:
    """The syntax as it is here: ``năm : 2025`` as ``năm:2025``, ``a|b`` as ``a OR b``."""
    if sum(map(text.count, _QUOTES)) % 2 and _OPEN_MINUS.search(text):
        text += '"'
    text = _BRACKETS.sub(r"\1..\2", _EQUALS.sub(_with_colon, text))
    text = _NUMBER_AND_SIGN.sub(r'"\1 \2":', text)
    text = _SPACED.sub(_closed, with_values(text, words_of_value))
    text = _SPACED_CODE.sub(_without_spaces, text)
    text = _SPACED_YEARS.sub(_years_together, text)
    pieces = re.split(rf"([{_QUOTES}][^{_QUOTES}]*[{_QUOTES}](?!\s*:))", text)
    for at in range(0, len(pieces), 2):  # the others are phrases
        single = _SINGLE_QUOTES.sub(r'"\1"', pieces[at])
        pieces[at] = _BARS.sub(" OR ", single)
    return "".join(pieces)


def _with_colon(match: re.Match[str]) -> str:
    is_field = any(map(field_named, _ends(match[1]))) and not _in_phrase(match)
    return f"{match[1]} : " if is_field else match[0]


def _without_spaces(match: re.Match[str]) -> str:
    """A number, a kind of document and who made it as one code; else as it is."""
    is_code = fold(match[2]) in abbreviations()[0] and not _in_phrase(match)
    return "".join(match[0].split()) if is_code else match[0]


def _years_together(match: re.Match[str]) -> str:
    return match[0] if _in_phrase(match) else f"{match[1]}-{match[2]}"


def with_values(text: str, size_of: Callable[[str, Sequence[str]], int]) -> str:
    """``loại: quyết định`` as ``loại:"quyết định"``: words that are one value of the field.

    Args:
        size_of: how many of the words after a field's name are one value of it.
    """
    at = 0
    while found := _BEFORE_VALUE.search(text, at):
        at = found.end()
        loose = _LOOSE.match(text, at)
        following = loose[0].split() if loose else []
        if loose and text.startswith(":", loose.end()):  # these name the next field
            following = following[: len(following) - len(_name_at_end(loose[0].strip()).split())]
        following = [*takewhile(lambda word: not _ENDS_VALUE.fullmatch(word), following)]
        size = size_of(_last_field(found[1].strip(_QUOTES)), following)
        if size and not _in_phrase(found):
            value, *rest = re.split(rf"((?:\S+\s+){{{size - 1}}}\S+)", text[at:], maxsplit=1)[1:]
            text = f'{text[: found.end(1)]}:"{value}"{rest[0]}'
    return text


def _last_field(name: str) -> str:
    """The field whose name is the end of these words; one with a slip only where none is."""
    end = _name_at_end(name)
    return field_named(end) or field_guessed(end)


def _name_at_end(words: str) -> str:
    ends = _ends(words)
    named = (end for of in (field_named, field_guessed) for end in ends if of(end))
    return next(named, "")


def _ends(words: str) -> list[str]:
    """All of the words, then without the first, and so on."""
    apart = words.split(" ")
    return [" ".join(apart[at:]) for at in range(len(apart))]


def _in_phrase(match: re.Match[str]) -> bool:
    if match[0][0] in _QUOTES:
        return False
    return bool(sum(match.string.count(quote, 0, match.start()) for quote in _QUOTES) % 2)


def _closed(match: re.Match[str]) -> str:
    """A field's name and its colon without spaces between; other words as they are."""
    name = match[1].strip(_QUOTES)
    known = field_named(name) if match[1][0] in _QUOTES else _last_field(name)
    value = match.string[match.end() :].split(maxsplit=1)[0]
    if value[0] not in _QUOTES and not any(letter.isdecimal() for letter in value):
        known = known if known in _AS_TEXT and not _in_phrase(match) else ""
    return f"{match[1]}:" if known else match[0]


def _in_quotes(match: re.Match[str]) -> str:
    """``người ký:`` as ``"người ký":``, where it is a field and stands in no phrase."""
    words = match[0].removesuffix(":")
    name = _name_at_end(words)
    if " " not in name or _in_phrase(match):
        return match[0]
    return f'{words.removesuffix(name)}"{name}":'


def _without_field(match: re.Match[str], found: _Found) -> str:
    """The words before the name of a field that has no value; that is told."""
    name = next(filter(field_named, _ends(match[1])), "")
    if not name or _in_phrase(match):
        return match[0]
    found.ignored.append(f"{name}:")
    return match[1].removesuffix(name)


def _without_weight(match: re.Match[str], found: _Found) -> str:
    """The word or phrase alone, but for a unit that is raised; that is told."""
    word = match[0].rstrip("0123456789.,")[:-1]
    if fold(word) in _UNITS:
        return match[0]
    found.ignored.append(match[0])
    return word


def _take(match: re.Match[str], found: _Found) -> None:
    phrase, loose = match["phrase"], match["loose"]
    content = phrase if phrase is not None else loose
    if content is None:
        return
    typed_name = match["quoted_name"] or match["name"] or ""
    name = field_named(typed_name)
    minus = bool(match["minus"]) or found.minus
    if typed_name and not name and (name := field_guessed(typed_name)):
        found.guessed.append(typed_name)
    if typed_name and not name:
        found.unknown.append(f"-{typed_name}" if minus else typed_name)
        content = content if phrase is not None else f"{typed_name}:{content}"
    if loose is not None and not typed_name and _takes_operator(loose, found):
        return
    starred = bool(match["star"]) or (content.endswith("*") and len(content.strip("*")) > 1)
    if loose is not None and "*" in content.removesuffix("*" if starred else ""):
        found.ignored.append(loose)
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
    found.operators.clear()


def _takes_operator(loose: str, found: _Found) -> bool:
    """``OR`` in any case, ``HOẶC``, ``AND`` and ``NOT``, which are no words beside others, nor is
    ``VÀ`` where not all is in capitals.
    """
    either = loose.upper() == "OR" or loose == "HOẶC"
    both = loose in _AND and (loose != "VÀ" or found.mixed)
    if not either and not both and loose != "NOT":
        return False
    found.either |= either
    found.parted |= both
    found.minus |= loose == "NOT"
    found.operators.append(loose)
    return True
