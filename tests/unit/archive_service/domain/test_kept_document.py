"""Documents as they are kept: plain or packed, given back byte for byte, or told to be damaged."""

import base64
import gzip
import hashlib
import io
import zlib
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_service.domain.kept_document import MOST_BYTES, PLAIN_BYTES, Kept, KeptDamagedError

LINE = "<hồ-sơ số='{}'>Quyết định về việc lưu trữ</hồ-sơ>\n"


def long(count: int = 10_000) -> bytes:
    return "".join(LINE.format(number) for number in range(count)).encode()


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def packed(document: bytes) -> str:
    return base64.b64encode(gzip.compress(document)).decode()


@pytest.mark.parametrize(
    ("document", "is_packed"),
    [
        (b"", False),
        (b"<a/>", False),
        ("<a>Hồ sơ 😀</a>".encode(), False),
        (b"x" * PLAIN_BYTES, False),
        (b"x" * (PLAIN_BYTES + 1), True),
        (long(), True),
        (b"H4sI is no XML", True),
        ("<a>Hồ</a>".encode("utf-16"), True),
    ],
)
def test_what_is_kept_is_given_back_byte_for_byte(document: bytes, *, is_packed: bool) -> None:
    kept = Kept.of([document])
    assert kept.sha256 == sha256(document)
    assert kept.text.startswith("H4sI") == is_packed
    assert kept.read() == document == b"".join(kept)
    assert kept.is_sound()
    if is_packed:
        assert gzip.decompress(base64.b64decode(kept.text, validate=True)) == document
    else:
        assert kept.text == document.decode()


@given(st.lists(st.binary(max_size=70_000), max_size=12))
def test_in_whatever_pieces_it_comes_it_is_the_same(pieces: list[bytes]) -> None:
    whole = b"".join(pieces)
    kept = Kept.of(pieces)
    assert (kept.read(), kept.sha256) == (whole, sha256(whole))
    assert Kept.read_from(io.BytesIO(whole)) == Kept(kept.text, kept.sha256)


def test_a_long_one_is_short_where_it_is_kept_and_the_same_each_time() -> None:
    document = long()
    first, again = (
        Kept.of([document]),
        Kept.of(document[at : at + 7] for at in range(0, len(document), 7)),
    )
    assert first == again
    assert len(first.text) < len(document) / 5


def test_its_stream_is_read_in_any_portion() -> None:
    document = long()
    with Kept.of([document]).open() as source:
        assert source.read(5) == document[:5]
        assert source.read(0) == b""
        assert source.read() == document[5:]
        assert source.read(1) == b""
    with Kept.of([document]).open() as source:
        assert b"".join(iter(lambda: source.read(1000), b"")) == document


def damaged() -> Iterator[tuple[str, str]]:
    text = Kept.of([long()]).text
    middle = len(text) // 2 // 4 * 4
    yield "cut off", text[:middle]
    yield "cut in a letter", text[:-3]
    yield "a letter of none", f"{text[:middle]}*{text[middle + 1 :]}"
    yield "no letter at all", f"{text[:middle]}ồ{text[middle + 1 :]}"
    yield (
        "another letter",
        f"{text[:middle]}{'A' if text[middle] != 'A' else 'B'}{text[middle + 1 :]}",
    )
    yield "more behind", packed(long())[:-4] + base64.b64encode(b"more").decode()
    yield "two together", base64.b64encode(gzip.compress(b"a") + gzip.compress(b"b")).decode()
    yield "its head alone", "H4sI"


@pytest.mark.parametrize("text", [pytest.param(text, id=name) for name, text in damaged()])
def test_a_damaged_one_is_told_with_the_digest_that_it_should_have(text: str) -> None:
    kept = Kept(text, sha256(long()))
    with pytest.raises(KeptDamagedError) as told:
        kept.read()
    assert told.value.facts == {"sha256": sha256(long())}
    assert told.value.code == "kept-document-damaged"
    assert not kept.is_sound()


def test_another_document_is_not_sound() -> None:
    for document in (long(), b"<a/>"):
        assert not Kept(Kept.of([document]).text, sha256(b"<b/>")).is_sound()


def test_what_would_unpack_without_end_is_stopped() -> None:
    packing, nothing = zlib.compressobj(wbits=31), bytes(1 << 20)
    bomb = b"".join(packing.compress(nothing) for _ in range((MOST_BYTES >> 20) + 1))
    bomb += packing.flush()
    lengths: list[int] = []
    with pytest.raises(KeptDamagedError):
        lengths.extend(map(len, Kept(base64.b64encode(bomb).decode(), "")))
    assert max(lengths) <= 1 << 18
    assert sum(lengths) <= MOST_BYTES
