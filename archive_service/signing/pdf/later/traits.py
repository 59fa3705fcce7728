"""What of a field no value and no drawing tells: hints, flags, acts, pictures that wait."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from archive_service.signing.pdf.later.change import Change, ChangeKind
from archive_service.signing.pdf.later.revision import held_by
from archive_service.text import nfc

Traits = Mapping[str, tuple[str, str]]  # by key: in words, and as it is kept

_LONGEST = 80  # characters of one trait that are told
# Compared elsewhere, drawn, or written by each program in a way of its own.
_ELSEWHERE = frozenset((
    "/Type", "/Subtype", "/FT", "/T", "/V", "/RV", "/DV", "/Opt", "/I", "/Kids", "/Parent", "/P",
    "/M", "/NM", "/AS", "/AP", "/Rect", "/StructParent", "/Ff", "/F",
))  # fmt: skip
_INHERITED = ("/Ff", "/MaxLen", "/Q", "/DA")
_READ_ONLY = 1  # a field that was signed is locked so (ISO 32000-1, table 221)
_OF_VIEW = 1 | 2 | 4 | 8 | 16 | 32 | 256  # of a box: whether, where and how it shows (table 165)
_OFF_SCREEN = 1 | 2 | 32 | 256
_OF_FORM = ("/DA", "/Q", "/CO")


def read_traits(known: Mapping[str, Any], boxes: Iterable[Any]) -> dict[str, tuple[str, str]]:
    """All that is said of a field, by itself and above it, and of its boxes."""
    found = {key: in_words(value) for key, value in known.items() if key not in _ELSEWHERE}
    if flags := _number(known.get("/Ff")) & ~_READ_ONLY:
        found["/Ff"] = str(flags), str(flags)
    for place, box in enumerate(boxes):
        mark = f" {place + 1}" if place else ""
        shown = _number(box.get("/F")) & _OF_VIEW
        found[f"/F{mark}"] = str(shown), str(shown)
        for key, value in box.items():
            if key not in _ELSEWHERE and key not in _INHERITED:
                found[f"{key}{mark}"] = in_words(value)
        if waiting := waiting_looks(box):
            found[f"/AP{mark}"] = "", waiting
    return found


def waiting_looks(box: Any) -> str:
    """Pictures that the drawing of the page may not show: of each state, and in print alone."""
    import pikepdf

    looks = box.get("/AP")
    if not isinstance(looks, pikepdf.Dictionary):
        return ""
    found = {key: held_by(look) for key, look in looks.items() if key != "/N"}
    now = looks.get("/N")
    if isinstance(now, pikepdf.Dictionary) and not isinstance(now, pikepdf.Stream):
        found |= {f"/N{key}": held_by(value) for key, value in now.items()}
    elif _number(box.get("/F")) & _OFF_SCREEN:
        found["/N"] = held_by(now)
    return repr(found) if found else ""


def trait_change(name: str, old: Traits, new: Traits) -> Change | None:
    """One change for all traits of a field that differ."""
    differ = [
        key
        for key in sorted(old.keys() | new.keys())
        if old.get(key, ("", ""))[1] != new.get(key, ("", ""))[1]
    ]
    if not differ:
        return None
    return Change(
        ChangeKind.FIELD_TRAITS, name, _traits_text(differ, old), _traits_text(differ, new)
    )


def form_changes(old: Any, new: Any, *, fields: bool) -> Iterator[Change]:
    """What the form says of fields that say nothing themselves.

    Signing programs add fonts and a text style to a form that had none; that alters no field. They
    lay the picture of each new signature beside its fonts, too, where no text style draws it.

    Args:
        fields: whether there were any but those to sign.
    """
    before, now = _form(old), _form(new)
    for key in _OF_FORM:
        if key in before and held_by(before[key]) != held_by(now.get(key)):
            yield Change(ChangeKind.FORM_TRAITS, key.removeprefix("/"))
    if "/Q" in now and "/Q" not in before and fields and _number(now["/Q"]):
        yield Change(ChangeKind.FORM_TRAITS, "Q")
    made_anew = "/NeedAppearances"  # a reader draws the values then, whatever the pictures are
    if fields and _is_set(now.get(made_anew)) and not _is_set(before.get(made_anew)):
        yield Change(ChangeKind.FORM_TRAITS, made_anew.removeprefix("/"))
    if not _keeps(before.get("/DR"), now.get("/DR"), but=("/ProcSet", "/XObject")):
        yield Change(ChangeKind.FORM_TRAITS, "DR")


def kept_resources(old: Any, new: Any) -> bool:
    """Whether each name still stands for the same; further names alter nothing."""
    return _keeps(old, new)


def _keeps(old: Any, new: Any, *, but: Sequence[str] = ("/ProcSet",)) -> bool:
    import pikepdf

    if not isinstance(old, pikepdf.Dictionary):
        return old is None or held_by(old) == held_by(new)
    for kind, held in old.items():
        now = new.get(kind) if isinstance(new, pikepdf.Dictionary) else None
        if kind in but:
            continue
        if not isinstance(held, pikepdf.Dictionary):
            if held_by(held) != held_by(now):
                return False
        elif not isinstance(now, pikepdf.Dictionary):
            if len(held):
                return False
        elif any(held_by(value) != held_by(now.get(name)) for name, value in held.items()):
            return False
    return True


def _form(pdf: Any) -> Any:
    import pikepdf

    form = pdf.Root.get("/AcroForm")
    return form if isinstance(form, pikepdf.Dictionary) else pikepdf.Dictionary()


def _traits_text(keys: list[str], traits: Traits) -> str:
    words = [(key, traits.get(key, ("", ""))[0]) for key in keys]
    return "; ".join(f"{key}: {value}" if value else key for key, value in words)


def in_words(value: Any) -> tuple[str, str]:
    """A value in words, and as it is kept."""
    import pikepdf

    if isinstance(value, (pikepdf.Dictionary, pikepdf.Array, pikepdf.Stream)):
        return "", repr(held_by(value))
    text = " ".join(nfc(str(value)).split())
    return text[:_LONGEST], repr(held_by(value))


def _number(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return 0


def _is_set(value: Any) -> bool:
    return str(value) in {"True", "true", "1"}
