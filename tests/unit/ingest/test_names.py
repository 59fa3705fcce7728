"""Names as they were sent."""

import pytest

from ingest.channels.names import wrapping_folder


@pytest.mark.parametrize(
    ("paths", "folder"),
    [
        (["Hồ sơ/a.pdf", "Hồ sơ/b/c.pdf"], "Hồ sơ/"),
        (["Hồ sơ/a.pdf", "b.pdf"], ""),
        (["a/b.pdf", "c/d.pdf"], ""),
        (["a.pdf"], ""),
        ([], ""),
    ],
)
def test_only_a_folder_that_holds_everything_is_taken_off(paths: list[str], folder: str) -> None:
    assert wrapping_folder(paths) == folder
