"""The words of a twin: those that its images bore are taken away, its text is written as a file."""

import unicodedata
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from archive_service.formats.page_text import PAGE_BREAK

if TYPE_CHECKING:
    import pikepdf

_DEEPEST = 5  # forms within forms


def write_page_texts(texts: Iterable[str], target: Path) -> None:
    """UTF-8, NFC, lines end with a line feed; every page, also an empty one, with a form feed."""
    with target.open("w", encoding="utf-8", newline="\n") as out:
        for text in texts:
            words = unicodedata.normalize("NFC", text).replace(PAGE_BREAK, "\n")
            words = "\n".join(words.splitlines()).rstrip()
            out.write(f"{words}\n{PAGE_BREAK}" if words else PAGE_BREAK)


def drop_text(pdf: "pikepdf.Pdf", page: "pikepdf.Page") -> None:
    """Take all words from a page on which none is seen; other pages keep what they share with it.

    A scanner writes them unseen, or seen and paints its image over them.
    """
    import pikepdf

    resources = _copied(page.obj.get("/Resources"))
    content, _ = _without_text(pdf, page, resources, 0)
    _drop_fonts(resources)
    page.obj.Resources = resources
    page.Contents = pdf.make_stream(content)
    if "/StructParents" in page.obj:  # marks of a structure whose words are gone
        del page.obj[pikepdf.Name.StructParents]


def _without_text(
    pdf: "pikepdf.Pdf",
    thing: "pikepdf.Page | pikepdf.Object",
    resources: "pikepdf.Dictionary",
    depth: int,
) -> tuple[bytes, bool]:
    """The content without text objects, and whether there were any; forms are written anew."""
    import pikepdf

    kept: list[pikepdf.ContentStreamInstruction | pikepdf.ContentStreamInlineImage] = []
    inside = changed = False
    for step in pikepdf.parse_content_stream(thing):
        operator = str(step.operator)
        inside |= operator == "BT"
        changed |= inside
        if not inside:
            kept.append(step)
        if operator == "ET":
            inside = False
        if operator == "Do" and depth < _DEEPEST:
            changed |= _drop_from_form(pdf, resources, str(step.operands[0]), depth)
    return pikepdf.unparse_content_stream(kept), changed


def _drop_from_form(
    pdf: "pikepdf.Pdf", resources: "pikepdf.Dictionary", name: str, depth: int
) -> bool:
    import pikepdf

    things = _copied(resources.get("/XObject"))
    form = things.get(name)
    if not isinstance(form, pikepdf.Stream) or form.get("/Subtype") != "/Form":
        return False
    inner = _copied(form.get("/Resources"))
    content, changed = _without_text(pdf, form, inner, depth + 1)
    if changed:
        _drop_fonts(inner)
        facts = {key: value for key, value in form.stream_dict.items() if key not in _OF_BYTES}
        things[name] = pdf.make_stream(content, pikepdf.Dictionary({**facts, "/Resources": inner}))
        resources[pikepdf.Name.XObject] = things
    return changed


def _drop_fonts(resources: "pikepdf.Dictionary") -> None:
    """No word is left that is set in them; PDF/A would ask for their programs."""
    if "/Font" in resources:
        del resources["/Font"]


_OF_BYTES = ("/Length", "/Filter", "/DecodeParms", "/Resources")


def _copied(found: "pikepdf.Object | None") -> "pikepdf.Dictionary":
    """A dictionary of its own with the same entries; an empty one for none."""
    import pikepdf

    return pikepdf.Dictionary(dict(found.items()) if isinstance(found, pikepdf.Dictionary) else {})
