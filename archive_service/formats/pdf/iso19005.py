"""Rules of ISO 19005 that a look at the objects of a PDF settles, each as veraPDF has it.

What depends on more than these objects say is left out: silence is better than a false alarm.
"""

import datetime as dt
import re
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
_LINES = re.compile(rb"(.*?)(?:\r\n|\r|\n)(.*?)(?:\r|\n|\Z)", re.DOTALL)  # some end with CR alone
_LANGUAGE = re.compile(r"(?:[A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)?")
_DEEPEST = 50  # layers within layers
_SMALLEST, _LARGEST = 3, 14_400  # a side of a page
INTENTS = ("/RelativeColorimetric", "/AbsoluteColorimetric", "/Perceptual", "/Saturation")
_MODES = frozenset({
    "/Normal", "/Compatible", "/Multiply", "/Screen", "/Overlay", "/Darken", "/Lighten",
    "/ColorDodge", "/ColorBurn", "/HardLight", "/SoftLight", "/Difference", "/Exclusion", "/Hue",
    "/Saturation", "/Color", "/Luminosity",
})  # fmt: skip
_COMPONENTS = {b"RGB ": 3, b"CMYK": 4, b"GRAY": 1}
_SUBSET = re.compile(r"/[A-Z]{6}\+")
_DATES = (("/CreationDate", "xmp:CreateDate"), ("/ModDate", "xmp:ModifyDate"))
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
        lines = _LINES.match(source.read(_HEAD_BYTES))
    first, second = lines.groups() if lines else (b"", b"")
    version = first[5:] if part != "1" else first[5:8]
    fits = {"2": rb"1\.\d", "3": rb"1\.\d", "4": rb"2\.\d"}.get(part, b".*")
    binary = second[1 : 1 + _BINARY_SIGNS]
    is_binary = second[:1] == b"%" and len(binary) == _BINARY_SIGNS and min(binary) > 127
    if not (first.startswith(b"%PDF-") and re.fullmatch(fits, version) and is_binary):
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
    if _acts_by_itself(root, part):
        yield "additional-actions"  # 19005-1, 6.6.2; 2, 6.5.2; 4, 6.6.3
    if part == "1":
        if "/OCProperties" in root:
            yield "layers"  # 19005-1, 6.1.13
        if pdf.trailer.get("/Type") == "/XRef":
            yield "object-streams"  # 19005-1, 6.1.4
        yield from _of_info(pdf)
    else:
        yield from _of_newer(root, part)
    if part == "4" and not str(root.get("/Version", "/2.")).startswith("/2."):
        yield "header"  # 19005-4, 6.1.12
    if part == "4" and "/Info" in pdf.trailer and "/PieceInfo" not in root:
        yield "info-dictionary"  # 19005-4, 6.1.3
    yield from _of_forms(root, part)
    yield from _of_intents(root, part)


def _acts_by_itself(owner: Any, part: str) -> bool:
    """Whether acts hang on it; for part 4 a list without any is none."""
    return "/AA" in owner and (part != "4" or len(owner.AA) > 0)


def of_level_a(root: Any) -> Iterator[str]:
    """What only a claim of level A promises."""
    import pikepdf

    marks = root.get("/MarkInfo")
    is_marked = isinstance(marks, pikepdf.Dictionary) and bool(marks.get("/Marked", False))
    if not is_marked or "/StructTreeRoot" not in root:
        yield "not-tagged"  # 19005-1, 6.8.2.2; 2, 6.7.2.2
    language = root.get("/Lang")
    if isinstance(language, pikepdf.String) and not _LANGUAGE.fullmatch(str(language)):
        yield "language"  # 19005-1, 6.8.4; 2, 6.7.4


def _of_intents(root: Any, part: str) -> Iterator[str]:
    import pikepdf

    found = root.get("/OutputIntents")
    intents: Any = found if isinstance(found, pikepdf.Array) else ()
    profiles = {
        profile.objgen: profile
        for intent in intents
        if isinstance(intent, pikepdf.Dictionary)
        and isinstance(profile := intent.get("/DestOutputProfile"), pikepdf.Stream)
    }
    if len(profiles) > 1:
        yield "output-intents-differ"  # 19005-1, 6.2.2; 2, 6.2.3
    for profile in profiles.values():
        head = profile.read_bytes()[:40]
        meant = _COMPONENTS.get(head[16:20])
        other = part in ("1", "4") and meant and profile.get("/N") != meant
        if head[36:] != b"acsp" or head[8] > (2 if part == "1" else 4) or other:
            yield "colour-profile"  # the same


def _of_newer(root: Any, part: str) -> Iterator[str]:
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
    layers = root.get("/OCProperties")
    if isinstance(layers, pikepdf.Dictionary) and not _are_told(layers, part):
        yield "layers-incomplete"  # 19005-2, 6.9; 4, 6.10


