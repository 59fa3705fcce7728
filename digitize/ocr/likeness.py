"""What a page looks like: a thumbnail, a fingerprint to find it scanned twice, its separator QR."""

from typing import TYPE_CHECKING

from digitize.ocr.clean import Image
from digitize.ocr.separators import is_ours, read_text

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

THUMBNAIL_PX = 200
THUMBNAIL_QUALITY = 75
HASH_BITS = 256
SIDE = 64  # of the picture that is compared
KEPT = 16  # lowest frequencies of it, each way
INK = 150  # below it, on white paper, is ink
LEAST_INK = 0.0015  # share of the page; with less there is nothing to compare


def thumbnail(image: Image) -> bytes:
    """A small JPEG of the upright page."""
    import cv2

    height, width = image.shape[:2]
    size = THUMBNAIL_PX, max(1, round(height * THUMBNAIL_PX / width))
    step = max(1, width // (3 * THUMBNAIL_PX))  # of a letter nothing is seen at this size
    small = cv2.resize(image[::step, ::step], size, interpolation=cv2.INTER_AREA)
    _, encoded = cv2.imencode(".jpg", small, (cv2.IMWRITE_JPEG_QUALITY, THUMBNAIL_QUALITY))
    return encoded.tobytes()


def perceptual_hash(grey: Image) -> str:
    """256 bits as hex digits, alike for two scans of one sheet; "" where there is hardly ink.

    Args:
        grey: the page cleaned and levelled, so that neither skew nor the paper's tint counts.
    """
    import cv2
    import numpy as np

    ink = (255 - cv2.resize(grey, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)).astype(
        np.float32
    )
    if (ink > 255 - INK).mean() < LEAST_INK:
        return ""
    top, bottom = _reach(ink.sum(axis=1))
    left, right = _reach(ink.sum(axis=0))
    part = cv2.resize(ink[top:bottom, left:right], (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    waves = cv2.dct(part)[:KEPT, :KEPT].reshape(-1)
    bits = waves > np.median(waves[1:])
    return np.packbits(bits).tobytes().hex()


def distance(one: str, other: str) -> int:
    """In how many of the 256 bits two pages differ; unlike pages in about a half of them."""
    if not one or not other:
        return HASH_BITS
    return (int(one, 16) ^ int(other, 16)).bit_count()


def find_separator(image: Image) -> str:
    """The text of a separator sheet's QR, understood or not; "" for a page with other QRs."""
    import cv2
    import zxingcpp

    half = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    grey = half if half.ndim == 2 else cv2.cvtColor(half, cv2.COLOR_BGR2GRAY)
    kinds = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    found = zxingcpp.read_barcodes(grey, formats=kinds)
    ours = [code.text for code in found if is_ours(code.text)]
    understood = [text for text in ours if read_text(text) is not None]
    return (*understood, *ours, "")[0]


def _reach(profile: "npt.NDArray[np.float32]") -> tuple[int, int]:
    """From where to where the ink lies, a hundredth of it left out at both ends."""
    import numpy as np

    share = np.cumsum(profile) / max(float(profile.sum()), 1.0)
    first, last = (int(np.searchsorted(share, edge)) for edge in (0.01, 0.99))
    return first, max(last, first) + 1
