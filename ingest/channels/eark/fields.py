"""Fields of a description in a package, whatever standard it follows: TT 05, DC, EAD, MODS."""

from collections.abc import Iterator, Mapping

from lxml import etree

_DC = ("http://purl.org/dc/elements/1.1/", "http://purl.org/dc/terms/")


def local_name(element: etree._Element) -> str:
    """The name of an element without its namespace."""
    return etree.QName(element).localname


def fields_of(root: etree._Element) -> tuple[str, list[tuple[str, str]]]:
    """Form and fields of a description, in the names it uses itself."""
    name = local_name(root).casefold()
    if name in ("ead", "mods", "modscollection"):
        form = "ead" if name == "ead" else "mods"
        return form, list(_marked(root, _EAD if form == "ead" else _MODS))
    children = list(root.iterchildren("{*}*"))
    if any(etree.QName(each).namespace in _DC for each in root.iter("{*}*")):
        return "dc", [
            (local_name(each), _text(each))
            for each in root.iter("{*}*")
            if etree.QName(each).namespace in _DC and _text(each)
        ]
    flat = [(local_name(each), _text(each)) for each in children if not len(each) and _text(each)]
    nested = [
        (local_name(each), _text(each))
        for each in root.iter("{*}*")
        if each is not root and not len(each) and _text(each)
    ]
    found = flat or nested
    return ("flat" if found else ""), found


# Where other standards say what a declaration asks for: local names of elements, in order.
_EAD = {"unittitle": "title", "unitid": "identifier", "unitdate": "date", "titleproper": "title"}
_MODS = {
    "title": "title",
    "identifier": "identifier",
    "dateissued": "date",
    "datecreated": "date",
    "abstract": "description",
}


def _marked(root: etree._Element, names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    for each in root.iter("{*}*"):
        field_name = names.get(local_name(each).casefold())
        if field_name is None:
            continue
        text = " ".join("".join(str(part) for part in each.itertext()).split())
        if local_name(each).casefold() == "unitdate":
            text = each.get("normal") or text
        if text:
            yield field_name, text


def _text(element: etree._Element) -> str:
    return (element.text or "").strip()
