"""The mark of a state secret in the words of a file, whatever its format; read in a child."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from archive_service import law
from archive_service.formats.enclosed import DEEPEST, enclosed_here, mail_titles
from archive_service.formats.file_lines import lines_here
from archive_service.formats.identify import Identification
from archive_service.formats.office.lines import FAR, LISTED
from archive_service.formats.zip_damage import ZIP_DAMAGE
from archive_service.text import fold, is_word_of, nfc

MOST_LINES = 200_000
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,5}$")
_ORDINAL = "0123456789 .-"  # before the words of a name
_LOWEST = "mat"  # in a field of levels no other word is written so
_NOT = "khong"  # before the word of a level, folded
_WORD = re.compile(r"[^\W\d]+")


def read_mark_here(path: Path, found: Identification) -> str:
    """The highest mark in the words of a file, and of the files within it; empty where none is.

    In this very process; never raises for what is in the file, except that it is too much. What
    was read before a file turned out to be broken counts.
    """
    marks = {*_marks(path, found.media_type, found.extension, 0)}
    return next((level for level in levels() if level in marks), "")


def _marks(path: Path, media_type: str, extension: str, depth: int) -> Iterator[str]:
    """Of the file, then of each file within it and of its name: each is judged by itself."""
    yield mark_in(_readable(lines_here(path, media_type, extension)))
    yield from map(mark_in_name, mail_titles(path, media_type, extension))
    if depth >= DEEPEST:
        return
    for enclosed in enclosed_here(path, media_type, extension):
        yield mark_in_name(enclosed.name)
        if not enclosed.is_picture:
            with TemporaryDirectory() as folder:
                place = Path(folder, "enclosed")
                place.write_bytes(enclosed.data)
                yield from _marks(place, "", enclosed.extension, depth + 1)


def mark_in(lines: Iterable[str]) -> str:
    """The highest mark that stands alone on a line, in capitals (NĐ 30/2020 PL I, cell 10a).

    Words of running text (bảo mật, bí mật) that are broken off at a line are none. Headings of a
    text that goes through several levels are none either: lines after ``FAR``, those that name
    what is secret (tài liệu mật), and those with the letter of a level. In a numbered row of a
    list the lowest is the name of a person or of goods, unless a column of secrecy was named.
    """
    seen: set[str] = set()
    headings: set[str] = set()
    before, listed = "", False
    for raw in _some(_with_upright(lines)):
        line = raw.removeprefix(LISTED)
        level = mark_of(line)
        listed = listed or names_level(line)
        if level == levels()[-1] and not listed and raw.startswith(LISTED):
            level = ""
        if level and not _leads(before, line):
            named = _pattern("nouns").match(fold(line)) or _pattern("letter").match(line)
            (headings if named or line.startswith(FAR) else seen).add(level)
        elif before.rstrip().endswith(":") and (mark := mark_of(f"{before} {line}")):
            headings.add(mark)
        before = line if line.strip() else before
    if len(headings) == 1:
        seen |= headings
    return next((level for level in levels() if level in seen), "")


def mark_of(line: str) -> str:
    """The level that one line says, and nothing else but what stands beside it on paper."""
    words = " ".join(_in_latin(line).split())
    if not words or len(words) > 200:
        return ""
    if match := _pattern("field").match(words):
        said = match[1].upper()
        return _bare(said) or _bare(_alone(said))
    label, sign, value = words.partition(":")
    if sign and names_level(label):
        said = levels()[-1] if fold(value).strip() == _LOWEST else value.upper()
        return _bare(said) or _bare(_alone(said))
    if match := _pattern("after-symbol").match(words):
        return _bare(match[1])
    for key in ("degree", "letter"):
        if (match := _pattern(key).match(words)) and (level := _bare(match[1])):
            return level
    if level := _bare(words) or _bare(_alone(words)):
        return level
    for level in levels():
        if words.startswith(f"{level} ") and _pattern("head-of-page").search(fold(words)):
            return level
    return ""


def names_level(label: str) -> bool:
    """Whether a field of this name holds a level: ``Độ mật``, ``DoMat``, ``security_level``."""
    words = label.replace("_", " ").replace("-", " ").strip(" :")
    return len(words) <= 60 and fold("".join(words.split())) in _labels()


def mark_in_name(path: str) -> str:
    """The highest mark that the name of a file, or of a folder it lies in, bears in capitals.

    It begins the name, stands in brackets or apart, or is the only word of them in capitals.
    """
    found = {_in_name(part) for part in nfc(path).split("/")}
    return next((level for level in levels() if level in found), "")


def without_copy_number(words: str) -> str:
    """Without ``Bản số: …`` behind the mark."""
    return _pattern("beside").sub("", words)


@lru_cache(maxsize=1)
def beside_mark() -> tuple[str, ...]:
    """Folded words, the longest first, that stand beside a mark: urgency and the like."""
    (row,) = (row for row in _lines() if row.get("key") == "companions")
    return _longest_first([*cast("Sequence[str]", row["words"]), *_words("urgency")])


@lru_cache(maxsize=1)
def nouns_of_mark() -> tuple[str, ...]:
    """Folded nouns that stand before a mark: TÀI LIỆU MẬT."""
    (row,) = (row for row in _lines() if row.get("key") == "nouns")
    return _longest_first(cast("Sequence[str]", row["words"]))


def _in_name(name: str) -> str:
    """One level; a name that says several is about them."""
    words = _EXTENSION.sub("", _in_latin(name)).replace("_", " ")
    if level := mark_of(words.lstrip(_ORDINAL)):
        return level
    found = {
        found_level[0]
        for found_level in _pattern("in-name").finditer(words)
        if _stands_out(words[: found_level.start()], words[found_level.end() :])
    }
    return found.pop() if len(found) == 1 else ""


def _stands_out(before: str, after: str) -> bool:
    former, following = _WORD.findall(before)[-1:], _WORD.findall(after)[:1]
    leads = bool(former) and before.rstrip().endswith(former[0])
    goes_on = bool(following) and after.lstrip().startswith(following[0])
    if leads and (fold(former[0]) == _NOT or is_word_of(former[0], _words("secret-compounds"))):
        return False
    if goes_on and is_word_of(following[0], _words("secret-continued")):
        return False
    if not former:
        return True
    return not (goes_on and following[0].isupper()) and not (leads and former[0].isupper())


def _alone(words: str) -> str:
    """Without the number of the copy, urgency and the like beside it, and a noun before it."""
    words = without_copy_number(words)
    if len(folded := fold(words)) != len(words):
        return words
    for key in ("companions", "companions", "nouns"):  # on one side of it, or on both
        if found_level := _pattern(key).search(folded):
            words, folded = (
                text[: found_level.start()] + text[found_level.end() :] for text in (words, folded)
            )
    return words


def _leads(before: str, line: str) -> bool:
    """Whether the line before goes on in this one: words of a text, or of a title."""
    if is_word_of(_letters(before.rpartition(" ")[2]), _words("secret-compounds")):
        return True
    names = _pattern("nouns").match(fold(line)) or _pattern("degree").match(line)
    if not before.isupper() or not names:
        return False
    offices = (f"{word} ".upper() for key in ("superiors", "agencies") for word in _words(key))
    return not nfc(before).lstrip().startswith((*offices, *map(str.upper, _words("state"))))


def _readable(lines: Iterator[str]) -> Iterator[str]:
    with suppress(OSError, *ZIP_DAMAGE):
        yield from lines


def _bare(words: str) -> str:
    """The level, where these words are it: letters may be spaced, signs stand around them."""
    if any(sign.isdigit() for sign in words):
        return ""
    letters = "".join(sign for sign in words if sign.isalpha())
    for level in levels():
        if {letters, "".join(words.split())} & _spellings()[level]:
            return level
    return ""


def _with_upright(lines: Iterable[str]) -> Iterator[str]:
    """Single letters below one another are a line of their own as well, after the last of them.

    So is a level among them, where other letters stand above it or below.
    """
    upright = ""
    for line in lines:
        words = _in_latin(line.removeprefix(LISTED).removeprefix(FAR)).strip()
        if len(words) == 1 and words.isalpha():
            upright += words
        elif words and upright:
            yield from (upright, _level_within(upright))
            upright = ""
        yield line
    yield from (upright, _level_within(upright))


def _level_within(letters: str) -> str:
    """Unless the letters around it make it part of another word, such as BẢO MẬT and MẬT MÃ."""
    for level in levels():
        before, found, after = letters.partition("".join(level.split()))
        leads = before.casefold().endswith(_forms("secret-compounds"))
        if found and not leads and not after.casefold().startswith(_forms("secret-continued")):
            return level
    return ""


def _in_latin(text: str) -> str:
    """Wide letters are letters, and so are those of other alphabets that look like ours."""
    plain = unicodedata.normalize("NFKC", text)
    if _look_alikes().keys().isdisjoint(map(ord, plain)):
        return plain
    apart = unicodedata.normalize("NFKD", plain).translate(_look_alikes())
    return unicodedata.normalize("NFKC", apart)


def _some(lines: Iterable[str]) -> Iterator[str]:
    for number, line in enumerate(lines):
        if number >= MOST_LINES:
            return
        yield line


def _letters(word: str) -> str:
    return "".join(filter(str.isalpha, nfc(word)))


@lru_cache(maxsize=1)
def levels() -> tuple[str, ...]:
    """From the highest to the lowest, in capitals."""
    return tuple(str(mark).upper() for mark in reversed(_words("secrecy")))


@lru_cache(maxsize=1)
def _look_alikes() -> dict[int, str]:
    (row,) = (row for row in _lines() if row.get("key") == "look-alikes")
    pairs = ((word[0], word[1:]) for word in cast("Sequence[str]", row["words"]))
    return {ord(other): letter for letter, others in pairs for other in others}


@lru_cache(maxsize=1)
def _labels() -> frozenset[str]:
    (row,) = (row for row in _lines() if row.get("key") == "labels")
    return frozenset(
        fold("".join(str(word).split())) for word in cast("Sequence[str]", row["words"])
    )


@lru_cache(maxsize=8)
def _forms(key: str) -> tuple[str, ...]:
    """Words as they are written, and without marks, in small letters."""
    return tuple(form for word in _words(key) for form in (nfc(word).casefold(), fold(word)))


@lru_cache(maxsize=1)
def _spellings() -> dict[str, frozenset[str]]:
    """By level its letters without blanks, those of old fonts among them."""
    old = {str(row["level"]).upper(): row["letters"] for row in _lines() if "level" in row}
    return {
        level: frozenset(
            "".join(spelling.split())
            for spelling in (level, *cast("Sequence[str]", old.get(level, ())))
        )
        for level in levels()
    }


@lru_cache(maxsize=16)
def _pattern(key: str) -> re.Pattern[str]:
    if key == "in-name":
        return re.compile(rf"(?<!\w)(?:{'|'.join(levels())})(?!\w)")
    (row,) = (row for row in _lines() if row.get("key") == key)
    if "pattern" in row:
        return re.compile(str(row["pattern"]), re.IGNORECASE)
    words = "|".join(map(re.escape, nouns_of_mark() if key == "nouns" else beside_mark()))
    if key == "nouns":
        return re.compile(rf"^\W*(?:{words})\s+")
    return re.compile(rf"^\W*(?:{words})(?:\W+|$)|\W+(?:{words})\W*$")


def _longest_first(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted((fold(word) for word in words), key=len, reverse=True))


def _lines() -> Sequence[law.Row]:
    return law.load_rule_set(law.CONFIG / "standards" / "secrecy_lines.toml").rows


def _words(key: str) -> Sequence[str]:
    rows = law.load_rule_set(law.CONFIG / "standards" / "nd30_layout.toml").rows
    (row,) = (row for row in rows if row.get("key") == key)
    return cast("Sequence[str]", row["words"])
