"""What an Office document says under a name: properties, chosen values, data of its own."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from archive_service.formats.office.rows import unescaped

ABOUT = re.compile(r"^(?:docProps/[^/]+\.xml|meta\.xml)$")  # what the file says of itself
OWN_DATA = re.compile(r"^customXml/[^/]+\.xml$")
_ABOUT_LINES = frozenset({
    "title", "subject", "keywords", "keyword", "category", "description", "contentStatus",
    "property", "user-defined",
})  # fmt: skip
_CLASSES = frozenset({"category", "contentStatus"})  # their value is a word of a list
_CLASS = "Classification"
_PARTS = re.compile(r"[;,\r\n]")
_LABEL = re.compile(r"^MSIP_Label_.*_Name$")  # of the protection that Office itself offers
_VALUE_LETTERS = 60
_SECTIONS = re.compile(r'(?:"[^"]*"|\\.|[^;"\\])+')  # of a format of numbers
_PROMPTS = ("promptTitle", "prompt", "errorTitle", "error")
_WRITTEN = re.compile(r'"([^"]*)"|\\(.)|\[\$([^\]-]+)')


def about(name: str, element: Any) -> Iterator[str]:
    """Title, keywords and the like; what has a name is told behind it."""
    if name not in _ABOUT_LINES:
        return
    text = "".join(element.itertext()).strip()
    if label := _CLASS if name in _CLASSES else told(element, "name"):
        yield f"{_CLASS if _LABEL.match(label) else label}: {text}"
    yield from (*_PARTS.split(text), "")


def own_data(name: str, element: Any) -> Iterator[str]:
    """Each short value of the data that a template keeps, behind the name of its element."""
    text = (element.text or "").strip()
    if text and len(text) <= _VALUE_LETTERS and not len(element):
        yield f"{name}: {text}"
    for key, value in element.attrib.items():
        if len(value) <= _VALUE_LETTERS:
            yield f"{key.rpartition('}')[2]}: {value}"
    yield from named_value(element)


def named_value(element: Any) -> Iterator[str]:
    """``name="DoMat" val="Mật"``, as tags of slides and settings have it."""
    if name := told(element, "name") or told(element, "key"):
        yield f"{name}: {told(element, 'val') or told(element, 'value')}"


def chosen(paragraph: Any, text: str) -> Iterator[str]:
    """Values of the controls in which it stands, and of those in it, behind their titles."""
    for control in paragraph.iterancestors("{*}sdt"):
        yield from (f"{label}: {text}" for label in _titles(control))
    for control in paragraph.iter("{*}sdt"):
        value = "".join(control.xpath(".//*[local-name()='t']/text()"))
        yield from (f"{label}: {value}" for label in _titles(control))


def _titles(control: Any) -> list[str]:
    return [
        label
        for element in control.xpath("./*[local-name()='sdtPr']/*")
        if local(element) in ("alias", "tag") and (label := told(element, "val"))
    ]


def of_picture(element: Any) -> Iterator[str]:
    """The words that stand for a picture where it is not seen."""
    yield from (words for key in ("descr", "title") if (words := told(element, key)))


def of_chart(name: str, element: Any) -> str:
    """The name of a series, or the title of a chart; empty for values and what they belong to."""
    above = [local(iterancestor) for iterancestor in element.iterancestors()]
    if name == "v" and ("txData" in above or ("tx" in above and "pt" in above)):
        return str(element.text or "")
    return ""


def prompts_of(attributes: Mapping[str, str]) -> list[str]:
    """Lines that come with the pointer on a cell, or when another value is put in.

    Source: ISO/IEC 29500-1, 18.3.1.32 (dataValidation).
    """
    texts = (unescaped(attributes.get(key, "")) for key in _PROMPTS)
    return [line for text in texts for line in text.splitlines()]


def of_number_format(code: str) -> Iterator[str]:
    """What a format of numbers writes beside a number, or in its place, in each of its sections."""
    for section in _SECTIONS.findall(code):
        yield "".join(quoted or one or sign for quoted, one, sign in _WRITTEN.findall(section))


def local(element: Any) -> str:
    """The name of an element without its space; empty for what is no element."""
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def told(element: Any, name: str) -> str:
    """An attribute by its local name."""
    found = (value for key, value in element.attrib.items() if key.rpartition("}")[2] == name)
    return str(next(found, ""))
