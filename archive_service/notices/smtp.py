"""Letters over SMTP (RFC 5321): one connection a letter, encrypted where a password is sent."""

import base64
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.policy import SMTP
from urllib.parse import parse_qs, unquote, urlsplit

from archive_service.notices.mail import (
    Letter,
    MailCertificateError,
    MailDelayedError,
    MailRefusedError,
    MailUnavailableError,
    MailUrlError,
)

_PORTS = {"smtp": 25, "smtps": 465}
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}
_TEMPORARY, _PERMANENT = 400, 500
_REPLY = 300  # letters of a server's answer that are kept


class SmtpMailer:
    """``Mailer`` over one server."""

    def __init__(self, url: str, *, sender: str, timeout_s: float) -> None:
        parts = urlsplit(url)
        asked = parse_qs(parts.query)
        try:
            self._host, self._port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
        except ValueError:
            raise MailUrlError(reason="port") from None
        if not self._host or asked.keys() - {"starttls", "ca"}:
            raise MailUrlError(reason="host" if not self._host else "query")
        self._at_once = parts.scheme == "smtps"
        self._starttls = asked.get("starttls", ["false"])[-1] == "true"
        self._ca = asked.get("ca", [""])[-1]
        self._user, self._password = unquote(parts.username or ""), unquote(parts.password or "")
        is_open = not (self._at_once or self._starttls)
        if self._user and is_open and self._host not in _LOOPBACK:
            raise MailUrlError(reason="password-in-clear")
        if not (self._user + self._password).isascii():  # Python's smtplib sends no other
            raise MailUrlError(reason="password-letters")
        self._sender = sender
        self._timeout_s = timeout_s

    @property
    def is_used(self) -> bool:
        """See ``Mailer.is_used``."""
        return True

    def send(self, letter: Letter) -> str:
        """See ``Mailer.send``."""
        body = letter.message.as_bytes(policy=SMTP)
        with self._line() as line:
            self._require(line.mail(self._sender))
            self._judge(line.rcpt(letter.to), letter)
            return self._judge(line.data(body), letter)

    def ask(self) -> str:
        """See ``Mailer.ask``."""
        with self._line() as line:
            code, answer = line.noop()
            self._require((code, answer))
            return "answers"

    @contextmanager
    def _line(self) -> Iterator[smtplib.SMTP]:
        """A connection that is greeted, encrypted and signed in as the URL asks."""
        try:
            line = self._connected()
            try:
                yield line
            finally:
                with suppress(smtplib.SMTPException, OSError):
                    line.quit()
                line.close()
        except ssl.SSLCertVerificationError as wrong:
            raise MailCertificateError(
                server=self._server, reason=self._told(wrong.verify_message)
            ) from None
        except (smtplib.SMTPException, OSError) as trouble:
            raise self._silent(str(trouble) or type(trouble).__name__) from None

    def _connected(self) -> smtplib.SMTP:
        named = self._sender.rpartition("@")[2] or "localhost"
        if self._at_once:
            line: smtplib.SMTP = smtplib.SMTP_SSL(
                self._host,
                self._port,
                local_hostname=named,
                timeout=self._timeout_s,
                context=self._context(),
            )
        else:
            line = smtplib.SMTP(
                self._host, self._port, local_hostname=named, timeout=self._timeout_s
            )
        try:
            line.ehlo_or_helo_if_needed()
            if self._starttls:
                line.starttls(context=self._context())
                line.ehlo()
            if self._user:
                line.login(self._user, self._password)
        except BaseException:
            line.close()
            raise
        return line

    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context(cafile=self._ca or None)
        # Python 3.13 asks more of the form of certificates: an office's own authority would fail.
        context.verify_flags &= ~ssl.VERIFY_X509_STRICT
        return context

    def _require(self, answer: tuple[int, bytes]) -> None:
        """What is asked before the address is named is the server's trouble, not the address's."""
        if answer[0] >= _TEMPORARY or answer[0] < 0:
            raise self._silent(_told(answer))

    def _judge(self, answer: tuple[int, bytes], letter: Letter) -> str:
        code, words = answer[0], _told(answer)
        if code >= _PERMANENT:
            raise MailRefusedError(address=letter.to, reply=words)
        if code >= _TEMPORARY:
            raise MailDelayedError(address=letter.to, reply=words)
        if code < 0:
            raise self._silent(words)
        return words

    def _silent(self, reason: str) -> MailUnavailableError:
        return MailUnavailableError(server=self._server, reason=self._told(reason))

    @property
    def _server(self) -> str:
        return f"{self._host}:{self._port}"

    def _told(self, reason: str) -> str:
        """What is kept of a reason: a server may repeat what it was told, the password too."""
        words = reason
        for secret in (self._password, base64.b64encode(self._password.encode()).decode()):
            words = words.replace(secret, "…") if self._password else words
        return words[:_REPLY]


def _told(answer: tuple[int, bytes]) -> str:
    reason = answer[1].decode("utf-8", "replace")
    plain = "".join(letter if letter.isprintable() else " " for letter in reason)
    return f"{answer[0]} {plain}"[:_REPLY]
