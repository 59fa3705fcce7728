"""Web pages whose style prints small letters as capitals: the words as they are seen."""

import html
import re

_RULE = re.compile(r"(?:\A|[{}])([^{}]+)(?=\{([^{}]*)\})")
_CAPITALS = re.compile(
    r"text-transform\s*:\s*uppercase|font-variant(?:-caps)?\s*:\s*(?:all-)?small-caps",
    re.IGNORECASE,
)
_TAG = re.compile(r"<!--.*?(?:-->|\Z)|<(/?)([a-zA-Z][\w:-]*)([^>]*)>", re.DOTALL)
_NAMED = re.compile(r"""\b(class|id)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_LAST_PART = re.compile(r"[\s>+~]+")
_EMPTY = frozenset({  # have no end
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
})  # fmt: skip
_ENDS_ITSELF = frozenset({"p", "li", "td", "th", "tr", "dt", "dd", "option"})  # where the next is
_DEEPEST = 500


def in_capitals(text: str) -> str:
    """What lies in elements with such a style, by their own words, their class or their kind."""
    if _CAPITALS.search(text) is None:
        return text
    styled = _styled(text)
    said: list[str] = []
    within: list[tuple[str, bool]] = []
    at = 0
    for tag in _TAG.finditer(text):
        words = text[at : tag.start()]
        said += [_upper(words) if within and within[-1][1] else words, tag[0]]
        at = tag.end()
        name = (tag[2] or "").lower()
        if not name or name in _EMPTY:
            continue
        if tag[1]:
            _close(within, name)
        elif not tag[3].endswith("/") and len(within) < _DEEPEST:
            if name in _ENDS_ITSELF and within and within[-1][0] == name:
                within.pop()
            upper = bool(within) and within[-1][1]
            within.append((name, upper or _is_capital(name, tag[3], styled)))
    return "".join([*said, text[at:]])


def _upper(words: str) -> str:
    """In capitals, and what stands as the name of a character, such as ``&nbsp;``, as itself."""
    return html.escape(html.unescape(words).upper(), quote=False)


def _close(within: list[tuple[str, bool]], name: str) -> None:
    """End the last element of this name, and those in it that nobody ended."""
    for place in range(len(within) - 1, -1, -1):
        if within[place][0] == name:
            del within[place:]
            return


def _styled(text: str) -> set[str]:
    """Kinds, classes and names to which a rule of the page gives capitals."""
    found: set[str] = set()
    for rule in _RULE.finditer(text):
        if _CAPITALS.search(rule[2]):
            for selector in rule[1].split(","):
                last = _LAST_PART.split(selector.strip())[-1].lower()
                found.add(last)
    return found


def _is_capital(name: str, attributes: str, styled: set[str]) -> bool:
    if _CAPITALS.search(attributes):
        return True
    known = {name}
    for kind, *values in _NAMED.findall(attributes):
        sign = "." if kind.lower() == "class" else "#"
        for one in "".join(values).lower().split():
            known |= {f"{sign}{one}", f"{name}{sign}{one}"}
    return not known.isdisjoint(styled)
