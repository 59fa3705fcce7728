"""Who signed, as people ask for it beside other words: ``do Hoàng Đình Lưu ký``, ``ký bởi …``.

Nothing here looks at an index: whether anybody of that name signed is for the caller to ask.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from archive_service.law import CONFIG
from archive_service.text import fold, nfc
from search.words import words

_SIZES = (5, 4, 3, 2)  # words of a name
# What is asked for, where nothing else is said of it.
_ANY_PAPER = re.compile(
    "(?:(?:tat ca|cac|nhung|moi|toan bo) )?(?:van ban|tai lieu|ho so|giay to)(?: (?:nao|duoc|da))?"
)


@dataclass(frozen=True, slots=True)
class SignerSaid:
    """A name, and the words beside it."""

    name: str
    rest: str

    @property
    def as_field(self) -> str:
        """The query that is meant."""
        field = next(line for line in _lines() if ":" in line)
        return f"{field.replace('NAME', self.name)} {self.rest}".strip()


@cache
def _lines() -> tuple[str, ...]:
    text = (CONFIG / "search" / "signer_words.txt").read_text(encoding="utf-8")
    return tuple(nfc(line) for line in text.splitlines() if line and not line.startswith("#"))


@cache
def titles() -> frozenset[str]:
    """What a name may have before it, as the index knows its words, with their marks or none."""
    lines = [words(line) for line in _lines() if "NAME" not in line]
    ways = ([(it.exact, it.folded) for it in line] for line in lines)
    return frozenset(" ".join(way) for line in ways for way in zip(*line, strict=True))


@cache
def _forms() -> tuple[re.Pattern[str], ...]:
    """Each way to ask, the longest name first; words with their marks or with none."""
    titles = "|".join(_either(line) for line in _lines() if "NAME" not in line)
    asked = [_either(line) for line in _lines() if "NAME" in line and ":" not in line]
    return tuple(
        re.compile(
            rf"\b{line.replace('NAME', rf'(?:(?:{titles}) )?(?P<name>{_name(size)})')}\b",
            re.IGNORECASE,
        )
        for size in _SIZES
        for line in sorted(asked, key=len, reverse=True)
    )


def _either(line: str) -> str:
    either = (it if it == "NAME" else f"(?:{it}|{fold(it)})" for it in line.split())
    return " ".join(either)


def _name(size: int) -> str:
    return " ".join([r"[^\W\d_]+"] * size)


def signer_said(text: str) -> Iterator[SignerSaid]:
    """What may be the name of who signed, the longest first."""
    if '"' in text or ":" in text:
        return
    for form in _forms():
        if found := form.search(text):
            before, after = text[: found.start()].strip(), text[found.end() :]
            before = "" if _ANY_PAPER.fullmatch(fold(before)) else before
            yield SignerSaid(found["name"], f"{before} {after}".strip())
