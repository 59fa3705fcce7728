"""What a PDF that claims to be PDF/A breaks of ISO 19005: the rules that are broken most.

This is no validation: a claim in which nothing was found is not proved. A whole judgement is
veraPDF's, where an installation has it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from archive_service.formats.pdf import iso19005, packet
from archive_service.formats.pdf.painted import Painted, painted_by

_LOOKED_AT = 200  # pages whose drawing is looked at though no object of theirs is doubtful
_SIGNATURES = {"RGB ": "/DeviceRGB", "CMYK": "/DeviceCMYK", "GRAY": "/DeviceGray"}
MOST_OBJECTS = 200_000  # more are not looked through: the claim stays unverified
_DEVICE = ("/DeviceRGB", "/DeviceCMYK", "/DeviceGray")
_STANDARD_PROGRAMS = ("/FontFile", "/FontFile2", "/FontFile3")
_FORBIDDEN_ACTIONS = frozenset({
    "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/JavaScript", "/Hide",
    "/SetOCGState", "/Rendition", "/Trans", "/GoTo3DView",
})  # fmt: skip
_ALLOWED_ACTIONS = {  # by what is claimed; ISO 19005-4, 6.6.1
    "4": frozenset({"/JavaScript"}),
    "4f": frozenset({"/JavaScript"}),
    "4e": frozenset({"/JavaScript", "/SetOCGState", "/GoTo3DView"}),
}
_NONE = frozenset[str]()
_ACTIONS = frozenset({
    "/GoTo", "/GoToR", "/Thread", "/URI", "/Named", "/SubmitForm",
})  # fmt: skip
_MORE_ACTIONS = {  # 19005-1, 6.6.1; 2, 6.5.1; 4, 6.6.1
    "1": _NONE,
    "4": frozenset({"/GoToE", "/GoToDp", "/JavaScript", "/RichMediaExecute"}),
}
_TAGGED = ("1a", "2a", "3a")
_DEEPEST_STATES = 28
_NOTHING_ATTACHED = ("1a", "1b")  # ISO 19005-1, 6.1.11
_PDF_ATTACHED = ("2a", "2b", "2u", "4")  # PDF/A alone: 19005-2, 6.8; parts 3, 4e and 4f take all


@dataclass(frozen=True, slots=True)
class PdfaJudgement:
    """``broken`` are short codes, for findings; ``whole``: every object was looked at.

    ``proved``: a validator looked at all of it and found the claim true.
    """

    broken: tuple[str, ...] = ()
    whole: bool = True
    proved: bool = False


def judge_pdfa_here(path: Path, claim: str = "") -> PdfaJudgement:
    """Look through all objects that the document uses, in this very process.

    Args:
        path: a PDF that opens.
        claim: what it says it is, such as ``2b`` or ``4e``.
    """
    import pikepdf

    try:
        with pikepdf.open(path, suppress_warnings=True) as pdf:
            whole = len(pdf.objects) <= MOST_OBJECTS
            part = claim[:1] if claim[:1] in "1234" else "2"
            faults = [*iso19005.of_head(path, part), *iso19005.of_end(path)]
            faults += _broken(pdf, part, claim, whole=whole)
            broken = list(dict.fromkeys(faults))
    except (pikepdf.PdfError, ValueError, TypeError, AttributeError, KeyError):
        return PdfaJudgement(whole=False)
    return PdfaJudgement(tuple(broken), whole)


def _broken(pdf: Any, part: str, claim: str, *, whole: bool) -> Iterator[str]:
    if pdf.is_encrypted:
        yield "encrypted"  # 19005-2, 6.1.3
    if "/ID" not in pdf.trailer:
        yield "no-file-id"  # 6.1.3
    yield from packet.of_packet(pdf, part)  # before pikepdf opens the metadata in its own way
    yield from iso19005.of_catalogue(pdf, part)
    if claim == "4f" and not _lists_files(pdf.Root):
        yield "nothing-attached"  # 19005-4, 6.9
    if claim in _TAGGED:
        yield from iso19005.of_level_a(pdf.Root)
    if not whole:
        return
    for page in pdf.pages:
        yield from iso19005.of_page(page.obj, part, claim)
    forbidden = _FORBIDDEN_ACTIONS - _ALLOWED_ACTIONS.get(claim, _NONE)
    allowed = _ACTIONS | _ALLOWED_ACTIONS.get(claim, _NONE)
    allowed |= _MORE_ACTIONS.get(part, frozenset({"/GoToE"}))
    is_doubtful, attached, associated = False, set(), set()
    for item in _used_objects(pdf):
        yield from _of_object(item, forbidden)
        if any(str(act.get("/S")) not in allowed for act in _acts_of(item)):
            yield "forbidden-action"
        yield from _of_attached(item, claim)
        if part == "3":
            attached |= {item.objgen} if _holds_file(item) else set()
            associated |= _associated(item)
        is_doubtful = is_doubtful or _is_bare_font(item) or _device_space(item) is not None
    if attached - associated:
        yield "file-untold"  # 19005-3, 6.8
    if is_doubtful or len(pdf.pages) <= _LOOKED_AT:  # of many more it takes time
        yield from _of_painted(pdf, part, claim)


def _used_objects(pdf: Any) -> Iterator[Any]:
    """Objects that hang on the catalogue, each once; what an update left behind is nobody's."""
    import pikepdf

    waiting, seen = [pdf.Root], set()
    while waiting:
        thing = waiting.pop()
        if thing.is_indirect:
            if thing.objgen in seen:
                continue
            seen.add(thing.objgen)
        yield thing
        within = thing if isinstance(thing, pikepdf.Array) else thing.values()
        waiting += [
            item
            for item in within
            if isinstance(item, (pikepdf.Dictionary, pikepdf.Array, pikepdf.Stream))
        ]


