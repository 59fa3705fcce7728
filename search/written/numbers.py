"""One number however it is written: ``6480`` and ``6.480``; ``1,25 tỷ`` and ``1.250.000.000``."""

import re
from collections.abc import Iterator
from decimal import Decimal

from archive_service.text import fold, nfc
from search.words import words
from search.written.spoken import (
    DIGITS,
    SCALES_SAID,
    is_other_words,
    number_in_marks,
    number_said,
    said,
)

_GROUPED = re.compile(r"\d{1,3}(?:[.,]\d{3})+")
_FEW = re.compile(r"[1-9]\d{1,2}")
_UNGROUPED = re.compile(r"[1-9]\d{3,14}")
_DECIMAL = re.compile(r"\d{1,6}(?:[.,]\d{1,3})?")
_SCALES = {"ty": 10**9, "ti": 10**9, "trieu": 10**6, "tr": 10**6, "nghin": 10**3, "ngan": 10**3}
_WRITTEN = {10**9: "ti", 10**6: "trieu", 10**3: "nghin"}  # what amounts are written with in papers
_SCALED = re.compile(rf"([\d.,]*\d)\s*({'|'.join(_SCALES)})")
_TWO_SCALES = re.compile(r"(\d+)\s*(?:ty|ti)\s*(\d{1,3})(?:\s*(?:trieu|tr))?")
_UNIT = re.compile(r"(?<=\d)(?=(?:km|cm|m)[23]$)")
_RAISED = {"m2": "m²", "m3": "m³", "km2": "km²", "cm2": "cm²"}
_MOST = 10**15


def is_scaled(text: str) -> bool:
    """Whether it is a number with its scale, such as ``1.25 tỷ``."""
    return _scaled(text) is not None


def number_otherwise(text: str) -> Iterator[tuple[str, ...]]:
    """The words of the same number as papers write it; none of what is no number alone."""
    value = _scaled(text)
    if value is None:
        if _GROUPED.fullmatch(text):
            value = int(re.sub(r"\D", "", text))
        elif _UNGROUPED.fullmatch(text):
            value = int(text)
    if value is not None and value < _MOST:
        typed = tuple(word.folded for word in words(text))
        yield from (form for form in dict.fromkeys(_forms(value)) if form != typed)


def said_otherwise(text: str) -> Iterator[tuple[str, ...]]:
    """``hai trăm mười bốn`` and ``ba mươi lăm triệu`` in digits, and ``214`` in words."""
    if _FEW.fullmatch(text) and not is_other_words(int(text)):
        yield from said(int(text))
    typed = nfc(text).lower().split()
    scale = _SCALES.get(fold(typed[-1])) if typed and typed[-1] in SCALES_SAID else None
    value = number_in_marks(typed[:-1] if scale else typed)
    if value is None and scale and len(typed) == 2:
        value = number_said(typed[:1])
    if value:
        if not scale:
            yield (str(value),)
        yield from (form for form in _forms(value * (scale or 1)) if scale or len(form) == 1)


def with_raised(words: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """``1180m3/h`` with the ``m³`` that papers have."""
    apart = tuple(part for word in words for part in _UNIT.split(word) if part)
    if any(part in _RAISED for part in apart):
        yield tuple(_RAISED.get(part, part) for part in apart)


def _scaled(text: str) -> int | None:
    plain = fold(text.strip())
    if both := _TWO_SCALES.fullmatch(plain):
        return int(both[1]) * 10**9 + int(both[2]) * 10**6
    found = _SCALED.fullmatch(plain)
    if found is None:
        return None
    number, scale = found[1], _SCALES[found[2]]
    if _GROUPED.fullmatch(number) and scale < max(_SCALES.values()):
        amount = Decimal(re.sub(r"\D", "", number))
    elif _DECIMAL.fullmatch(number):
        amount = Decimal(number.replace(",", "."))
    else:
        return None
    value = amount * scale
    return int(value) if value == value.to_integral_value() else None


def _forms(value: int) -> Iterator[tuple[str, ...]]:
    yield (str(value),)
    yield tuple(f"{value:,}".split(","))
    for scale, name in _WRITTEN.items():
        whole, rest = divmod(value, scale)
        if not whole or rest % (scale // 1000):
            continue
        decimals = f"{rest // (scale // 1000):03}".rstrip("0")
        if not decimals:
            yield from ((*words_said, name) for words_said in said(whole))
            if whole < 10:
                yield (DIGITS[whole], name)
        for written in dict.fromkeys((f"{whole:,}", str(whole))):
            text = f"{written},{decimals} {name}" if decimals else f"{written} {name}"
            yield tuple(word.folded for word in words(text))
