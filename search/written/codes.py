"""One code or number of a document however it is typed: signs, zeros, letters taken for digits."""

import re
from collections.abc import Collection, Iterator

from search.written.abbreviations import abbreviations

_DIGIT = re.compile(r"\d")
_DIGITS_END = re.compile(r"(?<=\d)(?=[^\W\d_])")  # 155QĐ-SCT, 480m2
_DIGITS_BEGIN = re.compile(r"([^\W\d_]{2,})(\d+)")  # số3, năm2025
_CHAINAGE = re.compile(r"(km?\d{1,3})(\d{3})")  # K3+200
_KILOMETRE = re.compile(r"k(m?)(\d{1,3})")
_KIND_FIRST = re.compile(r"([^\W\d_]+)(\d+)")  # nđ163
_LIKE_DIGITS = str.maketrans({"o": "0", "l": "1", "i": "1"})
_SAME_BODY = {"ub": "ubnd", "ubnd": "ub"}  # QĐ-UB until 2004
_SIGNS = re.compile(r"[\s./\\,;:_–—-]+")
_CODE = re.compile(r"(.+)\.((?:1[89]|20)\d\d)\.(\d+)\.(.+)")
_WITHOUT_SIGNS = re.compile(r"((?:1[89]|20)\d\d)(\d{1,6})([^\W\d_].*)")
_PARTS_OF_CASE_FILE, _WIDTH_OF_DOCUMENT = 5, 7  # of a document's code within its case file's
_WIDTHS = (2, 3)  # digits that a number in a code is filled up to


def looks_like_code(words: tuple[str, ...]) -> bool:
    """Whether one of its words begins or ends with a digit, or its first is only like a number."""
    return _begins_like_number(words) or any(
        word[0].isdecimal() or word[-1].isdecimal() for word in words
    )


def _begins_like_number(words: tuple[str, ...]) -> bool:
    """``l/QĐ-SCT``: letters that look like digits before a kind of document."""
    return len(words) > 1 and not words[0].strip("oil") and words[1] in abbreviations()[0]


def code_otherwise(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The same code as papers have it, of its words without marks; may repeat itself."""
    apart = tuple(part for word in words for part in _DIGITS_END.split(word))
    if len(words) == 1:
        yield from _one_word(words[0])
    for form in dict.fromkeys((words, apart)):
        if form != words:
            yield form
        yield from _kind_first(form)
        if chainage := _KILOMETRE.fullmatch(form[0]):
            yield (f"{'k' if chainage[1] else 'km'}{chainage[2]}", *form[1:])
        if len(form) > 1:
            beside = any(word.isdecimal() for word in form)
            yield tuple(_with_digits(word, beside=beside) for word in form)
            if _begins_like_number(form):
                yield (form[0].translate(_LIKE_DIGITS), *form[1:])
            yield from _zeros(form)
            for parted in _kind_parted(form):
                yield parted
                yield from _zeros(parted)
            if form[-1] in _SAME_BODY:
                yield (*form[:-1], _SAME_BODY[form[-1]])


def _one_word(word: str) -> Iterator[tuple[str, ...]]:
    """``6ll`` as the number it looks like, and ``số3`` and ``K3200`` with their parts."""
    if (number := _with_digits(word)).isdecimal():
        yield (number,)
    for form in (_DIGITS_BEGIN, _CHAINAGE):
        if parts := form.fullmatch(word):
            yield parts.groups()


def _kind_first(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """``nđ163/2016`` and ``nđ-163/2016`` as ``163/2016/NĐ`` and as ``nghị định số 163/2016``."""
    kind, *rest = words
    if glued := _KIND_FIRST.fullmatch(kind):
        kind, rest = glued[1], [glued[2], *rest]
    short, _ = abbreviations()
    if kind in short and rest and rest[0].isdecimal():
        yield (kind, *rest)
        yield (*rest, kind)
        yield (rest[0], kind, *rest[1:])
        for meaning in short[kind]:
            yield (*meaning, *rest)
            yield (*meaning, "so", *rest)


def _zeros(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Numbers with and without zeros before them: ``7`` and ``07``."""
    few = max(_WIDTHS)
    if not any(word.isdecimal() and (word[0] == "0" or len(word) < few) for word in words):
        return
    yield tuple(word.lstrip("0") or word if word.isdecimal() else word for word in words)
    for width in _WIDTHS:
        yield tuple(word.zfill(width) if word.isdecimal() else word for word in words)
        for at, word in enumerate(words[1:], start=1):
            if word.isdecimal():
                yield (*words[:at], word.zfill(width), *words[at + 1 :])
    if len(words) > _PARTS_OF_CASE_FILE and words[-1].isdecimal():
        yield (*words[:-1], words[-1].zfill(_WIDTH_OF_DOCUMENT))


def _kind_parted(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """``155/QĐSCT`` as ``155/QĐ-SCT``: the kind of document stands before who made it."""
    *before, last = words
    kinds = [name for name in abbreviations()[0] if 2 <= len(name) <= len(last) - 2]
    kind = max((name for name in kinds if last.startswith(name)), key=len, default="")
    if kind and before[0].isdecimal():
        body = last[len(kind) :]
        yield (*before, kind, body)
        yield (*before, kind, _SAME_BODY.get(body, body))


def codes_meant(typed: str, agencies: Collection[str]) -> list[str]:
    """Codes of case files that may have been meant, the likeliest first.

    With any signs between its parts or none, its number with and without zeros, in any case;
    without signs it begins with one of the identifiers of ``agencies``.
    """
    whole = _SIGNS.sub(".", typed.strip()).strip(".").upper()
    joined = whole.replace(".", "")
    forms = [whole]
    forms += [
        f"{agency}.{parts[1]}.{parts[2]}.{parts[3]}"
        for agency in agencies
        if joined.startswith(start := agency.replace(".", "").upper())
        and (parts := _WITHOUT_SIGNS.fullmatch(joined[len(start) :]))
    ]
    forms += [".".join(map(_with_digits, form.lower().split("."))).upper() for form in forms]
    return list(
        dict.fromkeys([typed, *(code for form in forms for code in (form, *_filled(form)))])
    )


def _with_digits(word: str, *, beside: bool = False) -> str:
    """The letters o, i and l as the digits they look like, where other digits are ``beside``."""
    near = _DIGIT.search(word) or (beside and (len(word) == 1 or not word.strip("o")))
    return word.translate(_LIKE_DIGITS) if near else word


def _filled(code: str) -> Iterator[str]:
    if found := _CODE.fullmatch(code):
        agency, year, number, symbol = found.groups()
        for width in (0, *_WIDTHS):
            yield f"{agency}.{year}.{(number.lstrip('0') or number).zfill(width)}.{symbol}"
