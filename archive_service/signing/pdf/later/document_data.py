"""Title, author and the like as a reader shows them beside the pages, and what programs add."""

from collections.abc import Iterator
from typing import Any

from archive_service.signing.pdf.later.change import Change, ChangeKind
from archive_service.signing.pdf.later.revision import held_by
from archive_service.text import nfc

_LONGEST = 200  # characters that are told
_BY_PROGRAMS = ("/Producer", "/Creator", "/CreationDate", "/ModDate", "/Trapped")
_MOST_NAMED = 5
# Written anew whenever a program saves a file, or told as data of the document.
_OF_SAVING = frozenset((
    "ModifyDate", "MetadataDate", "CreateDate", "CreatorTool", "Producer", "InstanceID",
    "DocumentID", "OriginalDocumentID", "RenditionClass", "VersionID", "History", "DerivedFrom",
    "Trapped", "title", "creator", "description", "Keywords", "format", "PDFVersion",
))  # fmt: skip
_IN_XMP = {
    "/Title": "dc:title",
    "/Author": "dc:creator",
    "/Subject": "dc:description",
    "/Keywords": "pdf:Keywords",
}


def data_changes(old: Any, new: Any) -> Iterator[Change]:
    """What is said of the file now, in either of the two places, and was said in neither.

    Readers show four of them beside the pages; the others are of programs for programs.
    """
    before, now = _read(old), _read(new)
    for key in sorted(before.keys() | now.keys()):
        was, says = before.get(key, set()), now.get(key, set())
        if (says - was) or (was and not says):
            words = ("; ".join(sorted(words))[:_LONGEST] for words in (was, says))
            kind = ChangeKind.DOCUMENT_DATA if key in _IN_XMP else ChangeKind.METADATA
            yield Change(kind, key.removeprefix("/"), *words)


def metadata_changes(old: Any, new: Any) -> Iterator[Change]:
    """Whether XMP says otherwise what is told nowhere else; dates and names of programs aside."""
    before, now = _others_in_xmp(old), _others_in_xmp(new)
    if before != now:
        keys = sorted({*before, *now}, key=str)
        named = [key for key in keys if before.get(key) != now.get(key)]
        yield Change(ChangeKind.METADATA, ", ".join(named[:_MOST_NAMED]))


def _others_in_xmp(pdf: Any) -> dict[str, str]:
    """By name; bytes that are no XMP as what they are."""
    import pikepdf

    held = pdf.Root.get("/Metadata")
    if not isinstance(held, pikepdf.Stream):
        return {}
    try:
        data = pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False)
        found = {key.rpartition("}")[2]: str(data[key]) for key in data}
    except Exception:  # noqa: BLE001 - a hostile file may raise anything at all in the parser
        return {"XMP": repr(held_by(held))}
    return {key: nfc(value) for key, value in found.items() if key not in _OF_SAVING}


def _read(pdf: Any) -> dict[str, set[str]]:
    import pikepdf

    found: dict[str, set[str]] = {}
    info = pdf.trailer.get("/Info")
    for key, value in info.items() if isinstance(info, pikepdf.Dictionary) else ():
        text = " ".join(nfc(str(value)).split())
        if text and key not in _BY_PROGRAMS:
            found.setdefault(key, set()).add(text)
    if "/Metadata" in pdf.Root:
        for key, text in _from_xmp(pdf):
            found.setdefault(key, set()).add(text)
    return found


def _from_xmp(pdf: Any) -> Iterator[tuple[str, str]]:
    try:
        data = pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False)
        held = {key: data.get(name) for key, name in _IN_XMP.items()}
    except Exception:  # noqa: BLE001 - a hostile file may raise anything at all in the parser
        return
    for key, value in held.items():
        parts = value if isinstance(value, (list, set, tuple)) else [value or ""]
        text = " ".join(nfc("; ".join(str(part) for part in parts)).split())
        if text:
            yield key, text
