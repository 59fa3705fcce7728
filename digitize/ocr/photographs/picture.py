"""A picture of a photographed page, straightened: derived for the eye, kept nowhere."""

from pathlib import Path

from archive_service.formats.picture import LONGEST_PX, QUALITY, drawn_apart
from digitize.ocr.photographs.flat import flat_of
from digitize.ocr.pixels import load_pixels


def make_straight_picture(path: Path, *, pixels: int, turn_deg: int = 0) -> bytes:
    """The sheet alone as a JPEG; the whole page where no sheet is found on it.

    Raises:
        PictureImpossibleError: damaged, too large, or of a format that cannot be read.
    """
    return drawn_apart(make_straight_picture_here, path, pixels, turn_deg)


def make_straight_picture_here(path: Path, pixels: int, turn_deg: int) -> bytes:
    """``make_straight_picture`` in this very process."""
    import cv2

    image = load_pixels(path, turn_deg=turn_deg, most_pixels=pixels).to_read().image
    if (flat := flat_of(image)) is not None:
        image = flat.of(image)
    scale = min(1.0, LONGEST_PX / max(image.shape[:2]))
    smaller = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    done, jpeg = cv2.imencode(".jpg", smaller, (cv2.IMWRITE_JPEG_QUALITY, QUALITY))
    if not done:
        raise ValueError("not written")
    return jpeg.tobytes()
