"""The guides of docs/guides as HTML: their Markdown, without any HTML of their own."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup

from archive_service import shipped
from archive_service.text import fold

FOLDER = shipped.DOCS / "guides"
PICTURES = Path(__file__).resolve().parents[1] / "static" / "guide"

# A word of the pages stands between angle quotes and is shown in bold.
LABEL = re.compile("\N{LEFT-POINTING DOUBLE ANGLE QUOTATION MARK}(.+?)"
                   "\N{RIGHT-POINTING DOUBLE ANGLE QUOTATION MARK}", re.DOTALL)  # fmt: skip
_PICTURE = re.compile(r"pictures/([a-z0-9-]+\.png)")
_GUIDE = re.compile(r"([a-z-]+)\.md(#[a-z0-9-]+)?")


@dataclass(frozen=True, slots=True)
class Places:
    """Where a guide's links lead on the pages; a picture that was not made has no address."""

    guide: Callable[[str], str]
    picture: Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Guide:
    """One guide: its heading, its parts as ``(id, heading)``, and the text below the heading."""

    title: str
    parts: tuple[tuple[str, str], ...]
    body: Markup


def title_of(name: str) -> str:
    """The heading of a guide, without reading the rest of it."""
    with (FOLDER / f"{name}.md").open(encoding="utf-8") as lines:
        return next(lines).removeprefix("#").strip()


def render(name: str, places: Places, *, folder: Path = FOLDER) -> Guide:
    """The guide of this name as it lies in the folder.

    Links lead to other guides or within the page; any other is left as its words.
    """
    reader = _reader()
    tokens = reader.parse((folder / f"{name}.md").read_text(encoding="utf-8"))
    for token in tokens:
        token.children = _led(token.children or [], places)
    title, parts, kept = _sorted_out(tokens)
    html = reader.renderer.render(kept, reader.options, {})
    return Guide(title=title, parts=tuple(parts), body=Markup(html))  # noqa: S704 - our renderer escaped it


def _reader() -> MarkdownIt:
    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    reader.add_render_rule("text", _text)
    reader.add_render_rule("table_open", _table_open)
    reader.add_render_rule("table_close", _table_close)
    reader.add_render_rule("fence", _fence)
    return reader


def _sorted_out(tokens: Sequence[Token]) -> tuple[str, list[tuple[str, str]], list[Token]]:
    """The heading, the parts, and the tokens that are shown."""
    title, parts, kept = "", [], []
    skip_until = 0
    for at, token in enumerate(tokens):
        if at < skip_until:
            continue
        inside = tokens[at + 1] if at + 1 < len(tokens) else token
        if token.type == "paragraph_open" and not inside.children:  # its pictures were not made
            skip_until = at + 3
            continue
        if token.type == "heading_open":
            if token.tag == "h1":
                title, skip_until = inside.content, at + 3
                continue
            token.attrSet("id", slug(inside.content))
            if token.tag == "h2":
                parts.append((slug(inside.content), inside.content))
        kept.append(token)
    return title, parts, kept


def slug(words: str) -> str:
    """The name of a part in addresses: ASCII letters, figures and hyphens."""
    return "-".join(re.findall(r"[a-z0-9]+", fold(words)))


def _led(children: Sequence[Token], places: Places) -> list[Token]:
    """The same words with links and pictures that lead somewhere on the pages."""
    kept: list[Token] = []
    dropped = 0  # links that lead elsewhere: their words stay
    for child in children:
        if child.type == "link_open":
            if (href := _href(str(child.attrGet("href")), places)) is None:
                dropped += 1
                continue
            child.attrSet("href", href)
        elif child.type == "link_close" and dropped:
            dropped -= 1
            continue
        elif child.type == "image":
            if (source := _source(str(child.attrGet("src")), places)) is None:
                continue
            child.attrSet("src", source)
            child.attrSet("loading", "lazy")
        kept.append(child)
    return kept


def _href(href: str, places: Places) -> str | None:
    if found := _GUIDE.fullmatch(href):
        return places.guide(found[1]) + (found[2] or "")
    return href if href.startswith("#") else None


def _source(source: str, places: Places) -> str | None:
    found = _PICTURE.fullmatch(source)
    return places.picture(found[1]) if found else None


def _text(
    _self: RendererHTML, tokens: Sequence[Token], at: int, _o: OptionsDict, _e: EnvType
) -> str:
    return LABEL.sub(r'<b class="label">\1</b>', str(Markup.escape(tokens[at].content)))


def _table_open(
    _self: RendererHTML, _tokens: Sequence[Token], _at: int, _o: OptionsDict, _e: EnvType
) -> str:
    return '<div class="scroll-x" tabindex="0"><table class="table">'


def _table_close(
    _self: RendererHTML, _tokens: Sequence[Token], _at: int, _o: OptionsDict, _e: EnvType
) -> str:
    return "</table></div>"


def _fence(
    _self: RendererHTML, tokens: Sequence[Token], at: int, _o: OptionsDict, _e: EnvType
) -> str:
    return f'<pre tabindex="0"><code>{Markup.escape(tokens[at].content)}</code></pre>\n'
