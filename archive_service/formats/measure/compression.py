"""What an earlier strong compression left in the pixels, whatever the header says now.

The parts of each block of 8 pixels lie at multiples of the steps that its JPEG divided by; saved
again with finer steps, or losslessly, they still do (Fan and de Queiroz, Identification of bitmap
compression history, 2003).
"""

from functools import lru_cache
from typing import Any

from archive_service.formats.measure.prepared import BLOCK, Prepared, grey_rows

# ISO/IEC 10918-1, Table K.1: the steps of quality 50, by row and column of a block's parts.
STEPS = {(0, 1): 11, (0, 2): 10, (1, 0): 12, (1, 1): 12, (2, 0): 14, (1, 2): 14, (2, 1): 13}
QUALITIES = (*range(5, 50, 3), 50, 55, 60, 65, 70)
ROWS = 30  # of blocks, spread over the page
LEAST_PARTS = 300  # that are not zero; fewer say nothing
CLEAR = 0.55  # mean agreement, 1 where all lie at multiples


def earlier_quality(page: Prepared) -> int | None:
    """On libjpeg's scale; ``None`` where nothing of the kind is left to be seen."""
    import numpy as np

    parts = _parts(page)
    if parts is None:
        return None
    quality: int
    for quality in QUALITIES:
        percent = 5000 / quality if quality < 50 else 200 - 2 * quality
        agree, count = 0.0, 0
        for (row, column), plain in STEPS.items():
            step = float(max(1, round(plain * percent / 100)))
            if step < 6:  # as fine as what the later compression rounds by
                continue
            values = parts[:, row, column]
            values = values[np.abs(values) > step / 2]
            agree += float(np.cos(values * (2 * np.pi / step)).sum())
            count += len(values)
        if count >= LEAST_PARTS and agree / count > CLEAR:
            return quality
    return None


def _parts(page: Prepared) -> Any:
    """The cosine transform of blocks from all over the page."""
    import numpy as np

    rows, columns = page.full.shape[0] // BLOCK, page.full.shape[1] // BLOCK
    if not rows or not columns:
        return None
    chosen = np.arange(0, rows, max(1, rows // ROWS))
    lines = (chosen[:, None] * BLOCK + np.arange(BLOCK)).ravel()
    grey = grey_rows(page.full[lines, : columns * BLOCK])
    apart = grey.reshape(len(chosen), BLOCK, columns, BLOCK).swapaxes(1, 2)
    blocks = apart.reshape(-1, BLOCK, BLOCK)
    blocks = blocks[blocks.max(axis=(1, 2)) - blocks.min(axis=(1, 2)) > 2 * BLOCK]
    turn = _cosines()
    return turn @ (blocks - 128) @ turn.T


@lru_cache(maxsize=1)
def _cosines() -> Any:
    import numpy as np

    row, column = np.arange(BLOCK)[:, None], np.arange(BLOCK)
    table = np.cos((2 * column + 1) * row * np.pi / (2 * BLOCK)) / 2
    table[0] /= np.sqrt(2)
    return table.astype(np.float32)
