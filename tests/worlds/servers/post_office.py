"""A mail server on loopback whose answers a test chooses, and the letters it took."""

import email
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import default
from typing import Any, cast

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class PostOffice:
    """What it answers to whom: ``rcpt`` and ``data`` by address; and what it took."""

    rcpt: dict[str, str] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    taken: list[EmailMessage] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    url: str = ""

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's own name
        self,
        server: SMTP,  # noqa: ARG002 - aiosmtpd's own form
        session: Session,  # noqa: ARG002 - likewise
        envelope: Envelope,
        address: str,
        options: list[str],  # noqa: ARG002 - likewise
    ) -> str:
        """Take the address, or give the answer that was chosen for it."""
        self.tried.append(address)
        if address in self.rcpt:
            return self.rcpt[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - likewise
        self,
        server: SMTP,  # noqa: ARG002 - likewise
        session: Session,  # noqa: ARG002 - likewise
        envelope: Envelope,
    ) -> str:
        """Take the letter, or give the answer that was chosen."""
        to = envelope.rcpt_tos[0]
        if to in self.data:
            return self.data[to]
        content = cast("bytes", envelope.content)
        self.taken.append(email.message_from_bytes(content, policy=default))
        return "250 taken"

    def text_to(self, address: str) -> str:
        """The plain text of the last letter to this address."""
        letter = [email_message for email_message in self.taken if email_message["To"] == address][
            -1
        ]
        body: Any = letter.get_body(("plain",))
        return str(body.get_content())


@contextmanager
def post_office(**more: Any) -> Iterator[PostOffice]:
    """A server that runs as long as the block; ``more`` goes to aiosmtpd."""
    office = PostOffice()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(office, hostname="127.0.0.1", port=port, **more)
    controller.start()
    scheme = "smtps" if more.get("ssl_context") else "smtp"
    office.url = f"{scheme}://127.0.0.1:{port}"
    try:
        yield office
    finally:
        controller.stop()


@contextmanager
def dropping_amid_data() -> Iterator[tuple[str, list[bytes]]]:
    """A server that hangs up in the middle of a letter; its URL and what it heard of letters."""
    heard: list[bytes] = []
    listening = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            try:
                line, _ = listening.accept()
            except OSError:
                return
            with line, suppress(OSError):
                _hang_up_amid(line, heard)

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield f"smtp://127.0.0.1:{listening.getsockname()[1]}", heard
    finally:
        with suppress(OSError):
            listening.shutdown(socket.SHUT_RDWR)
        listening.close()


def _hang_up_amid(line: socket.socket, heard: list[bytes]) -> None:
    line.sendall(b"220 here\r\n")
    said = line.makefile("rb")
    while command := said.readline():
        if command.upper().startswith(b"DATA"):
            line.sendall(b"354 go on\r\n")
            heard.append(said.readline())
            return
        line.sendall(b"250 OK\r\n")
