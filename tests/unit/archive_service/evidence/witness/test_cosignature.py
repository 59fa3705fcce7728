"""Keys and cosignatures as C2SP has them, checked by hand."""

import base64
from hashlib import sha256
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from archive_service import clock
from archive_service.errors import ArchiveError
from archive_service.evidence.checkpoint import make_checkpoint
from archive_service.evidence.witness.cosignature import (
    cosigned_at,
    find_cosignature,
    make_key,
    parse_vkey,
    read_key,
)

CHECKPOINT = make_checkpoint("H40.99", 7, bytes(32), None)


def test_a_line_is_signed_over_the_words_of_the_specification(tmp_path: Path) -> None:
    cosigner = make_key(tmp_path / "keys" / "key", "witness.example")
    line = cosigner.cosign(CHECKPOINT)
    mark, name, told = line.split()
    data = base64.b64decode(told)
    public = cosigner.key.public
    key_id = sha256(b"witness.example\n\x04" + public).digest()[:4]
    assert (mark, name, data[:4], len(data)) == ("\u2014", "witness.example", key_id, 76)
    seconds = int.from_bytes(data[4:12], "big")
    root = base64.b64encode(bytes(32)).decode()
    words = f"cosignature/v1\ntime {seconds}\nH40.99\n7\n{root}\n"
    Ed25519PublicKey.from_public_bytes(public).verify(data[12:], words.encode())
    at = cosigned_at(CHECKPOINT, line, cosigner.key)
    assert at is not None
    assert abs((clock.now() - at).total_seconds()) < 600
    others = make_key(tmp_path / "other", "other").cosign(CHECKPOINT)
    assert find_cosignature(CHECKPOINT, f"no line\n{others}{line}", cosigner.key) == line


def test_no_other_checkpoint_key_or_moment_passes(tmp_path: Path) -> None:
    cosigner = make_key(tmp_path / "key", "w")
    other = make_key(tmp_path / "other", "w")
    line = cosigner.cosign(CHECKPOINT)
    name, _, told = line.strip().rpartition(" ")
    data = base64.b64decode(told)
    later = data[:4] + (int.from_bytes(data[4:12], "big") + 1).to_bytes(8, "big") + data[12:]
    never = data[:4] + b"\xff" * 8 + data[12:]
    assert cosigned_at(make_checkpoint("H40.99", 8, bytes(32), None), line, cosigner.key) is None
    assert cosigned_at(CHECKPOINT, line, other.key) is None
    for bent in (later, never, data[:-1], b""):
        changed = f"{name} {base64.b64encode(bent).decode()}\n"
        assert cosigned_at(CHECKPOINT, changed, cosigner.key) is None
    for odd in ("", "\u2014 w", "\u2014 w ?"):
        assert cosigned_at(CHECKPOINT, odd, cosigner.key) is None


def test_a_key_is_told_and_read_as_one_line(tmp_path: Path) -> None:
    made = make_key(tmp_path / "key", "w")
    assert parse_vkey(f" {made.key.vkey}\n") == made.key == read_key(tmp_path / "key").key
    assert (tmp_path / "key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(ArchiveError) as there:
        make_key(tmp_path / "key", "w")
    assert there.value.code == "witness-key-exists"


def test_what_is_no_key_is_refused(tmp_path: Path) -> None:
    vkey = make_key(tmp_path / "key", "w").key.vkey
    for text in (vkey[:-4], f"v{vkey[1:]}", "w+?+?", ""):
        with pytest.raises(ArchiveError) as odd:
            parse_vkey(text)
        assert odd.value.code == "witness-key"


def test_a_damaged_file_and_an_odd_name_are_no_key(tmp_path: Path) -> None:
    with pytest.raises(ArchiveError) as named:
        make_key(tmp_path / "key", "a b")
    assert named.value.code == "witness-key"
    with pytest.raises(ArchiveError) as missing:
        read_key(tmp_path / "key")
    assert missing.value.code == "witness-key-missing"
    make_key(tmp_path / "key", "w")
    whole = (tmp_path / "key").read_text("ascii")
    for text in (whole.replace("+w+", "+v+"), whole[:-9], "PRIVATE+KEY+w+x+!"):
        (tmp_path / "key").write_text(text, encoding="ascii")
        with pytest.raises(ArchiveError) as damaged:
            read_key(tmp_path / "key")
        assert damaged.value.code == "witness-key"
