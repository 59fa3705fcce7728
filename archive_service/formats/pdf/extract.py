"""Some pages of a PDF and nothing of the others: neither what they share nor what leads there.

What hangs on a page that stays, by a link, a thumbnail or a dictionary of resources that all pages
share, is written with it: an extract would hold pages that nobody was given.
"""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pikepdf

_OF_FILE = ("/Type", "/Pages", "/Lang", "/OCProperties", "/OutputIntents")
_OF_PAGE = (
    *("/Type", "/Parent", "/Resources", "/Contents", "/Group", "/Rotate", "/UserUnit"),
    *("/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox"),
)
# Resources that show something; the others, such as colour spaces, are read without being named.
_SHOWN = ("/XObject", "/Font", "/ExtGState", "/Pattern", "/Shading", "/Properties")


def keep_pages(pdf: "pikepdf.Pdf", numbers: Sequence[int]) -> None:
    """These pages alone, from 1, in this order; marks upon them must be part of the page by now.

    Raises:
        PdfError: what a page draws cannot be read.
    """
    chosen = [pdf.pages[number - 1] for number in numbers]
    while len(pdf.pages):
        del pdf.pages[0]
    _keep(pdf.Root, _OF_FILE)
    seen: set[tuple[int, int]] = set()
    for page in chosen:
        _keep(page.obj, _OF_PAGE)
        pdf.pages.append(page)
        _keep_used(page.obj, [page.obj], seen)


def _keep(holder: "pikepdf.Object", names: Sequence[str]) -> None:
    for name in set(holder.keys()).difference(names):
        del holder[name]


def _keep_used(
    holder: "pikepdf.Object", drawing: Sequence["pikepdf.Object"], seen: set[tuple[int, int]]
) -> None:
    """Of the resources of ``holder`` those that ``drawing`` names, and of these the same again."""
    import pikepdf

    if "/Resources" not in holder:
        return
    resources = pikepdf.Dictionary(dict(holder.Resources.items()))  # others may share the old one
    names = _named(drawing)
    for kind in set(_SHOWN).intersection(resources.keys()):
        used = {name: resource for name, resource in resources[kind].items() if name in names}
        del resources[kind]
        if used:
            resources[kind] = pikepdf.Dictionary(used)
        for resource in used.values():
            if resource.objgen != (0, 0) and resource.objgen in seen:
                continue
            seen.add(resource.objgen)
            for inner, drawn in _within(resource):
                _keep_used(inner, drawn, seen)
    holder.Resources = resources


def _named(drawing: Sequence["pikepdf.Object"]) -> set[str]:
    """Names in what is drawn; a form without resources of its own is no PDF/A."""
    import pikepdf

    return {
        str(operand)
        for stream in drawing
        for instruction in pikepdf.parse_content_stream(stream)
        for operand in instruction.operands
        if isinstance(operand, pikepdf.Name)
    }


def _within(
    resource: "pikepdf.Object",
) -> Iterator[tuple["pikepdf.Object", Sequence["pikepdf.Object"]]]:
    """What in a resource has resources of its own, and the streams that use them."""
    import pikepdf

    if not isinstance(resource, (pikepdf.Dictionary, pikepdf.Stream)):
        return
    if resource.get("/Subtype") == "/Form" or resource.get("/PatternType") == 1:
        yield resource, [resource]
    if "/CharProcs" in resource:
        yield resource, list(resource.CharProcs.values())
    mask = resource.get("/SMask")
    if isinstance(mask, pikepdf.Dictionary) and "/G" in mask:
        yield mask.G, [mask.G]
