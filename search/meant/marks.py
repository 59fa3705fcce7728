"""Words asked in place of typed ones, written as they were typed or as papers have them."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from archive_service.text import nfc
from search.port import END, FOUND, Hit
from search.words import Word, words

_FIRST = 5  # hits that are looked at
_UNMARKED = str.maketrans({FOUND: "", END: ""})
_LONGEST_CODE = 12  # words


def with_marks(instead: str, typed: str, hits: Sequence[Hit]) -> str:
    """Each word as it was typed; one that nobody typed so as the first hits write it most, and a
    number or code with the signs between its parts that were typed or that they have.

    The hits are what the account may see, so that nothing else is told.
    """
    texts = [nfc(part).translate(_UNMARKED) for hit in hits[:_FIRST] for part in _texts(hit)]
    own = {form: typed[word.start : word.end] for word in words(typed) for form in _forms(word)}
    seen: dict[str, Counter[str]] = defaultdict(Counter)
    found = [(text, words(text)) for text in texts]
    for text, written in found:
        for word in written:
            seen[word.folded][text[word.start : word.end].lower()] += 1
    codes = [(typed, words(typed)), *found]
    asked = words(instead)
    told, at, after = "", 0, 0
    while at < len(asked):
        size, code = _as_code(asked[at:], instead, codes)
        last = asked[at + size - 1]
        told += instead[after : asked[at].start]
        told += code or _as_word(asked[at], instead, own, seen)
        at, after = at + size, last.end
    return told + instead[after:]


def _texts(hit: Hit) -> tuple[str, str]:
    return hit.title, hit.snippet


def _forms(word: Word) -> tuple[str, str]:
    return word.folded, word.exact


def _as_word(word: Word, instead: str, own: dict[str, str], seen: dict[str, Counter[str]]) -> str:
    """As it was typed; else as it is written most, where nothing found has it so."""
    if word.exact in own:
        return own[word.exact]
    shown = instead[word.start : word.end]
    written = seen[word.folded]
    if not written or shown in written:
        return shown
    alike = {text: sum(map(str.__eq__, text, shown)) for text in written}
    return max(written, key=lambda text: (alike[text], written[text]))


def _as_code(
    asked: Sequence[Word], instead: str, codes: Sequence[tuple[str, list[Word]]]
) -> tuple[int, str]:
    """How many of the words are one number or code of a text with signs in it, and it."""
    run = [asked[0]]
    for word in asked[1:_LONGEST_CODE]:
        if instead[run[-1].end : word.start].strip():  # a phrase ends here
            break
        run.append(word)
    for size in range(len(run), 1, -1):
        folded = [word.folded for word in run[:size]]
        if any(letter.isdecimal() for word in folded for letter in word):
            for text, written in codes:
                if code := _standing(folded, text, written):
                    return size, code
    return 1, ""


def _standing(folded: list[str], text: str, written: Sequence[Word]) -> str:
    """The words where they stand in the text one after another, with signs and no spaces."""
    for at in range(len(written) - len(folded) + 1):
        part = written[at : at + len(folded)]
        code = text[part[0].start : part[-1].end]
        if [word.folded for word in part] == folded and not any(map(str.isspace, code)):
            return code
    return ""