def _of_object(item: Any, forbidden: frozenset[str]) -> Iterator[str]:
    import pikepdf

    if not isinstance(item, (pikepdf.Dictionary, pikepdf.Stream)):
        return
    is_act = item.get("/Type") == "/Action" or ("/Type" not in item and "/P" not in item)
    if is_act and item.get("/S") in forbidden:
        yield "forbidden-action"  # 6.5.1; a structure element has a parent
    if is_act:
        yield from iso19005.of_dictionary(item)
    if isinstance(item, pikepdf.Stream):
        yield from _of_stream(item)


def _acts_of(owner: Any) -> Iterator[Any]:
    """Acts that hang on the catalogue, an annotation, an entry of the outline or another act."""
    import pikepdf

    if not isinstance(owner, pikepdf.Dictionary):
        return
    hung = [owner.get(key) for key in ("/OpenAction", "/Next")]
    if "/Subtype" in owner or "/Title" in owner:
        hung.append(owner.get("/A"))
    if isinstance(kept := owner.get("/AA"), pikepdf.Dictionary):
        hung += kept.values()
    yield from (item for item in hung if isinstance(item, pikepdf.Dictionary) and "/S" in item)


def _of_attached(item: Any, claim: str) -> Iterator[str]:
    import pikepdf

    kept = item.get("/EF") if isinstance(item, pikepdf.Dictionary) else None
    if not isinstance(kept, pikepdf.Dictionary):
        return
    for stream in kept.as_dict().values():
        if claim in _NOTHING_ATTACHED or (
            claim in _PDF_ATTACHED
            and isinstance(stream, pikepdf.Stream)
            and not stream.read_bytes().startswith(b"%PDF-")
        ):
            yield "file-attached"
        if claim[:1] == "3" and isinstance(stream, pikepdf.Stream) and "/Subtype" not in stream:
            yield "file-untold"  # 19005-3, 6.8
    if claim[:1] == "3" and not {"/F", "/UF", "/AFRelationship"} <= set(item.keys()):
        yield "file-untold"


def _lists_files(root: Any) -> bool:
    """Whether it has a list of attached files; the standard asks for no file in it."""
    import pikepdf

    names = root.get("/Names")
    return isinstance(names, pikepdf.Dictionary) and "/EmbeddedFiles" in names