def _are_told(layers: Any, part: str) -> bool:
    """Whether each view of the layers has a name, and its order, where it has one, names all."""
    import pikepdf

    held = {ocg.objgen for ocg in layers.get("/OCGs", [])}
    for view in (layers.get("/D"), *layers.get("/Configs", [])):
        if not isinstance(view, pikepdf.Dictionary):
            continue
        order = view.get("/Order")
        if not str(view.get("/Name", "")) or (part != "4" and "/AS" in view):
            return False
        if isinstance(order, pikepdf.Array) and not held <= set(_listed(order, 0)):
            return False
    return True


def _listed(order: Any, depth: int) -> Iterator[tuple[int, int]]:
    import pikepdf

    for item in order:
        if isinstance(item, pikepdf.Array) and depth < _DEEPEST:
            yield from _listed(item, depth + 1)
        elif isinstance(item, pikepdf.Dictionary):
            yield item.objgen


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
    with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as xmp:
        for key, name in _TOLD_BESIDE:
            own = info.get(key)
            if isinstance(own, pikepdf.String) and str(own) and _differs(own, xmp.get(name)):
                yield "metadata-differ"
                return
        if any(_is_other_day(info.get(key), xmp.get(name)) for key, name in _DATES):
            yield "metadata-differ"


def _differs(entry: Any, beside: Any) -> bool:
    """Of several authors no more is asked than that they are told."""
    if isinstance(beside, (list, set)) and len(beside) == 1:
        (beside,) = beside
    if isinstance(beside, (list, set)):
        return not beside
    return beside is None or str(entry).strip("\0 ") != str(beside).strip("\0 ")


def _is_other_day(day: Any, beside: Any) -> bool:
    """Whether two moments differ; what is no moment is not judged."""
    from pikepdf.models.metadata import decode_pdf_date

    if day is None or beside is None:
        return False
    try:
        one, other = decode_pdf_date(str(day)), dt.datetime.fromisoformat(str(beside))
    except (ValueError, TypeError):
        return False
    if one.tzinfo is None or other.tzinfo is None:
        return False
    return one.replace(microsecond=0) != other.replace(microsecond=0)


def of_page(page: Any, part: str, claim: str) -> Iterator[str]:
    """A page and its annotations."""
    import pikepdf

    if part != "1" and _acts_by_itself(page, part):
        yield "additional-actions"  # 19005-2, 6.5.2; 4, 6.6.3
    if part != "1" and "/PresSteps" in page:
        yield "forbidden-entry"  # 19005-2, 6.10
    if part in ("2", "3") and not _fits(page.get("/MediaBox")):
        yield "page-size"  # 19005-2, 6.1.13
    if part == "1" and _is_transparent_group(page.get("/Group")):
        yield "transparency"  # 19005-1, 6.4
    found = page.get("/Annots")
    for annotation in found if isinstance(found, pikepdf.Array) else []:
        if isinstance(annotation, pikepdf.Dictionary) and "/Subtype" in annotation:
            yield from _of_annotation(annotation, part, claim)


def _fits(box: Any) -> bool:
    try:
        left, low, right, high = (float(side) for side in box)
    except (TypeError, ValueError):
        return True  # inherited, or not judged
    return all(_SMALLEST <= abs(side) <= _LARGEST for side in (right - left, high - low))


def _of_annotation(annotation: Any, part: str, claim: str) -> Iterator[str]:
    import pikepdf

    kind = str(annotation.Subtype)
    if kind not in _KINDS_1 if part == "1" else kind in _NO_KINDS:
        if (kind, claim) != ("/3D", "4e"):
            yield "annotation-kind"  # 19005-1, 6.5.2; 2, 6.3.1
        return
    if (kind != "/Popup" or part == "1") and not _is_seen(annotation.get("/F", 0)):
        yield "annotation-hidden"  # 19005-1, 6.5.3; 2, 6.3.2
    if (
        part != "1"
        and kind not in _UNSEEN_ANNOTATIONS
        and "/AP" not in annotation
        and _has_size(annotation)
    ):
        yield "annotation-without-look"  # 19005-2, 6.3.3
    looks = annotation.get("/AP")
    if isinstance(looks, pikepdf.Dictionary) and (
        set(looks) != {"/N"} or (kind != "/Widget" and not isinstance(looks.N, pikepdf.Stream))
    ):
        yield "annotation-look"  # 19005-1, 6.5.3; 2, 6.3.3
    if part == "1" and _is_pale(annotation.get("/CA")):
        yield "transparency"  # 19005-1, 6.5.3
    if kind == "/Widget" and ("/A" in annotation or ("/AA" in annotation and part != "4")):
        yield "additional-actions"  # 19005-1, 6.6.1 and 6.6.2; 2, 6.4.1


def _is_seen(flags: Any) -> bool:
    """Printed, and not hidden; what is no number is not judged."""
    if not isinstance(flags, int):
        return True
    return bool(flags & _PRINT) and not flags & (_HIDDEN | _INVISIBLE | _NO_VIEW)


def _has_size(annotation: Any) -> bool:
    try:
        left, low, right, high = (float(side) for side in annotation.Rect)
    except (AttributeError, TypeError, ValueError):
        return False
    return not (left == right and low == high)


