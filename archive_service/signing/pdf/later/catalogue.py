"""What the catalogue of a revision adds to its pages: attachments, layers, acts, an outline."""

from collections.abc import Iterator
from typing import Any

from archive_service.signing.pdf.later.change import Change, ChangeKind
from archive_service.signing.pdf.later.colours import shows_the_same
from archive_service.signing.pdf.later.revision import held_by
from archive_service.text import nfc

_MOST_NODES = 20_000
_ACTS = (
    "/JavaScript", "/Launch", "/SubmitForm", "/ImportData", "/ResetForm", "/Hide", "/SetOCGState",
    "/Rendition", "/Movie", "/Sound", "/GoToE", "/GoToR", "/Trans", "/GoTo3DView",
    "/RichMediaExecute",
)  # fmt: skip
# Compared by themselves, or written anew by signing programs with what they add.
_ELSEWHERE = frozenset((
    "/Type", "/Pages", "/AcroForm", "/DSS", "/Extensions", "/Version", "/Metadata", "/Outlines",
    "/OCProperties", "/Names", "/AF", "/StructTreeRoot", "/PieceInfo", "/Perms", "/SpiderInfo",
))  # fmt: skip


def catalogue_changes(old: Any, new: Any, *, signed: bool) -> Iterator[Change]:
    """Compare all that a reader meets outside the pages and the form.

    Args:
        signed: whether there is a further signature: programs add a profile for its picture.
    """
    before, after = old.Root, new.Root
    if held_by(before.get("/OCProperties")) != held_by(after.get("/OCProperties")):
        yield Change(ChangeKind.LAYERS)
    if _of_form(before, "/XFA") != _of_form(after, "/XFA"):
        yield Change(ChangeKind.FORM_DATA)
    if list(_outline(before)) != list(_outline(after)):
        yield Change(ChangeKind.OUTLINE)
    if _acts_of(new) - _acts_of(old):
        yield Change(ChangeKind.ACTION)
    for key in sorted({*before.keys(), *after.keys()} - _ELSEWHERE):
        if held_by(before.get(key)) != held_by(after.get(key)):
            is_new = signed and key == "/OutputIntents" and key not in before
            profile = is_new and shows_the_same(after[key])
            kind = ChangeKind.COLOURS_NAMED if profile else ChangeKind.VIEW
            yield Change(kind, key.removeprefix("/"))
    yield from _name_changes(before.get("/Names"), after.get("/Names"))
    yield from _attachment_changes(_attachments(before), _attachments(after))


def form_of(pdf: Any) -> Any:
    """What the form says of all its fields: fonts, colours, whether pictures are made anew."""
    import pikepdf

    form = pdf.Root.get("/AcroForm")
    if not isinstance(form, pikepdf.Dictionary):
        return None
    own = ("/Fields", "/SigFlags", "/XFA", "/CO")
    return {key: held_by(value) for key, value in form.items() if key not in own} or None


def _of_form(root: Any, key: str) -> Any:
    import pikepdf

    form = root.get("/AcroForm")
    return held_by(form.get(key)) if isinstance(form, pikepdf.Dictionary) else "None"


def _outline(root: Any) -> Iterator[tuple[str, Any]]:
    """Each entry in reading order; of one that leads in a circle, once."""
    import pikepdf

    outlines = root.get("/Outlines")
    waiting = [outlines.get("/First")] if isinstance(outlines, pikepdf.Dictionary) else []
    seen: set[tuple[int, int]] = set()
    while waiting and len(seen) < _MOST_NODES:
        item = waiting.pop()
        if not isinstance(item, pikepdf.Dictionary) or item.objgen in seen:
            continue
        seen.add(item.objgen)
        yield (
            nfc(str(item.get("/Title", ""))),
            (held_by(item.get("/Dest")), held_by(item.get("/A"))),
        )
        waiting += [item.get("/Next"), item.get("/First")]


def _acts_of(pdf: Any) -> set[str]:
    """Acts that do more than turn to a place of the same file."""
    import pikepdf

    found: set[str] = set()
    for thing in pdf.objects:
        if not isinstance(thing, (pikepdf.Dictionary, pikepdf.Array)):
            continue
        waiting = [thing]
        while waiting:
            item = waiting.pop()
            is_dictionary = isinstance(item, pikepdf.Dictionary)
            if is_dictionary and ("/JS" in item or item.get("/S") in _ACTS):
                found.add(repr(held_by(item)))
                continue
            within = item.values() if is_dictionary else item
            waiting += [
                each
                for each in within
                if isinstance(each, (pikepdf.Dictionary, pikepdf.Array)) and not each.is_indirect
            ]
    return found


def _attachments(root: Any) -> dict[str, Any]:
    """By name: the files in the tree of names, and those tied to the document."""
    import pikepdf

    found: dict[str, Any] = {}
    names = root.get("/Names")
    tree = names.get("/EmbeddedFiles") if isinstance(names, pikepdf.Dictionary) else None
    for key, leaf in _leaves(tree):
        found[_name_of(leaf) or key] = held_by(leaf)
    tied = root.get("/AF")
    for leaf in tied if isinstance(tied, pikepdf.Array) else []:
        found.setdefault(_name_of(leaf), held_by(leaf))
    return found


def _leaves(tree: Any) -> Iterator[tuple[str, Any]]:
    import pikepdf

    waiting, seen = [tree], 0
    while waiting and seen < _MOST_NODES:
        node = waiting.pop()
        seen += 1
        if not isinstance(node, pikepdf.Dictionary):
            continue
        kids, names = node.get("/Kids"), node.get("/Names")
        waiting += list(kids) if isinstance(kids, pikepdf.Array) else []
        pairs = list(names) if isinstance(names, pikepdf.Array) else []
        yield from (
            (nfc(str(key)), pair) for key, pair in zip(pairs[::2], pairs[1::2], strict=False)
        )


def _name_changes(old: Any, new: Any) -> Iterator[Change]:
    """Trees of names but that of attachments: places to turn to, scripts, templates of pages."""
    import pikepdf

    before, after = (
        {key: held for key, held in root.items() if key != "/EmbeddedFiles"}
        if isinstance(root, pikepdf.Dictionary)
        else {}
        for root in (old, new)
    )
    for key in sorted(before.keys() | after.keys()):
        first, second = (
            [(name, held_by(leaf)) for name, leaf in _leaves(held.get(key))]
            for held in (before, after)
        )
        if sorted(first, key=str) != sorted(second, key=str):
            yield Change(ChangeKind.VIEW, key.removeprefix("/"))


def _name_of(file: Any) -> str:
    import pikepdf

    if not isinstance(file, pikepdf.Dictionary):
        return ""
    return nfc(str(file.get("/UF", file.get("/F", ""))))


def _attachment_changes(old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            yield Change(ChangeKind.ATTACHMENT_REMOVED, name)
        elif name not in old:
            yield Change(ChangeKind.ATTACHMENT_ADDED, name)
        elif old[name] != new[name]:
            yield Change(ChangeKind.ATTACHMENT_CHANGED, name)