def _holds_file(item: Any) -> bool:
    import pikepdf

    return isinstance(item, pikepdf.Dictionary) and "/EF" in item and item.is_indirect


def _associated(thing: Any) -> set[tuple[int, int]]:
    """Files that an object says are its own."""
    import pikepdf

    named = thing.get("/AF") if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream) else None
    return {item.objgen for item in named} if isinstance(named, pikepdf.Array) else set()


def _is_bare_font(font: Any) -> bool:
    """Whether a font has no program; Type 3 has none, a composite one has it below."""
    import pikepdf

    if not isinstance(font, pikepdf.Dictionary) or font.get("/Type") != "/Font":
        return False
    if font.get("/Subtype") == "/Type3":
        return False
    if font.get("/Subtype") == "/Type0":
        below = font.get("/DescendantFonts")
        return isinstance(below, pikepdf.Array) and any(_is_bare_font(item) for item in below)
    descriptor = font.get("/FontDescriptor")
    return descriptor is None or not any(name in descriptor for name in _STANDARD_PROGRAMS)


def _device_space(image: Any) -> str | None:
    """The colour space of an image where a device has it."""
    import pikepdf

    if not isinstance(image, pikepdf.Stream) or image.get("/Subtype") != "/Image":
        return None
    space = image.get("/ColorSpace")
    return str(space) if isinstance(space, pikepdf.Name) and str(space) in _DEVICE else None


def _of_painted(pdf: Any, part: str, claim: str) -> Iterator[str]:
    """Fonts with which text is shown are embedded (6.2.11.4); device colours have a meaning."""
    painted = painted_by(pdf)
    if any(_is_bare_font(font) for font in painted.fonts.values()):
        yield "font-not-embedded"
    for font in painted.fonts.values():
        yield from iso19005.of_font(font, part, claim)
    if part != "4" and painted.deepest > _DEEPEST_STATES:
        yield "states-nested"  # 19005-1, 6.1.12; 2, 6.1.13
    for image, _ in painted.images:
        yield from iso19005.of_image(image, part)
    for inline in painted.inline:
        yield from iso19005.of_inline(inline)
    if part != "4" and not painted.intents <= set(iso19005.INTENTS):
        yield "rendering-intent"  # 19005-1, 6.2.9; 2, 6.2.6
    for form in painted.forms:
        yield from iso19005.of_form(form, part)
    for state in painted.states:
        yield from iso19005.of_state(state, part)
    yield from _of_colours(pdf, painted)


def _of_colours(pdf: Any, painted: Painted) -> Iterator[str]:
    """19005-1, 6.2.3.3; 2, 6.2.4.3: grey has a meaning in every intent."""
    meant = _meant_by_intents(pdf.Root.get("/OutputIntents"))
    if "any" in meant:
        return
    of_images = ((space, how) for image, how in painted.images if (space := _device_space(image)))
    for space, colours in (*of_images, *painted.colours):
        is_meant = space in meant or (bool(meant) and space == "/DeviceGray")
        if not is_meant and not colours.cover(space):
            yield "no-output-intent"


def _meant_by_intents(intents: Any) -> set[str]:
    """The spaces of a device that have a meaning; ``any`` where it cannot be told which."""
    import pikepdf

    if not intents:
        return set()
    if not isinstance(intents, pikepdf.Array):
        return {"any"}
    found = set()
    for intent in intents:
        profile = (
            intent.get("/DestOutputProfile") if isinstance(intent, pikepdf.Dictionary) else None
        )
        head = profile.read_bytes()[16:20] if isinstance(profile, pikepdf.Stream) else b""
        found.add(_SIGNATURES.get(head.decode("latin-1"), "any"))
    return found


def _of_stream(stream: Any) -> Iterator[str]:
    if "/LZWDecode" in _filters(stream):
        yield "lzw"  # 6.1.7.2
    if "/F" in stream:
        yield "external-stream"  # 6.1.7.1


def _filters(stream: Any) -> list[str]:
    import pikepdf

    found = stream.get("/Filter")
    if found is None:
        return []
    return [str(name) for name in found] if isinstance(found, pikepdf.Array) else [str(found)]
