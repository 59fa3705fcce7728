"""JSON of the audit trail, as the contract names it; ``cursor`` asks for more."""

from typing import Any

from pydantic import BaseModel

from archive_service.document import Document, Moment


class EventDocument(Document):
    """One event of the audit trail, as it stands under its digest."""

    number: int
    at: Moment
    tag: str
    subject_id: str | None
    account: str
    role: str
    os_user: str
    agency_id: str | None
    data: dict[str, Any]  # Any: whatever JSON can hold
    previous_sha256: str
    sha256: str


class EventList(Document):
    """Events, newest first."""

    events: list[EventDocument]
    cursor: str | None = None


class ProofStep(BaseModel):
    """How far one step proves the trail, and by whose word.

    ``not_counted``: stamps that are there, of no authority that is trusted here, or whose
    certificates or algorithms ended before they were renewed.
    """

    step: str
    proved: bool
    until: int
    by: list[str]
    not_counted: int


class TrailVerdict(BaseModel):
    """What walking the whole chain saw; ``first_bad`` names what does not fit.

    ``ok`` says that everything inside agrees. ``verdict`` is ``proved`` or ``proved-in-part`` only
    where somebody outside vouches, up to event ``outside``; else ``not-proved``, ``given-up`` or
    ``broken``. ``given_up`` are checkpoints that nothing answers to, as the events of two people
    say they know: these two are to be asked.
    """

    events: int
    segments: int
    ok: bool
    verdict: str
    outside: int
    first_bad: str | None
    given_up: list[str]
    steps: list[ProofStep]
