"""The tree of tags: what is read aloud of a paper, in which order, and as what."""

from collections.abc import Collection, Iterator
from typing import Any

from archive_service.signing.pdf.later.change import Change, ChangeKind
from archive_service.signing.pdf.later.revision import Number, Objects, held_by
from archive_service.text import nfc

_MOST_TAGS = 200_000
_LONGEST = 200  # characters that are told
_SAID = ("/Alt", "/ActualText", "/E", "/T", "/Lang")
_LINKS = ("/Type", "/P", "/Pg", "/K", "/ID", "/Ref")

Tag = tuple[str, str]  # what it says in words, and all that it holds


def tag_changes(
    old: tuple[Any, Objects],
    new: tuple[Any, Objects],
    changed: Collection[Number],
    further: Collection[Number],
) -> Iterator[Change]:
    """The first tag that differs, and whether the names of tags stand for something else.

    Args:
        changed: objects that differ; where the tree reaches none of them, it is not read.
        further: boxes of further signatures, which may have tags of their own.
    """
    before, now = (pdf.Root.get("/StructTreeRoot") for pdf, _ in (old, new))
    if before is None and now is None:
        return
    if not _touched(before, old[1], changed) and not _touched(now, new[1], changed):
        return
    first, second = list(_tags(before, further)), list(_tags(now, further))
    if first == second:
        if _names(before) != _names(now):
            yield Change(ChangeKind.TAGS)
        return
    pairs = zip(first, second, strict=False)
    same = next((place for place, (a, b) in enumerate(pairs) if a != b), None)
    at = min(len(first), len(second)) if same is None else same
    yield Change(
        ChangeKind.TAGS,
        str(at + 1),
        first[at][0] if at < len(first) else "",
        second[at][0] if at < len(second) else "",
    )


def _touched(root: Any, objects: Objects, changed: Collection[Number]) -> bool:
    import pikepdf

    if not isinstance(root, pikepdf.Dictionary) or not root.is_indirect:
        return True
    return not objects.reached([root.objgen]).isdisjoint(changed)


def _names(root: Any) -> Any:
    import pikepdf

    if not isinstance(root, pikepdf.Dictionary):
        return None
    return [held_by(root.get(key)) for key in ("/RoleMap", "/ClassMap", "/Namespaces")]


def _tags(root: Any, further: Collection[Number]) -> Iterator[Tag]:
    """In reading order; tags that hold nothing but boxes of further signatures are passed over."""
    import pikepdf

    waiting: list[Any] = [root.get("/K")] if isinstance(root, pikepdf.Dictionary) else []
    left = _MOST_TAGS
    within: set[Number] = set()
    while waiting:
        left -= 1
        if left < 0:
            raise ValueError("too many tags")
        item = waiting.pop()
        if isinstance(item, pikepdf.Array):
            waiting += reversed(list(item))
            continue
        if isinstance(item, int):
            yield "", str(item)
            continue
        if not isinstance(item, pikepdf.Dictionary):
            continue
        if "/S" not in item:  # marked content, or an object
            yield from _content(item, further)
            continue
        if item.is_indirect:
            if item.objgen in within:
                continue
            within.add(item.objgen)
        if not _of_signature(item, further):
            yield _own(item)
            waiting.append(item.get("/K"))


def _own(tag: Any) -> Tag:
    held = {key: held_by(value) for key, value in tag.items() if key not in _LINKS}
    texts = [str(tag.get("/S", "")).removeprefix("/")]
    texts += [f"{key.removeprefix('/')} “{tag[key]}”" for key in _SAID if key in tag]
    return " ".join(nfc(" ".join(texts)).split())[:_LONGEST], repr(held)


def _content(item: Any, further: Collection[Number]) -> Iterator[Tag]:
    target = item.get("/Obj")
    number = getattr(target, "objgen", (0, 0))
    if number not in further:
        yield "", f"{item.get('/MCID', '')} {number}"


def _of_signature(tag: Any, further: Collection[Number]) -> bool:
    """Whether the tag says nothing, and all below it are such boxes."""
    import pikepdf

    if any(key in tag for key in ("/ActualText", "/E")):
        return False
    kids = tag.get("/K")
    held = list(kids) if isinstance(kids, pikepdf.Array) else [kids]
    seen = [
        isinstance(kid, pikepdf.Dictionary)
        and getattr(kid.get("/Obj"), "objgen", (0, 0)) in further
        for kid in held
    ]
    return bool(seen) and all(seen)
