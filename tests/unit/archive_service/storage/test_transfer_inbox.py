"""A manifest by network is written down as it comes, and keeps the packages that it names."""

import io
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from archive_service.storage.reader import CHUNK_BYTES
from archive_service.storage.transfer_inbox import TransferInbox

TRANSFER = UUID("12345678-0000-4000-8000-000000000001")


class Coming(io.BytesIO):
    """Bytes that come in pieces; the largest that was asked for is kept."""

    largest = 0

    def read(self, size: int | None = -1) -> bytes:
        """The next piece."""
        assert size is not None
        assert 0 <= size <= CHUNK_BYTES, "all of it was asked for at once"
        self.largest = max(self.largest, size)
        return super().read(size)


class Broken(io.BytesIO):
    """A sender that goes away."""

    def read(self, *_: Any) -> bytes:
        """Nothing any more."""
        raise ConnectionError


def test_a_manifest_is_never_held_and_nothing_stays_of_one_that_broke_off(tmp_path: Path) -> None:
    inbox = TransferInbox(tmp_path / "inbox")
    source = Coming(b"<manifest/>" * 400_000)
    place = inbox.lay_out(source)
    assert source.largest > 0
    assert (place / "manifest.xml").stat().st_size == 11 * 400_000
    inbox.drop(place)
    with pytest.raises(ConnectionError):
        inbox.lay_out(Broken())
    assert list((tmp_path / "inbox").iterdir()) == []


def test_the_same_manifest_again_keeps_what_came_and_another_one_does_not(tmp_path: Path) -> None:
    inbox = TransferInbox(tmp_path / "inbox")
    for document, packages in ((b"one", []), (b"one", ["a.zip"]), (b"two", [])):
        place = inbox.lay_out(io.BytesIO(document))
        inbox.keep_manifest(TRANSFER, place)
        inbox.drop(place)
        folder = inbox.folder(TRANSFER)
        assert (folder / "manifest.xml").read_bytes() == document
        assert [path.name for path in (folder / "packages").iterdir()] == packages
        (folder / "packages" / "a.zip").write_bytes(b"a")
