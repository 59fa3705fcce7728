"""A package leaves as one ZIP, or inside a bag, and always as the same bytes."""

import hashlib
import io
import zipfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO

import pytest

from archive_service.packaging.bag import Payload, bag_tag_files
from archive_service.packaging.export import write_zip

FILES = {"METS.xml": b"<mets/>" * 90, "representations/rep1/data/a b.pdf": b"%PDF-1.7"}


def entries(names: list[str]) -> list[tuple[str, Callable[[], IO[bytes]]]]:
    return [(name, partial(io.BytesIO, FILES[name])) for name in names]


def test_every_file_stands_below_one_folder(tmp_path: Path) -> None:
    done = write_zip(tmp_path / "a.zip", "urn_uuid_X", entries(list(FILES)))
    with zipfile.ZipFile(done.path) as archive:
        assert archive.namelist() == [f"urn_uuid_X/{name}" for name in sorted(FILES)]
        assert archive.read("urn_uuid_X/METS.xml") == FILES["METS.xml"]
    data = done.path.read_bytes()
    assert (done.files, done.size_bytes) == (2, len(data))
    assert done.sha256 == hashlib.sha256(data).hexdigest()


def test_the_same_content_gives_the_same_bytes_in_any_order(tmp_path: Path) -> None:
    first = write_zip(tmp_path / "a.zip", "p", entries(sorted(FILES)))
    second = write_zip(tmp_path / "b.zip", "p", entries(sorted(FILES, reverse=True)))
    assert first.sha256 == second.sha256


@pytest.mark.parametrize("name", ["../x", "/etc/x", "a\\b", ""])
def test_a_name_that_leaves_the_folder_is_never_written(name: str, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="not a name"):
        write_zip(tmp_path / "a.zip", "p", [(name, lambda: io.BytesIO(b""))])
    assert list(tmp_path.iterdir()) == []


def test_a_source_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    def fails() -> IO[bytes]:
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        write_zip(tmp_path / "a.zip", "p", [*entries(["METS.xml"]), ("z.pdf", fails)])
    assert list(tmp_path.iterdir()) == []


def test_an_older_export_stays_until_the_new_one_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "a.zip"
    target.write_bytes(b"older")
    with pytest.raises(KeyError):
        write_zip(target, "p", [("z.pdf", lambda: io.BytesIO(FILES["none"]))])
    assert target.read_bytes() == b"older"


def test_a_bag_names_every_file_with_its_digest_and_the_sum_of_sizes() -> None:
    payload = [
        Payload(f"urn_uuid_X/{path}", hashlib.sha256(data).hexdigest(), len(data))
        for path, data in FILES.items()
    ]
    tags = bag_tag_files(payload, {"Source-Organization": "Trung tâm\nLưu trữ"})
    assert tags["bagit.txt"] == b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    info = tags["bag-info.txt"].decode()
    assert "Source-Organization: Trung tâm Lưu trữ\n" in info
    assert f"Payload-Oxum: {sum(map(len, FILES.values()))}.2\n" in info
    lines = tags["manifest-sha256.txt"].decode().splitlines()
    digest = hashlib.sha256(FILES["METS.xml"]).hexdigest()
    assert f"{digest}  data/urn_uuid_X/METS.xml" in lines
    told = {}
    for line in tags.pop("tagmanifest-sha256.txt").decode().splitlines():
        digest, path = line.split("  ")
        told[path] = digest
    assert told == {path: hashlib.sha256(data).hexdigest() for path, data in tags.items()}


def test_a_line_break_in_a_name_cannot_forge_a_line_of_the_manifest() -> None:
    tags = bag_tag_files([Payload("a\nb 100%.txt", "0" * 64, 1)], {})
    assert tags["manifest-sha256.txt"].decode() == f"{'0' * 64}  data/a%0Ab 100%25.txt\n"
