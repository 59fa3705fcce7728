"""What was measured on one page image, and what its decoder said: no verdict."""

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class PageMeasures:
    """One page as it lies; ``None`` where the page gives nothing to measure it by.

    Levels are of grey, 0 black to 255 white; shares are of the page's area, 0 to 1.
    """

    width_px: int
    height_px: int
    dpi: float | None  # as the file says, or a person
    width_mm: float | None
    height_mm: float | None
    depth_bits: int
    colour: bool  # declared by the file
    colourfulness: float  # mean distance of the channels; 0 exactly: grey kept as colour
    dpi_true: float | None  # before the image was enlarged; ``dpi`` where it was not
    blur_mm: float | None  # spread of an edge of ink, one standard deviation
    skew_deg: float  # how far the lines fall to the right, clockwise
    paper_level: int
    ink_level: int | None
    contrast: int | None  # between both
    clipped_dark: float
    clipped_light: float
    ink_share: float
    dark_edge_share: float  # what lies outside the paper: lid, glass, another sheet
    cut_letters: int  # signs that the border of the image cuts through
    bleed_through: float  # share that ink of the other side darkens
    jpeg_quality: int | None  # of the header's tables; ``None``: not a JPEG
    earlier_quality: int | None  # of a JPEG whose steps still show; ``None``: none does
    sideways: float  # above 1 the lines of text run up and down
    upright: float | None  # 1 to -1; marks stand above Vietnamese letters, few below
    turn_deg: int  # clockwise turn that would make it upright, by the two above
    damage: str = ""  # what the decoder says against the data; "": they are whole

    def as_dict(self) -> dict[str, Any]:
        """Name → value, plain JSON."""
        return asdict(self)
