"""The form of a revision: what each field says, and where its boxes lie."""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from archive_service.signing.pdf.later.change import Change, ChangeKind
from archive_service.signing.pdf.later.revision import Number, held_by
from archive_service.signing.pdf.later.traits import Traits, in_words, read_traits, trait_change
from archive_service.text import nfc

LONGEST_VALUE = 300  # characters that are told
_MOST_FIELDS = 20_000
_DEEPEST = 32
_HANDED_DOWN = ("/FT", "/V", "/RV", "/DV", "/Opt", "/I", "/Ff", "/MaxLen", "/Q", "/DA")
_BESIDE = ("/RV", "/DV", "/Opt", "/I")  # rich text, what a reset brings, choices, what is chosen


@dataclass(frozen=True, slots=True)
class FormField:
    """One field that can be filled in. ``value`` is as a reader sees it, ``held`` as it is kept.

    ``beside``: what else may be shown for the value, by its key: in words, and as it is kept;
    of a signature what it says of itself.
    """

    name: str
    kind: str  # /Tx, /Btn, /Ch, /Sig
    value: str
    held: Any
    boxes: tuple[Number, ...]  # numbers of its boxes on pages
    beside: Mapping[str, tuple[str, Any]] = field(default_factory=dict)
    traits: Traits = field(default_factory=dict)

    @property
    def is_signature(self) -> bool:
        """Whether it is there to be signed."""
        return self.kind == "/Sig"


def read_fields(pdf: Any) -> dict[str, FormField]:
    """By full name, through the tree of fields (ISO 32000-1, 12.7.3)."""
    import pikepdf

    form = pdf.Root.get("/AcroForm")
    fields = form.get("/Fields") if isinstance(form, pikepdf.Dictionary) else None
    if not isinstance(fields, pikepdf.Array):
        return {}
    found: dict[str, FormField] = {}
    for entry in fields:
        for read in _below(entry, "", {}, 0):
            kept = found.get(read.name)  # two fields of one name are one
            boxes = read.boxes if kept is None else kept.boxes + read.boxes
            found[read.name] = replace(kept or read, boxes=boxes)
            if len(found) > _MOST_FIELDS:
                raise ValueError("too many fields")
    return found


def _below(item: Any, above: str, inherited: Mapping[str, Any], depth: int) -> Iterator[FormField]:
    import pikepdf

    if not isinstance(item, pikepdf.Dictionary) or depth > _DEEPEST:
        return
    own = {key: item[key] for key in _HANDED_DOWN if key in item}
    known = {**inherited, **own}
    name = ".".join(part for part in (above, str(item.get("/T", ""))) if part)
    kids = item.get("/Kids")
    below = list(kids) if isinstance(kids, pikepdf.Array) else []
    named = [kid for kid in below if isinstance(kid, pikepdf.Dictionary) and "/T" in kid]
    for kid in named:
        yield from _below(kid, name, known, depth + 1)
    if named or "/FT" not in known:
        return
    widgets = [kid for kid in below if isinstance(kid, pikepdf.Dictionary)] or [item]
    value, kind = known.get("/V"), str(known["/FT"])
    boxes = tuple(kid.objgen for kid in widgets)
    traits = read_traits({**known, **dict(item.items())}, widgets)
    if kind == "/Sig":
        yield FormField(nfc(name), kind, "", _signed_range(value), boxes, _said_by(value), traits)
        return
    states = _states(widgets) if kind == "/Btn" else []
    held = None if value is None else held_by(value)
    is_filled = held not in (None, "", "/Off") or bool(states)
    value_text = _value_text(value) or _value_text(states[0] if states else None)
    beside = {
        key: (_value_text(known[key]), held_by(known[key])) for key in _BESIDE if key in known
    }
    kept = (held, states) if is_filled else None
    yield FormField(nfc(name), kind, value_text, kept, boxes, beside, traits)


def _states(widgets: list[Any]) -> list[str]:
    """What is ticked; boxes that are not count for nothing."""
    return [state for kid in widgets if (state := str(kid.get("/AS", "/Off"))) != "/Off"]


def _signed_range(value: Any) -> Any:
    """What tells one signature from another; ``None`` where there is none."""
    import pikepdf

    if not isinstance(value, pikepdf.Dictionary):
        return None
    held = value.get("/ByteRange")
    span = [int(number) for number in held] if isinstance(held, pikepdf.Array) else []
    contents = value.get("/Contents")
    return span, bytes(contents) if isinstance(contents, pikepdf.String) else b""


def _said_by(value: Any) -> Traits:
    """What a signature says of itself beside its value: who, when, where, why, what it locks."""
    import pikepdf

    entries = value.items() if isinstance(value, pikepdf.Dictionary) else ()
    return {
        key: in_words(entry) for key, entry in entries if key not in ("/ByteRange", "/Contents")
    }


def _value_text(value: Any) -> str:
    """A value in the words of a reader."""
    import pikepdf

    if value is None:
        return ""
    if isinstance(value, pikepdf.Array):
        return ", ".join(_value_text(item) for item in value)[:LONGEST_VALUE]
    if isinstance(value, pikepdf.Stream):
        return value.read_bytes().decode("utf-8", errors="replace")[:LONGEST_VALUE]
    return " ".join(nfc(str(value)).removeprefix("/").split())[:LONGEST_VALUE]


def field_changes(
    old: Mapping[str, FormField],
    new: Mapping[str, FormField],
    signed: Collection[str],
    locks: Callable[[str], bool],
) -> Iterator[Change]:
    """Fields that were filled in otherwise, added or taken away.

    Args:
        signed: fields whose signatures were made later, and fit their bytes.
        locks: whether the signature forbids that a field changes.
    """
    for name, before in old.items():
        now = new.get(name)
        if now is None:
            kind = ChangeKind.FIELD_REMOVED
            if before.is_signature and before.held:
                kind = ChangeKind.SIGNATURE_REMOVED
            yield Change(kind, name, before.value)
            continue
        if not (before.is_signature and now.is_signature and name in signed):
            changed = trait_change(name, before.traits, now.traits)
            yield from () if changed is None else (changed,)
        if before.is_signature and now.is_signature:
            if before.held is None:
                continue
            if before.held != now.held:
                yield Change(ChangeKind.SIGNATURE_REPLACED, name)
            elif change := trait_change(name, before.beside, now.beside):
                yield replace(change, kind=ChangeKind.SIGNATURE_WORDS)
        elif (values := _refilled(before, now)) is not None:
            kind = ChangeKind.FIELD_LOCKED if locks(name) else ChangeKind.FIELD_VALUE
            yield Change(kind, name, *values)
    for name, now in new.items():
        is_further = now.is_signature and (now.held is None or name in signed)
        if name not in old and not is_further:
            yield Change(ChangeKind.FIELD_ADDED, name, "", now.value)


def _refilled(before: FormField, now: FormField) -> tuple[str, str] | None:
    """What it said and says; ``None`` where it says the same, whichever way it is shown."""
    if before.held != now.held or before.kind != now.kind:
        return before.value, now.value
    nothing = "", ""
    for key in _BESIDE:
        old, new = before.beside.get(key, nothing), now.beside.get(key, nothing)
        if old[1] != new[1]:
            return old[0], new[0]
    return None
