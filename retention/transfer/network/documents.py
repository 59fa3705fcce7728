"""A transfer on its way over the network, as programs read it."""

from typing import Any

from pydantic import BaseModel


class SendingDocument(BaseModel):
    """``packages`` that the other side lacked when it began; ``trouble``: ``{code, facts}``."""

    folder: str
    at_once: bool
    asked_by: str
    asked_at: str
    packages: int
    packages_sent: int
    size_bytes: int
    bytes_sent: int
    trouble: dict[str, Any] | None
    trouble_at: str | None
    finished_at: str | None
    asked_last_at: str | None
