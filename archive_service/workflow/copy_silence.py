"""What one worker leaves alone while no copy answers it, so that other machines can do it."""

import threading
import time
from collections.abc import Collection

from archive_service.errors import BackendError
from archive_service.evidence.outbox import answering
from archive_service.log import logger
from archive_service.services import Services
from archive_service.storage.port import StoreUnreachableError

LOOK_S = 15.0  # between two looks whether a copy answers again


class CopySilence:
    """The kinds of jobs that met copies of which none answers; not drawn until one does.

    Else a machine that reaches the ledger but no copy draws job after job and puts each off. While
    some copy answers, jobs are drawn as ever: what that copy can take, it is given.
    """

    def __init__(self, services: Services, look_s: float = LOOK_S) -> None:
        self._services = services
        self._look_s = look_s
        self._met: set[str] = set()
        self._look_at = 0.0

    def meet(self, job: str, trouble: BackendError) -> None:
        """Note what ended a job of this kind."""
        if isinstance(trouble, StoreUnreachableError) and not self._answered():
            self._met.add(job)
            logger().warning("copies-silent", left=sorted(self._met), code=trouble.code)

    def drawable(self, known: Collection[str]) -> Collection[str]:
        """Of these kinds of jobs those to be drawn now; asks the copies from time to time.

        Raises:
            BackendError: the database did not answer.
        """
        if self._met and time.monotonic() >= self._look_at and self._answered():
            self._met.clear()
        return known if not self._met else [name for name in known if name not in self._met]

    @property
    def lasts(self) -> bool:
        """Whether anything is left alone, as far as the last look told."""
        return bool(self._met)

    def _answered(self) -> bool:
        here, _ = answering(self._services.database, self._services.copies)
        self._look_at = time.monotonic() + self._look_s
        return bool(here)


class Leaving(threading.Event):
    """Set when a worker is to leave the broker: told to stop, or no copy answers it."""

    def __init__(self, stopping: threading.Event, silence: CopySilence) -> None:
        super().__init__()
        self._stopping = stopping
        self._silence = silence

    def is_set(self) -> bool:
        """See ``threading.Event.is_set``."""
        return self._stopping.is_set() or self._silence.lasts or super().is_set()
