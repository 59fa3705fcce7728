"""What the page of a draft sends."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, model_validator


class ArrivedFile(BaseModel):
    """One upload that has ended, and the name that the page has for it."""

    upload: UUID
    name: str = ""


class Arrived(BaseModel):
    """What the page's script says has arrived."""

    uploads: list[ArrivedFile]
    row: int | None = None

    @model_validator(mode="before")
    @classmethod
    def _one(cls, value: Any) -> Any:
        """A page that was open before an upgrade names one upload a request."""
        return (
            value | {"uploads": [value]} if isinstance(value, dict) and "upload" in value else value
        )
