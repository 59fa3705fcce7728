"""The second copy: it goes away and comes back, is retired, and is said to be destroyed."""

import shutil
from dataclasses import dataclass

from archive_service import clock
from archive_service.domain.keeping.enrolled_copy import MediumFate
from archive_service.domain.retention.removal import DESTROY_JOB
from archive_service.keeping.copies.media import Statement, tell_medium
from archive_service.keeping.copies.retiring import retire_copy
from archive_service.worker import run_one
from retention.destruction.acts import RESUME_JOB
from tests.faults.retention.destruction.lists import Lists
from tests.worlds.archive import OPERATOR
from tests.worlds.holding import take_away
from tests.worlds.retention.removing import open_with_erasers
from tests.worlds.servers.backends import read_settings, write_settings

SECOND = "kho2"
_WATCH_COPIES = "watch-copies"


@dataclass
class Copies(Lists):
    """Who looks after the copies and their media."""

    def move_copy(self) -> None:
        """The second copy goes away, or is back; of a retired one the settings know."""
        folder = self.home / SECOND
        if self.away is not None:
            self.away.rename(folder)
            self.away = None
        elif folder.exists():
            self.away = take_away(folder)
        else:
            return  # lost with all others
        if self.law.retired:
            self._open_anew()
            self._do(_WATCH_COPIES)
        self.law.stated = self.law.stated and self.away is not None

    def retire(self, *, stated: bool) -> None:
        """The second copy is used no longer and put away; somebody may say: it was destroyed."""
        if not self.law.retired:
            retire_copy(self.services, SECOND, reason="Ổ đĩa cũ", actor=OPERATOR)
            self.law.retired = True
            self._open_anew()
        elif self.away is None and (self.home / SECOND).exists():
            self.move_copy()
        if stated and not (self.home / SECOND).exists():
            self.state_gone()

    def state_gone(self) -> None:
        """A person's word, with minutes; what waited for the copy goes on."""
        stated = Statement(
            fate=MediumFate.DESTROYED,
            on=clock.today(),
            by="Trần Văn Sáu",
            how="nghiền",
            minutes="12/BB-LT",
        )
        tell_medium(self.services, SECOND, stated, actor=OPERATOR)
        self.law.stated = True
        self._do(RESUME_JOB)

    def lose_retired(self) -> None:
        """All copies were lost, and no backup brings a retired one back."""
        if self.law.retired:
            shutil.rmtree(self.home / SECOND, ignore_errors=True)
            self._open_anew()

    def name_both(self) -> None:
        """The settings of a home that is made anew name both copies."""
        self._name("file:kho1", f"file:{SECOND}")

    def is_lost(self) -> bool:
        """Whether the second copy will never be back."""
        return self.law.retired and self.away is None and not (self.home / SECOND).exists()

    def _open_anew(self) -> None:
        """With settings that name a retired copy only where it is."""
        there = [f"file:{SECOND}"] if (self.home / SECOND).exists() else []
        self._name("file:kho1", *there)
        self.stack.close()
        self.services = self.stack.enter_context(open_with_erasers(self.home))

    def _name(self, *copies: str) -> None:
        settings = read_settings(self.home)
        settings["storage"]["copies"] = list(copies)
        write_settings(self.home, settings)

    def _do(self, job: str) -> None:
        with self.services.writing() as session:
            self.services.jobs.add(session, job)
        while run_one(self.services, names=(job, DESTROY_JOB)):
            pass
