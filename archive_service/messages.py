"""What people are told: texts by key, in Vietnamese and English, from config/messages."""

import datetime as dt
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import tomli

from archive_service import clock, shipped
from archive_service.errors import InputError
from archive_service.text import is_unseen, unturned

FOLDER = shipped.CONFIG / "messages"
LANGUAGES = ("vi", "en")

_GROUPED = 10_000
_LONGEST_ON_PAGE = 300  # characters of a fact of an error
_MOST_TOLD = 10  # findings in words within one error
# {fact}, or {fact:group} for its word in labels; in quotes of several values each: “a” or “b”
_PLACE = re.compile(r"(“)?\{(\w+)(?::([\w-]+))?\}(?(1)”)")
_STRETCH = re.compile(r"\[\[(!?)(\w+):(.*?)\]\]")
# A row's id or a digest: whoever typed it at a terminal reads it again, nobody reads it on a page.
_MARK = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{64}")
_ISO_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_ISO_MONTH = re.compile(r"((?:1[89]|2[01])\d\d)-(0[1-9]|1[0-2])", re.ASCII)
_ISO_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


class MessagesInvalidError(InputError):
    """A messages file cannot be read, says a key twice or holds something else than texts."""


@dataclass(frozen=True, slots=True)
class Message:
    """What happened, and what to do next."""

    message: str
    remedy: str
    detail: str = ""  # what a page folds away, as digests; programs have it in the message


@dataclass(frozen=True, slots=True)
class Findings:
    """Findings as one fact of an error: each with its code, its facts and the place it is about."""

    found: tuple[tuple[str, Mapping[str, object]], ...]

    def told(self, lang: str) -> str:
        """The first ones in words, numbered, then how many more there are."""
        sentences = [
            self._sentence(number, lang) for number in range(min(len(self.found), _MOST_TOLD))
        ]
        if more := len(self.found) - len(sentences):
            sentences.append(text("labels.findings.more", lang, count=more))
        return "".join(f" {sentence}" for sentence in sentences)

    def _sentence(self, number: int, lang: str) -> str:
        code, facts = self.found[number]
        said, place = finding(code, lang, facts).message, shown(facts["place"], lang)
        return f"({number + 1}) {said}" if place in said else f"({number + 1}) {place}: {said}"


def text(key: str, /, lang: str = "vi", **facts: object) -> str:
    """The text at a dotted key such as ``labels.roles.officer``.

    A text that English lacks is given in Vietnamese; one that no file has is its own key, so that
    a page never breaks on a word. Facts that are not given stay as ``{name}``.
    """
    return _filled(_find(key, lang) or key, facts, lang)


def has(key: str, lang: str = "vi") -> bool:
    """Whether a text stands at this key in this very language."""
    return key in _texts(lang, FOLDER)


def label(group: str, key: str, lang: str = "vi") -> str:
    """The word for one value: ``label("roles", "officer")``."""
    return text(f"labels.{group}.{key}", lang)


def labels(group: str, lang: str = "vi") -> dict[str, str]:
    """All words of one group, in the order of the file."""
    prefix = f"labels.{group}."
    return {key.removeprefix(prefix): text(key, lang) for key in _keys(prefix, FOLDER)}


@lru_cache(maxsize=512)
def _keys(prefix: str, folder: Path) -> tuple[str, ...]:
    return tuple(key for key in _texts("vi", folder) if key.startswith(prefix))


def error(
    code: str, lang: str = "vi", facts: Mapping[str, object] | None = None, *, web: bool = False
) -> Message:
    """What an error with this code says; ``facts`` are those it was raised with.

    With ``web`` it is told to somebody at a browser, who has no command to run.
    """
    given = facts or {}
    if web:
        given = {name: _in_short(fact) for name, fact in given.items()}
    return _message(f"errors.{code}", code, lang, given, web=web)


