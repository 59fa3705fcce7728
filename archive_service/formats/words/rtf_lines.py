"""Lines of an RTF as they are printed, for looking through them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

_TOKEN = re.compile(
    r"\\'(?P<byte>[0-9a-fA-F]{2})|\\u(?P<letter>-?\d+) ?|\\(?P<word>[a-zA-Z]+)(?P<number>-?\d*) ?"
    r"|\\(?P<sign>[^a-zA-Z])|[{}]|[\r\n]+",
    re.DOTALL,
)
_INSTEAD = r"(?:\\'[0-9a-fA-F]{2}|\?)"  # of a letter, for readers that do not know Unicode
_TAG = "htmltag"  # of a web page that Outlook keeps in RTF
_CAPITALS = ("caps", "scaps")
_BREAKS = ("par", "line", "cell", "row", "sect", "page", "tab")
_MOST_INSTEAD = 9
_SIGNS = {"~": " ", "_": "-", "\n": "\n", "\r": "\n", "\\": "\\", "{": "{", "}": "}"}
# Groups that are no part of the text around them.
_BESIDE = re.compile(
    r"(?:header|footer)[flr]?$|(?:footnote|annotation|shptxt|dptxbxtext|sv)$"
    r"|(?:info|title|subject|author|manager|company|category|keywords|comment|doccomm)$"
)
_UNSEEN = re.compile(
    r"(?:font|color|file|list|listoverride|rsid)(?:tbl|table)$|(?:bkmk|atrf)(?:start|end)$"
    r"|(?:stylesheet|pict|blipuid|objdata|themedata|datastore|colorschememapping|latentstyles"
    r"|fldinst|generator|sn|atnref)$"
)


@dataclass(slots=True)
class _Group:
    """A group between braces; one that is no part of the text has its words for itself."""

    said: list[str] = field(default_factory=list)
    is_starred: bool = False  # for readers alone that know what its first word means
    is_apart: bool = False
    is_unseen: bool = False
    upper: bool = False
    instead: int = 1  # how many signs stand behind a letter, in its place

    def inner(self) -> "_Group":
        return replace(self, is_apart=False, is_starred=False)

    def say(self, words: str) -> None:
        if words and not self.is_unseen:
            self.said.append(words.upper() if self.upper else words)

    def obey(self, word: str, number: str) -> None:
        if self.is_starred and word != _TAG:
            self.stand_apart()
        self.is_starred = False
        if word in _BREAKS:
            self.say("\n")
        elif word in _CAPITALS:
            self.upper = number != "0"
        elif word == "plain":
            self.upper = False
        elif word == "uc":
            self.instead = min(int(number or 1), _MOST_INSTEAD)
        elif _UNSEEN.match(word):
            self.is_unseen = True
        elif _BESIDE.match(word):
            self.stand_apart()

    def stand_apart(self) -> None:
        self.said, self.is_apart = [], True


def rtf_lines(text: str) -> tuple[list[str], list[str]]:
    """The lines of the text, and those beside it: in margins, notes and boxes, and about it.

    From the word ``caps`` to its end, or that of its group, they are in capitals.
    """
    body, beside = _Group(), list[str]()
    now, above, at = body, list[_Group](), 0
    while found := _TOKEN.search(text, at):
        now.say(text[at : found.start()])
        at = found.end()
        if found[0] == "{":
            above.append(now)
            now = now.inner()
        elif found[0] == "}":
            beside += _lines(now) if now.is_apart else ()
            now = above.pop() if above else now
        elif found["byte"]:
            now.say(bytes.fromhex(found["byte"]).decode("cp1258", errors="replace"))
        elif found["letter"]:
            now.say(chr(int(found["letter"]) % 0x10000))
            at += _signs_instead(text, at, now.instead)
        elif found["word"] == "bin":
            at += int(found["number"] or 0)
        elif found["word"]:
            now.obey(found["word"], found["number"])
        elif found["sign"] == "*":
            now.is_starred = True
        elif found["sign"]:
            now.say(_SIGNS.get(found["sign"], ""))
    now.say(text[at:])
    for group in (now, *above):  # of an RTF that was cut off
        beside += _lines(group) if group.is_apart else ()
    return [*_lines(body)], beside


def _lines(group: _Group) -> Iterator[str]:
    return iter("".join(group.said).splitlines())


def _signs_instead(text: str, at: int, most: int) -> int:
    """Their length; letters that a program left out are not missed."""
    found = re.compile(f"{_INSTEAD}{{0,{max(most, 0)}}}").match(text, at)
    return len(found[0]) if found else 0
