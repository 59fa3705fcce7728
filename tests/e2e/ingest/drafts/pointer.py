"""Where the pointer of a browser stands."""

from playwright.sync_api import Locator


def middle(row: Locator) -> tuple[float, float]:
    row.scroll_into_view_if_needed()
    box = row.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 3, box["y"] + box["height"] / 2
