"""Forms and scripts prove that they come from our own pages."""

import contextlib
import secrets
import tempfile
from pathlib import Path

from flask import Flask, g, request
from flask_wtf.csrf import CSRFError, CSRFProtect, ValidationError, validate_csrf

from archive_service.errors import NotAllowedError

HEADER = "X-CSRFToken"
_SECRET = Path("keys") / "web.secret"
# Asked by programs without a token: done in nobody's name, there is nothing to forge.
_IN_NOBODYS_NAME = {"api_accounts.ask"}


class FormExpiredError(NotAllowedError):
    """The form's token is missing, of another browser, or too old."""


def install(app: Flask, home: Path, *, valid_s: int) -> None:
    """Check every changing request that a browser's session carries; bearer tokens need none."""
    app.secret_key = web_secret(home)
    app.config.update(WTF_CSRF_CHECK_DEFAULT=False, WTF_CSRF_TIME_LIMIT=valid_s)
    protection = CSRFProtect(app)

    def check() -> None:
        if g.get("bearer") or request.endpoint in _IN_NOBODYS_NAME:
            return
        try:
            protection.protect()
        except CSRFError as wrong:
            raise FormExpiredError(reason=wrong.description) from None

    app.before_request(check)


def require_token(token: str) -> None:
    """The token of a form that is not sent yet.

    Raises:
        FormExpiredError
    """
    try:
        validate_csrf(token)
    except ValidationError as wrong:
        raise FormExpiredError(reason=str(wrong)) from None


def web_secret(home: Path) -> str:
    """The key that signs form tokens, made once for a home; every process reads the same."""
    final = home / _SECRET
    if not final.exists():
        final.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=final.parent, prefix=".web-") as folder:
            made = Path(folder) / "secret"
            made.touch(mode=0o600)
            made.write_text(secrets.token_hex(32), encoding="ascii")
            with contextlib.suppress(FileExistsError):  # another process was first
                final.hardlink_to(made)
    return final.read_text(encoding="ascii")