def finding(
    code: str, lang: str = "vi", facts: Mapping[str, object] | None = None, *, web: bool = False
) -> Message:
    """What a finding with this code says; ``web`` as for errors.

    Homes keep findings of earlier releases: of a code that is told no more, that is said.
    """
    if _find(f"findings.{code}.message", lang) is None:
        return _message("labels.earlier-finding", code, lang, {"code": code}, web=web)
    return _message(f"findings.{code}", code, lang, facts or {}, web=web)


def load(lang: str, folder: Path = FOLDER) -> dict[str, str]:
    """All texts of one language: one file a capability, in the folder of that language.

    Raises:
        MessagesInvalidError: a file is not TOML, holds anything but texts, or repeats a key.
    """
    texts: dict[str, str] = {}
    for path in _files(lang, folder):
        for key, value in _flat(_parsed(path), path):
            if key in texts:
                raise MessagesInvalidError(file=path.name, detail=f"{key} stands twice")
            texts[key] = value
    return texts


def _message(key: str, code: str, lang: str, facts: Mapping[str, object], *, web: bool) -> Message:
    def find(part: str) -> str | None:
        on_page = _find(f"{key}.{part}_web", lang) if web else None
        return on_page or _find(f"{key}.{part}", lang)

    parts = find("message") or code, find("remedy") or "", find("detail") or ""
    unsaid = {name for name, fact in facts.items() if web and _MARK.fullmatch(str(fact))}
    blank = {name for name, fact in facts.items() if _is_blank(fact)}
    given = {**facts, **dict.fromkeys(blank, _find("labels.facts.blank", lang))}
    told = (_unquoted(part, blank, lang) for part in parts)
    return Message(*(_filled(part, given, lang, unsaid | blank) for part in told))


def _in_short(fact: object) -> object:
    """What was typed may have pages: its beginning shows which field is meant."""
    is_long = isinstance(fact, str) and len(fact) > _LONGEST_ON_PAGE
    return f"{str(fact)[:_LONGEST_ON_PAGE].rstrip()}…" if is_long else fact


def _is_blank(fact: object) -> bool:
    """Whether it would leave a hole in its sentence; no findings are told by no words."""
    return fact is None or (not isinstance(fact, Findings) and is_unseen(shown(fact)))


def _unquoted(template: str, names: Collection[str], lang: str) -> str:
    """Nothing is quoted of a fact that is blank: a word stands there for it."""
    for name in names:
        template = template.replace(f"“{{{name}}}”", f"{{{name}}}")
        if template.startswith(f"{{{name}}}"):
            begins = _find("labels.facts.blank-begins", lang) or ""
            template = begins + template.removeprefix(f"{{{name}}}")
    return template


@lru_cache(maxsize=16_384)
def _find(key: str, lang: str) -> str | None:
    """Only files with all words of the key are parsed: a command tells little, a server all."""
    for language in dict.fromkeys((lang, "vi")):
        for path, written in _written(language, FOLDER):
            if all(word in written for word in key.split(".")) and (found := _of(path).get(key)):
                return found
    return None


@lru_cache(maxsize=8)
def _written(lang: str, folder: Path) -> Sequence[tuple[Path, str]]:
    if lang not in LANGUAGES:
        return ()
    return [(path, path.read_text(encoding="utf-8")) for path in _files(lang, folder)]


@lru_cache(maxsize=256)
def _of(path: Path) -> Mapping[str, str]:
    return dict(_flat(_parsed(path), path))


def _files(lang: str, folder: Path) -> list[Path]:
    return sorted((folder / lang).glob("*.toml"))


@lru_cache(maxsize=8)
def _texts(lang: str, folder: Path) -> Mapping[str, str]:
    return load(lang, folder) if lang in LANGUAGES else {}


def _parsed(path: Path) -> dict[str, object]:
    try:
        return tomli.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise MessagesInvalidError(file=path.name, detail=str(error)) from error


