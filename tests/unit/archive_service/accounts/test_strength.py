"""What a password has to be: length, kinds, different letters, and no word that everybody tries."""

import datetime as dt
from pathlib import Path

import pytest

from archive_service import clock
from archive_service.accounts.strength import (
    CommonPasswordError,
    PasswordRules,
    WeakPasswordError,
    is_old,
    require_strong,
)
from archive_service.domain.people.account import Account, Role
from archive_service.settings import load_settings

# Stations and programs of partners sign in with tokens, the operator and workers with nothing.
_NO_PERSON = (Role.STATION, Role.PARTNER, Role.OPERATOR, Role.WORKER)
PEOPLE = [role for role in Role if role not in _NO_PERSON]
RULES = PasswordRules(words=("matkhau", "123456", "password"))


@pytest.mark.parametrize(
    "password",
    ["Ab1!xyzw", "mot hai ba bon", "con mèo quên mật khẩu cũ rồi", "lan-va-nhung-ban-khac"],
)
def test_long_or_mixed_ones_are_taken(password: str) -> None:
    require_strong(password, RULES, name="lan.nguyen")


@pytest.mark.parametrize(
    "password", ["", "Ab1!xyz", "ab1!xyzw", "Abcdefg1", "aaaaaaaaaaaa", "abababababab"]
)
def test_short_uniform_or_repeated_ones_are_weak(password: str) -> None:
    with pytest.raises(WeakPasswordError):
        require_strong(password, RULES)


@pytest.mark.parametrize(
    "password",
    ["Mật khẩu 2026!", "MatKhau-123456", "M@tkh4u2026!", "P@ssw0rd1234!", "lan.nguyen1990"],
)
def test_words_that_everybody_tries_and_the_own_name_count_for_nothing(password: str) -> None:
    with pytest.raises(CommonPasswordError):
        require_strong(password, RULES, name="lan.nguyen")


def test_the_settings_may_ask_for_less_kinds_or_more_length() -> None:
    require_strong("abcdefg1", PasswordRules(classes=2))
    with pytest.raises(WeakPasswordError):
        require_strong("mot hai ba bon", PasswordRules(length=20, long=20))


@pytest.mark.parametrize("role", PEOPLE)
def test_the_password_of_every_role_gets_old(tmp_path: Path, role: Role) -> None:
    settings, now = load_settings(tmp_path), clock.now()
    days = 60 if role in {Role.ADMIN, Role.AGENCY_ADMIN} else 180
    row = Account(name="an", role=role, password_hash="x", created_at=now)
    for age, old in ((days - 1, False), (days + 1, True)):
        row.password_set_at = now - dt.timedelta(days=age)
        assert is_old(row, settings) is old
