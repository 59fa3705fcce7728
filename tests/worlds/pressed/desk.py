"""An archive whose buttons are pressed twice, and what its scenarios hand on to one another."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

from archive_service.services import Services
from archive_service.worker import work
from ingest.submissions.acts import accept, submit
from tests.worlds.archive import person
from tests.worlds.papers.bad_input import small_case

Press = Callable[[], Any]


@dataclass
class Desk:
    """An archive with its people, and what its scenarios hand on from one to the next."""

    services: Services
    place: Path
    otp_secret: str
    list_id: UUID | None = None
    hold_id: UUID | None = None
    plan_id: UUID | None = None
    schedule_id: UUID | None = None

    def of(self, name: str) -> Any:
        """The actor of this account."""
        return person(self.services, name)

    def sent(self, folder: str, code: str, make: Callable[..., Any] = small_case) -> UUID:
        """A submission that the officer handed in, checked."""
        make(self.place / folder, code=code)
        (sent,) = submit(self.place / folder, actor=self.of("bach"), services=self.services)
        work(self.services, until_empty=True)
        return sent

    def stored(self, number: int) -> str:
        """The code of a case file in custody."""
        code = f"H40.18.2025.{number}.QLCT"
        accept(self.services, self.sent(f"case-{number}", code), actor=self.of("lan"))
        work(self.services, until_empty=True)
        return code