def _flat(table: dict[str, object], path: Path, above: str = "") -> Iterator[tuple[str, str]]:
    for name, value in table.items():
        key = f"{above}{name}"
        if isinstance(value, dict):
            yield from _flat(value, path, f"{key}.")
        elif isinstance(value, str):
            yield key, value
        else:
            raise MessagesInvalidError(file=path.name, detail=f"{key} is not a text")


def _filled(
    template: str, facts: Mapping[str, object], lang: str, unsaid: Collection[str] = ()
) -> str:
    """Only such places are filled: facts come from outside and must not be able to do more.

    ``[[fact:words]]`` is said only where that fact is given, is neither none nor empty, and not
    among those ``unsaid``; ``[[!fact:words]]`` only where it is not.
    A sentence of a person that brings its own full stop gets no second one.
    """
    said_too = {name for name, fact in facts.items() if fact and name not in unsaid}
    template = _STRETCH.sub(
        lambda place: place[3] if (place[2] in said_too) is not bool(place[1]) else "", template
    )

    def fill(place: re.Match[str]) -> str:
        quote, name, group = place.groups()
        if name not in facts:
            return place[0]
        fact = facts[name]
        if quote:
            return _quoted(fact, group, lang)
        words = shown(fact, lang) if group is None else _worded(group, fact, lang)
        stopped = words.endswith(".") and not words.endswith("..")
        return words[:-1] if stopped and place.string[place.end() :].startswith(".") else words

    return _PLACE.sub(fill, template)


def _quoted(fact: object, group: str | None, lang: str) -> str:
    if group is None:
        return f"“{shown(fact, lang)}”"
    if not fact or not isinstance(fact, (list, tuple)):
        return f"“{_worded(group, fact, lang)}”"
    *most, last = (f"“{_worded(group, item, lang)}”" for item in fact)
    either = f" {_find('labels.facts.or', lang)} "
    return either.join([", ".join(most), last] if most else [last])


def _worded(group: str, fact: object, lang: str) -> str:
    if isinstance(fact, (list, tuple)):
        return ", ".join(_worded(group, item, lang) for item in fact)
    word = shown(fact, lang)
    kind, _, name = word.partition(":")  # of several of a kind one by its name, as copy:objects
    words = _find(f"labels.{group}.{word}", lang) or _find(f"labels.{group}.{kind}", lang)
    return word if words is None else _filled(words, {"name": name}, lang)


def shown(fact: object, lang: str = "vi") -> str:
    """A fact as people read it: days and hours as on a Vietnamese clock, figures as written.

    Numbers of four figures may be years and stay as they are; longer ones are grouped.
    """
    if isinstance(fact, Findings):
        return fact.told(lang)
    if isinstance(fact, dt.datetime):
        moment = clock.local(fact) if fact.tzinfo else fact
        return moment.strftime("%d/%m/%Y %H:%M")
    if isinstance(fact, dt.date):
        return fact.strftime("%d/%m/%Y")
    if isinstance(fact, (list, tuple, set, frozenset)):
        return ", ".join(shown(item, lang) for item in fact)
    if isinstance(fact, float):
        plain = f"{fact:.10g}"
        return plain.replace(".", ",") if lang == "vi" else plain
    if isinstance(fact, int) and abs(fact) >= _GROUPED:
        grouped = f"{fact:,}"
        return grouped.replace(",", ".") if lang == "vi" else grouped
    if isinstance(fact, str) and _ISO_DAY.fullmatch(fact):  # as findings keep a day, in JSON
        return _day(fact)
    if isinstance(fact, str) and (month := _ISO_MONTH.fullmatch(fact)):
        return f"{month[2]}/{month[1]}"
    if isinstance(fact, str) and _ISO_MOMENT.fullmatch(fact):
        return _moment(fact)
    return unturned(str(fact))


def _moment(text: str) -> str:
    try:
        return shown(clock.parse_iso(text))
    except ValueError:
        return text


def _day(text: str) -> str:
    try:
        return dt.date.fromisoformat(text).strftime("%d/%m/%Y")
    except ValueError:
        return text
