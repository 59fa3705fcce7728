"""Passwords: nothing is hashed before somebody has one, and nobody's costs as much to check."""

import runpy

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from archive_service.accounts import passwords


def test_a_process_starts_without_hashing_anything(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(PasswordHasher, "hash", _never)
    assert runpy.run_path(passwords.__file__)["verify_password"]("mot-hai-ba-bon", None) is False


def test_the_hash_of_nobody_is_well_formed_and_costs_what_a_real_one_does() -> None:
    assert not PasswordHasher().check_needs_rehash(passwords._NOBODY)
    with pytest.raises(VerifyMismatchError):  # it was computed; another error would be quicker
        PasswordHasher().verify(passwords._NOBODY, "mot-hai-ba-bon")


def _never(*_: object) -> str:
    raise AssertionError("hashed")
