"""A hold that arrives at a chosen instant."""

import threading
from collections.abc import Callable

from tests.worlds.damage.killing import Killer, Moment


class Arrival(Killer):
    """At the k-th moment of a kind somebody else does something, while the work goes on.

    Where a transaction is open the other one may have to wait for it, and is not waited for.
    """

    def __init__(self, moment: Moment, at: int, act: Callable[[], None]) -> None:
        super().__init__(moment, at)
        self._thread = threading.Thread(target=act)
        self.has_come = False

    def is_due(self, moment: Moment) -> bool:
        """It ends nothing."""
        if super().is_due(moment):
            self.has_come = True
            self._thread.start()
            if moment is not Moment.COMMIT:
                self._thread.join()
        return False

    def wait(self) -> None:
        """Until the other one is through."""
        if self.has_come:
            self._thread.join()
