"""Colour profiles that an output intent brings: Acrobat shows the colours of all pages by them."""

import io
from typing import Any

_SIZE = 4 << 20  # bytes of a profile that is looked into
_STEPS = (0, 51, 102, 153, 204, 255)
_TOLERANCE = 16  # of 255: how far good profiles of sRGB lie from each other


def shows_the_same(intents: Any) -> bool:
    """Whether none of them brings a profile by which pages look otherwise than without it."""
    import pikepdf

    if not isinstance(intents, pikepdf.Array):
        return False
    return all(isinstance(it, pikepdf.Dictionary) and _is_plain(it) for it in intents)


def _is_plain(intent: Any) -> bool:
    import pikepdf

    profile = intent.get("/DestOutputProfile")
    if "/DestOutputProfileRef" in intent:
        return False
    if profile is None:
        return True
    if not isinstance(profile, pikepdf.Stream):
        return False
    try:
        return is_srgb(profile.read_bytes())
    except pikepdf.PdfError:
        return False


def is_srgb(profile: bytes) -> bool:
    """Whether it leaves the colours of a screen as they are.

    Of curves and a matrix alone, so that its greys show all that the curves do: a table of
    colours could single out one.
    """
    from PIL import Image, ImageCms

    if len(profile) > _SIZE:
        return False
    try:
        read = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        told = read.profile
        tables = any(way for way, *_ in (told.clut or {}).values())
        if told.xcolor_space.strip() != "RGB" or not told.is_matrix_shaper or tables:
            return False
        shown = ImageCms.buildTransform(read, ImageCms.createProfile("sRGB"), "RGB", "RGB")
        before = bytes(level for level in range(256) for _ in range(3)) + bytes(
            level for red in _STEPS for green in _STEPS for blue in _STEPS
            for level in (red, green, blue)
        )  # fmt: skip
        image = Image.frombytes("RGB", (len(before) // 3, 1), before)
        after = ImageCms.applyTransform(image, shown)
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
        return False
    if after is None:
        return False
    return all(
        abs(old - new) <= _TOLERANCE for old, new in zip(before, after.tobytes(), strict=True)
    )
