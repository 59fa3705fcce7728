"""A PKCS#11 token in this process: one session, one user at a time, back after it was away."""

import contextlib
import os
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from archive_service.signing.key_stores.pin import PinGuard
from archive_service.signing.port import (
    SigningKeyError,
    SigningKeyNotFoundError,
    TokenAwayError,
    TokenLockedError,
    TokenPinError,
)

Result = TypeVar("Result")


class Token:
    """One token, by its label, in the library at ``path``; made by ``token_of`` alone."""

    def __init__(self, library: "_Library", label: str) -> None:
        self._library, self._label = library, label
        self._session: Any = None
        self._generation = -1

    def use(self, guard: PinGuard, work: Callable[[Any], Result]) -> Result:
        """What ``work`` gives for the open session; nobody else uses the library meanwhile.

        A session that the token does not know any more is opened again, once.

        Raises:
            TokenAwayError: the token is not there, or fails.
            TokenPinError, TokenLockedError: it does not let us in.
            SigningKeyNotFoundError: ``work`` met no key (``pkcs11.NoSuchKey``).
        """
        import pkcs11

        with self._library.lock:
            if self._library.is_ours() and self._is_open():
                try:
                    return work(self._session)
                except pkcs11.PKCS11Error:
                    self._session = None  # the token was taken out, or forgot us
            try:
                return work(self._open(guard))
            except pkcs11.NoSuchKey as missing:
                raise SigningKeyNotFoundError(file=f"{self._label}/{missing}") from missing
            except pkcs11.PKCS11Error as trouble:
                self._session = None
                raise TokenAwayError(token=self._label, reason=_named(trouble)) from trouble

    def _is_open(self) -> bool:
        return self._session is not None and self._generation == self._library.generation

    def _open(self, guard: PinGuard) -> Any:
        if self._session is None or not self._library.is_ours():
            self._library.start_again()  # some libraries see a new token only then
        if not self._is_open():
            self._session = self._logged_in(self._found(), guard)
            self._generation = self._library.generation
        return self._session

    def _found(self) -> Any:
        import pkcs11

        try:
            return self._library.module().get_token(token_label=self._label)
        except pkcs11.NoSuchToken as away:
            raise TokenAwayError(token=self._label, reason="not in its slot") from away
        except pkcs11.MultipleTokensReturned as many:
            raise SigningKeyError(token=self._label, reason="two tokens of this label") from many

    def _logged_in(self, token: Any, guard: PinGuard) -> Any:
        import pkcs11

        pin = guard.pin()
        flags = pkcs11.TokenFlag
        if token.flags & (flags.USER_PIN_LOCKED | flags.USER_PIN_FINAL_TRY):
            raise TokenLockedError(token=self._label)
        with guard.trying(pin) as tried:
            try:
                return token.open(user_pin=pin)
            except pkcs11.UserAlreadyLoggedIn:
                return token.open()  # by another session of this process
            except (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange):
                tried.refused()
                raise TokenPinError(token=self._label, file=guard.file.as_posix()) from None
            except pkcs11.PinLocked:
                raise TokenLockedError(token=self._label) from None


class _Library:
    """A PKCS#11 module; sessions of an earlier ``generation`` are gone."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.lock = threading.RLock()
        self.generation = 0
        self._process = os.getpid()

    def is_ours(self) -> bool:
        """Whether it was initialised in this very process."""
        return self._process == os.getpid()

    def module(self) -> Any:
        """The loaded module; ``SigningKeyError`` if there is none at this path."""
        import pkcs11

        try:
            return pkcs11.lib(self.path)
        except pkcs11.PKCS11Error as trouble:
            if "OS exception" not in str(trouble):
                raise
            raise SigningKeyError(file=self.path, reason="no PKCS#11 library") from trouble

    def start_again(self) -> None:
        """End all its sessions, and look for tokens anew."""
        import pkcs11

        self.generation += 1
        self._process = os.getpid()
        module = self.module()
        with contextlib.suppress(pkcs11.PKCS11Error):  # after a fork it was ended already
            module.finalize()
        module.initialize()

    def after_fork(self) -> None:
        """A thread that is not in the child may have held the lock."""
        self.lock = threading.RLock()


_LIBRARIES: dict[str, _Library] = {}
_TOKENS: dict[tuple[str, str], Token] = {}
_REGISTER = threading.Lock()


def token_of(path: str, label: str) -> Token:
    """The one ``Token`` of this label in this process: its login is the process's own."""
    with _REGISTER:
        library = _LIBRARIES.setdefault(path, _Library(path))
        return _TOKENS.setdefault((path, label), Token(library, label))


def _after_fork() -> None:
    for library in _LIBRARIES.values():
        library.after_fork()


os.register_at_fork(after_in_child=_after_fork)


def _named(trouble: Exception) -> str:
    return str(trouble) or type(trouble).__name__
