"""The pixels of a page image, and what its decoder says against its data.

Of a JPEG or a fax whose data are damaged, decoders make a picture all the same; that they had to
guess they tell on the standard error output alone. So it is caught here, around the one decoding.
"""

import io
import os
import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from archive_service.formats.page_image import DEEP_MODES, GREY_MODES, PageImageFacts

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt
    from PIL.Image import Image

    Pixels = npt.NDArray[np.uint8]
else:
    Pixels = Any

DEEP_TO_BYTE = 1 / 257  # 16 bits to 8
_BY_PROFILE = {"CMYK", "LAB"}
_TOLD_BYTES = 4096
_DETAIL_LETTERS = 200
# What libjpeg says where the data are at fault; it says no more than the first of them.
_JPEG_DAMAGE = re.compile(r"(?:Corrupt JPEG data|Premature end of JPEG|Inconsistent progress).*")
_LEFT_OVER = re.compile(r"(\d+) extraneous bytes before marker 0xd9")
_JPEG_END = b"\xff\xd9"
_ROWS = 1024  # even: pixels are halved
_FILL = {0x00, 0xFF}  # some scanners fill up to an even length


@dataclass(frozen=True, slots=True)
class DecodedPage:
    """Rows of B, G, R, or one grey channel."""

    pixels: Pixels
    damage: str = ""  # what the decoder says against the data, in English; "": they are whole


def decode_page(
    path: Path,
    facts: PageImageFacts,
    plain: Callable[["Image"], "Image"],
    *,
    halved: bool = False,
) -> DecodedPage:
    """Decode a file's only page, once; for a process of one thread, whose fd 2 is caught.

    Its pixels are made square, and a mirror image is mirrored back; it is not turned.

    Args:
        plain: makes "RGB" or "L" of what is neither.
        halved: one pixel for each two by two, in a quarter of the memory.

    Raises:
        OSError: nothing can be decoded; and what else Pillow raises.
    """
    page = _as_stored(path, facts, plain, halved=halved)
    if not facts.mirrored and facts.square_px == (facts.width_px, facts.height_px):
        return page
    return replace(page, pixels=_as_meant(page.pixels, facts, halved=halved))


def _as_stored(
    path: Path, facts: PageImageFacts, plain: Callable[["Image"], "Image"], *, halved: bool
) -> DecodedPage:
    if facts.media_type == "image/jpeg" and facts.mode in ("L", "RGB"):
        import cv2

        if facts.mode == "L":
            return _jpeg(path, cv2.IMREAD_REDUCED_GRAYSCALE_2 if halved else cv2.IMREAD_GRAYSCALE)
        return _jpeg(path, cv2.IMREAD_REDUCED_COLOR_2 if halved else cv2.IMREAD_COLOR)
    return _other(path, plain, halved=halved)


