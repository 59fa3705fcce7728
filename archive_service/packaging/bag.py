"""BagIt 1.0 (RFC 8493) around a package: tag files from digests that are already known."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

DECLARATION = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


@dataclass(frozen=True, slots=True)
class Payload:
    """One file of the payload; ``path`` without the leading ``data/``."""

    path: str
    sha256: str
    size_bytes: int


def bag_tag_files(payload: Iterable[Payload], info: Mapping[str, str]) -> dict[str, bytes]:
    """The tag files by path; the payload itself goes to ``data/`` of the same folder.

    ``info`` are lines for bag-info.txt beside ``Payload-Oxum``; none of them breaks.
    """
    ordered = sorted(payload, key=lambda each: each.path)
    total = sum(each.size_bytes for each in ordered)
    lines = "".join(f"{each.sha256}  data/{_escaped(each.path)}\n" for each in ordered)
    files = {
        "bagit.txt": DECLARATION,
        "bag-info.txt": bag_info(info, size_bytes=total, files=len(ordered)),
        "manifest-sha256.txt": lines.encode(),
    }
    digests = {path: hashlib.sha256(data).hexdigest() for path, data in files.items()}
    return files | {"tagmanifest-sha256.txt": tag_manifest(digests)}


def bag_info(info: Mapping[str, str], *, size_bytes: int, files: int) -> bytes:
    """bag-info.txt of a payload of so many bytes and files."""
    lines = {**info, "Payload-Oxum": f"{size_bytes}.{files}"}
    return "".join(f"{name}: {_one_line(text)}\n" for name, text in lines.items()).encode()


def tag_manifest(digests: Mapping[str, str]) -> bytes:
    """The digests of the other tag files, by path."""
    return "".join(f"{digest}  {path}\n" for path, digest in sorted(digests.items())).encode()


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _escaped(path: str) -> str:
    """RFC 8493, 2.1.3: only these three, as they would break the manifest."""
    return path.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
