"""Rules of ISO 19005 that a look at the objects of a PDF settles, each as veraPDF has it.

What depends on more than these objects say is left out: silence is better than a false alarm.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

_HEAD_BYTES = 1024
_BINARY_SIGNS = 4  # bytes above 127 behind the % of the second line
_INVISIBLE, _HIDDEN, _PRINT, _NO_VIEW = 1, 2, 4, 32
_NAMED = ("/NextPage", "/PrevPage", "/FirstPage", "/LastPage")
_PERMISSIONS = ("/UR3", "/DocMDP")
_KINDS_1 = frozenset({
    "/Text", "/Link", "/FreeText", "/Line", "/Square", "/Circle", "/Highlight", "/Underline",
    "/Squiggly", "/StrikeOut", "/Stamp", "/Ink", "/Popup", "/Widget", "/PrinterMark", "/TrapNet",
})  # fmt: skip
_NO_KINDS = frozenset({"/3D", "/Sound", "/Screen", "/Movie"})  # parts 2 to 4; 4e takes 3D
_UNSEEN_ANNOTATIONS = ("/Popup", "/Link")  # need no appearance
_TOLD_BESIDE = (
    ("/Title", "dc:title"),
    ("/Author", "dc:creator"),
    ("/Subject", "dc:description"),
    ("/Keywords", "pdf:Keywords"),
    ("/Creator", "xmp:CreatorTool"),
    ("/Producer", "pdf:Producer"),
)


def of_head(path: Path, part: str) -> Iterator[str]:
    """The first two lines: the version of PDF, and a sign that the file is binary (6.1.2)."""
    with path.open("rb") as source:
        first, second = (source.readline(_HEAD_BYTES) for _ in range(2))
    version = first[5:8]
    fits = {"2": b"1.", "3": b"1.", "4": b"2."}.get(part)
    binary = second[1 : 1 + _BINARY_SIGNS]
    is_binary = second[:1] == b"%" and len(binary) == _BINARY_SIGNS and min(binary) > 127
    if first.startswith(b"%PDF-") and ((fits and not version.startswith(fits)) or not is_binary):
        yield "header"


def of_end(path: Path) -> Iterator[str]:
    """Nothing stands behind the last end but one end of line (6.1.3)."""
    with path.open("rb") as source:
        source.seek(max(0, path.stat().st_size - _HEAD_BYTES))
        _, mark, behind = source.read().rpartition(b"%%EOF")
    if mark and behind not in (b"", b"\n", b"\r", b"\r\n"):
        yield "bytes-behind"


def of_catalogue(pdf: Any, part: str) -> Iterator[str]:
    """What hangs on the catalogue and the trailer."""
    root = pdf.Root
    if "/AA" in root:
        yield "additional-actions"  # 19005-1, 6.6.2; 2, 6.5.2; 4, 6.6.3
    if part == "1":
        if "/OCProperties" in root:
            yield "layers"  # 19005-1, 6.1.13
        if pdf.trailer.get("/Type") == "/XRef":
            yield "object-streams"  # 19005-1, 6.1.4
        yield from _of_info(pdf)
    else:
        yield from _of_newer(root)
    if part == "4" and "/Info" in pdf.trailer and "/PieceInfo" not in root:
        yield "info-dictionary"  # 19005-4, 6.1.3
    yield from _of_forms(root, part)


def _of_newer(root: Any) -> Iterator[str]:
    import pikepdf

    names, permissions = root.get("/Names"), root.get("/Perms")
    if "/Requirements" in root or (
        isinstance(names, pikepdf.Dictionary) and "/AlternatePresentations" in names
    ):
        yield "forbidden-entry"  # 19005-2, 6.10, 6.11
    if isinstance(permissions, pikepdf.Dictionary) and not set(permissions) <= set(_PERMISSIONS):
        yield "forbidden-entry"  # 19005-2, 6.1.12
    if bool(root.get("/NeedsRendering", False)):
        yield "form-made-by-viewer"  # 19005-2, 6.4.2


def _of_forms(root: Any, part: str) -> Iterator[str]:
    import pikepdf

    form = root.get("/AcroForm")
    if not isinstance(form, pikepdf.Dictionary):
        return
    if bool(form.get("/NeedAppearances", False)) or (part != "1" and "/XFA" in form):
        yield "form-made-by-viewer"  # 19005-1, 6.9; 2, 6.4.1 and 6.4.2


def _of_info(pdf: Any) -> Iterator[str]:
    """19005-1, 6.7.3: what the information dictionary says, the metadata say as well."""
    import pikepdf

    info = pdf.trailer.get("/Info")
    if not isinstance(info, pikepdf.Dictionary):
        return
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as told:
        for key, name in _TOLD_BESIDE:
            if isinstance(said := info.get(key), pikepdf.String) and str(said) and name not in told:
                yield "metadata-differ"
                return


def of_page(page: Any, part: str, claim: str) -> Iterator[str]:
    """A page and its annotations."""
    import pikepdf

    if part != "1" and "/AA" in page:
        yield "additional-actions"  # 19005-2, 6.5.2
    if part != "1" and "/PresSteps" in page:
        yield "forbidden-entry"  # 19005-2, 6.10
    if part == "1" and _is_transparent_group(page.get("/Group")):
        yield "transparency"  # 19005-1, 6.4
    found = page.get("/Annots")
    for one in found if isinstance(found, pikepdf.Array) else []:
        if isinstance(one, pikepdf.Dictionary) and "/Subtype" in one:
            yield from _of_annotation(one, part, claim)


def _of_annotation(one: Any, part: str, claim: str) -> Iterator[str]:
    kind = str(one.Subtype)
    if kind not in _KINDS_1 if part == "1" else kind in _NO_KINDS:
        if (kind, claim) != ("/3D", "4e"):
            yield "annotation-kind"  # 19005-1, 6.5.2; 2, 6.3.1
        return
    if kind != "/Popup" and not _is_seen(one.get("/F", 0)):
        yield "annotation-hidden"  # 19005-1, 6.5.3; 2, 6.3.2
    if part != "1" and kind not in _UNSEEN_ANNOTATIONS and "/AP" not in one and _has_size(one):
        yield "annotation-without-look"  # 19005-2, 6.3.3
    if kind == "/Widget" and ("/A" in one or ("/AA" in one and part != "4")):
        yield "additional-actions"  # 19005-1, 6.6.1 and 6.6.2; 2, 6.4.1


def _is_seen(flags: Any) -> bool:
    """Printed, and not hidden; what is no number is not judged."""
    if not isinstance(flags, int):
        return True
    return bool(flags & _PRINT) and not flags & (_HIDDEN | _INVISIBLE | _NO_VIEW)


def _has_size(one: Any) -> bool:
    try:
        left, low, right, high = (float(side) for side in one.Rect)
    except (AttributeError, TypeError, ValueError):
        return False
    return not (left == right and low == high)


def of_dictionary(thing: Any) -> Iterator[str]:
    """An action by name, wherever it hangs."""
    if thing.get("/S") == "/Named" and "/P" not in thing and str(thing.get("/N")) not in _NAMED:
        yield "forbidden-action"  # 19005-1, 6.6.1; 2, 6.5.1


def of_image(image: Any, part: str) -> Iterator[str]:
    """An image that a page paints."""
    import pikepdf

    if "/Alternates" in image or "/OPI" in image:
        yield "image-alternates"  # 19005-1, 6.2.4; 2, 6.2.8
    if part == "1" and isinstance(image.get("/SMask"), pikepdf.Stream):
        yield "transparency"  # 19005-1, 6.4


def of_form(form: Any, part: str) -> Iterator[str]:
    """A form that a page paints."""
    if part == "1" and _is_transparent_group(form.get("/Group")):
        yield "transparency"  # 19005-1, 6.4


def of_state(state: Any, part: str) -> Iterator[str]:
    """A graphics state that a page takes on."""
    import pikepdf

    if "/TR" in state or ("/TR2" in state and state.get("/TR2") != "/Default"):
        yield "transfer-function"  # 19005-1, 6.2.8; 2, 6.2.5
    if part != "1":
        return
    is_pale = any(_is_pale(state.get(key)) for key in ("/ca", "/CA"))
    mixes = isinstance(mode := state.get("/BM"), pikepdf.Name) and str(mode) not in _PLAIN
    if is_pale or mixes or isinstance(state.get("/SMask"), pikepdf.Dictionary):
        yield "transparency"  # 19005-1, 6.4


_PLAIN = ("/Normal", "/Compatible")


def _is_pale(opacity: Any) -> bool:
    try:
        return opacity is not None and float(opacity) != 1
    except (TypeError, ValueError):
        return False


def _is_transparent_group(group: Any) -> bool:
    import pikepdf

    return isinstance(group, pikepdf.Dictionary) and group.get("/S") == "/Transparency"
