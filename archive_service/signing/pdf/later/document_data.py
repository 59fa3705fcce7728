"""Title, author and the like, as a reader shows them beside the pages."""

from collections.abc import Iterator
from typing import Any

from archive_service.signing.pdf.later.change import Change, ChangeKind
from archive_service.text import nfc

_LONGEST = 200  # characters that are told
_BY_PROGRAMS = ("/Producer", "/Creator", "/CreationDate", "/ModDate", "/Trapped")
_IN_XMP = {
    "/Title": "dc:title",
    "/Author": "dc:creator",
    "/Subject": "dc:description",
    "/Keywords": "pdf:Keywords",
}


def data_changes(old: Any, new: Any) -> Iterator[Change]:
    """What is said of the file now, in either of the two places, and was said in neither."""
    before, now = _read(old), _read(new)
    for key in sorted(before.keys() | now.keys()):
        was, says = before.get(key, set()), now.get(key, set())
        if (says - was) or (was and not says):
            words = ("; ".join(sorted(one))[:_LONGEST] for one in (was, says))
            yield Change(ChangeKind.DOCUMENT_DATA, key.removeprefix("/"), *words)


def _read(pdf: Any) -> dict[str, set[str]]:
    import pikepdf

    found: dict[str, set[str]] = {}
    info = pdf.trailer.get("/Info")
    for key, value in info.items() if isinstance(info, pikepdf.Dictionary) else ():
        said = " ".join(nfc(str(value)).split())
        if said and key not in _BY_PROGRAMS:
            found.setdefault(key, set()).add(said)
    if "/Metadata" in pdf.Root:
        for key, said in _from_xmp(pdf):
            found.setdefault(key, set()).add(said)
    return found


def _from_xmp(pdf: Any) -> Iterator[tuple[str, str]]:
    try:
        data = pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False)
        held = {key: data.get(name) for key, name in _IN_XMP.items()}
    except Exception:  # noqa: BLE001 - a hostile file may raise anything at all in the parser
        return
    for key, value in held.items():
        parts = value if isinstance(value, (list, set, tuple)) else [value or ""]
        said = " ".join(nfc("; ".join(str(part) for part in parts)).split())
        if said:
            yield key, said
