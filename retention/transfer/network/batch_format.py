"""Several packages in one request: a line of JSON that names them, then their bytes in its order.

The line is ``{"packages": [{"ordinal": 1, "size_bytes": 1000, "sha256": "…"}, …]}`` and ends with a
line feed. Each package stands alone: of a body that breaks off, what came of it stays.
"""

import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any

from archive_service.errors import ConflictError, InputError

MEDIA_TYPE = "application/vnd.archive-service.packages"
MOST_BYTES = 64 << 20  # of the packages in one body
MOST_PACKAGES = 500
_LONGEST_LINE = 1 << 17  # bytes
_BUFFER_BYTES = 1 << 18
_DIGEST = re.compile(r"[0-9a-f]{64}")


class DeliveryBatchError(InputError):
    """The body does not begin with the line that names its packages, or is of another length."""


class DeliveryPackageOtherError(ConflictError):
    """Size or digest of a package are not those of the manifest that is here: ``ordinal``."""


@dataclass(frozen=True, slots=True)
class Part:
    """One package of a body, all of it; ``ordinal`` is the receiver's."""

    ordinal: int
    size_bytes: int
    sha256: str


def head_of(parts: Sequence[Part]) -> bytes:
    """The line that a body with these packages begins with."""
    named = [
        {"ordinal": part.ordinal, "size_bytes": part.size_bytes, "sha256": part.sha256}
        for part in parts
    ]
    return json.dumps({"packages": named}, separators=(",", ":")).encode() + b"\n"


def open_body(source: IO[bytes], *, length: int) -> tuple[list[Part], IO[bytes]]:
    """The packages of a body of ``length`` bytes, and what to read them from, one after another.

    Raises:
        DeliveryBatchError: nothing of it is to be taken.
    """
    body = io.BufferedReader(_Source(source), _BUFFER_BYTES)
    line = body.readline(_LONGEST_LINE)
    try:
        named = json.loads(line)["packages"]
        parts = [_part(node) for node in named]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise DeliveryBatchError(packages=MOST_PACKAGES, size=MOST_BYTES) from None
    size = sum(part.size_bytes for part in parts)
    is_bounded = 0 < len(parts) <= MOST_PACKAGES and size <= MOST_BYTES
    is_told_once = len({part.ordinal for part in parts}) == len(parts)
    if not (is_bounded and is_told_once and len(line) + size == length):
        raise DeliveryBatchError(packages=MOST_PACKAGES, size=MOST_BYTES)
    return parts, body


def _part(value: Any) -> Part:
    part = Part(value["ordinal"], value["size_bytes"], value["sha256"])
    numbers = (part.ordinal, part.size_bytes)
    if not all(type(number) is int and 0 <= number < 1 << 31 for number in numbers):
        raise ValueError(value)
    if not _DIGEST.fullmatch(part.sha256):
        raise ValueError(value)
    return part


class _Source(io.RawIOBase):
    """The body of a request as what can be buffered: small reads of its own are dear."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # narrower
        """See ``io.RawIOBase.readinto``."""
        data = self._source.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
