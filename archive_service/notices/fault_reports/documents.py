"""Fault reports of the contract."""

from typing import Literal

from pydantic import BaseModel


class FaultDocument(BaseModel):
    """One report; ``page`` is an address from the root, ``screenshot`` whether there is one."""

    id: str
    state: Literal["new", "looking", "done"]
    page: str
    did: str
    screenshot: bool
    reported_by: str
    reported_at: str
    answer: str
    answered_by: str
    answered_at: str | None


class FaultList(BaseModel):
    """Reports, the newest first."""

    faults: list[FaultDocument]
