"""Where a file that is made lies in the package: a name that nothing there bears."""

from collections.abc import Collection


def free_path(taken: Collection[str], folder: str, stem: str, ending: str) -> str:
    """``folder/stem.ending``, or with ``-2``, ``-3`` … where a former one stands."""
    path, number = f"{folder}/{stem}.{ending}", 1
    while path in taken:
        number += 1
        path = f"{folder}/{stem}-{number}.{ending}"
    return path