def _as_meant(pixels: Pixels, facts: PageImageFacts, *, halved: bool) -> Pixels:
    """With square pixels, and no mirror image."""
    import cv2

    if facts.mirrored:
        pixels = cv2.flip(pixels, 1).astype(pixels.dtype, copy=False)
    size = [(side + 1) // 2 if halved else side for side in facts.square_px]
    if size == list(pixels.shape[1::-1]):
        return pixels
    return cv2.resize(pixels, size, interpolation=cv2.INTER_CUBIC).astype(pixels.dtype, copy=False)


def of_bytes(image: "Image") -> "Image":
    """Colour or grey of 8 bits, on white paper where it is transparent, inks by their profile.

    Pillow's own conversion makes all but black of 16 bits white, and what is transparent black.
    """
    if image.mode in DEEP_MODES:  # Pillow counts in one order of bytes alone
        deep = image.convert("I") if image.mode == "I;16B" else image
        image = deep.point(lambda level: level * DEEP_TO_BYTE)
    elif image.mode == "La":  # known by this way alone
        image = image.convert("LA")
    plain = "L" if image.mode in GREY_MODES else "RGB"
    if image.has_transparency_data:
        image = _on_white(image)
    if image.mode in _BY_PROFILE:
        return _in_screen_colours(image)
    return image.convert(plain)


def _on_white(image: "Image") -> "Image":
    from PIL import Image

    seen = image.convert("RGBA")
    paper = Image.new("RGB", seen.size, "white")
    paper.paste(seen, mask=seen.getchannel("A"))
    if profile := image.info.get("icc_profile"):
        paper.info["icc_profile"] = profile
    return paper


def _in_screen_colours(image: "Image") -> "Image":
    """Red, green and blue of inks and of L*a*b*; roughly, where no profile says what they are."""
    from PIL import ImageCms

    given = image.info.get("icc_profile")
    try:
        if image.mode == "LAB":
            profile: Any = ImageCms.createProfile("LAB")
        else:
            profile = ImageCms.ImageCmsProfile(io.BytesIO(given or b""))
        screen = ImageCms.createProfile("sRGB")
        made = ImageCms.profileToProfile(image, profile, screen, outputMode="RGB")
    except (OSError, ImageCms.PyCMSError):
        made = image.convert("RGB")
    if made is None:  # only where it was asked to be changed in place
        raise OSError("colours were not converted")
    made.info.pop("icc_profile", None)
    return made


@contextmanager
def complaints() -> Iterator[Callable[[], str]]:
    """What libraries write to the standard error output within, asked for afterwards.

    Without the warnings of Python: that a page is large, or a tag odd, is no damage.
    """
    before = os.dup(2)
    caught = os.memfd_create("complaints")
    try:
        os.dup2(caught, 2)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                yield lambda: os.pread(caught, _TOLD_BYTES, 0).decode("utf-8", "replace").strip()
        finally:
            os.dup2(before, 2)
    finally:
        os.close(before)
        os.close(caught)


def jpeg_damage(path: Path) -> str:
    """What is wrong with the data of a JPEG of any kind; all are read, an eighth of it drawn.

    Raises:
        OSError: nothing can be decoded.
    """
    import cv2

    return _jpeg(path, cv2.IMREAD_REDUCED_GRAYSCALE_8).damage


def _jpeg(path: Path, kind: int) -> DecodedPage:
    """By OpenCV: the same pixels as Pillow's, which keeps what libjpeg says to itself."""
    import cv2
    import numpy as np

    data = path.read_bytes()
    with complaints() as found_complaints:
        pixels = cv2.imdecode(np.frombuffer(data, np.uint8), kind | cv2.IMREAD_IGNORE_ORIENTATION)
        complaint = _JPEG_DAMAGE.search(found_complaints())
    damage = "" if complaint is None or _is_only_filled(complaint[0], data) else complaint[0]
    if pixels is None:
        raise OSError(damage or "JPEG data cannot be decoded")
    return DecodedPage(pixels.astype(np.uint8, copy=False), damage)


def _is_only_filled(text: str, data: bytes) -> bool:
    """Whether what is left over after the last line is no data, but filling."""
    if (left := _LEFT_OVER.search(text)) is None:
        return False
    end = data.rfind(_JPEG_END)
    return set(data[end - int(left[1]) : end]) <= _FILL


def _other(path: Path, plain: Callable[["Image"], "Image"], *, halved: bool) -> DecodedPage:
    """By Pillow, which refuses a damaged PNG itself; libtiff goes on, and speaks of errors only."""
    import numpy as np
    from PIL import Image

    with complaints() as found_complaints:
        with Image.open(path) as opened:
            pixels = _halved(opened, plain) if halved else np.asarray(plain(opened))
        damage = found_complaints()[:_DETAIL_LETTERS]
    if pixels.ndim == 3:
        pixels = np.ascontiguousarray(pixels[:, :, ::-1])
    return DecodedPage(pixels, damage)


def _halved(image: "Image", plain: Callable[["Image"], "Image"]) -> Pixels:
    """Some rows at a time: Pillow keeps a bit in a byte, and would keep it once more as grey."""
    import numpy as np

    width, height = image.size
    bands = [
        np.asarray(plain(image.crop((0, top, width, min(top + _ROWS, height)))).reduce(2))
        for top in range(0, height, _ROWS)
    ]
    return np.concatenate(bands)