def of_dictionary(action: Any) -> Iterator[str]:
    """An action by name, wherever it hangs."""
    if action.get("/S") == "/Named" and "/P" not in action and str(action.get("/N")) not in _NAMED:
        yield "forbidden-action"  # 19005-1, 6.6.1; 2, 6.5.1


def of_image(image: Any, part: str) -> Iterator[str]:
    """An image that a page paints."""
    if "/Alternates" in image or "/OPI" in image:
        yield "image-alternates"  # 19005-1, 6.2.4; 2, 6.2.8
    mask = image.get("/SMask")
    if any(picture.get("/Interpolate") is True for picture in (image, mask) if _is_stream(picture)):
        yield "interpolated-image"  # 19005-1, 6.2.4; 2, 6.2.8.1
    if part == "1" and _is_stream(mask):
        yield "transparency"  # 19005-1, 6.4
    if part != "4" and str(image.get("/Intent", INTENTS[0])) not in INTENTS:
        yield "rendering-intent"  # 19005-1, 6.2.9; 2, 6.2.6


def _is_stream(item: Any) -> bool:
    import pikepdf

    return isinstance(item, pikepdf.Stream)


def of_inline(image: Any) -> Iterator[str]:
    """An image within a content stream, whose keys may be short ones."""
    if image.get("/I", image.get("/Interpolate")) is True:
        yield "interpolated-image"  # 19005-1, 6.2.4; 2, 6.2.8
    used = image.get("/F", image.get("/Filter"))
    if {"/LZW", "/LZWDecode"} & {str(filter_) for filter_ in (used if _is_array(used) else [used])}:
        yield "lzw"  # 19005-1, 6.1.10; 2, 6.1.10


def _is_array(item: Any) -> bool:
    import pikepdf

    return isinstance(item, pikepdf.Array)


def of_form(form: Any, part: str) -> Iterator[str]:
    """A form that a page paints, or a program for a printer."""
    by_printer = "/PS" in form or "/Subtype2" in form or form.get("/Subtype") == "/PS"
    if "/Ref" in form or (part != "4" and by_printer):
        yield "forbidden-entry"  # 19005-1, 6.2.5 to 6.2.7; 2, 6.2.9
    if part == "1" and _is_transparent_group(form.get("/Group")):
        yield "transparency"  # 19005-1, 6.4


def of_state(state: Any, part: str) -> Iterator[str]:
    """A graphics state that a page takes on."""
    import pikepdf

    if "/TR" in state or ("/TR2" in state and state.get("/TR2") != "/Default"):
        yield "transfer-function"  # 19005-1, 6.2.8; 2, 6.2.5
    if part != "4" and str(state.get("/RI", INTENTS[0])) not in INTENTS:
        yield "rendering-intent"  # 19005-1, 6.2.9; 2, 6.2.6
    if part != "1":
        yield from _of_newer_state(state, part)
        return
    is_pale = any(_is_pale(state.get(key)) for key in ("/ca", "/CA"))
    mixes = isinstance(mode := state.get("/BM"), pikepdf.Name) and str(mode) not in _PLAIN
    if is_pale or mixes or isinstance(state.get("/SMask"), pikepdf.Dictionary):
        yield "transparency"  # 19005-1, 6.4


def _of_newer_state(state: Any, part: str) -> Iterator[str]:
    import pikepdf

    if isinstance(mode := state.get("/BM"), pikepdf.Name) and str(mode) not in _MODES:
        yield "transparency"  # 19005-2, 6.2.10
    halftone = state.get("/HT")
    is_own = isinstance(halftone, (pikepdf.Dictionary, pikepdf.Stream)) and (
        halftone.get("/HalftoneType") not in (1, 5) or "/HalftoneName" in halftone
    )
    if is_own or (part != "4" and "/HTP" in state):
        yield "halftone"  # 19005-2, 6.2.5


def of_font(font: Any, part: str, claim: str) -> Iterator[str]:
    """A composite font with which text is shown."""
    import pikepdf

    below = font.get("/DescendantFonts")
    if not isinstance(below, pikepdf.Array) or not len(below):
        return
    descriptor = below[0].get("/FontDescriptor", pikepdf.Dictionary())
    is_subset = _SUBSET.match(str(descriptor.get("/FontName", "")))
    if part == "1" and is_subset and "/CIDSet" not in descriptor:
        yield "font-incomplete"  # 19005-1, 6.3.5
    order = str(below[0].get("/CIDSystemInfo", pikepdf.Dictionary()).get("/Ordering", ""))
    is_bare = str(font.get("/Encoding")) in ("/Identity-H", "/Identity-V") and order == "Identity"
    if claim[1:] in ("a", "u") and is_bare and "/ToUnicode" not in font:
        yield "font-incomplete"  # 19005-1, 6.3.8; 2, 6.2.11.7


_PLAIN = ("/Normal", "/Compatible")


def _is_pale(opacity: Any) -> bool:
    try:
        return opacity is not None and float(opacity) != 1
    except (TypeError, ValueError):
        return False


def _is_transparent_group(group: Any) -> bool:
    import pikepdf

    return isinstance(group, pikepdf.Dictionary) and group.get("/S") == "/Transparency"
