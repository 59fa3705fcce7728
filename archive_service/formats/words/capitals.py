"""Web pages whose style prints small letters as capitals: the words as they are seen."""

import html
import re

_RULE = re.compile(r"(?:\A|[{}])([^{}]+)(?=\{([^{}]*)\})")
_CAPITALS = re.compile(
    r"text-transform\s*:\s*uppercase|font-variant(?:-caps)?\s*:\s*(?:all-)?small-caps",
    re.IGNORECASE,
)
_SAID = re.compile(
    r"(?<![\w-])(text-transform|font-variant)(?:-caps)?\s*:\s*([\w-]+)(\s*!\s*important)?",
    re.IGNORECASE,
)
_BEFORE = re.compile(r"<!--|<[^<>]*>")  # the first rule of a page
_REMARK = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_OWN = re.compile(r"""(?<![\w-])style\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_UPPER = frozenset({"uppercase", "small-caps", "all-small-caps"})
_AS_ABOVE = frozenset({"inherit", "unset", "revert"})
_TAG = re.compile(r"<!--.*?(?:-->|\Z)|<(/?)([a-zA-Z][\w:-]*)([^>]*)>", re.DOTALL)
_NAMED = re.compile(r"""\b(class|id)\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'>]+))""", re.IGNORECASE)
_LAST_PART = re.compile(r"[\s>+~]+")
_EMPTY = frozenset({  # have no end
    "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source",
    "track", "wbr",
})  # fmt: skip
_ENDS_ITSELF = frozenset({"p", "li", "td", "th", "tr", "dt", "dd", "option"})  # where the next is
_DEEPEST = 500
# By each of two properties: whether it prints small letters as capitals; behind "!" what no words
# without that sign take back.
_Style = dict[str, bool]


def in_capitals(text: str) -> str:
    """What lies in elements with such a style, by their own words, their class or their kind."""
    if _CAPITALS.search(text) is None:
        return text
    styled = _styled(text)
    pieces: list[str] = []
    within: list[tuple[str, _Style]] = []
    at = 0
    for tag in _TAG.finditer(text):
        words = text[at : tag.start()]
        capital = bool(within) and any(within[-1][1].values())
        pieces += [_upper(words) if capital else words, tag[0]]
        at = tag.end()
        name = (tag[2] or "").lower()
        if not name or name in _EMPTY:
            continue
        if tag[1]:
            _close(within, name)
        elif not tag[3].endswith("/") and len(within) < _DEEPEST:
            if name in _ENDS_ITSELF and within and within[-1][0] == name:
                within.pop()
            above = within[-1][1] if within else {}
            within.append((name, above | _style_of(name, tag[3], styled)))
    return "".join([*pieces, text[at:]])


def _upper(words: str) -> str:
    """In capitals, and what stands as the name of a character, such as ``&nbsp;``, as itself."""
    return html.escape(html.unescape(words).upper(), quote=False)


def _close(within: list[tuple[str, _Style]], name: str) -> None:
    """End the last element of this name, and those in it that nobody ended."""
    for place in range(len(within) - 1, -1, -1):
        if within[place][0] == name:
            del within[place:]
            return


def _styled(text: str) -> dict[str, _Style]:
    """What rules of the page say of kinds, classes and names; the last one that speaks counts.

    A rule for what stands within something else may give capitals, and takes none away: whether
    it does so here is not looked for.
    """
    found: dict[str, _Style] = {}
    for rule in _RULE.finditer(_REMARK.sub(" ", text)):
        if style := _said(rule[2]):
            for selector in _BEFORE.split(rule[1])[-1].split(","):
                *within, last = _LAST_PART.split(selector.strip().lower())
                given = {key: upper for key, upper in style.items() if upper or not within}
                found[last] = found.get(last, {}) | given
    return found


def _said(style: str) -> _Style:
    facts: _Style = {}
    for key, value, important in _SAID.findall(style):
        if value.lower() not in _AS_ABOVE:
            upper = value.lower() in _UPPER
            facts |= {f"{key.lower()}{sign}": upper for sign in ("", "!" if important else "")}
    return facts


def _style_of(name: str, attributes: str, styled: dict[str, _Style]) -> _Style:
    """What is said of this element: by its kind, then its class, its name, and its own words."""
    classes: list[str] = []
    names: list[str] = []
    for kind, *values in _NAMED.findall(attributes):
        known, sign = (classes, ".") if kind.lower() == "class" else (names, "#")
        for part in "".join(values).lower().split():
            known += [f"{sign}{part}", f"{name}{sign}{part}"]
    found: _Style = {}
    for selector in ("*", name, *classes, *names):
        found |= styled.get(selector, {})
    own = ("".join(values) for values in _OWN.findall(attributes))
    return found | _said(next(own, ""))
