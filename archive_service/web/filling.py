"""A page whose form is filled in again with what was sent by it."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from archive_service.request import PAGE_FIELDS
from archive_service.web.page_forms import Control, Form, PageForms, Tag

NEVER_SHOWN = PAGE_FIELDS | {"otp", "proof"}
# Parts of the names of fields whose words are never shown again.
_SECRET = {"token", "otp", "proof", "password", "old", "new", "again"}
_TICKED = {"checkbox", "radio"}
_NOTE = "refused-note"
_Edit = tuple[int, int, str]


@dataclass(frozen=True, slots=True)
class Sent:
    """What was sent to ``path`` from the page at ``page``, and the markup that tells of its end.

    Args:
        at: fields that the refusal may be about, the likeliest first.
        is_slip: something is wrong in the form; where no field is known to be, then the first
            one that has to be filled in and is blank.
        note: shown at the field or at the head of the form; ``beside``, with what was typed, at
            the head of a page on which the form stands no longer.
    """

    path: str
    page: str
    values: Mapping[str, Sequence[str]]
    at: Sequence[str] = ()
    is_slip: bool = False
    note: str = ""
    beside: str = ""


def is_secret(name: str) -> bool:
    """Whether the field of this name holds what is never shown again."""
    return not _SECRET.isdisjoint(name.split("_"))


def filled_again(text: str, sent: Sent) -> str:
    """The page with the form as it was filled in, open, and the note at its place."""
    read = PageForms(text)
    edits: list[_Edit] = []
    if read.body is not None:
        edits.append(_put(read.body, read.body.changed({"data-reload-at": sent.page})))
    form = _form_of(read.forms, sent)
    if form is None:
        edits.append(_at_head(read.main, sent.beside))
    elif not form.told_of:
        edits.append(_at_head(read.main, sent.note))
    else:
        edits += _iter_filled(form, sent)
    return _edited(text, edits)


def _edited(text: str, edits: Sequence[_Edit]) -> str:
    for start, end, words in sorted(edits, reverse=True):
        text = text[:start] + words + text[end:]
    return text


def kept_where_blank(text: str, sent: Sent) -> str:
    """The page with what was sent in those fields of its form that stand blank, secrets apart."""
    form = _form_of(PageForms(text).forms, sent)
    if form is None:
        return text
    left = {name: list(values) for name, values in sent.values.items()}
    edits: list[_Edit] = []
    for control in form.typed:
        values = left.get(control.name, [])
        is_left = control.kind in _TICKED or is_secret(control.name)
        if not values or is_left or "disabled" in control.tag.attributes:
            continue
        if values[0].strip() and _is_blank(control, text):
            edits += _iter_edits(control, values, is_refused=False)
        else:
            values.pop(0)
    if edits:
        edits += [_put(tag, tag.changed({"open": None})) for tag in form.within]
    return _edited(text, edits)


def _is_blank(control: Control, text: str) -> bool:
    if control.kind == "select":
        return not any("selected" in option.attributes for option in control.options)
    if control.kind == "textarea":
        return not text[control.tag.end : control.inner].strip()
    return not control.tag.get("value")


def with_head(text: str, note: str) -> str:
    """The page with this markup at its head."""
    start, _, words = _at_head(PageForms(text).main, note)
    return text[:start] + words + text[start:]


def _form_of(forms: Sequence[Form], sent: Sent) -> Form | None:
    """Of several that go to the same place the one whose hidden fields were sent."""

    def likeness(form: Form) -> int:
        hidden = [
            control
            for control in form.controls
            if control.kind == "hidden" and control.tag.get("value")
        ]
        kept = [field for field in hidden if field.name not in NEVER_SHOWN]
        same = sum(field.tag.get("value") in sent.values.get(field.name, ()) for field in kept)
        asked = sum(field.name in sent.values for field in form.typed)
        return 2 * same - len(kept) + asked

    going = [form for form in forms if form.goes_to(sent.path, sent.page.partition("?")[0])]
    return max(going, key=likeness, default=None)


def _iter_filled(form: Form, sent: Sent) -> Iterator[_Edit]:
    refused = _refused(form, sent)
    left = {name: list(values) for name, values in sent.values.items()}
    for control in form.controls:
        values = left.get(control.name, [])
        if control.name in NEVER_SHOWN or "disabled" in control.tag.attributes:
            values = []
        yield from _iter_edits(control, values, is_refused=control is refused)
    if refused is None:
        yield form.body, form.body, f'<div class="mb-3" role="alert">{sent.note}</div>'
    else:
        yield refused.end, refused.end, f'<div class="mt-1" id="{_NOTE}">{sent.note}</div>'
    for tag in form.within:
        yield _put(tag, tag.changed({"open": None}))


def _refused(form: Form, sent: Sent) -> Control | None:
    by_name = {control.name: control for control in reversed(form.told_of)}
    found = next((by_name[name] for name in sent.at if name in by_name), None)
    if found is not None or not sent.is_slip:
        return found
    return next((control for control in form.typed if _is_left_out(control, sent)), None)


def _is_left_out(control: Control, sent: Sent) -> bool:
    blank = not "".join(sent.values.get(control.name, ())).strip()
    return blank and "required" in control.tag.attributes and control.kind not in _TICKED


def _iter_edits(control: Control, values: list[str], *, is_refused: bool) -> Iterator[_Edit]:
    """What is sent of fields of one name goes to them in their order."""
    tag, attributes = control.tag, _refusal_attributes(control.tag) if is_refused else {}
    if control.kind in _TICKED:
        is_ticked = (tag.get("value") or "on") in values
        yield _put(tag, _marked(tag, "checked", attributes, is_marked=is_ticked))
    elif control.kind == "select":
        yield _put(tag, tag.changed(attributes))
        for option in control.options if values else ():
            yield _put(
                option, _marked(option, "selected", {}, is_marked=option.get("value") in values)
            )
    elif control.kind == "textarea":
        yield _put(tag, tag.changed(attributes))
        if values:
            yield tag.end, control.inner, f"\n{escape(values.pop(0))}"
    elif control.kind == "file":
        yield _put(tag, tag.changed(attributes))
    elif control.is_typed or (control.kind == "hidden" and not tag.get("value")):
        value = {"value": values.pop(0)} if values else {}
        yield _put(tag, tag.changed(attributes | value))


def _marked(tag: Tag, mark: str, told: Mapping[str, str | None], *, is_marked: bool) -> str:
    return tag.changed({**told, **({mark: None} if is_marked else {})}, without=mark)


def _refusal_attributes(tag: Tag) -> dict[str, str | None]:
    described = f"{_NOTE} {tag.get('aria-describedby')}".strip()
    return {"aria-invalid": "true", "aria-describedby": described, "autofocus": None}


def _put(tag: Tag, words: str) -> _Edit:
    return tag.start, tag.end, words


def _at_head(main: Tag | None, note: str) -> _Edit:
    """In the page where it scrolls as one, else above its columns."""
    if main is None:
        return 0, 0, ""
    place = main.end if "page" in main.get("class").split() else main.start
    return place, place, f'<div class="refused-head" role="alert">{note}</div>'
