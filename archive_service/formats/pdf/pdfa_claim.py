"""What a PDF that claims to be PDF/A breaks of ISO 19005: the rules that are broken most.

This is no validation: a claim in which nothing was found is not proved. A whole judgement is
veraPDF's, where an installation has it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

MOST_OBJECTS = 200_000  # more are not looked through: the claim stays unverified
_DEVICE = ("/DeviceRGB", "/DeviceCMYK", "/DeviceGray")
_STANDARD_PROGRAMS = ("/FontFile", "/FontFile2", "/FontFile3")
_FORBIDDEN_ACTIONS = (
    "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/JavaScript", "/Hide",
    "/SetOCGState", "/Rendition", "/Trans", "/GoTo3DView",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class PdfaJudgement:
    """``broken`` are short codes, for findings; ``whole``: every object was looked at.

    ``proved``: a validator looked at all of it and found the claim true.
    """

    broken: tuple[str, ...] = ()
    whole: bool = True
    proved: bool = False


def judge_pdfa_here(path: Path) -> PdfaJudgement:
    """Look through all objects, in this very process; for a PDF that opens."""
    import pikepdf

    try:
        with pikepdf.open(path, suppress_warnings=True) as pdf:
            whole = len(pdf.objects) <= MOST_OBJECTS
            broken = list(dict.fromkeys(_broken(pdf, whole=whole)))
    except (pikepdf.PdfError, ValueError, TypeError, AttributeError, KeyError):
        return PdfaJudgement(whole=False)
    return PdfaJudgement(tuple(broken), whole)


def _broken(pdf: Any, *, whole: bool) -> Iterator[str]:
    if pdf.is_encrypted:
        yield "encrypted"  # 19005-2, 6.1.3
    if "/ID" not in pdf.trailer:
        yield "no-file-id"  # 6.1.3
    has_intent = bool(pdf.Root.get("/OutputIntents"))
    if whole:
        for thing in pdf.objects:
            yield from _of_object(thing, has_intent=has_intent)


def _of_object(thing: Any, *, has_intent: bool) -> Iterator[str]:
    import pikepdf

    if not isinstance(thing, (pikepdf.Dictionary, pikepdf.Stream)):
        return
    kind = thing.get("/Type")
    if kind == "/Font":
        yield from _of_font(thing)
    if thing.get("/S") in _FORBIDDEN_ACTIONS and (kind in (None, "/Action")):
        yield "forbidden-action"  # 6.5.1
    if isinstance(thing, pikepdf.Stream):
        yield from _of_stream(thing, has_intent=has_intent)


def _of_font(font: Any) -> Iterator[str]:
    """Every font program is embedded (6.2.11.4); Type 3 has none, a composite one has it below."""
    if font.get("/Subtype") in ("/Type3", "/Type0"):
        return
    descriptor = font.get("/FontDescriptor")
    if descriptor is None or not any(name in descriptor for name in _STANDARD_PROGRAMS):
        yield "font-not-embedded"


def _of_stream(stream: Any, *, has_intent: bool) -> Iterator[str]:
    if "/LZWDecode" in _filters(stream):
        yield "lzw"  # 6.1.7.2
    if "/F" in stream:
        yield "external-stream"  # 6.1.7.1
    if stream.get("/Subtype") == "/Image" and not has_intent:
        space = stream.get("/ColorSpace")
        if isinstance(space, type(stream.get("/Subtype"))) and str(space) in _DEVICE:
            yield "no-output-intent"  # 6.2.4.3
    if stream.get("/Subtype") == "/Image" and stream.get("/Interpolate") is True:
        yield "interpolated-image"  # 6.2.8.1


def _filters(stream: Any) -> list[str]:
    import pikepdf

    found = stream.get("/Filter")
    if found is None:
        return []
    return [str(one) for one in found] if isinstance(found, pikepdf.Array) else [str(found)]
