"""Whom we trust: what is read from the folders of roots."""

from pathlib import Path

import pytest

from archive_service.signing.key_stores.kept import KeptTrust
from archive_service.signing.trust.demo_authority import DemoAuthority
from archive_service.signing.trust.roots import Trust, TrustFileError


def test_roots_helpers_and_revocation_lists_are_told_apart(tmp_path: Path) -> None:
    authority = DemoAuthority.open_or_make(tmp_path)
    trust = Trust.read(tmp_path)
    assert trust.roots == (authority.root_certificate(),)
    assert (len(trust.others), len(trust.revocations)) == (2, 2)


def test_a_root_in_der_is_read_too(tmp_path: Path) -> None:
    authority = DemoAuthority.open_or_make(tmp_path / "authority")
    (tmp_path / "root.cer").write_bytes(authority.root_certificate())
    assert Trust.read(tmp_path).roots == (authority.root_certificate(),)


def test_a_missing_folder_means_nobody(tmp_path: Path) -> None:
    assert Trust.read(tmp_path / "none") == Trust.none()


@pytest.mark.parametrize("name", ["root.crt", "root.crl"])
def test_a_file_that_is_no_certificate_stops_the_reading(name: str, tmp_path: Path) -> None:
    (tmp_path / name).write_text("not this")
    with pytest.raises(TrustFileError):
        Trust.read(tmp_path)


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("roots")
    assert Trust.read(tmp_path) == Trust.none()


def test_what_comes_into_the_folders_counts_without_a_restart(tmp_path: Path) -> None:
    authority = DemoAuthority.open_or_make(tmp_path / "authority")
    folder = tmp_path / "trust"
    kept = KeptTrust(folder)
    assert kept.now() == Trust.none()
    folder.mkdir()
    (folder / "root.crt").write_bytes(authority.root_certificate())
    known = kept.now()
    assert known.roots == (authority.root_certificate(),)
    assert kept.now() is known, "what did not change is not read again"

    (folder / "list.crl").write_bytes(b"half of a li")
    assert kept.now() is known
    (crl, *_) = Trust.read(tmp_path / "authority").revocations
    (folder / "list.crl").write_bytes(crl)
    assert kept.now().revocations == (crl,)
    (folder / "root.crt").unlink()
    assert kept.now().roots == ()
