"""The body that several packages come in, and which packages go in one."""

import hashlib
import io
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retention.transfer.network.batch_format import (
    MOST_BYTES,
    MOST_PACKAGES,
    DeliveryBatchError,
    Part,
    head_of,
    open_body,
)
from retention.transfer.network.sending_job import Batch, batches


class Trickling(io.BytesIO):
    """A source that gives a few bytes at a time, as a network does."""

    step = 1

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(min(size or 0, self.step))


@given(contents=st.lists(st.binary(max_size=400), min_size=1, max_size=8), step=st.integers(1, 500))
def test_packages_come_out_as_they_went_in(contents: list[bytes], step: int) -> None:
    parts = [
        Part(ordinal, len(data), hashlib.sha256(data).hexdigest())
        for ordinal, data in enumerate(contents, start=1)
    ]
    whole = head_of(parts) + b"".join(contents)
    source = Trickling(whole)
    source.step = step
    told, body = open_body(source, length=len(whole))
    assert told == parts
    assert [body.read(part.size_bytes) for part in told] == contents
    assert body.read(1) == b""


def _head(*sizes: int) -> bytes:
    return head_of([Part(ordinal, size, "0" * 64) for ordinal, size in enumerate(sizes, start=1)])


@pytest.mark.parametrize(
    ("head", "size_bytes"),
    [
        (b"", 0),
        (b"PK\x03\x04", 0),
        (b"[]\n", 0),
        (b"null\n", 0),
        (b'{"packages": []}\n', 0),
        (b'{"packages": [7]}\n', 0),
        (b'{"packages": [{"ordinal": 1, "size_bytes": 1}]}\n', 1),
        (_head(1).replace(b'"size_bytes":1', b'"size_bytes":-1'), 0),
        (_head(1).replace(b'"size_bytes":1', b'"size_bytes":true'), 1),
        (_head(1).replace(b'"ordinal":1', b'"ordinal":"1"'), 1),
        (_head(1).replace(b"0" * 64, b"x" * 64), 1),
        (_head(1).replace(b'"' + b"0" * 64 + b'"', b"0"), 1),
        (_head(1, 1).replace(b'"ordinal":2', b'"ordinal":1'), 2),
        (_head(5), 4),
        (_head(5), 6),
        (_head(MOST_BYTES, 1), MOST_BYTES + 1),
        (_head(*[0] * (MOST_PACKAGES + 1)), 0),
        (b"[" * 100_000, 0),
        (b" " * (1 << 18) + _head(1), 1),
    ],
    ids=range(19),
)
def test_a_body_that_does_not_say_what_it_holds_is_refused(head: bytes, size_bytes: int) -> None:
    with pytest.raises(DeliveryBatchError) as refused:
        open_body(io.BytesIO(head), length=len(head) + size_bytes)
    assert refused.value.code == "delivery-batch"


def _package(ordinal: int, size_bytes: int, received: int = 0) -> dict[str, Any]:
    return {"ordinal": ordinal, "size_bytes": size_bytes, "received": received}


def _grouped(packages: list[dict[str, Any]], most: Batch) -> list[list[int]]:
    return [[entry["ordinal"] for entry in some] for some in batches(packages, most)]


def test_small_packages_go_together_and_large_or_begun_ones_alone() -> None:
    packages = [
        _package(1, 40),
        _package(2, 200),
        _package(3, 60),
        _package(4, 1),
        _package(5, 9, 3),
    ]
    assert _grouped(packages, Batch(100, 10)) == [[2], [1, 3], [5], [4]]
    assert _grouped(packages, Batch(1000, 2)) == [[1, 2], [5], [3, 4]]


def test_to_an_archive_that_tells_of_no_batches_each_goes_alone() -> None:
    packages = [_package(ordinal, 1) for ordinal in (1, 2, 3)]
    assert _grouped(packages, Batch(0, 0)) == [[1], [2], [3]]
