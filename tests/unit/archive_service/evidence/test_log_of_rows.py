"""Which of several events tells the inventory of a version."""

from typing import Any

import pytest

from archive_service.evidence.log_of_rows import BUILT, STORED, ToldVersions

A, B = "a" * 64, "b" * 64


def event(tag: str, digest: str | None = None, **more: Any) -> tuple[str, str, dict[str, Any]]:
    told = {} if digest is None else {"inventory_sha256": digest}
    return tag, "id", {"version": 1, **told, **more}


BROUGHT_BACK: tuple[str, str, dict[str, Any]] = ("archive:restored", "", {})


@pytest.mark.parametrize(
    ("events", "counts", "odd"),
    [
        ([event(BUILT, A), event(STORED, A)], A, []),
        ([event(BUILT, A), event(STORED, A), event(BUILT, B), event(STORED, B)], A, [3, 4]),
        ([event(BUILT, A), event(BUILT, B)], A, [2]),
        ([event(BUILT, A), BROUGHT_BACK, event(BUILT, B), event(STORED, B)], B, []),
        ([event(BUILT, A), event(STORED, A), BROUGHT_BACK, event(BUILT, B)], A, [4]),
        ([event(BUILT), event(STORED)], "", []),
        ([event(BUILT, A), event(STORED)], A, []),
        ([event(BUILT, A), event(BUILT, B, version="1")], A, [2]),
    ],
    ids=[
        *("once", "again once stored", "again", "lost by a restore", "stored before the restore"),
        *("earlier release", "stored without digest", "of another shape"),
    ],
)
def test_what_copies_were_told_to_hold_is_never_told_otherwise(
    events: list[tuple[str, str, dict[str, Any]]], counts: str, odd: list[int]
) -> None:
    found = ToldVersions()
    for number, each in enumerate(events, start=1):
        found.take(number, *each)
    assert (found.by_key["id", 1].inventory, found.odd) == (counts, odd)
