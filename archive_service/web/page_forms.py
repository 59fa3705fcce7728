"""The forms of a page as its text has them: where each field stands, and what is around it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

_PRESSED = {"submit", "button", "reset", "image"}
_UNTYPED = {"hidden", "password", "file"}
_HOLDS = ("dialog", "details")


@dataclass(frozen=True, slots=True)
class Tag:
    """A start tag, from ``start`` up to ``end`` in the text of its page."""

    name: str
    attributes: Mapping[str, str | None]
    start: int
    end: int

    def get(self, name: str) -> str:
        """An attribute's value; nothing where it is absent or bare."""
        return self.attributes.get(name) or ""

    def changed(self, changes: Mapping[str, str | None], without: str = "") -> str:
        """The tag with other attributes, and less one; None makes one that has no value."""
        facts = {key: value for key, value in self.attributes.items() if key != without}
        words = (
            f" {name}" if value is None else f' {name}="{escape(value)}"'
            for name, value in (facts | dict(changes)).items()
        )
        return f"<{self.name}{''.join(words)}>"


@dataclass(slots=True)
class Control:
    """A field of a form.

    ``end`` is behind all of it, a label around it included; the text of a text area ends at
    ``inner``.
    """

    tag: Tag
    end: int
    inner: int = 0
    options: list[Tag] = field(default_factory=list)

    @property
    def name(self) -> str:
        """As it is sent."""
        return self.tag.get("name")

    @property
    def kind(self) -> str:
        """The type of an input, else the tag's name."""
        return (self.tag.get("type") or "text") if self.tag.name == "input" else self.tag.name

    @property
    def is_typed(self) -> bool:
        """Whether a person types, chooses or ticks in it what may be shown again."""
        return self.kind not in _UNTYPED


@dataclass(slots=True)
class Form:
    """A form that sends, its fields in their order, and what has to be open for it to be seen."""

    tag: Tag
    within: tuple[Tag, ...]
    body: int  # where its content begins
    controls: list[Control] = field(default_factory=list)
    sent_to: list[str] = field(default_factory=list)

    @property
    def typed(self) -> list[Control]:
        """The fields that a person fills in."""
        return [control for control in self.controls if control.is_typed]

    @property
    def told_of(self) -> list[Control]:
        """Those that a refusal may be told at: the fields that a person fills in, and files."""
        return [control for control in self.controls if control.is_typed or control.kind == "file"]

    def goes_to(self, path: str, page: str) -> bool:
        """Whether it, or a button of it, sends to this path; ``page`` is the path it stands at."""
        places = (urlsplit(place).path for place in self.sent_to)
        return path in {unquote(place) or page for place in places}


class PageForms(HTMLParser):
    """Reads a page: its forms that send, and its ``body`` and ``main``."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.body: Tag | None = None
        self.main: Tag | None = None
        self._lines = [0]
        for line in text.split("\n"):
            self._lines.append(self._lines[-1] + len(line) + 1)
        self._around: list[Tag] = []
        self._form: Form | None = None
        self._control: Control | None = None
        self._labelled: list[Control] = []
        self._ahead: dict[str, list[Control]] = {}  # by the id of a form that comes later
        self._in_label = False
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See ``HTMLParser``."""
        start = self._place()
        found = Tag(tag, dict(attrs), start, start + len(self.get_starttag_text() or ""))
        if tag in _HOLDS:
            self._around.append(found)
        elif tag == "form":
            self._begin(found)
        elif tag == "label":
            self._in_label = True
        elif tag in ("input", "textarea", "select", "button"):
            self._take(found)
        elif tag == "option" and self._control is not None:
            self._control.options.append(found)
        elif tag == "div" and self._form is not None and "body" in found.get("class").split():
            self._form.body = found.end if not self._form.typed else self._form.body
        elif tag == "body":
            self.body = found
        elif tag == "main":
            self.main = found

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """See ``HTMLParser``."""
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        """See ``HTMLParser``."""
        if tag in _HOLDS and self._around:
            self._around.pop()
        elif tag == "form":
            self._form = None
        elif tag == "label":
            for control in self._labelled:
                control.end = self._place() + len("</label>")
            self._labelled, self._in_label = [], False
        elif self._control is not None and tag == self._control.tag.name:
            self._control.inner = self._place()
            self._control.end = self._place() + len(f"</{tag}>")
            self._control = None

    def _place(self) -> int:
        line, column = self.getpos()
        return self._lines[line - 1] + column

    def _begin(self, tag: Tag) -> None:
        self._form = None
        if tag.get("method").lower() == "post":
            self._form = Form(tag, tuple(self._around), tag.end, sent_to=[tag.get("action")])
            self._form.controls = self._ahead.pop(tag.get("id"), [])
            self.forms.append(self._form)

    def _take(self, tag: Tag) -> None:
        form, owner = self._form, tag.get("form")
        if owner:
            form = next((form for form in self.forms if form.tag.get("id") == owner), None)
        if tag.name == "button" or tag.get("type") in _PRESSED:
            if form is not None and tag.get("formaction"):
                form.sent_to.append(tag.get("formaction"))
            return
        if form is None and not owner:
            return
        control = Control(tag, tag.end)
        (self._ahead.setdefault(owner, []) if form is None else form.controls).append(control)
        if tag.name != "input":
            self._control = control
        if self._in_label:
            self._labelled.append(control)
