"""Passwords: nothing is hashed before somebody has one, and nobody's costs as much to check."""

import runpy
import sys
from types import CodeType, FrameType

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError

from archive_service.accounts import passwords


def test_a_process_starts_without_hashing_anything() -> None:
    called: set[CodeType] = set()

    def told(frame: FrameType, _event: str, _of: object) -> None:
        called.add(frame.f_code)

    sys.setprofile(told)
    try:
        read = runpy.run_path(passwords.__file__)
    finally:
        sys.setprofile(None)
    assert read["_of_nobody"].__code__ in called
    assert PasswordHasher.hash.__code__ not in called


def test_a_password_costs_what_the_library_asks_though_not_in_tests() -> None:
    """Tests hash cheaply, so this reads the module anew, as a process of the archive does."""
    asked = PasswordHasher()
    made = runpy.run_path(passwords.__file__)["hash_password"]("mot-hai-ba-bon")
    assert not asked.check_needs_rehash(made)
    assert asked.check_needs_rehash(passwords.hash_password("mot-hai-ba-bon"))
    assert passwords.verify_password("mot-hai-ba-bon", made)


def test_the_hash_of_nobody_is_well_formed_and_costs_what_a_real_one_does() -> None:
    assert not PasswordHasher().check_needs_rehash(passwords._NOBODY)
    with pytest.raises(VerifyMismatchError):  # it was computed; another error would be quicker
        PasswordHasher().verify(passwords._NOBODY, "mot-hai-ba-bon")
