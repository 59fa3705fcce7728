"""Good files with bytes changed, lost, doubled or put in: what a reader must answer, not die of."""

import io
import zipfile
from collections.abc import Mapping
from typing import NamedTuple

from hypothesis import strategies as st

# What parsers stumble over: ends of tags, entities, numbers that are none, lengths of ASN.1.
_TOKENS = (
    *(b"", b"<", b">", b"</", b"&#0;", b"&x;", b"<!DOCTYPE a>", b"]]>", b'"', b"\x00", b"\xff\xfe"),
    *(b"-1", b"99999999999999999999", b"NaN", b"1e309", b"\x30\x80", b"\x84\xff\xff\xff\xff"),
    *("\u202e".encode(), "Ậ".encode(), b"../", b"\r\n", b"null", b"[]", b"{}"),
)


class Change(NamedTuple):
    """At a share of the length so many bytes go, and these come."""

    place: float
    lost: int
    put: bytes


def changes() -> st.SearchStrategy[list[Change]]:
    """One to four of them."""
    put = st.sampled_from(_TOKENS) | st.binary(max_size=6)
    search_strategy = st.builds(
        Change, st.floats(0, 1), st.sampled_from((0, 1, 2, 8, 60, 4000)), put
    )
    return st.lists(search_strategy, min_size=1, max_size=4)


def mutant(data: bytes, wanted: list[Change]) -> bytes:
    """The bytes after these changes."""
    for place, lost, put in wanted:
        at = int(place * len(data))
        data = data[:at] + put + data[at + lost :]
    return data


def repacked(parts: Mapping[str, bytes]) -> bytes:
    """A ZIP of these."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for name, data in parts.items():
            target.writestr(name, data)
    return out.getvalue()


def parts_of(data: bytes) -> dict[str, bytes]:
    """Every part of a ZIP by its name."""
    with zipfile.ZipFile(io.BytesIO(data)) as source:
        return {one: source.read(one) for one in source.namelist()}
