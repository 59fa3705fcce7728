"""What a password has to be (QCVN 12:2026/BCA 3.7), as the settings say it."""

import datetime as dt
from dataclasses import dataclass

from archive_service import clock
from archive_service.domain.people.account import Account
from archive_service.errors import InputError, NotAllowedError
from archive_service.settings import DEMO_MARK, AccountSettings, Settings
from archive_service.text import fold

_DIFFERENT = 5  # letters that a password has at least: "aaaaaaaaaaaa" is long and no password
_SHORTEST_NAME = 4  # a shorter name of an account stands in too many words
_LOOKALIKES = str.maketrans("013457@$", "oieastas")


@dataclass(frozen=True, slots=True)
class PasswordRules:
    """``length`` letters of ``classes`` kinds, or ``long`` ones of any."""

    length: int = 8
    classes: int = 4
    long: int = 12
    history: int = 10
    words: tuple[str, ...] = ()

    @classmethod
    def of(cls, given: AccountSettings) -> "PasswordRules":
        """The rules of these settings."""
        return cls(
            length=given.password_length,
            classes=given.password_classes,
            long=given.password_long,
            history=given.password_history,
            words=tuple(given.password_words),
        )

    def facts(self) -> dict[str, int]:
        """What messages and pages say of them."""
        return {
            "length": self.length,
            "classes": self.classes,
            "long": self.long,
            "different": _DIFFERENT,
        }


DEFAULT = PasswordRules()


class WeakPasswordError(InputError):
    """Too short, of too few kinds of letters, or of too few different ones."""


class CommonPasswordError(InputError):
    """Hardly more than the name of the account or a word that everybody tries first."""


class UsedPasswordError(InputError):
    """One of the last ones of this account."""


class PasswordOldError(NotAllowedError):
    """The password is older than the role may use one: another is chosen first."""


def require_strong(password: str, rules: PasswordRules, *, name: str = "") -> None:
    """See that the password keeps to the rules; ``name`` is that of its account.

    Raises:
        WeakPasswordError, CommonPasswordError
    """
    is_long = len(password) >= rules.long
    is_mixed = len(password) >= rules.length and _kinds(password) >= rules.classes
    if not (is_long or is_mixed) or len(set(password)) < _DIFFERENT:
        raise WeakPasswordError(**rules.facts())
    plain = _plain(password)
    for read in (plain, _plain(password.translate(_LOOKALIKES))):
        rest = read
        for word in (*rules.words, *([name] if len(name) >= _SHORTEST_NAME else [])):
            rest = rest.replace(_plain(word) or " ", "")
        if rest != read and len(rest) < rules.length:
            raise CommonPasswordError(left=len(rest), length=rules.length)


def is_old(row: Account, settings: Settings) -> bool:
    """Whether the password is older than its role may use it; never in a home of the demo."""
    terms = dict(password_day.split(":") for password_day in settings.accounts.password_days)
    if row.role.value not in terms or row.password_hash is None:
        return False
    since = row.password_set_at or row.created_at
    is_due = clock.now() - since > dt.timedelta(days=int(terms[row.role.value]))
    return is_due and not (settings.home / DEMO_MARK).is_file()


def _kinds(password: str) -> int:
    return sum(
        any(map(is_one, password))
        for is_one in (str.islower, str.isupper, str.isdigit, lambda letter: not letter.isalnum())
    )


def _plain(text: str) -> str:
    """Small letters and digits alone, without marks: as a guesser types Vietnamese."""
    return "".join(letter for letter in fold(text) if letter.isalnum())
